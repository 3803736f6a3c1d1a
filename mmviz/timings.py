"""What aligning speech with a text comes to: when each unit was spoken, and the warping path behind it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmviz.axes import TextAxis, TimeAxis


@dataclass(frozen=True)
class Warp:
    """A warping path between two runs of frames.

    Attributes:
        path: shape (S, 2), int; (query, key) frames in increasing order.
        query, key: the frames of rows (the synthetic anchor) and of columns (the sound).
        cost: sum over the path of the local costs, both ends included; lower is nearer.
        local: shape (S,), float32; the local cost of every cell of the path.
        preview: shape (P, R), float32; local costs pooled so that the path stays visible, on the axes below.
        preview_query, preview_key: what the rows and columns of `preview` span.
        metric: of the local cost: "euclidean" or "cosine".
    """

    path: np.ndarray
    query: TimeAxis
    key: TimeAxis
    cost: float
    local: np.ndarray
    preview: np.ndarray
    preview_query: TimeAxis
    preview_key: TimeAxis
    metric: str

    def __post_init__(self):
        _check("path", self.path, len(self.path), 2)
        _check("local", self.local, len(self.path))
        _check("preview", self.preview, len(self.preview_query), len(self.preview_key))


@dataclass(frozen=True)
class Timing:
    """When each unit of a text was spoken.

    Attributes:
        query: Q units of the text as given, every one of them; the phones of a word share the word's span.
        names: what each unit is called: its own characters, or a phone's symbol.
        starts, ends: shape (Q,), float64, seconds from the beginning of the sound; starts never go back, ends are at or after them.
        confidence: shape (Q,), 0 to 1: how likely the start lies within 50 ms of where it was spoken.
        spoken: shape (Q,), bool; False where the unit was not spoken there and its times are only a place to stand.
        gaps: shape (G, 2), seconds; stretches with speech in them to which no unit of the text belongs.
        matches: 0 to 1, how likely the text is what was said; below .5 it is not.
        aligner, language, unit: what made it: "dtw", "en", "word" ("char", "phone").
        seconds: how long the sound is.
        warp: the path behind it, where the aligner has one.
    """

    query: TextAxis
    names: tuple[str, ...]
    starts: np.ndarray
    ends: np.ndarray
    confidence: np.ndarray
    spoken: np.ndarray
    gaps: np.ndarray
    matches: float
    aligner: str
    language: str
    unit: str
    seconds: float
    warp: Warp | None = None

    def __post_init__(self):
        n_units = len(self.query)
        if len(self.names) != n_units:
            raise ValueError(f"names must be {n_units}, got {len(self.names)}")
        for name in ("starts", "ends", "confidence", "spoken"):
            _check(name, getattr(self, name), n_units)
        _check("gaps", self.gaps, len(self.gaps), 2)
        if (np.diff(self.starts) < 0).any() or (self.ends < self.starts).any():
            raise ValueError("starts must not go back, and no unit may end before it starts")

    def to_json(self) -> dict[str, Any]:
        """Write the contract's answer of `mmviz speech`, and what else is known of each unit."""
        rows = zip(self.names, self.starts, self.ends, self.confidence, self.spoken, self.query.spans.tolist(), strict=True)
        units = [
            {"text": name, "start": float(start), "end": float(end), "confidence": float(sure), "spoken": bool(spoken), "span": span}
            for name, start, end, sure, spoken, span in rows
        ]  # fmt: skip
        about = {"aligner": self.aligner, "language": self.language, "unit": self.unit}
        found = {"units": units, "matches": float(self.matches), "seconds": self.seconds}
        return {**about, **found, "text": self.query.text, "gaps": self.gaps.tolist()}


def _check(name: str, array: np.ndarray, *shape: int) -> None:
    if tuple(array.shape) != shape:
        raise ValueError(f"{name} must have shape {shape}, got {tuple(array.shape)}")
