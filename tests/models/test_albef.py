"""ALBEF against the papers' equations in plain PyTorch, by weights in the original layout; the layout itself; the momentum model."""

import math
import os

import numpy as np
import pytest
import torch
from torch.nn.functional import gelu, unfold

from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.models import albef, albef_layout, checkpoints, geometry
from mmviz.models.nets.albef import AlbefModel
from tests.models.tiny import make_albef, make_wordpiece_tokenizer

TEXT = "two red cats under a tree 一只猫"
#: Of the random checkpoint: widths of picture and text, heads of both, layers of picture, text and fusion, patches a side.
SEEN, READ, HEADS, LAYERS, SIDE, PATCH = 24, 20, 4, (2, 1, 3), 5, 8


def normed(x: torch.Tensor, w: dict, name: str, eps: float) -> torch.Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + eps).sqrt() * w[f"{name}.weight"] + w[f"{name}.bias"]


def linear(x: torch.Tensor, w: dict, name: str) -> torch.Tensor:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Vaswani et al., 2017, equation 1, by heads: what comes out, (S, width), and the weights, (H, S, S')."""
    q, k, v = (x.view(len(x), HEADS, -1).transpose(0, 1) for x in (q, k, v))
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).transpose(0, 1).flatten(1), weights


def sees(w: dict, pixel_values: torch.Tensor, side: str = "") -> torch.Tensor:
    """The picture encoder: a Vision Transformer (Dosovitskiy et al., 2021, equations 1 to 4) of one picture, (1 + K, width)."""
    v = f"visual_encoder{side}"
    filters = w[f"{v}.patch_embed.proj.weight"]
    patches = unfold(pixel_values[None], PATCH, stride=PATCH)[0].T @ filters.flatten(1).T + w[f"{v}.patch_embed.proj.bias"]
    x = torch.cat([w[f"{v}.cls_token"][0], patches]) + w[f"{v}.pos_embed"][0]
    for layer in range(LAYERS[0]):
        b = f"{v}.blocks.{layer}"
        q, k, val = linear(normed(x, w, f"{b}.norm1", 1e-6), w, f"{b}.attn.qkv").chunk(3, -1)
        x = x + linear(attend(q, k, val)[0], w, f"{b}.attn.proj")
        x = x + linear(gelu(linear(normed(x, w, f"{b}.norm2", 1e-6), w, f"{b}.mlp.fc1")), w, f"{b}.mlp.fc2")
    return normed(x, w, f"{v}.norm", 1e-6)


def block(w: dict, name: str, x: torch.Tensor, seen: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor | None]:
    """One layer of BERT, with cross-attention between self-attention and the two linear layers where it looks at a picture."""
    weights = None
    for part, source in (("attention", x), ("crossattention", seen)):
        if source is not None:
            now = x if part == "attention" else source
            q, k, v = (
                linear(x, w, f"{name}.{part}.self.query"),
                *(linear(now, w, f"{name}.{part}.self.{p}") for p in ("key", "value")),
            )
            out, weights = attend(q, k, v)
            x = normed(x + linear(out, w, f"{name}.{part}.output.dense"), w, f"{name}.{part}.output.LayerNorm", 1e-12)
    inner = linear(gelu(linear(x, w, f"{name}.intermediate.dense")), w, f"{name}.output.dense")
    return normed(x + inner, w, f"{name}.output.LayerNorm", 1e-12), weights


def reads(w: dict, ids: list[int], seen: torch.Tensor, side: str = ""):
    """The text encoder and fusion (ALBEF, section 3.1): states of the one, of the other, and attention across by layer."""
    t, kept = f"text_encoder{side}.bert", []
    e = f"{t}.embeddings"
    x = (
        w[f"{e}.word_embeddings.weight"][ids]
        + w[f"{e}.position_embeddings.weight"][: len(ids)]
        + w[f"{e}.token_type_embeddings.weight"][0]
    )
    x = normed(x, w, f"{e}.LayerNorm", 1e-12)
    for layer in range(LAYERS[1]):
        x, _ = block(w, f"{t}.encoder.layer.{layer}", x, None)
    alone = x
    for layer in range(LAYERS[1], LAYERS[1] + LAYERS[2]):
        x, weights = block(w, f"{t}.encoder.layer.{layer}", x, seen)
        kept.append(weights)
    return alone, x, torch.stack(kept)


def words(w: dict, states: torch.Tensor, side: str = "") -> torch.Tensor:
    """BERT's head of masked words, its last matrix that of the embeddings."""
    head = f"text_encoder{side}.cls.predictions"
    inner = normed(gelu(linear(states, w, f"{head}.transform.dense")), w, f"{head}.transform.LayerNorm", 1e-12)
    return inner @ w[f"text_encoder{side}.bert.embeddings.word_embeddings.weight"].T + w[f"{head}.bias"]


