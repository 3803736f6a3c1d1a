import threading

import numpy as np
import pytest

from mmviz.errors import MethodError, Stopped
from mmviz.space import projection
from mmviz.space.belief import map_neighbours
from mmviz.space.neighbours import neighbours


@pytest.fixture(scope="module")
def laid(clustered) -> np.ndarray:
    return projection.umap(clustered, neighbours(clustered, 15), seed=7)


def test_principal_components_are_those_of_the_covariance(clustered):
    points = projection.pca(clustered)
    strengths = np.linalg.eigvalsh(np.cov(clustered.T))[::-1]
    assert np.var(points, axis=0, ddof=1) == pytest.approx(strengths[:2], rel=1e-4)
    assert abs(np.corrcoef(points.T)[0, 1]) < 1e-4


def test_two_items_lie_on_a_line():
    points = projection.pca(np.array([[1, 0, 0], [0, 1, 0]], np.float32))
    assert np.ptp(points, axis=0) == pytest.approx([2**0.5, 0], abs=1e-6)


def test_umap_puts_items_of_one_cluster_together(laid):
    near = map_neighbours(laid, 5)
    assert (near // 20 == np.arange(120)[:, None] // 20).mean() > 0.95


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(clustered, laid):
    found = neighbours(clustered, 15)
    assert projection.umap(clustered, found, seed=7).tobytes() == laid.tobytes()
    assert projection.umap(clustered, found, seed=8).tobytes() != laid.tobytes()


def test_every_epoch_is_told_and_the_work_stops_at_one(clustered):
    told = []

    def step(done: int, total: int) -> None:
        told.append((done, total))
        if done == 40:
            raise Stopped("enough")

    with pytest.raises(Stopped):
        projection.umap(clustered, neighbours(clustered, 15), step=step)
    assert told == [(n, 500) for n in range(41)]


def test_equal_items_are_laid_out_and_finite():
    vectors = np.repeat(np.eye(2, 5, dtype=np.float32), 20, axis=0)
    points = projection.umap(vectors, neighbours(vectors, 15))
    assert np.isfinite(points).all()
    assert np.linalg.norm(points[:20].mean(0) - points[20:].mean(0)) > 1


@pytest.mark.parametrize(
    ("vectors", "said"), [(np.eye(4), "at least 5 items"), (np.ones((9, 3)) / 3**0.5, "All 9 vectors are equal")]
)
def test_what_umap_cannot_lay_out_is_refused_with_a_way_out(vectors, said):
    vectors = vectors.astype(np.float32)
    with pytest.raises(MethodError, match=f"{said}.*by pca"):
        projection.umap(vectors, neighbours(vectors, 3))


def test_a_stranger_is_placed_where_its_like_are_and_moves_nobody(clustered, laid):
    before = laid.copy()
    stranger = clustered[40:60].mean(0, keepdims=True)
    point = projection.place(laid, clustered, stranger / np.linalg.norm(stranger))
    nearest = np.argsort(np.linalg.norm(laid - point, axis=1))[:10]
    assert (nearest // 20 == 2).all()
    assert np.array_equal(laid, before)


def test_by_components_an_item_is_placed_where_it_was(clustered):
    points = projection.pca(clustered)
    assert np.allclose(projection.along(points, clustered, clustered[[9, 3]]), points[[9, 3]], atol=1e-6)


def test_a_map_that_was_stopped_keeps_no_other_from_being_made(rng):
    vectors = rng.normal(size=(40, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = neighbours(vectors, 14)

    def stop(done, total):
        if done == 3:
            raise Stopped("enough")

    with pytest.raises(Stopped):
        projection.umap(vectors, found, step=stop)
    made = []
    other = threading.Thread(
        target=lambda: made.append(projection.umap(vectors, found)), daemon=True
    )  # a lock left held stops others alone
    other.start()
    other.join(60)
    assert len(made) == 1
