"""BLIP against the raw Hugging Face forward pass, on random checkpoints whose sizes all differ."""

import gc
import json
from collections.abc import Iterator

import numpy as np
import PIL.Image
import pytest
import torch
from transformers import AutoImageProcessor, AutoTokenizer, BlipForConditionalGeneration, BlipForImageTextRetrieval

from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.models import blip, checkpoints, folders
from mmviz.samples import Image, Text
from tests import taps
from tests.models.tiny import make_blip

ALL = blip.offers(None)
TEXT = "two red cats under a tree 一只猫"
#: (width, height) from 1:3 to 3:1; what the crop leaves over is even, so that Hugging Face's processor cuts the same.
PICTURES = [(30, 90), (90, 30), (63, 43), (200, 176)]
LAYOUTS = {
    "as bundled": {},
    "as public": {"processor": "squash", "text_layers": 2, "vision_layers": 3, "text_heads": 5},
    "other sizes": {"image_size": 48, "patch_size": 12, "vision_width": 30, "vision_heads": 5, "text_width": 28, "projection": 9},
}


@pytest.fixture(scope="module", params=LAYOUTS, ids=list(LAYOUTS))
def folder(request, tmp_path_factory):
    return make_blip(tmp_path_factory.mktemp("blip") / "tiny", seed=11, **LAYOUTS[request.param])


@pytest.fixture
def leased(folder) -> Iterator[checkpoints.Checkpoint]:
    with checkpoints.lease(f"blip:{folder}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture(scope="module")
def tiny_blip(tmp_path_factory):
    return make_blip(tmp_path_factory.mktemp("blip") / "one", seed=5)


@pytest.fixture
def one(tiny_blip) -> Iterator[checkpoints.Checkpoint]:
    with checkpoints.lease(f"blip:{tiny_blip}", "cpu") as checkpoint:
        yield checkpoint


def picture(width: int, height: int, seed: int = 3) -> Image:
    return image_media.parse(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def text(characters: str = TEXT) -> Text:
    return text_media.parse(characters)


class Raw:
    """Transformers as its documentation uses it."""

    def __init__(self, folder):
        self.model = BlipForImageTextRetrieval.from_pretrained(folder, attn_implementation="eager")
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.image_processor = AutoImageProcessor.from_pretrained(folder, backend="pil")

    def inputs(self, texts: list[str], image: Image):
        read = self.tokenizer(texts, return_tensors="pt", padding=True, truncation=True)
        seen = self.image_processor(PIL.Image.fromarray(image.pixels), return_tensors="pt")["pixel_values"]
        return dict(read) | {"pixel_values": seen.expand(len(texts), -1, -1, -1)}

    def match(self, texts: list[str], image: Image) -> np.ndarray:
        """Give the logits of a match."""
        with torch.no_grad():
            logits = self.model(**self.inputs(texts, image)).itm_score
        return (logits[:, 1] - logits[:, 0]).numpy()

    def cosines(self, texts: list[str], image: Image) -> np.ndarray:
        with torch.no_grad():
            return self.model(**self.inputs(texts, image), use_itm_head=False).itm_score[0].numpy()

    def passes(self, one: str, image: Image, fused: bool = True):
        """Run both towers with their attention, in the graph."""
        inputs = self.inputs([one], image)
        vision = self.model.vision_model(inputs["pixel_values"], output_attentions=True)
        states = {"encoder_hidden_states": vision.last_hidden_state} if fused else {}
        read = self.model.text_encoder(inputs["input_ids"], inputs["attention_mask"], output_attentions=True, **states)
        return vision, read


@pytest.fixture
def raw(folder) -> Raw:
    return Raw(folder)


@pytest.mark.parametrize(("width", "height"), PICTURES)
def test_the_match_probability_is_that_of_the_raw_pass(leased, raw, width, height):
    image = picture(width, height)
    score = blip.encode(leased, text(), image, target="pair").score
    assert score.kind == "match_probability"
    assert np.log(score.value / (1 - score.value)) == pytest.approx(raw.match([TEXT], image)[0], abs=1e-5)


def test_pairs_are_scored_as_the_raw_pass_does_in_whatever_order(leased, raw, rng):
    texts = ["a cat", "two small dogs with a blue tail", "猫", "red " * 60, TEXT, "a cat"]
    images = [picture(90, 30, 1), picture(30, 90, 2), picture(50, 40, 4)]
    every = np.stack(np.meshgrid(np.arange(6), np.arange(3), indexing="ij"), -1).reshape(-1, 2)
    expected = np.stack([raw.match(texts, image) for image in images], axis=1)
    pairs = rng.permutation(every)
    logits = blip.score_pairs(leased, [text(t) for t in texts], images, pairs)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, expected[pairs[:, 0], pairs[:, 1]], atol=1e-5)


def test_pairs_beyond_one_pass_are_scored_like_single_ones(one, monkeypatch):
    monkeypatch.setattr(blip.fusion, "PAIRS", 3)
    monkeypatch.setattr(blip.fusion, "PICTURES", 2)
    texts, images = [text(t) for t in ("a cat", TEXT, "red")], [picture(50, 40, seed) for seed in range(5)]
    pairs = np.array([(t, i) for i in (4, 0, 2) for t in (2, 0, 1)] + [(1, 4)])
    single = [blip.encode(one, texts[t], images[i]).score.value for t, i in pairs]
    logits = blip.score_pairs(one, texts, images, pairs)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), single, atol=1e-5)


