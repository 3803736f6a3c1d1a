"""The film tab's handlers: what they refuse, what they give, and how they stop."""

import base64
import inspect
import json
import re
import threading
from dataclasses import replace
from itertools import chain
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from mmviz import pipeline
from mmviz.methods import telling
from mmviz.pipeline import film_vectors
from mmviz.pipeline import films as pipeline_films
from mmviz.registry import exports
from mmviz.ui import api, app, film, film_words, filmed, watching, widgets, words
from mmviz.ui import films as film_examples
from mmviz.ui.filmed import Watched
from mmviz.ui.watching import Asked
from tests.films import made
from tests.media import clips

TEXT = "A cat walks in, then it sees a dog. Before that, the dog slept."


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> str:
    rng = np.random.default_rng(5)
    shots = [clips.scenery(rng, 20) for _ in range(3)]
    return str(clips.write(tmp_path_factory.mktemp("film") / "three.mp4", chain(*shots)))


def asked(path, text=TEXT, language="en", **more) -> Asked:
    facts = {"video": path, "text": text, "file": None, "model": "clip-mini", "matcher": "hmm", "level": "normal"}
    return Asked(**(facts | {"gradual": False, "language": language} | more))


def event(**data) -> SimpleNamespace:
    return SimpleNamespace(**data)


@pytest.fixture
def watched(rng) -> Watched:
    return Watched(pipeline.rematch(replace(made(rng), matcher="hmm")), "film.webm", "x")


def test_a_film_is_matched_stage_by_stage_and_said_to_be_no_drawing(path):
    *steps, last = film.match_film(asked(path), "cpu")
    told = [json.loads(busy) for _, _, busy in steps]
    assert [step["now"] for step in told] == sorted(step["now"] for step in told)
    assert {step["now"] for step in told} == set(range(len(film_words.STAGES)))
    found, drawn, busy = last
    assert (len(found.matching.shots), len(found.matching.clauses), busy) == (3, 3, "")
    assert found.link.startswith("gradio_api/file=/")
    said = json.loads(drawn)
    assert said["remarks"][0]["warns"]
    assert "not one of our drawings" in said["remarks"][0]["text"]


def test_subtitles_of_a_file_count_before_what_was_typed(path, tmp_path):
    file = tmp_path / "told.srt"
    file.write_text("1\n00:00:01,000 --> 00:00:02,000\nThe cow jumps.\n", "utf-8")
    found, _, _ = list(film.match_film(asked(path, file=str(file)), "cpu"))[-1]
    assert found.matching.clauses.labels == ["The cow jumps."]


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(("more", "name"), [({"video": None}, "no_film"), ({"text": " "}, "no_text")])
def test_what_is_missing_is_said_in_the_visitors_language(path, language, more, name):
    with pytest.raises(gr.Error, match=re.escape(film_words.say(name, language))):
        list(film.match_film(replace(asked(path, language=language), **more), "cpu"))


def test_programs_get_the_contracts_answer(path):
    said = api.match_film(path, TEXT, "clip-mini", "hmm", level="sentence", device="cpu")
    assert len(said["shots"]) == 3
    assert [clause["text"] for clause in said["clauses"]] == [
        "A cat walks in, then it sees a dog. ",
        "Before that, the dog slept.",
    ]
    assert {"p", "edges", "unmatched_shots", "unmatched_clauses"} <= set(said)
    with pytest.raises(gr.Error, match="There is no film"):
        api.match_film(None, TEXT, "clip-mini", "hmm", device="cpu")


@pytest.mark.parametrize("content", [b"", b"no film at all"])
def test_a_file_that_is_no_film_is_one_sentence(tmp_path, content):
    (tmp_path / "mine.mp4").write_bytes(content)
    with pytest.raises(gr.Error, match="is empty|is no film that can be read"):
        list(film.match_film(asked(str(tmp_path / "mine.mp4")), "cpu"))


def test_closing_stops_the_work_itself(path):
    going = film.match_film(asked(path), "cpu")
    next(going)
    going.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("mmviz-work")]


@pytest.mark.parametrize(
    ("data", "fixed", "forbidden"),
    [
        ({"kind": "fix", "shot": 2, "clause": 4}, ((2, 4),), ()),
        ({"kind": "fix", "shot": 2, "clause": -1}, ((2, -1),), ()),
        ({"kind": "forbid", "shot": 0, "clause": 1}, (), ((0, 1),)),
        ({"kind": "move", "from": None, "to": [3, 0]}, ((3, 0),), ()),
        ({"kind": "move", "from": [2, 0], "to": [3, 0]}, ((3, 0),), ((2, 0),)),
    ],
)
def test_a_correction_is_kept_to_and_can_be_undone(watched, data, fixed, forbidden):
    corrected, drawn = film.correct(watched, "en", event(**data))
    assert (corrected.matching.constraints.fixed, corrected.matching.constraints.forbidden) == (fixed, forbidden)
    edges = {(shot, clause) for shot, clause, _ in corrected.matching.edges}
    assert edges >= {pair for pair in fixed if pair[1] >= 0}
    assert not edges & set(forbidden)
    assert json.loads(drawn)["corrections"]["undo"]
    undone, _ = film.correct(corrected, "en", event(kind="undo"))
    assert undone.matching is watched.matching


