"""Warping paths through costs that are there already, such as a cross-attention's; compiled by numba."""

import numpy as np

from mmviz.errors import MethodError
from mmviz.methods.warping.wavefront import ALONG, DIAGONAL, SKIP, SKIP_UP, UP, exactly

#: Cells a matrix may have: two sums a row and one byte a cell are kept.
CELLS = 2 * 10**9


def cheapest(
    costs: np.ndarray,
    *,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
    windows: np.ndarray | None = None,
    optional: np.ndarray | None = None,
    subsequence: bool = False,
) -> tuple[float, np.ndarray]:
    """Find the cheapest monotone path through a matrix of local costs.

    Args:
        costs: shape (N, M); 0 and up for the bounds of `dtw` to hold, but any finite numbers do.
        weights, windows, optional, subsequence: as of `mmviz.methods.dtw.dtw`, `steps` being weights.

    Returns:
        The sum of weighted costs over the path, both ends included; and the path, shape (S, 2), int64, increasing.

    Raises:
        MethodError: the costs are no matrix of finite numbers, or no path keeps to the constraints.
    """
    costs = np.asarray(costs, np.float64)
    if costs.ndim != 2 or 0 in costs.shape or costs.size > CELLS or not np.isfinite(costs).all():
        raise MethodError(f"Costs of shape {costs.shape} are not a matrix of 1 to {CELLS:,} finite numbers.")
    rows, columns = costs.shape
    windows = np.tile((0, columns), (rows, 1)) if windows is None else np.asarray(windows)
    optional = np.zeros(rows, bool) if optional is None else np.asarray(optional)
    notes = np.zeros(costs.shape, np.uint8)
    last, before = _down(costs, np.array(weights, np.float64), windows.astype(np.int64), (optional, subsequence), notes)
    row, sums = (
        (rows - 2, before) if optional[-1] and _least(before, subsequence) < _least(last, subsequence) else (rows - 1, last)
    )
    column = int(sums.argmin()) if subsequence else columns - 1
    if not np.isfinite(sums[column]):
        raise MethodError("No path keeps to the band, windows and steps given; widen the band or allow more steps.")
    path = np.empty((rows + columns, 2), np.int64)
    n = _up(notes, row, column, path)
    return float(sums[column]), path[:n][::-1].copy()


def _least(sums: np.ndarray, subsequence: bool) -> float:
    return sums.min() if subsequence else sums[-1]


@exactly
def _down(costs, weights, windows, ways, notes):
    """Sum costs row by row; give the last row's sums and those of the one before."""
    optional, subsequence = ways
    rows, columns = costs.shape
    before = np.full(columns + 1, np.inf)  # of row i - 2; columns count from the one before the first
    above = np.full(columns + 1, np.inf)
    above[0] = 0.0
    if subsequence:
        above[:] = 0.0
    for i in range(rows):
        sums = np.full(columns + 1, np.inf)
        may_skip = i > 0 and optional[i - 1]
        for j in range(windows[i, 0], windows[i, 1]):
            cost, is_start = costs[i, j], i == 0 and subsequence
            best, note = above[j] + weights[0] * cost, DIAGONAL
            if weights[1] < np.inf and sums[j] + weights[1] * cost < best:
                best, note = sums[j] + weights[1] * cost, ALONG
            if weights[2] < np.inf and not is_start and above[j + 1] + weights[2] * cost < best:
                best, note = above[j + 1] + weights[2] * cost, UP
            if may_skip and before[j] + weights[0] * cost < best:
                best, note = before[j] + weights[0] * cost, SKIP
            if may_skip and weights[2] < np.inf and not (i == 1 and subsequence) and before[j + 1] + weights[2] * cost < best:
                best, note = before[j + 1] + weights[2] * cost, SKIP_UP
            sums[j + 1], notes[i, j] = best, note
        before, above = above, sums
    return above[1:], before[1:]


@exactly
def _up(notes, row, column, path):
    """Follow noted steps to the first row; write the path backwards and give its length."""
    n = 0
    while row >= 0:
        path[n, 0], path[n, 1] = row, column
        n += 1
        note = notes[row, column]
        if note != UP and note != SKIP_UP:
            column -= 1
        if note != ALONG:
            row -= 1 if note in (DIAGONAL, UP) else 2
    return n
