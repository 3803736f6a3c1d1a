import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.matchings import Constraints, Order
from mmviz.ui import film_words, filmed, words
from mmviz.ui.filmed import Watched, differences, steps_back
from tests.films import made


def matched(rng, *clauses: int | None):
    """A matching of as many shots whose decided clauses are these."""
    found = made(rng, len(clauses), 5)
    return replace(found, edges=tuple((s, c, 0.5) for s, c in enumerate(clauses) if c is not None))


@pytest.mark.parametrize(("clauses", "back"), [((0, 1, 1, 4), 0), ((0, 3, 1, None, 0), 2), ((None, None), 0), ((4, 3, 2), 2)])
def test_going_back_in_the_text_is_counted_from_one_matched_shot_to_the_next(rng, clauses, back):
    assert steps_back(matched(rng, *clauses)) == back


@pytest.mark.parametrize(("clauses", "back"), [((0, 4, 3, 1), 0), ((3, 0, 1, 2, 4), 0), ((0, 3, 4, 1), 1)])
def test_going_back_where_a_marker_says_so_is_not_counted(rng, clauses, back):
    links = np.array([1, 1, 0, 1], np.float32)  # "before that" stands in clause 3
    assert steps_back(replace(matched(rng, *clauses), order=Order(clauses=links))) == back


def test_where_two_matchers_differ_none_counts_as_an_answer(rng):
    one, other = matched(rng, 0, 1, None, 2), matched(rng, 0, 2, 3, None)
    assert differences(one, other) == [(1, 1, 2), (2, None, 3), (3, 2, None)]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_comparison_says_whose_order_goes_back_less_often(rng, language):
    watched = Watched(matched(rng, 0, 3, 1, 0), "f.webm", "x", versus=replace(matched(rng, 0, 1, 1, 0), matcher="monotone"))
    said = json.loads(filmed.payload(watched, language))
    assert said["versus"]["rows"] == [[1, 3, 1]]
    mine, theirs = said["versus"]["mine"], said["versus"]["theirs"]
    verdict = film_words.say("likelier_theirs", language, mine=mine, theirs=theirs)
    assert said["versus"]["said"].endswith(verdict)
    assert said["frame"]["rivals"] == [[1, 1]]


def test_corrections_are_listed_and_those_of_no_clause_stand_apart(rng):
    found = replace(matched(rng, 0, 1), constraints=Constraints(((0, 0), (1, -1)), ((1, 2),), True))
    said = json.loads(filmed.payload(Watched(found, "f", "x", before=(found,)), "en"))["corrections"]
    assert said == {"fixed": [[0, 0]], "none": [[1, -1]], "forbidden": [[1, 2]], "chronological": True, "undo": True}


def test_undoing_goes_back_step_by_step_and_keeps_thirty(rng):
    first, *others = (matched(rng, 0, 1) for _ in range(33))
    watched = Watched(first, "f", "x", versus=first)
    for other in others:
        watched = watched.corrected(other)
    assert len(watched.before) == 30
    assert watched.undone().matching is others[-2]
    assert watched.versus is None


def test_what_was_typed_meets_no_tag_and_every_shot_has_its_picture(rng):
    found = made(rng, 3, 2, lambda i: "<img src=x onerror=alert(1)> a cat")
    said = filmed.payload(Watched(found, "f", "x"), "en")
    assert "<" not in said
    frame = json.loads(said)["frame"]
    assert (frame["width"], frame["height"], frame["across"]) == (96, 54, 3)


def test_a_long_film_is_written_in_under_three_megabytes(rng):
    said = filmed.payload(Watched(made(rng, 3000, 150), "f", "x"), "zh")
    assert len(said.encode()) < 3 * 2**20
    assert "150" in json.loads(said)["remarks"][-1]["text"]


@pytest.mark.parametrize(("language", "says"), [("en", "The text tells things in no order"), ("zh", "文字没有按影片的次序讲")])
def test_a_text_without_order_is_said_as_a_warning(rng, language, says):
    similarity = rng.normal(0, 0.1, (20, 10)).astype(np.float32)
    similarity[np.arange(20), np.array([4, 0, 7, 2, 9, 5, 1, 8, 3, 6]).repeat(2)] += 1
    found = pipeline.rematch(replace(made(rng, 20, 10), similarity=similarity), matcher="hmm")
    said = json.loads(filmed.payload(Watched(found, "f", "x"), language))["remarks"]
    assert [one["warns"] for one in said if one["text"].startswith(says)] == [True]
