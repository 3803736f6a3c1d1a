"""CLIP against the raw Hugging Face forward pass, on random checkpoints whose sizes all differ."""

import threading
from collections.abc import Iterator

import numpy as np
import PIL.Image
import pytest
import torch
from transformers import AutoImageProcessor, AutoTokenizer, CLIPModel, CLIPProcessor

from mmviz.axes import PatchAxis
from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.models import checkpoints, clip
from mmviz.samples import Image, Text
from tests.models.tiny import make_clip

ALL = clip.offers(None)
TEXT = "two red cats under a tree 一只猫"
#: (width, height) from 1:3 to 3:1; what the crop leaves over is even, so that Hugging Face's processor cuts the same.
PICTURES = [(30, 90), (90, 30), (63, 43), (50, 50), (200, 176)]
LAYOUTS = {
    "wordpiece": {"tokenizer": "wordpiece"},
    "bpe": {"tokenizer": "bpe", "text_length": 40, "text_layers": 1},
    "other sizes": {"image_size": 48, "patch_size": 12, "vision_width": 30, "vision_heads": 5, "vision_layers": 3},
}


@pytest.fixture(scope="module", params=LAYOUTS, ids=list(LAYOUTS))
def folder(request, tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("clip") / "tiny", seed=11, **LAYOUTS[request.param])


@pytest.fixture
def leased(folder) -> Iterator[checkpoints.Checkpoint]:
    with checkpoints.lease(f"clip:{folder}", "cpu") as checkpoint:
        yield checkpoint


