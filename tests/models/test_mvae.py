"""MVAE's adapter against plain torch, worked out from the paper's equations and the checkpoint's file."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional as F
from transformers import AutoImageProcessor, AutoTokenizer, CLIPVisionModel

from mmviz.errors import ModelError
from mmviz.media import text as text_media
from mmviz.models import checkpoints
from mmviz.models.nets.mvae import MvaeConfig, MvaeModel, product
from mmviz.registry import families
from mmviz.samples import Image, Text
from tests.models import tiny

TEXT = "two red cats with a tail"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny.make_mvae(tmp_path_factory.mktemp("mvae") / "model")


@pytest.fixture
def image(rng) -> Image:
    return Image(rng.integers(0, 256, (50, 70, 3), np.uint8))


@pytest.fixture
def leased(folder):
    with checkpoints.lease(f"mvae:{folder}", "cpu") as checkpoint:
        yield checkpoint


def encode(checkpoint, image, target, text=TEXT, **named):
    return families["mvae"].functions["encode"](
        checkpoint, text_media.parse(text), image, target=target, unit="word", **{"keep": frozenset()} | named
    )


def unit(vector) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def text_states(folder: Path, text: str) -> torch.Tensor:
    """Run the GRU by its own equations (Cho et al., 2014) over the tokens of a text: (T, text_width)."""
    weights = load_file(folder / "model.safetensors")
    ids = AutoTokenizer.from_pretrained(folder)(text).input_ids
    state, states = torch.zeros(tiny.mvae_sizes()["text_width"]), []
    for number in ids:
        from_word = weights["gru.weight_ih_l0"] @ weights["word_embedding.weight"][number] + weights["gru.bias_ih_l0"]
        from_state = weights["gru.weight_hh_l0"] @ state + weights["gru.bias_hh_l0"]
        (reset, update, new), (reset_, update_, new_) = from_word.chunk(3), from_state.chunk(3)
        gate = torch.sigmoid(update + update_)
        fresh = torch.tanh(new + torch.sigmoid(reset + reset_) * new_)
        state = (1 - gate) * fresh + gate * state
        states.append(state)
    return torch.stack(states)


def text_expert(folder: Path, text: str) -> tuple[torch.Tensor, torch.Tensor]:
    weights = load_file(folder / "model.safetensors")
    values = weights["text_expert.weight"] @ text_states(folder, text).mean(0) + weights["text_expert.bias"]
    mean, log_variance = values.chunk(2)
    return mean, log_variance.clamp(-8, 8)


def image_expert(folder: Path, image: Image) -> tuple[torch.Tensor, torch.Tensor]:
    """Run Transformers' own tower, and average patches by loops."""
    weights, sizes = load_file(folder / "model.safetensors"), tiny.mvae_sizes()
    tower = CLIPVisionModel(MvaeModel.from_pretrained(folder).config.vision_config).eval()
    tower.load_state_dict(
        {name.removeprefix("vision_model."): w for name, w in weights.items() if name.startswith("vision_model.")}
    )
    pixels = AutoImageProcessor.from_pretrained(folder, backend="pil")(image.pixels, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        out = tower(pixel_values=pixels)
        patches = tower.post_layernorm(out.last_hidden_state[0, 1:]).view(5, 5, -1)
    edges = [(math.floor(i * 5 / sizes["grid"]), math.ceil((i + 1) * 5 / sizes["grid"])) for i in range(sizes["grid"])]
    cells = [patches[a:b, c:d].mean((0, 1)) for a, b in edges for c, d in edges]
    reduced = [weights["patch_reduction.weight"] @ cell + weights["patch_reduction.bias"] for cell in cells]
    values = weights["image_expert.weight"] @ torch.cat([out.pooler_output[0], *reduced]) + weights["image_expert.bias"]
    mean, log_variance = values.chunk(2)
    return mean, log_variance.clamp(-8, 8)


def test_vectors_are_the_experts_means(leased, folder, image):
    embed = families["mvae"].functions["embed"]
    assert embed(leased, [Text(TEXT)]).vectors[0] == pytest.approx(unit(text_expert(folder, TEXT)[0].numpy()), abs=1e-5)
    assert embed(leased, [image]).vectors[0] == pytest.approx(unit(image_expert(folder, image)[0].numpy()), abs=1e-5)


def test_the_score_is_the_cosine_of_the_means(leased, folder, image):
    expected = F.cosine_similarity(text_expert(folder, TEXT)[0], image_expert(folder, image)[0], dim=0)
    for target in ("prompt", "context"):
        assert encode(leased, image, target).score.value == pytest.approx(expected.item(), abs=1e-5)


def test_gaussians_multiply_as_by_hand():
    # prior N(0, 1), experts N(2, 1) and N(-1, 1/2): precisions 1 + 1 + 2 = 4, mean (2 * 1 - 1 * 2) / 4 = 0
    one, other = (torch.tensor([2.0]), torch.tensor([0.0])), (torch.tensor([-1.0]), torch.tensor([-math.log(2)]))
    mean, log_variance = product([one, other])
    assert (mean.item(), log_variance.exp().item()) == (pytest.approx(0), pytest.approx(1 / 4))
    # N(2, 1) and the prior: precision 2, mean 1
    mean, log_variance = product([one])
    assert (mean.item(), log_variance.exp().item()) == (pytest.approx(1), pytest.approx(1 / 2))


@pytest.mark.parametrize("given", ["both", "text", "image", "nothing", "blank"])
def test_a_latent_is_the_product_of_the_prior_and_what_is_there(leased, folder, image, given):
    text, shown = Text(TEXT) if given in ("both", "text") else None, image if given in ("both", "image") else None
    experts = ([text_expert(folder, TEXT)] if text else []) + ([image_expert(folder, image)] if shown else [])
    precision = 1 + sum(torch.exp(-v) for _, v in experts) + torch.zeros(14)
    mean = sum((m * torch.exp(-v) for m, v in experts), torch.zeros(14)) / precision
    found = families["mvae"].functions["infer"](leased, [(Text("  ") if given == "blank" else text, shown)])
    assert found.means[0] == pytest.approx(mean.numpy(), abs=1e-5)
    assert found.variances[0] == pytest.approx((1 / precision).numpy(), abs=1e-5)


def test_pairs_in_which_different_things_are_missing_are_as_each_alone(leased, image):
    infer = families["mvae"].functions["infer"]
    pairs = [(Text(TEXT), None), (None, image), (None, None), (Text("a cat"), image), (Text("猫"), None)]
    alone = [infer(leased, [pair]) for pair in pairs]
    for batch in (2, 32):
        together = infer(leased, pairs, batch)
        assert together.means == pytest.approx(np.concatenate([one.means for one in alone]), abs=1e-5)
        assert together.variances == pytest.approx(np.concatenate([one.variances for one in alone]), abs=1e-5)
    assert infer(leased, []).means.shape == (0, 14)


def test_the_class_does_the_same_and_wants_something(leased, folder, image):
    model = MvaeModel.from_pretrained(folder)
    words = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")
    pixels = AutoImageProcessor.from_pretrained(folder, backend="pil")(image.pixels, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        mean, _ = model(words.input_ids, words.attention_mask, pixels)
        alone, _ = model(pixel_values=pixels)
    infer = families["mvae"].functions["infer"]
    assert infer(leased, [(Text(TEXT), image)]).means == pytest.approx(mean.numpy(), abs=1e-5)
    assert infer(leased, [(None, image)]).means == pytest.approx(alone.numpy(), abs=1e-5)
    with pytest.raises(ValueError, match="needed"):
        model()


def test_pictures_and_words_are_those_of_the_decoders(leased, folder, rng):
    latents = rng.normal(size=(3, 14)).astype(np.float32)
    found = families["mvae"].functions["decode"](leased, latents)
    weights = load_file(folder / "model.safetensors")
    drawn = torch.from_numpy(latents) @ weights["image_decoder.spread.weight"].T + weights["image_decoder.spread.bias"]
    drawn = F.silu(drawn).view(3, 12, 5, 5)
    for name in ("first", "second"):
        drawn = F.silu(
            F.conv_transpose2d(drawn, weights[f"image_decoder.{name}.weight"], weights[f"image_decoder.{name}.bias"], 2, 1)
        )
    drawn = F.silu(F.conv2d(drawn, weights["image_decoder.third.weight"], weights["image_decoder.third.bias"], padding=1))
    drawn = F.conv2d(drawn, weights["image_decoder.last.weight"], weights["image_decoder.last.bias"])
    drawn = torch.sigmoid(F.pixel_shuffle(drawn, 2)).permute(0, 2, 3, 1)
    assert found.pictures.shape == (3, 40, 40, 3)
    assert np.abs(found.pictures - 255 * drawn.numpy()).max() <= 0.51
    tokenizer = AutoTokenizer.from_pretrained(folder)
    likely = torch.sigmoid(torch.from_numpy(latents) @ weights["text_decoder.weight"].T + weights["text_decoder.bias"]).numpy()
    assert set(tokenizer.all_special_tokens).isdisjoint(found.tokens)
    assert len(found.tokens) == len(tokenizer) - len(tokenizer.all_special_tokens)
    for place in (0, 7, len(found.tokens) - 1):
        number = tokenizer.convert_tokens_to_ids(found.tokens[place])
        assert found.probabilities[:, place] == pytest.approx(likely[:, number], abs=1e-5)


def test_a_unit_inside_its_text_has_its_tokens_share_of_the_mean(leased, folder, image):
    states, weights = text_states(folder, TEXT), load_file(folder / "model.safetensors")
    means = states @ weights["text_expert.weight"][:14].T + weights["text_expert.bias"][:14]  # (T, 14)
    assert means.mean(0).numpy() == pytest.approx(text_expert(folder, TEXT)[0].numpy(), abs=1e-5)
    seen = image_expert(folder, image)[0]
    encoding = encode(leased, image, "context", keep=frozenset({"score_masked"}))
    score = encoding.score_masked(1, np.ones((1, len(encoding.key)), bool), "mean")[0]
    assert score == pytest.approx(F.cosine_similarity(means[2], seen, dim=0).item(), abs=1e-5)  # [CLS] two red


def test_what_is_drawn_is_what_the_product_decodes_to(leased, image):
    infer, decode = (families["mvae"].functions[name] for name in ("infer", "decode"))
    encoding = encode(leased, image, "context", keep=frozenset({"decoded"}))
    for with_picture in (True, False):
        drawn = encoding.decoded([TEXT], with_picture)[0]
        means = infer(leased, [(Text(TEXT), image if with_picture else None)]).means
        assert np.abs(255 * drawn.transpose(1, 2, 0) - decode(leased, means).pictures[0]).max() <= 0.51


def test_no_vectors_of_patches_are_made_up(leased, image):
    found = encode(leased, image, "prompt", keep=frozenset({"query_embeds", "key_embeds"}))
    assert (found.query_embeds, found.key_embeds) == (None, None)


def test_a_decoder_that_draws_another_size_is_refused():
    sizes = {"image_size": 40, "patch_size": 8, "hidden_size": 24, "num_attention_heads": 6, "num_hidden_layers": 1}
    with pytest.raises(ValueError, match="decoder_patch=4"):
        MvaeModel(MvaeConfig(vision_config=sizes, vocab_size=10))


def test_a_text_of_unknown_words_alone_is_refused(leased, image):
    with pytest.raises(ModelError, match="knows no part"):
        encode(leased, image, "prompt", "😀")
