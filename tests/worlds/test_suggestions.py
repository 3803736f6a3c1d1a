import pytest

from mmviz.pipeline import changes
from mmviz.worlds import scenes, suggestions


def said(text: str, kind: str) -> list[str]:
    """What a text becomes by the replacements of its words of one kind."""
    found = [one for one in suggestions.known_words(text) if one.word.kind == kind]
    return [changes.edited(text, edit) for one in found for edit in suggestions.replacements(text, one)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a purple crown is to the left of two ducks", ["purple", "crown", "to the left of", "two", "ducks"]),
        ("一只红色的猫在两辆蓝色汽车的左边", ["一只", "红色", "猫", "两辆", "蓝色", "汽车", "左边"]),
        ("草地上有一头大象", ["草地上", "一头", "大象"]),
        ("Red-handed redness, a catalogue", []),
        ("a man in the park", []),
        ("大家都在", []),
    ],
)
def test_words_of_the_drawn_world_are_found_whole_and_no_others(text, words):
    assert [text[slice(*one.span)] for one in suggestions.known_words(text)] == words


def test_articles_agree_with_the_word_that_comes_in():
    assert "an orange crown" in said("a purple crown", "colour")
    assert "a cat" in said("an elephant", "noun")
    assert "An elephant" in said("A cat", "noun")


def test_a_chinese_measure_word_changes_with_its_noun():
    assert "一辆红色的汽车" in said("一只红色的猫", "noun")
    assert "一只红色的狗" in said("一只红色的猫", "noun")


@pytest.mark.parametrize(("text", "other"), [("two fish", "two cats"), ("a fish", "a cat"), ("three cats", "three mice")])
def test_nouns_keep_their_number(text, other):
    assert other in said(text, "noun")


@pytest.mark.parametrize(
    ("text", "first"),
    [("a cat to the left of a dog", "a cat to the right of a dog"), ("猫在狗的左侧", "猫在狗的右侧")],
)
def test_the_opposite_of_a_relation_comes_first_in_the_same_wording(text, first):
    assert said(text, "relation")[0] == first


@pytest.mark.parametrize(("text", "other"), [("a cat and no dog", "a cat and a dog"), ("一只猫，没有狗", "一只猫，有狗")])
def test_a_negation_can_be_taken_back(text, other):
    assert said(text, "negation") == [other]


def test_words_of_one_kind_and_number_change_places_and_no_others():
    text = "a red cat and an orange elephant on two blue tables"
    swaps = [changes.edited(text, edit) for edit in suggestions.swaps(text)]
    assert "an orange cat and a red elephant on two blue tables" in swaps
    assert "a red elephant and an orange cat on two blue tables" in swaps
    assert len(swaps) == 4


def test_what_is_swapped_in_chinese_brings_its_measure_word():
    edits = suggestions.swaps("一只猫和两辆汽车")
    assert [changes.edited("一只猫和两辆汽车", edit) for edit in edits] == ["一辆汽车和两只猫"]


def test_there_are_no_more_suggestions_than_asked_for_and_rare_kinds_come_before_nouns():
    text = "a red cat is above a small dog on the beach"
    edits = suggestions.suggested(text, 30)
    assert len(edits) == 30
    assert {changes.edited(text, edit) for edit in edits} >= {"a red cat is below a small dog on the beach"}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("seed", range(8))
def test_every_caption_of_a_drawn_scene_is_known_and_no_edit_leaves_it_as_it_was(seed, language):
    text = scenes.draw(seed)[1]["captions"][language]["text"]
    told = [changes.edited(text, edit) for edit in suggestions.suggested(text, 200)]
    assert len(told) > 50
    assert text not in told
    assert len(set(told)) == len(told)
