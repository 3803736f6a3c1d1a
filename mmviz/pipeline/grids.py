"""Maps of different patches on common ground: a grid that divides both, and values carried over by area."""

from dataclasses import replace

import numpy as np

from mmviz.axes import PatchAxis, RegionAxis
from mmviz.results import Alignment

#: Edges nearer to each other than this, as fractions of the picture, are one.
NEAR = 1e-6
#: A cell of which less than this share is covered lies outside: what is left are edges that were taken for one.
SLIVER = 1e-3
#: Scales whose values are amounts, that can be divided and added up.
AMOUNTS = ("mass", "relevance", "effect")
#: Cells along the longer side of a picture whose regions are laid on a grid.
CELLS = 32


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


def on_grid(alignment: Alignment) -> Alignment:
    """Lay maps of regions, which may overlap, on a grid of nearly square cells, so that they stand beside maps of patches.

    Amounts (masses, relevance, effects) are divided among the cells a region covers, and those of regions one over the other add
    up: a map's sum stays. Of the other scales a cell has the mean of the regions in it, by area, and 0 where there is none.

    Args:
        alignment: of patches, which is given back as it is, or of regions.

    Returns:
        The same with a PatchAxis.
    """
    key = alignment.key
    if not isinstance(key, RegionAxis):
        return alignment
    width, height = key.size
    columns, rows = (max(1, round(CELLS * side / max(width, height))) for side in (width, height))
    x, y = np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1)
    wide, high = _overlaps(x, key.boxes[:, [0, 2]]), _overlaps(y, key.boxes[:, [1, 3]])  # (columns, K), (rows, K)
    inside = np.einsum("rk,ck->rck", high, wide).reshape(-1, len(key))  # (C, K): the area they have in common
    if alignment.scale in AMOUNTS:
        scores = alignment.scores @ (inside / inside.sum(0)).T
    else:
        scores = alignment.scores @ inside.T / np.maximum(inside.sum(1), np.finfo(float).tiny)
    top, left = np.meshgrid(y[:-1], x[:-1], indexing="ij")
    boxes = np.stack([left, top, left + 1 / columns, top + 1 / rows], axis=-1).reshape(-1, 4)
    return replace(alignment, scores=scores.astype(np.float32), key=PatchAxis(boxes, (rows, columns), key.seen, key.size))


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
    """Give the length that each span between lines of `onto` has in common with other spans: between lines, or (K, 2); (C, K)."""
    spans = np.stack([lines[:-1], lines[1:]], axis=1) if lines.ndim == 1 else lines
    return np.clip(np.minimum(onto[1:, None], spans[:, 1]) - np.maximum(onto[:-1, None], spans[:, 0]), 0, None)
