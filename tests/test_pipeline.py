import re
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

import mmviz
from mmviz import pipeline
from mmviz.errors import MethodError, ModelError, UnknownName
from mmviz.models import checkpoints
from mmviz.registry import Entry, families, methods
from mmviz.samples import Image, Text

#: Methods a CLIP cannot serve: one that is made up, and one of models that add their score up.
UNSERVED = ("hungry", "contributions", "decoded-change")


@pytest.fixture
def model(tiny_clip) -> str:
    return f"clip:{tiny_clip}"


@pytest.fixture
def picture(rng) -> np.ndarray:
    return rng.integers(0, 256, (50, 90, 3), np.uint8)


@pytest.fixture
def counted(monkeypatch) -> list[dict]:
    """Note what every call of CLIP's `encode` is given."""
    calls, functions = [], families["clip"].functions
    encode = functions["encode"]

    def counting(*arguments, **named):
        calls.append(named)
        return encode(*arguments, **named)

    monkeypatch.setitem(functions, "encode", counting)
    return calls


@pytest.fixture
def hungry(monkeypatch) -> Entry:
    """A method that needs what no CLIP offers."""
    entry = Entry("hungry", "Hungry", lambda encoding: None, {"needs": {"activation_grad"}, "targets": ("pair",)})
    list(methods)
    monkeypatch.setitem(methods._entries, "hungry", entry)
    return entry


def test_a_pair_is_aligned_word_by_patch(model, picture):
    found = mmviz.align("a red cat", picture, model)
    assert found.query.labels == ["a", "red", "cat", "a red cat"]
    assert found.scores.shape == (4, len(found.key))
    assert (found.method, found.scale, found.target, found.model) == ("relevance", "relevance", "prompt", model)
    assert found.checkpoint.startswith(model + "@")


def test_what_made_an_alignment_is_written_on_it_with_all_defaults(model, picture):
    assert mmviz.align("a red cat", picture, model).options == {"layers": None}
    assert mmviz.align("a red cat", picture, model, layers="1,0").options == {"layers": [0, 1]}


def test_a_chosen_layer_changes_the_map(model, picture):
    whole, upper = (mmviz.align("cat", picture, model, layers=layers).scores for layers in (None, (1,)))
    assert not np.allclose(whole, upper)


def test_many_methods_share_one_encoding(model, picture, counted):
    requests = [("similarity", {}), ("relevance", {"layers": (1,)}), ("relevance", {"layers": (0,)})]
    found = pipeline.align_many("a red cat", picture, requests, model=model)
    assert [(a.method, a.options) for a in found] == [
        ("similarity", {"centred": False}),
        ("relevance", {"layers": [1]}),
        ("relevance", {"layers": [0]}),
    ]
    assert len(counted) == 1
    assert counted[0]["keep"] == {"query_embeds", "key_embeds", "attention", "attention_grad"}
    assert counted[0]["layers"] == (0, 1)


def test_many_methods_together_give_what_each_gives_alone(model, picture):
    requests = [("similarity", {}), ("relevance", {"layers": (1,)}), ("relevance", {})]
    together = pipeline.align_many("a red cat", picture, requests, model=model)
    for (method, options), found in zip(requests, together, strict=True):
        alone = pipeline.align("a red cat", picture, model, method, **options)
        assert found.scores == pytest.approx(alone.scores, abs=1e-6)


def test_all_methods_there_are_share_one_encoding(model, picture, counted):
    found = pipeline.align_many("a red cat", picture, [(entry.name, {}) for entry in pipeline.methods_of(model)], model=model)
    assert len(counted) == 1
    assert [alignment.method for alignment in found] == [entry.name for entry in pipeline.methods_of(model)]
    assert len({alignment.scores.tobytes() for alignment in found}) == len(found) >= 8


def test_only_what_the_method_needs_is_computed(model, picture, counted):
    pipeline.align("cat", picture, model, "similarity")
    assert counted[0]["keep"] == {"query_embeds", "key_embeds"}


