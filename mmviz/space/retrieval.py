"""Retrieval: at which rank the right one stands."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmviz.space.gap import gap
from mmviz.space.neighbours import Step, nothing
from mmviz.spaces import Ranking, Retrieval

#: Cosines held at once.
BLOCK = 2**24


def retrieve(texts: np.ndarray, images: np.ndarray, truth: Sequence[Sequence[int]], step: Step = nothing) -> Retrieval:
    """Rank pictures for every text and texts for every picture, by cosine, ties by index; all pairs are compared.

    Args:
        texts, images: shape (N, D) and (M, D), float32, unit norm.
        truth: for each text the pictures that belong to it, from 0; a text or picture without any is not asked.
        step: told (queries done, queries in all, both ways) before every block.

    Returns:
        Ranks both ways and the modality gap. At no time are more than about 17 million cosines held.
    """
    both = len(texts) + len(images)
    back: list[list[int]] = [[] for _ in range(len(images))]
    for text, own in enumerate(truth):
        for image in own:
            back[image].append(text)
    forth = ranked(texts, images, truth, lambda done, total: step(done, both))
    return Retrieval(forth, ranked(images, texts, back, lambda done, total: step(len(texts) + done, both)), gap(texts, images))


def ranked(queries: np.ndarray, keys: np.ndarray, truth: Sequence[Sequence[int]], step: Step = nothing) -> Ranking:
    """Rank keys for every query by cosine, ties by index.

    Args:
        queries, keys: shape (Q, D) and (K, D), float32, unit norm.
        truth: for each query its right keys.
        step: told (queries done, queries in all) before every block.
    """
    asked = np.array([query for query, own in enumerate(truth) if len(own)], np.int64)
    ranks, precision, first = np.zeros(len(asked), np.int64), np.zeros(len(asked)), np.zeros(len(asked), np.int64)
    at_once = max(1, BLOCK // len(keys))
    block = np.empty((min(at_once, len(asked)), len(keys)), np.float32)
    for start in range(0, len(asked), at_once):
        step(start, len(asked))
        part = asked[start : start + at_once]
        cosines = _cosines(queries[part], keys, block[: len(part)])  # (B, K)
        own = [np.unique(truth[query]) for query in part]
        standing = _standing(cosines, own)
        places = slice(start, start + len(part))
        first[places] = cosines.argmax(1)
        ranks[places] = [found.min() for found in standing]
        precision[places] = [np.mean(np.arange(1, len(found) + 1) / np.sort(found)) for found in standing]
    return Ranking(ranks, precision, asked, first)


def _cosines(queries: np.ndarray, keys: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Multiply by torch, whose threads a page holds in check, into memory that is there already."""
    import torch

    torch.mm(torch.from_numpy(queries), torch.from_numpy(keys).T, out=torch.from_numpy(block))
    return block


def _standing(cosines: np.ndarray, own: list[np.ndarray]) -> list[np.ndarray]:
    """Give the rank of every right key of every query of a block: keys above it, and equal ones before it, count.

    Right keys are taken one a query at a time, so that the block is gone through whole; ties are looked at where there are any.
    """
    found = [np.zeros(len(keys), np.int64) for keys in own]
    for turn in range(max(map(len, own))):
        rows = np.array([row for row, keys in enumerate(own) if len(keys) > turn])
        keys = np.array([own[row][turn] for row in rows])
        part = cosines if len(rows) == len(cosines) else cosines[rows]
        score = part[np.arange(len(rows)), keys][:, None]
        above = np.count_nonzero(part > score, axis=1)
        ties = np.count_nonzero(part >= score, axis=1) - above > 1
        for place in np.flatnonzero(ties):
            above[place] += np.count_nonzero(part[place, : keys[place]] == score[place])
        for row, rank in zip(rows, above + 1, strict=True):
            found[row][turn] = rank
    return found


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