def original(rng, vocabulary: int, teacher: bool = True) -> dict[str, torch.Tensor]:
    """Random weights by the names `ALBEF.pth` has."""
    sizes = {"itm_head.weight": (2, READ), "itm_head.bias": (2,), "image_queue": (14, 30), "text_queue": (14, 30)}
    for side in ("", "_m") if teacher else ("",):
        sizes |= _picture(f"visual_encoder{side}") | _text(f"text_encoder{side}", vocabulary)
        for name, width in (("vision_proj", SEEN), ("text_proj", READ)):
            sizes |= {f"{name}{side}.weight": (14, width), f"{name}{side}.bias": (14,)}
    state = {name: torch.from_numpy((0.35 * rng.normal(size=shape)).astype(np.float32)) for name, shape in sizes.items()}
    for name in [name for name in state if "orm" in name and name.endswith("weight")]:
        state[name] += 1
    for side in ("", "_m") if teacher else ("",):
        head, t = f"text_encoder{side}.cls.predictions", f"text_encoder{side}.bert.embeddings"
        state[f"{head}.decoder.weight"], state[f"{head}.decoder.bias"] = (
            state[f"{t}.word_embeddings.weight"],
            state[f"{head}.bias"],
        )
        state[f"{t}.position_ids"] = torch.arange(18)[None]
    return state | {"temp": torch.tensor(0.031), "queue_ptr": torch.zeros(1, dtype=torch.long)}


def _picture(v: str) -> dict[str, tuple[int, ...]]:
    sizes = {f"{v}.cls_token": (1, 1, SEEN), f"{v}.pos_embed": (1, 1 + SIDE * SIDE, SEEN)}
    sizes |= {f"{v}.patch_embed.proj.weight": (SEEN, 3, PATCH, PATCH), f"{v}.patch_embed.proj.bias": (SEEN,)}
    norms = [f"{v}.norm"]
    for layer in range(LAYERS[0]):
        b = f"{v}.blocks.{layer}"
        norms += [f"{b}.norm1", f"{b}.norm2"]
        parts = {"attn.qkv": (3 * SEEN, SEEN), "attn.proj": (SEEN, SEEN), "mlp.fc1": (50, SEEN), "mlp.fc2": (SEEN, 50)}
        for name, shape in parts.items():
            sizes |= {f"{b}.{name}.weight": shape, f"{b}.{name}.bias": shape[:1]}
    return sizes | {f"{name}.{kind}": (SEEN,) for name in norms for kind in ("weight", "bias")}


def _text(t: str, vocabulary: int) -> dict[str, tuple[int, ...]]:
    e, head = f"{t}.bert.embeddings", f"{t}.cls.predictions"
    sizes = {f"{e}.word_embeddings.weight": (vocabulary, READ), f"{e}.position_embeddings.weight": (18, READ)}
    sizes |= {f"{e}.token_type_embeddings.weight": (2, READ), f"{head}.bias": (vocabulary,)}
    square, norms = {f"{head}.transform.dense": READ}, [f"{e}.LayerNorm", f"{head}.transform.LayerNorm"]
    for layer in range(sum(LAYERS[1:])):
        name = f"{t}.bert.encoder.layer.{layer}"
        for part in ("attention", "crossattention") if layer >= LAYERS[1] else ("attention",):
            other = READ if part == "attention" else SEEN
            square |= {f"{name}.{part}.self.query": READ, f"{name}.{part}.self.key": other, f"{name}.{part}.self.value": other}
            square[f"{name}.{part}.output.dense"] = READ
            norms.append(f"{name}.{part}.output.LayerNorm")
        norms.append(f"{name}.output.LayerNorm")
        sizes |= {f"{name}.intermediate.dense.weight": (42, READ), f"{name}.intermediate.dense.bias": (42,)}
        sizes |= {f"{name}.output.dense.weight": (READ, 42), f"{name}.output.dense.bias": (READ,)}
    for name, width in square.items():
        sizes |= {f"{name}.weight": (READ, width), f"{name}.bias": (READ,)}
    return sizes | {f"{name}.{kind}": (READ,) for name in norms for kind in ("weight", "bias")}


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> tuple:
    """A file as ALBEF's authors wrote theirs, and the folder made of it."""
    place, tokenizer = tmp_path_factory.mktemp("albef"), make_wordpiece_tokenizer()
    state = original(np.random.default_rng(7), len(tokenizer))
    torch.save({"model": state, "optimizer": {"state": {}}, "epoch": 29, "config": {"image_res": 40}}, place / "ALBEF.pth")
    return state, albef_layout.convert(place / "ALBEF.pth", place / "made", tokenizer, heads=HEADS)