def test_words_swapped_swap_their_rows(model, picture):
    one, other = (pipeline.align(text, picture, model).scores for text in ("red cat", "cat red"))
    assert one[[1, 0]] == pytest.approx(other[:2], abs=1e-6)


def test_the_target_is_prompt_unless_asked(model, picture):
    asked = pipeline.align("a red cat", picture, model, "similarity", target="context")
    default = pipeline.align("a red cat", picture, model, "similarity")
    assert (asked.target, default.target) == ("context", "prompt")
    assert not np.allclose(asked.scores[:-1], default.scores[:-1])
    assert asked.scores[-1] == pytest.approx(default.scores[-1], abs=1e-5)


def test_samples_read_before_are_taken_as_they_are(model, picture):
    text, image = Text("a red cat", ((2, 9),)), Image(picture)
    found = pipeline.align(text, image, model, unit="phrase")
    assert "red cat" in found.query.labels


def test_the_inputs_are_left_as_they_were(model, picture):
    before = picture.copy()
    pipeline.align("a red cat", picture, model)
    assert np.array_equal(picture, before)


def test_menus_show_methods_whose_needs_lie_within_what_the_model_offers(hungry, model):
    assert pipeline.methods_of(model) == [entry for entry in methods if entry.name not in UNSERVED]


def test_menus_of_a_public_model_that_is_not_here_are_known(hungry):
    assert pipeline.methods_of("clip:openai/clip-vit-base-patch32") == [entry for entry in methods if entry.name not in UNSERVED]


def test_menus_need_no_weights(model, monkeypatch):
    @contextmanager
    def no_lease(*arguments):
        raise AssertionError("a menu loaded a model")
        yield

    monkeypatch.setattr(checkpoints, "lease", no_lease)
    pipeline.methods_of(model)
    pipeline.targets_of(model, "similarity")


@pytest.mark.parametrize(("method", "targets"), [("similarity", ("prompt", "context")), ("relevance", ("prompt",))])
def test_targets_are_those_method_and_family_share(model, method, targets):
    assert pipeline.targets_of(model, method) == targets


def test_a_method_the_model_cannot_serve_is_refused_with_those_it_can(hungry, model, picture, counted):
    others = ", ".join(entry.name for entry in methods if entry.name not in UNSERVED)
    rule = f"hungry needs activation_grad, which {model} does not offer; with {model} use: {others}."
    with pytest.raises(MethodError, match=re.escape(rule)):
        pipeline.align("cat", picture, model, "hungry")
    with pytest.raises(MethodError, match=re.escape(rule)):
        pipeline.targets_of(model, "hungry")
    assert counted == []


def test_methods_that_share_no_target_are_refused(model, picture, monkeypatch):
    list(methods)
    relevance = methods["relevance"]
    monkeypatch.setitem(methods._entries, "relevance", replace(relevance, facts={**relevance.facts, "targets": ("pair",)}))
    with pytest.raises(MethodError, match="similarity, relevance share no target"):
        pipeline.align_many("cat", picture, [("similarity", {}), ("relevance", {})], model=model)


@pytest.mark.parametrize(
    ("wrong", "kind", "sentence"),
    [
        ({"method": "osmosis"}, UnknownName, 'no method "osmosis"; there are: attention, .*gradcam, .*relevance, '),
        ({"model": "clap-mini"}, UnknownName, 'no model "clap-mini"; there are: '),
        ({"model": "clap:/folder"}, UnknownName, 'no model family "clap"; there are: albef, blip, clip, .*vilt'),
        ({"unit": "line"}, UnknownName, 'no unit "line"; there are: token, word, phrase, text'),
        ({"target": "dream"}, UnknownName, 'no target "dream"; there are: prompt, context, pair'),
        ({"target": "context"}, MethodError, 'relevance with .* cannot have the target "context"; use: prompt'),
        ({"device": "abacus"}, ModelError, 'no device "abacus"; there are: auto, cpu, cuda, mps'),
        ({"depth": 3}, MethodError, 'relevance has no option "depth"; its options are: layers'),
        ({"layers": (0, 99)}, ModelError, "no layer 99"),
        ({"layers": "top"}, MethodError, 'cannot use layers="top"'),
    ],
)
def test_what_does_not_fit_is_refused_with_the_way_out(model, picture, wrong, kind, sentence):
    with pytest.raises(kind, match=sentence):
        pipeline.align("a red cat", picture, **{"model": model, **wrong})


