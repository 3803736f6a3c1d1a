"""The path between an anchor and a sound with optional silence: exact where that is cheap, coarse to fine where it is long."""

from dataclasses import dataclass

import numpy as np

from mmviz.errors import MethodError

#: Cells that are looked at one and all; above it a coarser pass says where to look.
EXACT = 40_000_000
#: How many frames make one of the next coarser pass, and how many of its frames are looked at on either side of its path.
FACTOR, RADIUS = 4, 30


@dataclass(frozen=True)
class Anchored:
    """A path between an anchor's frames and a sound's.

    Attributes:
        path: shape (P, 2), int, (anchor, sound) in increasing order, from corner to corner; in silence the anchor stands still.
        silent: shape (P,), bool; cells that are silence.
        local: shape (P,), float32, local costs.
    """

    path: np.ndarray
    silent: np.ndarray
    local: np.ndarray

    @property
    def cost(self) -> float:
        """Sum of the local costs."""
        return float(self.local.sum(dtype=float))

    def entries(self, n_rows: int) -> np.ndarray:
        """Give the first frame of the sound that each of the anchor's `n_rows` frames is spoken in, silence left out; shape (n_rows,)."""
        spoken = self.path[~self.silent]
        found = np.zeros(n_rows, int)
        found[spoken[::-1, 0]] = spoken[::-1, 1]
        return found

    def exits(self, n_rows: int) -> np.ndarray:
        """Give the last frame of the sound that each of the anchor's frames is spoken in; shape (n_rows,)."""
        spoken = self.path[~self.silent]
        found = np.zeros(n_rows, int)
        found[spoken[:, 0]] = spoken[:, 1]
        return found


def align(x: np.ndarray, y: np.ndarray, first: np.ndarray, quiet: np.ndarray, *, leads: bool = True) -> Anchored:
    """Warp an anchor onto a sound, with optional silence before every word and at the end.

    Args:
        x: shape (S, D), features of the anchor, its own pauses cut out.
        y: shape (T, D), features of the sound.
        first: shape (S,), bool; the first frames of words.
        quiet: shape (T,), local cost of silence.
        leads: whether the sound may begin with silence.

    Returns:
        The cheapest path; above 40 million cells the cheapest within a band around the path of pooled frames.

    Raises:
        MethodError: there is no frame, the features differ in number, or they are no finite numbers.

    Source:
        Sakoe and Chiba, 1978, doi:10.1109/TASSP.1978.1163055; the passes from coarse to fine after Salvador and Chan, 2007.
    """
    from mmviz.methods.warping import silences

    _check(x, y)
    x, y, quiet = (np.ascontiguousarray(a, np.float32) for a in (x, y, quiet))
    rests = np.r_[np.asarray(first, bool), True]
    rests[0] = True
    windows = _windows(x, y, rests[:-1], quiet)
    entered, begins, spoken, silent = silences.sweep(np.ascontiguousarray(x.T), y, (rests, quiet, leads), windows)
    path, is_silent = silences.retrace(entered, begins, windows[:, 0].copy(), len(x), bool(silent < spoken))
    return Anchored(path, is_silent, silences.local_costs(x, y, path, is_silent, quiet))


def _check(x: np.ndarray, y: np.ndarray) -> None:
    if x.ndim != 2 or y.ndim != 2 or not len(x) or not len(y) or x.shape[1] != y.shape[1]:
        raise MethodError(
            f"Warping takes frames of equally many features, got {x.shape} and {y.shape}; give at least one of each."
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise MethodError("Warping takes finite numbers, and there are others among the features; replace them.")


def _windows(x: np.ndarray, y: np.ndarray, first: np.ndarray, quiet: np.ndarray) -> np.ndarray:
    """Say which rows are looked at in each column: all, or those near the path of frames pooled by four."""
    n_rows, n_columns = len(x), len(y)
    if n_rows * n_columns <= EXACT or min(n_rows, n_columns) < 4 * FACTOR:
        return np.tile(np.array([0, n_rows + 1], np.int64), (n_columns, 1))
    starts = np.add.reduceat(first.astype(int), np.arange(0, n_rows, FACTOR)) > 0
    coarse = align(pool(x), pool(y), starts, pool(quiet[:, None])[:, 0])
    lowest, highest = np.full(len(pool(y)), n_rows), np.zeros(len(pool(y)), int)
    np.minimum.at(lowest, coarse.path[:, 1], coarse.path[:, 0])
    np.maximum.at(highest, coarse.path[:, 1], coarse.path[:, 0])
    columns = np.arange(n_columns) // FACTOR
    low = np.clip((lowest[columns] - RADIUS) * FACTOR, 0, n_rows)
    high = np.clip((highest[columns] + RADIUS + 1) * FACTOR, 1, n_rows + 1)
    high[columns == columns[-1]] = n_rows + 1
    low[columns == 0] = 0
    low, high = np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)
    return np.stack([low, high], 1).astype(np.int64)


def pool(frames: np.ndarray) -> np.ndarray:
    """Average every four frames, shape (N, D) to (N / 4, D); a rest at the end is a frame too."""
    sums = np.add.reduceat(frames, np.arange(0, len(frames), FACTOR), axis=0)
    counts = np.full(len(sums), FACTOR)
    counts[-1] = len(frames) - FACTOR * (len(sums) - 1)
    return (sums / counts[:, None]).astype(np.float32)
