"""The banks that come with mmviz: large, distinct, and what their script writes."""

import re

import pytest

from mmviz.worlds import banks


@pytest.fixture(scope="module")
def made() -> dict[str, list[str]]:
    return banks.made()


@pytest.mark.parametrize(
    ("name", "least"), [("drawn-world", 1000), ("drawn-world-zh", 1000), ("everyday", 1200), ("everyday-zh", 1200)]
)
def test_a_bank_is_the_file_its_script_writes_with_no_sentence_twice(made, name, least):
    lines = (banks.FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    assert lines == made[name]
    assert len({line.casefold() for line in lines}) == len(lines) > least


@pytest.mark.parametrize("name", ["drawn-world", "everyday"])
def test_every_sentence_is_in_its_language_and_complete(made, name):
    assert all(line.isascii() and "{" not in line for line in made[name])
    assert not any(re.search("[a-zA-Z{}]", line) for line in made[f"{name}-zh"])
    assert len(made[name]) == len(made[f"{name}-zh"])


def test_the_drawn_bank_is_of_its_own_split(made):
    from mmviz.worlds import scenes

    told = {scenes.draw(0, index)[1]["captions"]["en"]["text"] for index in range(12)}
    assert len(told & set(made["drawn-world"])) == 0
