"""The modality gap: how far apart the modalities of one space stand, and the space without it."""

from collections.abc import Sequence

import numpy as np

from mmviz.errors import MediaError


def unit(vectors: np.ndarray, name: str = "The vectors") -> np.ndarray:
    """Make every vector one of length 1.

    Args:
        vectors: shape (N, D), any real type; finite.
        name: what they are, for the error.

    Returns:
        Shape (N, D), float32.

    Raises:
        MediaError: a vector is all zeros and so has no direction.
    """
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)  # (N, 1)
    if not lengths.all():
        row = int(np.flatnonzero(lengths[:, 0] == 0)[0])
        raise MediaError(f"{name} have nothing but zeros in row {row + 1}, which has no direction; leave that row out.")
    return (vectors / lengths).astype(np.float32)


def gap(first: np.ndarray, second: np.ndarray) -> float:
    """Measure the modality gap.

    Args:
        first, second: unit vectors of two modalities, shape (N, D) and (M, D).

    Returns:
        Euclidean distance between their means, 0 to 2.

    Source:
        Liang et al., 2022, section 2, arXiv:2203.02053.
    """
    return float(np.linalg.norm(first.mean(0, dtype=np.float64) - second.mean(0, dtype=np.float64)))


def centred(parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Take each modality's mean off its vectors and make them unit again.

    Args:
        parts: unit vectors of each modality, shape (N, D) each.

    Returns:
        The same shapes, float32. A vector that is its modality's mean has no direction left and stays as it was.
    """
    return [_centred(part) for part in parts]


def _centred(part: np.ndarray) -> np.ndarray:
    moved = part - part.mean(0, dtype=np.float64)
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, moved / np.maximum(lengths, 1e-6), part).astype(np.float32)
