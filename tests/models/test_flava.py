"""FLAVA against the raw Hugging Face forward pass, on random checkpoints whose sizes all differ."""

import json
from collections.abc import Iterator

import numpy as np
import PIL.Image
import pytest
import torch
from safetensors import safe_open
from transformers import AutoImageProcessor, AutoTokenizer, FlavaForPreTraining, FlavaModel

from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.models import checkpoints, flava
from mmviz.samples import Image, Text
from tests.models.tiny import make_flava

ALL = flava.offers(None)
TEXT = "two red cats under a tree 一只猫"
#: What the crop leaves over is even, so that Hugging Face's processor cuts the same.
PICTURES = [(30, 90), (90, 30), (63, 43)]
LAYOUTS = {
    "as bundled": {},
    "as public": {"head": "codebook", "processor": "squash", "text_layers": 2, "vision_layers": 3, "text_heads": 5},
    "other sizes": {"image_size": 48, "patch_size": 12, "vision_width": 30, "vision_heads": 5, "both_width": 22, "both_heads": 2},
}


@pytest.fixture(scope="module", params=LAYOUTS, ids=list(LAYOUTS))
def folder(request, tmp_path_factory):
    return make_flava(tmp_path_factory.mktemp("flava") / "tiny", seed=11, **LAYOUTS[request.param])


