"""What models are trained on: words, labels and batches."""

from dataclasses import replace

import numpy as np
import pytest

from mmviz.training import material, wordpiece
from mmviz.training.patches import COLOUR_NAMES, GRID, IGNORE, label, picture, vocabulary
from mmviz.worlds.captions import Mention, Plan, random_list, tell
from mmviz.worlds.claims import claims_of, holds
from mmviz.worlds.lexicon import LANGUAGES
from mmviz.worlds.render import render
from mmviz.worlds.spec import Group, Placed, Scene, compose, rng_of
from tests.worlds.scenery import cat_and_cars


@pytest.fixture(scope="module")
def tokenizer():
    return wordpiece.tokenizer()


@pytest.fixture(scope="module")
def items():
    return material.batch(rng_of("test", 11), material.Mix())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tokenizer_knows_every_word_of_every_caption(tokenizer, language):
    rng = rng_of("test", 12)
    for _ in range(300):
        scene = compose(rng, "test", parts=0.5)
        ids = tokenizer(tell(scene, random_list(rng, scene, full=True), language).text)["input_ids"]
        assert tokenizer.unk_token_id not in ids
        assert len(ids) <= wordpiece.MAX_TOKENS


def test_a_word_is_one_token_and_a_chinese_character_too(tokenizer):
    assert tokenizer.tokenize("a Red cat") == ["a", "red", "cat"]
    assert tokenizer.tokenize("红色的猫") == list("红色的猫")
    assert tokenizer.tokenize("zebra") == ["[UNK]"]


def test_labels_say_what_patches_show():
    cat, cars = cat_and_cars().groups
    scene = replace(cat_and_cars(), groups=(replace(cat, size="large"), cars))
    found = label(scene, render(scene))
    numbers, parts = vocabulary()
    thing, colour, _, part = found.patches.reshape(4, GRID, GRID)
    assert set(np.unique(thing)) <= {0, IGNORE, numbers["cat"], numbers["car"]}
    assert (colour[thing == numbers["car"]] == COLOUR_NAMES.index("red")).all()
    tail = part == parts["cat", "tail"]
    assert tail.any()
    assert (colour[tail] == COLOUR_NAMES.index("red")).all()
    assert (colour[(thing == numbers["cat"]) & ~tail] == COLOUR_NAMES.index("blue")).all()


def test_places_are_known_of_things_there_is_one_of():
    found = label(cat_and_cars(), render(cat_and_cars())).places
    numbers, _ = vocabulary()
    assert found[numbers["cat"]] == pytest.approx((0.2, 0.5, 1))
    assert found[numbers["car"]].tolist() == [0, 0, 0]


def test_a_scaled_picture_has_its_labels_in_the_same_places():
    class Always:
        def random(self):
            return 0.0

    scene = cat_and_cars()
    scaled, direct = label(scene, picture(scene, Always())).patches[0], label(scene, render(scene)).patches[0]
    assert picture(scene, Always()).pixels.shape == (96, 96, 3)
    assert (scaled == direct).mean() > 0.95


def test_a_batch_has_the_asked_mix_and_every_caption_is_true_of_its_scene(items):
    assert len(items) == 64
    assert sorted(np.bincount([item.group for item in items]).tolist()) == [1] * 14 + [2] * 15 + [4] * 5
    assert all(holds(claims_of(item.scene, item.plan), item.scene) for item in items)


def test_captions_true_of_other_scenes_are_found_and_none_lies_inside_a_group(items):
    true = material.also_true(items)
    slow = [[i != j and holds(claims_of(a.scene, a.plan), b.scene) for j, b in enumerate(items)] for i, a in enumerate(items)]
    group = np.array([item.group for item in items])
    assert np.array_equal(true, slow)
    assert true.any()
    assert not true[(group[:, None] == group[None]) & ~np.eye(64, dtype=bool)].any()


