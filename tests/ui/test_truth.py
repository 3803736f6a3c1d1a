"""The page that says how true each method is."""

import base64
import json
import re
from types import SimpleNamespace

import pytest

from mmviz import pipeline
from mmviz.models import folders
from mmviz.registry import methods
from mmviz.trusts import COSTS, FIGURES, TASKS, Right, Skill, Skills
from mmviz.ui import menus, pair, skills, skills_words, truth, truth_words
from tests import truths

HOLES = re.compile(r"\{\w+\}")


@pytest.fixture
def planted(tmp_path, monkeypatch):
    monkeypatch.setenv("MMVIZ_TRUTH", str(truths.plant(tmp_path / "truth.json")))


def shown(language="en"):
    return json.loads(truth.show(language))


def group(model, language="en"):
    return next(group for group in shown(language)["groups"] if group["model"] == model)


def test_every_bundled_model_is_there_measured_or_not(planted):
    states = {group["model"]: group["state"] for group in shown()["groups"]}
    assert states["clip-mini"] == "measured"
    assert states["clip-plain-mini"] == "old"
    assert states["vilt-mini"] == "none"


def test_methods_stand_in_the_order_of_the_menu_with_shares_chance_and_the_best_marked(planted):
    found = group("clip-mini")
    assert [row["method"] for row in found["rows"]] == ["occlusion", "relevance", "rollout", "attention"]
    assert [row["said"]["pointing"] for row in found["rows"]] == ["95 %", "80 %", "80 %", "40 %"]
    assert {row["method"]: row["best"] for row in found["rows"] if row["best"]} == {
        "occlusion": ["pointing", "deletion"],
        "rollout": ["insertion"],
    }
    assert found["chances_said"] == {"pointing": "chance 12 %", "insertion": "chance 50 %", "deletion": "chance 50 %"}


def test_the_method_begun_with_is_told_and_so_are_those_of_many_passes(planted):
    rows = {row["method"]: row for row in group("clip-mini")["rows"]}
    assert [name for name, row in rows.items() if row["begins"]] == ["relevance"]
    assert [name for name, row in rows.items() if row["slow"]] == ["occlusion"]


@pytest.mark.parametrize(("language", "phrases"), [("en", "n = 150 phrases"), ("zh", "n = 150 个短语")])
def test_count_margin_target_and_weights_are_said(planted, language, phrases):
    (note,) = group("clip-mini", language)["notes"]
    assert phrases in note
    assert " 8 " in note  # 0.98 / sqrt(150)
    assert truth_words.say("target_prompt", language) in note
    assert "clip-mini@" in note


def test_figures_of_other_weights_are_shown_as_out_of_date_and_mark_nothing(planted):
    found = group("clip-plain-mini")
    assert "Out of date" in found["notes"][0]
    assert "clip-plain-mini@0123456789ab" in found["notes"][0]
    assert len(found["rows"]) == len(truths.FIGURES)
    assert not any(row["best"] or row["begins"] for row in found["rows"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_not_measured_says_how_it_is_made(planted, language):
    found = group("vilt-mini", language)
    assert found["rows"] == []
    assert "make bench" in " ".join(found["notes"])
    assert "--models vilt-mini" in " ".join(found["notes"])


def test_without_any_model_the_page_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path))
    assert shown()["groups"] == []
    assert "No bundled model" in shown()["empty"]


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_all_figures_are_taken_along(planted, format_):
    file = json.loads(truth.export("en", SimpleNamespace(format=format_, of="methods", at=7)))
    content = base64.b64decode(file["content"]).decode("utf-8-sig")
    assert (file["name"], file["at"]) == ("mmviz-methods", 7)
    assert "clip-plain-mini@0123456789ab" in content
    assert "0.798" in content


@pytest.fixture
def ours(monkeypatch):
    """The bundled models themselves, with what was measured of them."""
    monkeypatch.delenv("MMVIZ_MODELS")


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_what_models_can_do_is_taken_along(ours, format_):
    file = json.loads(truth.export("en", SimpleNamespace(format=format_, of="models", at=7)))
    content = base64.b64decode(file["content"]).decode("utf-8-sig")
    assert file["name"] == "mmviz-models"
    assert pipeline.truth_of_methods("clip-mini").present in content
    assert "relation_of_four" in content


def test_models_stand_beside_each_other_task_by_task_with_the_figures_that_lie_beside_the_weights(ours):
    made = shown()["skills"]
    assert [column["model"] for column in made["columns"]] == [skill.model for skill in pipeline.skills().models]
    assert {row["task"] for row in made["rows"]} - {f"cost_{cost}" for cost in COSTS} == set(TASKS)
    place = next(i for i, column in enumerate(made["columns"]) if column["model"] == "clip-mini")
    figures = json.loads((folders.bundled_root() / "clip-mini" / folders.FIGURES).read_text("utf-8"))
    for task, found in (("count", figures["pairs"]["count"]), ("relation_of_four", figures["relation_of_four"]["en"])):
        cell = next(row["cells"][place] for row in made["rows"] if row["task"] == task)
        assert cell["share"] == found["value"]
        assert cell["said"] == f"{100 * found['value']:.1f} %"
        assert f"{found['n']:,} questions, chance {100 * found['chance']:.2g} %" in cell["full"]
        assert cell["rest"].startswith("Chinese ")
    matching = next(row["cells"][place] for row in made["rows"] if row["task"] == "matching")
    assert (matching["said"], matching["full"]) == ("–", "CLIP mini: not possible")


