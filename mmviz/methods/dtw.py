"""Dynamic time warping: the cheapest path between two runs of frames, exact, and in memory that grows with their length alone."""

from collections.abc import Callable
from math import isfinite

import numpy as np

from mmviz.axes import TimeAxis
from mmviz.errors import MethodError
from mmviz.registry import warps
from mmviz.timings import Warp

METRICS = ("euclidean", "cosine")
#: What a step down the diagonal, along a row (the same x, the next y) and up or down a column (the next x, the same y) weighs.
STEPS = {"symmetric1": (1.0, 1.0, 1.0), "symmetric2": (2.0, 1.0, 1.0), "asymmetric": (1.0, 1.0, 0.0)}
Weights = tuple[float, float, float]
Progress = Callable[[int, int], None]
#: Cells of a path whose costs are computed at once.
PART = 65536


@warps.add(
    "dtw",
    title="Dynamic time warping",
    needs={"features"},
    paper="Sakoe and Chiba, 1978, IEEE Transactions on Acoustics, Speech, and Signal Processing 26(1), eq. 19",
)
def dtw(
    x: np.ndarray,
    y: np.ndarray,
    *,
    metric: str = "euclidean",
    steps: str | Weights = "symmetric1",
    band: float | None = None,
    subsequence: bool = False,
    windows: np.ndarray | None = None,
    optional: np.ndarray | None = None,
    progress: Progress | None = None,
) -> tuple[float, np.ndarray]:
    """Find the cheapest monotone path between two runs of frames.

    Args:
        x: shape (N, D); N frames of D features, the path's rows.
        y: shape (M, D); the columns.
        metric: local cost, "euclidean" or "cosine" (1 - cosine, 0 to 2).
        steps: a name of `STEPS`, or three weights: what the cost of a cell that is entered down the diagonal, along a row, or up or
            down a column is multiplied by; inf forbids a step, but not the diagonal one. The first cell counts as entered by it.
        band: how many columns a path may be off the straight line from corner to corner, 0 and up (Sakoe and Chiba, eq. 8); or None.
        subsequence: all of x is found within y; the path may begin and end at any column.
        windows: shape (N, 2), int; the columns each row may meet, from the first to the one after the last; or None.
        optional: shape (N,), bool; rows a path may leave out (pauses), no two of them beside each other; or None.
        progress: called with how many of the matrix's strips are done and their number; may raise to stop the work.

    Returns:
        The sum of weighted local costs over the path, both ends included; and the path, shape (S, 2), int, increasing. Where
        paths cost the same, the diagonal step is preferred, then the one along a row.

    Raises:
        MethodError: x and y are no frames of the same features, a value is not finite, an option is out of range, no path keeps to
            the constraints, or the matrix is too large even for linear memory.

    Source:
        Sakoe and Chiba, 1978, eq. 19; weights as in eq. 13 to 18. Memory as in Hirschberg, 1975: rows are kept and swept again.
    """
    from mmviz.methods.warping import paths

    x, y = check_frames(x, y, metric)
    rules = paths.Constraints(
        weights_of(steps), _windows(windows, band, len(x), len(y), subsequence), _optional(optional, len(x)), subsequence
    )
    path = paths.find(*_scaled(x, y, metric), rules, is_squared=metric == "cosine", progress=progress)
    return float((local_costs(x, y, path, metric) * _entered(path, rules.weights)).sum()), path


def warp(x: np.ndarray, y: np.ndarray, query: TimeAxis, key: TimeAxis, **options) -> Warp:
    """Warp frames that have times, and pool the local costs such that the path stays visible.

    Args:
        x: shape (N, D); features of `query`.
        y: shape (M, D); features of `key`.
        query, key: when each frame is; N and M of them.
        options: as of `dtw`.

    Returns:
        The path with its costs; the preview has at most 400 rows and 1,200 columns.

    Raises:
        MethodError: as of `dtw`.
    """
    from mmviz.methods.warping import preview

    metric = options.get("metric", "euclidean")
    cost, path = dtw(x, y, **options)
    x, y = check_frames(x, y, metric)
    local = local_costs(x, y, path, metric).astype(np.float32)
    pooled, rows, columns = preview.pooled(x, y, path, local, metric)
    return Warp(path, query, key, cost, local, pooled, preview.span(query, rows), preview.span(key, columns), metric)


def prepare() -> None:
    """Compile what is not on disk yet, in some seconds; for a thread that nobody waits for."""
    x, y = np.zeros((2, 1)), np.zeros((3, 1))
    dtw(x, y)
    dtw(x, y, band=1)
    from mmviz.methods.warping import lattice

    lattice.cheapest(np.zeros((2, 3)))


