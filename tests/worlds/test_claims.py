"""What a caption claims, and whether a scene bears it out."""

from dataclasses import replace

import pytest

from mmviz.worlds.captions import Mention, Plan
from mmviz.worlds.claims import claims_of, holds
from tests.worlds.scenery import at, cat_and_cars, cat_left_of_dog


def without_tail_colour(scene):
    return scene.with_group(0, replace(scene.groups[0], part=None, part_colour=None))


def with_colour(scene, group, colour):
    return scene.with_group(group, replace(scene.groups[group], colour=colour))


def with_cars(scene, count):
    return scene.with_group(1, replace(scene.groups[1], placed=scene.groups[1].placed[:count]))


def exchanged(scene):
    cat, dog = scene.groups
    return scene.with_group(0, replace(cat, placed=dog.placed)).with_group(1, replace(dog, placed=cat.placed))


A_BLUE_CAT = Plan("list", (Mention(0, colour=True),))
A_CAT = Plan("list", (Mention(0),))
TWO_CARS = Plan("list", (Mention(1),))
THE_CARS = Plan("list", (Mention(1, "the"),))
A_TAIL = Plan("list", (Mention(0, part=True),))
LEFT = Plan("relation", (Mention(0), Mention(1)))
NO_OWL = Plan("negation", (), absent="owl")
BEACH = Plan("place", (), background=True)


@pytest.mark.parametrize(
    ("plan", "scene", "change", "true"),
    [
        (A_BLUE_CAT, cat_and_cars(), lambda s: with_colour(s, 0, "green"), False),
        (A_CAT, cat_and_cars(), lambda s: with_colour(s, 0, "green"), True),
        (TWO_CARS, cat_and_cars(), lambda s: with_cars(s, 1), False),
        (THE_CARS, cat_and_cars(), lambda s: with_cars(s, 1), True),
        (A_TAIL, cat_and_cars(), without_tail_colour, False),
        (Plan("part", (Mention(0),)), cat_and_cars(), without_tail_colour, False),
        (Plan("part_word", (Mention(1),), part="wheels"), cat_and_cars(), lambda s: replace(s, groups=s.groups[:1]), False),
        (Plan("colour", (Mention(0),)), cat_and_cars(), lambda s: with_colour(s, 0, "green"), False),
        (Plan("colour", (Mention(0),)), cat_and_cars(), lambda s: with_colour(s, 1, "blue"), True),
        (LEFT, cat_left_of_dog(), exchanged, False),
        (NO_OWL, cat_and_cars(), lambda s: s.with_group(0, replace(s.groups[0], thing="owl", part=None)), False),
        (BEACH, cat_and_cars(), lambda s: replace(s, background="snow"), False),
        (BEACH, cat_and_cars(), lambda s: with_cars(s, 1), True),
    ],
)
def test_a_claim_is_true_of_its_scene_and_of_a_changed_one_only_where_nothing_it_says_changed(plan, scene, change, true):
    claims = claims_of(scene, plan)
    assert holds(claims, scene)
    assert holds(claims, change(scene)) is true


def test_a_relation_that_leans_the_right_way_counts_as_true():
    scene = cat_left_of_dog()
    slanting = scene.with_group(1, replace(scene.groups[1], placed=(at(0.55, 0.85),)))
    assert holds(claims_of(scene, LEFT), slanting)
