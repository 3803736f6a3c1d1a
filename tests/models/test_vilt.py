"""ViLT against the raw Hugging Face forward pass, on random checkpoints whose sizes all differ.

Transformers shuffles the patches of a picture with torch's own random numbers; a score does not depend on their order, and
where states or attention are compared, `patch_index` of its `visual_embed` says which patch stands where.
"""

import json
from collections.abc import Iterator

import numpy as np
import PIL.Image
import pytest
import torch
from transformers import AutoImageProcessor, AutoTokenizer, ViltForImageAndTextRetrieval, ViltForQuestionAnswering, ViltModel

from mmviz import pipeline
from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.methods.attention import attention
from mmviz.models import checkpoints, folders, vilt
from mmviz.results import Alignment
from mmviz.samples import Image, Text
from tests.models.tiny import make_vilt

ALL = vilt.offers(None)
TEXT = "two red cats under a tree 一只猫"
#: (width, height) from 1:3 to 3:1.
PICTURES = [(30, 90), (90, 30), (63, 43), (200, 176), (50, 50)]
LAYOUTS = {
    "as bundled": {"shortest_edge": 40},
    "larger pictures": {},
    "other sizes": {
        "image_size": 60,
        "patch_size": 12,
        "size_divisor": 12,
        "shortest_edge": 60,
        "width": 30,
        "heads": 5,
        "layers": 2,
    },
    "divisor beside the patch": {"size_divisor": 10, "text_length": 23},
}


@pytest.fixture(scope="module", params=LAYOUTS, ids=list(LAYOUTS))
def folder(request, tmp_path_factory):
    return make_vilt(tmp_path_factory.mktemp("vilt") / "tiny", seed=11, **LAYOUTS[request.param])


