"""Texts as they are taken in and divided."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmviz.errors import MediaError
from mmviz.media import text as media
from mmviz.media.phrases import find_phrases
from mmviz.media.words import find_words


def words_of(text: str) -> list[str]:
    return [text[a:b] for a, b in find_words(text)]


def phrases_of(text: str) -> list[str]:
    return [text[a:b] for a, b in find_phrases(text, find_words(text))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A red cat, under the tree.", ["A", "red", "cat", "under", "the", "tree"]),
        ("it's a well-known “3.5 km” walk", ["it's", "a", "well-known", "3.5", "km", "walk"]),
        ("two  spaces\tand\nlines", ["two", "spaces", "and", "lines"]),
        ("'quoted' -- dogs'", ["quoted", "dogs"]),
        ("cafe\u0301 naïve", ["cafe\u0301", "naïve"]),
        ("一只红色的猫在树下面。", ["一只", "红色", "的", "猫", "在", "树", "下面"]),
        ("3只猫和iPhone手机", ["3", "只", "猫", "和", "iPhone", "手机"]),
        ("😀👍🏽🇨🇳 👨\u200d👩\u200d👧cat", ["😀", "👍🏽", "🇨🇳", "👨\u200d👩\u200d👧", "cat"]),
        ("1\ufe0f\u20e3 ❤\ufe0f", ["1\ufe0f\u20e3", "❤\ufe0f"]),
        ("दिल्ली", ["दिल्ली"]),
        ("!? ... 。", []),
    ],
)
def test_words_are_what_a_reader_calls_words(text, words):
    assert words_of(text) == words


@given(st.text(max_size=60))
def test_words_lie_in_order_inside_the_text_and_none_is_empty(text):
    spans = find_words(text)
    flat = [edge for span in spans for edge in span]
    assert all(start < end for start, end in spans)
    assert flat == sorted(flat)
    assert not flat or (flat[0] >= 0 and flat[-1] <= len(text))


@given(st.text(alphabet="猫狗红 ,，aé1\u0301😀\u200d的'", max_size=40))
def test_no_letter_is_left_outside_all_words(text):
    covered = {place for start, end in find_words(text) for place in range(start, end)}
    assert {place for place, character in enumerate(text) if character.isalnum()} <= covered


def test_chinese_words_are_found_without_writing_files(tmp_path, monkeypatch):
    import tempfile

    from mmviz.media.words import _jieba

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _jieba.cache_clear()
    assert words_of("红色的猫") == ["红色", "的", "猫"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("a red cat under the tree", ["a red cat", "the tree"]),
        ("Two small blue dogs, a cat with a blue tail", ["Two small blue dogs", "a cat", "a blue tail"]),
        ("the wheels of the car", ["the wheels", "the car"]),
        ("a fox to the left of two big owls", ["a fox", "two big owls"]),
        ("一只红色的猫在大树下面，旁边有两只蓝色的小狗", ["一只红色的猫", "两只蓝色的小狗"]),
        ("猫的蓝色尾巴和一辆汽车", ["猫的蓝色尾巴", "一辆汽车"]),
        ("a red cat", []),
        ("cat", []),
        ("", []),
    ],
)
def test_phrases_stand_between_joining_words(text, phrases):
    assert phrases_of(text) == phrases


@pytest.mark.parametrize(
    ("unit", "kinds"),
    [("text", ("text",)), ("word", ("word",) * 5 + ("text",)), ("phrase", ("word",) * 5 + ("phrase",) * 2 + ("text",))],
)
def test_the_last_unit_is_always_the_whole_text(unit, kinds):
    text = media.parse("a cat under two trees ")
    spans, found = media.units(text, unit)
    assert found == kinds
    assert spans.shape == (len(kinds), 2)
    assert spans[-1].tolist() == [0, len(text.text)]


def test_phrases_given_with_a_text_are_kept_instead_of_our_own():
    text = media.parse("a red cat under the tree", phrases=[(2, 9), (6, 9)])
    spans, kinds = media.units(text, "phrase")
    phrases = [text.text[a:b] for (a, b), kind in zip(spans, kinds, strict=True) if kind == "phrase"]
    assert phrases == ["red cat"]  # "cat" is a word's row already


def test_a_text_is_kept_as_given():
    given_text = "  A  CAFE\u0301\n"
    assert media.parse(given_text).text == given_text


def test_spans_count_code_points_not_bytes_or_utf16_units():
    spans, _ = media.units(media.parse("😀 猫 cat"), "word")
    np.testing.assert_array_equal(spans, [[0, 1], [2, 3], [4, 7], [0, 7]])


def test_tokens_are_no_unit_of_a_text_without_a_model():
    with pytest.raises(ValueError, match="token"):
        media.units(media.parse("a cat"), "token")


@pytest.mark.parametrize("phrase", [(0, 6), (-1, 2), (2, 2), (3, 1)])
def test_a_phrase_outside_the_text_is_refused(phrase):
    with pytest.raises(MediaError, match="phrase"):
        media.parse("a cat", phrases=[phrase])