@pytest.fixture
def leased(folder) -> Iterator[checkpoints.Checkpoint]:
    with checkpoints.lease(f"flava:{folder}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture(scope="module")
def tiny_flava(tmp_path_factory):
    return make_flava(tmp_path_factory.mktemp("flava") / "one", seed=5)


@pytest.fixture
def one(tiny_flava) -> Iterator[checkpoints.Checkpoint]:
    with checkpoints.lease(f"flava:{tiny_flava}", "cpu") as checkpoint:
        yield checkpoint


def picture(width: int, height: int, seed: int = 3) -> Image:
    return image_media.parse(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def text(characters: str = TEXT) -> Text:
    return text_media.parse(characters)


def unit(vectors: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(vectors, dim=-1)


class Raw:
    """Transformers as its documentation uses it."""

    def __init__(self, folder):
        self.model = FlavaForPreTraining.from_pretrained(folder, attn_implementation="eager").eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.image_processor = AutoImageProcessor.from_pretrained(folder, backend="pil")

    def inputs(self, texts: list[str], image: Image):
        read = self.tokenizer(texts, return_tensors="pt", padding=True, truncation=True)
        seen = self.image_processor(PIL.Image.fromarray(image.pixels), return_tensors="pt")["pixel_values"]
        return dict(read) | {"pixel_values": seen.expand(len(texts), -1, -1, -1)}

    def whole(self, texts: list[str], image: Image):
        """Run the model as it is trained, with nothing hidden."""
        inputs = self.inputs(texts, image)
        with torch.no_grad():
            return self.model(**inputs, input_ids_masked=inputs["input_ids"], return_loss=False)

    def match(self, texts: list[str], image: Image) -> np.ndarray:
        """Give the logits of a match."""
        logits = self.whole(texts, image).itm_logits
        return (logits[:, 1] - logits[:, 0]).numpy()

    def cosines(self, texts: list[str], image: Image) -> np.ndarray:
        """Give the cosines that the contrast of the training scales into its logits."""
        logits = self.whole(texts, image).contrastive_logits_per_text[:, 0]
        return (logits / self.model.flava.logit_scale.exp()).detach().numpy()

    def stream(self, one: str, image: Image, grad: bool = False):
        """Run `FlavaModel`, and its multimodal encoder again with attention: states and attentions."""
        flava_model, inputs = self.model.flava, self.inputs([one], image)
        with torch.no_grad():
            out = flava_model(**inputs)
            seen = flava_model.image_to_mm_projection(out.image_output.hidden_states[-1])
            read = flava_model.text_to_mm_projection(out.text_output.hidden_states[-1])
        with torch.set_grad_enabled(grad):
            again = flava_model.multimodal_model(torch.cat([seen, read], 1), output_attentions=True)
        torch.testing.assert_close(again.last_hidden_state, out.multimodal_embeddings, atol=1e-5, rtol=0)
        return again


@pytest.fixture
def raw(folder) -> Raw:
    return Raw(folder)


@pytest.mark.parametrize(("width", "height"), PICTURES)
def test_cosines_and_vectors_apart_are_those_of_the_raw_pass(leased, raw, width, height):
    image = picture(width, height)
    encoding = flava.encode(leased, text(), image, target="prompt", unit="word", keep=ALL)
    np.testing.assert_allclose(encoding.unit_scores, raw.cosines(list(encoding.query.labels), image), atol=1e-5)
    assert encoding.score.kind == "cosine"
    assert encoding.score.value == pytest.approx(raw.cosines([TEXT], image)[0], abs=1e-5)
    out = raw.whole([TEXT, "a cat"], image)
    np.testing.assert_allclose(
        flava.embed(leased, [text(), text("a cat")], batch=1).vectors,
        unit(raw.model.flava.text_projection(out.text_embeddings[:, 0])).detach(),
        atol=1e-5,
    )
    np.testing.assert_allclose(
        flava.embed(leased, [image] * 3, batch=2).vectors[2],
        unit(raw.model.flava.image_projection(out.image_embeddings[0, 0])).detach(),
        atol=1e-5,
    )


def test_vectors_in_context_are_token_and_patch_states_through_the_projections(leased, raw):
    image = picture(63, 43)
    encoding = flava.encode(leased, text("red cat foxes"), image, target="context", unit="word", keep=ALL)
    inputs = raw.inputs(["red cat foxes"], image)
    tokens = raw.model.flava.get_text_features(inputs["input_ids"], inputs["attention_mask"]).pooler_output[0]
    patches = raw.model.flava.get_image_features(inputs["pixel_values"]).pooler_output[0, 1:]
    ends = [2, 3, len(tokens) - 1]
    means = [tokens[a:b].mean(0) for a, b in zip([1, *ends], ends, strict=False)]
    np.testing.assert_allclose(encoding.query_embeds, unit(torch.stack([*means, tokens[0]])).detach(), atol=1e-5)
    np.testing.assert_allclose(encoding.key_embeds, unit(patches).detach(), atol=1e-5)


@pytest.mark.parametrize("target", ["prompt", "context"])
def test_attention_apart_and_its_gradient_are_those_of_the_raw_towers(leased, raw, target):
    image, model = picture(90, 30), raw.model.flava
    encoding = flava.encode(leased, text(), image, target=target, unit="text", keep=ALL)
    inputs = raw.inputs([TEXT], image)
    seen = model.image_model(inputs["pixel_values"], output_attentions=True)
    read = model.text_model(inputs["input_ids"], inputs["attention_mask"], output_attentions=True)
    vectors = (model.text_projection(read.last_hidden_state[0, 0]), model.image_projection(seen.last_hidden_state[0, 0]))
    cosine = torch.nn.functional.cosine_similarity(*vectors, dim=0)
    towers = (seen,) if target == "prompt" else (read, seen)
    assert [block.kind for block in encoding.attention] == ["self-query", "self-key"][-len(towers) :]
    for block, grad, tower in zip(encoding.attention, encoding.attention_grad(0), towers, strict=True):
        expected = torch.autograd.grad(cosine, tower.attentions, retain_graph=True)
        np.testing.assert_allclose(block.weights, torch.cat(tower.attentions).detach(), atol=1e-5)
        np.testing.assert_allclose(grad, torch.cat(expected), atol=1e-5)
        assert np.abs(grad).max() > 1e-3


@pytest.mark.parametrize(("width", "height"), PICTURES)
def test_the_match_probability_is_that_of_the_raw_pass(leased, raw, width, height):
    image = picture(width, height)
    score = flava.encode(leased, text(), image, target="pair").score
    assert score.kind == "match_probability"
    assert np.log(score.value / (1 - score.value)) == pytest.approx(raw.match([TEXT], image)[0], abs=1e-4)  # float32 near 0 and 1
    logits = flava.score_pairs(leased, [text()], [image], np.array([[0, 0]]))
    np.testing.assert_allclose(logits, raw.match([TEXT], image), atol=1e-5)


def test_pairs_are_scored_as_the_raw_pass_does_in_whatever_order(leased, raw, rng, monkeypatch):
    monkeypatch.setattr(flava.stream, "PAIRS", 4)
    monkeypatch.setattr(flava.stream, "PICTURES", 2)
    texts = ["a cat", "two small dogs with a blue tail", "猫", "red " * 60, TEXT]
    images = [picture(90, 30, 1), picture(30, 90, 2), picture(50, 40, 4)]
    every = np.stack(np.meshgrid(np.arange(5), np.arange(3), indexing="ij"), -1).reshape(-1, 2)
    expected = np.stack([raw.match(texts, image) for image in images], axis=1)
    pairs = rng.permutation(every)
    logits = flava.score_pairs(leased, [text(t) for t in texts], images, pairs)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, expected[pairs[:, 0], pairs[:, 1]], atol=1e-5)


def test_a_pair_is_read_as_the_raw_multimodal_encoder_reads_it(leased, raw):
    image = picture(63, 43)
    encoding = flava.encode(leased, text("red cat foxes"), image, target="pair", unit="word", keep=ALL)
    out, (block,) = raw.stream("red cat foxes", image), encoding.attention
    states, patches = out.last_hidden_state[0], len(encoding.key)
    np.testing.assert_allclose(block.weights, torch.cat(out.attentions), atol=1e-5)
    np.testing.assert_allclose(encoding.key_embeds, unit(states[2 : 2 + patches]), atol=1e-5)
    own = states[2 + patches :]
    means = [own[1:2].mean(0), own[2:3].mean(0), own[3:-1].mean(0)]
    np.testing.assert_allclose(encoding.query_embeds, unit(torch.stack([*means, states[0]])), atol=1e-5)
    np.testing.assert_allclose(
        flava.joint(leased, [text("red cat foxes")], [image], np.array([[0, 0]]))[0], unit(states[0]), atol=1e-5
    )


def test_the_gradient_of_a_pair_is_that_of_the_match_logit_for_every_unit(leased, raw):
    image = picture(63, 43)
    encoding = flava.encode(leased, text(), image, target="pair", keep=ALL)
    raw.model.requires_grad_(True)
    out = raw.stream(TEXT, image, grad=True)
    logits = raw.model.itm_head(out.last_hidden_state)[0]
    expected = torch.cat(torch.autograd.grad(logits[1] - logits[0], out.attentions))
    for place in (0, len(encoding.query) - 1):
        (found,) = encoding.attention_grad(place)
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(found).max() > 1e-3
    assert not found[-1, :, 1:].any()
    assert found[-1, :, 0].any()


def test_units_and_patches_stand_behind_both_cls_and_nothing_else_is_a_unit(one):
    encoding = flava.encode(one, text("a red catfood"), picture(50, 40), target="pair", keep=ALL)
    (block,), patches = encoding.attention, len(encoding.key)
    first = 2 + patches
    assert block.query_positions.tolist() == [[first + a, first + b] for a, b in ((1, 2), (2, 3), (3, 8), (1, 8))]
    assert block.key_positions.tolist() == list(range(2, first))
    assert np.flatnonzero(block.special).tolist() == [0, 1, first, first + 8]
    assert block.readout == 0
    assert (len(block.layers), block.weights.shape[1]) == flava.looking(one.config, "pair") == (5, 7)


def test_an_encoder_without_a_cls_of_its_own_reads_out_the_pictures(tmp_path):
    folder = make_flava(tmp_path / "model")
    config = FlavaForPreTraining.from_pretrained(folder).config
    config.multimodal_config.use_cls_token = False
    FlavaForPreTraining(config).save_pretrained(folder)
    raw, image = Raw(folder), picture(63, 43)
    with checkpoints.lease(f"flava:{folder}", "cpu") as checkpoint:
        encoding = flava.encode(checkpoint, text(), image, target="pair", keep=ALL)
        logits = flava.score_pairs(checkpoint, [text()], [image], np.array([[0, 0]]))
    assert encoding.attention[0].key_positions.tolist() == list(range(1, 1 + len(encoding.key)))
    np.testing.assert_allclose(logits, raw.match([TEXT], image), atol=1e-5)


def test_only_the_asked_layers_are_kept_and_their_gradients_stay_what_they_were(one):
    whole = flava.encode(one, text(), picture(50, 40), target="pair", keep=ALL)
    part = flava.encode(one, text(), picture(50, 40), target="pair", keep=ALL, layers=(1, 4))
    assert part.attention[0].layers == (1, 4)
    np.testing.assert_allclose(part.attention[0].weights, whole.attention[0].weights[[1, 4]], atol=1e-6)
    np.testing.assert_allclose(part.attention_grad(0)[0], whole.attention_grad(0)[0][[1, 4]], atol=1e-6)


def test_each_picture_is_seen_once_however_many_pairs_it_is_in(one):
    seen = []
    handle = one.model.flava.image_model.register_forward_hook(lambda m, a, out: seen.append(len(out.last_hidden_state)))
    pairs = np.array([[0, 2], [1, 2], [0, 0]])
    flava.score_pairs(one, [text("a cat"), text("red")], [picture(50, 40, s) for s in range(3)], pairs)
    handle.remove()
    assert sum(seen) == 2


def test_no_pairs_have_no_scores(one):
    assert flava.score_pairs(one, [text()], [picture(50, 40)], np.zeros((0, 2), int)).shape == (0,)


def test_the_codebook_of_a_public_checkpoint_is_left_where_it_lies(tmp_path):
    folder = make_flava(tmp_path / "model", head="codebook")
    with safe_open(folder / "model.safetensors", "pt") as file:
        assert any(name.startswith("image_codebook.") for name in file.keys())  # noqa: SIM118
    with checkpoints.lease(f"flava:{folder}", "cpu") as checkpoint:
        assert not any("codebook" in name for name, _ in checkpoint.model.named_parameters())


def test_a_bare_model_has_vectors_and_matches_nothing(tmp_path):
    folder, image = make_flava(tmp_path / "model", head="bare"), picture(63, 43)
    model = FlavaModel.from_pretrained(folder)
    ids = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt").input_ids
    expected = unit(model.get_text_features(ids).pooler_output[:, 0]).detach()
    with checkpoints.lease(f"flava:{folder}", "cpu") as checkpoint:
        np.testing.assert_allclose(flava.embed(checkpoint, [text()]).vectors, expected, atol=1e-5)
        assert flava.joint(checkpoint, [text()], [image], np.array([[0, 0]])).shape == (1, 28)
        with pytest.raises(ModelError, match="no head that matches pairs; use a FlavaForPreTraining"):
            flava.encode(checkpoint, text(), image, target="pair")
        with pytest.raises(ModelError, match="no head that matches pairs"):
            flava.score_pairs(checkpoint, [text()], [image], np.array([[0, 0]]))
    assert not flava.matches(json.loads((folder / "config.json").read_text()))
    assert flava.matches(json.loads((make_flava(tmp_path / "other") / "config.json").read_text()))
    assert flava.matches({})


def test_the_logit_scale_is_the_exponential_of_the_learned_one(one, tiny_flava):
    learned = FlavaForPreTraining.from_pretrained(tiny_flava).flava.logit_scale
    assert flava.logit_scale(one) == pytest.approx(float(learned.detach().exp()))


def test_a_part_of_flava_is_refused_with_the_name_of_what_is_read(tiny_flava, tmp_path):
    folder = make_flava(tmp_path / "part")
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = ["FlavaImageModel"]
    (folder / "config.json").write_text(json.dumps(config))
    with (
        pytest.raises(ModelError, match="is a FlavaImageModel; what is read here is FlavaForPreTraining or FlavaModel"),
        checkpoints.lease(f"flava:{folder}", "cpu"),
    ):
        pass
