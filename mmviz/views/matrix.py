"""Texts against pictures: the cells of a set, on every scale it can be read on."""

from typing import Any

import numpy as np

from mmviz.matrices import Matrix
from mmviz.registry import views
from mmviz.views import theme

#: Characters of a text that are sent to be shown.
SHOWN = 240
#: Scales that span what the matrix has; the others span 0 to 1.
OPEN = ("cosine", "logit")


@views.add("matrix", title="Texts against pictures", takes=("Matrix",))
def matrix(matrix: Matrix) -> dict[str, Any]:
    """Show how well every text fits every picture, on all scales, so that none is worked out twice.

    Args:
        matrix: N texts, M pictures.

    Returns:
        `texts`, `images` (names; long ones cut), `kind` of its numbers, `scales`, those such numbers have, the first as a matter
        of course: a list of `name`, `values` (N * M numbers as base64 of little-endian float32), `low` and `high` (the ends of
        its colours); `colours`, (256, 4) bytes as base64; `matched`, [row, column] pairs; `model`.
    """
    return {
        "texts": [_short(name) for name in matrix.texts.labels],
        "images": [_short(name) for name in matrix.images.labels],
        "kind": matrix.kind,
        "scales": [_scale(name, matrix.scaled(name).scores) for name in matrix.scales],
        "colours": theme.packed(theme.colours("probability")),
        "matched": np.argwhere(matrix.matched).tolist(),
        "model": matrix.model,
    }


def _scale(name: str, scores: np.ndarray) -> dict[str, Any]:
    low, high = (float(scores.min()), float(scores.max())) if name in OPEN else (0.0, 1.0)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    return {"name": name, "values": theme.packed(scores.astype(np.float32)), "low": low, "high": high}


def _short(name: str) -> str:
    return name if len(name) <= SHOWN else name[:SHOWN] + "…"
