import numpy as np
import pytest

from mmviz.errors import MediaError
from mmviz.space.gap import centred, gap, unit


def test_the_gap_is_the_distance_of_the_means():
    first, second = np.array([[1, 0], [1, 0]], np.float32), np.array([[0, 1], [0, 1], [0, 1]], np.float32)
    assert gap(first, second) == pytest.approx(2**0.5)
    assert gap(first, first) == 0


def test_centring_closes_the_gap_and_leaves_unit_vectors(rng):
    first = unit(rng.normal(size=(80, 7)) + 2 * np.eye(7)[0])
    second = unit(rng.normal(size=(60, 7)) - 2 * np.eye(7)[0])
    both = centred([first, second])
    assert gap(first, second) > 1
    assert gap(*both) < 0.15
    assert [part.shape for part in both] == [(80, 7), (60, 7)]
    assert np.allclose(np.linalg.norm(np.concatenate(both), axis=1), 1, atol=1e-5)


def test_a_single_vector_has_no_mean_to_lose():
    one = np.array([[0.6, 0.8]], np.float32)
    assert np.array_equal(centred([one])[0], one)


def test_a_vector_without_direction_is_named_by_its_row():
    with pytest.raises(MediaError, match="row 2.*leave that row out"):
        unit(np.array([[1, 0], [0, 0]]))
