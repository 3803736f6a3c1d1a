"""Minimal edits: two scenes and two captions, each true of its own and false of the other."""

from difflib import SequenceMatcher

import numpy as np
import pytest

from mmviz.worlds import edits
from mmviz.worlds.captions import tell
from mmviz.worlds.claims import claims_of, holds
from mmviz.worlds.lexicon import EDITS, LANGUAGES
from mmviz.worlds.render import render
from mmviz.worlds.spec import boxes_of, compose, consistent, rng_of

each_kind = pytest.mark.parametrize("kind", EDITS)


def pairs(kind: str, count: int = 40):
    return [edits.pair(rng_of("test", 1, EDITS.index(kind), n), kind, "test") for n in range(count)]


@each_kind
def test_each_caption_is_true_of_its_scene_and_false_of_the_other(kind):
    for first, second in pairs(kind):
        assert holds(claims_of(*first), first[0])
        assert holds(claims_of(*second), second[0])
        assert not holds(claims_of(*first), second[0])
        assert not holds(claims_of(*second), first[0])


@each_kind
@pytest.mark.parametrize("language", LANGUAGES)
def test_captions_differ_in_few_words_and_are_equally_long_for_both_sides(kind, language):
    lengths = []
    for (scene, plan), (other, changed) in pairs(kind):
        one, two = tell(scene, plan, language).text, tell(other, changed, language).text
        assert one != two
        same = (
            SequenceMatcher(None, one.split(), two.split()).ratio()
            if language == "en"
            else SequenceMatcher(None, one, two).ratio()
        )
        assert same > 0.1 or len(one.split()) <= 3
        lengths.append(len(one) - len(two))
    assert abs(np.mean(lengths)) < 2.5


@each_kind
def test_the_edit_can_be_seen_and_nothing_leaves_the_picture(kind):
    for (scene, _), (other, _) in pairs(kind, 12):
        assert consistent(scene)
        assert consistent(other)
        assert not np.array_equal(render(scene).pixels, render(other).pixels)


def test_counts_are_asked_equally_often():
    found = [
        len(scene.groups[plan.mentions[0].group].placed) for (scene, plan), _ in pairs("count", 300) if len(plan.mentions) == 1
    ]
    assert set(found) == {1, 2, 3, 4}
    assert min(found.count(n) for n in (1, 2, 3, 4)) > len(found) / 8


def test_a_quad_tells_all_four_relations_of_two_things():
    told = edits.quad(rng_of("test", 2), "test")
    texts = [tell(scene, plan, "en").text for scene, plan in told]
    assert len(set(texts)) == 4
    truth = [[holds(claims_of(*one), other) for other, _ in told] for one in told]
    assert np.array_equal(truth, np.eye(4, dtype=bool))


def test_siblings_differ_in_the_thing_alone():
    told = edits.siblings(rng_of("test", 3), "test", 20)
    assert len({scene.groups[0].thing for scene, _ in told}) == 20
    assert len({(scene.background, scene.variant, scene.groups[0].colour, scene.groups[0].placed) for scene, _ in told}) == 1


@pytest.mark.parametrize("seed", range(30))
def test_the_negatives_of_a_scene_are_false_of_it(seed):
    rng = rng_of("test", 4, seed)
    scene = compose(rng, "test")
    found = edits.negatives(rng, scene, "test")
    assert found
    for kind, true, false in found:
        assert kind in EDITS
        assert true["en"] != false["en"]
        assert true["zh"] != false["zh"]


@pytest.mark.parametrize("seed", range(60))
def test_a_scene_has_one_to_six_objects_of_one_to_twelve_percent_of_the_picture(seed):
    scene = compose(rng_of("test", 5, seed), "test")
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes_of(scene)]
    assert 1 <= len(areas) <= 6
    assert min(areas) >= 0.01
    assert max(areas) <= 0.12
