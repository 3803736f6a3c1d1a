"""Inside the model: where the panel is, what it offers, what it says of a finding, in both languages."""

import json
import re
from dataclasses import replace
from functools import lru_cache
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import ItemAxis, RegionAxis
from mmviz.findings import Boxed, Finding, Plot, Ranking, Shown
from mmviz.registry import detectors, families, probes
from mmviz.trusts import Remark
from mmviz.ui import pair, panels, probe_words, probing, reading
from mmviz.ui.reading import Asked
from mmviz.ui.words import LANGUAGES
from tests.models import tiny
from tests.ui.test_words import HOLES

TEXT = "a red cat under the tree"
#: Probes of the model the page begins with; and those of models with a detector.
NAMES = [entry.name for entry in pipeline.probes_of("clip-mini")]
DETECTED = [entry.name for entry in probes if entry.needs == {"detect"}]


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("MMVIZ_HOME", str(tmp_path / "home"))


def seen(photo, model="clip-mini", text=TEXT):
    return pair.show_pair(Asked(photo, text, model, "similarity", (), (), None, "en"), "cpu")[0]


@pytest.fixture(scope="module")
def able(tmp_path_factory):
    """Make a small random model of the first family that does what a probe needs, once, and name it."""
    root = tmp_path_factory.mktemp("able")

    @lru_cache
    def make(family: str) -> str:
        return f"{family}:{getattr(tiny, f'make_{family}')(root / family)}"

    kinds = [kind[entry.name] for kind in (families, detectors) for entry in kind]
    return lambda name: make(next(family.name for family in kinds if probes[name].needs <= set(family.functions)))


def look(found, probe="hardest-negatives", language="en", **options):
    event = SimpleNamespace(probe=probe, options=options)
    return [json.loads(said) for said in probing.look(found, language, event)]


@pytest.mark.parametrize("model", ["clip-mini", "blip-mini"])
def test_the_panel_offers_the_probes_of_the_model_with_their_options(photo, model):
    shown = probing.begin(seen(photo, model), "en")
    assert shown["visible"]
    offered = json.loads(shown["value"])
    assert [one["name"] for one in offered["probes"]] == NAMES
    assert offered["probes"][0]["options"] == [{"name": "margin", "title": "margin", "value": "0.2", "is_text": False}]
    assert offered["is_new"]
    phrase = next(one for one in offered["probes"] if one["name"] == "ways-to-say-it")["options"][0]
    assert (phrase["name"], phrase["is_text"]) == ("phrase", True)


def test_the_panel_is_not_seen_without_an_answer_or_a_probe(photo):
    assert probing.begin(None, "en")["visible"] is False
    assert probing.begin(seen(photo, "vilt-mini"), "en") == gr.update(value="", visible=False)


def test_work_is_told_step_by_step_and_ends_in_a_view(photo):
    *busy, last = look(seen(photo))
    assert len(busy) > 5
    assert all(step["busy"] for step in busy)
    assert any("of 1,1" in step["busy"] for step in busy)
    view = last["view"]
    assert view["title"] == "Hardest negatives"
    assert [ranking["title"] for ranking in view["rankings"]] == ["Texts for this picture", "Pictures for this text"]
    own = view["rankings"][0]["rows"][0]
    assert (own["item"], own["said"], own["values"][1:]) == (TEXT, "this pair", ["–", "–"])
    assert view["json"]["probe"] == "hardest-negatives"
    assert view["file"] == "mmviz-hardest-negatives.json"


def test_a_margin_changes_what_is_said_and_is_refused_out_of_its_range(photo):
    found = seen(photo)
    assert look(found, margin="2")[-1]["view"]["json"]["options"] == {"margin": 2.0}
    with pytest.raises(gr.Error, match="from 0 to 2"):
        look(found, margin="3")
    with pytest.raises(gr.Error, match="边界"):
        look(found, language="zh", margin="-1")
    with pytest.raises(gr.Error, match="不能是"):
        look(found, language="zh", margin="wide")