@pytest.fixture
def leased(folder) -> Iterator[checkpoints.Checkpoint]:
    with checkpoints.lease(f"vilt:{folder}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture(scope="module")
def tiny_vilt(tmp_path_factory):
    return make_vilt(tmp_path_factory.mktemp("vilt") / "one", seed=5)


@pytest.fixture
def one(tiny_vilt) -> Iterator[checkpoints.Checkpoint]:
    with checkpoints.lease(f"vilt:{tiny_vilt}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture
def answering(tmp_path_factory) -> Iterator[checkpoints.Checkpoint]:
    folder = make_vilt(tmp_path_factory.mktemp("vilt") / "vqa", head="vqa", seed=6)
    with checkpoints.lease(f"vilt:{folder}", "cpu") as checkpoint:
        yield checkpoint


def picture(width: int, height: int, seed: int = 3) -> Image:
    return image_media.parse(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def text(characters: str = TEXT) -> Text:
    return text_media.parse(characters)


class Raw:
    """Transformers as its documentation uses it."""

    def __init__(self, folder, kind=ViltForImageAndTextRetrieval):
        self.model = kind.from_pretrained(folder, attn_implementation="eager")
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.image_processor = AutoImageProcessor.from_pretrained(folder, backend="pil")

    def inputs(self, texts: list[str], images: list[Image]):
        read = self.tokenizer(texts, return_tensors="pt", padding=True, truncation=True)
        seen = self.image_processor([PIL.Image.fromarray(image.pixels) for image in images], return_tensors="pt")
        return dict(read) | dict(seen)

    def logits(self, texts: list[str], images: list[Image]) -> np.ndarray:
        with torch.no_grad():
            return self.model(**self.inputs(texts, images)).logits.numpy()

    def ordered(self, one: str, image: Image):
        """Run one pair with its attention, in the graph; gives the output, and which position each patch stands at."""
        inputs = self.inputs([one], [image])
        embeddings = self.model.vilt.embeddings
        seed = int(torch.randint(2**31, ()))
        torch.manual_seed(seed)
        _, _, (index, (_, columns)) = embeddings.visual_embed(inputs["pixel_values"], inputs["pixel_mask"], -1)
        torch.manual_seed(seed)  # the model's own call shuffles the same
        out = self.model(**inputs, output_attentions=True, output_hidden_states=True)
        patch = index[0, :, 0] * columns + index[0, :, 1]
        words = inputs["input_ids"].shape[1] + 1
        return out, np.concatenate([np.arange(words), words + np.argsort(patch.numpy())])


@pytest.fixture
def raw(folder) -> Raw:
    return Raw(folder)


@pytest.mark.parametrize(("width", "height"), PICTURES)
def test_the_logit_is_that_of_the_raw_pass(leased, raw, width, height):
    image = picture(width, height)
    score = vilt.encode(leased, text(), image).score
    assert score.kind == "logit"
    assert score.value == pytest.approx(raw.logits([TEXT], [image])[0, 0], abs=1e-5)


def test_pairs_are_scored_as_the_raw_pass_does_in_whatever_order(leased, raw, rng):
    texts = ["a cat", "two small dogs with a blue tail", "猫", "red " * 60, TEXT, "a cat"]
    images = [picture(90, 30, 1), picture(30, 90, 2), picture(50, 40, 4)]
    expected = np.stack([raw.logits(texts, [image] * 6)[:, 0] for image in images], axis=1)
    pairs = rng.permutation(np.stack(np.meshgrid(np.arange(6), np.arange(3), indexing="ij"), -1).reshape(-1, 2))
    logits = vilt.score_pairs(leased, [text(t) for t in texts], images, pairs)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, expected[pairs[:, 0], pairs[:, 1]], atol=1e-5)


def test_pictures_of_many_shapes_in_one_pass_are_scored_as_transformers_pads_them(one, tiny_vilt):
    images = [picture(w, h) for w, h in PICTURES]
    expected = Raw(tiny_vilt).logits([TEXT] * 5, images)[:, 0]
    found = vilt.score_pairs(one, [text()], images, np.array([(0, i) for i in range(5)]))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_pairs_beyond_one_pass_are_scored_like_single_ones(one, monkeypatch):
    monkeypatch.setattr(vilt, "PAIRS", 3)
    texts, images = [text(t) for t in ("a cat", TEXT, "red")], [picture(30 + 20 * seed, 40, seed) for seed in range(4)]
    pairs = np.array([(t, i) for i in (3, 0, 2) for t in (2, 0, 1)] + [(1, 3)])
    single = [vilt.encode(one, texts[t], images[i]).score.value for t, i in pairs]
    np.testing.assert_allclose(vilt.score_pairs(one, texts, images, pairs), single, atol=1e-5)


def test_no_pairs_have_no_scores(one):
    assert vilt.score_pairs(one, [text()], [picture(50, 40)], np.zeros((0, 2), int)).shape == (0,)


@pytest.mark.parametrize(("width", "height"), PICTURES)
def test_attention_and_states_are_those_of_the_raw_pass_in_order(leased, raw, width, height):
    image = picture(width, height)
    encoding = vilt.encode(leased, text("red cat foxes"), image, keep=ALL)
    out, order = raw.ordered("red cat foxes", image)
    (block,) = encoding.attention
    expected = torch.cat(out.attentions).detach().numpy()[:, :, order][..., order]
    np.testing.assert_allclose(block.weights, expected, atol=1e-5)
    states = raw.model.vilt.layernorm(out.hidden_states[-1])[0].detach()[order]
    words = len(states) - 1 - len(encoding.key)
    ends = [2, 3, words - 1]
    means = [states[a:b].mean(0) for a, b in zip([1, *ends], ends, strict=False)]
    unit = torch.nn.functional.normalize
    np.testing.assert_allclose(encoding.query_embeds, unit(torch.stack([*means, states[0]]), dim=-1), atol=1e-5)
    np.testing.assert_allclose(encoding.key_embeds, unit(states[words + 1 :], dim=-1), atol=1e-5)


def test_the_gradient_is_that_of_the_logit_for_every_unit(leased, raw):
    image = picture(63, 43)
    encoding = vilt.encode(leased, text(), image, keep=ALL)
    out, order = raw.ordered(TEXT, image)
    expected = torch.cat(torch.autograd.grad(out.logits[0, 0], out.attentions)).numpy()[:, :, order][..., order]
    for unit in (0, len(encoding.query) - 1):
        (found,) = encoding.attention_grad(unit)
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(expected).max() > 1e-3


def test_the_block_says_where_words_and_patches_stand(one):
    encoding = vilt.encode(one, text("a cat"), picture(90, 50), unit="token", keep=ALL)
    (block,) = encoding.attention
    assert encoding.key.grid == (5, 9)  # 79 x 44 pixels, as long as ViLT lets a side of 48 be, in whole patches of 8
    assert block.kind == "joint"
    assert block.query_positions.tolist() == [[1, 2], [2, 3], [1, 3]]
    assert block.key_positions.tolist() == list(range(5, 5 + 45))  # after CLS a cat SEP, and the picture's CLS
    assert np.flatnonzero(block.special).tolist() == [0, 3, 4]
    assert (len(block.layers), block.weights.shape[1]) == vilt.looking(one.config)


def test_in_the_last_layer_only_the_row_that_is_read_out_has_a_gradient(one):
    (gradient,) = vilt.encode(one, text(), picture(50, 40), keep=ALL).attention_grad(0)
    assert not gradient[-1, :, 1:].any()
    assert gradient[-1, :, 0].any()
    assert gradient[0, :, 1:].any()


def test_patches_of_a_picture_that_is_not_square_lie_where_they_are(one):
    encoding = vilt.encode(one, text(), picture(90, 30), keep=ALL)
    assert encoding.key.grid == (3, 9)  # 79 x 26 pixels, cut down to whole patches of 8
    np.testing.assert_allclose(encoding.key.boxes[1], [1 / 9, 0, 2 / 9, 1 / 3])
    assert encoding.key.seen == (0, 0, 1, 1)


def test_what_no_whole_patch_covers_is_not_seen(tmp_path):
    folder = make_vilt(tmp_path / "beside", size_divisor=10, shortest_edge=50)
    with checkpoints.lease(f"vilt:{folder}", "cpu") as checkpoint:
        key = vilt.encode(checkpoint, text(), picture(50, 50)).key
    assert key.grid == (6, 6)  # 48 of 50 pixels
    assert key.seen == pytest.approx((0, 0, 0.96, 0.96))


def test_a_picture_too_narrow_for_a_patch_is_refused(one):
    with pytest.raises(ModelError, match="is 400 x 8 pixels, too narrow for a patch of vilt:.*; crop it"):
        vilt.encode(one, text(), picture(400, 8))


def test_a_picture_whose_side_is_less_than_a_patch_is_refused_too(tmp_path):
    folder = make_vilt(tmp_path / "fine", size_divisor=2)  # 79 x 4 pixels: a side there is, but no whole patch of 8
    with checkpoints.lease(f"vilt:{folder}", "cpu") as checkpoint, pytest.raises(ModelError, match="too narrow for a patch"):
        vilt.encode(checkpoint, text(), picture(200, 10))


def test_only_the_asked_layers_are_kept_and_their_gradients_stay_what_they_were(one):
    whole = vilt.encode(one, text(), picture(50, 40), keep=ALL)
    part = vilt.encode(one, text(), picture(50, 40), keep=ALL, layers=(1, 3))
    assert part.attention[0].layers == (1, 3)
    np.testing.assert_allclose(part.attention[0].weights, whole.attention[0].weights[[1, 3]], atol=1e-6)
    np.testing.assert_allclose(part.attention_grad(0)[0], whole.attention_grad(0)[0][[1, 3]], atol=1e-6)


def test_a_layer_that_is_not_asked_for_gives_no_attention_at_all(one):
    seen = []
    layers = one.model.vilt.encoder.layer
    handles = [layer.register_forward_hook(lambda m, a, out: seen.append(len(out))) for layer in layers]
    vilt.encode(one, text(), picture(50, 40), keep=frozenset({"attention"}), layers=(1,))
    for handle in handles:
        handle.remove()
    assert seen == [1, 2, 1, 1]


@pytest.mark.parametrize("kept", [set(), {"query_embeds"}, {"key_embeds"}, {"attention"}, {"attention_grad"}])
def test_only_the_asked_fields_are_given(one, kept):
    encoding = vilt.encode(one, text(), picture(50, 40), keep=frozenset(kept))
    assert {name for name in ALL if getattr(encoding, name) is not None} == kept


@pytest.mark.parametrize("layers", [(4,), (-1,), ()])
def test_a_layer_the_model_does_not_have_is_refused(one, layers):
    with pytest.raises(ModelError, match="layer"):
        vilt.encode(one, text(), picture(50, 40), keep=ALL, layers=layers)


def test_a_text_is_never_read_apart(one):
    with pytest.raises(ModelError, match='no target "prompt"; use: pair'):
        vilt.encode(one, text(), picture(50, 40), target="prompt")


def test_hooks_come_off_when_a_pass_fails(one, monkeypatch):
    def fail(*args, **named):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(one.model.vilt.encoder.layer[2].intermediate, "forward", fail)
    with pytest.raises(RuntimeError, match="memory"):
        vilt.encode(one, text(), picture(50, 40), keep=ALL)
    assert [m for m in one.model.modules() if m._forward_hooks or m._forward_pre_hooks] == []
    assert torch.is_grad_enabled()


def test_words_beyond_the_limit_are_marked_and_have_no_vector_of_their_own(one):
    encoding = vilt.encode(one, text("red " * 20 + "cat"), picture(50, 40), keep=ALL)
    assert encoding.query.cut[20]
    assert not encoding.query_embeds[20].any()


def test_a_text_of_which_the_model_knows_no_part_is_refused(one):
    with pytest.raises(ModelError, match="knows no part of"):
        vilt.encode(one, text("😀 Ж"), picture(50, 40))


def test_the_same_pair_has_the_same_attention_again(one):
    first, second = (vilt.encode(one, text(), picture(50, 40), keep=ALL).attention[0].weights for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_bundled_logits_are_probabilities_and_published_ones_are_not(tmp_path, monkeypatch):
    folder = make_vilt(tmp_path / "models" / "own-mini")
    with checkpoints.lease(f"vilt:{folder}", "cpu") as checkpoint:
        assert vilt.pair_kind(checkpoint) == "logit"
        logit = vilt.encode(checkpoint, text(), picture(50, 40)).score.value
    (folder / folders.CARD).write_text('{"title": "Own"}')
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path / "models"))
    with checkpoints.lease("own-mini", "cpu") as checkpoint:
        score = vilt.encode(checkpoint, text(), picture(50, 40)).score
        assert (vilt.pair_kind(checkpoint), score.kind) == ("match_probability", "match_probability")
    assert score.value == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-6)


