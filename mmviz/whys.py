"""What a pair's score and maps rest on: words changed, regions hidden, and what was found when asked why."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from mmviz.axes import TextAxis
from mmviz.results import ScoreKind

EditKind = Literal["replace", "drop", "swap"]
Verdict = Literal["ok", "warn", "bad", "none"]
#: How grave a verdict is; "none" says that something could not be asked.
GRAVITY: dict[str, int] = {"none": 0, "ok": 0, "warn": 1, "bad": 2}
#: Scores that differ by less are called equal: the same text in another batch differs by as much.
EQUAL = 1e-5


@dataclass(frozen=True)
class Edit:
    """One small change of a text.

    Attributes:
        kind: "replace", "drop" or "swap".
        spans: (start, end) in code points of the text, in reading order, none overlapping.
        new: what comes into each span's place; "" where it is dropped.
    """

    kind: EditKind
    spans: tuple[tuple[int, int], ...]
    new: tuple[str, ...]

    def __post_init__(self):
        ends = [place for span in self.spans for place in span]
        if not self.spans or len(self.spans) != len(self.new):
            raise ValueError(f"an edit needs a new text for every span, got {len(self.spans)} and {len(self.new)}")
        if ends != sorted(ends) or min(ends) < 0:
            raise ValueError(f"spans must follow each other, got {self.spans}")

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        return {"kind": self.kind, "spans": [list(span) for span in self.spans], "new": list(self.new)}


@dataclass(frozen=True)
class Without:
    """A pair's score with each word left out in turn.

    Attributes:
        query: the N words.
        score: of the whole text.
        scores: shape (N,), float32: of the text without each word, in the unit of `score`.
        kind: what the scores are.
    """

    query: TextAxis
    score: float
    scores: np.ndarray
    kind: ScoreKind

    def __post_init__(self):
        if self.scores.shape != (len(self.query),):
            raise ValueError(f"scores must have shape ({len(self.query)},), got {self.scores.shape}")

    @property
    def changes(self) -> np.ndarray:
        """What leaving each word out does to the score, shape (N,): below 0 where the word helps."""
        return self.scores - np.float32(self.score)

    @property
    def order(self) -> np.ndarray:
        """The words, shape (N,), the one that helps most first; of equal ones the earlier."""
        return np.argsort(self.changes, kind="stable")

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        scores = {"score": self.score, "scores": self.scores.tolist(), "changes": self.changes.tolist()}
        return {"query": self.query.to_json(), **scores, "kind": self.kind, "order": self.order.tolist()}


@dataclass(frozen=True)
class Edited:
    """A text, what becomes of it by some edits, and how all of these score with one picture.

    Attributes:
        text: as given.
        edits: N.
        texts: N, one an edit.
        score: of the text as given.
        scores: shape (N,), float64, in the unit of `score`.
        kind: what the scores are.
    """

    text: str
    edits: tuple[Edit, ...]
    texts: tuple[str, ...]
    score: float
    scores: np.ndarray
    kind: ScoreKind

    def __post_init__(self):
        if not len(self.edits) == len(self.texts) == len(self.scores):
            raise ValueError(f"texts and scores must be {len(self.edits)}, got {len(self.texts)} and {len(self.scores)}")

    @property
    def higher(self) -> tuple[int, ...]:
        """Places of the edits that score higher than the text as given, the best first."""
        above = np.flatnonzero(self.scores > self.score + EQUAL)
        return tuple(above[np.argsort(-self.scores[above], kind="stable")].tolist())

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        rows = zip(self.edits, self.texts, self.scores.tolist(), strict=True)
        edits = [edit.to_json() | {"text": text, "score": score} for edit, text, score in rows]
        return {"text": self.text, "score": self.score, "kind": self.kind, "edits": edits, "higher": list(self.higher)}


@dataclass(frozen=True)
class Region:
    """A box of a picture: which units look into it, and what hiding it does to the scores.

    Attributes:
        query: the Q units.
        box: x0, y0, x1, y1 as fractions of the picture.
        area: share of what the model sees that lies in the box, 0 to 1.
        shares: shape (Q,): the part of each unit's map that lies in the box, 0 to 1; NaN where a map has no weight at all.
        hidden: how many patches are hidden with it, or how many regions were added or moved; 0 where nothing was done.
        change: of the pair's score when that is done, or None where nothing was asked.
        changes: shape (Q,), of each unit's own score, or None where units have no scores of their own, or it was not asked.
        fill: what stood in the box's place, "removed", "added" or "moved" of regions, or "".
    """

    query: TextAxis
    box: tuple[float, float, float, float]
    area: float
    shares: np.ndarray
    hidden: int = 0
    change: float | None = None
    changes: np.ndarray | None = None
    fill: str = ""

    def __post_init__(self):
        for name in ("shares", "changes"):
            array = getattr(self, name)
            if array is not None and array.shape != (len(self.query),):
                raise ValueError(f"{name} must have shape ({len(self.query)},), got {array.shape}")

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary, null where a map has no weight."""
        shares = [share if np.isfinite(share) else None for share in self.shares.tolist()]
        hiding = {"hidden": self.hidden, "change": self.change, "fill": self.fill}
        changes = None if self.changes is None else self.changes.tolist()
        places = {"query": self.query.to_json(), "box": list(self.box), "area": self.area, "shares": shares}
        return {**places, **hiding, "changes": changes}


@dataclass(frozen=True)
class Reply:
    """One answer to one of the questions asked when something looks wrong.

    Attributes:
        step: which question: a name of `STEPS`.
        key: names the words for the answer.
        verdict: "ok", "warn", "bad", or "none" where it could not be asked.
        view: what shows it: "words", "picture", "score", "changes", "region", "trust", "table" or "side".
        numbers: stand in the words; anything that JSON can hold.
    """

    step: str
    key: str
    verdict: Verdict
    view: str
    numbers: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        return asdict(self)


#: The questions, in the order in which they are asked.
STEPS = ("cut", "known", "distractors", "edits", "box", "methods", "model", "trust")


@dataclass(frozen=True)
class Why:
    """Everything that was found when one answer was asked why; a stopped one has fewer findings.

    Attributes:
        text, model, checkpoint, method: of the answer.
        unit: the row whose map is meant.
        score: of the pair.
        kind: what the score is.
        findings: in the order of `STEPS`.
    """

    text: str
    model: str
    checkpoint: str
    method: str
    unit: int
    score: float
    kind: ScoreKind
    findings: tuple[Reply, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest of the findings' verdicts; "none" where nothing could be asked."""
        found = [finding.verdict for finding in self.findings if finding.verdict != "none"]
        return max(found, key=GRAVITY.__getitem__, default="none")

    @property
    def reason(self) -> Reply | None:
        """The first of the gravest findings, since what comes earlier explains what comes later; None where nothing is wrong."""
        return next((finding for finding in self.findings if GRAVITY[finding.verdict] == GRAVITY[self.verdict] > 0), None)

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        names = ("text", "model", "checkpoint", "method", "unit", "score", "kind")
        reason = self.reason
        said = {"verdict": self.verdict, "reason": reason and reason.step}
        return {name: getattr(self, name) for name in names} | {"findings": _json(self.findings), **said}


def _json(findings: Sequence[Reply]) -> list[dict[str, Any]]:
    return [finding.to_json() for finding in findings]