def test_relations_are_told_with_their_direction(items):
    numbers, _ = vocabulary()
    rows = material.relation_places(items, numbers)
    told = [item.plan.kind == "relation" for item in items]
    assert (np.abs(rows[:, 2:]).sum(1) == np.array(told)).all()
    index = next(i for i, item in enumerate(items) if " to the left of " in item.text or "左边" in item.text)
    assert rows[index, 2:].tolist() == [-1, 0]


def test_every_batch_of_the_course_has_as_many_captions():
    rng = rng_of("test", 14)
    assert [len(material.batch(rng, mix)) for _, mix in material.COURSE] == [64] * 3
    assert [until for until, _ in material.COURSE] == sorted(until for until, _ in material.COURSE)
    assert material.COURSE[-1][0] == 1


@pytest.mark.parametrize(("language", "last"), [("en", ["cat", "dogs"]), ("zh", ["猫", "狗"])])
def test_the_last_token_of_a_phrase_is_told_its_thing_and_colour(language, last):
    tokenizer, (numbers, _) = wordpiece.tokenizer(), vocabulary()
    one, other = Placed(0.2, 0.3, 1.0, 0, False), Placed(0.7, 0.3, 1.0, 0, False)
    low = Placed(0.7, 0.7, 1.0, 0, False)
    groups = (
        Group("cat", "blue", "large", (one,)),
        Group("dog", "red", "small", (other, low)),
        Group("apple", None, "large", (low,)),
    )
    plan = Plan("list", (Mention(0, colour=True), Mention(1, colour=True, size=True), Mention(2)))
    scene = Scene("meadow", 0, groups)
    item = material.Item(scene, plan, tell(scene, plan, language), 0)
    texts = tokenizer([item.text], return_offsets_mapping=True)
    bound = material.bound_tokens(item, np.array(texts["offset_mapping"][0]), numbers, COLOUR_NAMES)
    tokens = tokenizer.convert_ids_to_tokens(texts["input_ids"][0])
    found = {
        tokens[i]: (bound[i] // len(COLOUR_NAMES), COLOUR_NAMES[bound[i] % len(COLOUR_NAMES)]) for i in np.flatnonzero(bound >= 0)
    }
    assert found == {last[0]: (numbers["cat"], "blue"), last[1]: (numbers["dog"], "red")}


@pytest.mark.parametrize(("language", "last"), [("en", "dog"), ("zh", "狗")])
def test_the_last_token_of_a_denial_is_told_what_is_denied(language, last):
    tokenizer, (numbers, _) = wordpiece.tokenizer(), vocabulary()
    scene = Scene("meadow", 0, (Group("cat", "blue", "large", (Placed(0.2, 0.3, 1.0, 0, False),)),))
    plan = Plan("negation", (Mention(0),), absent="dog", background=True)
    item = material.Item(scene, plan, tell(scene, plan, language), 0)
    texts = tokenizer([item.text], return_offsets_mapping=True)
    denied = material.denied_tokens(item, np.array(texts["offset_mapping"][0]), numbers)
    tokens = tokenizer.convert_ids_to_tokens(texts["input_ids"][0])
    assert {tokens[i]: denied[i] for i in np.flatnonzero(denied >= 0)} == {last: numbers["dog"]}


def test_swaps_tell_the_same_of_two_things_with_their_colours_exchanged():
    mix = material.Mix(0, 0, 0, 0, 0, 0, swaps=5)
    items = material.batch(rng_of("test", 16), mix, 0.5)
    assert len(items) == 10 == mix.easy.alone
    for one, other in zip(items[::2], items[1::2], strict=True):
        assert one.group == other.group
        assert [g.thing for g in one.scene.groups] == [g.thing for g in other.scene.groups]
        colours = [[g.seen_colour for g in item.scene.groups] for item in (one, other)]
        assert sorted(colours[0]) == sorted(colours[1])
        assert sum(a != b for a, b in zip(*colours, strict=True)) == 2
    assert not material.also_true(items)[[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]].any()