def test_after_a_refusal_the_panel_can_be_asked_again(photo):
    running = probing.look(seen(photo), "en", SimpleNamespace(probe="reading-along", options={"margin": "1"}))
    shown = [json.loads(next(running)), json.loads(next(running))]
    assert [bool(said["busy"]) for said in shown] == [True, False]
    with pytest.raises(gr.Error, match="no option"):
        next(running)


@pytest.mark.parametrize(("probe", "options"), [("nothing", {}), (7, {}), ("hardest-negatives", [])])
def test_what_the_page_does_not_offer_is_refused(photo, probe, options):
    with pytest.raises(gr.Error, match="not on this page"):
        list(probing.look(seen(photo), "en", SimpleNamespace(probe=probe, options=options)))
    with pytest.raises(gr.Error, match="not on this page"):
        list(probing.look(None, "en", SimpleNamespace(probe="reading-along", options={})))


def test_the_work_stops_when_nobody_waits_for_it(photo, monkeypatch):
    asked, real = [], pipeline.probe

    def watched(*given, cancelled, **named):
        def ask():
            asked.append(cancelled())
            return asked[-1]

        return real(*given, cancelled=ask, **named)

    monkeypatch.setattr(pipeline, "probe", watched)
    running = probing.look(seen(photo), "en", SimpleNamespace(probe="hardest-negatives", options={}))
    for _ in range(3):
        next(running)
    running.close()
    assert asked[-1]
    assert len(asked) < 30


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [entry.name for entry in probes])
@pytest.mark.parametrize("text", [TEXT, "一只红色的猫"])
def test_every_key_of_every_probe_has_words(photo, language, name, text, able):
    if name in NAMES:
        view = look(seen(photo, text=text), name, language)[-1]["view"]
    else:
        view = probing.view(pipeline.probe(name, text, photo, able(name), device="cpu"), language)
    _check_words(name, view, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DETECTED)
@pytest.mark.parametrize("threshold", [0.05, 0.3, 1.0])
def test_every_key_of_what_a_detector_finds_has_words(photo, language, name, threshold, able):
    found = pipeline.probe(name, TEXT, photo, able(name), options={"threshold": threshold}, device="cpu")
    _check_words(name, probing.view(found, language), language)


def _check_words(name: str, view: dict, language: str) -> None:
    found = view["json"]
    keys = {r["key"] for r in found["rankings"]} | {p[k] for p in found["plots"] for k in ("key", "axis", "value")}
    keys |= {line[0] for plot in found["plots"] for line in plot["lines"]} | {p["key"] for p in found["pictures"]}
    for ranking in found["rankings"]:
        keys |= {row["mark"] for row in ranking["rows"] if row["mark"]} | set(ranking["rows"][0]["values"])
    assert keys <= set(probe_words.LABELS)
    assert {remark["key"] for remark in found["remarks"]} <= set(probe_words.REMARKS)
    assert name in probe_words.TITLES
    assert name in probe_words.ABOUT
    assert all(not HOLES.search(remark["said"]) for remark in view["remarks"])
    assert re.search("[\u4e00-\u9fff]", view["title"]) if language == "zh" else view["title"].isascii()


def test_numbers_are_written_with_three_decimals_and_shares_as_percent():
    numbers = {"sum": 1.5, "share": 0.25, "count": 1200}
    plot = Plot("spread", ItemAxis(("a",)), "cosine", "added", np.array([-0.5]), (("own", -0.5),))
    view = probing.view(Finding("m", "m@1", (Remark("texts_sum", numbers),), plots=(plot,), probe="reading-along"), "en")
    assert view["remarks"][0]["said"].startswith("1,200 texts come within the margin.")
    assert "1.500, of which the hardest is 25 %" in view["remarks"][0]["said"]
    assert view["plots"][0]["lines"][0]["said"] == "this pair −0.500"


def test_a_probe_without_words_speaks_its_own(photo, monkeypatch):
    monkeypatch.delitem(probe_words.TITLES, "reading-along")
    monkeypatch.delitem(probe_words.ABOUT, "reading-along")
    offered = json.loads(probing.payload(seen(photo), "zh"))["probes"][1]
    assert (offered["title"], offered["about"]) == (probes["reading-along"].title, probes["reading-along"].summary)
    assert probe_words.say("label", "something_new", language="zh") == "something new"


