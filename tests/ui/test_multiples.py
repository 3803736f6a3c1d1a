"""Small maps side by side, and how one of them becomes the large one."""

import base64
import json
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import MmvizError
from mmviz.ui import multiples, multiples_words, pair, picking, reading
from mmviz.ui.reading import Asked
from tests.ui.test_words import HOLES

TEXT = "a red cat under the tree"


def seen(photo, model="clip-mini", method="similarity", target=None, layers=()):
    return pair.show_pair(Asked(photo, TEXT, model, method, layers, (), target, "en"), "cpu")[0]


def ask(found, kind, row=2, method="", language="en"):
    return [json.loads(said) for said in multiples.show_maps(found, language, SimpleNamespace(kind=kind, row=row, method=method))]


def pick(found, method, row=2, layers=None, heads=None):
    return picking.pick(found, "en", SimpleNamespace(method=method, row=row, layers=layers, heads=heads))


def floats(view, name):
    values = np.frombuffer(base64.b64decode(view[name]), "<f4")
    return values.reshape(len(view["cells"]), -1)


def test_the_panel_is_seen_with_an_answer_and_says_what_can_be_asked(photo):
    assert multiples.begin(None, "en")["visible"] is False
    shown = json.loads(multiples.begin(seen(photo), "en")["value"])
    assert (shown["units"][2], shown["units"][-1]) == ("cat", "whole text")
    assert [one["name"] for one in shown["layered"]] == ["attention", "gradcam", "relevance", "rollout"]
    assert shown["is_new"]


@pytest.mark.parametrize(("model", "target"), [("clip-mini", "context"), ("blip-mini", "pair"), ("vilt-mini", "pair")])
def test_every_method_of_the_target_is_drawn_by_rank_and_share_with_its_own_values(photo, model, target):
    found = seen(photo, model, target=target)
    *busy, last = ask(found, "methods")
    assert [step["share"] for step in busy] == sorted(step["share"] for step in busy)
    assert len(busy) > 2
    view = last["view"]
    able = [entry.name for entry in pipeline.methods_of(model) if target in entry.targets]
    assert [cell["pick"]["method"] for cell in view["cells"]] == able
    assert [scale["name"] for scale in view["scales"]] == ["shares", "ranks"]
    place = able.index("similarity")
    np.testing.assert_allclose(floats(view, "raw")[place], found.alignment.scores[2], atol=1e-6)
    np.testing.assert_allclose(floats(view, "ranks")[place], pipeline.ranks(found.alignment)[2], atol=1e-6)
    assert view["cells"][place]["measure"] == "cosine"


def test_every_word_is_drawn_without_the_model_on_the_large_maps_scale(photo, monkeypatch):
    found = reading.with_phrase(seen(photo), 2, 9)
    monkeypatch.setattr("mmviz.models.checkpoints.run", lambda *_: pytest.fail("the model was asked"))
    (only,) = ask(found, "words")
    view, large = only["view"], json.loads(reading.overlay_payload(found, "en"))["overlay"]
    assert [cell["title"] for cell in view["cells"]] == [*found.alignment.query.labels[:-1], "whole text"]
    assert "red cat" in [cell["title"] for cell in view["cells"]]
    (scale,) = view["scales"]
    assert (scale["maps"], scale["colours"]) == (large["maps"], large["colours"])


@pytest.mark.parametrize(
    ("model", "target", "layers"), [("clip-mini", "prompt", 2), ("blip-mini", "pair", 3), ("vilt-mini", "pair", 4)]
)
def test_every_layer_is_drawn_on_one_scale(photo, model, target, layers):
    view = ask(seen(photo, model, target=target), "layers", method="gradcam")[-1]["view"]
    assert [cell["pick"]["layers"] for cell in view["cells"]] == [[layer] for layer in range(layers)]
    (scale,) = view["scales"]
    assert scale["high"] == pytest.approx(floats(view, "raw").max())


def test_without_the_average_small_maps_are_without_it_too(photo):
    found = reading.averaged(seen(photo, method="relevance"), True)
    view = ask(found, "methods")[-1]["view"]
    place = [cell["pick"]["method"] for cell in view["cells"]].index("relevance")
    np.testing.assert_allclose(floats(view, "raw")[place], found.alignment.scores[2], atol=1e-5)
    assert "average" in view["said"][-1]


def test_a_chosen_layer_becomes_the_large_map_with_menus_filled_and_phrases_kept(photo):
    found = reading.with_phrase(seen(photo), 2, 9)
    model, method, layers, heads, target, new, overlay, *_ = pick(found, "attention", 3, [1], [4])
    assert (model["value"], method["value"], layers["value"], heads["value"]) == ("clip-mini", "attention", ["1"], ["4"])
    assert target["value"] == found.alignment.target
    assert new.alignment.options["layers"] == [1]
    assert new.alignment.query.labels == found.alignment.query.labels
    assert json.loads(overlay)["start"] == 3
    alone = pipeline.align(TEXT, photo, "clip-mini", "attention", layers=(1,), heads=(4,))
    np.testing.assert_allclose(new.alignment.scores[2], alone.scores[2], atol=1e-6)


def test_a_chosen_method_without_layers_leaves_them_empty(photo):
    (
        _,
        method,
        layers,
        heads,
        *_,
    ) = pick(seen(photo, method="attention", layers=("1",)), "similarity")
    assert (method["value"], layers["value"], heads["value"]) == ("similarity", [], [])


@pytest.mark.parametrize(("kind", "row"), [("methods", 99), ("layers", -1), ("words", None), ("nothing", 2)])
def test_what_is_not_on_the_page_is_refused(photo, kind, row):
    with pytest.raises(gr.Error):
        ask(seen(photo), kind, row)


@pytest.mark.parametrize(
    ("method", "layers"), [("attention", [9]), ("attention", "1"), ("attention", [True]), ("nothing", None), ("attention", [])]
)
def test_a_choice_that_cannot_be_shown_is_refused(photo, method, layers):
    with pytest.raises((gr.Error, MmvizError)):
        pick(seen(photo), method, layers=layers)


@pytest.mark.parametrize("name", multiples_words.TEXTS)
def test_both_languages_say_it_and_fill_in_the_same(name):
    english, chinese = multiples_words.TEXTS[name]
    assert english.strip()
    assert chinese.strip()
    assert sorted(HOLES.findall(english)) == sorted(HOLES.findall(chinese))