def picture(width: int, height: int, seed: int = 3) -> Image:
    return image_media.parse(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def text(characters: str = TEXT) -> Text:
    return text_media.parse(characters)


class Raw:
    """Transformers as its documentation uses it."""

    def __init__(self, folder):
        self.model = CLIPModel.from_pretrained(folder, attn_implementation="eager")
        self.processor = CLIPProcessor(
            AutoImageProcessor.from_pretrained(folder, backend="pil"), AutoTokenizer.from_pretrained(folder)
        )

    def inputs(self, texts: list[str], image: Image):
        pictures = PIL.Image.fromarray(image.pixels)
        return self.processor(text=texts, images=pictures, return_tensors="pt", padding=True, truncation=True)

    def __call__(self, texts: list[str], image: Image):
        with torch.no_grad():
            return self.model(**self.inputs(texts, image))

    def attentions(self, texts: list[str], image: Image):
        """Run both towers with their attention, in the graph."""
        inputs = self.inputs(texts, image)
        vision = self.model.vision_model(inputs["pixel_values"], output_attentions=True)
        text = self.model.text_model(inputs["input_ids"], inputs["attention_mask"], output_attentions=True)
        return text, vision


@pytest.fixture
def raw(folder) -> Raw:
    return Raw(folder)


@pytest.mark.parametrize(("width", "height"), PICTURES)
def test_scores_and_vectors_are_those_of_the_raw_pass(leased, raw, width, height):
    image = picture(width, height)
    encoding = clip.encode(leased, text(), image, target="prompt", unit="word", keep=ALL)
    out = raw(encoding.query.labels, image)
    scale = raw.model.logit_scale.exp().item()
    np.testing.assert_allclose(encoding.unit_scores * scale, out.logits_per_text[:, 0], atol=1e-5 * scale)
    np.testing.assert_allclose(encoding.unit_scores, out.logits_per_text[:, 0] / scale, atol=1e-5)
    np.testing.assert_allclose(encoding.query_embeds, out.text_embeds, atol=1e-5)
    assert encoding.score.value == pytest.approx(out.logits_per_image[0, -1].item() / scale, abs=1e-5)


@pytest.mark.parametrize(("width", "height"), PICTURES)
def test_patch_vectors_are_the_last_states_through_norm_and_projection(leased, raw, width, height):
    image = picture(width, height)
    encoding = clip.encode(leased, text(), image, target="prompt", unit="text", keep=ALL)
    with torch.no_grad():
        _, vision = raw.attentions([TEXT], image)
        states = raw.model.visual_projection(raw.model.vision_model.post_layernorm(vision.last_hidden_state[0, 1:]))
    np.testing.assert_allclose(encoding.key_embeds, torch.nn.functional.normalize(states, dim=-1), atol=1e-5)
    assert isinstance(encoding.key, PatchAxis)


def test_attention_is_that_of_the_raw_pass(leased, raw):
    image = picture(90, 30)
    encoding = clip.encode(leased, text(), image, target="context", unit="word", keep=ALL)
    own_text, own_vision = encoding.attention
    with torch.no_grad():
        raw_text, raw_vision = raw.attentions([TEXT], image)
    np.testing.assert_allclose(own_text.weights, torch.cat(raw_text.attentions), atol=1e-5)
    np.testing.assert_allclose(own_vision.weights, torch.cat(raw_vision.attentions), atol=1e-5)
    assert (own_text.kind, own_vision.kind) == ("self-query", "self-key")


@pytest.mark.parametrize("unit", [0, 2, -1])
def test_attention_grad_is_the_gradient_of_the_units_cosine(leased, raw, unit):
    image = picture(63, 43)
    encoding = clip.encode(leased, text(), image, target="prompt", unit="word", keep=ALL)
    _, vision = raw.attentions([TEXT], image)
    seen = raw.model.visual_projection(vision.pooler_output)[0]
    inputs = raw.inputs(encoding.query.labels, image)
    words = raw.model.get_text_features(inputs["input_ids"], inputs["attention_mask"]).pooler_output.detach()
    cosine = torch.nn.functional.cosine_similarity(words[unit], seen, dim=0)
    expected = torch.cat(torch.autograd.grad(cosine, vision.attentions))
    (gradient,) = encoding.attention_grad(unit % len(encoding.query))
    np.testing.assert_allclose(gradient, expected, atol=1e-5)
    assert np.abs(gradient).max() > 1e-3


def test_equal_words_are_read_once_and_share_what_is_found_of_them(leased, monkeypatch):
    read = []
    ask = clip.towers.text_embeds
    monkeypatch.setattr(clip.towers, "text_embeds", lambda checkpoint, texts: read.append(list(texts)) or ask(checkpoint, texts))
    encoding = clip.encode(leased, text("a cat and a dog"), picture(63, 43), target="prompt", unit="word", keep=ALL)
    assert read == [["a", "cat", "and", "dog", "a cat and a dog"]]
    assert encoding.query_embeds.shape[0] == len(encoding.unit_scores) == 6
    for found in (encoding.query_embeds, encoding.unit_scores, [encoding.attention_grad(unit)[0] for unit in range(6)]):
        assert np.array_equal(found[0], found[3])
        assert not np.array_equal(found[0], found[1])
    hidden = [encoding.score_masked(unit, np.zeros((1, len(encoding.key)), bool), "mean")[0] for unit in (0, 3, 4)]
    assert hidden[0] == hidden[1] != hidden[2]


def test_attention_grad_in_context_reaches_both_towers(leased, raw):
    image = picture(63, 43)
    encoding = clip.encode(leased, text(), image, target="context", unit="word", keep=ALL)
    read, seen = raw.attentions([TEXT], image)
    cosine = torch.nn.functional.cosine_similarity(
        raw.model.text_projection(read.pooler_output)[0], raw.model.visual_projection(seen.pooler_output)[0], dim=0
    )
    by_text, by_vision = encoding.attention_grad(len(encoding.query) - 1)
    expected = torch.autograd.grad(cosine, [*read.attentions, *seen.attentions])
    np.testing.assert_allclose(by_text, torch.cat(expected[: len(by_text)]), atol=1e-5)
    np.testing.assert_allclose(by_vision, torch.cat(expected[len(by_text) :]), atol=1e-5)


def test_attention_grad_predicts_what_a_change_of_attention_does(leased):
    image, eps = picture(50, 70), 1e-3
    encoding = clip.encode(leased, text("a cat"), image, target="prompt", unit="text", keep=ALL)
    (gradient,) = encoding.attention_grad(0)
    layer, head, row, column = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    module = leased.model.vision_model.encoder.layers[layer].self_attn
    scores = []
    for step in (-eps, eps):
        with _nudged(module, head, row, column, step):
            scores.append(clip.encode(leased, text("a cat"), image, unit="text").score.value)
    # float32 cosines differ by 1e-7, over 2 eps: 1e-4
    assert (scores[1] - scores[0]) / (2 * eps) == pytest.approx(gradient[layer, head, row, column], rel=1e-2, abs=3e-4)


class _nudged:  # noqa: N801
    """Add `step` to one attention weight of a module: its output moves by step * value, through the output projection."""

    def __init__(self, module, head, row, column, step):
        self.module, self.place, self.step = module, (head, row, column), step

    def __enter__(self):
        self.handle = self.module.register_forward_hook(self._hook, with_kwargs=True)

    def __exit__(self, *_):
        self.handle.remove()

    def _hook(self, module, args, named, output):
        head, row, column = self.place
        states = named.get("hidden_states", args[0] if args else None)
        part = slice(head * module.head_dim, (head + 1) * module.head_dim)
        moved = torch.zeros_like(output[0])
        moved[0, row] = module.out_proj.weight[:, part] @ module.v_proj(states)[0, column, part] * self.step
        return output[0] + moved, output[1]


def test_context_vectors_are_the_means_of_a_units_projected_token_states(leased, raw):
    image = picture(63, 43)
    encoding = clip.encode(leased, text("red cat foxes"), image, target="context", unit="word", keep=ALL)
    with torch.no_grad():
        read, _ = raw.attentions(["red cat foxes"], image)
        states = raw.model.text_projection(read.last_hidden_state[0])
    ends = [2, 3, len(states) - 1]
    means = [states[a:b].mean(0) for a, b in zip([1, *ends], ends, strict=False)]
    expected = torch.nn.functional.normalize(torch.stack([*means, states[-1]]), dim=-1)
    np.testing.assert_allclose(encoding.query_embeds, expected, atol=1e-5)
    assert encoding.unit_scores is None


def test_the_whole_text_alone_has_the_vector_of_its_end_token_in_context_too(leased, raw):
    encoding = clip.encode(leased, text(), picture(63, 43), target="context", unit="text", keep=ALL)
    np.testing.assert_allclose(encoding.query_embeds, raw([TEXT], picture(63, 43)).text_embeds, atol=1e-5)


@pytest.mark.parametrize("width", [30, 90])
def test_pictures_are_embedded_as_the_raw_pass_does_whatever_the_batch(leased, raw, width):
    images = [picture(width, 50, seed) for seed in range(5)]
    embeds = clip.embed(leased, images, batch=2)
    expected = torch.cat([raw([TEXT], image).image_embeds for image in images])
    np.testing.assert_allclose(embeds.vectors, expected, atol=1e-5)
    assert (embeds.modality, len(embeds.items)) == ("image", 5)


def test_texts_are_embedded_as_the_raw_pass_does_whatever_the_batch(leased, raw):
    words = ["a cat", "two small dogs with a blue tail", "猫", "red " * 60]
    embeds = clip.embed(leased, [text(w) for w in words], batch=3)
    np.testing.assert_allclose(embeds.vectors, raw(words, picture(50, 50)).text_embeds, atol=1e-5)
    assert embeds.items.labels == words


def test_a_set_is_embedded_by_one_pass_a_sample(leased):
    seen = []
    towers = (leased.model.vision_model, leased.model.text_model)
    handles = [t.register_forward_hook(lambda m, a, out: seen.append(len(out.pooler_output))) for t in towers]
    clip.embed(leased, [picture(50, 40)] * 7, batch=3)
    clip.embed(leased, [text("a cat")] * 9, batch=4)
    for handle in handles:
        handle.remove()
    assert sum(seen) == 16


def test_nothing_is_embedded_to_nothing(leased):
    assert clip.embed(leased, []).vectors.shape == (0, leased.config.projection_dim)


@pytest.mark.parametrize("kept", [set(), {"query_embeds"}, {"key_embeds"}, {"attention"}, {"attention_grad"}])
def test_only_the_asked_fields_are_given(leased, kept):
    encoding = clip.encode(leased, text(), picture(50, 40), keep=frozenset(kept))
    assert {name for name in ALL if getattr(encoding, name) is not None} == kept


def test_only_the_asked_layers_are_kept(leased):
    image = picture(50, 40)
    whole = clip.encode(leased, text(), image, keep=ALL)
    one = clip.encode(leased, text(), image, keep=ALL, layers=(1,))
    assert one.attention[0].layers == (1,)
    np.testing.assert_array_equal(one.attention[0].weights, whole.attention[0].weights[1:2])
    np.testing.assert_allclose(one.attention_grad(0)[0], whole.attention_grad(0)[0][1:2], atol=1e-7)


def test_a_pass_keeps_no_other_layers_weights_alive(leased):
    shapes = []
    real = torch.nn.functional.softmax

    def softmax(*args, **named):
        made = real(*args, **named)
        shapes.append(__import__("weakref").ref(made))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.functional, "softmax", softmax)
        encoding = clip.encode(leased, text("cat"), picture(50, 40), keep=frozenset({"attention"}), layers=(0,))
    assert len(shapes) > len(encoding.attention[0].layers)
    assert [ref for ref in shapes if ref() is not None] == []  # what is kept is a copy in NumPy


