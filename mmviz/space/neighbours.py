"""Nearest neighbours in the space itself: all pairs compared up to 20,000 items, nearest-neighbour descent above."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from mmviz.spaces import Neighbours

if TYPE_CHECKING:
    import torch

#: Up to so many items all pairs are compared.
EXACT = 20_000
#: Share of the true neighbours that found ones must have, and on how many items that is measured.
RECALL, MEASURED = 0.98, 1000
#: How many times as many neighbours as are wanted are looked for, until that is reached.
WIDER = (1.5, 3, 6)
#: Cosines held at once.
BLOCK = 2**23

#: Told (done, total) before every part of the work; raises to stop it.
Step = Callable[[int, int], None]


def nothing(done: int, total: int) -> None:
    """Watch nothing."""


def neighbours(vectors: np.ndarray, k: int, *, seed: int = 0, step: Step = nothing, device: str = "cpu") -> Neighbours:
    """Find the k nearest other items of every item by cosine.

    Args:
        vectors: shape (N, D), float32, unit norm; N above k.
        k: how many, from 1.
        seed: of the descent and of the items on which recall is measured.
        step: told (items done, items in all).
        device: where cosines are computed: "cpu", "cuda" or "mps".

    Returns:
        All of them up to 20,000 items, and of any number on a GPU; above, at least 98 % of those, as measured on 1,000 items.
    """
    import torch

    rows = torch.from_numpy(np.ascontiguousarray(vectors)).to(device)
    if len(rows) <= EXACT or rows.is_cuda:
        return _neighbours(*_exact(rows, torch.arange(len(rows), device=rows.device), k, step))
    return _approximate(vectors, rows, k, seed, step)


def nearest(vectors: np.ndarray, queries: np.ndarray, k: int) -> Neighbours:
    """Find the k items nearest to each of a few vectors that are not among them.

    Args:
        vectors: shape (N, D), float32, unit norm.
        queries: shape (Q, D), float32, unit norm.
        k: up to N.
    """
    cosines = queries @ vectors.T  # (Q, N)
    places = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return Neighbours(places, _distances(np.take_along_axis(cosines, places, 1)))


def _exact(rows: "torch.Tensor", asked: "torch.Tensor", k: int, step: Step) -> tuple[np.ndarray, np.ndarray]:
    """Compare the items asked for with all others, a block at a time: places and cosines, shape (A, k)."""
    import torch

    places, cosines, at_once = [], [], max(1, BLOCK // len(rows))
    for start in range(0, len(asked), at_once):
        step(start, len(asked))
        part = asked[start : start + at_once]
        block = rows[part] @ rows.T  # (B, N)
        block[torch.arange(len(part), device=rows.device), part] = -torch.inf
        best = block.topk(k)
        places.append(best.indices.cpu().numpy())
        cosines.append(best.values.cpu().numpy())
    return np.concatenate(places), np.concatenate(cosines)


def _approximate(vectors: np.ndarray, rows: "torch.Tensor", k: int, seed: int, step: Step) -> Neighbours:
    """Let pynndescent look for more and more, until enough of the true neighbours are among the nearest k.

    Source:
        Dong et al., 2011, doi:10.1145/1963405.1963487; by pynndescent.
    """
    import torch
    from pynndescent import NNDescent

    chosen = np.random.default_rng(seed).choice(len(rows), MEASURED, replace=False)
    true, _ = _exact(rows, torch.from_numpy(chosen), k, nothing)
    for wider in WIDER:
        step(0, len(rows))
        places, distances = NNDescent(
            vectors, "cosine", n_neighbors=round(wider * (k + 1)), random_state=seed, n_jobs=1
        ).neighbor_graph
        others = places != np.arange(len(rows))[:, None]
        first = np.argsort(~others, axis=1, kind="stable")[:, :k]  # the nearest first, an item itself last
        places, distances = (np.take_along_axis(found, first, 1) for found in (places, distances))
        recall = float((places[chosen][:, :, None] == true[:, None]).any(2).mean())
        if recall >= RECALL:
            return Neighbours(places.astype(np.int64), np.clip(distances, 0, 2).astype(np.float32), recall, MEASURED)
    return _neighbours(*_exact(rows, torch.arange(len(rows)), k, step))


def _neighbours(places: np.ndarray, cosines: np.ndarray) -> Neighbours:
    return Neighbours(places, _distances(cosines))


def _distances(cosines: np.ndarray) -> np.ndarray:
    return np.clip(1 - cosines, 0, 2).astype(np.float32)
