"""Axes: what the rows and columns of an array stand for."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

TextUnit = Literal["token", "word", "phrase", "text", "char", "phone", "clause"]
#: What the columns of a map may be; "cell" is of a grid that regions were laid on.
KeyKind = Literal["patch", "keypoint", "object", "cell", "time"]
#: What one of a kind, and what several of it are called in English.
NOUNS: dict[KeyKind, tuple[str, str]] = {
    "patch": ("patch", "patches"),
    "keypoint": ("keypoint", "keypoints"),
    "object": ("region", "regions"),
    "cell": ("cell", "cells"),
    "time": ("time", "times"),
}


@dataclass(frozen=True)
class TextAxis:
    """Units of one text, by position: the same word may occur twice.

    Attributes:
        text: the whole text as given.
        spans: shape (N, 2), int; start and end in Unicode code points of `text`.
        kinds: what each unit is; an axis of words usually ends with the row "text".
        cut: shape (N,), bool; the unit lies, wholly or in part, beyond what the model reads.
        unknown: shape (N,), bool; the tokenizer has no piece for part of the unit.
    """

    text: str
    spans: np.ndarray
    kinds: tuple[TextUnit, ...]
    cut: np.ndarray
    unknown: np.ndarray

    def __post_init__(self):
        _check("spans", self.spans, (len(self.kinds), 2))
        _check("cut", self.cut, (len(self.kinds),))
        _check("unknown", self.unknown, (len(self.kinds),))

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def labels(self) -> list[str]:
        """The units' own characters."""
        return [self.text[start:end] for start, end in self.spans]

    def to_json(self) -> list[dict[str, Any]]:
        """Write each unit as the contract has it, with its text and span."""
        rows = zip(self.labels, self.spans.tolist(), self.kinds, self.cut.tolist(), self.unknown.tolist(), strict=True)
        return [{"text": t, "span": s, "unit": k, "cut": c, "unknown": u} for t, s, k, c, u in rows]


@dataclass(frozen=True)
class PatchAxis:
    """Patches of one picture, row by row.

    Attributes:
        boxes: shape (rows * columns, 4), float; x0, y0, x1, y1 as fractions of the upright picture as given.
            A padded model may have boxes that reach outside 0..1.
        grid: (rows, columns).
        seen: x0, y0, x1, y1 of the part the model sees, as fractions; what lies outside was cropped away.
        size: (width, height) of the picture as given, in pixels.
    """

    boxes: np.ndarray
    grid: tuple[int, int]
    seen: tuple[float, float, float, float]
    size: tuple[int, int]

    def __post_init__(self):
        _check("boxes", self.boxes, (self.grid[0] * self.grid[1], 4))

    def __len__(self) -> int:
        return self.grid[0] * self.grid[1]

    @property
    def kind(self) -> KeyKind:
        """What they are, as a `RegionAxis` says it."""
        return "patch"

    @property
    def labels(self) -> list[str]:
        """Row and column of each patch, counted from 1."""
        return [f"row {r + 1} column {c + 1}" for r in range(self.grid[0]) for c in range(self.grid[1])]

    def to_json(self) -> list[dict[str, Any]]:
        """Write each patch as the contract has it, with its box and label."""
        return [{"box": box, "label": label} for box, label in zip(self.boxes.tolist(), self.labels, strict=True)]


