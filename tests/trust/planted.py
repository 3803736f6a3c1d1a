"""Maps whose right answer is known: words on a grid of patches, and a score that falls as a thing is hidden."""

import numpy as np

from mmviz.axes import PatchAxis, TextAxis
from mmviz.results import Alignment, Score
from mmviz.trust import curves
from mmviz.trust.evidence import Masked

GRID = (6, 8)
K = GRID[0] * GRID[1]
WORDS = ("red", "cat", "under", "tree")


def patches(grid: tuple[int, int] = GRID) -> PatchAxis:
    """Lay a grid over a whole picture."""
    rows, columns = grid
    y, x = np.divmod(np.arange(rows * columns), columns)
    boxes = np.stack([x / columns, y / rows, (x + 1) / columns, (y + 1) / rows], axis=1)
    return PatchAxis(boxes, grid, (0, 0, 1, 1), (320, 240))


def words(names: tuple[str, ...] = WORDS) -> TextAxis:
    """Put words in a row, and the whole text last."""
    text = " ".join(names)
    starts = [len(" ".join(names[:i])) + (i > 0) for i in range(len(names))]
    spans = [(start, start + len(name)) for start, name in zip(starts, names)] + [(0, len(text))]
    no = np.zeros(len(spans), bool)
    return TextAxis(text, np.array(spans), ("word",) * len(names) + ("text",), no, no)


def alignment(
    maps: np.ndarray,
    *,
    scale: str = "relevance",
    method: str = "m",
    grid: tuple[int, int] = GRID,
    query: TextAxis | None = None,
) -> Alignment:
    """Put maps (Q, K) on axes; one map becomes that of the whole text alone."""
    query = query or words(WORDS[: len(maps) - 1])
    left_out = np.zeros(len(maps), np.float32)
    made = {"target": "prompt", "score": Score(0.3, "cosine"), "model": "planted", "checkpoint": "planted@0", "method": method}
    return Alignment(maps.astype(np.float32), query, patches(grid), left_out, scale, **made)


def thing(row: int, column: int, height: int = 2, width: int = 2, grid: tuple[int, int] = GRID) -> np.ndarray:
    """Mark the patches of a thing, (K,), bool."""
    shown = np.zeros(grid, bool)
    shown[row : row + height, column : column + width] = True
    return shown.ravel()


def box(row: int, column: int, height: int = 2, width: int = 2) -> np.ndarray:
    """Give the box of a thing, (1, 4)."""
    return np.array([[column / GRID[1], row / GRID[0], (column + width) / GRID[1], (row + height) / GRID[0]]])


def masked(strengths: np.ndarray, score, count: int = curves.ORDERS) -> Masked:
    """Ask a score, kept (B, K) -> (B,), as the pipeline asks a model."""
    sizes = curves.sizes(len(strengths))
    order = curves.strongest_first(strengths)
    own = curves.kept_first(np.stack([order, order[::-1]]), sizes)  # (2, S + 1, K)
    random = curves.kept_first(curves.random_orders(len(strengths), count), sizes)
    asked = np.concatenate([own, random])
    strongest, weakest, *others = score(asked.reshape(-1, len(strengths))).reshape(asked.shape[:2])
    return Masked(sizes, strongest, weakest, np.array(others))


def shown(of: np.ndarray):
    """Make a score that is the share of a thing's patches that are kept."""
    return lambda kept: (kept & of).sum(1) / of.sum()
