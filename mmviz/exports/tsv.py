"""TSV: a line a unit, for scripts."""

from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image
from mmviz.timings import Timing


@exports.add("tsv", title="Table (TSV)", suffix=".tsv", media_type="text/tab-separated-values", takes=("Timing",))
def write(result: Timing, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write times as a table of tab-separated values.

    Args:
        result: times of a text's units.
        image, palette: not needed.

    Returns:
        UTF-8; start and end in seconds, the unit, its confidence, 1 or 0 for spoken or not, and its span in the text. Tabs and line
        ends within a unit are spaces.
    """
    lines = ["start\tend\ttext\tconfidence\tspoken\tfrom\tto"]
    for unit in result.to_json()["units"]:
        times = f"{unit['start']:.3f}\t{unit['end']:.3f}"
        first, stop = unit["span"]
        said = " ".join(unit["text"].split())
        lines.append(f"{times}\t{said}\t{unit['confidence']:.3f}\t{int(unit['spoken'])}\t{first}\t{stop}")
    return ("\n".join(lines) + "\n").encode("utf-8")
