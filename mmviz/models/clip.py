"""CLIP: one tower for texts, one for pictures, one joint space."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import ItemAxis, TextUnit
from mmviz.errors import ModelError
from mmviz.models import clip_towers as towers
from mmviz.models import geometry
from mmviz.models import tokens as tokens_of
from mmviz.models.clip_towers import Look, Read, Seen
from mmviz.registry import families, implements
from mmviz.results import AttentionBlock, Embeds, Encoding, Score, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

CLIP = families.describe(
    "clip",
    title="CLIP",
    paper="Radford et al., 2021, arXiv:2103.00020",
    model_types=("clip",),
    public=(
        ("openai/clip-vit-base-patch32", "CLIP ViT-B/32", 605),
        ("openai/clip-vit-base-patch16", "CLIP ViT-B/16", 599),
        ("openai/clip-vit-large-patch14", "CLIP ViT-L/14", 1710),
    ),
)
#: Gradients are taken of the score times this and divided again, so that half precision does not lose them.
GRAD_SCALE = 2.0**10


@implements(CLIP)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any CLIP can give."""
    return frozenset({"query_embeds", "key_embeds", "attention", "attention_grad"})


@implements(CLIP)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, the same end token, pictures of the right size."""
    text_config = checkpoint.config.text_config
    if len(checkpoint.tokenizer) > text_config.vocab_size:
        sizes = f"{len(checkpoint.tokenizer)} tokens, the model {text_config.vocab_size}"
        raise ModelError(f"The tokenizer of {checkpoint.name} has {sizes}; give both from one checkpoint.")
    end = int(tokens_of.tokenize(checkpoint, "a").input_ids[-1])
    # 2 stands in old files for "the highest id of the text", as Transformers still reads it.
    expected = len(checkpoint.tokenizer) - 1 if text_config.eos_token_id == 2 else text_config.eos_token_id
    if end != expected:
        raise ModelError(
            f"The tokenizer of {checkpoint.name} ends a text with token {end}, the model looks for {expected}; mend eos_token_id."
        )
    geometry.prepare(checkpoint, Image(np.zeros((3, 2, 3), np.uint8)))


@implements(CLIP)
def embed(checkpoint: "Checkpoint", samples: Sequence[Text] | Sequence[Image], batch: int = 32) -> Embeds:
    """Give each text or picture its vector in the joint space.

    Args:
        checkpoint: leased.
        samples: N texts, or N pictures; texts beyond the model's length are cut.
        batch: samples a pass.

    Returns:
        Vectors, shape (N, D), unit norm: the towers' pooled states after their projection.
    """
    import torch

    is_text = bool(samples) and isinstance(samples[0], Text)
    rows = []
    with torch.no_grad():
        for start in range(0, len(samples), batch):
            part = samples[start : start + batch]
            made = towers.text_embeds(checkpoint, [s.text for s in part]) if is_text else towers.image_embeds(checkpoint, part)
            rows.append(towers.to_numpy(towers.unit_norm(made)))
    names = tuple(s.text if is_text else s.name for s in samples)
    vectors = np.concatenate(rows) if rows else np.zeros((0, checkpoint.config.projection_dim), np.float32)
    return Embeds(vectors, ItemAxis(names), "text" if is_text else "image", checkpoint.id)


@implements(CLIP)
def logit_scale(checkpoint: "Checkpoint") -> float:
    """Give the factor by which cosines become logits: the exponential of the learned `logit_scale`."""
    return float(checkpoint.model.logit_scale.exp())


@implements(CLIP)
def encode(
    checkpoint: "Checkpoint",
    query: Text,
    key: Image,
    *,
    target: Target = "prompt",
    unit: TextUnit = "word",
    keep: frozenset[str] = frozenset(),
    layers: tuple[int, ...] | None = None,
) -> Encoding:
    """Encode the units of a text and the patches of a picture in CLIP's joint space.

    `query_embeds`: target "prompt", each unit as a text of its own through the whole tower; "context", the mean of the
    unit's token states in the whole text (after `final_layer_norm` and `text_projection`), the row "text" its end token;
    zero where the model reads none of the unit's tokens. `key_embeds`: the patches' last hidden states after
    `post_layernorm` and `visual_projection`. `attention`: the picture tower's, after that of the text's under "context".
    `attention_grad`: of the cosine of a unit's vector and the picture's. `score`: the cosine of whole text and picture.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "prompt" or "context".
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: layers of each tower whose attention is kept, counted from 0; None keeps all.

    Raises:
        ModelError: a layer or target the model does not have, or a text of which it knows no part.
    """
    if target not in CLIP.targets:
        raise ModelError(f'{checkpoint.name} has no target "{target}"; use: {", ".join(CLIP.targets)}.')
    _check_layers(checkpoint, layers)
    tokens = tokens_of.tokenize(checkpoint, query.text)
    if tokens.unknown.all():
        raise ModelError(f'{checkpoint.name} knows no part of "{_short(query.text)}"; use other words or another model.')
    axis = tokens.axis(query, unit)
    look = Look(bool(keep & {"attention", "attention_grad"}), "attention_grad" in keep, layers)
    seen = towers.see(checkpoint, key, look)
    alone = target == "prompt"
    read = towers.read_units(checkpoint, axis) if alone else towers.read_whole(checkpoint, tokens, axis, look)
    cosines = towers.cosines(read.embeds, seen.embeds)
    return Encoding(
        query=axis,
        key=seen.axis,
        target=target,
        model=checkpoint.name,
        checkpoint=checkpoint.id,
        score=Score(cosines[-1].item(), "cosine"),
        unit_scores=towers.to_numpy(cosines) if alone else None,
        query_embeds=towers.to_numpy(towers.unit_norm(read.embeds)) if "query_embeds" in keep else None,
        key_embeds=towers.patch_embeds(checkpoint, seen) if "key_embeds" in keep else None,
        attention=_blocks(read, seen) if "attention" in keep else None,
        attention_grad=_gradient(read, seen) if look.grad else None,
    )


def _blocks(read: Read, seen: Seen) -> tuple[AttentionBlock, ...]:
    patches = len(seen.axis)
    blocks = []
    if read.positions is not None and read.attention:
        special = np.ones(read.readout + 1, bool)
        special[read.positions[-1, 0] : read.positions[-1, 1]] = False
        blocks.append(_block("self-query", read.attention, read.positions, None, read.readout, special))
    special = np.arange(1 + patches) == 0
    blocks.append(_block("self-key", seen.attention, None, np.arange(1, 1 + patches), 0, special))
    return tuple(blocks)


def _block(kind: str, attention: dict, query_positions, key_positions, readout: int, special: np.ndarray) -> AttentionBlock:
    layers = tuple(sorted(attention))
    weights = np.concatenate([towers.to_numpy(attention[layer]) for layer in layers])  # (L, H, S, S)
    return AttentionBlock(kind, weights, layers, query_positions, key_positions, readout, special)


def _gradient(read: Read, seen: Seen) -> Callable[[int], list[np.ndarray | None]]:
    """Make the function from a unit to the gradient of its cosine with the picture by every block's weights."""
    import torch

    kept = [attention for attention in (read.attention, seen.attention) if attention]
    weights = [[attention[layer] for layer in sorted(attention)] for attention in kept]

    def attention_grad(unit: int) -> list[np.ndarray | None]:
        cosine = towers.cosines(read.embeds[unit][None], seen.embeds)[0]
        flat = [w for tower in weights for w in tower]
        found = torch.autograd.grad(cosine * GRAD_SCALE, flat, retain_graph=True, allow_unused=True)
        gradients, place = [], 0
        for tower in weights:
            own = found[place : place + len(tower)]
            place += len(tower)
            whole = [torch.zeros_like(w) if g is None else g for g, w in zip(own, tower, strict=True)]
            gradients.append(np.concatenate([towers.to_numpy(g) for g in whole]) / np.float32(GRAD_SCALE))  # (L, H, S, S)
        return gradients

    return attention_grad


def _check_layers(checkpoint: "Checkpoint", layers: tuple[int, ...] | None) -> None:
    depth = checkpoint.config.vision_config.num_hidden_layers
    if layers == ():
        raise ModelError(f"{checkpoint.name} was asked for no layer at all; choose from 0 to {depth - 1}, or all.")
    wrong = [layer for layer in layers or () if not 0 <= layer < depth]
    if wrong:
        raise ModelError(f"{checkpoint.name} has no layer {wrong[0]} in its picture tower; there are 0 to {depth - 1}.")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