def test_a_public_model_that_is_not_here_says_how_to_get_it(picture):
    with pytest.raises(ModelError, match="is not on this machine; run"):
        pipeline.align("cat", picture, "clip:openai/clip-vit-large-patch14")


def test_an_alignment_is_written_and_read_again(model, picture, tmp_path):
    found = mmviz.align("a 猫", picture, model, layers=(1,))
    found.save(tmp_path / "alignment.json")
    found.save_arrays(tmp_path / "alignment.npz")
    again = mmviz.Alignment.load(tmp_path / "alignment.json")
    assert again.to_json() == found.to_json()
    with np.load(tmp_path / "alignment.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["scores"], found.scores)
        assert np.array_equal(arrays["key_boxes"], found.key.boxes)
        assert "path" not in arrays


@pytest.mark.parametrize(
    ("maker", "expected"), [("make_clip", (2, 6)), ("make_blip", (3, 4)), ("make_vilt", (4, 3)), ("make_flava", (2, 6))]
)
def test_layers_and_heads_are_read_off_the_config_without_loading_a_weight(tmp_path, monkeypatch, maker, expected):
    from tests.models import tiny

    folder = getattr(tiny, maker)(tmp_path / "model")
    monkeypatch.setattr(checkpoints, "lease", lambda *_: pytest.fail("a menu loaded a model"))
    assert pipeline.depth_of(f"{maker.removeprefix('make_')}:{folder}") == expected


def test_a_model_that_reads_together_or_apart_looks_with_the_tower_of_its_target(tmp_path):
    from tests.models import tiny

    name = f"blip:{tiny.make_blip(tmp_path / 'model')}"
    assert pipeline.depth_of(name, "pair") == (3, 4)
    picture = np.arange(30 * 50 * 3).reshape(30, 50, 3).astype(np.uint8)
    layers, heads = pipeline.depth_of(name, "prompt")
    assert (layers, heads) != (3, 4)
    pipeline.align("a cat", picture, name, "attention", target="prompt", layers=(layers - 1,), heads=(heads - 1,), store=False)
    for beyond in ({"layers": (layers,)}, {"heads": (heads,)}):
        with pytest.raises((ModelError, MethodError), match="has no"):
            pipeline.align("a cat", picture, name, "attention", target="prompt", store=False, **beyond)


def test_a_model_that_is_not_here_or_leaves_it_to_defaults_has_no_layers_to_choose(tmp_path):
    assert pipeline.depth_of("clip:openai/clip-vit-large-patch14") == (0, 0)
    (tmp_path / "config.json").write_text('{"model_type": "clip", "vision_config": {}}')
    assert pipeline.depth_of(f"clip:{tmp_path}") == (0, 0)


@pytest.mark.parametrize(
    ("maker", "ways"),
    [
        ("make_clip", ("contrast",)),
        ("make_blip", ("contrast", "matching")),
        ("make_flava", ("contrast", "matching")),
        ("make_vilt", ("matching",)),
    ],
)
def test_every_family_compares_in_its_ways_and_a_cell_is_the_score_of_its_pair(tmp_path, picture, maker, ways):
    from tests.models import tiny

    model = f"{maker.removeprefix('make_')}:{getattr(tiny, maker)(tmp_path / 'model')}"
    assert pipeline.ways_of(model) == ways
    for way in ways:
        found = mmviz.matrix(["a red cat", "two dogs"], [picture], model, by=way)
        target = "pair" if way == "matching" else "prompt"
        alone = pipeline.align("two dogs", picture, model, "similarity", unit="text", target=target).score
        assert found.values[1, 0] == pytest.approx(_logit(alone) if found.kind == "match_probability" else alone.value, abs=1e-4)


def _logit(score) -> float:
    return float(np.log(score.value / (1 - score.value)))
