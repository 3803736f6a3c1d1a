"""Two answers against each other: another model, another text or another picture beside the first one."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mmviz.axes import PatchAxis, TextUnit
from mmviz.results import Alignment

Differs = Literal["model", "text", "picture"]
Measure = Literal["raw", "share", "rank"]


@dataclass(frozen=True)
class Versus:
    """Answer A and answer B, by one method under one target, unit by unit.

    Attributes:
        one, other: A, with Q units and K patches, and B, with P units and J patches.
        differs: what is another one in B.
        rows: R pairs (row of A or None, row of B or None) in reading order; None where only the other text has the unit.
        measure: what `maps` are on. "raw": both have the unit of their scale. "share": the share of a map's weight at a place
            as a multiple of an even spread over the picture, >= 0. "rank": the share of a map's area that is weaker, 0 to 1.
        maps: of A, shape (Q, K), and of B, shape (P, J), float32.
        common: C cells, each in one patch of A and in one of B or outside of them; None where places are not the same.
        change: shape (R, C), float32, B minus A on `measure`; NaN where one of the two has no value. None without `common`.
        value: what `values` are: "own", each unit's own score; "strongest", the strongest patch on `measure`; "apart", the
            strongest patch in each one's own unit, which have nothing in common.
        values: shape (R, 2), of A and of B; NaN where a unit is not.
        moved: shape (R, 2), from A's strongest patch to B's, right and down, as fractions of the picture; NaN where unknown.
        patches: shape (R,), the same way's length in patches of A; NaN where unknown.
        correlation: shape (R,), of the ranks of both maps where both models see, -1 to 1; NaN where unknown.
        overlap: shape (R,), the share of their weight that lies in the same places, 0 to 1; NaN where unknown.
    """

    one: Alignment
    other: Alignment
    differs: Differs
    rows: tuple[tuple[int | None, int | None], ...]
    measure: Measure
    maps: tuple[np.ndarray, np.ndarray]
    common: PatchAxis | None
    change: np.ndarray | None
    value: Literal["own", "strongest", "apart"]
    values: np.ndarray
    moved: np.ndarray
    patches: np.ndarray
    correlation: np.ndarray
    overlap: np.ndarray

    def __post_init__(self):
        count = len(self.rows)
        shapes = {"values": (count, 2), "moved": (count, 2), "patches": (count,), "correlation": (count,), "overlap": (count,)}
        shapes |= {"change": (count, len(self.common))} if self.common is not None else {}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {getattr(self, name).shape}")
        if [maps.shape for maps in self.maps] != [self.one.scores.shape, self.other.scores.shape]:
            raise ValueError("maps must have the shapes of the scores of A and B")

    @property
    def units(self) -> list[tuple[str, TextUnit]]:
        """Characters and kind of every row's unit: A's, or B's where A has none."""
        found = []
        for row, beside in self.rows:
            query, place = (self.one.query, row) if row is not None else (self.other.query, beside)
            found.append((query.labels[place], query.kinds[place]))
        return found

    @property
    def sides(self) -> list[Literal["both", "A", "B"]]:
        """Where every row's unit is."""
        return ["both" if None not in row else "B" if row[0] is None else "A" for row in self.rows]

    @property
    def changes(self) -> np.ndarray:
        """Change of every row's value from A to B, shape (R,); NaN where there is none or the two have no unit in common."""
        return np.full(len(self.rows), np.nan) if self.value == "apart" else self.values[:, 1] - self.values[:, 0]

    @property
    def model(self) -> str:
        """What made both, or A and then B, as a file is named by."""
        return "-".join(dict.fromkeys(["versus", self.one.model, self.other.model]))

    @property
    def method(self) -> str:
        """What both were made by."""
        return self.one.method

    @property
    def score_change(self) -> float | None:
        """Change of the pair's score from A to B, or None where the scores are of different kinds or answers."""
        one, other = self.one.score, self.other.score
        return other.value - one.value if (one.kind, one.label) == (other.kind, other.label) else None

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name: those of A and of B with `a_` and `b_` before it; a row that is in one text only is -1 in the other."""
        arrays = {f"{side}_{name}": array for side, of in self._sides for name, array in of.arrays.items()}
        arrays |= {"a_map": self.maps[0], "b_map": self.maps[1]}
        arrays["rows"] = np.array([[-1 if place is None else place for place in row] for row in self.rows], int).reshape(-1, 2)
        arrays |= {name: getattr(self, name) for name in ("values", "changes", "moved", "patches", "correlation", "overlap")}
        return arrays | ({"change": self.change, "cell_boxes": self.common.boxes} if self.common is not None else {})

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary, null where a number is not known."""
        score = {"a": self.one.score.value, "b": self.other.score.value, "change": self.score_change}
        rows = zip(self.units, self.sides, self.rows, strict=True)
        numbers = {name: _known(getattr(self, name)) for name in ("changes", "patches", "correlation", "overlap")}
        units = [
            {
                "text": text,
                "unit": kind,
                "in": side,
                "rows": list(row),
                "values": _known(self.values[r]),
                "moved": _known(self.moved[r]),
            }
            | {name.removesuffix("s") if name == "changes" else name: numbers[name][r] for name in numbers}
            for r, ((text, kind), side, row) in enumerate(rows)
        ]
        cells = None
        if self.common is not None:
            cells = {
                "grid": list(self.common.grid),
                "boxes": self.common.boxes.tolist(),
                "change": [_known(row) for row in self.change],
            }
        return {
            "version": 1,
            "differs": self.differs,
            "measure": self.measure,
            "value": self.value,
            "score": score,
            "units": units,
            "cells": cells,
            "maps": {"a": self.maps[0].tolist(), "b": self.maps[1].tolist()},
            "a": self.one.to_json(),
            "b": self.other.to_json(),
        }

    @property
    def _sides(self) -> tuple[tuple[str, Alignment], ...]:
        return (("a", self.one), ("b", self.other))


def _known(values: np.ndarray) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in np.asarray(values, float).tolist()]
