"""Why, as the page asks and answers it."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest

from mmviz.ui import examples, pair, why, why_words
from mmviz.ui.reading import Asked
from mmviz.whys import STEPS


def show(picture, text="a red cat", model="clip-mini", language="en"):
    return pair.show_pair(Asked(picture, text, model, "relevance", (), (), None, language), "cpu")[0]


def explain(seen, row=None, box=None, language="en"):
    return [json.loads(update["value"]) for update in why.explain(seen, language, SimpleNamespace(row=row, box=box))]


def test_findings_come_one_by_one_in_their_order_and_end_in_a_verdict(photo):
    said = explain(show(photo))
    counts = [len(panel["rows"]) for panel in said]
    assert counts == sorted(counts)
    assert [row["step"] for row in said[-1]["rows"]] == list(STEPS)
    assert all(panel["busy"] and panel["verdict"] is None for panel in said[:-1])
    assert said[-1]["busy"] == ""
    assert said[-1]["verdict"]["said"] == why_words.VERDICTS["known"][0]
    assert said[-1]["json"]["reason"] == "known"


def test_a_picture_that_a_bundled_model_does_not_know_is_said_in_chinese_too(photo):
    rows = explain(show(photo), language="zh")[-1]["rows"]
    assert "clip-mini 只认识我们画的场景" in rows[1]["said"]
    assert rows[1]["verdict"] == "bad"


def test_the_true_boxes_of_a_drawn_scene_are_looked_into():
    example = examples.examples()[0]
    row = explain(show(example.path, example.text))[-1]["rows"][STEPS.index("box")]
    assert row["verdict"] in ("ok", "warn", "bad")


def test_a_false_sentence_of_a_scene_is_set_against_the_true_one():
    example = next(e for e in examples.examples() if e.is_false)
    seen = show(example.path, example.text, example.model)
    asked = why.question(seen, None, None, "en")
    assert asked.rival == (seen.rival.true, seen.rival.false)
    last = explain(seen)[-1]
    is_wrong = seen.rival.false_score > seen.rival.true_score
    assert ("It is wrong here" in last["rows"][STEPS.index("edits")]["said"]) == is_wrong


def test_a_box_drawn_by_the_visitor_is_looked_into_for_the_unit_that_is_seen(photo):
    seen = show(photo)
    whole = explain(seen, row=2, box=[0, 0, 1, 1])[-1]["rows"][STEPS.index("box")]
    assert (whole["verdict"], whole["said"]) == ("ok", why_words.say("finding", "hit", language="en", hits=1, units=1))


def test_every_finding_names_a_view_the_page_has(photo):
    script = pair.widgets.script("why.js")
    assert all(f'{row["view"]}: "' in script for row in explain(show(photo))[-1]["rows"])


def test_nothing_to_explain_is_said():
    with pytest.raises(gr.Error, match="nothing to write out"):
        list(why.explain(None, "en", SimpleNamespace(row=0, box=None)))


def test_a_stopped_asking_asks_no_further(photo):
    asking = why.explain(show(photo), "en", SimpleNamespace(row=0, box=None))
    next(asking)
    asking.close()
    assert list(asking) == []


def test_a_new_answer_puts_away_what_was_asked_about_the_one_before(photo):
    words, region, explained = why.begin(show(photo), "en")
    assert words["visible"]
    assert region["visible"]
    assert explained == gr.update(value="", visible=False)