def test_each_picture_is_seen_once_however_many_pairs_it_is_in(one):
    seen = []
    handle = one.model.vision_model.register_forward_hook(lambda m, a, out: seen.append(len(out.pooler_output)))
    blip.score_pairs(
        one, [text("a cat"), text("red")], [picture(50, 40, s) for s in range(3)], np.array([[0, 2], [1, 2], [0, 0]])
    )
    handle.remove()
    assert sum(seen) == 2


def test_no_pairs_have_no_scores(one):
    assert blip.score_pairs(one, [text()], [picture(50, 40)], np.zeros((0, 2), int)).shape == (0,)


@pytest.mark.parametrize(("width", "height"), PICTURES)
def test_cosines_and_vectors_apart_are_those_of_the_raw_pass(leased, raw, width, height):
    image = picture(width, height)
    encoding = blip.encode(leased, text(), image, target="prompt", unit="word", keep=ALL)
    np.testing.assert_allclose(encoding.unit_scores, raw.cosines(encoding.query.labels, image), atol=1e-5)
    assert encoding.score.kind == "cosine"
    assert encoding.score.value == pytest.approx(raw.cosines([TEXT], image)[0], abs=1e-5)
    embeds = blip.embed(leased, [text(label) for label in encoding.query.labels], batch=2)
    np.testing.assert_allclose(embeds.vectors, encoding.query_embeds, atol=1e-5)
    seen = blip.embed(leased, [image] * 3, batch=2).vectors
    np.testing.assert_allclose(embeds.vectors @ seen[2], encoding.unit_scores, atol=1e-5)


@pytest.mark.parametrize("target", ["pair", "context"])
def test_vectors_are_token_and_patch_states_through_the_contrast_heads(leased, raw, target):
    image = picture(63, 43)
    encoding = blip.encode(leased, text("red cat foxes"), image, target=target, unit="word", keep=ALL)
    vision, read = raw.passes("red cat foxes", image, fused=False)
    states = raw.model.text_proj(read.last_hidden_state[0])
    ends = [2, 3, len(states) - 1]
    means = [states[a:b].mean(0) for a, b in zip([1, *ends], ends, strict=False)]
    expected = torch.nn.functional.normalize(torch.stack([*means, states[0]]), dim=-1)
    patches = torch.nn.functional.normalize(raw.model.vision_proj(vision.last_hidden_state[0, 1:]), dim=-1)
    np.testing.assert_allclose(encoding.query_embeds, expected.detach(), atol=1e-5)
    np.testing.assert_allclose(encoding.key_embeds, patches.detach(), atol=1e-5)
    assert encoding.unit_scores is None


def test_attention_of_a_pair_is_that_of_the_raw_pass(leased, raw):
    image = picture(90, 30)
    encoding = blip.encode(leased, text(), image, target="pair", keep=ALL)
    vision, read = raw.passes(TEXT, image)
    assert [block.kind for block in encoding.attention] == ["self-key", "self-query", "cross"]
    for block, expected in zip(encoding.attention, (vision.attentions, read.attentions, read.cross_attentions), strict=True):
        np.testing.assert_allclose(block.weights, torch.cat(expected).detach(), atol=1e-5)
    cross = encoding.attention[2]
    assert (len(cross.layers), cross.weights.shape[1]) == blip.looking(leased.config)
    assert cross.special.tolist() == [True] + [False] * len(encoding.key)
    assert cross.key_positions.tolist() == list(range(1, 1 + len(encoding.key)))


