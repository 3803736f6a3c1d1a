"""Retrieval: at which rank the right one stands."""

from typing import Any

import numpy as np


def recall(similarity: np.ndarray) -> dict[str, Any]:
    """Rank both ways; row i belongs to column i.

    Args:
        similarity: shape (N, N), texts down, pictures across.

    Returns:
        `pool` (N), `text_to_image` and `image_to_text`, each `{r1, r5, median_rank}`; shares from 0 to 1, ranks from 1.
    """
    found = recall_of(similarity, np.eye(len(similarity), dtype=bool))
    return {"pool": found.pop("pairs"), **found}


def recall_of(similarity: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Rank both ways, where some texts and pictures belong together.

    Args:
        similarity: shape (N, M), texts down, pictures across.
        truth: shape (N, M), bool; a row or column without any is not asked.

    Returns:
        `pairs`, how many belong together; `text_to_image` and `image_to_text`, each `{r1, r5, median_rank}`, None without pairs.
    """
    ways = {"text_to_image": ranks(similarity, truth), "image_to_text": ranks(similarity.T, truth.T)}
    return {"pairs": int(truth.sum()), **{way: _figures(found) if len(found) else None for way, found in ways.items()}}


def ranks(similarity: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Give the rank, from 1, of the best-placed right column of every row that has one; ties by index, shape (rows,)."""
    order = np.argsort(-similarity, axis=1, kind="stable")
    return 1 + np.take_along_axis(truth, order, axis=1)[truth.any(1)].argmax(1)


def _figures(found: np.ndarray) -> dict[str, float]:
    return {"r1": _share(found <= 1), "r5": _share(found <= 5), "median_rank": float(np.median(found))}


def _share(right: np.ndarray) -> float:
    return round(float(np.mean(right)), 4)
