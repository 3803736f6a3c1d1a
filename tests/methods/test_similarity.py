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
