"""How far a map can be believed: whether neighbours on it are neighbours in the space, and the other way round."""

import numpy as np

from mmviz.space.neighbours import BLOCK, Step, nothing
from mmviz.spaces import Belief, Neighbours

#: Neighbours among which is asked, and on how many items trustworthiness is measured where there are more than all pairs allow.
K, ALL, MEASURED = 15, 20_000, 2000


def believe(vectors: np.ndarray, points: np.ndarray, found: Neighbours, *, seed: int = 0, step: Step = nothing) -> Belief | None:
    """Measure a map against the space it shows.

    Args:
        vectors: shape (N, D), float32, unit norm.
        points: shape (N, 2).
        found: neighbours in the space.
        seed: of the items on which trustworthiness is measured where there are more than 20,000.
        step: told (items done, items in all).

    Returns:
        Among 15 neighbours, fewer where 15 are half of all items or more; None for fewer than 4 items.
    """
    k = min(K, (len(vectors) - 1) // 2, found.k)
    if k < 1 or len(vectors) < 4:
        return None
    near = map_neighbours(points, k)
    kept = (near[:, :, None] == found.places[:, None, :k]).any(2).mean(1).astype(np.float32)
    asked = np.arange(len(vectors))
    if len(vectors) > ALL:
        asked = np.sort(np.random.default_rng(seed).choice(len(vectors), MEASURED, replace=False))
    return Belief(trustworthiness(vectors, near, asked, step), k, len(asked), kept)


def map_neighbours(points: np.ndarray, k: int) -> np.ndarray:
    """Find the k nearest other points of every point of a plane, shape (N, k); of points at one place, any."""
    from scipy.spatial import KDTree

    places = KDTree(points).query(points, k + 1)[1]  # (N, k + 1)
    own = places == np.arange(len(points))[:, None]
    own[~own.any(1), -1] = True  # where others lie at the same place, a point may be missing among its own nearest
    return places[~own].reshape(len(points), k)


def trustworthiness(vectors: np.ndarray, near: np.ndarray, asked: np.ndarray, step: Step = nothing) -> float:
    """Measure how far neighbours on a map are neighbours in the space.

    Args:
        vectors: shape (N, D), unit norm.
        near: shape (N, k), int; neighbours on the map.
        asked: items to measure on.
        step: told (items done, items in all).

    Returns:
        1 - 2 / (n k (2 N - 3 k - 1)) times the sum of how far beyond k every map neighbour ranks by cosine; 0 to 1.

    Source:
        Venna and Kaski, 2001, eq. 2; what scikit-learn's `trustworthiness` gives, without its table of all pairs.
    """
    import torch

    rows, (n, k) = torch.from_numpy(np.ascontiguousarray(vectors)), near.shape
    at_once, beyond = max(1, BLOCK // n), 0
    for start in range(0, len(asked), at_once):
        step(start, len(asked))
        part = torch.from_numpy(asked[start : start + at_once])
        block = rows[part] @ rows.T  # (B, N)
        block[torch.arange(len(part)), part] = -torch.inf
        of_near = block.gather(1, torch.from_numpy(near[part.numpy()]).long())  # (B, k)
        ranks = torch.stack([(block > of_near[:, [i]]).sum(1) for i in range(k)], 1) + 1
        beyond += int((ranks - k).clamp(min=0).sum())
    return 1 - 2 * beyond / (len(asked) * k * (2 * n - 3 * k - 1))