@pytest.fixture
def leased(published):
    with checkpoints.lease(f"albef:{published[1]}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture
def image(rng):
    return image_media.parse(rng.integers(0, 256, (43, 63, 3), dtype=np.uint8))


def encode(checkpoint, image, text: str = TEXT, target: str = "pair"):
    keep = frozenset({"attention", "query_embeds", "key_embeds"})
    return albef.encode(checkpoint, text_media.parse(text), image, target=target, keep=keep)


def test_a_pair_is_read_as_the_papers_equations_say(published, leased, image):
    w = {name: tensor.double() for name, tensor in published[0].items()}
    pixel_values = torch.from_numpy(geometry.prepare(leased, image)[0]).double()
    seen = sees(w, pixel_values)
    alone, fused, across = reads(w, leased.tokenizer(TEXT).input_ids, seen)
    logits = linear(fused[0], w, "itm_head")
    found = encode(leased, image)
    assert found.score.value == pytest.approx((logits[1] - logits[0]).sigmoid().item(), abs=1e-5)
    by_kind = {block.kind: block for block in found.attention}
    assert np.abs(by_kind["cross"].weights - across.numpy()).max() < 1e-5
    patches = linear(seen[1:], w, "vision_proj")
    assert np.abs(found.key_embeds - (patches / patches.norm(dim=1, keepdim=True)).numpy()).max() < 1e-5
    whole = linear(alone[0], w, "text_proj")
    assert np.abs(found.query_embeds[-1] - (whole / whole.norm()).numpy()).max() < 1e-5
    picture = linear(seen[0], w, "vision_proj")
    apart = encode(leased, image, target="context").score.value
    assert apart == pytest.approx((whole @ picture / whole.norm() / picture.norm()).item(), abs=1e-5)
    assert albef.logit_scale(leased) == pytest.approx(1 / 0.031, rel=1e-5)


def test_both_models_tell_masked_words_as_the_equations_say(published, leased, image):
    w = {name: tensor.double() for name, tensor in published[0].items()}
    pixel_values = torch.from_numpy(geometry.prepare(leased, image)[0])
    ids = leased.tokenizer(TEXT).input_ids
    given, mask = torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.long)
    for side, model in (("", leased.model), ("_m", leased.model.teacher)):
        seen = model.vision_model(pixel_values=pixel_values[None]).last_hidden_state
        fused = model.fuse(model.text_encoder(input_ids=given, attention_mask=mask).last_hidden_state, mask, seen)
        expected = words(w, reads(w, ids, sees(w, pixel_values.double(), side), side)[1], side)
        assert (model.words(fused)[0] - expected).abs().max() < 2e-5 * expected.abs().max()


def test_names_are_all_mapped_and_sizes_read_off(tmp_path):
    torch.save(original(np.random.default_rng(1), 40, teacher=False), tmp_path / "ALBEF.pth")
    config, state = albef_layout.read(tmp_path / "ALBEF.pth", heads=HEADS)
    assert {name: tuple(t.shape) for name, t in state.items()} == {
        n: tuple(t.shape) for n, t in AlbefModel(config).state_dict().items()
    }
    text, vision = config.text_config, config.vision_config
    assert (text.num_hidden_layers, config.fusion_layers, text.intermediate_size, text.vocab_size) == (1, 3, 42, 40)
    assert (vision.image_size, vision.patch_size, vision.intermediate_size, config.teacher) == (40, 8, 50, False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("itm_head.bias"), "lacks itm_head.bias"),
        (lambda s: s.pop("visual_encoder.patch_embed.proj.weight"), "lacks vision_model.embeddings.patch_embedding.weight"),
        (lambda s: s.update({"vision_proj.weight": torch.zeros(14, 23)}), r"vision_proj.weight of \(14, 23\)"),
        (lambda s: s.update({"fc.weight": torch.zeros(3)}), "fc.weight, which is no part"),
        (lambda s: s.update({"text_encoder.bert.encoder.more": torch.zeros(3)}), r"text_encoder\.bert\.encoder\.more"),
    ],
)
def test_a_file_that_is_no_albef_is_refused_with_a_sentence(tmp_path, change, said):
    state = original(np.random.default_rng(1), 200, teacher=False)
    change(state)
    torch.save(state, tmp_path / "odd.pth")
    with pytest.raises(ModelError, match=said):
        albef_layout.convert(tmp_path / "odd.pth", tmp_path / "made", make_wordpiece_tokenizer(), heads=HEADS)


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("make", [Evil, lambda _: {"model": 1}, lambda _: [torch.zeros(2)]])
def test_nothing_in_a_file_is_run(tmp_path, make):
    torch.save(make(tmp_path / "made"), tmp_path / "evil.pth")
    with pytest.raises(ModelError, match=r"cannot be read as tensors|is no table of tensors"):
        albef_layout.read(tmp_path / "evil.pth")
    assert not (tmp_path / "made").exists()


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    assert albef_layout.main([str(tmp_path / "absent.pth"), str(tmp_path / "vocab.txt"), str(tmp_path / "made")]) == 2
    assert "vocab.txt" in capsys.readouterr().err


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(tmp_path):
    folder = make_albef(tmp_path / "tiny")
    path = folder / "config.json"
    path.write_text(path.read_text("utf-8").replace('"image_size": 40', '"image_size": 48'), "utf-8")
    with pytest.raises(ModelError, match=r"position_embedding"), checkpoints.lease(f"albef:{folder}", "cpu"):
        pass
