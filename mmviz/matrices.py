"""What comes out of comparing sets: every text with every picture, and what is read off that."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from mmviz.axes import ItemAxis

VERSION = 1
MatrixScale = Literal["cosine", "probability", "logit", "softmax-row", "softmax-column", "sigmoid", "percentile"]
MatrixKind = Literal["cosine", "match_probability", "logit"]
#: What the numbers of a kind can be read as, the first as a matter of course. A sigmoid of a cosine's logit is what some
#: objectives train it to be; of a matching logit it is the probability the head was trained for; of a logit trained
#: by softmax over candidates it means nothing.
SCALES_OF: dict[MatrixKind, tuple[MatrixScale, ...]] = {
    "cosine": ("cosine", "logit", "softmax-row", "softmax-column", "sigmoid", "percentile"),
    "match_probability": ("probability", "logit", "softmax-row", "softmax-column", "percentile"),
    "logit": ("logit", "softmax-row", "softmax-column", "percentile"),
}
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
        values: shape (N, M), float32 (float64 where they were given), texts down, pictures across: cosines, or logits of
            a model that reads text and picture together.
        texts, images: the rows and columns; equal names are told apart by position.
        kind: "cosine"; "match_probability", logits whose sigmoid is the probability that text and picture belong
            together; or "logit", logits that compare candidates and are no probability by themselves.
        logit_scale: the factor by which the model makes cosines into logits, > 0; 1 for logits.
        scale: what `scores` are; "" becomes the first of the kind.
        paired: text and picture of the same place belong together; so they do when as many of one as of the other were given.
        model, checkpoint: what made it; empty for similarities that were given.
        skipped: texts and pictures that could not be used.
    """

    values: np.ndarray
    texts: ItemAxis
    images: ItemAxis
    logit_scale: float = 1.0
    kind: MatrixKind = "cosine"
    scale: MatrixScale | Literal[""] = ""
    paired: bool = False
    model: str = ""
    checkpoint: str = ""
    skipped: tuple[Skipped, ...] = ()

    def __post_init__(self):
        _check_shape("values", self.values, self.texts, self.images)
        if not np.isfinite(self.values).all():
            raise ValueError("values must be finite")
        if self.kind not in SCALES_OF:
            raise ValueError(f"kind must be one of {tuple(SCALES_OF)}, got {self.kind!r}")
        object.__setattr__(self, "scale", self.scale or self.scales[0])
        if self.scale not in self.scales:
            raise ValueError(f"scale must be one of {self.scales} for {self.kind}, got {self.scale!r}")

    @property
    def scales(self) -> tuple[MatrixScale, ...]:
        """What the numbers can be read as."""
        return SCALES_OF[self.kind]

    @property
    def scores(self) -> np.ndarray:
        """The values on this matrix' scale, shape and type of `values`, finite.

        `cosine` c; `logit` z = logit_scale * c, or the logit itself; `softmax-row` exp(z) over its sum along the row: each
        text's probabilities of the pictures; `softmax-column` the same along the column: each picture's of the texts;
        `sigmoid` and `probability` 1 / (1 + exp(-z)); `percentile` the share of all N * M cells that are lower, from 0 to below 1.
        """
        values = self.values.astype(np.float64)
        return MATRIX_SCALES[self.scale](values, values * self.logit_scale).astype(self.values.dtype)

    @property
    def matched(self) -> np.ndarray:
        """Cells whose text and picture belong together, shape (N, M), bool; none unless the matrix is `paired`."""
        rows, columns = (axis.places or tuple(range(len(axis))) for axis in (self.texts, self.images))
        return np.equal.outer(np.array(rows, int), np.array(columns, int)) & self.paired

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Scores, cosines or logits, and names, by name."""
        names = {"texts": np.array(self.texts.names, str), "images": np.array(self.images.names, str)}
        return {"scores": self.scores, "cosines" if self.kind == "cosine" else "logits": self.values, **names}

    def scaled(self, scale: MatrixScale) -> "Matrix":
        """Return the same matrix with its scores on another scale."""
        return replace(self, scale=scale)

    def to_json(self) -> dict[str, Any]:
        """Write the contract's matrix as a dictionary."""
        return {
            "version": VERSION,
            "texts": self.texts.labels,
            "images": self.images.labels,
            "kind": self.kind,
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

    def to_json(self) -> dict[str, Any]:
        """Write what the contract has beside a matrix: the objective, `loss` and `gradient`."""
        named = {"name": self.name, "options": self.options}
        return {"objective": named, "loss": self.loss, "gradient": self.gradient.tolist()}


@dataclass(frozen=True)
class Standing:
    """Where a text stands among the texts of a bank, all with one picture.

    Attributes:
        bank: its name.
        n: how many texts of it were compared; the text itself is never among them.
        score: of the text and the picture: cosine or logit, as `kind` says.
        percentile: share of the bank's texts that score lower, 0 to 1.
        best: the strongest texts of the bank with their scores, highest first.
        checkpoint: which weights.
        kind: as of a Matrix.
        drawn: of how many texts of the bank those compared were drawn; 0 where all of it was compared.
    """

    bank: str
    n: int
    score: float
    percentile: float
    best: tuple[tuple[str, float], ...]
    checkpoint: str
    kind: MatrixKind = "cosine"
    drawn: int = 0

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


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(logits / 2))  # 1 / (1 + exp(-z)) without overflow


def _share_lower(values: np.ndarray) -> np.ndarray:
    flat = np.sort(values, axis=None)
    return np.searchsorted(flat, values) / values.size


#: Scale -> function of values and logits.
MATRIX_SCALES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "cosine": lambda values, logits: values,
    "probability": lambda values, logits: _sigmoid(logits),
    "logit": lambda values, logits: logits,
    "softmax-row": lambda values, logits: _softmax(logits, 1),
    "softmax-column": lambda values, logits: _softmax(logits, 0),
    "sigmoid": lambda values, logits: _sigmoid(logits),
    "percentile": lambda values, logits: _share_lower(values),
}