def test_a_text_said_to_be_chronological_never_goes_back(watched):
    corrected, _ = film.correct(watched, "en", event(kind="chronological", on=True))
    clauses = [clause for _, clause, _ in corrected.matching.edges]
    assert clauses == sorted(clauses)
    assert corrected.matching.constraints.chronological


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "fix", "shot": 99, "clause": 0},
        {"kind": "fix", "shot": 0, "clause": "1"},
        {"kind": "forbid", "shot": 0, "clause": -1},
        {"kind": "move", "from": [0, 0], "to": [0]},
        {"kind": "merge_shots", "shot": 6},
        {"kind": "split_clause", "clause": 0, "at": "x"},
        {"kind": "split_shot", "shot": 0, "time": None},
        {"kind": "magic"},
        {},
    ],
)
def test_a_correction_of_what_is_not_there_is_one_sentence(watched, data):
    with pytest.raises(gr.Error, match="not there any more"):
        film.correct(watched, "en", event(**data))


def test_there_is_nothing_to_undo_or_correct_at_first(watched):
    with pytest.raises(gr.Error, match="nothing to undo"):
        film.correct(watched, "en", event(kind="undo"))
    with pytest.raises(gr.Error, match="nothing matched yet"):
        film.correct(None, "en", event(kind="undo"))


def test_contradicting_corrections_are_one_sentence_and_what_was_stays(watched):
    first, _ = film.correct(watched, "en", event(kind="fix", shot=1, clause=4))
    second, _ = film.correct(first, "en", event(kind="fix", shot=2, clause=0))
    with pytest.raises(gr.Error, match="chronological"):
        film.correct(second, "en", event(kind="chronological", on=True))


def test_another_matcher_stands_beside_and_goes_away_again(watched):
    beside, drawn = film.compare(watched, "zh", event(matcher="monotone"))
    assert beside.versus.matcher == "monotone"
    assert json.loads(drawn)["versus"]["matcher"] == "monotone"
    gone, drawn = film.compare(beside, "zh", event(matcher=""))
    assert gone.versus is None
    assert json.loads(drawn)["versus"] is None


def test_an_example_fills_the_inputs_once_is_known_as_a_drawing_and_plays(monkeypatch):
    monkeypatch.setitem(film_examples.FILMS, "flashback", (163, False))  # half as long as the page's own
    first, *others = film.choose_film("flashback", asked(None, "", "zh", gradual=True), "cpu")
    path, text, file, gradual = first[:4]
    assert path.endswith(".webm")
    assert "在此之前" in text
    assert (file, gradual) == (None, False)
    assert all(value == gr.skip() for values in others for value in values[:4])
    found = others[-1][4]
    assert found.plays
    assert "bundled_on_real" not in [remark.key for remark in found.matching.remarks]


def test_every_remark_of_a_matching_and_every_stage_has_its_words():
    keys = set(re.findall(r'Remark\("(\w+)"', "".join(inspect.getsource(m) for m in (telling, pipeline_films))))
    assert keys >= {"no_order", "ambiguous_shots", "bundled_on_real"}
    assert keys <= set(film_words.REMARKS)
    stages = set(re.findall(r'tell\("(\w+)"', "".join(map(inspect.getsource, (pipeline_films, film_vectors)))))
    assert stages == set(film_words.STAGES)


def test_a_matching_can_be_taken_along_in_every_format_that_takes_it(watched):
    shown = [dict(json.loads(filmed.payload(watched, language))["exports"]) for language in words.LANGUAGES]
    assert set(shown[0]) == {entry.name for entry in exports if "Matching" in entry.facts["takes"]}
    assert all(shown[0][name] != shown[1][name] for name in shown[0])
    said = json.loads(film.export(watched, "en", event(format="json", at=1)))
    assert json.loads(base64.b64decode(said["content"]))["matcher"] == "hmm"
    assert said["name"] == "mmviz-hmm"
    with pytest.raises(gr.Error, match="There is no export format"):
        film.export(watched, "en", event(format="magic", at=1))


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_labels_are_as_many_as_what_has_them(language, watched, loops_are_closed):
    with gr.Blocks():
        tab = film.build()
    assert len(film.labels(language, watched)) == len(tab.labelled)
    assert json.loads(film.labels(language, None)[-1])["message"] == film_words.say("first", language)


def test_a_link_is_one_of_the_pages_own(path):
    assert watching.link(path).startswith("gradio_api/file=/")
    assert filmed.message("en") != filmed.message("zh")


def test_whatever_dims_the_tab_lets_it_go_when_it_fails_too(loops_are_closed):
    listeners = app.build("cpu").fns.values()
    names = ("asked", "chosen", "arrived", "corrected", "compared")
    for name in names:
        (dims,) = [one._id for one in listeners if one.js == widgets.begins("filming", name)]
        ends = [one for one in listeners if one.js == widgets.ended("filming", name)]
        assert [one.trigger_after for one in ends] == [dims, dims]
        assert sorted(one.trigger_only_on_failure for one in ends) == [False, True]
