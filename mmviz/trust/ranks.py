"""Rank correlation: how alike two maps are, whatever their scale."""

import numpy as np


def correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Correlate the ranks of two maps of K patches.

    Returns:
        -1 to 1, or None where a map is the same everywhere.

    Source:
        Spearman, 1904, American Journal of Psychology 15, 72-101; equals share the mean of their ranks.
    """
    a, b = (_centred(ranks_of(values)) for values in (one, other))
    size = np.sqrt((a @ a) * (b @ b))
    return float(np.clip(a @ b / size, -1, 1)) if size > 0 else None


def ranks_of(values: np.ndarray) -> np.ndarray:
    """Rank values from 1 for the lowest to K for the highest, shape (K,); equals share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean()
