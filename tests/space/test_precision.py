"""Average precision on rankings whose area is known by hand."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from mmviz.space.precision import Boxes, average_precision, judged, overlaps

LEFT, RIGHT, NEAR = [0.0, 0.0, 0.4, 0.4], [0.5, 0.0, 0.9, 0.4], [0.05, 0.0, 0.45, 0.4]


def boxes(rows, names, scores=None) -> Boxes:
    return Boxes(np.array(rows, float).reshape(-1, 4), tuple(names), np.array(scores if scores else [1.0] * len(names)))


def test_a_perfect_ranking_is_one_and_an_empty_one_nothing():
    true = [boxes([LEFT, RIGHT], ["cat", "dog"])]
    assert average_precision([boxes([LEFT, RIGHT], ["cat", "dog"], [0.2, 0.9])], true, 0.5) == (1.0, {"cat": 1.0, "dog": 1.0})
    assert average_precision([boxes([], [])], true, 0.5) == (0.0, {"cat": 0.0, "dog": 0.0})
    assert average_precision([], [], 0.5) == (0.0, {})


def test_the_area_takes_the_best_precision_at_a_recall_or_beyond():
    # by score: right, wrong, right; one of three is never found: 1/3 * 1 + 1/3 * 2/3
    true = [boxes([LEFT, RIGHT], ["cat", "cat"]), boxes([LEFT], ["cat"])]
    found = [boxes([LEFT, RIGHT], ["cat", "cat"], [0.9, 0.5]), boxes([RIGHT], ["cat"], [0.7])]
    assert average_precision(found, true, 0.5)[0] == pytest.approx(1 / 3 + 2 / 9)


def test_a_second_box_on_the_same_thing_is_wrong_and_so_is_another_name():
    true = [boxes([LEFT], ["cat"])]
    found = [boxes([NEAR, LEFT, LEFT], ["cat", "cat", "dog"], [0.9, 0.8, 0.95])]
    assert judged(found, true, 0.5)[0].tolist() == [True, False, False]
    assert judged(found, true, 0.9)[0].tolist() == [False, True, False]


def test_a_box_takes_the_true_one_it_overlaps_most():
    true = [boxes([LEFT, NEAR], ["cat", "cat"])]
    found = [boxes([NEAR, LEFT], ["cat", "cat"], [0.9, 0.8])]
    assert judged(found, true, 0.9)[0].tolist() == [True, True]


def test_overlaps_are_intersection_over_union():
    assert overlaps(np.array([LEFT]), np.array([LEFT, RIGHT, NEAR]))[0] == pytest.approx([1, 0, 0.35 / 0.45])


def test_where_precision_only_falls_it_is_scikit_learns(rng):
    """Every ranking whose wrong ones come last: interpolation changes nothing, recall counts what is never found."""
    true = [boxes([LEFT], ["cat"]) for _ in range(6)]
    found = [boxes([LEFT if i < 4 else RIGHT], ["cat"], [0.9 - 0.1 * i]) for i in range(6)]
    right, scores = np.concatenate(judged(found, true, 0.5)), np.concatenate([one.scores for one in found])
    assert average_precision(found, true, 0.5)[0] == pytest.approx(average_precision_score(right, scores) * 4 / 6)
