"""How near the ways to say one thing come to each other: a picture of it, with its article, the bare noun."""

import re
from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.findings import Bins, Finding, Plot, Ranking
from mmviz.probes.given import Given, Ways
from mmviz.registry import probes
from mmviz.samples import Text
from mmviz.trusts import Remark

#: Other things that are listed, intervals of the plot, and other things that are read together with the picture, a pass each way.
LISTED, INTERVALS, READ = 8, 40, 11
#: Columns: a way's cosine with each of the three.
COLUMNS = ("with_picture_of", "with_article", "with_bare")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_OPENING = re.compile(r"^(?:an?|the|one)\s+", re.IGNORECASE)


@probes.add(
    "ways-to-say-it",
    title="Ways to say it",
    needs={"embed"},
    takes={"ways"},
    paper="Singh et al., 2022, arXiv:2112.04482",
)
def ways_to_say_it(checkpoint: Any, given: Given, *, phrase: str = "") -> Finding:
    """Set "a picture of a cat", "a cat" and "cat" beside each other, beside the picture, and beside other things said so.

    Vectors of texts and picture lie in the joint space. A model that reads text and picture together has a vector for each way with the
    picture as well; those lie in a space of their own and are compared with each other alone.

    Args:
        checkpoint: leased; of any family with vectors.
        given: a pair, and things in three ways each; without things there is nothing to set beside.
        phrase: what of the text is said in three ways, a stretch of it; "" takes the first known thing that stands in it, and where none
            does the whole text.

    Returns:
        A ranking of the ways by cosine with the picture: their cosines with each other, and the greatest with a way of another thing;
        the same of joint vectors where there are such; the other things nearest to this one; and all cosines with other things' ways.

    Raises:
        MethodError: the phrase does not stand in the text.
    """
    own = _ways_of(given, phrase)
    others = [ways for ways in given.ways if ways[2].casefold() != own[2].casefold()]
    embed = checkpoint.family.functions["embed"]
    texts = embed(checkpoint, [Text(way) for ways in (own, *others) for way in ways]).vectors  # (3 * (1 + M), D)
    vectors = texts.reshape(1 + len(others), 3, -1).astype(np.float64)
    picture = embed(checkpoint, [given.image]).vectors[0]
    table = _Table(own, others, vectors)
    rankings, remarks = [table.ranking("ways", vectors[0] @ picture)], table.remarks("ways")
    if "joint" in checkpoint.family.functions:
        joint = _joint(checkpoint, given, own, table.nearest(READ))
        rankings.append(joint.ranking("ways_joint"))
        remarks += [*joint.remarks("ways_joint"), Remark("joint_space")]
    plots = ()
    if others:
        rankings.append(table.listed(vectors[1:] @ picture))
        plots = (table.spread(),)
    return Finding(checkpoint.name, checkpoint.id, tuple(remarks), tuple(rankings), plots)


