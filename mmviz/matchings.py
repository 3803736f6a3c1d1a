"""What matching a film with a text comes to: which shot shows which clause, how sure that is, and what has no partner."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmviz.axes import ShotAxis, TextAxis
from mmviz.samples import Video
from mmviz.trusts import Remark


@dataclass(frozen=True)
class Order:
    """How firmly neighbours follow one another: the edges inside each side.

    Attributes:
        shots: shape (S - 1,), 0 to 1; 1 where a shot goes on from the one before, 0 where the film breaks off; None for all 1.
        clauses: shape (C - 1,), 0 to 1; 0 where a marker says that the text leaves the order ("meanwhile", "before that"); None for all 1.
    """

    shots: np.ndarray | None = None
    clauses: np.ndarray | None = None

    def __post_init__(self):
        for name in ("shots", "clauses"):
            links = getattr(self, name)
            if links is not None and (links.ndim != 1 or not ((links >= 0) & (links <= 1)).all()):
                raise ValueError(f"links of {name} must be one row of numbers from 0 to 1")

    def of(self, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Give both, float32, shapes (S - 1,) and (C - 1,)."""
        sides = []
        for name, n in zip(("shots", "clauses"), shape, strict=True):
            links = getattr(self, name)
            sides.append(np.ones(max(n - 1, 0), np.float32) if links is None else links.astype(np.float32))
            _check(name, sides[-1], max(n - 1, 0))
        return sides[0], sides[1]


@dataclass(frozen=True)
class Constraints:
    """What is known of a matching before it is made.

    Attributes:
        fixed: pairs (shot, clause) that belong together, at most one a shot; (shot, -1) is a shot that belongs to no clause.
        forbidden: pairs (shot, clause) that do not.
        chronological: the text tells things in the film's order.
    """

    fixed: tuple[tuple[int, int], ...] = ()
    forbidden: tuple[tuple[int, int], ...] = ()
    chronological: bool = False

    def states(self, shape: tuple[int, int]) -> np.ndarray:
        """Say of every pair what is known.

        Args:
            shape: (S, C).

        Returns:
            Shape (S, C), int8: 1 fixed, -1 cannot be (forbidden, or its shot is fixed to another), 0 nothing is known.
        """
        known = np.zeros(shape, np.int8)
        for shot, clause in self.fixed:
            known[shot] = -1
            if clause >= 0:
                known[shot, clause] = 1
        for shot, clause in self.forbidden:
            known[shot, clause] = -1
        return known


#: Every neighbour follows from the one before; nothing is known.
LINKED, FREE = Order(), Constraints()


@dataclass(frozen=True)
class Matching:
    """Which shot shows which clause.

    Attributes:
        similarity: shape (S, C), float32; what the matcher was given, higher is nearer.
        p: shape (S, C), float32, 0 to 1; how likely each pair belongs together.
        null: shape (S,), float32, 0 to 1; how likely each shot belongs to no clause: a row of `p` and its null sum to 1.
        clause_null: shape (C,), float32, 0 to 1; how likely no shot shows the clause, shots taken as independent.
        edges: (shot, clause, p) of the decided matching, in order, at most one a shot.
        shots, clauses: what rows and columns are; None where only similarities were given.
        matcher, options: what made it.
        constraints: what was known before.
        order: the links between neighbours that were used.
        remarks: what to say of it, by keys and numbers.
        steps: shape (L, S, C), float32; `p` as it stood after each step of message passing, the last is `p`; None without any.
        model, checkpoint: whose vectors were compared, "" where similarities were given.
        pictures: S small pictures (h, w, 3), uint8, the frame that stands for each shot; or none.
        shot_embeds, clause_embeds: shapes (S, D), (C, D), unit norm; the vectors compared, or None.
        film: where the shots are, or None.
    """

    similarity: np.ndarray
    p: np.ndarray
    null: np.ndarray
    clause_null: np.ndarray
    edges: tuple[tuple[int, int, float], ...]
    matcher: str
    options: dict[str, Any] = field(default_factory=dict)
    constraints: Constraints = FREE
    order: Order = LINKED
    remarks: tuple[Remark, ...] = ()
    steps: np.ndarray | None = None
    shots: ShotAxis | None = None
    clauses: TextAxis | None = None
    model: str = ""
    checkpoint: str = ""
    pictures: tuple[np.ndarray, ...] = ()
    shot_embeds: np.ndarray | None = None
    clause_embeds: np.ndarray | None = None
    film: Video | None = None

    def __post_init__(self):
        n_shots, n_clauses = self.similarity.shape
        _check("p", self.p, n_shots, n_clauses)
        _check("null", self.null, n_shots)
        _check("clause_null", self.clause_null, n_clauses)
        if not np.allclose(self.p.sum(1) + self.null, 1, atol=1e-3):
            raise ValueError("every row of p and its null must sum to 1")
        if self.steps is not None:
            _check("steps", self.steps, len(self.steps), n_shots, n_clauses)
        for name, axis, n in (("shots", self.shots, n_shots), ("clauses", self.clauses, n_clauses)):
            if axis is not None and len(axis) != n:
                raise ValueError(f"{name} must be {n}, got {len(axis)}")
        if self.pictures and len(self.pictures) != n_shots:
            raise ValueError(f"pictures must be {n_shots}, got {len(self.pictures)}")
        rows = [shot for shot, _, _ in self.edges]
        if sorted(set(rows)) != rows or not all(0 <= c < n_clauses and 0 <= s < n_shots for s, c, _ in self.edges):
            raise ValueError("edges must be pairs of the matrix in order, at most one a shot")

    @property
    def unmatched_shots(self) -> list[int]:
        """Shots without an edge."""
        return sorted(set(range(len(self.p))) - {shot for shot, _, _ in self.edges})

    @property
    def unmatched_clauses(self) -> list[int]:
        """Clauses without an edge."""
        return sorted(set(range(self.p.shape[1])) - {clause for _, clause, _ in self.edges})

    def to_json(self) -> dict[str, Any]:
        """Write the contract's answer of `mmviz match`, and where shots and clauses are known that of `mmviz film`."""
        edges = [{"shot": shot, "clause": clause, "p": float(p)} for shot, clause, p in self.edges]
        said: dict[str, Any] = {"p": self.p.tolist(), "null": self.null.tolist(), "edges": edges}
        said |= {"unmatched_shots": self.unmatched_shots, "unmatched_clauses": self.unmatched_clauses}
        if self.shots is not None:
            said["shots"] = self.shots.to_json()
        if self.film is not None:
            said["film"] = {name: getattr(self.film, name) for name in ("name", "width", "height", "rate", "source")}
        if self.clauses is not None:
            ends = zip(self.clauses.labels, self.clauses.spans.tolist(), strict=True)
            said |= {"text": self.clauses.text, "clauses": [{"text": t, "start": a, "end": b} for t, (a, b) in ends]}
        said |= {"matcher": self.matcher, "options": self.options, "model": self.model, "checkpoint": self.checkpoint}
        about = self.constraints
        fixed, forbidden = ([list(pair) for pair in pairs] for pairs in (about.fixed, about.forbidden))
        said["constraints"] = {"fixed": fixed, "forbidden": forbidden, "chronological": about.chronological}
        said["remarks"] = [{"key": r.key, "numbers": r.numbers, "is_warning": r.is_warning} for r in self.remarks]
        return {**said, "similarity": self.similarity.tolist(), "clause_null": self.clause_null.tolist()}


def _check(name: str, array: np.ndarray, *shape: int) -> None:
    if tuple(array.shape) != shape:
        raise ValueError(f"{name} must have shape {shape}, got {tuple(array.shape)}")