def check_frames(x: np.ndarray, y: np.ndarray, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """See that two arrays are frames of the same finite features, and give them as float32 or float64."""
    if metric not in METRICS:
        raise MethodError(f'There is no metric "{metric}"; there are: {", ".join(METRICS)}.')
    x, y = (_frames(name, array) for name, array in (("x", x), ("y", y)))
    if x.shape[1] != y.shape[1]:
        raise MethodError(f"x has {x.shape[1]} features a frame and y has {y.shape[1]}; both need the same.")
    for name, array in (("x", x), ("y", y)) if metric == "cosine" else ():
        blank = np.flatnonzero(~array.any(axis=1))
        if len(blank):
            raise MethodError(f'Frame {blank[0]} of {name} is all zeros, and a cosine needs a direction; use metric="euclidean".')
    return x, y


def _frames(name: str, array: np.ndarray) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.kind not in "fiub":
        raise MethodError(f"{name} is made of {array.dtype}, and features are real numbers; give an array of floats.")
    if array.ndim != 2:
        raise MethodError(
            f"{name} has shape {array.shape}, and frames x features are needed; one feature a frame is {name}[:, None]."
        )
    if 0 in array.shape:
        raise MethodError(f"{name} has shape {array.shape}, and a path needs at least one frame of one feature.")
    array = array if array.dtype == np.float32 else array.astype(np.float64)
    if not np.isfinite(array).all():
        frame = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise MethodError(f"Frame {frame} of {name} has a value that is not finite; leave such frames out or fill them.")
    return array


def weights_of(steps: str | Weights) -> Weights:
    """Give the weights of steps by their name, or check three of them."""
    if isinstance(steps, str):
        if steps not in STEPS:
            raise MethodError(f'There are no steps "{steps}"; there are: {", ".join(STEPS)}, or three weights.')
        return STEPS[steps]
    weights = tuple(float(weight) for weight in steps)
    if len(weights) != 3 or not all(weight >= 0 for weight in weights) or not isfinite(weights[0]):
        raise MethodError(
            f"Steps {steps} are not three weights of 0 and up, the first of them finite; write for example (2, 1, 1)."
        )
    return weights


def _windows(windows: np.ndarray | None, band: float | None, rows: int, columns: int, subsequence: bool) -> np.ndarray | None:
    """Lay band and windows over each other; None where neither is given."""
    if windows is None and band is None:
        return None
    found = np.tile((0, columns), (rows, 1))
    if windows is not None:
        windows = np.asarray(windows)
        if windows.shape != (rows, 2) or windows.dtype.kind not in "iu":
            raise MethodError(f"windows have shape {windows.shape} of {windows.dtype}; {rows} rows need ({rows}, 2) of integers.")
        found = np.clip(windows, 0, columns)
    if band is not None:
        if not band >= 0 or subsequence:
            raise MethodError(
                f"A band of {band} is not 0 or more around a path from corner to corner; leave it out for subsequences."
            )
        line = np.arange(rows) * ((columns - 1) / max(rows - 1, 1))
        around = np.stack([np.ceil(line - band), np.floor(line + band) + 1], 1).clip(0, columns).astype(int)
        found = np.stack([np.maximum(found[:, 0], around[:, 0]), np.minimum(found[:, 1], around[:, 1])], 1)
    empty = np.flatnonzero(found[:, 0] >= found[:, 1])
    if len(empty):
        raise MethodError(f"Row {empty[0]} may meet no column at all; widen its window or the band.")
    return found.astype(np.int64)


def _optional(optional: np.ndarray | None, rows: int) -> np.ndarray | None:
    if optional is None:
        return None
    optional = np.asarray(optional)
    if optional.shape != (rows,) or optional.dtype != bool or (optional[1:] & optional[:-1]).any() or optional.all():
        raise MethodError(f"optional must be ({rows},) of bool with no two beside each other and not all, got {optional.shape}.")
    return optional


def _scaled(x: np.ndarray, y: np.ndarray, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Move and scale frames such that float32 holds their differences well; half the squared distance of unit vectors is 1 - cosine."""
    if metric == "cosine":
        return tuple(_unit(frames) * np.sqrt(0.5) for frames in (x, y))
    x, y = x - y[0], y - y[0]
    largest = max(np.abs(x).max(), np.abs(y).max())
    scale = 2.0 ** -np.frexp(largest)[1] if largest else 1.0  # a power of two, so that whole numbers stay whole
    return (x * scale).astype(np.float32), (y * scale).astype(np.float32)


def _unit(frames: np.ndarray) -> np.ndarray:
    frames = frames / np.abs(frames).max(axis=1, keepdims=True)
    return frames / np.linalg.norm(frames, axis=1, keepdims=True)


def local_costs(x: np.ndarray, y: np.ndarray, path: np.ndarray, metric: str) -> np.ndarray:
    """Compute the local cost of every cell of a path, shape (S,), float64."""
    costs = np.empty(len(path))
    for start in range(0, len(path), PART):
        rows, columns = path[start : start + PART].T
        a, b = x[rows].astype(np.float64), y[columns].astype(np.float64)
        if metric == "cosine":
            costs[start : start + PART] = ((_unit(a) - _unit(b)) ** 2).sum(1) / 2
        else:
            costs[start : start + PART] = np.sqrt(((a - b) ** 2).sum(1))
    return costs


def _entered(path: np.ndarray, weights: Weights) -> np.ndarray:
    """Give the weight of the step by which each cell was entered, shape (S,)."""
    diagonal, along, up = weights
    down, right = np.diff(path, axis=0).T
    entered = np.where(down == 0, along, np.where(right == 0, up, diagonal))
    return np.concatenate([[diagonal], entered])
