"""The panel that sets A against B."""

import base64
import json
import re
from types import SimpleNamespace

import gradio as gr
import PIL.Image
import pytest

from mmviz.errors import MmvizError
from mmviz.ui import menus, pair, reading, versus, versus_words
from mmviz.ui.reading import Asked

TEXT = "a red cat under the tree"


def seen(photo, model="clip-mini", method="relevance", text=TEXT):
    return pair.show_pair(Asked(photo, text, model, method, (), (), None, "en"), "cpu")[0]


def oppose(found, differs, given, language="en", kept=None):
    asked = {"model": None, "text": "", "picture": None} | {differs: given}
    return list(versus.oppose(found, differs, asked["model"], asked["text"], asked["picture"], kept, language))


@pytest.fixture
def other_photo(tmp_path, rng):
    def make(width, height):
        path = tmp_path / f"{width}x{height}.png"
        PIL.Image.fromarray(rng.integers(0, 256, (height, width, 3), "uint8")).save(path)
        return str(path)

    return make


def test_another_model_is_asked_the_same_and_told_step_by_step(photo):
    found = seen(photo)
    *steps, (last, kept) = oppose(found, "model", "clip-plain-mini")
    assert all("clip-plain-mini" in json.loads(step)["busy"] for step, _ in steps)
    assert [before for _, before in steps] == [None] * len(steps)
    assert (kept.found.other.model, kept.found.other.method) == ("clip-plain-mini", "relevance")
    assert kept.found.measure == "share"
    shown = json.loads(last)
    assert [row["in"] for row in shown["table"]["rows"]] == [""] * len(found.alignment.query)
    assert shown["score"]["change"]
    assert "no unit in common" in shown["about"][0]


def test_a_dual_and_a_fusion_encoder_share_the_target_or_are_refused(photo):
    _, kept = oppose(seen(photo), "model", "blip-mini")[-1]
    assert kept.found.other.target == kept.found.one.target == "prompt"
    with pytest.raises(gr.Error, match="vilt-mini cannot have the target .*; use: pair"):
        oppose(seen(photo), "model", "vilt-mini")
    with pytest.raises(gr.Error, match="可用：pair"):
        oppose(seen(photo), "model", "vilt-mini", "zh")


def test_only_models_that_can_be_asked_the_same_are_offered(photo):
    found = seen(photo)
    offered = [name for _, name in menus.rival_choices(found.alignment, "en")]
    assert {"clip-plain-mini", "blip-mini"} <= set(offered)
    assert not {"clip-mini", "vilt-mini"} & set(offered)  # itself; one that reads text and picture together
    assert [one["name"] for one in json.loads(reading.table_payload(found, "en"))["others"]] == offered


def test_another_text_is_matched_word_by_word(photo):
    last, kept = oppose(seen(photo), "text", "a red dog under the tree")[-1]
    rows = {row["text"]: row["in"] for row in json.loads(last)["table"]["rows"]}
    assert (rows["cat"], rows["dog"], rows["red"], rows["whole text"]) == ("only in A", "only in B", "", "")
    assert kept.found.measure == "raw"
    assert "other texts" in json.loads(last)["score"]["lower"]
    assert "read alone" in " ".join(json.loads(last)["about"])
    assert kept.found.other.query.text == "a red dog under the tree"


def test_another_picture_is_compared_by_place_only_where_it_has_the_same_shape(photo, other_photo):
    alike, kept = oppose(seen(photo), "picture", other_photo(180, 100))[-1]
    assert kept.found.common is not None
    assert "same places" in " ".join(json.loads(alike)["about"])
    tall, kept = oppose(seen(photo), "picture", other_photo(50, 90))[-1]
    shown = json.loads(tall)
    assert shown["versus"]["change"] is None
    assert "different shapes (90 × 50 and 50 × 90 pixels)" in " ".join(shown["about"])
    assert shown["pictures"][0] != shown["pictures"][1]


