import re

import pytest

from mmviz.registry import methods
from mmviz.ui import chinese, menus, words

ALL = {**words.TEXTS, **words.WIDGET, **{f"matrix {name}": texts for name, texts in words.MATRIX.items()}}
HOLES = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("name", ALL)
def test_both_languages_say_it_and_fill_in_the_same(name):
    english, chinese_text = ALL[name]
    assert english.strip()
    assert re.search(r"[\u4e00-\u9fff，。；“]", chinese_text) or HOLES.search(chinese_text)
    assert sorted(HOLES.findall(english)) == sorted(HOLES.findall(chinese_text))


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", [entry.name for entry in methods])
def test_every_method_is_named_and_explained_those_not_yet_translated_in_their_own_words(name, language):
    assert menus.method_title(name, language)
    assert menus.method_note(name, language)


@pytest.mark.parametrize(
    ("chosen", "header", "language"),
    [
        ("", "", "en"),
        ("", "zh-CN,zh;q=0.9", "zh"),
        ("", "de,zh;q=0.5", "en"),
        ("en", "zh-CN", "en"),
        ("zh", "en", "zh"),
        ("xx", "", "en"),
        (None, "", "en"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_browsers(chosen, header, language):
    assert words.known(chosen, header) == language


def test_a_sentence_not_known_in_chinese_is_left_as_it_is():
    assert chinese.said("Something new.") == "没有做成：Something new."


def test_braces_in_what_a_visitor_typed_are_no_placeholders():
    assert "“{0}”" in chinese.said('clip-mini knows no part of "{0}"; use other words or another model.')
