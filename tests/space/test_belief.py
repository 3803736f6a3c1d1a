import numpy as np
import pytest
from sklearn.manifold import trustworthiness as of_sklearn

from mmviz.space import belief, neighbours
from mmviz.space.projection import pca


@pytest.mark.parametrize("block", [2**23, 500])
def test_trustworthiness_is_that_of_scikit_learn(clustered, monkeypatch, block):
    monkeypatch.setattr(belief, "BLOCK", block)
    points = pca(clustered)
    found = belief.believe(clustered, points, neighbours.neighbours(clustered, 15))
    expected = of_sklearn(clustered, points, n_neighbors=15, metric="cosine")
    assert (found.k, found.measured) == (15, 120)
    assert found.trustworthiness == pytest.approx(expected, abs=1e-6)


def test_a_map_that_is_the_space_keeps_all_and_a_chance_one_few(rng):
    angles = np.sort(rng.uniform(0, 1.5, 90))
    vectors = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    near = neighbours.neighbours(vectors, 15)
    true = belief.believe(vectors, np.stack([angles, 0 * angles], 1), near)
    chance = belief.believe(vectors, rng.normal(size=(90, 2)), near)
    assert true.trustworthiness == pytest.approx(1, abs=0.01)
    assert true.neighbours_kept > 0.85
    assert chance.trustworthiness < 0.65
    assert chance.neighbours_kept == pytest.approx(15 / 89, abs=0.06)


def test_what_is_kept_is_counted_of_every_item():
    vectors = np.array([[1, 0], [0.99, 0.14], [0, 1], [0.14, 0.99], [-1, 0]], np.float32)
    points = np.array([[0, 0], [9, 9], [0.1, 0], [9, 9.1], [30, 30]])  # 0 beside 2, 1 beside 3
    found = belief.believe(vectors, points, neighbours.neighbours(vectors, 3))
    assert found.k == 2
    assert found.kept.tolist() == [0.5, 0.5, 0.5, 1.0, 0.5]


def test_of_many_items_a_part_is_measured_and_said(clustered, monkeypatch):
    points, near = pca(clustered), neighbours.neighbours(clustered, 15)
    whole = belief.believe(clustered, points, near)
    monkeypatch.setattr(belief, "ALL", 100)
    monkeypatch.setattr(belief, "MEASURED", 60)
    part = belief.believe(clustered, points, near, seed=2)
    assert part.measured == 60
    assert part.trustworthiness == pytest.approx(whole.trustworthiness, abs=0.05)


def test_of_three_items_nothing_can_be_said():
    assert (
        belief.believe(np.eye(3, dtype=np.float32), np.eye(3)[:, :2], neighbours.neighbours(np.eye(3, dtype=np.float32), 2))
        is None
    )


def test_points_at_one_place_are_not_their_own_neighbours():
    near = belief.map_neighbours(np.zeros((30, 2)), 4)
    assert near.shape == (30, 4)
    assert not (near == np.arange(30)[:, None]).any()
