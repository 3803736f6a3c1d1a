"""Models that read text and picture together, on the page: menus, scores of two kinds, banks on request, tables of two models."""

import base64
import json
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from mmviz import pipeline
from mmviz.registry import methods
from mmviz.ui import against, examples, matrix, menus, pair, reading, weighing
from mmviz.ui.reading import Asked
from tests.models.tiny_own import make_mvae

TEXT = "a red cat under the tree"


def show(photo, model="blip-mini", method="attention", target=None, layers=(), heads=(), text=TEXT, language="en"):
    return pair.show_pair(Asked(photo, text, model, method, layers, heads, target, language), "cpu")


def score(found) -> dict:
    return json.loads(found[3])


@pytest.fixture
def own_bank(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("\n".join(f"{word} number {i}" for i, word in enumerate(["cat", "dog", "tree"] * 30)))
    return str(path)


def weigh(found, others="", own=None, handler=against.weigh_score):
    return [json.loads(said) for said in handler(found, others, "", own, "en")]


@pytest.mark.parametrize(
    ("model", "method", "targets"),
    [
        ("blip-mini", "attention", ["pair", "prompt", "context"]),
        ("vilt-mini", "attention", ["pair"]),
        ("clip-mini", "attention", ["prompt", "context"]),
    ],
)
def test_targets_are_those_the_model_offers_and_one_is_no_choice(model, method, targets):
    *_, menu = pair.method_menus(model, method, "en")
    assert [name for _, name in menu["choices"]] == targets
    assert menu["visible"] == (len(targets) > 1)


def test_a_target_that_is_kept_stays_and_one_that_is_gone_becomes_the_first():
    assert pair.method_menus("blip-mini", "attention", "en", "context")[-1]["value"] == "context"
    assert pair.method_menus("clip-mini", "attention", "en", "pair")[-1]["value"] == "prompt"


@pytest.mark.parametrize(("model", "layers", "heads"), [("clip-mini", 2, 6), ("blip-mini", 3, 4), ("vilt-mini", 4, 3)])
def test_layers_and_heads_are_those_of_the_models_config(model, layers, heads, monkeypatch):
    monkeypatch.setattr("mmviz.models.checkpoints.lease", lambda *_: pytest.fail("a menu loaded a model"))
    _, layer_menu, head_menu, _ = pair.method_menus(model, "attention", "en")
    assert [name for _, name in layer_menu["choices"]] == [str(i) for i in range(layers)]
    assert [name for _, name in head_menu["choices"]] == [str(i) for i in range(heads)]
    assert layer_menu["value"] == head_menu["value"] == []


def test_a_model_that_is_not_here_has_no_layers_to_choose():
    assert menus.number_choices("clip:openai/clip-vit-base-patch32", "attention", "layers") == []
    assert pair.method_menus("clip:openai/clip-vit-base-patch32", "attention", "en")[1]["visible"] is False


def test_chosen_layers_and_heads_reach_the_method(photo):
    found = show(photo, layers=["2", "0"], heads=["1"])[0].alignment
    assert found.options == {"layers": [0, 2], "heads": [1]}
    assert not np.allclose(found.scores, show(photo)[0].alignment.scores)


@pytest.mark.parametrize("target", ["pair", "prompt"])
def test_match_probability_and_cosine_stand_beside_each_other_where_the_model_has_both(photo, target):
    found = show(photo, target=target)
    kinds = ["match probability", "cosine"] if target == "pair" else ["cosine", "match probability"]
    assert [score(found)["kind"][: len(kinds[0])], score(found)["also"]["kind"][: len(kinds[1])]] == kinds
    match, cosine = (found[0].alignment.score, found[0].also) if target == "pair" else (found[0].also, found[0].alignment.score)
    assert match.value == pytest.approx(
        pipeline.matrix([TEXT], [photo], "blip-mini", "cpu", by="matching").scores[0, 0], abs=1e-5
    )
    assert cosine.value == pytest.approx(pipeline.matrix([TEXT], [photo], "blip-mini", "cpu").scores[0, 0], abs=1e-5)


def test_a_model_without_vectors_of_words_and_patches_answers_like_the_others(photo, tmp_path, monkeypatch):
    folder = make_mvae(tmp_path / "models" / "mvae-mini")
    (folder / "mmviz_card.json").write_text(json.dumps({"title": "mvae-mini", "things": ["cat"], "languages": ["en"]}), "utf-8")
    monkeypatch.setenv("MMVIZ_MODELS", str(folder.parent))
    found = show(photo, "mvae-mini")
    assert found[0].also is None
    assert score(found)["kind"].startswith("cosine")
    alone = reading._score(TEXT, pipeline.read_image(photo), "mvae-mini", "prompt", "cpu")
    assert alone.value == pytest.approx(found[0].alignment.score.value, abs=1e-5)


@pytest.mark.parametrize("model", ["clip-mini", "vilt-mini"])
def test_a_model_with_one_kind_of_score_shows_no_other(photo, model):
    assert score(show(photo, model))["also"] is None


@pytest.mark.parametrize("model", ["blip-mini", "vilt-mini"])
def test_a_bank_waits_until_it_is_asked_to_be_matched(photo, own_bank, model):
    seen = show(photo, model)[0]
    waiting = weigh(seen, own=own_bank)
    assert [(said["waits"], said["again"]) for said in waiting] == [(True, "Match 64 other sentences with this picture")]
    *steps, last = weigh(seen, own=own_bank, handler=against.match_bank)
    assert steps[0]["busy"] == "Matching sentences with the picture: 0 of 65"
    assert last["standing"]["said"] == "of 64 sentences of mine.txt, drawn from 90, score lower"
    assert last["waits"] is False
    assert all(row["score"].endswith("%") for row in last["standing"]["best"])


def test_the_cosine_of_a_model_with_both_is_set_among_a_whole_bank_at_once(photo, own_bank):
    last = weigh(show(photo, target="prompt")[0], own=own_bank)[-1]
    assert last["standing"]["said"] == "of 90 sentences of mine.txt score lower"


def test_other_captions_are_matched_as_the_score_was(photo, own_bank):
    said = weigh(show(photo)[0], "a dog\ntwo trees", own_bank)[-1]["chances"]
    logits = pipeline.matrix([TEXT, "a dog", "two trees"], [photo], "blip-mini", "cpu", by="matching").values[:, 0]
    odds = np.exp(logits - logits.max())
    assert [row["share"] for row in said["rows"]] == pytest.approx(odds / odds.sum(), abs=1e-5)


def test_an_answer_to_a_question_is_named_and_compared_with_nothing(photo, bundle, tmp_path, monkeypatch):
    from tests.models.tiny import make_vilt

    folder = make_vilt(tmp_path / "models" / "vilt-asks", head="vqa", text_length=77)
    (folder / "mmviz_card.json").write_text(json.dumps({"title": "vilt-asks"}), "utf-8")
    monkeypatch.setenv("MMVIZ_MODELS", str(folder.parent))
    found = show(photo, "vilt-asks")
    assert found[0].alignment.score.label in score(found)["kind"]
    assert weigh(found[0], "a dog") == [score(found) | {"chances": None, "standing": None, "waits": False}]


@pytest.mark.parametrize(("language", "words"), [("en", "exactly zero"), ("zh", "恰好为零")])
def test_where_the_gradient_of_words_is_exactly_zero_it_is_said(photo, language, words):
    asked = [
        show(photo, method=method, target=target, language=language)[-1]
        for method, target in (("gradcam", "pair"), ("gradcam", "prompt"))
    ]
    blocks = ["".join(block["text"] for block in json.loads(side)["blocks"]) for side in asked]
    assert [words in block for block in blocks] == [True, False]


def test_words_whose_map_is_zero_everywhere_are_named(photo):
    seen = show(photo, method="gradcam", layers=["2"])[0]
    assert not seen.alignment.scores[:-1].any()
    badges = json.loads(show(photo, method="gradcam", layers=["2"])[-1])["badges"]
    assert any("zero everywhere for “a red cat under the tree" in badge["text"] for badge in badges)
    lower = json.loads(show(photo, method="gradcam", layers=["0"])[-1])["badges"]
    assert not any("zero everywhere" in badge["text"] for badge in lower)


def test_the_table_has_a_row_a_unit_and_the_values_of_the_maps(photo):
    found = show(photo)
    table = json.loads(found[2])["tables"][0]
    levels = np.frombuffer(base64.b64decode(table["maps"]), "<u2").reshape(len(table["units"]), -1)
    values = table["low"] + levels / 65535 * (table["high"] - table["low"])
    assert values == pytest.approx(found[0].alignment.scores, abs=2e-5 * table["high"])
    assert table["title"] == "blip-mini"


def test_another_model_is_asked_the_same_and_stands_beside(photo):
    seen = show(photo, method="similarity", target="prompt")[0]
    found, table = pair.add_model(seen, "en", SimpleNamespace(model="blip-plain-mini"))
    drawn = json.loads(table)
    assert [one["title"] for one in drawn["tables"]] == ["blip-mini", "blip-plain-mini"]
    alone = pipeline.align(TEXT, photo, "blip-plain-mini", "similarity", unit="phrase", target="prompt")
    assert np.array_equal(found.beside.scores, alone.scores)
    assert drawn["beside"] == "blip-plain-mini"
    gone, table = pair.add_model(found, "en", SimpleNamespace(model=""))
    assert gone.beside is None
    assert len(json.loads(table)["tables"]) == 1


@pytest.mark.parametrize(
    ("model", "sentence"), [("clip-mini", 'cannot have the target "pair"'), ("clip:/etc", "There is no model")]
)
def test_a_model_that_cannot_be_asked_the_same_is_refused_with_a_sentence(photo, model, sentence):
    with pytest.raises(gr.Error, match=sentence):
        pair.add_model(show(photo)[0], "en", SimpleNamespace(model=model))


def test_the_other_model_stays_when_the_language_changes_and_is_not_run_again(photo, monkeypatch):
    seen = pair.add_model(show(photo)[0], "en", SimpleNamespace(model="blip-plain-mini"))[0]
    monkeypatch.setattr(pipeline, "align_many", lambda *_, **__: pytest.fail("the model ran"))
    table = json.loads(pair.relabel_page("zh", seen, ("blip-mini", "attention", "pair"), "cpu")[-3])
    assert len(table["tables"]) == 2
    assert table["words"]["nobody"] == "不比"


@pytest.mark.parametrize(("by", "target", "kind"), [("matching", "pair", "match_probability"), ("contrast", "prompt", "cosine")])
def test_a_cell_opens_with_the_kind_of_score_it_has(photo, by, target, kind):
    found = list(matrix.compare_sets("a cat\na dog", None, [photo], ("blip-mini", by), "en", "cpu"))[-1][0]
    *menus_of, seen, _, _, _, _ = matrix.open_cell(1, 0, found, "en", "cpu")
    assert (seen.alignment.target, seen.alignment.score.kind) == (target, kind)
    assert menus_of[-1]["value"] == target
    assert seen.alignment.score.value == pytest.approx(found.matrix.scores[1, 0], abs=1e-5)


@pytest.mark.parametrize("model", ["blip-mini", "vilt-mini"])
@pytest.mark.parametrize("method", [entry.name for entry in methods])
def test_every_method_a_fusion_model_offers_gives_a_page(photo, model, method):
    if method not in [entry.name for entry in pipeline.methods_of(model)]:
        pytest.skip(f"{model} does not offer it")
    seen, overlay, *_ = show(photo, model, method)
    assert seen.alignment.target == "pair"
    assert json.loads(overlay)["overlay"]["units"]


def test_a_phrase_of_ones_own_is_read_with_the_picture_too(photo):
    before = show(photo)[0]
    found, *_ = pair.add_phrase(before, "en", SimpleNamespace(start=2, end=15))
    assert np.allclose(found.alignment.scores[-2], before.alignment.scores[1:4].mean(0), atol=1e-5)


def test_public_models_of_the_same_family_are_advised_first():
    assert "CLIP" in menus.public_advice("clip", "en", 1)
    assert menus.public_advice("vilt", "en", 1).startswith("ViLT")
    assert (
        weighing.way_of(SimpleNamespace(alignment=SimpleNamespace(score=SimpleNamespace(label="", kind="cosine")))) == "contrast"
    )
    assert reading.score_of(SimpleNamespace(kind="match_probability", value=0.9996)) == "> 99.9 %"


@pytest.mark.parametrize(("language", "words"), [("en", "runs on the CPU, slower"), ("zh", "改在 CPU 上运行")])
def test_a_model_that_had_to_leave_the_gpu_says_so(photo, monkeypatch, language, words):
    slow = "blip-mini does not fit into the GPU's memory and runs on the CPU, slower; choose a smaller model."
    monkeypatch.setattr(pipeline, "moved", lambda model: slow)
    assert any(words in badge["text"] for badge in json.loads(show(photo, language=language)[-1])["badges"])


def test_an_example_says_which_model_runs_it_where_that_is_not_the_default():
    items = examples.payload("en")["items"]
    assert [item["model"] for item in items][:2] == ["", ""]
    assert {item["model"] for item in items} == {"", "clip-plain-mini", "blip-mini", "vilt-mini"}


def test_an_example_whose_model_is_not_here_runs_with_the_default(bundle, tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "clip-mini").symlink_to(bundle / "clip-mini")
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path / "models"))
    assert {item["model"] for item in examples.payload("en")["items"]} == {""}
    place = next(i for i, example in enumerate(examples.examples()) if example.model == "vilt-mini")
    assert pair.choose_example(place, "en", "cpu")[2]["value"] == "clip-mini"


@pytest.mark.parametrize("model", ["clip:/etc", "clip:~", "blip:someone/else"])
def test_menus_know_models_on_offer_and_look_at_no_folder_of_the_server(model):
    for ask in (
        lambda: matrix.way_menu(model, "en"),
        lambda: matrix.count_passes("a cat", None, ["p"], model, None, "en"),
        lambda: pair.method_menus(model, "attention", "en"),
        lambda: pair.model_menus(model, "attention", "en"),
    ):
        with pytest.raises(gr.Error, match="There is no model"):
            ask()
