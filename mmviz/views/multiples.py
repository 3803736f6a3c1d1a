"""Small multiples: many maps of the same patches, drawn on one scale."""

from typing import Any

import numpy as np

from mmviz.results import Scale
from mmviz.views import theme
from mmviz.views.overlay import LEVELS


def multiples(maps: np.ndarray, scale: Scale) -> dict[str, Any]:
    """Write maps as the page's widgets paint them.

    Args:
        maps: shape (M, K), one a row.
        scale: what the values mean; colours and their ends follow from it as on the large map.

    Returns:
        `maps`, M * K numbers from 0 to 65,535 between `low` and `high`, as base64 of little-endian uint16; `colours`, (256, 4)
        bytes as base64; `signed`.
    """
    low, high = theme.limits(scale, maps)
    levels = np.rint((maps.astype(float) - low) / (high - low) * LEVELS)
    return {
        "maps": theme.packed(np.clip(levels, 0, LEVELS).astype(np.uint16)),
        "colours": theme.packed(theme.colours(scale)),
        "low": float(low),
        "high": float(high),
        "signed": scale in theme.SIGNED,
    }
