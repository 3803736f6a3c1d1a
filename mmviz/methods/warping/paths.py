"""Warping paths: strips of a matrix put one below the other, swept down and followed up again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite

import numpy as np

from mmviz.errors import MethodError
from mmviz.methods.warping import wavefront
from mmviz.methods.warping.wavefront import CHUNK, LANES, MARK, NEVER, ROW, STEPS, Frames, Rules, Strip

#: Bytes that kept rows may take together.
ROOM = 4 * 2**30


@dataclass(frozen=True)
class Constraints:
    """What a path must keep to.

    Attributes:
        weights: of a step down the diagonal, along a row, up or down a column: what the entered cell's cost is multiplied by; inf forbids the step.
        windows: shape (N, 2), int; each row's columns from the first to the one after the last; or None.
        optional: shape (N,), bool; rows that may be left out, no two beside each other; or None.
        subsequence: the path may begin and end at any column.
    """

    weights: tuple[float, float, float] = (1.0, 1.0, 1.0)
    windows: np.ndarray | None = None
    optional: np.ndarray | None = None
    subsequence: bool = False

    @property
    def are_none(self) -> bool:
        """Nothing is constrained."""
        return self.weights == (1, 1, 1) and self.windows is None and self.optional is None and not self.subsequence


@dataclass(frozen=True)
class _Strip:
    """Rows `start` to `stop`, and the columns their windows reach."""

    start: int
    stop: int
    first: int
    last: int


@dataclass(frozen=True)
class _Kept:
    """Sums of a row, as float32 over a base for every CHUNK columns: far from the first column they are large, and their differences small."""

    above_base: np.ndarray
    bases: np.ndarray

    @classmethod
    def of(cls, sums: np.ndarray) -> "_Kept":
        """Keep sums, shape (C,), float64."""
        bases = np.minimum.reduceat(sums, np.arange(0, len(sums), CHUNK))
        bases[bases > NEVER / 10] = 0
        return cls((sums - bases.repeat(CHUNK)[: len(sums)]).astype(np.float32), bases)

    @property
    def sums(self) -> np.ndarray:
        """Give them back."""
        return self.above_base + self.bases.repeat(CHUNK)[: len(self.above_base)]


def find(
    x: np.ndarray, y: np.ndarray, constraints: Constraints, is_squared: bool, progress: Callable[[int, int], None] | None = None
) -> np.ndarray:
    """Find the cheapest path.

    Args:
        x: shape (N, D), rows.
        y: shape (M, D), columns.
        constraints: what the path must keep to.
        is_squared: costs are squared Euclidean distances, else Euclidean ones.
        progress: called with the strips done and their number, on the way down; may raise to stop the work.

    Returns:
        Shape (S, 2), int64; (row, column) in increasing order.

    Raises:
        MethodError: no path keeps to the constraints, or the rows to be kept do not fit into memory.
    """
    strips = _strips(len(x), len(y), constraints)
    _check_room(strips, len(x), len(y))
    sweep = _Sweep(x, y, constraints, is_squared)
    kept: list[_Kept] = []
    marks: list[tuple[np.ndarray, np.ndarray]] = []
    for n, strip in enumerate(strips):
        if progress is not None:
            progress(n, len(strips))
        below, lifts, marked = sweep.down(strip, _above(strips, kept, n, constraints))
        if n < len(strips) - 1:  # the last row of all may be one that is left out
            _check_reached(below.min())
        kept.append(_Kept.of(below))
        marks.append((lifts, marked))
    row, column = _end(sweep, strips, kept, len(y))
    path = np.empty((len(x) + len(y), 2), np.int64)
    n_cells = 0
    for n in reversed(range(len(strips))):
        if row >= strips[n].start:
            above, cell = _above(strips, kept, n, constraints), (row - strips[n].start, column)
            more, column = sweep.up(strips[n], above, marks[n], cell, path[n_cells:])
            n_cells, row = n_cells + more, strips[n].start - 1
        kept.pop()
        marks.pop()
    return path[:n_cells][::-1].copy()


class _Sweep:
    """What all sweeps of one matrix share."""

    def __init__(self, x: np.ndarray, y: np.ndarray, constraints: Constraints, is_squared: bool):
        self.x, self.constraints, self.is_squared = x, constraints, is_squared
        self.features = wavefront.padded(x.shape[1])
        self.y = np.zeros((self.features, len(y)), np.float32)
        self.y[: y.shape[1]] = y.T
        self.buffer = np.empty(wavefront.room(self.features), np.float32)
        diagonal, along, up = constraints.weights
        finite = [weight if isfinite(weight) else 1 for weight in (along, up)]
        self.weights = np.array([diagonal, *finite, 0, 0 if isfinite(along) else NEVER], np.float32)

    def down(self, strip: _Strip, above: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give the sums of a strip's lowest row, shape (last - first,), float64; what was taken off on the way; sums at marks."""
        lanes, columns = strip.stop - strip.start, strip.last - strip.first
        marks = np.empty(((columns + lanes - 2) // MARK, STEPS * ROW), np.float32)
        least = above.min()
        lifts = np.full((columns + lanes - 2) // CHUNK + 1, least if least < NEVER / 10 else 0.0)
        place = Strip(strip.first, lanes, above, np.empty(columns, np.float32), lifts, marks, 0)
        if self.constraints.are_none:
            wavefront.forward(self.buffer, self._frames(strip), place)
        else:
            notes = np.empty((STEPS, LANES), np.uint8)
            wavefront.ruled(self.buffer, self._frames(strip), place, self._rules(strip), notes)
        return place.below + lifts[(np.arange(columns) + lanes - 1) // CHUNK], lifts, marks

    def up(
        self, strip: _Strip, above: np.ndarray, found: tuple[np.ndarray, np.ndarray], cell: tuple[int, int], path: np.ndarray
    ) -> tuple[int, int]:
        """Write the path from a cell (lane, column) up, backwards; give its length, and the column of the row above it leads to.

        `found` is what the sweep down took off its sums, and the sums it marked.
        """
        (lane, column), (lifts, marks) = cell, found
        n = 0
        while lane >= 0:
            last = column - strip.first + lane
            begin = max(0, last - 2 * LANES) // MARK * MARK
            notes = np.empty((-(-(last + 1 - begin) // STEPS) * STEPS, LANES), np.uint8)
            below = np.empty(column - strip.first + 1, np.float32)
            place = Strip(strip.first, lane + 1, above, below, lifts, marks, begin)
            if self.constraints.are_none:
                wavefront.noted(self.buffer, self._frames(strip), place, notes)
            else:
                wavefront.ruled(self.buffer, self._frames(strip), place, self._rules(strip), notes)
            more, lane, column = wavefront.walk(notes, place, strip.start, (lane, column), path[n:])
            n += more
        return n, column

    def _frames(self, strip: _Strip) -> Frames:
        x = np.zeros((self.features, LANES), np.float32)
        x[: self.x.shape[1], : strip.stop - strip.start] = self.x[strip.start : strip.stop].T
        return Frames(x, self.y, self.is_squared)

    def _rules(self, strip: _Strip) -> Rules:
        """Say of each lane at which steps it is within its window, and what rising into it and passing the row before costs."""
        k = np.arange(strip.stop - strip.start)
        lanes = np.full((5, LANES), NEVER, np.float32)
        lanes[:2] = 0
        windows = self.constraints.windows
        found = (0, self.y.shape[1]) if windows is None else windows[strip.start : strip.stop].T
        lanes[0, : len(k)], lanes[1, : len(k)] = found[0] - strip.first + k, found[1] - strip.first + k
        if isfinite(self.constraints.weights[2]):
            lanes[2] = 0
        if self.constraints.optional is not None:
            passed = np.flatnonzero(self.constraints.optional[strip.start : strip.stop - 1]) + 1
            lanes[3, passed], lanes[4, passed] = lanes[2, passed], 0
        if strip.start == 0 and self.constraints.subsequence:  # the first cell is entered down the diagonal, whatever its column
            lanes[2, 0] = lanes[3, 1] = NEVER
        return Rules(lanes, self.weights)


def _strips(rows: int, columns: int, constraints: Constraints) -> list[_Strip]:
    """Cut the rows into strips such that none begins after a row that may be left out, nor with one that ends the matrix."""
    optional = np.zeros(rows, bool) if constraints.optional is None else constraints.optional
    starts = [0]
    while starts[-1] + LANES < rows:
        start = starts[-1] + LANES
        while optional[start - 1] or (start == rows - 1 and optional[start]):
            start -= 1
        starts.append(start)
    windows = constraints.windows
    if windows is None:
        return [_Strip(a, b, 0, columns) for a, b in pairwise([*starts, rows])]
    return [_Strip(a, b, int(windows[a:b, 0].min()), int(windows[a:b, 1].max())) for a, b in pairwise([*starts, rows])]


def _above(strips: list[_Strip], kept: list[_Kept], n: int, constraints: Constraints) -> np.ndarray:
    """Give the row above a strip, from the column before its first."""
    strip = strips[n]
    above = np.full(strip.last - strip.first + 1, NEVER, np.float64)
    if n:
        before = strips[n - 1]
        first, last = max(strip.first - 1, before.first), min(strip.last, before.last)
        if first < last:
            above[first - strip.first + 1 : last - strip.first + 1] = kept[n - 1].sums[first - before.first : last - before.first]
    elif constraints.subsequence:
        above[:] = 0
    elif strip.first == 0:
        above[0] = 0
    return above


def _end(sweep: _Sweep, strips: list[_Strip], kept: list[_Kept], columns: int) -> tuple[int, int]:
    """Find the last cell of the path: in the last row, or in the one before where the last may be left out."""
    optional, last = sweep.constraints.optional, strips[-1]
    rows = [(last.stop - 1, sweep.down(last, _above(strips, kept, len(strips) - 1, sweep.constraints))[0])]
    if optional is not None and optional[-1]:
        shorter = replace(last, stop=last.stop - 1)
        rows.append((last.stop - 2, sweep.down(shorter, _above(strips, kept, len(strips) - 1, sweep.constraints))[0]))
    ends = []
    for row, below in rows:
        column = int(below.argmin()) if sweep.constraints.subsequence else columns - 1 - last.first
        ends.append((below[column] if column < len(below) else NEVER, row, column + last.first))
    least, row, column = min(ends, key=lambda end: end[0])
    _check_reached(least)
    return row, column


def _check_room(strips: list[_Strip], rows: int, columns: int) -> None:
    kept = 4 * sum((strip.last - strip.first) * (1 + STEPS * ROW / MARK) for strip in strips)
    if kept > ROOM:
        raise MethodError(
            f"Warping {rows:,} frames against {columns:,} would keep {kept / 2**30:.1f} GB, and {ROOM / 2**30:.0f} are allowed; "
            "pool frames first, or give a band."
        )


def _check_reached(least: float) -> None:
    if least >= NEVER / 10:
        raise MethodError("No path keeps to the band, windows and steps given; widen the band or allow more steps.")
