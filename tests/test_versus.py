"""Two answers against each other: planted maps, planted shifts, grids of other patches, words that come twice."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import PatchAxis, TextAxis
from mmviz.errors import MethodError
from mmviz.pipeline import grids, versus
from mmviz.results import Alignment, Score
from mmviz.trust import ranks
from tests.models import tiny

TEXT = "a red cat"


def patches(rows, columns, frame=(0.0, 0.0, 1.0, 1.0), size=(400, 300)):
    x0, y0, x1, y1 = frame
    x, y = np.linspace(x0, x1, columns + 1), np.linspace(y0, y1, rows + 1)
    left, top = np.meshgrid(x[:-1], y[:-1])
    right, bottom = np.meshgrid(x[1:], y[1:])
    boxes = np.stack([left, top, right, bottom], axis=-1).reshape(-1, 4)
    return PatchAxis(boxes, (rows, columns), frame, size)


def units(text):
    spans, place = [], 0
    for word in text.split():
        start = text.index(word, place)
        spans.append((start, place := start + len(word)))
    kinds = (*["word"] * len(spans), "text")
    none = np.zeros(len(kinds), bool)
    return TextAxis(text, np.array([*spans, (0, len(text))]), kinds, none, none)


def answer(scores, key, text=TEXT, scale="relevance", checkpoint="x", **more):
    query = units(text)
    maps = np.zeros((len(query), len(key)), np.float32)
    maps[: len(scores)] = np.reshape(scores, (-1, len(key)))
    made = {"target": "prompt", "score": Score(0.5, "cosine"), "model": "m", "checkpoint": checkpoint, "method": "relevance"}
    return Alignment(maps, query, key, np.zeros(len(query), np.float32), scale, **(made | more))


def planted(key, *places, value=1.0):
    maps = np.zeros((len(places), len(key)), np.float32)
    maps[np.arange(len(places)), places] = value
    return maps


# Grids


def test_a_grid_twice_as_fine_is_the_common_one_and_every_patch_lies_in_its_four_cells(rng):
    coarse, fine = patches(5, 7), patches(10, 14)
    cells = grids.common(coarse, fine)
    assert cells.grid == (10, 14)
    np.testing.assert_allclose(cells.boxes, fine.boxes, atol=1e-12)
    values = rng.uniform(size=(2, 35))
    expected = values.reshape(2, 5, 7).repeat(2, 1).repeat(2, 2).reshape(2, 140)
    np.testing.assert_allclose(grids.resampled(values, coarse, cells, shares=False), expected, atol=1e-12)
    np.testing.assert_allclose(grids.resampled(values, coarse, cells, shares=True), expected / 4, atol=1e-12)
    back = grids.resampled(expected / 4, cells, coarse, shares=True)
    np.testing.assert_allclose(back, values, atol=1e-12)


@pytest.mark.parametrize("frame", [(0.0, 0.0, 1.0, 1.0), (0.2, 0.0, 0.8, 1.0), (-0.1, 0.0, 1.1, 1.0)])
def test_totals_are_kept_on_a_grid_that_divides_unequal_ones(frame, rng):
    one, other = patches(3, 4), patches(5, 7, frame)
    cells = grids.common(one, other)
    for key in (one, other):
        values = rng.uniform(size=(2, len(key)))
        found = grids.resampled(values, key, cells, shares=True)
        np.testing.assert_allclose(found.sum(1), values.sum(1), rtol=1e-6)
        assert found.shape == (2, len(cells))
    assert cells.grid[0] == 3 + 5 - 1


def test_a_patch_is_divided_by_the_area_it_has_in_each_cell():
    one, other = patches(1, 2), patches(1, 3)
    found = grids.resampled(np.array([6.0, 0.0]), one, other, shares=True)
    np.testing.assert_allclose(found, [4, 2, 0], atol=1e-12)
    np.testing.assert_allclose(grids.resampled(np.array([6.0, 0.0]), one, other, shares=False), [6, 3, 0], atol=1e-12)


def test_where_a_model_does_not_see_there_is_no_value_and_no_share():
    whole, middle = patches(2, 4), patches(2, 3, (0.25, 0.0, 0.75, 1.0))
    cells = grids.common(whole, middle)
    values = grids.resampled(np.ones(6), middle, cells, shares=False)
    outside = (cells.boxes[:, 0] < 0.25 - 1e-9) | (cells.boxes[:, 2] > 0.75 + 1e-9)
    assert np.isnan(values[outside]).all()
    assert (values[~outside] == 1).all()
    assert (grids.resampled(np.ones(6), middle, cells, shares=True)[outside] == 0).all()
    assert cells.seen == (0.25, 0.0, 0.75, 1.0)


# Words


def row_texts(one, other):
    pairs = versus.matched(units(one), units(other))
    labels = units(one).labels, units(other).labels
    return [tuple(None if row is None else labels[side][row] for side, row in enumerate(pair)) for pair in pairs]


def test_words_match_in_order_and_a_repeated_one_by_what_stands_around_it():
    found = row_texts("a cat and a dog", "A dog and a big dog")
    assert found == [
        ("a", "A"),
        ("cat", None),
        (None, "dog"),
        ("and", "and"),
        ("a", "a"),
        (None, "big"),
        ("dog", "dog"),
        ("a cat and a dog", "A dog and a big dog"),
    ]
    assert [pair for pair in versus.matched(units("the the cat"), units("the cat")) if None in pair] == [(0, None)]


def test_two_texts_with_no_word_in_common_match_as_wholes():
    assert versus.matched(units("red cat"), units("blue dog")) == ((0, None), (1, None), (None, 0), (None, 1), (2, 2))


def test_one_text_matches_itself_place_by_place():
    assert versus.matched(units("a cat a cat"), units("a cat a cat")) == tuple((row, row) for row in range(5))


def test_phrases_of_one_text_match_by_place_in_whatever_order_they_were_added():
    none = np.zeros(4, bool)
    axes = [
        TextAxis("a red cat", np.array([[0, 1], *spans, [0, 9]]), ("word", "phrase", "phrase", "text"), none, none)
        for spans in ([[2, 9], [0, 5]], [[0, 5], [2, 9]])
    ]
    assert versus.matched(*axes) == ((0, 0), (1, 2), (2, 1), (3, 3))


# What changed


def test_a_planted_difference_is_found_in_its_patch_and_nowhere_else():
    key = patches(3, 5)
    base = np.arange(45, dtype=np.float32).reshape(3, 15)
    raised = base.copy()
    raised[1, 7] += 2
    found = versus.opposed(answer(base, key), answer(raised, key), "text")
    assert found.measure == "raw"
    assert found.common.grid == (3, 5)
    expected = np.zeros((4, 15))
    expected[1, 7] = 2
    np.testing.assert_allclose(found.change, expected, atol=1e-6)


def test_a_planted_shift_is_told_in_patches_and_as_fractions():
    key = patches(4, 5)
    one, other = (answer(planted(key, place, 3), key) for place in (0, 2 * 5 + 3))
    found = versus.opposed(one, other, "text")
    np.testing.assert_allclose(found.moved[0], [3 / 5, 2 / 4], atol=1e-6)
    assert found.patches[0] == pytest.approx(np.hypot(3, 2))
    assert found.patches[1] == 0
    assert found.overlap[:2].tolist() == pytest.approx([0, 1])
    assert found.correlation[1] == pytest.approx(1)
    assert np.isnan([found.moved[2, 0], found.correlation[2], found.overlap[2]]).all()  # a map of nothing points nowhere


def test_relevance_of_another_model_is_compared_as_shares_that_know_no_patch_size():
    coarse, fine = patches(5, 7), patches(10, 14)
    one = answer(planted(coarse, 8, value=3.0), coarse)
    spread = planted(coarse, 8, value=0.5).reshape(1, 5, 7).repeat(2, 1).repeat(2, 2).reshape(1, 140)
    found = versus.opposed(one, answer(spread, fine, checkpoint="y"), "model")
    assert found.measure == "share"
    np.testing.assert_allclose(found.change[0], 0, atol=1e-5)
    np.testing.assert_allclose(found.maps[0][0].max(), 35, rtol=1e-5)  # all the weight on one of 35 patches
    assert found.overlap[0] == pytest.approx(1)
    assert found.patches[0] == pytest.approx(np.hypot(0.25, 0.25))  # the first of four equal ones


def test_changes_of_shares_add_up_to_nothing_over_unequal_grids(rng):
    one, other = patches(3, 4), patches(5, 7)
    sides = [answer(rng.uniform(size=(3, len(key))), key, scale="mass") for key in (one, other)]
    found = versus.opposed(*sides, "model")
    assert found.measure == "share"
    np.testing.assert_allclose(found.change[:3] @ grids.areas(found.common), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("scale", "grid", "checkpoint", "options", "kind", "measure"),
    [
        ("cosine", (4, 3), "y", {}, "cosine", "raw"),
        ("mass", (3, 5), "y", {}, "cosine", "raw"),
        ("mass", (4, 3), "x", {}, "cosine", "share"),
        ("relevance", (3, 5), "x", {}, "cosine", "raw"),
        ("relevance", (3, 5), "y", {}, "cosine", "share"),
        ("effect", (3, 5), "y", {}, "cosine", "raw"),
        ("effect", (3, 5), "y", {}, "logit", "rank"),
        ("effect", (4, 3), "y", {}, "cosine", "rank"),
        ("effect", (3, 5), "y", {"minus_average": True}, "cosine", "rank"),
        ("effect", (3, 5), "x", {"minus_average": True}, "cosine", "raw"),
    ],
)
def test_maps_are_compared_in_their_unit_only_where_both_have_it(scale, grid, checkpoint, options, kind, measure):
    one = answer([], patches(3, 5), scale=scale, options=options)
    other = answer([], patches(*grid), scale=scale, options=options, checkpoint=checkpoint, score=Score(0.5, kind))
    assert versus.measure_of(one, other) == measure


def test_ranks_are_by_area_and_equal_ones_share_theirs():
    np.testing.assert_allclose(versus.ranks(np.array([5.0, -1, 5, 0]), np.array([0.1, 0.5, 0.1, 0.3])), [0.9, 0.25, 0.9, 0.65])


def test_correlation_of_equal_cells_is_spearmans(rng):
    one, other = rng.integers(0, 6, (2, 21)).astype(float)
    assert versus.correlation(one, other, np.full(21, 1 / 21)) == pytest.approx(ranks.correlation(one, other))
    assert versus.correlation(one, np.ones(21), np.full(21, 1 / 21)) is None


def test_a_word_of_one_text_has_a_value_there_and_no_change():
    key = patches(3, 5)
    one, other = answer(planted(key, 1, 2, 3), key), answer(planted(key, 1, 4), key, text="a dog")
    found = versus.opposed(one, other, "text")
    assert found.sides == ["both", "A", "A", "B", "both"]
    assert [text for text, _ in found.units] == ["a", "red", "cat", "dog", "a red cat"]
    assert np.isnan(found.change[1:4]).all()
    assert np.isnan(found.values[1:3, 1]).all()
    assert found.values[3].tolist() == pytest.approx([np.nan, 1], nan_ok=True)
    assert np.isnan(found.changes[1:4]).all()


def test_own_scores_change_where_units_have_them():
    key = patches(3, 5)
    own = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    one, other = (answer([], key, unit_scores=scores) for scores in (own, own[::-1]))
    found = versus.opposed(one, other, "model")
    assert found.value == "own"
    np.testing.assert_allclose(found.changes, [0.3, 0.1, -0.1, -0.3], atol=1e-6)


def test_scores_of_other_kinds_have_no_change():
    key = patches(3, 5)
    one, other = answer([], key), answer([], key, score=Score(0.9, "match_probability"))
    assert versus.opposed(one, other, "model").score_change is None
    assert versus.opposed(one, answer([], key, score=Score(0.7, "cosine")), "model").score_change == pytest.approx(0.2)


@pytest.mark.parametrize(("size", "is_alike"), [((800, 600), True), ((301, 400), False)])
def test_pictures_of_another_shape_have_no_change_by_place(size, is_alike):
    key = patches(3, 5)
    one, other = answer(planted(key, 1), key), answer(planted(key, 2), patches(3, 5, size=size))
    found = versus.opposed(one, other, "picture")
    assert (found.common is not None) == (found.change is not None) == is_alike
    assert np.isfinite(found.patches[0]) == is_alike
    assert found.values[0].tolist() == [1, 1]


@pytest.mark.parametrize("more", [{"target": "pair"}, {"method": "attention"}])
def test_targets_and_methods_are_never_mixed(more):
    key = patches(3, 5)
    with pytest.raises(MethodError, match="mean different things"):
        versus.opposed(answer([], key), answer([], key, **more), "model")


def test_it_is_written_as_json_without_nan_and_its_arrays_say_where_they_belong():
    key = patches(3, 5)
    found = versus.opposed(answer(planted(key, 1), key), answer(planted(key, 4), key, text="a dog"), "text")
    written = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert written["units"][0]["patches"] == pytest.approx(3)
    assert written["units"][1]["in"] == "A"
    assert written["units"][1]["values"] == [0, None]
    assert found.arrays["rows"].tolist() == [[0, 0], [1, -1], [2, -1], [-1, 1], [3, 2]]
    assert found.arrays["change"].shape == (5, len(found.arrays["cell_boxes"]))


def test_a_fusion_and_a_dual_encoder_stand_against_each_other_on_grids_of_their_own(tmp_path, rng):
    names = (f"clip:{tiny.make_clip(tmp_path / 'clip', 1)}", f"blip:{tiny.make_blip(tmp_path / 'blip', 2)}")
    picture = rng.integers(0, 256, (50, 90, 3), np.uint8)
    made = {"method": "relevance", "target": "prompt", "device": "cpu", "store": False}
    one, other = (pipeline.align("a red cat", picture, model=name, **made) for name in names)
    found = pipeline.opposed(one, other, "model")
    assert found.sides == ["both"] * 4
    assert found.measure == "share"
    assert len(found.common) > max(len(one.key), len(other.key)) or grids.is_same(one.key, other.key)
    seen = np.isfinite(found.change[0])
    x, y = (found.common.boxes[:, :2] + found.common.boxes[:, 2:]).T / 2
    x0, y0, x1, y1 = found.common.seen
    np.testing.assert_array_equal(seen, (x > x0) & (x < x1) & (y > y0) & (y < y1))


def test_a_shape_that_is_not_that_of_the_rows_is_a_bug():
    key = patches(3, 5)
    found = versus.opposed(answer([], key), answer([], key), "text")
    with pytest.raises(ValueError, match="patches must have shape"):
        replace(found, patches=np.zeros(2))
