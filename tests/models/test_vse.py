"""VSE++ against the paper's equations in plain NumPy and Transformers' own tower, on random checkpoints whose sizes all differ."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoImageProcessor, AutoTokenizer, CLIPVisionConfig, CLIPVisionModel

from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.models import checkpoints, vse
from mmviz.models.nets.vse import VseModel
from tests.models.tiny import make_vse

TEXT = "two red cats under a tree 一只猫"
#: What its crop leaves over is even, so that Hugging Face's processor cuts the same.
WIDTH, HEIGHT = 63, 43


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_vse(tmp_path_factory.mktemp("vse") / "tiny", seed=11)


@pytest.fixture
def leased(folder) -> Iterator[checkpoints.Checkpoint]:
    with checkpoints.lease(f"vse:{folder}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture
def image():
    return image_media.parse(np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))


def states_of(folder, text: str) -> np.ndarray:
    """Read a text by the equations of a gated recurrent unit (Cho et al., 2014, as in PyTorch): the states (T, D)."""
    weights = {name: tensor.double().numpy() for name, tensor in load_file(folder / "model.safetensors").items()}
    w, u = weights["gru.weight_ih_l0"], weights["gru.weight_hh_l0"]
    b, c = weights["gru.bias_ih_l0"], weights["gru.bias_hh_l0"]
    state, states = np.zeros(u.shape[1]), []
    for token in AutoTokenizer.from_pretrained(folder)(text).input_ids:
        r_in, z_in, n_in = np.split(w @ weights["word_embedding.weight"][token] + b, 3)
        r_on, z_on, n_on = np.split(u @ state + c, 3)
        reset, update = 1 / (1 + np.exp(-(r_in + r_on))), 1 / (1 + np.exp(-(z_in + z_on)))
        new = np.tanh(n_in + reset * n_on)
        state = (1 - update) * new + update * state
        states.append(state)
    return np.array(states)


def tower_of(folder, image) -> tuple[np.ndarray, np.ndarray]:
    """See a picture by Transformers' tower and one matrix: pooled (D,) and patches (K, D)."""
    weights = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    config = CLIPVisionConfig(**json.loads((folder / "config.json").read_text("utf-8"))["vision_config"])
    tower = CLIPVisionModel(config).eval()
    tower.load_state_dict({k.removeprefix("vision_model."): v for k, v in weights.items() if k.startswith("vision_model.")})
    pixels = AutoImageProcessor.from_pretrained(folder, backend="pil")(image.pixels, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        seen = tower(pixel_values=pixels)
        states = torch.cat([seen.pooler_output, tower.post_layernorm(seen.last_hidden_state[0, 1:])])
        found = (states @ weights["visual_projection.weight"].T + weights["visual_projection.bias"]).numpy()
    return found[0], found[1:]


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def encode(checkpoint, image, target: str, text: str = TEXT):
    query = text_media.parse(text)
    return vse.encode(checkpoint, query, image, target=target, unit="word", keep=vse.offers(checkpoint.config))


def test_vectors_are_those_of_the_papers_equations(leased, folder, image):
    texts = vse.embed(leased, [text_media.parse(t) for t in (TEXT, "a cat")]).vectors
    assert texts == pytest.approx(np.stack([unit(states_of(folder, t)[-1]) for t in (TEXT, "a cat")]), abs=1e-5)
    assert vse.embed(leased, [image]).vectors[0] == pytest.approx(unit(tower_of(folder, image)[0]), abs=1e-5)


def test_patches_lie_where_the_picture_does(leased, folder, image):
    assert encode(leased, image, "prompt").key_embeds == pytest.approx(unit(tower_of(folder, image)[1]), abs=1e-5)


def test_a_unit_alone_is_a_text_of_its_own(leased, folder, image):
    found = encode(leased, image, "prompt")
    assert found.query_embeds[1] == pytest.approx(unit(states_of(folder, "red")[-1]), abs=1e-5)


def test_a_unit_in_its_text_is_what_was_read_so_far(leased, folder, image):
    found, states = encode(leased, image, "context"), states_of(folder, TEXT)
    assert found.query_embeds[1] == pytest.approx(unit(states[2]), abs=1e-5)  # [CLS] two red
    assert found.query_embeds[-1] == pytest.approx(unit(states[-1]), abs=1e-5)
    other = encode(leased, image, "context", "two red dogs with a tail")
    assert found.query_embeds[:2] == pytest.approx(other.query_embeds[:2], abs=1e-6)


def test_the_score_is_the_models_own_cosine(leased, folder, image):
    model = VseModel.from_pretrained(folder)
    words = AutoTokenizer.from_pretrained(folder)([TEXT, "a cat"], return_tensors="pt", padding=True)
    pixels = AutoImageProcessor.from_pretrained(folder, backend="pil")(image.pixels, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        cosines = model(words.input_ids, words.attention_mask, pixels)[:, 0]
    scores = [encode(leased, image, "context", text).score.value for text in (TEXT, "a cat")]
    assert scores == pytest.approx(cosines.tolist(), abs=1e-5)


def test_no_attention_of_the_text_is_made_up(leased, image):
    assert [block.kind for block in encode(leased, image, "context").attention] == ["self-key"]
