"""Integrated gradients: each patch's share of what the score gains while the picture is faded in."""

from collections.abc import Iterator

import numpy as np

from mmviz.errors import MethodError
from mmviz.registry import methods
from mmviz.results import Alignment, Encoding

#: What the picture is faded in from.
BASELINES = ("black", "mean", "blur")
#: Pictures of the way that are gone back through at once.
PICTURES = 8


@methods.add(
    "integrated-gradients",
    title="Integrated gradients",
    needs={"picture", "input_grad", "score_masked"},
    targets=("prompt", "context", "pair"),
    left_out="completeness",  # what it means here, for whoever shows it
    paper="Sundararajan et al., 2017, arXiv:1703.01365",
)
def integrated_gradients(encoding: Encoding, *, baseline: str = "black", steps: int = 12) -> Alignment:
    """Add up how each unit's score changes with each patch while the picture is faded in.

    Args:
        encoding: with gradients by the picture.
        baseline: what it is faded in from: "black", "mean" (its mean colour) or "blur" (itself blurred).
        steps: pictures on the way, 1 to 256, at the points of Gauss and Legendre; more bring the error down.

    Returns:
        Shape (Q, K), scale "effect", signed: the sum over a patch's pixels. `left_out` is the error of completeness: what
        a row lacks of the score of the picture minus that of the baseline. Where units share the pair's score every row is that.

    Raises:
        MethodError: an option lies outside its range.

    Source:
        Sundararajan et al., 2017, equation 1 and proposition 1, arXiv:1703.01365.
    """
    if baseline not in BASELINES:
        raise MethodError(f'integrated-gradients has baseline="{baseline}"; choose from {", ".join(BASELINES)}.')
    if not 1 <= steps <= 256:
        raise MethodError(f"integrated-gradients has steps={steps}; choose a whole number from 1 to 256.")
    n_units, n_patches = len(encoding.query), len(encoding.key)
    units = [None] if encoding.has_one_score else list(range(n_units))
    scores = np.zeros((len(units), n_patches))
    start, whole = encoding.picture(baseline), encoding.picture(None)  # (3, H, W)
    for shares, weights in _way(steps):
        pictures = start + shares[:, None, None, None] * (whole - start)  # (B, 3, H, W)
        for row, unit in enumerate(units):
            gradient = np.einsum("b,bchw->chw", weights, encoding.input_grad(unit, pictures))
            scores[row] += _by_patch(gradient * (whole - start), encoding.key.grid)
    ends = np.array([np.ones(n_patches, bool), np.zeros(n_patches, bool)])
    gained = [np.subtract(*encoding.score_masked(unit, ends, baseline)) for unit in units]
    error = np.array(gained) - scores.sum(1)
    return encoding.alignment(
        np.broadcast_to(scores, (n_units, n_patches)), scale="effect", left_out=np.broadcast_to(error, n_units)
    )


def _way(steps: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give shares of the way from 0 to 1 with their weights, which sum to 1: float32, up to `PICTURES` at once."""
    points, weights = np.polynomial.legendre.leggauss(steps)
    shares, weights = ((points + 1) / 2).astype(np.float32), (weights / 2).astype(np.float32)
    for first in range(0, steps, PICTURES):
        yield shares[first : first + PICTURES], weights[first : first + PICTURES]


def _by_patch(pixels: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """Sum (3, H, W) over channels and over the pixels of each patch: (K,)."""
    rows, columns = grid
    cells = pixels.sum(0).reshape(rows, pixels.shape[1] // rows, columns, pixels.shape[2] // columns)
    return cells.sum((1, 3)).ravel()
