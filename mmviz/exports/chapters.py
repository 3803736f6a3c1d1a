"""Chapters: where in a film what is told, for YouTube's descriptions and for players."""

import html

from mmviz.exports.cues import clock
from mmviz.exports.shot_lists import Shown, runs
from mmviz.matchings import Matching
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image

#: YouTube's rules: seconds a chapter lasts at least, and signs a title has at most.
SHORTEST, LONGEST_TITLE = 10.0, 100


@exports.add("chapters.txt", title="Chapters (YouTube)", suffix=".chapters.txt", media_type="text/plain", takes=("Matching",))
def write_text(result: Matching, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write chapters named by clauses, a line each, as YouTube reads them in a film's description.

    Args:
        result: a matching of a film.
        image, palette: not needed.

    Returns:
        UTF-8; the first chapter begins at 0:00, and one that would last less than 10 seconds belongs to the one before.
    """
    kept: list[Shown] = []
    for run in runs(result, "chapters.txt"):
        if not kept or run.start - (kept[-1].start if len(kept) > 1 else 0.0) >= SHORTEST:
            kept.append(run)
    while len(kept) > 1 and result.shots.ends[-1] - kept[-1].start < SHORTEST:
        kept.pop()
    lines = [f"{_minutes(run.start if n else 0.0)} {_short(run.text)}\n" for n, run in enumerate(kept)]
    return "".join(lines or ["0:00 -\n"]).encode("utf-8")


@exports.add("chapters.vtt", title="Chapters (WebVTT)", suffix=".chapters.vtt", media_type="text/vtt", takes=("Matching",))
def write_vtt(result: Matching, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write chapters named by clauses, without gaps, as the chapters track of a web page reads them.

    Args:
        result: a matching of a film.
        image, palette: not needed.

    Returns:
        UTF-8; each chapter lasts until the next one, the last until the film ends.
    """
    found = runs(result, "chapters.vtt")
    ends = [*(run.start for run in found[1:]), float(result.shots.ends[-1])]
    parts = ["WEBVTT\n"]
    for number, (run, end) in enumerate(zip(found, ends, strict=False), 1):
        start, stop = (round(1000 * second) for second in (run.start, end))
        times = f"{clock(start, '.')} --> {clock(max(stop, start + 1), '.')}"
        parts.append(f"{number}\n{times}\n{html.escape(run.text, quote=False)}\n")
    return "\n".join(parts).encode("utf-8")


def _minutes(second: float) -> str:
    whole = int(second)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
