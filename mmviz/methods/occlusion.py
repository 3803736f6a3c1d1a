"""Occlusion: how far each unit's score falls when part of the picture is hidden."""

import numpy as np

from mmviz.errors import MethodError
from mmviz.registry import methods
from mmviz.results import Alignment, Encoding

#: What hidden patches are replaced by.
FILLS = ("mean", "blur", "background", "black")


@methods.add(
    "occlusion",
    title="Occlusion",
    needs={"score_masked"},
    targets=("prompt", "context", "pair"),
    paper="Zeiler and Fergus, 2014, arXiv:1311.2901",
)
def occlusion(encoding: Encoding, *, fill: str = "mean", side: int = 1, step: int = 1) -> Alignment:
    """Hide each block of patches in turn, and see how far each unit's score falls.

    Args:
        encoding: with scores of the picture with patches hidden.
        fill: what hidden patches are replaced by: "mean", the picture's mean colour; "blur", the picture blurred;
            "background", the median colour of its edge, which is what stands behind drawn scenes; "black".
        side: patches along a side of the block that is hidden at once, 1 to the shorter side of the grid: 1 is a patch,
            more is a region.
        step: patches from one block to the next, 1 to `side`: below `side` the block is a window that slides. Blocks that
            reach over the right or lower edge are cut there.

    Returns:
        Shape (Q, K), scale "effect": the score of the whole picture minus that without the block, the mean of the blocks a
        patch lies in. Below zero, hiding it helps. Where units share the pair's score every row is the same.

    Raises:
        MethodError: an option lies outside its range.

    Source:
        Zeiler and Fergus, 2014, section 4.2, arXiv:1311.2901.
    """
    _check(encoding.key.grid, fill, side, step)
    blocks = _blocks(encoding.key.grid, side, step)  # (N, K)
    kept = np.vstack([np.ones((1, len(encoding.key)), bool), ~blocks])  # (1 + N, K)
    units = [None] if encoding.has_one_score else range(len(encoding.query))
    scores = np.stack([encoding.score_masked(unit, kept, fill) for unit in units])  # (Q or 1, 1 + N)
    effects = (scores[:, :1] - scores[:, 1:]) @ blocks / blocks.sum(0)  # (Q or 1, K)
    return encoding.alignment(np.broadcast_to(effects, (len(encoding.query), len(encoding.key))), scale="effect")


def _check(grid: tuple[int, int], fill: str, side: int, step: int) -> None:
    if fill not in FILLS:
        raise MethodError(f'occlusion has fill="{fill}"; choose from {", ".join(FILLS)}.')
    if not 1 <= side <= min(grid):
        raise MethodError(f"occlusion has side={side}; choose a whole number from 1 to {min(grid)}.")
    if not 1 <= step <= side:
        raise MethodError(f"occlusion has step={step}; choose a whole number from 1 to side, which is {side}.")


def _blocks(grid: tuple[int, int], side: int, step: int) -> np.ndarray:
    """Say which patches lie in each block, shape (N, K), bool."""
    inside = []
    for length in grid:
        starts = np.arange(-(-(length - side) // step) + 1)[:, None] * step
        inside.append((np.arange(length) >= starts) & (np.arange(length) < starts + side))  # (blocks along it, length)
    rows, columns = inside
    return (rows[:, None, :, None] & columns[None, :, None, :]).reshape(-1, grid[0] * grid[1])