def test_words_stand_at_their_tokens_in_both_blocks_of_the_text(one):
    seen, own, cross = blip.encode(one, text("a red catfood"), picture(50, 40), keep=ALL).attention
    assert seen.query_positions is None
    for block in (own, cross):
        assert block.query_positions.tolist() == [[1, 2], [2, 3], [3, 8], [1, 8]]  # cat ##f ##o ##o ##d
        assert block.readout == 0
    assert np.flatnonzero(own.special).tolist() == [0, 8]


def test_attention_in_context_is_that_of_the_text_read_alone(leased, raw):
    image = picture(90, 30)
    own, seen = blip.encode(leased, text(), image, target="context", keep=ALL).attention
    vision, read = raw.passes(TEXT, image, fused=False)
    np.testing.assert_allclose(own.weights, torch.cat(read.attentions).detach(), atol=1e-5)
    np.testing.assert_allclose(seen.weights, torch.cat(vision.attentions).detach(), atol=1e-5)
    assert own.special.tolist() == [True] + [False] * (len(own.special) - 2) + [True]


def test_the_gradient_of_a_pair_is_that_of_the_match_logit_for_every_unit(leased, raw):
    image = picture(63, 43)
    encoding = blip.encode(leased, text(), image, target="pair", keep=ALL)
    vision, read = raw.passes(TEXT, image)
    logits = raw.model.itm_head(read.last_hidden_state[:, 0])[0]
    towers = (vision.attentions, read.attentions, read.cross_attentions)
    expected = torch.autograd.grad(logits[1] - logits[0], [w for tower in towers for w in tower], retain_graph=True)
    for unit in (0, len(encoding.query) - 1):
        place = 0
        for found, tower in zip(encoding.attention_grad(unit), towers, strict=True):
            np.testing.assert_allclose(found, torch.cat(expected[place : place + len(tower)]), atol=1e-5)
            assert np.abs(found).max() > 1e-3
            place += len(tower)


def test_in_the_last_layer_only_the_row_that_is_matched_has_a_gradient(one):
    _, own, cross = blip.encode(one, text(), picture(50, 40), keep=ALL).attention_grad(0)
    for gradient in (own, cross):
        assert not gradient[-1, :, 1:].any()
        assert gradient[-1, :, 0].any()
        assert gradient[0, :, 1:].any()


@pytest.mark.parametrize("target", ["prompt", "context"])
def test_the_gradient_apart_is_that_of_the_units_cosine(leased, raw, target):
    image = picture(63, 43)
    encoding = blip.encode(leased, text(), image, target=target, unit="text", keep=ALL)
    vision, read = raw.passes(TEXT, image, fused=False)
    own = raw.model.text_proj(read.last_hidden_state[0, 0])
    cosine = torch.nn.functional.cosine_similarity(own, raw.model.vision_proj(vision.last_hidden_state[0, 0]), dim=0)
    expected = torch.cat(torch.autograd.grad(cosine, vision.attentions))
    np.testing.assert_allclose(encoding.attention_grad(0)[-1], expected, atol=1e-5)


def test_only_the_asked_layers_are_kept_and_their_gradients_stay_what_they_were(one):
    whole = blip.encode(one, text(), picture(50, 40), keep=ALL)
    part = blip.encode(one, text(), picture(50, 40), keep=ALL, layers=(1, 2))
    assert [block.layers for block in part.attention] == [(1,), (1, 2), (1, 2)]  # two layers see, three read
    for i, block in enumerate(part.attention):
        np.testing.assert_allclose(block.weights, whole.attention[i].weights[1:], atol=1e-6)
        np.testing.assert_allclose(part.attention_grad(0)[i], whole.attention_grad(0)[i][1:], atol=1e-6)


@pytest.mark.parametrize("layers", [(0,), (2,), None])
def test_a_pair_that_is_encoded_holds_no_graph_with_the_attention_of_other_layers(one, layers):
    with taps.softmaxes() as made:
        encoding = blip.encode(one, text(), picture(50, 40), keep=ALL, layers=layers)
    gc.collect()
    assert len(made) >= 8  # 2 layers of the picture's tower, 3 of the text's of two kinds each
    assert taps.living_bytes(made) == 0
    assert all(gradient.any() for gradient in encoding.attention_grad(0))


def test_a_layer_only_the_text_has_is_kept_alone(one):
    whole = blip.encode(one, text(), picture(50, 40), keep=ALL)
    part = blip.encode(one, text(), picture(50, 40), keep=ALL, layers=(2,))
    assert [(block.kind, block.layers) for block in part.attention] == [("self-query", (2,)), ("cross", (2,))]
    np.testing.assert_allclose(part.attention_grad(0)[1], whole.attention_grad(0)[2][2:], atol=1e-6)