class _Table:
    """Cosines of one thing's ways with each other and with those of M other things.

    Attributes:
        own, others: the ways.
        between: shape (3, 3), of the thing's own.
        across: shape (3, M, 3), with the others'.
    """

    def __init__(self, own: Ways, others: list[Ways], vectors: np.ndarray):
        self.own, self.others = own, others
        self.between = vectors[0] @ vectors[0].T
        self.across = np.einsum("id,mjd->imj", vectors[0], vectors[1:])

    @property
    def least(self) -> float:
        """The least cosine among the thing's own ways."""
        return float(self.between[[0, 0, 1], [1, 2, 2]].min())

    @property
    def greatest(self) -> np.ndarray:
        """Of every other thing the greatest cosine of one of its ways with one of the own, (M,)."""
        return self.across.max((0, 2))

    def nearest(self, count: int) -> list[Ways]:
        """Give the other things that come nearest."""
        return [self.others[place] for place in np.argsort(-self.greatest, kind="stable")[:count]]

    def ranking(self, key: str, pictured: np.ndarray | None = None) -> Ranking:
        """List the ways, those nearest to the picture first, where cosines with it are given, (3,)."""
        order = np.arange(3) if pictured is None else np.argsort(-pictured, kind="stable")
        own = np.where(np.eye(3, dtype=bool), np.nan, self.between)  # (3, 3): of each way with each but itself
        other = self.across.max((1, 2)) if self.others else np.full(3, np.nan)
        first = [] if pictured is None else [pictured]
        values = np.column_stack([*first, own, other])[order]
        columns = (*(("with_picture",) if first else ()), *COLUMNS, "other_thing")
        marks = tuple(
            "nearer_to_other" if own_least < beside else "" for own_least, beside in zip(np.nanmin(own, 1), other, strict=True)
        )
        return Ranking(key, ItemAxis(tuple(self.own[i] for i in order)), columns, values, tuple(marks[i] for i in order))

    def remarks(self, key: str) -> list[Remark]:
        """Say whether the ways lie nearer to each other than to any other thing's."""
        facts: dict[str, Any] = {"thing": self.own[2], "least": self.least, "n": len(self.others)}
        if not self.others:
            return [Remark(f"{key}_alone", facts)]
        greatest = self.greatest
        place = int(greatest.argmax())
        facts |= {
            "other": self.others[place][2],
            "greatest": float(greatest[place]),
            "count": int((greatest >= self.least).sum()),
        }
        return [Remark(f"{key}_mixed" if facts["count"] else f"{key}_apart", facts, is_warning=bool(facts["count"]))]

    def listed(self, pictured: np.ndarray) -> Ranking:
        """List the things whose ways come nearest; `pictured`, (M, 3), are the cosines of their ways with the picture."""
        order = np.argsort(-self.greatest, kind="stable")[:LISTED]
        values = np.column_stack([self.greatest, pictured[:, 1]])[order]
        marks = tuple("beyond_least" if value >= self.least else "" for value in values[:, 0])
        return Ranking(
            "things_near", ItemAxis(tuple(self.others[i][2] for i in order)), ("cosine", "with_picture"), values, marks
        )

    def spread(self) -> Plot:
        """Count the cosines with other things' ways, the own ones marked."""
        flat = self.across.ravel()
        low, high = min(flat.min(), self.least), max(flat.max(), self.between.max(), self.least)
        edges = np.linspace(low - 1e-6, high + 1e-6, INTERVALS + 1)
        counts = np.histogram(flat, edges)[0].astype(np.float64)
        return Plot("ways_spread", Bins(edges), "cosine", "ways_counted", counts, (("own_least", self.least),))


def _joint(checkpoint: Any, given: Given, own: Ways, others: list[Ways]) -> _Table:
    """Read every way together with the picture."""
    said = [Text(way) for ways in (own, *others) for way in ways]
    pairs = np.stack([np.arange(len(said)), np.zeros(len(said), int)], axis=1)
    vectors = checkpoint.family.functions["joint"](checkpoint, said, [given.image], pairs)
    return _Table(own, others, vectors.reshape(1 + len(others), 3, -1).astype(np.float64))


def _ways_of(given: Given, phrase: str) -> Ways:
    """Find the thing that is asked for, or the first known one of the text, and its ways."""
    text, phrase = given.text.text, phrase.strip()
    if phrase:
        if phrase.casefold() not in text.casefold():
            raise MethodError(f'"{phrase}" does not stand in "{text}"; give a stretch of the text, or nothing.')
        return _known(given, phrase) or made(phrase)
    places = [(_place(ways[2], text), -len(ways[2]), ways) for ways in given.ways]
    found = min(((place, length, ways) for place, length, ways in places if place >= 0), default=None)
    return found[2] if found else made(text.strip())


def _known(given: Given, phrase: str) -> Ways | None:
    return next((ways for ways in given.ways if phrase.casefold() in (way.casefold() for way in ways)), None)


def _place(noun: str, text: str) -> int:
    """Find a noun in a text as a word of its own, -1 where it is not; Chinese words have no bounds."""
    if _HAN.search(noun):
        return text.find(noun)
    found = re.search(rf"\b{re.escape(noun)}\b", text, re.IGNORECASE)
    return found.start() if found else -1


def made(phrase: str) -> Ways:
    """Say any phrase in three ways, by the form of its letters alone: 个 counts it in Chinese, and nothing is known of plurals."""
    if _HAN.search(phrase):
        bare = re.sub("^[一这那]?[个只]", "", phrase) or phrase
        return f"一个{bare}的图片", f"一个{bare}", bare
    bare = _OPENING.sub("", phrase) or phrase
    one = f"{'an' if bare[0].lower() in 'aeiou' else 'a'} {bare}"
    return f"a picture of {one}", one, bare
