"""What a probe found, as the page's widget draws it: ranked lists with bars, small plots, pictures."""

from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.findings import Bins, Boxed, Finding, Plot, Ranking, Shown
from mmviz.registry import views
from mmviz.views import theme

#: Characters of an item that are sent to be shown; pixels of a picture's longer side, and of one with boxes on it.
SHOWN, SIDE, LARGE = 240, 128, 288


@views.add("finding", title="What a probe found", takes=("Finding",))
def finding(found: Finding) -> dict[str, Any]:
    """Lay out ranked lists with a bar for each item, plots between 0 and 1 of their box, and pictures made small.

    Args:
        found: what a probe found in a model.

    Returns:
        `rankings`: `key`, `columns`, and `rows` of `item`, `values` (None where there is none), `mark`, `bar` (start and length of
        its first figure, as shares of the width that the list's figures and 0 span) and `picture`; `plots`: `key`, `axis`, `value`,
        `names` of items or None, `ticks` (the ends of both axes), `points` ([x, y] from 0 to 1, y upwards; of bins [left, width,
        height]) and `lines` (`key`, `at`, the value itself, and `upright`); `pictures`: `key`, `picture` and `boxed`: None, or
        `boxes` (x0, y0, x1, y1 as fractions), their `names` and `scores`, the surest first, from which score on they are shown to begin with,
        `threshold`, and the key of the list that has them too, `ranking`. A picture is `width`, `height` and `rgba`, base64 of its
        bytes row by row.
    """
    return {
        "rankings": [_ranking(ranking) for ranking in found.rankings],
        "plots": [_plot(plot) for plot in found.plots],
        "pictures": [_shown(shown) for shown in found.pictures],
    }


def _ranking(ranking: Ranking) -> dict[str, Any]:
    first = np.nan_to_num(ranking.values[:, 0]) if ranking.columns else np.zeros(len(ranking.items))
    low, high = min(0.0, *first), max(0.0, *first)
    extent = (high - low) or 1.0
    bars = [[(min(0.0, value) - low) / extent, abs(value) / extent] for value in first.tolist()]
    rows = [
        {
            "item": item if len(item) <= SHOWN else item[: SHOWN - 1] + "…",
            "values": [value if np.isfinite(value) else None for value in ranking.values[place].tolist()],
            "mark": ranking.marks[place] if ranking.marks else "",
            "bar": bars[place],
            "picture": _picture(ranking.pictures[place]) if ranking.pictures else None,
        }
        for place, item in enumerate(ranking.items.names)
    ]
    return {"key": ranking.key, "columns": list(ranking.columns), "rows": rows}


def _plot(plot: Plot) -> dict[str, Any]:
    upright = isinstance(plot.axis, Bins)
    heights = [0.0, *plot.values, *(() if upright else (place for _, place in plot.lines))]
    low, high = float(min(heights)), float(max(heights))
    up = (plot.values - low) / ((high - low) or 1.0)  # (N,)
    across, points = _along(plot.axis, up)
    lines = [
        {
            "key": key,
            "value": place,
            "upright": upright,
            "at": across(place) if upright else (place - low) / ((high - low) or 1.0),
        }
        for key, place in plot.lines
    ]
    ends = [float(plot.axis.edges[0]), float(plot.axis.edges[-1])] if upright else []
    names = None if upright else list(plot.axis.names)
    ticks = {"x": ends, "y": [low, high]}
    facts = {"key": plot.key, "axis": plot.axis_key, "value": plot.value_key, "values": plot.values.tolist()}
    return {**facts, "names": names, "ticks": ticks, "points": points, "lines": lines}


def _along(axis: Bins | ItemAxis, up: np.ndarray) -> tuple[Any, list[list[float]]]:
    """Place bins or items along a box of width 1: the function from a place on the axis, and the points."""
    if isinstance(axis, Bins):
        start, extent = axis.edges[0], axis.edges[-1] - axis.edges[0]
        lefts, widths = (axis.edges[:-1] - start) / extent, np.diff(axis.edges) / extent
        return lambda place: float((place - start) / extent), np.stack([lefts, widths, up], axis=1).tolist()
    middles = (np.arange(len(axis)) + 0.5) / len(axis)
    return float, np.stack([middles, up], axis=1).tolist()


def _shown(shown: Shown) -> dict[str, Any]:
    side = SIDE if shown.boxed is None else LARGE
    return {"key": shown.key, "picture": _picture(shown.pixels, side), "boxed": shown.boxed and _boxed(shown.boxed)}


def _boxed(boxed: Boxed) -> dict[str, Any]:
    axis = boxed.axis
    facts = {"names": list(axis.names), "threshold": boxed.threshold, "ranking": boxed.ranking}
    return {"boxes": axis.boxes.round(4).tolist(), "scores": axis.scores.astype(float).round(4).tolist(), **facts}


def _picture(pixels: np.ndarray, side: int = SIDE) -> dict[str, Any]:
    stride = -(-max(pixels.shape[:2]) // side)
    small = pixels[::stride, ::stride]
    height, width = small.shape[:2]
    solid = np.concatenate([small, np.full((height, width, 1), 255, np.uint8)], axis=2)
    return {"width": width, "height": height, "rgba": theme.packed(solid)}