@pytest.mark.parametrize("layers", [(7,), (-1,), ()])
def test_a_layer_the_model_does_not_have_is_refused(leased, layers):
    with pytest.raises(ModelError, match="layer"):
        clip.encode(leased, text(), picture(50, 40), keep=ALL, layers=layers)


def test_a_target_a_dual_encoder_cannot_have_is_refused(leased):
    with pytest.raises(ModelError, match='no target "pair"'):
        clip.encode(leased, text(), picture(50, 40), target="pair")


def test_hooks_come_off_when_a_pass_fails(leased, monkeypatch):
    def fail(*args, **named):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(leased.model.vision_model.encoder.layers[-1].mlp, "forward", fail)
    with pytest.raises(RuntimeError, match="memory"):
        clip.encode(leased, text(), picture(50, 40), keep=ALL)
    assert [m for m in leased.model.modules() if m._forward_hooks or m._forward_pre_hooks] == []


def test_hooks_are_gone_after_a_good_pass_too(leased):
    clip.encode(leased, text(), picture(50, 40), target="context", keep=ALL)
    assert [m for m in leased.model.modules() if m._forward_hooks or m._forward_pre_hooks] == []


def test_two_threads_on_one_checkpoint_do_not_mix(folder):
    name = f"clip:{folder}"
    images = [picture(50, 40, seed) for seed in (1, 2)]
    expected = [_attention(name, image) for image in images]
    mixed, start = [], threading.Barrier(2)

    def work(number: int) -> None:
        start.wait()
        for _ in range(25):
            if not np.array_equal(_attention(name, images[number]), expected[number]):
                mixed.append(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []


def _attention(name: str, image: Image) -> np.ndarray:
    with checkpoints.lease(name, "cpu") as checkpoint:
        return clip.encode(checkpoint, text("a cat"), image, keep=ALL).attention[0].weights


def test_words_beyond_the_limit_have_their_own_vector_as_prompts_and_none_in_context(tiny_clip):
    long = text("red " * 20 + "cat")
    with checkpoints.lease(f"clip:{tiny_clip}", "cpu") as checkpoint:
        alone = clip.encode(checkpoint, long, picture(50, 40), target="prompt", keep=ALL)
        within = clip.encode(checkpoint, long, picture(50, 40), target="context", keep=ALL)
        cat = clip.encode(checkpoint, text("cat"), picture(50, 40), keep=ALL)
        gradients = within.attention_grad(20)
    assert alone.query.cut[20]
    np.testing.assert_allclose(alone.query_embeds[20], cat.query_embeds[0], atol=1e-5)
    assert not within.query_embeds[20].any()
    assert all(np.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("words", ["😀", "😀👍🏽 🇨🇳", "Ж Ж", "!!!"])
def test_a_text_of_which_the_model_knows_no_part_is_refused_with_a_sentence(tiny_clip, words):
    with checkpoints.lease(f"clip:{tiny_clip}", "cpu") as checkpoint, pytest.raises(ModelError, match="knows no part of"):
        clip.encode(checkpoint, text(words), picture(50, 40))


def test_emoji_alone_are_read_where_the_tokenizer_knows_bytes(tmp_path):
    folder = make_clip(tmp_path / "bpe", tokenizer="bpe", text_length=40)
    with checkpoints.lease(f"clip:{folder}", "cpu") as checkpoint:
        encoding = clip.encode(checkpoint, text("😀👍🏽"), picture(50, 40), keep=ALL)
    assert encoding.query.labels == ["😀", "👍🏽", "😀👍🏽"]
    assert not encoding.query.unknown.any()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_the_cpu_computes_in_float32_whatever_the_file_has(tmp_path, dtype):
    folder = make_clip(tmp_path / dtype, dtype=dtype)
    with checkpoints.lease(f"clip:{folder}", "cpu") as checkpoint:
        assert {p.dtype for p in checkpoint.model.parameters()} == {torch.float32}
        assert checkpoint.dtype == "float32"


def test_old_files_whose_end_token_is_called_2_are_read_as_transformers_reads_them(tmp_path):
    folder = make_clip(tmp_path / "old", tokenizer="bpe", text_length=40)
    config = folder / "config.json"
    end = len(AutoTokenizer.from_pretrained(folder)) - 1
    config.write_text(config.read_text().replace(f'"eos_token_id": {end}', '"eos_token_id": 2'))
    image = picture(50, 50)
    with checkpoints.lease(f"clip:{folder}", "cpu") as checkpoint:
        assert checkpoint.config.text_config.eos_token_id == 2
        encoding = clip.encode(checkpoint, text(), image, target="context", unit="word", keep=ALL)
    np.testing.assert_allclose(encoding.query_embeds[-1], Raw(folder)([TEXT], image).text_embeds[0], atol=1e-5)
