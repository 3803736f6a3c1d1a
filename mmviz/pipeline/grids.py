"""Maps of different patches on common ground: a grid that divides both, and values carried over by area."""

import numpy as np

from mmviz.axes import PatchAxis

#: Edges nearer to each other than this, as fractions of the picture, are one.
NEAR = 1e-6
#: A cell of which less than this share is covered lies outside: what is left are edges that were taken for one.
SLIVER = 1e-3


def is_same(one: PatchAxis, other: PatchAxis) -> bool:
    """Tell whether two grids have the same patches in the same places of their pictures."""
    return one.grid == other.grid and np.allclose(one.boxes, other.boxes, rtol=0, atol=NEAR)


def common(one: PatchAxis, other: PatchAxis) -> PatchAxis:
    """Find the coarsest grid that divides two others: each cell lies in one patch of either, or outside of it.

    Args:
        one, other: rows and columns of any height and width, on pictures whose places are taken for the same.

    Returns:
        Cells of unequal size that cover both; `seen` is what both see, `size` that of `one`.
    """
    x, y = (_merged(a, b) for a, b in zip(edges(one), edges(other), strict=True))
    top, left = np.meshgrid(y[:-1], x[:-1], indexing="ij")  # (rows, columns)
    bottom, right = np.meshgrid(y[1:], x[1:], indexing="ij")
    boxes = np.stack([left, top, right, bottom], axis=-1).reshape(-1, 4)  # (rows * columns, 4)
    low = [max(a, b) for a, b in zip(one.seen[:2], other.seen[:2], strict=True)]
    high = [min(a, b) for a, b in zip(one.seen[2:], other.seen[2:], strict=True)]
    return PatchAxis(boxes, (len(y) - 1, len(x) - 1), (*low, *high), one.size)


def resampled(values: np.ndarray, key: PatchAxis, onto: PatchAxis, *, shares: bool) -> np.ndarray:
    """Carry values over from one grid's patches to another's by the area they have in common.

    Args:
        values: shape (..., K), one a patch of `key`.
        key, onto: grids of K and of C patches on the same picture.
        shares: a value is an amount that is divided among the cells, so that totals stay the same where `onto` covers `key`;
            otherwise it holds everywhere in its patch, and a cell has the mean of what lies in it.

    Returns:
        Shape (..., C), float64. A cell that lies outside of `key` has no share (0), and no value (NaN).
    """
    (x, y), (onto_x, onto_y) = edges(key), edges(onto)
    wide, high = _overlaps(onto_x, x), _overlaps(onto_y, y)  # (columns', columns), (rows', rows)
    table = np.asarray(values, float).reshape(*values.shape[:-1], *key.grid)
    if shares:
        wide, high = wide / np.diff(x), high / np.diff(y)
    sums = np.einsum("ri,...ij,cj->...rc", high, table, wide)
    if not shares:
        inside = np.outer(high.sum(1), wide.sum(1))
        cells = np.outer(np.diff(onto_y), np.diff(onto_x))
        sums = np.divide(sums, inside, out=np.full(sums.shape, np.nan), where=inside > SLIVER * cells)
    return sums.reshape(*values.shape[:-1], -1)


def areas(key: PatchAxis) -> np.ndarray:
    """Give each patch's area as a fraction of the picture's, shape (K,)."""
    return (key.boxes[:, 2] - key.boxes[:, 0]) * (key.boxes[:, 3] - key.boxes[:, 1])


def edges(key: PatchAxis) -> tuple[np.ndarray, np.ndarray]:
    """Give the lines between columns, shape (columns + 1,), and between rows, (rows + 1,), as fractions of the picture."""
    columns = key.grid[1]
    x = np.append(key.boxes[:columns, 0], key.boxes[columns - 1, 2])
    return x, np.append(key.boxes[::columns, 1], key.boxes[-1, 3])


def _merged(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Unite lines, those that are nearly the same into one."""
    lines = np.unique(np.concatenate([one, other]))
    return lines[np.append(True, np.diff(lines) > NEAR)]


def _overlaps(onto: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Give the length that each span of `onto` has in common with each span of `lines`, shape (C, K)."""
    return np.clip(np.minimum(onto[1:, None], lines[1:]) - np.maximum(onto[:-1, None], lines[:-1]), 0, None)
