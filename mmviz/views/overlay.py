"""The picture under its map: what the page's widget draws and lets one walk through."""

from typing import Any

import numpy as np

from mmviz.axes import PictureAxis, RegionAxis
from mmviz.registry import views
from mmviz.results import Alignment
from mmviz.views import theme

LEVELS = 65535
STRONGEST = 3
DIGITS = 2
#: Digits of a place, as a fraction of the picture.
PLACES = 5


@views.add("overlay", title="Map on the picture")
def overlay(alignment: Alignment) -> dict[str, Any]:
    """Lay every text unit's map on the picture, all on one common scale.

    Args:
        alignment: of a text (Q units) and the patches or regions of a picture (K).

    Returns:
        `text`; `units` (text, span in code points, kind, cut, unknown, score, strongest patches as [patch, value]);
        `maps`, (Q, K) numbers from 0 to 65,535 between `low` and `high`, as base64 of little-endian uint16; `colours`, (256, 4)
        bytes as base64; `grid`; `frame`, the grid's outer edges, and `seen`, what the model sees of the picture, both
        as fractions x0, y0, x1, y1; `regions`, None of patches, else `boxes` (K, 4) as such fractions, `names` and `kind`; `scale`, `signed`, `method`, `model`, `target`.
    """
    low, high = theme.limits(alignment.scale, alignment.scores)
    levels = np.rint((alignment.scores.astype(float) - low) / (high - low) * LEVELS)
    return {
        "text": alignment.query.text,
        "units": _units(alignment),
        "maps": theme.packed(np.clip(levels, 0, LEVELS).astype(np.uint16)),
        "colours": theme.packed(theme.colours(alignment.scale)),
        "low": _rounded(low),
        "high": _rounded(high),
        "grid": list(alignment.key.grid),
        "frame": frame(alignment.key),
        "regions": regions(alignment.key),
        "seen": [float(v) for v in alignment.key.seen],
        "size": list(alignment.key.size),
        "scale": alignment.scale,
        "signed": alignment.scale in theme.SIGNED,
        "method": alignment.method,
        "model": alignment.model,
        "target": alignment.target,
    }


def frame(key: PictureAxis) -> list[float]:
    """Give what a map is laid over, x0, y0, x1, y1: the grid's outer edges, or with regions the whole picture."""
    if isinstance(key, RegionAxis):
        return [0.0, 0.0, 1.0, 1.0]
    return [float(v) for v in (*key.boxes[:, :2].min(axis=0), *key.boxes[:, 2:].max(axis=0))]


def regions(key: PictureAxis) -> dict[str, Any] | None:
    """Write where regions lie and what they are called; None of patches, whose places follow from the grid."""
    if not isinstance(key, RegionAxis):
        return None
    return {"boxes": key.boxes.round(PLACES).tolist(), "names": list(key.names), "kind": key.kind}


def _units(alignment: Alignment) -> list[dict[str, Any]]:
    order = alignment.scores if alignment.scale in theme.LOWER_IS_NEARER else -alignment.scores
    nearest = np.argsort(order, axis=1, kind="stable")[:, :STRONGEST]  # (Q, 3)
    units = alignment.query.to_json()
    for row, unit in enumerate(units):
        unit["score"] = None if alignment.unit_scores is None else _rounded(alignment.unit_scores[row])
        unit["strongest"] = [[int(k), _rounded(alignment.scores[row, k])] for k in nearest[row]]
    return units


def _rounded(value: float) -> float:
    """Keep a few digits more than are shown, so that a payload stays small."""
    return float(f"{float(value):.{DIGITS + 4}g}")
