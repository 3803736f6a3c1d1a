"""SRT: subtitles that every player reads."""

import re

from mmviz.exports.cues import clock, cues, milliseconds
from mmviz.exports.shot_lists import runs
from mmviz.matchings import Matching
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image
from mmviz.timings import Timing

#: Joins words without being seen; in between, players do not take a text's own signs for theirs.
JOINER = "\u2060"


@exports.add("srt", title="Subtitles (SRT)", suffix=".srt", media_type="application/x-subrip", takes=("Timing", "Matching"))
def write(result: Timing | Matching, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write what was spoken, or what a film shows, as subtitles.

    Args:
        result: times of a text's units, those not spoken are left out; or a matching of a film, in which shots in a row that show one
            clause have one cue.
        image, palette: not needed.

    Returns:
        UTF-8; cues of up to two lines. SRT knows no escapes: where the text has what players take for a mark, an invisible
        word joiner (U+2060) keeps its signs apart.
    """
    if isinstance(result, Matching):
        return _shown(result)
    found = cues(result)
    parts = []
    for number, (cue, (start, end)) in enumerate(zip(found, milliseconds(found), strict=True), 1):
        parts.append(f"{number}\n{clock(start, ',')} --> {clock(end, ',')}\n{_plain(cue.text)}\n")
    return "\n".join(parts).encode("utf-8") or b"\n"


def _shown(matching: Matching) -> bytes:
    parts = []
    for number, run in enumerate(runs(matching, "srt"), 1):
        start, end = round(1000 * run.start), max(round(1000 * run.end), round(1000 * run.start) + 1)
        parts.append(f"{number}\n{clock(start, ',')} --> {clock(end, ',')}\n{_plain(run.text)}\n")
    return "\n".join(parts).encode("utf-8") or b"\n"


def _plain(text: str) -> str:
    """Keep tags, overrides and arrows of the text from being read as marks."""
    return re.sub(r"<(?=[/a-zA-Z])|\{(?=\\)|--(?=>)|\\(?=[Nnh])", lambda found: found[0] + JOINER, text)
