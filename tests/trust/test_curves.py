"""Insertion and deletion: known areas, planted maps, and one set of random orders for both."""

from dataclasses import replace

import numpy as np
import pytest

from mmviz.trust import curves
from mmviz.trust.deletion import deletion
from mmviz.trust.evidence import Evidence
from mmviz.trust.insertion import insertion
from tests.trust import planted


def evidence(strengths: np.ndarray, score, **more) -> Evidence:
    made = planted.alignment(np.stack([strengths] * 2))
    return Evidence(made, 0, {"blur": planted.masked(made.scores[0], score, **more)})


def test_a_curve_runs_from_nothing_to_everything_in_even_steps():
    assert curves.sizes(49).tolist() == [0, 8, 16, 24, 33, 41, 49]
    assert curves.sizes(3).tolist() == [0, 0, 1, 2, 2, 2, 3]


def test_the_area_of_a_straight_curve_is_half_its_height_and_of_a_constant_one_its_height():
    kept = curves.sizes(48)
    assert curves.area(kept / 48, kept) == pytest.approx(0.5)
    assert curves.area(np.full((2, 7), 0.3), kept) == pytest.approx([0.3, 0.3])


def test_uneven_steps_weigh_as_much_as_they_are_wide():
    assert curves.area(np.array([0, 1, 1]), np.array([0, 1, 4])) == pytest.approx(0.125 + 0.75)


def test_the_first_of_an_order_are_kept_and_its_reverse_keeps_the_last():
    order = np.array([[3, 0, 2, 1]])
    kept = curves.kept_first(order, np.array([0, 1, 3, 4]))
    assert kept.astype(int).tolist() == [[[0, 0, 0, 0], [0, 0, 0, 1], [1, 0, 1, 1], [1, 1, 1, 1]]]
    reverse = curves.kept_first(order[:, ::-1], np.array([0, 1, 3, 4]))
    assert np.array_equal(reverse, ~kept[:, ::-1])


def test_the_strongest_patches_come_first_and_equals_in_an_order_of_chance(rng):
    values = rng.permutation(48).astype(float)
    assert np.array_equal(values[curves.strongest_first(values)], np.arange(48)[::-1])
    equals = curves.strongest_first(np.zeros(48))
    assert sorted(equals) == list(range(48))
    assert not np.array_equal(equals, np.arange(48))


def test_random_orders_are_the_same_every_time_and_few_are_the_first_of_many():
    assert np.array_equal(curves.random_orders(48, 10), curves.random_orders(48, 20)[:10])
    assert len({tuple(order) for order in curves.random_orders(48, 20)}) == 20


def test_the_map_of_the_thing_beats_every_random_one_both_ways():
    thing = planted.thing(1, 4)
    found = evidence(thing.astype(float), planted.shown(thing))
    shown, hidden = insertion(found)["blur"], deletion(found)["blur"]
    assert (shown.better, hidden.better) == (1, 1)
    assert hidden.value < shown.random.low < shown.random.mean < shown.random.high < shown.value
    assert shown.random == hidden.random
    assert shown.random.n == 20


def test_a_map_of_everything_but_the_thing_loses_to_every_random_one():
    thing = planted.thing(1, 4)
    found = evidence(1.0 - thing, planted.shown(thing))
    assert (insertion(found)["blur"].better, deletion(found)["blur"].better) == (0, 0)


def test_the_areas_of_a_thing_in_one_step_are_those_drawn_by_hand():
    thing = planted.thing(0, 0, 2, 4)  # 8 of 48 patches: all of the first step
    found = evidence(thing.astype(float), planted.shown(thing))
    assert insertion(found)["blur"].value == pytest.approx(5 / 6 + 1 / 12)
    assert deletion(found)["blur"].value == pytest.approx(1 / 12)


def test_where_the_score_never_moves_a_map_is_as_good_as_random():
    found = evidence(planted.thing(1, 4).astype(float), lambda kept: np.full(len(kept), 0.2))
    assert insertion(found)["blur"].better == 0.5


def test_costs_are_hidden_from_the_lowest_on():
    thing = planted.thing(1, 4)
    cost = replace(planted.alignment(np.stack([1.0 - thing] * 2)), scale="cost")
    strengths = Evidence(cost, 0).strengths
    found = Evidence(cost, 0, {"mean": planted.masked(strengths, planted.shown(thing))})
    assert insertion(found)["mean"].better == 1


def test_a_flat_map_has_no_curve():
    assert insertion(evidence(np.zeros(planted.K), planted.shown(planted.thing(0, 0)))) == {}


def test_steps_that_do_not_belong_together_are_refused():
    whole = planted.masked(np.arange(48.0), planted.shown(planted.thing(0, 0)))
    with pytest.raises(ValueError, match="7 steps"):
        replace(whole, weakest=whole.weakest[:-1])
