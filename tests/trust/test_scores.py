"""Pointing, overlap, sinks, likeness: planted maps and answers worked out by hand."""

import numpy as np
import pytest

from mmviz.trust.agreement import agreement
from mmviz.trust.average import minus_average
from mmviz.trust.evidence import Evidence, weights
from mmviz.trust.iou import iou
from mmviz.trust.pointing import inside_boxes, pointing
from mmviz.trust.ranks import correlation
from mmviz.trust.shuffled import shuffled
from mmviz.trust.sinks import is_sink, sinks
from mmviz.trust.word_similarity import word_similarity
from tests.trust import planted


def judged(maps: np.ndarray, **made) -> Evidence:
    return Evidence(planted.alignment(maps), 0, **made)


def with_box(strengths: np.ndarray, *place: int) -> Evidence:
    return judged(np.stack([strengths, strengths]), boxes=planted.box(*place))


def test_the_strongest_patch_hits_the_box_or_misses_it():
    assert pointing(with_box(planted.thing(1, 4) * 1.0, 1, 4)) == 1
    assert pointing(with_box(planted.thing(1, 4) * 1.0, 3, 0)) == 0


def test_of_equally_strong_patches_the_share_inside_counts():
    assert pointing(with_box(planted.thing(1, 4) * 1.0, 1, 4, 1, 2)) == 0.5


def test_a_box_smaller_than_a_patch_is_hit_by_the_patch_around_its_centre():
    small = np.array([[0.51, 0.51, 0.52, 0.52]])
    found = judged(np.stack([planted.thing(3, 4, 1, 1) * 1.0] * 2), boxes=small)
    assert (pointing(found), iou(found)) == (1, 1)


def test_overlap_is_what_both_share_over_what_either_covers():
    assert iou(with_box(planted.thing(1, 4) * 1.0, 1, 4)) == 1
    assert iou(with_box(planted.thing(1, 4) * 1.0, 1, 5)) == pytest.approx(2 / 6)
    assert iou(with_box(planted.thing(1, 4) * 1.0, 4, 0)) == 0


def test_several_boxes_count_together():
    both = np.concatenate([planted.box(0, 0), planted.box(4, 6)])
    maps = np.stack([(planted.thing(0, 0) | planted.thing(4, 6)) * 1.0] * 2)
    assert iou(judged(maps, boxes=both)) == 1


def test_a_box_outside_of_what_the_model_sees_measures_nothing():
    found = judged(np.stack([planted.thing(1, 4) * 1.0] * 2), boxes=np.array([[1.2, 0.1, 1.4, 0.2]]))
    assert (pointing(found), iou(found)) == (None, None)


def test_ranks_correlate_as_in_the_textbook():
    # IQ and hours of television: https://en.wikipedia.org/wiki/Spearman's_rank_correlation_coefficient
    iq, hours = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    assert correlation(np.array(iq), np.array(hours)) == pytest.approx(-29 / 165)


def test_ranks_with_equals_correlate_as_scipy_says(rng):
    from scipy.stats import spearmanr

    one, other = rng.integers(0, 5, (2, 40)).astype(float)
    assert correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)


def test_a_flat_map_correlates_with_nothing(rng):
    assert correlation(np.ones(5), rng.normal(size=5)) is None


def test_one_patch_of_48_holds_the_share_that_was_planted(rng):
    maps = rng.uniform(size=(2, 48))
    maps[0] *= 0.4 / maps[0].sum()
    maps[0, 17] += 0.6
    assert sinks(judged(maps)) == pytest.approx(0.6 + 0.4 * 0.5 / 24, abs=0.02)


def test_of_200_patches_two_are_the_strongest_1_percent():
    maps = np.ones((2, 200))
    maps[0, [3, 90]] = 99
    assert sinks(Evidence(planted.alignment(maps, grid=(10, 20)), 0)) == pytest.approx(198 / 396)