def test_the_strongest_answer_to_a_question_is_named_with_its_logit(answering):
    image = picture(63, 43)
    encoding = vilt.encode(answering, text(), image, keep=ALL)
    raw = Raw(answering.model.name_or_path, ViltForQuestionAnswering)
    logits = raw.logits([TEXT], [image])[0]
    assert encoding.score.label == ["yes", "no", "two"][logits.argmax()]
    assert encoding.score.value == pytest.approx(logits.max(), abs=1e-5)
    alignment = attention(encoding)
    assert Alignment.from_json(alignment.to_json()).score == encoding.score
    out, order = raw.ordered(TEXT, image)
    expected = torch.cat(torch.autograd.grad(out.logits[0].max(), out.attentions)).numpy()[:, :, order][..., order]
    np.testing.assert_allclose(encoding.attention_grad(0)[0], expected, atol=1e-5)


def test_a_model_that_answers_has_no_scores_of_pairs(answering):
    with pytest.raises(ModelError, match="answers questions and does not match texts; use a ViLT for retrieval"):
        vilt.score_pairs(answering, [text()], [picture(50, 40)], np.array([[0, 0]]))


def test_a_model_that_answers_is_offered_no_way_to_compare(answering, tiny_vilt):
    assert pipeline.ways_of(answering.name) == ()
    assert pipeline.ways_of(f"vilt:{tiny_vilt}") == ("matching",)
    assert pipeline.ways_of("vilt:dandelin/vilt-b32-finetuned-coco") == ("matching",)
    with pytest.raises(ModelError, match="neither vectors of whole texts and pictures nor a matching head"):
        pipeline.matrix(["a cat"], [np.zeros((40, 50, 3), np.uint8)], answering.name, "cpu")


