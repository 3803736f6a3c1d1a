"""Subtitles as a text: what SRT and WebVTT files say, without their numbers, times and marks."""

import html
import re

#: The line of a cue's times: SRT has a comma before milliseconds, WebVTT a point and may leave the hours out.
TIMES = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[,.]\d{1,3}\s*-->\s*(?:\d+:)?\d{1,2}:\d{2}[,.]\d{1,3}(?:\s.*)?")
#: Tags such as <i> or <v Anna>, and positions such as {\an8}.
MARKS = re.compile(r"</?[A-Za-z0-9][^<>\n]*>|\{\\[^{}\n]*\}")
#: What WebVTT has beside cues.
ASIDE = ("WEBVTT", "NOTE", "STYLE", "REGION")


def plain(text: str) -> str:
    """Give what subtitles say, one cue a line; a text that is no subtitles stays as it is.

    Args:
        text: of an SRT or WebVTT file, or any other.

    Returns:
        The characters of all cues in order, lines of one cue joined by a space; of a cue that repeats the one before, what is new.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not any(TIMES.fullmatch(line) for line in lines):
        return text
    cues = [cue for block in _blocks(lines) if (cue := _cue(block))]
    return "\n".join(cue for place, cue in enumerate(cues) if place == 0 or cue != cues[place - 1])


def _blocks(lines: list[str]) -> list[list[str]]:
    """Cut lines where one is blank, and before a cue's number where the blank line is missing."""
    blocks: list[list[str]] = [[]]
    for place, line in enumerate(lines):
        begins = line.strip().isdigit() and place + 1 < len(lines) and TIMES.fullmatch(lines[place + 1])
        if not line.strip() or begins:
            blocks.append([])
        if line.strip():
            blocks[-1].append(line.strip().lstrip("\ufeff"))
    return [block for block in blocks if block]


def _cue(block: list[str]) -> str:
    """Give what a block says; nothing for one without times that is no part of a cue."""
    times = next((place for place, line in enumerate(block) if TIMES.fullmatch(line)), None)
    if times is None and block[0].split()[0] in ASIDE:
        return ""
    said = block if times is None else block[times + 1 :]
    return " ".join(html.unescape(MARKS.sub("", line)).strip() for line in said).strip()
