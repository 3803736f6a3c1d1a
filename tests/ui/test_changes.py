"""Words changed on the page, and a region of its picture."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest

from mmviz import pipeline
from mmviz.ui import changes, pair, panels, region, why_words
from mmviz.ui.reading import Asked

TEXT = "a red cat under the tree"


@pytest.fixture
def seen(photo):
    return pair.show_pair(Asked(photo, TEXT, "clip-mini", "relevance", (), (), None, "en"), "cpu")[0]


def event(kind, row=None, other=None, text=""):
    return SimpleNamespace(kind=kind, row=row, other=other, text=text)


def row_of(seen, word):
    return seen.alignment.query.labels.index(word)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (lambda seen: event("replace", row_of(seen, "red"), text="orange"), "an orange cat under the tree"),
        (lambda seen: event("replace", row_of(seen, "cat"), text="very old cat"), "a red very old cat under the tree"),
        (lambda seen: event("drop", row_of(seen, "red")), "a cat under the tree"),
        (lambda seen: event("swap", row_of(seen, "tree"), row_of(seen, "cat")), "a red tree under the cat"),
        (lambda seen: event("take", text="two dogs"), "two dogs"),
    ],
)
def test_the_text_is_changed_as_was_asked(seen, asked, text):
    assert changes.changed_text(seen, asked(seen), "en") == text


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (event("drop", 99), "not in the text on the page"),
        (event("drop", "0"), "not in the text on the page"),
        (event("replace", 0, text="  "), "Write something"),
        (event("swap", 1, 1), "overlap"),
        (event("swap", 1, None), "not in the text on the page"),
        (event("take", text=""), "Write something"),
    ],
)
def test_a_change_that_cannot_be_made_is_answered_with_a_sentence(seen, asked, sentence):
    with pytest.raises(gr.Error, match=sentence):
        changes.changed_text(seen, asked, "en")


def test_a_changed_text_is_read_as_the_first_one_was_and_says_how_its_score_moved(seen, photo):
    text, found, overlay, *_, moved = panels.change_pair(seen, None, "en", event("drop", row_of(seen, "red")))
    alone = pipeline.align("a cat under the tree", photo, "clip-mini", unit="phrase", device="cpu")
    assert text == found.alignment.query.text == "a cat under the tree"
    assert (found.alignment.method, found.alignment.target) == (seen.alignment.method, seen.alignment.target)
    assert found.alignment.score.value == alone.score.value
    assert json.loads(overlay)["overlay"]["text"] == text
    rows = json.loads(changes.compare(found, moved, "en"))["moved"]
    assert [row["text"] for row in rows] == [TEXT, text]
    assert rows[0]["score"] != rows[1]["score"]
    assert all("other texts lower" in row["lower"] for row in rows)


def test_several_changes_are_measured_against_the_first_text(seen):
    _, found, *_, moved = panels.change_pair(seen, None, "en", event("drop", 1))
    *_, again = panels.change_pair(found, moved, "en", event("drop", 1))
    assert (again.first, again.score) == (TEXT, seen.alignment.score.value)


def test_what_was_changed_before_is_forgotten_with_another_text(seen):
    moved = changes.Moved("something else", 0.5, "not on the page")
    assert json.loads(changes.compare(seen, moved, "en"))["moved"] == []
    assert panels.change_pair(seen, moved, "en", event("drop", 1))[-1].first == TEXT


def test_words_come_with_what_could_stand_in_their_place(seen):
    rows = json.loads(changes.payload(seen, "en"))["rows"]
    others = {row["text"]: row["others"] for row in rows}
    assert "blue" in others["red"]
    assert "dog" in others["cat"]
    assert others["under"] == []
    assert TEXT not in others


def test_each_word_left_out_is_listed_by_how_much_it_helps(seen):
    *_, last = changes.leave(seen, "en")
    left = json.loads(last)["left"]
    assert sorted(row["text"] for row in left["rows"]) == sorted(TEXT.split())
    values = [float(row["said"].replace("−", "-")) for row in left["rows"]]
    assert values == sorted(values)
    assert max(row["share"] for row in left["rows"]) == 1


def test_edits_that_score_higher_do_so_when_they_are_shown(seen, photo):
    steps = list(changes.try_edits(seen, "en"))
    assert "of" in json.loads(steps[0])["busy"]
    tried = json.loads(steps[-1])["tried"]
    assert tried["rows"]
    best = pipeline.align(tried["rows"][0]["text"], photo, "clip-mini", "similarity", "text", device="cpu").score.value
    assert best > seen.alignment.score.value


def test_all_edits_are_at_most_200_and_every_word_is_dropped_once(seen):
    edits = changes.all_edits(seen)
    assert 20 < len(edits) <= 200
    assert sum(edit.kind == "drop" for edit in edits) == len(TEXT.split())


def test_what_a_visitor_typed_is_written_without_a_tag(seen):
    *_, moved = panels.change_pair(seen, None, "en", event("replace", 1, text="<b>cat</b>"))
    assert "<" not in changes.payload(seen, "en", moved=[{"text": moved.text}])


def test_words_that_look_into_a_box_are_listed_with_their_share_and_its_size(seen):
    found = json.loads(region.look(seen, "en", SimpleNamespace(box=[0.3, 0, 0.7, 1])))
    assert found["box"] == [0.3, 0, 0.7, 1]
    bars = [row["bar"] for row in found["rows"]]
    assert bars == sorted(bars, reverse=True)
    assert not found["is_hidden"]
    assert "of what the model sees" in found["said"][0]


def test_hiding_a_box_says_how_the_pair_and_each_word_change(seen):
    found = json.loads(region.hide(seen, "zh", SimpleNamespace(box=[0.3, 0, 0.7, 1])))
    assert found["is_hidden"]
    assert all(row["change"] for row in found["rows"])
    assert "整对的得分变化" in found["said"][1]


@pytest.mark.parametrize("box", [None, [], "0,0,1,1", [0, 0, 1], [0, 0, 1, "1"]])
def test_no_box_is_answered_with_a_sentence(seen, box):
    with pytest.raises(gr.Error, match="Draw a box first"):
        region.look(seen, "en", SimpleNamespace(box=box))


def test_a_box_without_a_size_is_answered_with_a_sentence(seen):
    with pytest.raises(gr.Error, match="A box is x0, y0, x1, y1"):
        region.look(seen, "en", SimpleNamespace(box=[0.5, 0, 0.5, 1]))


@pytest.mark.parametrize("panel", [changes, region])
def test_panels_are_seen_from_the_first_answer_on(seen, panel):
    assert panel.begin(None, "en")["visible"] is False
    assert panel.begin(seen, "en")["visible"] is True


@pytest.mark.parametrize("panel", why_words.PANELS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_of_a_panel_is_there_in_both_languages(panel, language):
    assert all(text.strip() for text in why_words.all_of(panel, language).values())
