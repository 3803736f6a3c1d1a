"""Losses and gradients of objectives: by hand, by finite differences, and where they end."""

import re

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import ItemAxis
from mmviz.errors import MethodError, UnknownName
from mmviz.matrices import Matrix
from mmviz.registry import objectives

each_objective = pytest.mark.parametrize("name", [entry.name for entry in objectives])
SCORES = np.array([[0.5, 0.4, 0.1], [0.2, 0.3, 0.6], [0.0, 0.1, 0.9]])


def given(scores: np.ndarray) -> Matrix:
    texts, images = (ItemAxis(tuple(map(str, range(n)))) for n in scores.shape)
    return Matrix(scores, texts, images, paired=True)


@each_objective
def test_the_gradient_is_what_finite_differences_say(name, rng):
    scores = rng.normal(scale=0.3, size=(5, 5))
    found = pipeline.objective(given(scores), name)
    step = 1e-6
    for cell in np.ndindex(5, 5):
        above, below = scores.copy(), scores.copy()
        above[cell] += step
        below[cell] -= step
        slope = (pipeline.objective(given(above), name).loss - pipeline.objective(given(below), name).loss) / (2 * step)
        assert found.gradient[cell] == pytest.approx(slope, abs=1e-7)


def test_infonce_of_equal_scores_is_the_logarithm_of_their_number():
    found = pipeline.objective(given(np.zeros((4, 4))), "infonce", temperature=0.5)
    by_hand = (np.full((4, 4), 1 / 4) - np.eye(4)) / 4 / 0.5  # half row, half column: equal here; 1/N, 1/temperature
    assert found.loss == pytest.approx(np.log(4))
    assert found.gradient == pytest.approx(by_hand)


def test_infonce_is_half_rows_and_half_columns():
    logits = SCORES / 0.1
    rows, columns = (np.exp(logits) / np.exp(logits).sum(axis, keepdims=True) for axis in (1, 0))
    found = pipeline.objective(given(SCORES), "infonce", temperature=0.1)
    assert found.loss == pytest.approx(-(np.log(rows.diagonal()).mean() + np.log(columns.diagonal()).mean()) / 2)
    assert found.gradient == pytest.approx(((rows - np.eye(3)) + (columns - np.eye(3))) / 2 / 3 / 0.1)


def test_the_triplet_loss_sees_the_hardest_negatives_only():
    # rows: .2 + .4 - .5 = .1; .2 + .6 - .3 = .5; 0. columns: 0 (.2 + .2 - .5 < 0); .2 + .4 - .3 = .3; 0 (.2 + .6 - .9 < 0)
    found = pipeline.objective(given(SCORES), "triplet", margin=0.2)
    by_hand = np.array([[-1, 1 + 1, 0], [0, -1 - 1, 1], [0, 0, 0]]) / 3
    assert found.loss == pytest.approx(0.9 / 3)
    assert found.gradient == pytest.approx(by_hand)


def test_the_ranking_loss_sees_every_negative_within_the_margin():
    # rows: .4 -> .1; .2 -> .1, .6 -> .5; none. columns: none; .4 -> .3, .1 -> 0; none
    scores = SCORES.copy()
    scores[2, 1] = 0.05
    found = pipeline.objective(given(scores), "ranking", margin=0.2)
    by_hand = np.array([[-1, 1 + 1, 0], [1, -1 - 1 - 1, 1], [0, 0, 0]]) / 3
    assert found.loss == pytest.approx((0.1 + 0.1 + 0.5 + 0.3) / 3)
    assert found.gradient == pytest.approx(by_hand)


def test_the_sigmoid_loss_asks_of_every_cell():
    found = pipeline.objective(given(SCORES), "sigmoid", temperature=0.5, bias=-1.0)
    logits = (SCORES / 0.5 - 1) * (2 * np.eye(3) - 1)
    assert found.loss == pytest.approx(np.log1p(np.exp(-logits)).sum() / 3)
    assert found.gradient == pytest.approx(-(2 * np.eye(3) - 1) / (1 + np.exp(logits)) / 0.5 / 3)


@each_objective
def test_one_pair_has_a_loss_too(name):
    found = pipeline.objective(given(np.array([[0.3]])), name)
    assert np.isfinite(found.loss)
    assert found.gradient.shape == (1, 1)


@each_objective
def test_what_is_no_pairs_is_refused(name):
    with pytest.raises(MethodError, match=f"{name} needs pairs.* here are 2 texts and 3 pictures; leave out"):
        pipeline.objective(given(np.zeros((2, 3))), name)


def test_pairs_of_which_different_halves_were_skipped_are_refused():
    matrix = Matrix(np.zeros((2, 2)), ItemAxis(("a", "b"), (0, 2)), ItemAxis(("a", "b"), (0, 1)), paired=True)
    with pytest.raises(MethodError, match="needs pairs"):
        pipeline.objective(matrix, "infonce")


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("infonce", {"temperature": 0.0}, "temperature is 0; it must be at least 0.0001"),
        ("sigmoid", {"temperature": -1}, "temperature is -1"),
        ("triplet", {"margin": -0.1}, "margin is -0.1; it must be at least 0"),
        ("ranking", {"margin": "wide"}, 'ranking cannot use margin="wide"; give a number'),
        ("infonce", {"margin": 0.2}, 'infonce has no option "margin"; its options are: temperature'),
    ],
)
def test_options_out_of_range_are_refused(name, options, sentence):
    with pytest.raises(MethodError, match=re.escape(sentence)):
        pipeline.objective(given(SCORES), name, **options)


def test_an_unknown_objective_names_those_there_are():
    with pytest.raises(UnknownName, match="infonce, ranking, sigmoid, triplet"):
        pipeline.objective(given(SCORES), "hope")


def test_scores_beyond_all_numbers_are_refused():
    with pytest.raises(MethodError, match="beyond all numbers"):
        pipeline.objective(given(SCORES * 1e308), "infonce")
