"""A copy of a checkpoint that has forgotten what it learnt, of every family."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from mmviz.models import checkpoints
from mmviz.models.shuffled import forgotten
from mmviz.registry import families
from mmviz.samples import Image, Text
from tests.models import tiny

PICTURE = Image(np.random.default_rng(3).integers(0, 256, (43, 63, 3), np.uint8))
#: Parts of a parameter's name that belong to the text's side, to embeddings or to projections.
KEPT = ("text_model", "text_proj", "text_encoder.embeddings", "embeddings", "projection", "vision_proj", "logit_scale")


@pytest.fixture(params=[entry.name for entry in families])
def checkpoint(request, tmp_path) -> Iterator[checkpoints.Checkpoint]:
    folder = getattr(tiny, f"make_{request.param}")(tmp_path / request.param)
    with checkpoints.lease(f"{request.param}:{folder}", "cpu") as leased:
        yield leased


def weights(checkpoint) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in checkpoint.model.state_dict().items()}


def encode(checkpoint, target: str | None = None):
    targets = checkpoint.family.targets
    keep = frozenset({"attention", "attention_grad", "key_embeds"})
    return checkpoint.family.functions["encode"](checkpoint, Text("a red cat"), PICTURE, target=target or targets[0], keep=keep)


def seen(encoding) -> np.ndarray:
    """What the picture's side gave: its vectors, or where they share no space with words, the last block's attention."""
    return encoding.attention[-1].weights if encoding.key_embeds is None else encoding.key_embeds


def test_the_blocks_are_made_anew_and_everything_else_is_the_same_tensor(checkpoint):
    copied = forgotten(checkpoint)
    own = {id(p) for block in checkpoint.family.functions["blocks"](checkpoint) for p in block.parameters()}
    other = dict(copied.model.named_parameters())
    assert own
    for name, parameter in checkpoint.model.named_parameters():
        assert (other[name] is parameter) == (id(parameter) not in own), name
        assert id(parameter) not in own or parameter.ndim == 1 or not torch.equal(other[name], parameter), name


def test_what_is_the_texts_an_embedding_or_a_projection_is_kept(checkpoint):
    copied = dict(forgotten(checkpoint).model.named_parameters())
    kept = [name for name, parameter in checkpoint.model.named_parameters() if copied[name] is parameter]
    assert kept
    assert {name for name in copied if name.startswith(KEPT)} <= set(kept)


def test_fresh_weights_are_those_of_an_untrained_model(checkpoint):
    block = checkpoint.family.functions["blocks"](forgotten(checkpoint))[0]
    matrices = [p for p in block.parameters() if p.ndim == 2]
    spread = [float(p.std()) / (2 / sum(p.shape)) ** 0.5 for p in matrices]
    assert spread == pytest.approx([1] * len(matrices), rel=0.1)
    vectors = [
        float(p.unique()) for p in block.parameters() if p.ndim == 1
    ]  # biases and the weights of norms, where there are any
    assert set(vectors) == ({0.0, 1.0} if vectors else set())


def test_the_original_is_left_as_it_was_and_gives_what_it_gave(checkpoint):
    before, said = weights(checkpoint), encode(checkpoint)
    copied = forgotten(checkpoint)
    encode(copied)
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights(checkpoint).items())
    assert np.array_equal(seen(encode(checkpoint)), seen(said))
    assert copied.id != checkpoint.id


def test_the_copy_sees_something_else_every_time_the_same(checkpoint):
    first, again, seven = (encode(forgotten(checkpoint, seed)) for seed in (0, 0, 7))
    assert np.array_equal(seen(first), seen(again))
    assert not np.allclose(seen(first), seen(encode(checkpoint)), atol=1e-2)
    assert not np.allclose(seen(first), seen(seven), atol=1e-2)


def test_words_read_alone_are_read_as_before(checkpoint):
    if "prompt" not in checkpoint.family.targets:
        pytest.skip("this family reads no word alone")
    embed = checkpoint.family.functions["embed"]
    one, other = (embed(each, [Text("a cat"), Text("red")]).vectors for each in (checkpoint, forgotten(checkpoint)))
    assert np.array_equal(one, other)


def test_no_other_source_of_chance_is_touched(checkpoint):
    before = torch.get_rng_state()
    forgotten(checkpoint)
    assert torch.equal(torch.get_rng_state(), before)


def test_copies_made_at_the_same_time_are_the_same(checkpoint):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: weights(forgotten(checkpoint)), range(4)))
    assert all(torch.equal(found[0][name], other[name]) for other in found[1:] for name in found[0])
