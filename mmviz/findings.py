"""What a look inside a model found that is no alignment: ranked lists, small plots, pictures, and what to say of them."""

import base64
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmviz.axes import ItemAxis, RegionAxis
from mmviz.trusts import Remark


@dataclass(frozen=True)
class Bins:
    """Neighbouring intervals of a quantity.

    Attributes:
        edges: shape (N + 1,), ascending.
    """

    edges: np.ndarray

    def __post_init__(self):
        if self.edges.ndim != 1 or len(self.edges) < 2 or not (np.diff(self.edges) > 0).all():
            raise ValueError("edges must be at least 2 ascending numbers")

    def __len__(self) -> int:
        return len(self.edges) - 1


@dataclass(frozen=True)
class Ranking:
    """Items in an order, each with its figures.

    Attributes:
        key: names the words for what is listed.
        items: N of them, the first one first.
        columns: C keys, which name the words for the figures.
        values: shape (N, C), floats; NaN where an item has no such figure.
        marks: N keys that name what is said of an item, "" where nothing is.
        pictures: N pictures, each (H, W, 3), uint8; or none where the items are no pictures.
    """

    key: str
    items: ItemAxis
    columns: tuple[str, ...]
    values: np.ndarray
    marks: tuple[str, ...] = ()
    pictures: tuple[np.ndarray, ...] = ()

    def __post_init__(self):
        _check(f"values of {self.key}", self.values, (len(self.items), len(self.columns)))
        for name in ("marks", "pictures"):
            if getattr(self, name) and len(getattr(self, name)) != len(self.items):
                raise ValueError(f"{name} of {self.key} must be {len(self.items)}, got {len(getattr(self, name))}")
        for picture in self.pictures:
            _check_picture(self.key, picture)

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary, null where there is no figure."""
        marks = self.marks or ("",) * len(self.items)
        rows = [
            {"item": item, "values": dict(zip(self.columns, _finite(row), strict=True)), "mark": mark}
            for item, row, mark in zip(self.items.names, self.values.tolist(), marks, strict=True)
        ]
        return {"key": self.key, "rows": rows}


@dataclass(frozen=True)
class Plot:
    """A quantity along one axis: counts in bins are drawn as bars, figures of items as a line.

    Attributes:
        key: names the words for what is drawn.
        axis: the N bins or items.
        axis_key, value_key: name the words for axis and quantity.
        values: shape (N,), finite.
        lines: keys of what is marked, each with its place: along the axis of bins, in height over items.
    """

    key: str
    axis: Bins | ItemAxis
    axis_key: str
    value_key: str
    values: np.ndarray
    lines: tuple[tuple[str, float], ...] = ()

    def __post_init__(self):
        _check(f"values of {self.key}", self.values, (len(self.axis),))
        if not np.isfinite([*self.values, *(place for _, place in self.lines)]).all():
            raise ValueError(f"values and lines of {self.key} must be finite")

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        is_bins = isinstance(self.axis, Bins)
        axis = {"edges": self.axis.edges.tolist()} if is_bins else {"items": list(self.axis.names)}
        names = {"axis": self.axis_key, "value": self.value_key}
        return {"key": self.key, **names, **axis, "values": self.values.tolist(), "lines": [list(line) for line in self.lines]}


@dataclass(frozen=True)
class Boxed:
    """Boxes on a picture, of which those of a low score can be left out by whoever looks.

    Attributes:
        axis: all R of them, the surest first.
        threshold: those of a lower score are left out to begin with, 0 to 1.
        ranking: key of the list whose items are these boxes, in their order; or "" where there is none.
    """

    axis: RegionAxis
    threshold: float
    ranking: str = ""

    def __post_init__(self):
        if not 0 <= self.threshold <= 1 or (np.diff(self.axis.scores) > 0).any():
            raise ValueError(f"boxes must come the surest first, with a threshold from 0 to 1, got {self.threshold}")

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        return {"boxes": self.axis.to_json(), "threshold": self.threshold, "ranking": self.ranking}


@dataclass(frozen=True)
class Shown:
    """A picture a model made or was shown: `key` names the words under it; `pixels` (H, W, 3), uint8; `boxed`, what lies on it."""

    key: str
    pixels: np.ndarray
    boxed: Boxed | None = None

    def __post_init__(self):
        _check_picture(self.key, self.pixels)

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary, its pixels row by row as base64 of bytes R, G, B."""
        height, width = self.pixels.shape[:2]
        coded = base64.b64encode(np.ascontiguousarray(self.pixels).tobytes()).decode("ascii")
        boxed = {} if self.boxed is None else {"boxed": self.boxed.to_json()}
        return {"key": self.key, "width": width, "height": height, "rgb": coded, **boxed}


@dataclass(frozen=True)
class Finding:
    """What one probe found in one model.

    Attributes:
        probe: its name; "" until `made_by` says it.
        model, checkpoint: the name asked for, and the weights that answered.
        remarks: what to say of it, by keys and numbers, the most important first.
        rankings, plots, pictures: what to show.
        options: those of the probe, with their values.
    """

    model: str
    checkpoint: str
    remarks: tuple[Remark, ...]
    rankings: tuple[Ranking, ...] = ()
    plots: tuple[Plot, ...] = ()
    pictures: tuple[Shown, ...] = ()
    probe: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        if not (self.remarks and (self.rankings or self.plots or self.pictures)):
            raise ValueError("a finding must show something and say something of it")

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        remarks = [{"key": r.key, "numbers": r.numbers, "is_warning": r.is_warning} for r in self.remarks]
        shown = {name: [part.to_json() for part in getattr(self, name)] for name in ("rankings", "plots", "pictures")}
        made = {name: getattr(self, name) for name in ("probe", "model", "checkpoint", "options")}
        return {**made, "remarks": remarks, **shown}


def _finite(row: list[float]) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in row]


def _check(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype.kind != "f":
        raise ValueError(f"{name} must be floats of shape {shape}, got {array.dtype} {array.shape}")


def _check_picture(name: str, pixels: np.ndarray) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape or pixels.dtype != np.uint8:
        raise ValueError(f"a picture of {name} must be (height, width, 3) uint8, got {pixels.shape} {pixels.dtype}")
