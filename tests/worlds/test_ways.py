"""Ways to say a thing: what the file has is what the script writes."""

import pytest

from mmviz.worlds import atlas, ways
from mmviz.worlds.lexicon import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_what_the_script_writes_a_line_a_thing(language):
    lines = (ways.FOLDER / f"{language}.txt").read_text("utf-8").splitlines()
    assert [tuple(line.split("\t")) for line in lines] == ways.ways(language)
    assert len(set(lines)) == len(lines) == len(atlas.load().things)


def test_a_thing_is_said_as_a_picture_with_its_article_and_bare():
    assert ("a picture of a cat", "a cat", "cat") in ways.ways("en")
    assert ("a picture of an umbrella", "an umbrella", "umbrella") in ways.ways("en")
    assert ("一只猫的图片", "一只猫", "猫") in ways.ways("zh")