def test_a_model_without_a_head_is_refused_with_the_names_of_what_is_read(tiny_vilt, tmp_path):
    folder = make_vilt(tmp_path / "bare")
    ViltModel.from_pretrained(folder).save_pretrained(folder)
    wanted = "is a ViltModel; what is read here is ViltForImageAndTextRetrieval or ViltForQuestionAnswering"
    with pytest.raises(ModelError, match=wanted), checkpoints.lease(f"vilt:{folder}", "cpu"):
        pass


def test_old_files_of_the_image_processor_are_read_as_transformers_reads_them(tmp_path):
    folder = make_vilt(tmp_path / "old", size_divisor=8, shortest_edge=56)
    half, file = [0.5, 0.5, 0.5], folder / "preprocessor_config.json"
    old = {"feature_extractor_type": "ViltFeatureExtractor", "do_normalize": True, "do_resize": True, "image_mean": half}
    file.write_text(json.dumps(old | {"image_std": half, "resample": 3, "size": 56, "size_divisor": 8}))
    image = picture(63, 43)
    with checkpoints.lease(f"vilt:{folder}", "cpu") as checkpoint:
        encoding = vilt.encode(checkpoint, text(), image)
    assert encoding.key.grid == (7, 10)
    assert encoding.score.value == pytest.approx(Raw(folder).logits([TEXT], [image])[0, 0], abs=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_the_cpu_computes_in_float32_whatever_the_file_has(tmp_path, dtype):
    folder = make_vilt(tmp_path / dtype, dtype=dtype)
    with checkpoints.lease(f"vilt:{folder}", "cpu") as checkpoint:
        assert {p.dtype for p in checkpoint.model.parameters()} == {torch.float32}
