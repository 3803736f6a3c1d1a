"""Two answers against each other, as the page's widget draws them: A and B on one scale, and what changed from A to B."""

from typing import Any

import numpy as np

from mmviz.results import Alignment, Scale
from mmviz.versus import Versus
from mmviz.views import theme

#: Levels between the ends of a scale, and the one that stands for no value.
LEVELS, NOTHING = 65534, 65535


def versus(found: Versus) -> dict[str, Any]:
    """Lay the maps of A and B on one common scale, and their difference on one that diverges around 0.

    Args:
        found: two answers with their maps on one measure.

    Returns:
        `rows` (text, kind, row of A and of B or None, in which of the two); `sides`, A's and B's (model, text, grid, frame, seen,
        size, the number of its `units`, `maps`, and `raw`, its own values where those are another measure's); `low`, `high`,
        `colours`, `signed` of both; `change` of every row, on cells between the lines `x` and `y`, with `low`, `high`, `colours`
        of its own, or None. Maps are numbers from 0 to 65,534 between their ends as base64 of little-endian uint16; 65,535 is
        none. Colours are (256, 4) bytes as base64; places are fractions of the picture.
    """
    scale: Scale = found.one.scale if found.measure == "raw" else "probability" if found.measure == "rank" else "mass"
    values = np.concatenate([maps.ravel() for maps in found.maps])
    ends = (0.0, 1.0) if found.measure == "rank" else theme.limits(scale, values)
    rows = zip(found.units, found.rows, found.sides, strict=True)
    return {
        "rows": [{"text": t, "unit": kind, "a": a, "b": b, "in": side} for (t, kind), (a, b), side in rows],
        "sides": [
            _side(side, maps, ends, found.measure) for side, maps in zip((found.one, found.other), found.maps, strict=True)
        ],
        **_drawn(scale, ends),
        "signed": scale in theme.SIGNED,
        "measure": found.measure,
        "scale": found.one.scale,
        "change": _change(found),
    }


def _side(side: Alignment, maps: np.ndarray, ends: tuple[float, float], measure: str) -> dict[str, Any]:
    boxes, raw = side.key.boxes, None
    if measure != "raw":
        low, high = theme.limits(side.scale, side.scores)
        raw = {"maps": _packed(side.scores, low, high), "low": low, "high": high}
    return {
        "model": side.model,
        "text": side.query.text,
        "grid": list(side.key.grid),
        "frame": [float(edge) for edge in (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))],
        "seen": [float(edge) for edge in side.key.seen],
        "size": list(side.key.size),
        "units": len(side.query),
        "maps": _packed(maps, *ends),
        "raw": raw,
    }


def _change(found: Versus) -> dict[str, Any] | None:
    if found.common is None:
        return None
    low, high = theme.limits("effect", np.nan_to_num(found.change))
    boxes, columns = found.common.boxes, found.common.grid[1]
    lines = {
        "x": [*boxes[:columns, 0].tolist(), float(boxes[-1, 2])],
        "y": [*boxes[::columns, 1].tolist(), float(boxes[-1, 3])],
        "seen": [float(edge) for edge in found.common.seen],
    }
    return {"maps": _packed(found.change, low, high), **_drawn("effect", (low, high)), **lines}


def _drawn(scale: Scale, ends: tuple[float, float]) -> dict[str, Any]:
    return {"low": float(ends[0]), "high": float(ends[1]), "colours": theme.packed(theme.colours(scale))}


def _packed(values: np.ndarray, low: float, high: float) -> str:
    levels = np.clip(np.rint((values.astype(float) - low) / (high - low) * LEVELS), 0, LEVELS)
    return theme.packed(np.where(np.isfinite(values), levels, NOTHING).astype(np.uint16))
