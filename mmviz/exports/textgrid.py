"""TextGrid: times for Praat."""

from collections.abc import Iterator, Sequence

from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image
from mmviz.timings import Timing

#: What a tier is called by its unit.
TIERS = {"word": "words", "char": "characters", "phone": "phones"}
Interval = tuple[float, float, str]


@exports.add("textgrid", title="Praat TextGrid", suffix=".TextGrid", media_type="text/plain", takes=("Timing",))
def write(result: Timing, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write times as tiers for Praat.

    Args:
        result: times of a text's units.
        image, palette: not needed.

    Returns:
        UTF-8 in Praat's long form: a tier of intervals for the units, above it one of words where the units are phones, and one of
        points for units that were not spoken or last no time, where there are any.
    """
    end = max(result.seconds, float(result.ends.max(initial=0)))
    kept, points = _split(result)
    tiers = [(TIERS.get(result.unit, result.unit), _filled(kept, end))]
    if result.unit == "phone":
        tiers.insert(0, ("words", _filled(_words(result), end)))
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end!r}", "tiers? <exists>"]
    lines += [f"size = {len(tiers) + bool(points)}", "item []:"]
    for number, (name, intervals) in enumerate(tiers, 1):
        lines += _tier(number, "IntervalTier", name, end, len(intervals))
        for place, (start, stop, label) in enumerate(intervals, 1):
            lines += [f"        intervals [{place}]:", f"            xmin = {start!r}", f"            xmax = {stop!r}"]
            lines += [f"            text = {_quoted(label)}"]
    if points:
        lines += _tier(len(tiers) + 1, "TextTier", "not spoken", end, len(points))
        for place, (at, label) in enumerate(points, 1):
            lines += [f"        points [{place}]:", f"            number = {at!r}", f"            mark = {_quoted(label)}"]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _split(timing: Timing) -> tuple[list[Interval], list[tuple[float, str]]]:
    """Part units that last some time from those that are but a point; those of one point are one."""
    kept: list[Interval] = []
    points: dict[float, str] = {}
    rows = list(zip(timing.names, timing.starts.tolist(), timing.ends.tolist(), timing.spoken.tolist(), strict=True))
    for n, (name, start, stop, is_spoken) in enumerate(rows):
        stop = min(stop, rows[n + 1][1]) if n + 1 < len(rows) else stop
        if is_spoken and stop > start:
            kept.append((start, stop, name))
        else:
            points[start] = f"{points[start]} {name}" if start in points else name
    return kept, list(points.items())


def _words(timing: Timing) -> list[Interval]:
    """Join the phones of a word."""
    found: list[Interval] = []
    last = None
    for span, start, stop, is_spoken in zip(
        timing.query.spans.tolist(), timing.starts.tolist(), timing.ends.tolist(), timing.spoken
    ):
        if not is_spoken:
            continue
        if span == last:
            found[-1] = (found[-1][0], max(found[-1][1], stop), found[-1][2])
        else:
            if found:
                found[-1] = (found[-1][0], min(found[-1][1], start), found[-1][2])
            found.append((start, stop, timing.query.text[slice(*span)]))
        last = span
    return [interval for interval in found if interval[1] > interval[0]]


def _filled(intervals: Sequence[Interval], end: float) -> list[Interval]:
    """Put blank intervals between, so that a tier has no holes."""

    def parts() -> Iterator[Interval]:
        at = 0.0
        for start, stop, label in intervals:
            if start > at:
                yield at, start, ""
            yield start, stop, label
            at = stop
        if at < end:
            yield at, end, ""

    return list(parts())


def _tier(number: int, kind: str, name: str, end: float, size: int) -> list[str]:
    what = "intervals" if kind == "IntervalTier" else "points"
    about = [f'class = "{kind}"', f"name = {_quoted(name)}", "xmin = 0", f"xmax = {end!r}", f"{what}: size = {size}"]
    return [f"    item [{number}]:", *(f"        {line}" for line in about)]


def _quoted(label: str) -> str:
    """Quote as Praat does: doubled, and on one line."""
    return '"' + " ".join(label.split()).replace('"', '""') + '"'
