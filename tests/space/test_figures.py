"""Figures by hand."""

import numpy as np
import pytest

from mmviz.space.figures import auroc, figure, mean


def test_a_figure_is_the_share_that_is_right_with_number_and_chance():
    assert figure(np.array([[True, False], [True, True]]), 1 / 3) == {"value": 0.75, "n": 4, "chance": 0.3333}
    assert figure(np.array([True]), 1 / 69_658_253)["chance"] == pytest.approx(1.436e-8, rel=1e-3)


def test_the_area_counts_pairs_in_which_the_right_one_is_higher_and_ties_half():
    assert auroc(np.array([3.0, 1.0]), np.array([0.0, 2.0, 1.0])) == {"value": pytest.approx(4.5 / 6), "n": 5, "chance": 0.5}


def test_recalls_of_pools_are_averaged():
    pools = [{"pool": 3, "text_to_image": {"r1": a}, "image_to_text": {"r1": b}} for a, b in ((1.0, 0.5), (0.5, 0.25))]
    assert mean(pools) == {"pool": 3, "pools": 2, "text_to_image": {"r1": 0.75}, "image_to_text": {"r1": 0.375}}