def test_a_phrase_of_ones_own_and_maps_without_their_average_are_asked_of_b_too(photo):
    less = reading.averaged(reading.with_phrase(seen(photo), 2, 9), True)
    _, kept = oppose(less, "model", "clip-plain-mini")[-1]
    assert kept.found.sides == ["both"] * len(less.alignment.query)
    assert ("red cat", "phrase") in kept.found.units
    assert kept.found.other.options["minus_average"] is True


@pytest.mark.parametrize(
    ("differs", "given", "sentence"),
    [
        ("model", "clip-mini", "choose another one"),
        ("model", "", "choose another one"),
        ("model", "clip:/etc", "There is no model"),
        ("text", f" {TEXT} ", "change a word"),
        ("text", "  ", "write the one"),
        ("text", "cat " * 600, "characters"),
        ("picture", None, "upload the one"),
        ("nothing", "x", "choose another one"),
    ],
)
def test_what_makes_no_b_is_answered_with_a_sentence(photo, differs, given, sentence):
    with pytest.raises(gr.Error, match=sentence):
        oppose(seen(photo), differs, given)


def test_a_picture_is_refused_by_the_same_rules_as_the_first(photo, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(gr.Error, match="not a picture"):
        oppose(seen(photo), "picture", str(broken))
    with pytest.raises(MmvizError):
        versus.answer_of_b(seen(photo), "picture", str(broken))


def test_before_there_is_an_answer_nothing_is_compared():
    with pytest.raises(gr.Error, match="nothing to write out|show a pair"):
        oppose(None, "model", "clip-plain-mini")


def test_what_was_found_stays_in_another_language_and_goes_with_another_answer(photo):
    found = seen(photo)
    _, kept = oppose(found, "model", "clip-plain-mini")[-1]
    *_, said, still = versus.begin(found, kept, "clip-plain-mini", "zh")
    assert still is kept
    assert "份额" in json.loads(said)["about"][0]
    *_, said, still = versus.begin(seen(photo, text="two dogs"), kept, "clip-plain-mini", "en")
    assert (json.loads(said), still) == ({}, None)


def test_models_on_offer_are_the_others_and_the_chosen_one_stays(photo):
    update = versus.begin(seen(photo), None, "blip-mini", "en")[2]
    names = [name for _, name in update["choices"]]
    assert "clip-mini" not in names
    assert update["value"] == "blip-mini"
    assert versus.begin(seen(photo, "blip-mini"), None, None, "en")[2]["value"] == "blip-plain-mini"  # pairs, which CLIP cannot
    assert versus.begin(seen(photo, "vilt-mini"), None, None, "en")[2]["value"] == "blip-mini"


def test_only_the_field_of_what_differs_is_seen_and_a_new_text_begins_with_the_first(photo):
    updates = versus.choose("text", seen(photo), " ")
    assert [update["visible"] for update in updates] == [False, True, False]
    assert updates[1]["value"] == TEXT
    assert "value" not in versus.choose("text", seen(photo), "two dogs")[1]


@pytest.mark.parametrize("format_", ["csv", "json", "npz"])
def test_both_are_taken_along(photo, format_):
    _, kept = oppose(seen(photo), "model", "clip-plain-mini")[-1]
    file = json.loads(versus.export(kept, "en", SimpleNamespace(format=format_, at=1)))
    assert file["name"] == "mmviz-versus-clip-mini-clip-plain-mini-relevance"
    assert base64.b64decode(file["content"])
    with pytest.raises(gr.Error):
        versus.export(None, "en", SimpleNamespace(format=format_, at=1))


def test_what_a_visitor_typed_is_written_without_a_tag(photo):
    assert "<" not in oppose(seen(photo), "text", "a <b>cat</b>")[-1][0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_the_script_says_is_there(language):
    assert all(text.strip() for text in versus_words.shown(language).values())
    script = pair.widgets.script("versus.js")
    said = set(re.findall(r"\bwords\.(\w+)", script))
    assert said <= set(versus_words.SHOWN)
