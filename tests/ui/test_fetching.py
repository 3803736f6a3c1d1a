"""The panel that fetches a public model, against a hub on this machine."""

import json
import re
import time

import gradio as gr
import huggingface_hub.constants as constants
import pytest

from mmviz import pipeline, ui
from mmviz.models import downloads
from mmviz.ui import app, chinese, fetching, fetching_words
from tests.models import hub as local_hub

REPOSITORY = "openai/clip-vit-base-patch32"
MODEL = f"clip:{REPOSITORY}"
HOLES = re.compile(r"\{\w+\}")


@pytest.fixture
def hub(tiny_clip, monkeypatch):
    """A hub that has the tiny CLIP under a public model's name, while the page keeps the hub's client offline; an empty cache."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(ui, "KEEPS_OFFLINE", True)
    monkeypatch.setattr(downloads, "CHUNK", 2**13)
    monkeypatch.setattr(local_hub, "REPOSITORY", REPOSITORY)
    with local_hub.serve(tiny_clip) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.address + "/{repo_id}/resolve/{revision}/{filename}")
        yield hub


def begun(model, language="en", public=False):
    update = fetching.begin(model, language, public)
    return update["visible"], json.loads(update["value"] or "{}")


def asked(language="en"):
    offered, said = fetching.ask(MODEL, language, False)
    return offered, json.loads(said)


def test_the_panel_is_seen_for_a_public_model_that_is_not_here_and_asks_nobody(hub):
    visible, said = begun(MODEL)
    assert visible
    assert said["button"]["event"] == "ask_hub"
    facts = dict(said["facts"])
    assert (facts["on the hub"], facts["size"]) == (REPOSITORY, "about 605 MB")
    assert facts["kept in"] == constants.HF_HUB_CACHE
    assert begun("clip-mini")[0] is begun(None)[0] is False
    assert hub.asked == []


def test_asking_says_size_and_licence_and_fetches_nothing(hub):
    offered, said = asked()
    facts = dict(said["facts"])
    size = sum(map(len, hub.files.values()))
    assert facts["size"] == fetching.megabytes(size)
    assert facts["licence"] == "mit"
    assert said["button"] == {"event": "get_model", "text": f"Download {fetching.megabytes(size)}"}
    assert offered.missing == size
    assert [path for _, path, _ in hub.asked if "/resolve/" in path] == []


def test_what_was_fetched_with_progress_is_ready_in_every_menu(hub):
    steps = list(fetching.get(asked()[0], "en", False))
    shares = [json.loads(panel).get("share") for panel, *_ in steps[:-1]]
    assert shares == sorted(shares)
    assert shares[0] < 0.5 < shares[-1] <= 1
    panel, *updates = steps[-1]
    assert "is on this machine now" in json.loads(panel)["ready"]
    labels = [{name: label for label, name in update["choices"]}[MODEL] for update in updates]
    assert len(labels) == 2
    assert not any("not on this machine" in label for label in labels)
    assert next(info for info in pipeline.models() if info.name == MODEL).ready
    assert begun(MODEL)[0] is False


def test_a_visitor_who_stops_ends_the_download_and_what_came_is_kept(hub, monkeypatch):
    fetch, deadline = pipeline.fetch, time.monotonic() + 60

    def waits_halfway(offered, progress, cancelled, **how):
        def told(done, total):
            assert not constants.HF_HUB_OFFLINE
            progress(done, total)
            while done > 0.5 * total and not cancelled() and time.monotonic() < deadline:
                time.sleep(0.01)

        return fetch(offered, told, cancelled, **how)

    monkeypatch.setattr(pipeline, "fetch", waits_halfway)
    running = fetching.get(asked()[0], "en", False)
    while json.loads(next(running)[0])["share"] < 0.5:
        pass
    running.close()
    assert constants.HF_HUB_OFFLINE
    offered, said = asked()
    assert 0 < offered.missing < offered.size
    assert "still missing" in dict(said["facts"])["size"]
    assert begun(MODEL)[0] is True


@pytest.mark.parametrize(("language", "sentence"), [("en", "The hub cannot be reached for"), ("zh", "连不上模型库")])
def test_a_hub_that_is_not_there_is_said_with_what_can_be_done(hub, monkeypatch, language, sentence):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    offered, said = asked(language)
    assert offered is None
    assert sentence in said["trouble"][0]
    assert f"hf download {REPOSITORY}" in said["trouble"][1]
    assert constants.HF_HUB_CACHE in said["trouble"][1]
    assert said["button"]["event"] == "ask_hub"


@pytest.mark.parametrize(("language", "sentence"), [("en", "HF_HUB_OFFLINE is set"), ("zh", "设了 HF_HUB_OFFLINE")])
def test_who_started_the_page_offline_is_obeyed(hub, monkeypatch, language, sentence):
    monkeypatch.setattr(ui, "KEEPS_OFFLINE", False)
    assert sentence in asked(language)[1]["trouble"][0]
    assert hub.asked == []


def test_a_download_that_breaks_off_says_so_and_offers_to_go_on(hub):
    offered, _ = asked()
    hub.break_off = 50_000
    *_, (panel, *_) = fetching.get(offered, "en", False)
    assert "try again" in json.loads(panel)["trouble"][0]


def test_on_a_page_for_strangers_nobody_fetches(hub):
    visible, said = begun(MODEL, public=True)
    assert visible
    assert said["button"] is None
    assert f"hf download {REPOSITORY}" in said["note"]
    offered, _ = asked()
    hub.asked.clear()
    for refused in (lambda: fetching.ask(MODEL, "en", True), lambda: list(fetching.get(offered, "en", True))):
        with pytest.raises(gr.Error, match="open to strangers"):
            refused()
    assert hub.asked == []


@pytest.mark.parametrize("model", ["clip-mini", "clip:someone/else", "clip:/etc", "../.."])
def test_models_that_are_not_on_offer_are_not_asked_for(hub, model):
    with pytest.raises(gr.Error):
        fetching.ask(model, "en", False)
    assert hub.asked == []


@pytest.mark.usefixtures("loops_are_closed")
@pytest.mark.parametrize("public", [True, False])
def test_a_page_is_closed_where_it_is_built_for_strangers(monkeypatch, public):
    seen, wire = [], fetching.wire

    def spied(*given):
        seen.append(given[-1])
        return wire(*given)

    monkeypatch.setattr(fetching, "wire", spied)
    app.build("cpu", public)
    assert seen == [public]


@pytest.mark.parametrize("public", [True, False])
def test_launching_says_for_whom_the_page_is_built(monkeypatch, public):
    class Built(Exception):
        pass

    def build(device, public):
        raise Built(public)

    monkeypatch.setenv("MMVIZ_KEEP_RESULTS", "1")
    monkeypatch.setattr(app, "build", build)
    with pytest.raises(Built, match=str(public)):
        app.launch(public=public)


@pytest.mark.parametrize(
    "sentence",
    [
        "The hub cannot be reached for a/b (ConnectError); try again with a network.",
        "The hub has no model a/b for you; look for its name on the hub.",
        "a/b is given only to who accepted its terms on the hub; do so and run hf auth login.",
        "clip:a/b needs 605 MB more in /x y, where 3 MB are free; make room, or name another folder by HF_HOME.",
        "model.safetensors of clip:a/b came damaged and was thrown away; fetch it again.",
        "a/b cannot be kept (No space left); make room, or name another folder by HF_HOME.",
    ],
)
def test_what_a_download_refuses_is_said_in_chinese(sentence):
    assert not chinese.said(sentence).startswith("没有做成")


@pytest.mark.parametrize("name", fetching_words.TEXTS)
def test_both_languages_say_it_and_fill_in_the_same(name):
    english, said = fetching_words.TEXTS[name]
    assert sorted(HOLES.findall(english)) == sorted(HOLES.findall(said))
    assert english.strip()
    assert re.search(r"[\u4e00-\u9fff]", said) or name == "busy"
