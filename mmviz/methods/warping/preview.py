"""A picture of a warping matrix, pooled to a size a page can draw, on which the path can still be seen."""

import numpy as np

from mmviz.axes import TimeAxis

#: Rows and columns of a picture; cells up to which every one is looked at.
ROWS, COLUMNS, CELLS = 400, 1200, 30_000_000


def pooled(
    x: np.ndarray, y: np.ndarray, path: np.ndarray, local: np.ndarray, metric: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pool local costs: a cell has the least cost in it; one the path goes through, the mean cost of the path there.

    Beyond `CELLS` cells the frames are pooled instead, and a cell off the path has the cost of the mean frames: costs of a few
    frames together mean little there, but what stands out along the path still does.

    Args:
        x: shape (N, D), rows.
        y: shape (M, D), columns.
        path: shape (S, 2), int.
        local: shape (S,); the path's local costs.
        metric: "euclidean" or "cosine".

    Returns:
        Costs, shape (P, R), float32, P up to 400 and R up to 1,200; where the P rows begin, shape (P + 1,), with the end; and the R columns.
    """
    costs, rows, columns = blank(x, y, metric)
    return drawn(costs, rows, columns, path, local), rows, columns


def blank(x: np.ndarray, y: np.ndarray, metric: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pool the local costs of a matrix without a path; see `pooled`."""
    rows, columns = (_bounds(len(frames), most) for frames, most in ((x, ROWS), (y, COLUMNS)))
    whole = len(x) * len(y) <= CELLS
    costs = _least(x, y, rows, columns, metric) if whole else _costs(_means(x, rows), _means(y, columns), metric)
    return costs, rows, columns


def drawn(costs: np.ndarray, rows: np.ndarray, columns: np.ndarray, path: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Give pooled costs with the mean cost of a path where it goes through; see `pooled`."""
    places = [np.searchsorted(bounds, steps, side="right") - 1 for bounds, steps in zip((rows, columns), path.T, strict=True)]
    cells = places[0] * (len(columns) - 1) + places[1]
    counts = np.bincount(cells, minlength=costs.size)
    sums = np.bincount(cells, weights=local, minlength=costs.size)
    met = counts > 0
    found = costs.copy()
    found.reshape(-1)[met] = sums[met] / counts[met]
    return found


def span(axis: TimeAxis, bounds: np.ndarray) -> TimeAxis:
    """Say what stretches of time bounds of frames span."""
    return TimeAxis(axis.starts[bounds[:-1]], axis.ends[bounds[1:] - 1])


def _bounds(frames: int, most: int) -> np.ndarray:
    n = min(frames, most)
    return np.arange(n + 1) * frames // n


def _least(x: np.ndarray, y: np.ndarray, rows: np.ndarray, columns: np.ndarray, metric: str) -> np.ndarray:
    costs = np.empty((len(rows) - 1, len(columns) - 1), np.float32)
    for n, (start, stop) in enumerate(zip(rows[:-1], rows[1:], strict=True)):
        costs[n] = np.minimum.reduceat(_costs(x[start:stop], y, metric).min(0), columns[:-1])
    return costs


def _means(frames: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    return np.add.reduceat(frames, bounds[:-1], axis=0) / np.diff(bounds)[:, None]


def _costs(x: np.ndarray, y: np.ndarray, metric: str) -> np.ndarray:
    from scipy.spatial.distance import cdist

    return np.maximum(cdist(x, y, metric), 0).astype(np.float32)
