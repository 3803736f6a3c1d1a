"""Subtitles of a timing: which words stand together, for how long, and where a line is broken."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mmviz.timings import Timing

#: Columns a line has, a sign of Chinese taking two; lines; seconds a cue is shown at most and, where there is room, at least.
COLUMNS, LINES, LONGEST, SHORTEST = 42, 2, 7.0, 1.0
#: Seconds without a word that end a cue.
PAUSE = 0.8
#: Signs that end a sentence, and the quotes and brackets that may follow them; signs that end a part of one.
SENTENCE = re.compile(r"[.!?…。！？؟۔]+[\"'”’»)\]）」』】]*\s*$")
CLAUSE = re.compile(r"[,;:—，；：、،]+[\"'”’»)\]）」』】]*\s*$")


@dataclass(frozen=True)
class Word:
    """What is said between two seconds, with what separates it from the word before."""

    text: str
    before: str
    start: float
    end: float


@dataclass(frozen=True)
class Cue:
    """Words shown together.

    Attributes:
        start, end: seconds; of cues in order, none begins before the last has ended.
        lines: one or two, each of words with their times; a word's `before` counts within its line alone.
    """

    start: float
    end: float
    lines: tuple[tuple[Word, ...], ...]

    @property
    def text(self) -> str:
        """All words as they stand in the text, lines divided by a line feed."""
        return "\n".join(_said(line) for line in self.lines)


def cues(timing: Timing) -> list[Cue]:
    """Group what was spoken into cues.

    A cue ends with a sentence, a line of the text, a pause of .8 seconds, and before it would pass two lines of 42 columns
    or 7 seconds, if it can after a comma. It stays for a second where the next one lets it. Units that were not spoken are left out.
    """
    groups = [group for run in _runs(_words(timing)) for group in _fitting(run)]
    found = []
    for group, after in zip(groups, [*groups[1:], None]):
        start = group[0].start
        end = max(group[-1].end, start + SHORTEST)
        if after is not None:
            end = min(end, max(after[0].start, start))
        found.append(Cue(start, max(end, start), _broken(group)))
    return found


def _words(timing: Timing) -> list[Word]:
    """Give what was spoken in order, with the text between; units that share a span, as the phones of a word do, are one."""
    spans = timing.query.spans.tolist()
    found: list[Word] = []
    last = shown = None
    for (first, stop), start, end, is_spoken in zip(spans, timing.starts, timing.ends, timing.spoken, strict=True):
        if not is_spoken or first == stop:
            last = (first, stop)
            continue
        if shown == (first, stop):
            found[-1] = Word(found[-1].text, found[-1].before, found[-1].start, max(found[-1].end, float(end)))
            continue
        before = timing.query.text[last[1] : first] if last is not None and last[1] <= first else ""
        found.append(Word(_flat(timing.query.text[first:stop]), before, float(start), float(end)))
        last = shown = (first, stop)
    return found


def _flat(text: str) -> str:
    return " ".join(text.split())


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Cut where nothing may run on: after sentences, at line ends, in pauses."""
    run: list[Word] = []
    for word in words:
        if run:
            joined = run[-1].text + word.before
            if SENTENCE.search(joined) or "\n" in word.before or word.start - run[-1].end >= PAUSE:
                yield run
                run = []
        run.append(word)
    if run:
        yield run


def _fitting(run: list[Word]) -> Iterator[list[Word]]:
    """Cut a run into parts that fit, in the latter half of what fits after a comma where there is one."""
    while run:
        n = 1
        while n < len(run) and run[n].end - run[0].start <= LONGEST and width(_said(run[: n + 1])) <= COLUMNS * LINES:
            n += 1
        while n > 1 and n < len(run) and max(width(_said(line)) for line in _broken(run[:n])) > COLUMNS:
            n -= 1
        if n < len(run):
            commas = [k for k in range((n + 1) // 2, n + 1) if CLAUSE.search(run[k - 1].text)]
            n = commas[-1] if commas else n
        yield run[:n]
        run = run[n:]


def _broken(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """Break a cue that is too wide into two lines, as even as can be."""
    if len(words) == 1 or width(_said(words)) <= COLUMNS:
        return (tuple(words),)
    at = min(range(1, len(words)), key=lambda k: max(width(_said(words[:k])), width(_said(words[k:]))))
    return tuple(words[:at]), tuple(words[at:])


def _said(words: Sequence[Word]) -> str:
    """Join words by what is between them in the text, on one line."""
    return words[0].text + "".join(_flat_space(word.before) + word.text for word in words[1:])


def _flat_space(between: str) -> str:
    return re.sub(r"\s+", " ", between)


def width(text: str) -> int:
    """Count columns: two for wide signs, none for marks that stand on another sign."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)


def between(word: Word, place: int) -> str:
    """Give what stands before a word at a place of its line: nothing before the first."""
    return _flat_space(word.before) if place else ""


def milliseconds(cues_: Sequence[Cue]) -> list[tuple[int, int]]:
    """Round cues to milliseconds such that each lasts at least one and none begins before the last has ended."""
    found: list[tuple[int, int]] = []
    for cue in cues_:
        start = max(round(1000 * cue.start), found[-1][1] if found else 0)
        found.append((start, max(round(1000 * cue.end), start + 1)))
    return found


def clock(milliseconds_: int, mark: str) -> str:
    """Write hours, minutes, seconds and milliseconds, with `mark` before the last."""
    seconds, rest = divmod(milliseconds_, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{mark}{rest:03d}"
