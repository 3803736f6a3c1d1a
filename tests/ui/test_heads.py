"""The overview of layers and heads: what it costs, what it says, and how a head becomes the large map."""

import json
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import ModelError
from mmviz.pipeline import Heads
from mmviz.trusts import Random
from mmviz.ui import heads, heads_words, pair, picking, reading, trust_words
from mmviz.ui.reading import Asked
from tests.models import tiny
from tests.ui.test_words import HOLES

TEXT = "a red cat under the tree"


def seen(photo, model="clip-mini", method="similarity", target=None):
    return pair.show_pair(Asked(photo, TEXT, model, method, (), (), target, "en"), "cpu")[0]


def weigh(found, row=2, language="en"):
    return [json.loads(said) for said in heads.weigh_heads(found, language, SimpleNamespace(row=row))]


@pytest.mark.parametrize(
    ("model", "target", "said"),
    [("clip-mini", "prompt", "2 × 6 heads: up to 160 passes"), ("vilt-mini", "pair", "4 × 3 heads: up to 110 passes")],
)
def test_passes_are_said_before_the_button_is_pressed(photo, model, target, said):
    assert heads.begin(None, "en")["visible"] is False
    shown = json.loads(heads.begin(seen(photo, model, target=target), "en")["value"])
    assert said in shown["weigh"]
    assert (shown["units"][2], shown["is_new"]) == ("cat", True)


def test_a_model_that_does_not_say_how_deep_it_is_offers_no_button(photo, monkeypatch):
    found = seen(photo)
    monkeypatch.setattr(pipeline, "depth_of", lambda *_: (0, 0))
    assert json.loads(heads.payload(found, "en"))["weigh"] == ""


@pytest.mark.parametrize(
    ("model", "target", "shape"),
    [
        ("clip-mini", "context", (2, 6)),
        ("blip-mini", "pair", (3, 4)),
        ("blip-mini", "prompt", None),
        ("vilt-mini", "pair", (4, 3)),
    ],
)
def test_heads_are_tested_step_by_step_and_end_in_cells_with_places(photo, model, target, shape):
    *steps, last = weigh(seen(photo, model, target=target))
    assert [step["share"] for step in steps] == sorted(step["share"] for step in steps)
    assert all(step["busy"] for step in steps)
    cells = last["view"]["cells"]
    assert (len(cells), len(cells[0])) == (shape or pipeline.depth_of(model, target))
    ranks = [cell["rank"] for row in cells for cell in row]
    assert (min(ranks), len(ranks) >= max(ranks)) == (1, True)
    assert max((cell["at"], -cell["rank"]) for row in cells for cell in row) == (1, -1)
    assert ("text and picture are read apart" in last["view"]["said"][-1]) == (target != "pair")


def test_a_cell_says_its_place_its_colour_and_whether_chance_does_as_well():
    areas = np.array([[0.30, 0.10, np.nan], [0.20, 0.25, 0.15]])
    found = Heads(
        areas, np.where(areas < 0.2, 1, 0.5), Random(0.3, 0.18, 0.4, 20), "blur", "cat", "attention", "m", "pair", "cosine"
    )
    cells = heads._view(found, 2, "en", "patch")["cells"]
    assert cells[0][2] is None
    assert [cells[0][1][name] for name in ("area", "rank", "at", "beyond", "better")] == ["0.10", 1, 1, True, "100 %"]
    assert [cells[1][0][name] for name in ("rank", "beyond")] == [3, False]
    assert cells[1][0]["at"] == pytest.approx(0.5)


def test_a_phrase_of_the_visitors_own_is_judged_in_its_own_place(photo):
    found = reading.with_phrase(seen(photo), 2, 9)
    row = reading.spans_of(found.alignment).index((2, 9))
    view = weigh(found, row)[-1]["view"]
    assert (view["row"], view["json"]["unit"]) == (row, "red cat")


def test_a_chosen_head_is_the_one_whose_place_was_shown(photo):
    found = seen(photo)
    view = weigh(found)[-1]["view"]
    asked = SimpleNamespace(method=view["method"], row=view["row"], layers=[1], heads=[4])
    _, method, layers, menu, _, new, *_ = picking.pick(found, "en", asked)
    assert (method["value"], layers["value"], menu["value"]) == ("attention", ["1"], ["4"])
    assert layers["visible"]
    judged = pipeline.judge(pipeline.align(TEXT, photo, "clip-mini", "attention", layers=(1,), heads=(4,)), TEXT, photo, row=2)
    assert judged.trust.deletion["blur"].value == pytest.approx(view["json"]["areas"][1][4], abs=1e-6)
    assert new.alignment.options["heads"] == [4]


@pytest.mark.parametrize("row", [-1, 99, "2", None, True])
def test_a_unit_that_is_not_on_the_page_is_refused(photo, row):
    with pytest.raises(gr.Error):
        weigh(seen(photo), row)


@pytest.mark.parametrize("name", heads_words.TEXTS)
def test_both_languages_say_it_and_fill_in_the_same(name):
    english, chinese = heads_words.TEXTS[name]
    assert english.strip()
    assert chinese.strip()
    assert sorted(HOLES.findall(english)) == sorted(HOLES.findall(chinese))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_heads_of_a_model_of_regions_say_what_was_left_out(photo, tmp_path, language):
    model, image = f"uniter:{tiny.make_uniter(tmp_path / 'uniter')}", pipeline.read_image(photo)
    whole = pipeline.align(TEXT, image, model, "attention", store=False, device="cpu")
    found = pipeline.judge_heads(whole, TEXT, image, row=0, device="cpu", store=False)
    said = heads._view(found, 0, language, whole.key.kind)["said"][0]
    assert trust_words.say("fill_removed", language, "object") in said
    assert not HOLES.search(said)


def test_work_that_is_refused_leaves_a_panel_that_can_be_asked_again(photo, monkeypatch):
    found, told = seen(photo), []

    def refuse(*given, **named):
        raise ModelError("The files are gone.")

    monkeypatch.setattr(pipeline, "judge_heads", refuse)
    going = heads.weigh_heads(found, "en", SimpleNamespace(row=2))
    told += [json.loads(next(going)) for _ in range(2)]
    with pytest.raises(gr.Error, match="files are gone"):
        next(going)
    assert [bool(step["busy"]) for step in told] == [True, False]
    assert told[-1]["weigh"]