@dataclass(frozen=True)
class RegionAxis:
    """Regions of one picture, which may overlap and need not cover it.

    Attributes:
        boxes: shape (K, 4), float; x0, y0, x1, y1 as fractions of the upright picture as given, all inside `seen`.
        names: what each region is called: "cat" of a detector, or "" where it has no name.
        scores: shape (K,), float; how sure its finder is of each, in the finder's own unit.
        kind: what they are: "keypoint" or "object".
        seen: x0, y0, x1, y1 of the part regions were looked for in, as fractions.
        size: (width, height) of the picture as given, in pixels.
    """

    boxes: np.ndarray
    names: tuple[str, ...]
    scores: np.ndarray
    kind: Literal["keypoint", "object"]
    seen: tuple[float, float, float, float]
    size: tuple[int, int]

    def __post_init__(self):
        _check("boxes", self.boxes, (len(self.names), 4))
        _check("scores", self.scores, (len(self.names),))
        low, high = np.array(self.seen[:2]), np.array(self.seen[2:])
        inside = (self.boxes[:, :2] >= low) & (self.boxes[:, :2] < self.boxes[:, 2:]) & (self.boxes[:, 2:] <= high)
        if not inside.all():
            raise ValueError(f"boxes must lie inside {self.seen}, got {self.boxes[~inside.all(1)][0].tolist()}")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def grid(self) -> tuple[int, int]:
        """All in one row, as a table has them: (1, K). Neighbours in it are no neighbours in the picture."""
        return 1, len(self.names)

    @property
    def labels(self) -> list[str]:
        """Kind, number counted from 1, and name where there is one."""
        return [f"{self.kind} {n + 1}" + (f" {name}" if name else "") for n, name in enumerate(self.names)]

    def to_json(self) -> list[dict[str, Any]]:
        """Write each region as the contract has it: its box, label, name and score."""
        rows = zip(self.boxes.tolist(), self.labels, self.names, self.scores.tolist(), strict=True)
        return [{"box": box, "label": label, "name": name, "score": score} for box, label, name, score in rows]


@dataclass(frozen=True)
class ItemAxis:
    """Whole items: texts or pictures of a set.

    Attributes:
        names: one a row; two items may share one, they are told apart by position.
        places: position of each among what was given, from 0, some of which may be left out (blank texts are not counted); or empty.
    """

    names: tuple[str, ...]
    places: tuple[int, ...] = ()

    def __post_init__(self):
        if self.places and len(self.places) != len(self.names):
            raise ValueError(f"places must be {len(self.names)} numbers, got {len(self.places)}")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def labels(self) -> list[str]:
        """The names."""
        return list(self.names)

    def to_json(self) -> list[dict[str, Any]]:
        """Write each item as the contract has it."""
        return [{"text": name} for name in self.names]


@dataclass(frozen=True)
class TimeAxis:
    """Stretches of time: frames of sound, or what they were pooled to.

    Attributes:
        starts, ends: shape (N,), float64, seconds; starts increase.
    """

    starts: np.ndarray
    ends: np.ndarray

    def __post_init__(self):
        _check("ends", self.ends, self.starts.shape)
        if (np.diff(self.starts) <= 0).any() or (self.ends < self.starts).any():
            raise ValueError("starts must increase, and nothing may end before it starts")

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def kind(self) -> KeyKind:
        """What they are, as a `RegionAxis` says it."""
        return "time"

    @property
    def labels(self) -> list[str]:
        """Start and end of each, in seconds."""
        return [f"{start:.2f}-{end:.2f} s" for start, end in zip(self.starts, self.ends, strict=True)]

    def to_json(self) -> list[dict[str, Any]]:
        """Write each stretch as the contract has it."""
        return [{"start": start, "end": end} for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True)]


@dataclass(frozen=True)
class ShotAxis(TimeAxis):
    """Shots of a film, in order.

    Attributes:
        keys: shape (N,), float64, seconds; the frame that stands for each.
    """

    keys: np.ndarray

    def __post_init__(self):
        super().__post_init__()
        _check("keys", self.keys, self.starts.shape)

    @property
    def labels(self) -> list[str]:
        """Number of each, counted from 1, with its times."""
        return [f"shot {n + 1}, {label}" for n, label in enumerate(super().labels)]


#: What the columns of an alignment with a picture are.
PictureAxis = PatchAxis | RegionAxis
Axis = TextAxis | PatchAxis | RegionAxis | ItemAxis | TimeAxis | ShotAxis


def _check(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if tuple(array.shape) != shape:
        raise ValueError(f"{name} must have shape {shape}, got {tuple(array.shape)}")
