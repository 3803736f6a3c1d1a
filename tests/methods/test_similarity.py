from dataclasses import replace

import numpy as np
import pytest

from mmviz.methods.similarity import similarity
from tests import synthetic


def test_vectors_at_known_angles_give_their_cosines(rng):
    # 3-4-5 and 5-12-13 triangles: cos of the angle between (3, 4)/5 and (5, 12)/13 is 63/65
    query = np.array([[0.6, 0.8], [1, 0], [0, 1], [-0.6, -0.8]], np.float32)
    key = np.array([[5 / 13, 12 / 13], [1, 0], [0, -1], [0.6, 0.8], [0, 1], [-1, 0]], np.float32)
    encoding = replace(synthetic.encoding(rng), query_embeds=query, key_embeds=key)
    expected = [
        [63 / 65, 0.6, -0.8, 1, 0.8, -0.6],
        [5 / 13, 1, 0, 0.6, 0, -1],
        [12 / 13, 0, -1, 0.8, 1, 0],
        [-63 / 65, -0.6, 0.8, -1, -0.8, 0.6],
    ]
    assert similarity(encoding).scores == pytest.approx(np.array(expected), abs=1e-6)


def test_rounding_never_leaves_the_range_of_a_cosine(rng):
    vectors = np.full((4, 3), 0.57735032, np.float32)  # its square sums to just over 1
    encoding = replace(synthetic.encoding(rng), query_embeds=vectors, key_embeds=np.vstack([vectors, vectors[:2]]))
    assert (vectors @ vectors.T).max() > 1
    assert similarity(encoding).scores.max() == 1


def test_scale_is_cosine(rng):
    assert similarity(synthetic.encoding(rng)).scale == "cosine"


def test_with_the_average_taken_off_a_patch_is_what_sets_it_apart(rng):
    # patches (.6 .8), (.6 -.8), (1 0), (.6 0 .8), (.6 0 -.8), (1 0): their average is (.7333 0 0); the rest of the first is
    # (-.1333 .8), of length .8110
    key = np.array([[0.6, 0.8, 0], [0.6, -0.8, 0], [1, 0, 0], [0.6, 0, 0.8], [0.6, 0, -0.8], [1, 0, 0]], np.float32)
    query = np.eye(3, dtype=np.float32)[[0, 1, 2, 1]]
    encoding = replace(synthetic.encoding(rng), query_embeds=query, key_embeds=key)
    found = similarity(encoding, centred=True).scores
    assert found[:2, 0] == pytest.approx([-0.13333 / 0.81104, 0.8 / 0.81104], abs=1e-4)
    assert found[0, 2] == pytest.approx(1, abs=1e-6)
    assert similarity(encoding).scores[0, 0] == pytest.approx(0.6)


def test_patches_that_are_all_alike_have_nothing_that_sets_them_apart(rng):
    encoding = synthetic.encoding(rng)
    alike = replace(encoding, key_embeds=np.repeat(encoding.key_embeds[:1], synthetic.K, 0))
    assert np.abs(similarity(alike, centred=True).scores).max() == 0