@pytest.mark.parametrize(("panel", "name"), [(panel, name) for panel, texts in probe_words.PANELS.items() for name in texts])
def test_both_languages_say_it_and_fill_in_the_same(panel, name):
    english, chinese = probe_words.PANELS[panel][name]
    assert english.strip()
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert sorted(set(HOLES.findall(english))) == sorted(set(HOLES.findall(chinese)))


def test_boxes_on_a_picture_are_left_to_the_slider_in_the_browser():
    axis = RegionAxis(
        np.array([[0, 0, 0.5, 0.5], [0, 0, 1, 1]]), ("cat", "dog"), np.array([0.9, 0.2]), "object", (0, 0, 1, 1), (9, 9)
    )
    shown = Shown("boxes", np.zeros((5, 4, 3), np.uint8), Boxed(axis, 0.3, "found_boxes"))
    remarks = Remark("boxes_found", {"count": 1, "threshold": 0.3}), Remark("next_box", {"name": "dog", "score": 0.2, "rest": 1})
    finding = Finding("m", "m@1", (*remarks, Remark("true_too")), pictures=(shown,), probe="boxes")
    for language, none in (("en", "nothing in the picture"), ("zh", "图里什么也没有")):
        view = probing.view(finding, language)
        assert len(view["remarks"]) == 1
        (picture,) = view["pictures"]
        assert (picture["boxed"]["threshold"], picture["boxed"]["names"]) == (0.3, ["cat", "dog"])
        words = picture["boxed"]["words"]
        assert none in words["none"]
        assert [set(HOLES.findall(words[name])) for name in ("found", "none", "next")] == [
            {"{count}", "{threshold}"},
            {"{threshold}"},
            {"{rest}", "{name}", "{score}"},
        ]
    plain = replace(finding, pictures=(Shown("boxes", shown.pixels),))
    assert len(probing.view(plain, "en")["remarks"]) == 3


def test_the_slider_stands_for_the_option(photo, able):
    model = able("boxes")
    found = pipeline.align(TEXT, photo, model, "attention", device="cpu")
    offered = json.loads(probing.payload(reading.Reading(found, "", (), False, False, (), path=photo), "en"))
    assert {one["name"]: one["options"] for one in offered["probes"]}["boxes"] == []


def test_what_a_model_said_can_be_taken_as_the_text():
    values = Ranking("words_said", ItemAxis(("a",)), ("with_it",), np.zeros((1, 1)))
    finding = Finding(
        "m", "m@1", (Remark("to_take", {"text": "what is it? a cat"}), Remark("true_too")), (values,), probe="what-it-says"
    )
    assert [remark["take"] for remark in probing.view(finding, "en")["remarks"]] == ["what is it? a cat", ""]


def test_what_a_model_said_becomes_the_text_and_its_words_show_where_it_looked(photo, tmp_path, monkeypatch):
    folder = tiny.make_vlm(tmp_path / "models" / "vlm-mini")
    (folder / "mmviz_card.json").write_text(json.dumps({"title": "vlm-mini", "things": ["cat"]}), "utf-8")
    monkeypatch.setenv("MMVIZ_MODELS", str(folder.parent))
    found = pair.show_pair(Asked(photo, TEXT, "vlm-mini", "attention", ("1",), ("0",), None, "en"), "cpu")[0]
    (text,) = [remark["take"] for remark in look(found, "what-it-says")[-1]["view"]["remarks"] if remark["take"]]
    event = SimpleNamespace(kind="take", text=text, row=0, other=0)
    taken, answer, *_ = panels.change_pair(found, None, "en", event)
    assert taken == answer.alignment.query.text == text
    options = answer.alignment.options
    assert (answer.alignment.method, list(options["layers"]), list(options["heads"])) == ("attention", [1], [0])
    read = ~answer.alignment.query.unknown
    assert (answer.alignment.scores[read].sum(1) > 0).all()
