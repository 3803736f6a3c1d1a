"""The bundled checkpoints themselves: plain Transformers gives the same, and they know what their cards say."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from mmviz import evaluate, pipeline, sayings
from mmviz.errors import ModelError
from mmviz.models import checkpoints, folders
from mmviz.ui import examples
from mmviz.worlds import scenes
from mmviz.worlds.lexicon import EDITS

ROOT = Path(__file__).parents[2]
DUAL = ["clip-mini", "clip-plain-mini"]
NAMES = [
    *DUAL,
    "albef-mini",
    "blip-mini",
    "vilt-mini",
    "vse-mini",
    "flava-mini",
    "lmnn-mini",
    "cmn-mini",
    "uniter-mini",
    "mvae-mini",
]
#: The model that speaks; its figures beside answers are of fewer scenes.
SPEAKING = "vlm-mini"
#: Name, or "" for all others -> methods whose scores are kept.
METHODS = {
    "": ("similarity", "relevance"),
    **dict.fromkeys(("lmnn-mini", "cmn-mini"), ("similarity", "contributions")),
    "mvae-mini": ("relevance", "decoded-change"),
}
TEXTS = ["a red cat", "两只蓝色的小狗在雪地里", "a cat to the left of a green dog and no owl", "on the beach"]

each_name = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(autouse=True)
def shipped(monkeypatch):
    monkeypatch.delenv("MMVIZ_MODELS", raising=False)


@pytest.mark.parametrize("name", DUAL)
def test_plain_transformers_gives_the_same_cosines(name):
    import torch
    from transformers import CLIPModel, CLIPProcessor

    model = CLIPModel.from_pretrained(ROOT / "models" / name, dtype=torch.float32)
    processor = CLIPProcessor.from_pretrained(ROOT / "models" / name)
    picture = scenes.draw(5, 1)[0]
    inputs = processor(text=TEXTS, images=PIL.Image.fromarray(picture.pixels), return_tensors="pt", padding=True)
    with torch.no_grad():
        logits = model(**inputs).logits_per_image[0] / model.logit_scale.exp()
    ours = [pipeline.align(text, picture, name, "similarity", unit="text", device="cpu").score.value for text in TEXTS]
    assert ours == pytest.approx(logits.tolist(), abs=1e-5)


def test_the_class_of_our_own_gives_the_same_cosines_by_itself():
    import torch
    from transformers import AutoImageProcessor, AutoTokenizer

    from mmviz.models.nets.vse import VseConfig, VseModel

    folder, picture = ROOT / "models" / "vse-mini", scenes.draw(5, 1)[0]
    model = VseModel.from_pretrained(folder, dtype=torch.float32)
    config = VseConfig.from_pretrained(folder)
    inputs = AutoTokenizer.from_pretrained(folder, config=config)(TEXTS, return_tensors="pt", padding=True)
    pixels = AutoImageProcessor.from_pretrained(folder)(PIL.Image.fromarray(picture.pixels), return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        cosines = model(**inputs, pixel_values=pixels)[:, 0]
    ours = [pipeline.align(text, picture, "vse-mini", "similarity", unit="text", device="cpu").score.value for text in TEXTS]
    assert ours == pytest.approx(cosines.tolist(), abs=1e-5)


def test_plain_transformers_gives_the_same_cosines_and_match_of_flava():
    import torch
    from transformers import AutoImageProcessor, AutoTokenizer, FlavaForPreTraining

    folder, picture = ROOT / "models" / "flava-mini", scenes.draw(5, 1)[0]
    model = FlavaForPreTraining.from_pretrained(folder, dtype=torch.float32)
    inputs = AutoTokenizer.from_pretrained(folder)(TEXTS, return_tensors="pt", padding=True)
    pixels = AutoImageProcessor.from_pretrained(folder)(PIL.Image.fromarray(picture.pixels), return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        seen = {"pixel_values": pixels.repeat(len(TEXTS), 1, 1, 1), "input_ids_masked": inputs.input_ids}
        out = model(**inputs, **seen, return_loss=False)
        cosines = out.contrastive_logits_per_text[:, 0] / model.flava.logit_scale.exp()
    for target, wanted in (("context", cosines), ("pair", out.itm_logits.softmax(1)[:, 1])):
        asked = {"unit": "text", "target": target, "device": "cpu"}
        ours = [pipeline.align(text, picture, "flava-mini", "similarity", **asked).score.value for text in TEXTS]
        assert ours == pytest.approx(wanted.tolist(), abs=1e-5)


@pytest.mark.parametrize("name", ["blip-mini", "vilt-mini"])
def test_plain_transformers_gives_the_same_matches(name):
    import torch
    from transformers import AutoImageProcessor, AutoTokenizer, BlipForImageTextRetrieval, ViltForImageAndTextRetrieval

    folder, picture = ROOT / "models" / name, scenes.draw(5, 1)[0]
    kind = BlipForImageTextRetrieval if name == "blip-mini" else ViltForImageAndTextRetrieval
    model = kind.from_pretrained(folder, dtype=torch.float32)
    inputs = AutoTokenizer.from_pretrained(folder)(TEXTS, return_tensors="pt", padding=True)
    pixels = AutoImageProcessor.from_pretrained(folder)(PIL.Image.fromarray(picture.pixels), return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        out = model(**inputs, pixel_values=pixels.repeat(len(TEXTS), 1, 1, 1))
    wanted = out.itm_score.softmax(1)[:, 1] if name == "blip-mini" else out.logits[:, 0].sigmoid()
    scores = [pipeline.align(text, picture, name, "similarity", unit="text", target="pair", device="cpu").score for text in TEXTS]
    assert {score.kind for score in scores} == {"match_probability"}
    assert [score.value for score in scores] == pytest.approx(wanted.tolist(), abs=1e-5)


@pytest.mark.parametrize("name", [*NAMES, SPEAKING])
def test_scores_stay_what_they_were(name):
    with np.load(ROOT / "tests" / "golden" / f"{name}.npz", allow_pickle=False) as golden:
        for method in METHODS.get(name, METHODS[""]):
            found = pipeline.align(TEXTS[2], scenes.draw(5, 1)[0], name, method, device="cpu")
            assert found.scores == pytest.approx(golden[method], abs=1e-4)


@each_name
def test_the_card_and_the_figures_are_those_of_these_weights(name):
    place = folders.find(name)
    figures = json.loads((place.folder / "metrics.json").read_text("utf-8"))
    assert figures["model"] == folders.identity(place)
    assert figures["count"] >= 1000
    assert len(place.card["things"]) == figures["concepts"] >= 80
    assert f"{figures['pairs']['colour_swap']['value']:.3f}" in (place.folder / "README.md").read_text("utf-8")


@each_name
def test_a_model_stays_small_and_is_readable_by_all(name):
    weights = ROOT / "models" / name / "model.safetensors"
    assert weights.stat().st_size <= 8e6
    assert weights.stat().st_mode & 0o444 == 0o444


def test_the_model_that_speaks_answers_as_its_figures_say_and_refuses_what_it_was_not_taught():
    figures = json.loads((ROOT / "models" / SPEAKING / "metrics.json").read_text("utf-8"))
    assert figures["model"] == folders.identity(folders.find(SPEAKING))
    with checkpoints.lease(SPEAKING, "cpu") as checkpoint:
        found = sayings.measure_answers(checkpoint, 31, 30, "en")
        with pytest.raises(ModelError, match="never taught"):
            checkpoint.family.functions["say"](checkpoint, "why is the sky blue?", [scenes.draw(5, 1)[0]])
    for kind in ("colour", "thing"):
        assert found[kind]["value"] > figures["answers"]["en"][kind]["value"] - 0.25
        assert found[kind]["value"] > 3 * found[kind]["chance"]


def test_the_figures_can_be_found_again_on_few_scenes():
    said = json.loads((ROOT / "models" / "clip-mini" / "metrics.json").read_text("utf-8"))
    with checkpoints.lease("clip-mini", "cpu") as checkpoint:
        found = evaluate.measure_shape_gallery(checkpoint, 31, 60) | evaluate.measure_pointing(checkpoint, 31, 24)
    for figures in (found["shape_gallery"], said["shape_gallery"]):
        assert figures["value"] > 0.8
    for figures in (found, said):
        assert figures["pointing"]["relevance"]["value"] > 0.8
        assert figures["pointing"]["relevance"]["chance"] < 0.1


FAILING = [recipe for recipe in examples.RECIPES if recipe.kind in EDITS]


def test_there_is_an_example_of_every_kind_of_failure():
    assert {recipe.kind for recipe in FAILING} == set(EDITS)


@pytest.mark.parametrize("recipe", FAILING, ids=lambda recipe: f"{recipe.model}-{recipe.kind}-{recipe.language}")
def test_an_example_of_a_failure_is_one(recipe):
    picture, truth = scenes.draw(recipe.seed)
    false = next(pair for pair in truth["negatives"][recipe.language] if pair["kind"] == recipe.kind)
    scores = [
        pipeline.align(false[name], picture, recipe.model, unit="text", device="cpu").score.value for name in ("text", "of")
    ]
    assert scores[0] > scores[1] + 0.02
