"""Audacity: a label track."""

from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image
from mmviz.timings import Timing


@exports.add("audacity", title="Audacity labels", suffix=".txt", media_type="text/plain", takes=("Timing",))
def write(result: Timing, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write times as labels for Audacity.

    Args:
        result: times of a text's units.
        image, palette: not needed.

    Returns:
        UTF-8; a line a unit: start, end, the unit, by tabs. A unit that was not spoken is a point with its words in brackets.
    """
    lines = []
    for unit in result.to_json()["units"]:
        said = " ".join(unit["text"].split())
        end, said = (unit["end"], said) if unit["spoken"] else (unit["start"], f"[{said}]")
        lines.append(f"{unit['start']:.6f}\t{end:.6f}\t{said}\n")
    return "".join(lines).encode("utf-8") or b"\n"
