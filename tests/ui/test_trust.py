"""The panel that says how far a map can be trusted."""

import base64
import json
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from mmviz.registry import scores
from mmviz.trust import sentence
from mmviz.trusts import Remark
from mmviz.ui import pair, reading, trust_words, trusting
from mmviz.ui.reading import Asked


def seen(photo, model="clip-mini", method="similarity", text="a red cat under the tree"):
    return pair.show_pair(Asked(photo, text, model, method, (), (), None, "en"), "cpu")[0]


def judge(found, row, language="en"):
    return [json.loads(said) for said in trusting.judge_unit(found, language, SimpleNamespace(row=row))]


def test_the_panel_is_seen_with_an_answer_and_offers_every_unit(photo):
    assert trusting.begin(None, "en")["visible"] is False
    shown = trusting.begin(seen(photo), "en")
    assert shown["visible"] is True
    units = json.loads(shown["value"])["units"]
    assert (units[:6], units[-1]) == (["a", "red", "cat", "under", "the", "tree"], "whole text")


@pytest.mark.parametrize("model", ["clip-mini", "blip-mini", "vilt-mini"])
def test_measuring_goes_step_by_step_and_ends_in_remarks_and_numbers(photo, model):
    *steps, last = judge(seen(photo, model), 2)
    assert all(step["busy"] and 0 <= step["share"] <= 1 for step in steps)
    assert steps
    assert last["busy"] == ""
    assert last["row"] == 2
    assert any("random maps" in remark["text"] for remark in last["remarks"])
    names = [row["name"] for row in last["rows"]]
    assert {"insertion, on a blur", "deletion, to a blur"} == {name for name in names if "blur" in name}
    assert all(0 <= row["band"][end] <= 1 for row in last["rows"] if "band" in row for end in ("low", "high", "at"))
    assert last["itself"] == (model == "clip-mini")


def test_the_same_question_again_is_answered_without_a_step(photo):
    found = seen(photo)
    first = judge(found, 1)[-1]
    again = judge(found, 1)
    assert len(again) == 1
    assert again[0] == first


def test_a_phrase_of_the_visitors_own_is_judged_in_its_own_place(photo):
    found = reading.with_phrase(seen(photo), 2, 9)
    row = [tuple(span) for span in found.alignment.query.spans.tolist()].index((2, 9))
    *_, judged = trusting.judged(found, row)
    assert judged.query.labels[judged.trust.unit] == "red cat"
    assert json.loads(trusting.payload(found, "en"))["units"][row] == "red cat"


def test_the_average_map_is_taken_away_and_given_back(photo):
    found = reading.with_phrase(seen(photo, method="relevance"), 2, 9)
    less, *_, panel = trusting.less_average(found, "en", SimpleNamespace(on=True))
    assert less.alignment.scale == "effect"
    assert json.loads(panel)["is_average"] is True
    assert less.alignment.query.labels == found.alignment.query.labels
    assert judge(less, 2)[-1]["remarks"]
    back, *_ = trusting.less_average(less, "en", SimpleNamespace(on=False))
    np.testing.assert_allclose(back.alignment.scores, found.alignment.scores, atol=1e-5)
    assert back.alignment.scale == "relevance"


def test_without_the_average_phrases_and_other_models_are_without_it_too(photo):
    less = reading.averaged(seen(photo, method="relevance"), True)
    with_phrase = reading.with_phrase(less, 2, 9)
    other_way = reading.averaged(reading.with_phrase(seen(photo, method="relevance"), 2, 9), True)
    assert with_phrase.alignment.query.labels == other_way.alignment.query.labels
    np.testing.assert_allclose(with_phrase.alignment.scores, other_way.alignment.scores, atol=1e-5)
    beside = reading.with_model(less, "clip-plain-mini").beside
    assert (beside.model, beside.scale) == ("clip-plain-mini", "effect")


def test_what_was_measured_is_taken_along(photo):
    found = seen(photo)
    file = json.loads(trusting.export_unit(found, "en", SimpleNamespace(row=2, at=1)))
    written = json.loads(base64.b64decode(file["content"]))
    assert written["trust"]["unit"] == 2
    assert written["trust"]["sentence"]


@pytest.mark.parametrize("row", [-1, 99, "2", None, True])
def test_a_unit_that_is_not_on_the_page_is_refused(photo, row):
    with pytest.raises(gr.Error):
        judge(seen(photo), row)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("key", list(sentence.ENGLISH))
def test_every_remark_has_its_words(key, language):
    numbers = {"share": "7 %", "n": "20", "iou": "1 %", "patches": "2", "correlation": "0.5", "names": "x"}
    said = trust_words.remark(Remark(key), language, **numbers)
    assert said
    assert "{" not in said
    assert all(entry.name in trust_words.TEXTS for entry in scores)
