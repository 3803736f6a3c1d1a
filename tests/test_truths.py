"""How true methods were measured to be: what is read, what is taken for a measurement of this model, and what it begins with."""

import csv
import io
import json

import pytest

from mmviz import pipeline
from mmviz.storage import costs
from mmviz.storage import skills as kept
from mmviz.storage.truth import measured
from mmviz.trusts import Right, Skill, Skills, Truth, Truths
from tests import truths
from tests.ui.bundle import make_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def planted(bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("MMVIZ_MODELS", str(bundle))
    monkeypatch.setenv("MMVIZ_TRUTH", str(truths.plant(tmp_path / "truth.json")))
    return tmp_path / "truth.json"


def test_figures_of_the_weights_that_are_here_are_a_measurement_and_those_of_others_are_old(planted):
    states = {truth.model: truth.state for truth in pipeline.truths().models}
    assert states == {
        "clip-mini": "measured",
        "clip-plain-mini": "old",
        **dict.fromkeys(["blip-mini", "blip-plain-mini", "vilt-mini"], "none"),
    }
    old = pipeline.truth_of_methods("clip-plain-mini")
    assert old.ranking == ()
    assert old.figures == truths.FIGURES


def test_methods_are_ranked_by_pointing_then_by_deletion_in_whole_percents(planted):
    assert pipeline.truth_of_methods("clip-mini").ranking == ("occlusion", "relevance", "rollout", "attention")


def test_a_model_begins_with_the_truest_method_of_one_pass_and_names_the_truer_one_of_many(planted):
    assert pipeline.best_method("clip-mini") == pipeline.Best("relevance", True, "occlusion")


def test_the_truest_method_of_all_is_begun_with_where_it_takes_one_pass(planted):
    rollout = {"rollout": {"pointing": 1, "insertion": 0.5, "deletion": 0.5}}
    found = {"clip-mini": truths.entry(pipeline.truth_of_methods("clip-mini").present, truths.FIGURES | rollout)}
    planted.write_text(json.dumps(found), "utf-8")
    assert pipeline.best_method("clip-mini") == pipeline.Best("rollout", True)


@pytest.mark.parametrize("model", ["clip-plain-mini", "blip-mini", "clip:openai/clip-vit-base-patch32"])
def test_without_a_measurement_of_these_weights_a_model_begins_with_relevance(planted, model):
    assert pipeline.best_method(model) == pipeline.Best("relevance")


def test_what_takes_passes_of_its_own_is_not_quick():
    slow = {name for name in ("attention", "similarity", "occlusion", "integrated-gradients") if not pipeline.is_quick(name)}
    assert slow == {"occlusion", "integrated-gradients"}


def test_a_method_that_there_is_not_has_no_figures(planted):
    found = {"clip-mini": truths.entry("x", {"divination": truths.FIGURES["rollout"]})}
    planted.write_text(json.dumps(found), "utf-8")
    assert pipeline.truth_of_methods("clip-mini").state == "none"


def test_the_best_of_a_column_are_all_that_whole_percents_do_not_tell_apart(planted):
    truth = Truth("m", figures={name: truths.FIGURES[name] for name in ("rollout", "relevance", "attention")})
    assert truth.best("pointing") == {"rollout", "relevance"}
    assert truth.best("deletion") == {"relevance"}


def test_more_phrases_leave_less_doubt_and_none_leave_all():
    assert Truth("m", phrases=400).margin == pytest.approx(0.049)
    assert Truth("m").margin == 1


def test_chance_is_that_of_pointing_or_one_half():
    truth = Truth("m", chance=0.125)
    assert [truth.chance_of(figure) for figure in ("pointing", "insertion", "deletion")] == [0.125, 0.5, 0.5]


@pytest.mark.parametrize("content", ["", '{"m": ', "[1]", "7", '{"m": 3}', '{"m": {"methods": {}}}'])
def test_a_damaged_file_is_no_measurement(tmp_path, content):
    (tmp_path / "truth.json").write_text(content, "utf-8")
    assert measured(tmp_path / "truth.json") == {}
    assert measured(tmp_path / "absent.json") == {}


@pytest.mark.parametrize("share", ["NaN", "1.5", "-0.1", '"0.5"', "true", "null"])
def test_a_share_that_is_none_leaves_its_method_out(tmp_path, share):
    good = json.dumps(truths.FIGURES["rollout"])
    methods = f'{{"rollout": {good}, "relevance": {{"pointing": {share}, "insertion": 0.5, "deletion": 0.5}}}}'
    head = '"checkpoint": "m@1", "target": "pair", "phrases": 7, "chance": 0.1'
    (tmp_path / "truth.json").write_text(f'{{"m": {{{head}, "methods": {methods}}}}}', "utf-8")
    assert list(measured(tmp_path / "truth.json")["m"]["methods"]) == ["rollout"]


def test_a_file_that_was_written_anew_is_read_anew(tmp_path):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"m": truths.entry("m@1", phrases=7)}), "utf-8")
    assert measured(path)["m"]["phrases"] == 7
    path.write_text(json.dumps({"m": truths.entry("m@1", phrases=300)}), "utf-8")
    assert measured(path)["m"]["phrases"] == 300