@pytest.mark.parametrize(
    ("scale", "values", "expected"),
    [("mass", [1, 3], [1, 3]), ("effect", [-1, 3], [0, 3]), ("cosine", [0.1, 0.3], [0, 0.1]), ("cost", [2, 1], [0, 0.5])],
)
def test_every_scale_has_weights_of_its_own(scale, values, expected):
    found = planted.alignment(np.array([values] * 2, float), scale=scale, grid=(1, 2))
    assert weights(found)[0] == pytest.approx(expected)


def test_a_thing_that_one_word_names_is_no_sink():
    maps = np.stack([planted.thing(1, 1, 1, 1), planted.thing(4, 5), planted.thing(0, 5), planted.thing(2, 2)]) * 1.0
    assert not is_sink(judged(maps))


def test_a_patch_on_which_all_words_lie_is_a_sink(rng):
    maps = np.stack([planted.thing(1, 1), planted.thing(4, 5), planted.thing(0, 5), planted.thing(2, 2)]) * 0.1
    maps[:, 23] += 0.4
    assert is_sink(judged(maps))
    assert not is_sink(judged(maps, boxes=planted.box(2, 7, 1, 1)))


def test_words_with_one_map_are_alike_and_words_with_opposite_maps_are_not(rng):
    same, other = rng.normal(size=(2, 48))
    assert word_similarity(judged(np.stack([same, same, other]))) == pytest.approx(1)
    assert word_similarity(judged(np.stack([same, -same, other]))) == pytest.approx(-1)


def test_the_whole_text_is_no_word_to_compare_with(rng):
    assert word_similarity(judged(rng.normal(size=(2, 48)))) is None


def test_the_same_map_on_random_weights_is_told(rng):
    maps = rng.normal(size=(3, 48))
    assert shuffled(judged(maps, shuffled=maps[0])) == pytest.approx(1)
    other = np.random.default_rng(5).normal(size=48)
    assert abs(shuffled(judged(maps, shuffled=other))) < 0.4


def test_methods_are_compared_two_by_two_whatever_their_scale(rng):
    maps = rng.uniform(0.1, 1, size=(3, 48))
    same = planted.alignment(np.log(maps), method="b", scale="effect")
    reverse = planted.alignment(-maps, method="c", scale="effect")
    found = agreement(judged(maps, others=(same, reverse)))
    assert found.methods == ("m", "b", "c")
    assert found.correlations == pytest.approx(np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]]))
    assert found.mean == pytest.approx(0)


def test_a_flat_map_of_another_method_has_no_correlation(rng):
    found = agreement(judged(rng.normal(size=(3, 48)), others=(planted.alignment(np.zeros((3, 48))),)))
    assert np.isnan(found.correlations[0, 1])
    assert found.mean is None


def test_less_the_average_a_shared_patch_is_gone_and_each_words_own_is_left():
    things = np.stack([planted.thing(1, 1), planted.thing(4, 5), planted.thing(0, 5)]) * 1.0
    maps = np.vstack([things, things.sum(0)])
    maps[:, 40] += 7
    before = planted.alignment(maps)
    found = minus_average(before)
    assert found.scores[:, 40] == pytest.approx(np.zeros(4), abs=1e-6)
    assert set(found.scores[:3].argmax(1)) <= set(np.flatnonzero(things.any(0)))
    assert found.scores[:3].mean(0) == pytest.approx(np.zeros(48), abs=1e-6)
    assert (found.scale, found.options) == ("effect", {"minus_average": True})
    assert before.scores[0, 40] == 7


def test_a_patch_hits_a_box_by_its_centre_or_by_holding_a_small_ones():
    patches = np.array([[0, 0, 0.5, 1.0], [0.5, 0, 1.0, 1.0]])
    assert inside_boxes(patches, [(0.2, 0.4, 0.3, 0.6)]).tolist() == [True, False]
    assert inside_boxes(patches, [(0.55, 0.1, 0.6, 0.2)]).tolist() == [False, True]
    assert inside_boxes(patches, [(0.2, 0.4, 0.9, 0.6)]).tolist() == [True, True]
    assert inside_boxes(patches, []).tolist() == [False, False]