def test_where_questions_are_few_their_number_stands_beside_the_share():
    few, many = ({"count": {"en": Right(0.75, n, 0.5)}} for n in (60, 1000))
    made = skills.table(Skills((Skill("clip-mini", tasks=few), Skill("blip-mini", tasks=many))), "en")
    assert [cell["rest"] for cell in made["rows"][0]["cells"]] == ["n = 60", ""]


@pytest.mark.parametrize(("language", "pair"), [("en", "for a new pair"), ("zh", "一对新图文")])
def test_below_what_models_can_do_stands_what_a_pair_costs_them(language, pair):
    count = {"count": {"en": Right(0.75, 60, 0.5)}}
    regions = Skill("vilt-mini", tasks=count, costs={"pair": 14.567, "regions": 4.25, "text": 0.0123})
    made = skills.table(Skills((Skill("clip-mini", tasks=count, costs={"pair": 120.0}), regions, Skill("blip-mini"))), language)
    rows = {row["task"]: row for row in made["rows"]}
    assert pair in rows["cost_pair"]["title"]
    assert [cell["said"] for cell in rows["cost_pair"]["cells"]] == ["120 ms", "14.6 ms", "–"]
    assert [cell["said"] for cell in rows["cost_regions"]["cells"]] == ["–", "4.25 ms", "–"]
    assert [cell["said"] for cell in rows["cost_text"]["cells"]] == ["–", "0.0123 ms", "–"]
    assert "share" not in rows["cost_pair"]["cells"][0]
    assert skills_words.say("none", language) in rows["cost_pair"]["cells"][2]["full"]
    assert skills_words.say("absent", language) in rows["cost_regions"]["cells"][0]["full"]


def test_on_a_chinese_page_chinese_captions_come_first(ours):
    row = next(row for row in shown("zh")["skills"]["rows"] if row["task"] == "relation")
    assert all(cell["rest"].startswith("英文") for cell in row["cells"])


@pytest.mark.parametrize("words", [truth_words.TEXTS, skills_words.TEXTS])
def test_both_languages_say_it_and_fill_in_the_same(words):
    for english, chinese in words.values():
        check_both(english, chinese)


def check_both(english, chinese):
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert sorted(HOLES.findall(english)) == sorted(HOLES.findall(chinese))
    assert english.strip()


def test_every_column_says_what_it_means():
    assert {f"about_{figure}" for figure in FIGURES} <= set(truth_words.TEXTS)


def test_the_menu_has_the_truest_first_with_its_share_then_those_that_were_not_measured(planted):
    choices = menus.method_choices("clip-mini", "en")
    assert choices[:2] == [("Occlusion · right in 95 %", "occlusion"), ("Relevance · right in 80 %", "relevance")]
    assert [name for _, name in choices[:4]] == ["occlusion", "relevance", "rollout", "attention"]
    assert {name for _, name in choices} == {entry.name for entry in pipeline.methods_of("clip-mini")}
    assert not any("%" in label for label, _ in choices[4:])


@pytest.mark.parametrize("model", ["clip-plain-mini", "vilt-mini", "clip:openai/clip-vit-base-patch32"])
def test_without_a_measurement_of_these_weights_the_menu_has_the_registrys_order_and_no_share(planted, model):
    choices = menus.method_choices(model, "en")
    assert [name for _, name in choices] == [entry.name for entry in methods if entry.name in dict(map(reversed, choices))]
    assert not any("%" in label for label, _ in choices)


@pytest.mark.parametrize(
    ("model", "method", "english", "chinese"),
    [
        ("clip-mini", "relevance", "Occlusion points better and takes many passes", "遮挡更准，但要跑多遍"),
        ("clip-mini", "attention", "The menu has the truest first", "菜单按准不准排"),
        ("clip-plain-mini", "relevance", "are of other weights and are not used", "是别的权重的"),
        ("clip:openai/clip-vit-base-patch32", "relevance", "Nothing was measured with", "没有测过"),
    ],
)
def test_beside_the_menu_stands_how_it_is_ordered_and_a_way_to_the_figures(planted, model, method, english, chinese):
    for language, sentence in (("en", english), ("zh", chinese)):
        info = pair.method_menus(model, method, language)[0]["info"]
        assert sentence in info
        assert "](#methods)" in info


@pytest.fixture
def rollout_is_best(tmp_path, monkeypatch):
    path = tmp_path / "truth.json"
    best = {"rollout": dict.fromkeys(FIGURES, 0.99), "occlusion": dict.fromkeys(FIGURES, 0.5)}
    path.write_text(json.dumps({"clip-mini": truths.entry(pipeline.truth_of_methods("clip-mini").present, best)}), "utf-8")
    monkeypatch.setenv("MMVIZ_TRUTH", str(path))


def test_the_page_begins_with_the_truest_method_of_the_model_and_so_do_its_examples(rollout_is_best):
    *labels, seen, _, _, _, _ = pair.load_page("en", "cpu")
    assert seen.alignment.method == "rollout"
    assert labels[7]["value"] == "rollout"
    assert "It points best with clip-mini" in labels[7]["info"]
    assert pair.choose_example(1, "zh", "cpu")[3]["value"] == "rollout"


def test_another_model_begins_with_its_own_method_unless_one_was_picked(rollout_is_best):
    assert pair.choose_model("clip-mini", "relevance", "", "en")[1]["value"] == "rollout"
    assert pair.choose_model("vilt-mini", "rollout", "", "en")[1]["value"] == "relevance"
    *_, picked = pair.choose_method("clip-mini", "attention", "en")
    assert pair.choose_model("vilt-mini", "attention", picked, "en")[1]["value"] == "attention"
    assert pair.choose_model("vilt-mini", "gone", "gone", "en")[1]["value"] == "relevance"
