"""Units of a text against patches of a picture, as a table: how one word's row differs from the next one's."""

from typing import Any

from mmviz.registry import views
from mmviz.results import Alignment
from mmviz.views.overlay import overlay

#: What of the map on the picture a table draws too.
SHARED = ("maps", "colours", "low", "high", "grid", "regions", "scale", "signed", "method", "model", "target")


@views.add("table", title="Words against patches")
def table(alignment: Alignment) -> dict[str, Any]:
    """Set every text unit against every patch, all cells on one common scale.

    Args:
        alignment: of a text (Q units) and the patches or regions of a picture (K).

    Returns:
        `units` (text, what it is, cut, unknown), a row each; the columns are the K patches, row by row of `grid`, or
        the regions in one row; `maps`, their Q * K levels, `colours`, `low`, `high`, `grid`, `regions`, `scale`, `signed`, `method`, `model`, `target` as the map on the
        picture has them, so that a value has the same colour in both.
    """
    drawn = overlay(alignment)
    units = [{name: unit[name] for name in ("text", "unit", "cut", "unknown")} for unit in drawn["units"]]
    return {"units": units, **{name: drawn[name] for name in SHARED}}
