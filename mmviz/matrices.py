"""What comes out of comparing sets: every text with every picture, and what is read off that."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from mmviz.axes import ItemAxis

VERSION = 1
MatrixScale = Literal["cosine", "logit", "softmax-row", "softmax-column", "sigmoid", "percentile"]
#: Share of a bank a text must score higher than to stand above distractors.
ABOVE = 0.95


@dataclass(frozen=True)
class Skipped:
    """An item that could not be used: "text" or "picture", its place among what was given (from 0), its name, and why."""

    kind: Literal["text", "picture"]
    place: int
    name: str
    why: str

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        return {"kind": self.kind, "place": self.place, "name": self.name, "why": self.why}


@dataclass(frozen=True)
class Matrix:
    """Every text of a set against every picture of a set.

    Attributes:
        cosines: shape (N, M), float32 (float64 where they were given), texts down, pictures across.
        texts, images: the rows and columns; equal names are told apart by position.
        logit_scale: the factor by which the model makes cosines into logits; > 0.
        scale: what `scores` are.
        paired: text and picture of the same place belong together; so they do when as many of one as of the other were given.
        model, checkpoint: what made it; empty for similarities that were given.
        skipped: texts and pictures that could not be used.
    """

    cosines: np.ndarray
    texts: ItemAxis
    images: ItemAxis
    logit_scale: float = 1.0
    scale: MatrixScale = "cosine"
    paired: bool = False
    model: str = ""
    checkpoint: str = ""
    skipped: tuple[Skipped, ...] = ()

    def __post_init__(self):
        _check_shape("cosines", self.cosines, self.texts, self.images)
        if not np.isfinite(self.cosines).all():
            raise ValueError("cosines must be finite")
        if self.scale not in MATRIX_SCALES:
            raise ValueError(f"scale must be one of {tuple(MATRIX_SCALES)}, got {self.scale!r}")

    @property
    def scores(self) -> np.ndarray:
        """The cosines on this matrix' scale, shape and type of `cosines`, finite.

        `cosine` c; `logit` z = logit_scale * c; `softmax-row` exp(z) over its sum along the row: each text's probabilities
        of the pictures; `softmax-column` the same along the column: each picture's of the texts; `sigmoid` 1 / (1 + exp(-z));
        `percentile` the share of all N * M cells that are lower, from 0 to below 1.
        """
        cosines = self.cosines.astype(np.float64)
        return MATRIX_SCALES[self.scale](cosines, cosines * self.logit_scale).astype(self.cosines.dtype)

    @property
    def matched(self) -> np.ndarray:
        """Cells whose text and picture belong together, shape (N, M), bool; none unless the matrix is `paired`."""
        rows, columns = (axis.places or tuple(range(len(axis))) for axis in (self.texts, self.images))
        return np.equal.outer(np.array(rows, int), np.array(columns, int)) & self.paired

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Scores, cosines and names by name."""
        names = {"texts": np.array(self.texts.names, str), "images": np.array(self.images.names, str)}
        return {"scores": self.scores, "cosines": self.cosines, **names}

    def scaled(self, scale: MatrixScale) -> "Matrix":
        """Return the same matrix with its scores on another scale."""
        return replace(self, scale=scale)

    def to_json(self) -> dict[str, Any]:
        """Write the contract's matrix as a dictionary."""
        return {
            "version": VERSION,
            "texts": self.texts.labels,
            "images": self.images.labels,
            "scale": self.scale,
            "scores": self.scores.tolist(),
            "logit_scale": self.logit_scale,
            "model": self.model,
            "checkpoint": self.checkpoint,
            "skipped": [item.to_json() for item in self.skipped],
        }


@dataclass(frozen=True)
class Objective:
    """What a training objective does to a matrix.

    Attributes:
        loss: the mean over the N pairs.
        gradient: of that loss by each cosine, shape (N, N), float64: below 0 pulls together, above 0 pushes apart.
        texts, images: the matrix' axes.
        name, options: which objective.
    """

    loss: float
    gradient: np.ndarray
    texts: ItemAxis
    images: ItemAxis
    name: str
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        _check_shape("gradient", self.gradient, self.texts, self.images)


@dataclass(frozen=True)
class Standing:
    """Where a text stands among the texts of a bank, all with one picture.

    Attributes:
        bank: its name.
        n: how many texts of it were compared; the text itself is never among them.
        score: cosine of the text and the picture.
        percentile: share of the bank's texts that score lower, 0 to 1.
        best: the strongest texts of the bank with their cosines, highest first.
        checkpoint: which weights.
    """

    bank: str
    n: int
    score: float
    percentile: float
    best: tuple[tuple[str, float], ...]
    checkpoint: str

    @property
    def above(self) -> bool:
        """Above distractors: the text scores higher than at least 95 % of the bank."""
        return self.percentile >= ABOVE


def _check_shape(name: str, array: np.ndarray, rows: ItemAxis, columns: ItemAxis) -> None:
    if array.shape != (len(rows), len(columns)):
        raise ValueError(f"{name} must have shape {(len(rows), len(columns))}, got {array.shape}")


def _softmax(logits: np.ndarray, axis: int) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis, keepdims=True))
    return raised / raised.sum(axis, keepdims=True)


def _share_lower(values: np.ndarray) -> np.ndarray:
    flat = np.sort(values, axis=None)
    return np.searchsorted(flat, values) / values.size


#: Scale -> function of cosines and logits.
MATRIX_SCALES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "cosine": lambda cosines, logits: cosines,
    "logit": lambda cosines, logits: logits,
    "softmax-row": lambda cosines, logits: _softmax(logits, 1),
    "softmax-column": lambda cosines, logits: _softmax(logits, 0),
    "sigmoid": lambda cosines, logits: 0.5 * (1 + np.tanh(logits / 2)),  # 1 / (1 + exp(-z)) without overflow
    "percentile": lambda cosines, logits: _share_lower(cosines),
}
