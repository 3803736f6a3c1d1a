"""Shots of a film with the clauses they show, as lists for editors and players."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TextIO

from mmviz.errors import MethodError
from mmviz.matchings import Matching

#: Frames a second, width, height and name of a film that is not known.
RATE, SIZE, NAME = 25.0, (1920, 1080), "film"
#: Frames a second of which a rate is a simple share.
BASES = (1001, 1000, 1)


@dataclass(frozen=True)
class Shown:
    """One shot, or several in a row that show one clause.

    Attributes:
        first: number of the first shot, from 0.
        start, end: seconds.
        clause: its number, from 0, or None where it shows none.
        text: the clause on one line, or "".
        p: of the pair, the least of several; 0 where it shows none.
    """

    first: int
    start: float
    end: float
    clause: int | None
    text: str
    p: float


def shown(matching: Matching, format_: str) -> list[Shown]:
    """List the shots of a film with the clause each shows.

    Raises:
        MethodError: the matching has no shots and clauses, only similarities.
    """
    if matching.shots is None or matching.clauses is None:
        way_out = "match a film with a text, or write json or csv"
        raise MethodError(f"{format_} needs shots with their seconds, and this matching has similarities alone; {way_out}.")
    decided = {shot: (clause, p) for shot, clause, p in matching.edges}
    labels = [one_line(label) for label in matching.clauses.labels]
    found = []
    for shot, (start, end) in enumerate(zip(matching.shots.starts.tolist(), matching.shots.ends.tolist(), strict=True)):
        clause, p = decided.get(shot, (None, 0.0))
        found.append(Shown(shot, start, end, clause, "" if clause is None else labels[clause], p))
    return found


def runs(matching: Matching, format_: str) -> list[Shown]:
    """List what is shown one after the other: shots in a row that show one clause are one, those that show none are left out."""
    found: list[Shown] = []
    last = None
    for shot in shown(matching, format_):
        if shot.clause is not None and found and last == shot.clause:
            found[-1] = Shown(found[-1].first, found[-1].start, shot.end, shot.clause, found[-1].text, min(found[-1].p, shot.p))
        elif shot.clause is not None:
            found.append(shot)
        last = shot.clause
    return found


def one_line(text: str) -> str:
    """Give a text on one line, without signs that cannot be printed."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" or c.isspace() else "" for c in text).split())


def title(shot: Shown) -> str:
    """Name a shot by the clause it shows."""
    return shot.text or f"shot {shot.first + 1}, no clause"


def about(matching: Matching) -> dict[str, Any]:
    """Give `name`, `rate` (a Fraction) and `size` of the film, usual ones where it is not known."""
    film = matching.film
    if film is None:
        return {"name": NAME, "rate": Fraction(RATE), "size": SIZE}
    return {"name": one_line(film.name) or NAME, "rate": rate_of(film.rate), "size": (film.width, film.height)}


def rate_of(rate: float) -> Fraction:
    """Give the usual fraction a rate stands for: 29.97 is 30,000 / 1,001."""
    near = [Fraction(round(rate * base / 1000) * 1000, base) if base > 1 else Fraction(round(rate)) for base in BASES]
    exact = [fraction for fraction in near if fraction and abs(float(fraction) - rate) < 0.005]
    return exact[0] if exact else Fraction(rate).limit_denominator(1000)


def written(write: Callable[[TextIO, list], None], shots: list[Shown], rate: Fraction) -> str:
    """Let one of PySceneDetect's writers write shots, and give what it wrote."""
    import io

    from scenedetect import FrameTimecode

    file = io.StringIO()
    frames = [round(shot.start * float(rate)) for shot in shots] + [round(shots[-1].end * float(rate))]
    ends = [max(a + 1, b) for a, b in zip(frames, frames[1:], strict=False)]
    write(file, [(FrameTimecode(a, rate), FrameTimecode(b, rate)) for a, b in zip(frames, ends, strict=False)])
    return file.getvalue()
