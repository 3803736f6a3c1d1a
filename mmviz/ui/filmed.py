"""One film with its text on the page: matched once, corrected and matched again; written out whenever the language changes."""

import base64
import io
import itertools
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from mmviz.matchings import Constraints, Matching
from mmviz.registry import exports, matchers, views
from mmviz.ui import film_words, reading
from mmviz.views.film import DENSE

#: Width and height of a thumbnail in pixels, that of a long film's, and how many stand side by side in the picture that holds all.
THUMB, SMALL, ACROSS = (96, 54), (48, 27), 40
#: Corrections that can be undone.
UNDONE = 30


@dataclass(frozen=True)
class Watched:
    """A film matched with a text; immutable, one a visitor.

    Attributes:
        matching: shots against clauses.
        path: file of the film, for what is asked about it later.
        link: its address for the browser.
        device: where models run.
        plays: it is an example, which begins to play by itself.
        before: what stood here before the last correction, back to the first.
        versus: what another matcher makes of the same, or None.
    """

    matching: Matching
    path: str
    link: str
    device: str = "auto"
    plays: bool = False
    before: "tuple[Matching, ...]" = ()
    versus: Matching | None = None

    def corrected(self, matching: Matching) -> "Watched":
        """Put another matching in the place of this one, which can be undone."""
        return replace(self, matching=matching, before=(*self.before, self.matching)[-UNDONE:], versus=None)

    def undone(self) -> "Watched":
        """Go back to before the last correction."""
        return replace(self, matching=self.before[-1], before=self.before[:-1], versus=None)


def payload(watched: Watched, language: str) -> str:
    """Write what the widget draws."""
    drawn = views["film"].run(watched.matching)
    about = watched.matching.constraints
    facts = {
        "film": drawn,
        "frame": _sheet(watched.matching) | {"alike": _alike(watched.matching), "rivals": _rivals(watched)},
        "video": watched.link,
        "plays": watched.plays,
        "remarks": _remarks(watched.matching, drawn["left_out"], language),
        "corrections": _corrections(about) | {"undo": bool(watched.before)},
        "exports": [[e.name, film_words.export(e, language)] for e in exports if "Matching" in e.facts["takes"]],
        "matchers": [[e.name, film_words.matcher(e, language)] for e in matchers if e.name != watched.matching.matcher],
        "versus": _versus(watched, language),
        "words": film_words.widget(language),
    }
    return reading.written(facts)


def message(language: str) -> str:
    """Write the widget without a film: what to do."""
    return reading.written({"message": film_words.say("first", language)})


def steps_back(matching: Matching) -> int:
    """Count how often the decided clauses go back from one matched shot to the next.

    Going back to a clause that a marker takes out of the order, or from one ("before that" tells later what was seen before), is none.
    """
    _, links = matching.order.of(matching.similarity.shape)
    clauses = [clause for _, clause, _ in matching.edges]
    is_marked = lambda clause: clause > 0 and links[clause - 1] == 0  # noqa: E731
    return sum(b < a and not is_marked(a) and not is_marked(b) for a, b in itertools.pairwise(clauses))


def differences(one: Matching, other: Matching) -> list[tuple[int, int | None, int | None]]:
    """List the shots whose clause differs: (shot, clause of one, clause of the other), None for no clause."""
    mine, theirs = ({shot: clause for shot, clause, _ in m.edges} for m in (one, other))
    return [(s, mine.get(s), theirs.get(s)) for s in sorted({*mine, *theirs}) if mine.get(s) != theirs.get(s)]


def _corrections(about: Constraints) -> dict[str, Any]:
    return {
        "fixed": [list(pair) for pair in about.fixed if pair[1] >= 0],
        "none": [list(pair) for pair in about.fixed if pair[1] < 0],
        "forbidden": [list(pair) for pair in about.forbidden],
        "chronological": about.chronological,
    }


def _rivals(watched: Watched) -> list[list[int]]:
    """List the pairs that the other matcher decides and this one does not."""
    if watched.versus is None:
        return []
    return [[s, theirs] for s, _, theirs in differences(watched.matching, watched.versus) if theirs is not None]


def _alike(matching: Matching) -> dict[int, list[int]]:
    """Give, for every shot that can be taken for others, those others."""
    groups = [group for remark in matching.remarks if remark.key == "ambiguous_shots" for group in remark.numbers["groups"]]
    return {shot: [other for other in group if other != shot] for group in groups for shot in group}


def _versus(watched: Watched, language: str) -> dict[str, Any] | None:
    other = watched.versus
    if other is None:
        return None
    say = partial(film_words.say, language=language)
    mine, theirs = (film_words.matcher(matchers[m.matcher], language) for m in (watched.matching, other))
    rows = differences(watched.matching, other)
    back = steps_back(watched.matching), steps_back(other)
    likelier = "likelier_none" if back[0] == back[1] else f"likelier_{'mine' if back[0] < back[1] else 'theirs'}"
    facts = {"count": len(rows), "shots": len(other.p), "back_mine": back[0], "back_theirs": back[1]}
    verdict = say(likelier, mine=mine, theirs=theirs)
    said = say("versus_said", mine=mine, theirs=theirs, verdict=verdict, **facts) if rows else say("versus_same")
    return {"matcher": other.matcher, "mine": mine, "theirs": theirs, "rows": rows, "said": said}


def _remarks(matching: Matching, left_out: int, language: str) -> list[dict[str, Any]]:
    """Write what to say of the matching, warnings first."""
    ordered = sorted(matching.remarks, key=lambda remark: not remark.is_warning)
    said = [{"text": film_words.remark(remark, language), "warns": remark.is_warning} for remark in ordered]
    if left_out:
        text = film_words.say("left_out", language, side=DENSE, count=f"{left_out:,}")
        said.append({"text": text, "warns": False})
    return said


def _sheet(matching: Matching) -> dict[str, Any]:
    """Lay the pictures of all shots side by side in one, as a data URL."""
    import PIL.Image
    import PIL.ImageOps

    width, height = THUMB if len(matching.p) <= DENSE else SMALL
    if matching.pictures:
        high, wide = matching.pictures[0].shape[:2]
        width = min(width, max(height // 2, round(height * wide / high)))
    across = min(ACROSS, max(1, len(matching.p)))
    sheet = PIL.Image.new("RGB", (across * width, -(-max(1, len(matching.p)) // across) * height))
    for place, pixels in enumerate(matching.pictures):
        small = PIL.ImageOps.pad(PIL.Image.fromarray(np.ascontiguousarray(pixels)), (width, height))
        sheet.paste(small, (place % across * width, place // across * height))
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=80)
    address = "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
    return {"picture": address, "width": width, "height": height, "across": across}
