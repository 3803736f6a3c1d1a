"""Whether the ways to say one thing lie nearer to each other than to those of another thing."""

import numpy as np


def nearer(vectors: np.ndarray) -> np.ndarray:
    """Tell of every thing whether its own ways are more alike than any of them is to one of another thing's.

    Args:
        vectors: of T things in W ways each, shape (T, W, D), unit norm.

    Returns:
        Shape (T, T), bool: thing by other thing, whether the least cosine among the thing's own ways is above the greatest of one of its
        ways and one of the other's; False on the diagonal.
    """
    table = np.einsum("aid,bjd->abij", vectors, vectors)  # (T, T, W, W)
    first, second = np.triu_indices(vectors.shape[1], 1)
    own = np.einsum("aaij->aij", table)[:, first, second].min(1)  # (T,)
    return (own[:, None] > table.max((2, 3))) & ~np.eye(len(vectors), dtype=bool)
