"""WebVTT: subtitles for the browser, every word with the second it begins."""

import html

from mmviz.exports.cues import Cue, between, clock, cues, milliseconds
from mmviz.exports.shot_lists import runs
from mmviz.matchings import Matching
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image
from mmviz.timings import Timing


@exports.add("vtt", title="Subtitles (WebVTT)", suffix=".vtt", media_type="text/vtt", takes=("Timing", "Matching"))
def write(result: Timing | Matching, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write what was spoken as subtitles in which every word has its time, or what a film shows.

    Args:
        result: times of a text's units, those not spoken are left out; or a matching of a film, in which shots in a row that show one
            clause have one cue.
        image, palette: not needed.

    Returns:
        UTF-8; cues of up to two lines, with a time stamp before each word that begins within its cue; the text's own signs are escaped.
    """
    if isinstance(result, Matching):
        return _shown(result)
    found = cues(result)
    parts = [f"WEBVTT\nLanguage: {result.language}\n"]
    for number, (cue, (start, end)) in enumerate(zip(found, milliseconds(found), strict=True), 1):
        parts.append(f"{number}\n{clock(start, '.')} --> {clock(end, '.')}\n{_timed(cue, start, end)}\n")
    return "\n".join(parts).encode("utf-8")


def _shown(matching: Matching) -> bytes:
    parts = ["WEBVTT\n"]
    for number, run in enumerate(runs(matching, "vtt"), 1):
        start, end = round(1000 * run.start), max(round(1000 * run.end), round(1000 * run.start) + 1)
        parts.append(f"{number}\n{clock(start, '.')} --> {clock(end, '.')}\n{html.escape(run.text, quote=False)}\n")
    return "\n".join(parts).encode("utf-8")


def _timed(cue: Cue, start: int, end: int) -> str:
    """Write words with time stamps, which must increase and lie within the cue."""
    last, lines = start, []
    for line in cue.lines:
        said = ""
        for place, word in enumerate(line):
            at = round(1000 * word.start)
            stamp = f"<{clock(at, '.')}>" if last < at < end else ""
            last = max(last, at) if stamp else last
            said += html.escape(between(word, place), quote=False) + stamp + html.escape(word.text, quote=False)
        lines.append(said)
    return "\n".join(lines)
