"""SRT: subtitles that every player reads."""

import re

from mmviz.exports.cues import clock, cues, milliseconds
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image
from mmviz.timings import Timing

#: Joins words without being seen; in between, players do not take a text's own signs for theirs.
JOINER = "\u2060"


@exports.add("srt", title="Subtitles (SRT)", suffix=".srt", media_type="application/x-subrip", takes=("Timing",))
def write(result: Timing, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write what was spoken as subtitles.

    Args:
        result: times of a text's units; those not spoken are left out.
        image, palette: not needed.

    Returns:
        UTF-8; cues of up to two lines. SRT knows no escapes: where the text has what players take for a mark, an invisible
        word joiner (U+2060) keeps its signs apart.
    """
    found = cues(result)
    parts = []
    for number, (cue, (start, end)) in enumerate(zip(found, milliseconds(found), strict=True), 1):
        parts.append(f"{number}\n{clock(start, ',')} --> {clock(end, ',')}\n{_plain(cue.text)}\n")
    return "\n".join(parts).encode("utf-8") or b"\n"


def _plain(text: str) -> str:
    """Keep tags, overrides and arrows of the text from being read as marks."""
    return re.sub(r"<(?=[/a-zA-Z])|\{(?=\\)|--(?=>)|\\(?=[Nnh])", lambda found: found[0] + JOINER, text)
