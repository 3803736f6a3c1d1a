"""Clauses against sentences whose bounds were written down before the rules, and against others written after them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmviz.errors import MediaError
from mmviz.media import clauses as media
from mmviz.media import markers


def rows(name: str) -> list[tuple[str, set[int]]]:
    """Read texts and the places their clauses begin at, the first left out."""
    found = []
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            parts = [part.lstrip() if n else part for n, part in enumerate(line.split("|"))]
            found.append(("".join(parts), set(np.cumsum([len(part) for part in parts[:-1]]).tolist())))
    return found


def f1(name: str, language: str) -> float:
    """Measure how well bounds inside the texts are found."""
    pairs = [(true, set(media.find(text, language=language).spans[1:, 0].tolist())) for text, true in rows(name)]
    both, found, asked = (
        sum(map(len, sets)) for sets in ([t & f for t, f in pairs], [f for _, f in pairs], [t for t, _ in pairs])
    )
    return 2 * both / (found + asked)


def parts(text: str, **said) -> list[str]:
    """Give the clauses of a text without white space around them."""
    return [label.strip() for label in media.find(text, **said).labels]


@pytest.mark.parametrize(
    ("name", "language", "least"),
    [
        ("clauses_en.txt", "en", 0.98),
        ("clauses_zh.txt", "zh", 0.98),
        ("clauses_en_more.txt", "en", 0.96),
        ("clauses_zh_more.txt", "zh", 0.94),
    ],
)
def test_bounds_are_those_written_down(name, language, least):
    assert f1(name, language) >= least


@pytest.mark.parametrize(("name", "count"), [("clauses_en.txt", 100), ("clauses_zh.txt", 100), ("clauses_en_more.txt", 40)])
def test_the_sets_are_as_large_as_they_say(name, count):
    assert len(rows(name)) >= count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She opens the door, looks around and walks into the kitchen.", ["She opens the door,", "looks around", "and walks into the kitchen."]),
        ("Although it was raining, the children played.", ["Although it was raining,", "the children played."]),
        ("“Wait here,” she said, “and don't move.”", ["“Wait here,”", "she said,", "“and don't move.”"]),
        ("He bought apples, pears, and a loaf.", ["He bought apples, pears, and a loaf."]),
        ("The old man, tired and hungry, sat down.", ["The old man, tired and hungry, sat down."]),
        ("Having finished her tea, she stood up.", ["Having finished her tea,", "she stood up."]),
        ("He paid 1,299.99 dollars at 3:45 p.m. on Monday.", ["He paid 1,299.99 dollars at 3:45 p.m. on Monday."]),
        ("Dr. Who left. Mrs. Smith, of Washington, D.C., stayed.", ["Dr. Who left.", "Mrs. Smith, of Washington, D.C., stayed."]),
        ("她打开门，看了看四周，然后走进厨房。", ["她打开门，", "看了看四周，", "然后走进厨房。"]),
        ("他买了苹果、梨和一个面包。", ["他买了苹果、梨和一个面包。"]),
        ("如果你左转，就会看到一座房子。", ["如果你左转，", "就会看到一座房子。"]),
        ("我认为，这件事他做得对。", ["我认为，这件事他做得对。"]),
        ("“别动！”他喊道。", ["“别动！”", "他喊道。"]),
    ],
)  # fmt: skip
def test_what_a_clause_is(text, found):
    assert parts(text) == found


@pytest.mark.parametrize(("level", "count"), [("sentence", 2), ("normal", 4), ("fine", 6)])
@pytest.mark.parametrize(
    "text",
    [
        "In May, at noon, a bus stops, and two men get off. They wait, but nobody comes.",
        "五月的一天，中午，公交车停下，两个人下了车。他们等了很久，但是没有人来。",
    ],
)
def test_levels_go_from_coarse_to_fine(text, level, count):
    assert len(media.find(text, level=level)) == count


@pytest.mark.parametrize(
    "text", ["word", "你好", "  Hello, world.\n\n\n", "Ein Satz auf Deutsch, und noch einer.", "...!", "a,b,,c;;", "“”他说"]
)
@pytest.mark.parametrize("level", media.LEVELS)
def test_odd_texts_are_divided_too(text, level):
    assert "".join(media.find(text, level=level).labels) == text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*"ab I\n.,!?;:\"'()“”-—09，。", "他走了", "然后", " and ", " he runs", "said "]), max_size=40).map("".join),
    st.sampled_from(media.LANGUAGES),
    st.sampled_from(media.LEVELS),
)  # fmt: skip
def test_clauses_joined_are_the_text(text, language, level):
    if not any(map(str.isalnum, text)):
        return
    axis = media.find(text, language=language, level=level)
    assert "".join(axis.labels) == text
    assert (axis.spans[:, 0] < axis.spans[:, 1]).all()
    assert axis.spans[0, 0] == 0
    assert axis.spans[-1, 1] == len(text)


def test_the_language_is_that_of_most_of_the_text():
    assert media.language_of("他说 hello，然后走了") == "zh"
    assert media.language_of("She said 你好 and walked on") == "en"


@pytest.mark.parametrize(
    ("text", "said", "says"),
    [
        (" \n", {}, "The text is empty"),
        ("word " * 30_000, {}, r"This text has 150,000 characters; clauses are found in up to 100,000"),
        ("word", {"level": "word"}, 'no level "word" of clauses; there are: fine, normal, sentence'),
        ("word", {"language": "fr"}, 'no language "fr" of clauses; there are: en, zh'),
    ],
)
def test_what_cannot_be_divided_is_refused(text, said, says):
    with pytest.raises(MediaError, match=says):
        media.find(text, **said)


@pytest.mark.parametrize(
    ("clause", "marker"),
    [
        ("Then the dog barks.", "next"), ("and then drives home", "next"), ("Ten years later he returns", "next"),
        ("Meanwhile, a bus stops.", "same"), ("Before that, he had slept.", "earlier"), ("Two days earlier she left", "earlier"),
        ("but nobody came", "contrast"), ("because it rained", "cause"), ("The theme begins", None), ("Butter melts", None),
        ("然后他走了", "next"), ("与此同时，车停了", "same"), ("在此之前，他睡着", "earlier"), ("十年前，他还小", "earlier"),
        ("但是没人来", "contrast"), ("因为下雨", "cause"), ("他走了", None),
    ],
)  # fmt: skip
def test_markers_say_how_a_clause_follows(clause, marker):
    assert markers.find(media.axis(clause, [])) == (marker,)
