import numpy as np
import pytest

from mmviz.axes import ItemAxis
from mmviz.results import Embeds
from mmviz.space.retrieval import ranks, recall_of
from mmviz.space.standing import stand


def test_a_rank_counts_those_above_and_equal_ones_before():
    similarity = np.array([[0.9, 0.1, 0.2, 0.9], [0.5, 0.5, 0.1, 0.7], [0.3, 0.3, 0.3, 0.3]])
    truth = np.array([[0, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0]], bool)
    assert ranks(similarity, truth).tolist() == [2, 3, 1]


def test_of_several_right_ones_the_best_placed_counts_and_rows_without_are_not_asked():
    similarity = np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])
    truth = np.array([[1, 1, 0], [0, 0, 0]], bool)
    assert ranks(similarity, truth).tolist() == [2]
    found = recall_of(similarity, truth)
    assert found["pairs"] == 2
    assert found["text_to_image"] == {"r1": 0.0, "r5": 1.0, "median_rank": 2.0}
    assert found["image_to_text"] == {"r1": 0.5, "r5": 1.0, "median_rank": 1.5}


def test_without_pairs_there_is_no_recall():
    assert recall_of(np.zeros((2, 3)), np.zeros((2, 3), bool)) == {"pairs": 0, "text_to_image": None, "image_to_text": None}


@pytest.mark.parametrize(("lower", "above"), [(18, False), (19, True), (20, True)])
def test_above_distractors_means_higher_than_95_percent(lower, above):
    vectors = np.zeros((20, 2), np.float32)
    vectors[:lower, 0], vectors[lower:, 0] = 0.1, 0.5
    bank = Embeds(vectors, ItemAxis(tuple(f"t{i}" for i in range(20))), "text", "c@1")
    found = stand(np.array([0.5, 0.5], np.float32), np.array([1.0, 0.0], np.float32), bank, "bank")
    assert (found.n, found.score, found.percentile, found.above) == (20, 0.5, lower / 20, above)


def test_the_strongest_distractors_come_first():
    vectors = np.array([[0.1], [0.7], [0.3], [0.9], [0.2], [0.4], [0.7]], np.float32)
    bank = Embeds(vectors, ItemAxis(tuple("abcdefg")), "text", "c@1")
    found = stand(np.ones(1, np.float32), np.ones(1, np.float32), bank, "bank")
    assert "".join(name for name, _ in found.best) == "dbgfc"
