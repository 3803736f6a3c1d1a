"""Laying a space out on a plane: principal components at once, UMAP over the neighbours that were found."""

import warnings
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np

from mmviz.errors import MethodError
from mmviz.space.neighbours import Step, nearest, nothing
from mmviz.spaces import Neighbours

#: Neighbours that make UMAP's graph, the item itself among them, and how near points may lie: umap-learn's own.
K, MIN_DIST, SPREAD = 15, 0.1, 1.0
#: Fewest items UMAP can lay out.
FEWEST = 5


def pca(vectors: np.ndarray) -> np.ndarray:
    """Lay items out along the two directions in which they differ most.

    Args:
        vectors: shape (N, D).

    Returns:
        Shape (N, 2), float32; the largest coordinate of each direction is above 0, so that no sign is chance. A direction that
        items do not differ in is 0.

    Source:
        Pearson, 1901; by the eigenvectors of the covariance.
    """
    return along(np.zeros((0, 2), np.float32), vectors, vectors)


def along(points: np.ndarray, vectors: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Place vectors along the two directions in which the items of a map by PCA differ most.

    Args:
        points: shape (N, 2), of that map; not needed.
        vectors, queries: shape (N, D) and (Q, D).

    Returns:
        Shape (Q, 2), float32.
    """
    middle = vectors.mean(0, dtype=np.float64)
    moved = vectors - middle
    _, directions = np.linalg.eigh(moved.T @ moved)  # (D, D), the strongest last
    two = directions[:, ::-1][:, :2]
    two = two * np.sign(np.take_along_axis(two, np.abs(two).argmax(0)[None], 0))
    made = np.zeros((len(queries), 2), np.float32)
    made[:, : two.shape[1]] = (queries - middle) @ two
    return made


def umap(vectors: np.ndarray, found: Neighbours, *, seed: int = 0, step: Step = nothing) -> np.ndarray:
    """Lay items out so that neighbours in the space lie together.

    It starts from the principal components, which keeps the large order of things (Kobak and Linderman, 2021,
    doi:10.1038/s41587-020-00809-z); the same seed gives the same bytes.

    Args:
        vectors: shape (N, D), float32, unit norm.
        found: at least 14 neighbours of every item, or all there are.
        seed: from 0 to 2**32 - 1.
        step: told (epochs done, epochs in all); raises to stop the work.

    Returns:
        Shape (N, 2), float32.

    Raises:
        MethodError: there are fewer than 5 items, or all vectors are equal.

    Source:
        McInnes et al., 2018, arXiv:1802.03426; by umap-learn.
    """
    if len(vectors) < FEWEST:
        raise MethodError(f"UMAP needs at least {FEWEST} items, and here are {len(vectors)}; lay them out by pca.")
    start = pca(vectors)
    if not np.ptp(start, axis=0).any():
        raise MethodError(f"All {len(vectors):,} vectors are equal, so that UMAP has nothing to lay out; lay them out by pca.")
    library, state = _library(), np.random.RandomState(seed)
    start = start * (10 / np.abs(start).max())
    start = start + state.normal(scale=1e-4, size=start.shape).astype(np.float32)  # equal items must be able to part
    k = min(K, len(vectors))
    places, distances = _with_itself(found, k)
    graph, _, _ = library.fuzzy_simplicial_set(vectors, k, state, "cosine", knn_indices=places, knn_dists=distances, angular=True)
    a, b = library.find_ab_params(SPREAD, MIN_DIST)
    told = {"file": _Told(step, epochs_of(len(vectors))), "mininterval": 0, "miniters": 1, "bar_format": "{n}", "disable": False}
    points, _ = library.simplicial_set_embedding(
        vectors, graph, 2, 1.0, a, b, 1.0, 5, epochs_of(len(vectors)), start, state, "cosine", {}, False, {}, False,
        euclidean_output=True, parallel=False, tqdm_kwds=told,
    )  # fmt: skip
    return points


def place(points: np.ndarray, vectors: np.ndarray, queries: np.ndarray, seed: int = 0) -> np.ndarray:
    """Place vectors on a map that is there, without moving what is on it.

    Args:
        points: shape (N, 2), by `umap`.
        vectors: shape (N, D), float32, unit norm, of the items on the map.
        queries: shape (Q, D), float32, unit norm.
        seed: of the layout.

    Returns:
        Shape (Q, 2), float32.

    Source:
        umap-learn's `transform`, with neighbours by all pairs.
    """
    library, state = _library(), np.random.RandomState(seed)
    k, epochs = min(K, len(vectors)), 100
    near = nearest(vectors, queries, k)
    distances = np.ascontiguousarray(near.distances)
    sigmas, rhos = library.smooth_knn_dist(distances, float(k), local_connectivity=0.0)
    joined = library.compute_membership_strengths(near.places.astype(np.int32), distances, sigmas, rhos, bipartite=True)
    graph = _graph(*joined[:3], shape=(len(queries), len(vectors)))
    begun = library.init_graph_transform(graph.tocsr(), points)
    a, b = library.find_ab_params(SPREAD, MIN_DIST)
    random = state.randint(-(2**31) + 1, 2**31 - 1, 3).astype(np.int64)
    often = library.make_epochs_per_sample(graph.data, epochs)
    return library.optimize_layout_euclidean(
        begun, points.copy(), graph.row, graph.col, epochs, len(vectors), often, a, b, random, initial_alpha=0.25
    )  # fmt: skip


def epochs_of(n: int) -> int:
    """Say how many epochs a map of n items takes: umap-learn's own numbers."""
    return 500 if n <= 10_000 else 200


def warm() -> None:
    """Load umap-learn and let it compile what a map needs, on a few random items; takes 10 to 30 seconds once in a process."""
    from mmviz.space.neighbours import neighbours

    vectors = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    place(umap(vectors, neighbours(vectors, K - 1)), vectors, vectors[:2])


class _Told:
    """A file that umap-learn writes the number of its epoch to."""

    def __init__(self, step: Callable[[int, int], None], total: int):
        self.step, self.total, self.last = step, total, -1

    def write(self, text: str) -> None:
        """Hand a number on, once; who raises there gets past the lock under which tqdm writes and which it would keep for ever."""
        from tqdm.auto import tqdm

        number = text.strip()
        if not number.isdigit() or int(number) == self.last:
            return
        self.last = int(number)
        with ExitStack() as kept:
            kept.callback(tqdm.get_lock().release)  # `tqdm.refresh` takes it without `with`; no other map could be made any more
            self.step(self.last, self.total)
            kept.pop_all()  # not raised: tqdm gives it back itself

    def flush(self) -> None:
        """Keep nothing back."""


def _library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says at import that TensorFlow, which nothing here needs, is not there
        import umap.umap_ as library

    return library


def _with_itself(found: Neighbours, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Put every item before its neighbours, as umap-learn has them: places and distances, shape (N, k)."""
    n = len(found.places)
    places = np.concatenate([np.arange(n)[:, None], found.places[:, : k - 1]], 1).astype(np.int32)
    return places, np.concatenate([np.zeros((n, 1), np.float32), found.distances[:, : k - 1]], 1)


def _graph(rows: np.ndarray, columns: np.ndarray, weights: np.ndarray, shape: tuple[int, int]) -> Any:
    from scipy.sparse import coo_matrix

    graph = coo_matrix((weights, (rows, columns)), shape=shape)
    graph.eliminate_zeros()
    return graph
