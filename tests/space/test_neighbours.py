from typing import ClassVar

import numpy as np
import pytest

from mmviz.errors import Stopped
from mmviz.space import neighbours
from mmviz.space.neighbours import nearest


def by_hand(vectors: np.ndarray, k: int) -> np.ndarray:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :k]


def test_all_pairs_are_compared_whatever_the_block(clustered, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", 700)
    found = neighbours.neighbours(clustered, 7)
    assert np.array_equal(found.places, by_hand(clustered, 7))
    assert (found.recall, found.measured) == (1.0, 0)


def test_distances_are_one_minus_cosine(clustered):
    found = neighbours.neighbours(clustered, 3)
    cosines = np.einsum("nd,nkd->nk", clustered, clustered[found.places])
    assert np.allclose(found.distances, 1 - cosines, atol=1e-6)


def test_an_item_is_not_its_own_neighbour_even_among_equal_ones():
    vectors = np.repeat(np.eye(2, 5, dtype=np.float32), 6, axis=0)
    found = neighbours.neighbours(vectors, 4)
    assert not (found.places == np.arange(12)[:, None]).any()
    assert np.abs(found.distances).max() == 0


class Descent:
    """Stands in for pynndescent, whose compiling takes half a minute (tests/real runs it): misses a third until asked for 12."""

    asked: ClassVar[list[int]] = []

    def __init__(self, vectors: np.ndarray, metric: str, n_neighbors: int, random_state: int, n_jobs: int):
        assert (metric, random_state, n_jobs) == ("cosine", 3, 1)
        self.asked.append(n_neighbors)
        cosines = vectors @ vectors.T
        places = np.argsort(-cosines, axis=1, kind="stable")
        if n_neighbors < 12:
            places = np.delete(places, [1, 4], axis=1)
        places = places[:, :n_neighbors].astype(np.int32)
        self.neighbor_graph = places, 1 - np.take_along_axis(cosines, places, 1)


def test_above_the_limit_more_is_looked_for_until_enough_is_found_and_that_is_said(clustered, monkeypatch):
    monkeypatch.setattr(neighbours, "EXACT", 100)
    monkeypatch.setattr(neighbours, "MEASURED", 50)
    monkeypatch.setattr("pynndescent.NNDescent", Descent)
    found = neighbours.neighbours(clustered, 5, seed=3)
    assert Descent.asked == [9, 18]
    assert (found.recall, found.measured) == (1.0, 50)
    assert np.array_equal(found.places, by_hand(clustered, 5))
    assert np.allclose(found.distances, 1 - np.einsum("nd,nkd->nk", clustered, clustered[found.places]), atol=1e-6)


def test_what_is_not_found_well_enough_is_found_by_all_pairs(clustered, monkeypatch):
    monkeypatch.setattr(neighbours, "EXACT", 100)
    monkeypatch.setattr(neighbours, "MEASURED", 50)
    monkeypatch.setattr(neighbours, "WIDER", ())
    found = neighbours.neighbours(clustered, 5)
    assert np.array_equal(found.places, by_hand(clustered, 5))
    assert found.recall == 1.0


def test_it_stops_in_the_middle(clustered, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", 1200)
    told = []

    def step(done: int, total: int) -> None:
        told.append((done, total))
        if done >= 50:
            raise Stopped("enough")

    with pytest.raises(Stopped):
        neighbours.neighbours(clustered, 5, step=step)
    assert told == [(n, 120) for n in range(0, 51, 10)]


def test_the_nearest_of_strangers_are_found_ties_by_index():
    vectors = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    assert nearest(vectors, np.array([[1, 0], [0, 1]], np.float32), 2).places.tolist() == [[0, 2], [1, 0]]
