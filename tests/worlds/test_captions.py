"""From a scene and a plan to a sentence with its phrases."""

import pytest

from mmviz.worlds.captions import Mention, Plan, random_list, relation_of, tell
from mmviz.worlds.lexicon import LANGUAGES
from mmviz.worlds.spec import compose, rng_of
from tests.worlds.scenery import cat_and_cars, cat_left_of_dog

FULL = Plan("list", (Mention(0, size=True, colour=True, part=True), Mention(1, colour=True)), background=True)
RELATION = Plan("relation", (Mention(0), Mention(1, colour=True)))


@pytest.mark.parametrize(
    ("plan", "english", "chinese"),
    [
        (
            FULL,
            "a small blue cat with a red tail and two red cars on the beach",
            "沙滩上有一只有红色尾巴的蓝色的小猫和两辆红色的汽车",
        ),
        (Plan("list", (Mention(1, "only"),)), "two cars", "两辆汽车"),
        (Plan("list", (Mention(0, "only"),)), "only one cat", "仅一只猫"),
        (Plan("list", (Mention(0, "bare"),)), "cat", "猫"),
        (Plan("negation", (Mention(1),), absent="owl"), "two cars and no owl", "两辆汽车，没有猫头鹰"),
        (Plan("part_of", (Mention(1, "the"),), part="wheels"), "the wheels of the cars", "那两辆汽车的车轮"),
        (Plan("part", (Mention(0),)), "a red tail", "红色尾巴"),
        (Plan("part_word", (Mention(1),), part="wheels"), "wheels", "车轮"),
        (Plan("colour", (Mention(0),)), "blue", "蓝色"),
        (Plan("place", (), background=True), "on the beach", "沙滩上"),
    ],
)
def test_a_plan_becomes_this_sentence(plan, english, chinese):
    assert tell(cat_and_cars(), plan, "en").text == english
    assert tell(cat_and_cars(), plan, "zh").text == chinese


def test_a_relation_is_told_from_the_first_thing():
    assert tell(cat_left_of_dog(), RELATION, "en").text == "a cat to the left of a green dog"
    assert tell(cat_left_of_dog(), RELATION, "zh").text == "一只猫在一只绿色的狗的左边"


def test_phrases_name_their_objects_and_parts():
    caption = tell(cat_and_cars(), FULL, "en")
    named = {caption.text[slice(*phrase.span)]: (phrase.objects, phrase.part) for phrase in caption.phrases}
    assert named["two red cars"] == ((1, 2), 0)
    assert named["a red tail"] == ((0,), 1)  # the tail is painted first
    assert named["a small blue cat with a red tail"] == ((0,), 0)
    assert named["on the beach"] == ((), 0)


def test_a_slanting_neighbour_stands_in_no_clear_relation():
    scene = cat_left_of_dog()
    cat, dog = scene.groups
    slanting = dog.placed[0].__class__(0.55, 0.85, 1.0, 0.0, False)
    assert relation_of(scene, 0, 1) == "left"
    assert relation_of(scene, 1, 0) == "right"
    assert relation_of(scene.with_group(1, dog.__class__("dog", "green", "medium", (slanting,))), 0, 1) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seed", range(40))
def test_every_span_of_a_full_caption_is_a_phrase_without_white_space_around(language, seed):
    rng = rng_of("test", seed)
    scene = compose(rng, "test")
    caption = tell(scene, random_list(rng, scene, full=True), language)
    assert caption.phrases
    for phrase in caption.phrases:
        words = caption.text[slice(*phrase.span)]
        assert words
        assert words == words.strip(" ，、")
