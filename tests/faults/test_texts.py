"""Texts that cannot be read, each with a sentence."""

import pytest

from mmviz.errors import MediaError
from mmviz.media.text import parse, units


@pytest.mark.parametrize("text", ["", " ", "\n\t  ", "\u3000", "\u200b\u200d", "\x00", "\u0301"])
def test_a_text_without_anything_visible_is_called_empty(text):
    with pytest.raises(MediaError, match=r"empty; write at least one word"):
        parse(text)


def test_ten_thousand_characters_are_refused_with_the_limit():
    with pytest.raises(MediaError, match=r"10,000 characters; up to 2,000"):
        parse("x" * 10_000)


def test_two_thousand_characters_are_read():
    assert len(parse("猫" * 2_000).text) == 2_000


def test_half_a_character_is_refused_and_its_place_said():
    with pytest.raises(MediaError, match=r"Character 3 .* U\+D83D|Character 3 .*U\+D83D"):
        parse("a \ud83d cat")


@pytest.mark.parametrize("text", ["😀", "👍🏽👍🏽", "!!!", "。"])
def test_a_text_of_signs_or_emoji_alone_is_read(text):
    spans, kinds = units(parse(text), "word")
    assert kinds[-1] == "text"
    assert spans[-1].tolist() == [0, len(text)]