@pytest.mark.parametrize("target", blip.BLIP.targets)
@pytest.mark.parametrize("kept", [set(), {"query_embeds"}, {"key_embeds"}, {"attention"}, {"attention_grad"}])
def test_only_the_asked_fields_are_given(one, target, kept):
    encoding = blip.encode(one, text(), picture(50, 40), target=target, keep=frozenset(kept))
    assert {name for name in ALL if getattr(encoding, name) is not None} == kept


@pytest.mark.parametrize("layers", [(3,), (-1,), ()])
def test_a_layer_the_model_does_not_have_is_refused(one, layers):
    with pytest.raises(ModelError, match="layer"):
        blip.encode(one, text(), picture(50, 40), keep=ALL, layers=layers)


def test_a_target_no_model_has_is_refused(one):
    with pytest.raises(ModelError, match='no target "film"; use: pair, prompt, context'):
        blip.encode(one, text(), picture(50, 40), target="film")


@pytest.mark.parametrize("broken", ["vision_model.encoder.layers.1.mlp", "text_encoder.encoder.layer.2.intermediate"])
def test_hooks_come_off_when_a_pass_fails(one, monkeypatch, broken):
    def fail(*args, **named):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(one.model.get_submodule(broken), "forward", fail)
    with pytest.raises(RuntimeError, match="memory"):
        blip.encode(one, text(), picture(50, 40), keep=ALL)
    assert [m for m in one.model.modules() if m._forward_hooks or m._forward_pre_hooks] == []
    assert torch.is_grad_enabled()


def test_words_beyond_the_limit_are_marked_and_have_no_vector_of_their_own(one):
    encoding = blip.encode(one, text("red " * 20 + "cat"), picture(50, 40), keep=ALL)
    assert encoding.query.cut[20]
    assert not encoding.query_embeds[20].any()
    assert all(np.isfinite(gradient).all() for gradient in encoding.attention_grad(0))


@pytest.mark.parametrize("target", blip.BLIP.targets)
def test_a_text_of_which_the_model_knows_no_part_is_refused(one, target):
    with pytest.raises(ModelError, match="knows no part of"):
        blip.encode(one, text("😀 Ж"), picture(50, 40), target=target)


def test_a_checkpoint_that_writes_captions_is_refused_with_the_name_of_what_is_read(tiny_blip, tmp_path):
    folder = make_blip(tmp_path / "captions")
    own = BlipForImageTextRetrieval.from_pretrained(folder).config
    BlipForConditionalGeneration(own).save_pretrained(folder)
    with (
        pytest.raises(ModelError, match="is a BlipForConditionalGeneration; what is read here is BlipForImageTextRetrieval"),
        checkpoints.lease(f"blip:{folder}", "cpu"),
    ):
        pass


def test_a_config_that_names_no_class_is_read_as_what_the_family_reads(tiny_blip, tmp_path):
    folder = make_blip(tmp_path / "nameless", seed=5)
    config = json.loads((folder / "config.json").read_text())
    del config["architectures"]
    (folder / "config.json").write_text(json.dumps(config))
    with checkpoints.lease(f"blip:{folder}", "cpu") as checkpoint:
        assert type(checkpoint.model) is BlipForImageTextRetrieval


def test_a_model_without_cross_attention_is_refused(tmp_path):
    folder = make_blip(tmp_path / "apart")
    own = BlipForImageTextRetrieval.from_pretrained(folder).config
    own.text_config.is_decoder = False
    BlipForImageTextRetrieval(own).save_pretrained(folder)
    with pytest.raises(ModelError, match="has no cross-attention"), checkpoints.lease(f"blip:{folder}", "cpu"):
        pass


def test_the_temperature_is_the_cards_where_there_is_one_and_else_the_papers(tmp_path, monkeypatch):
    folder = make_blip(tmp_path / "models" / "own-mini")
    with checkpoints.lease(f"blip:{folder}", "cpu") as checkpoint:
        assert blip.logit_scale(checkpoint) == pytest.approx(1 / 0.07)
    (folder / folders.CARD).write_text('{"title": "Own", "temperature": 0.02}')
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path / "models"))
    with checkpoints.lease("own-mini", "cpu") as checkpoint:
        assert blip.logit_scale(checkpoint) == pytest.approx(50)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_the_cpu_computes_in_float32_whatever_the_file_has(tmp_path, dtype):
    folder = make_blip(tmp_path / dtype, dtype=dtype)
    with checkpoints.lease(f"blip:{folder}", "cpu") as checkpoint:
        assert {p.dtype for p in checkpoint.model.parameters()} == {torch.float32}
