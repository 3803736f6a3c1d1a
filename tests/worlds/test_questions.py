"""Questions about drawn scenes: asked only where one answer is right."""

from collections import Counter

import pytest

from mmviz.worlds import atlas, questions
from mmviz.worlds.captions import members
from mmviz.worlds.lexicon import COLOUR_WORDS, NUMBERS
from mmviz.worlds.spec import boxes_of, compose, rng_of


def asked(kind: str, language: str, count: int = 60):
    rng = rng_of("train", 4, len(kind))
    for _ in range(count):
        scene = questions.scene_for(rng, kind, "train")
        question = questions.ask(rng, scene, kind, language)
        if question is not None:
            yield scene, question


def owners(scene, question) -> set[str]:
    every = [group.thing for group in scene.groups for _ in group.placed]
    return {every[number] for number in question.objects}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_colour_is_that_of_the_only_group_of_its_thing(language):
    for scene, question in asked("colour", language):
        (thing,) = owners(scene, question)
        groups = [group for group in scene.groups if group.thing == thing]
        assert len(groups) == 1
        assert question.answer == COLOUR_WORDS[groups[0].seen_colour][language]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_thing_is_the_only_one_that_shows_the_colour(language):
    for scene, question in asked("thing", language):
        (thing,) = owners(scene, question)
        assert question.answer == atlas.load().things[thing].words[language][0]
        colour = next(name for name, said in COLOUR_WORDS.items() if said[language] in question.text)
        others = [group for group in scene.groups if group.thing != thing]
        assert all(colour not in (group.seen_colour, group.part_colour) for group in others)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_number_counts_all_of_a_thing_and_every_number_is_as_likely(language):
    answers = Counter()
    for scene, question in asked("count", language, 600):
        named = [thing for thing in atlas.load().things if thing in owners(scene, question)]
        number = sum(len(group.placed) for group in scene.groups if group.thing in named)
        assert question.answer == (NUMBERS[language][number] if number else {"en": "none", "zh": "没有"}[language])
        answers[number] += 1
    assert set(answers) == {0, 1, 2, 3, 4}
    assert all(abs(answers[number] / sum(answers.values()) - 5 / 24) < 0.07 for number in (1, 2, 3, 4))


def test_a_place_is_the_third_the_centre_lies_in_and_never_near_an_edge():
    for scene, question in asked("where", "en"):
        x0, y0, x1, y1 = boxes_of(scene)[question.objects[0]]
        row, column = (min(int(3 * value / 2), 2) for value in (y0 + y1, x0 + x1))
        assert question.answer == questions.PLACES[row, column]["en"]
        assert all(abs(value / 2 - edge) >= questions.CLEAR for value in (y0 + y1, x0 + x1) for edge in (1 / 3, 2 / 3))


def test_a_caption_tells_groups_from_left_to_right():
    for scene, question in asked("caption", "en", 20):
        objects = [phrase.objects for phrase in question.caption.phrases if phrase.objects and not phrase.part]
        assert question.answer == question.caption.text
        left = [min(boxes_of(scene)[n][0] + boxes_of(scene)[n][2] for n in members) for members in objects]
        assert left == sorted(left)


def test_nothing_is_asked_where_no_answer_is_clear():
    rng = rng_of("train", 5)
    scene = next(
        s for s in iter(lambda: compose(rng, "train", counts=(1, 1), twins=1.0), None) if s.groups[0].thing == s.groups[1].thing
    )
    assert questions.ask(rng, scene, "colour", "en") is None
    assert questions.ask(rng, scene, "where", "en") is None
    assert len(members(scene, 0)) == 1


def test_words_are_all_that_forms_and_answers_have():
    words = set(questions.words())
    assert {"how", "many", "none", "？", "几", "哪"} <= words
    assert not any("{" in word for word in words)