def test_the_table_has_a_line_a_model_and_method_with_chance_beside_each_share():
    made = Truths((Truth("m", "m@2", "m@1", "pair", 7, 0.125, {"rollout": truths.FIGURES["rollout"]}), Truth("n", "n@1")))
    head, *lines = csv.reader(io.StringIO(pipeline.export(made, "csv").decode("utf-8-sig")))
    assert [dict(zip(head, line, strict=True)) for line in lines] == [
        {
            "model": "m",
            "checkpoint": "m@1",
            "state": "old",
            "target": "pair",
            "phrases": "7",
            "method": "rollout",
            "pointing": "0.802",
            "pointing_chance": "0.125",
            "insertion": "0.93",
            "insertion_chance": "0.5",
            "deletion": "0.7",
            "deletion_chance": "0.5",
        }
    ]
    assert json.loads(pipeline.export(made, "json")) == made.to_json()


# how often a model is right

FIGURES = {
    "model": "clip-mini@1",
    "count": 7,
    "retrieval": {"en": {"pool": 50, "pools": 3, "text_to_image": {"r1": 0.5}}},
    "pairs": {"count": {"value": 0.75, "n": 8, "chance": 0.5}, "size": {"value": 1.5, "n": 8, "chance": 0.5}},
    "pairs_zh": {"count": {"value": 0.25, "n": 8, "chance": 0.5}, "noun": {"value": 0.25, "chance": 0.5}},
}


def plant_figures(bundle, **changes):
    path = bundle / "clip-mini" / "metrics.json"
    path.write_text(json.dumps({**FIGURES, **changes}), "utf-8")
    return path


def test_figures_beside_the_weights_are_read_by_task_and_language_and_broken_ones_left_out(bundle):
    assert kept.measured(plant_figures(bundle)) == (
        "clip-mini@1",
        7,
        {
            "retrieval": {"en": Right(0.5, 150, 0.02)},
            "count": {"en": Right(0.75, 8, 0.5), "zh": Right(0.25, 8, 0.5)},
        },
    )


@pytest.mark.parametrize("changes", [{"model": 7}, {"count": "many"}])
def test_figures_without_weights_or_count_are_none(bundle, changes):
    assert kept.measured(plant_figures(bundle, **changes)) == ("", 0, {})


@pytest.mark.parametrize("content", ["", "[1]", "7", '{"model": '])
def test_damaged_figures_are_none(tmp_path, content):
    (tmp_path / "metrics.json").write_text(content, "utf-8")
    assert kept.measured(tmp_path / "metrics.json") == ("", 0, {})
    assert kept.measured(tmp_path / "absent.json") == ("", 0, {})


def test_figures_of_other_weights_are_old_and_those_of_these_are_measured(bundle, planted):
    def state():
        return {skill.model: skill.state for skill in pipeline.skills().models}

    plant_figures(bundle)
    assert state() == {
        "clip-mini": "old",
        **dict.fromkeys(["clip-plain-mini", "blip-mini", "blip-plain-mini", "vilt-mini"], "none"),
    }
    plant_figures(bundle, model=pipeline.truth_of_methods("clip-mini").present)
    assert state()["clip-mini"] == "measured"


def test_the_table_of_models_has_a_line_a_task_and_language():
    made = Skills((Skill("m", "m@1", "m@1", 7, {"count": {"zh": Right(0.75, 8, 0.5)}}), Skill("n")))
    head, *lines = csv.reader(io.StringIO(pipeline.export(made, "csv").decode("utf-8-sig")))
    assert head == ["model", "checkpoint", "state", "scenes", "task", "language", "value", "n", "chance"]
    assert lines == [["m", "m@1", "measured", "7", "count", "zh", "0.75", "8", "0.5"]]


def test_what_a_pair_costs_is_told_of_the_weights_that_were_measured_and_of_no_others(planted, tmp_path, monkeypatch):
    path, present = tmp_path / "cost.json", pipeline.truth_of_methods("clip-mini").present
    monkeypatch.setenv("MMVIZ_COSTS", str(path))
    times = {"pair": 14.5, "text": 3}
    entries = {"clip-mini": {"checkpoint": present, **times}, "vilt-mini": {"checkpoint": "vilt-mini@1", **times}}
    path.write_text(json.dumps(entries | {"odd": {"pair": 1}, "worse": {"checkpoint": "c", "pair": -1}, "none": 7}), "utf-8")
    assert set(costs.measured(path)) == {"clip-mini", "vilt-mini"}
    assert {s.model: s.costs for s in pipeline.skills().models if s.costs} == {"clip-mini": {"pair": 14.5, "text": 3.0}}
    assert json.loads(pipeline.export(pipeline.skills(), "json"))["models"][-1]["costs"] == {}


@pytest.mark.parametrize("content", ["", "[1]", '{"a": {"checkpoint": "a", "pair": NaN}}', '{"a": {"checkpoint": "a"}}'])
def test_damaged_costs_are_none(tmp_path, content):
    (tmp_path / "cost.json").write_text(content, "utf-8")
    assert costs.measured(tmp_path / "cost.json") == costs.measured(tmp_path / "absent.json") == {}
