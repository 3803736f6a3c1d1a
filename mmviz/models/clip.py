"""CLIP: one tower for texts, one for pictures, one joint space."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextUnit
from mmviz.errors import ModelError
from mmviz.models import clip_towers as towers
from mmviz.models import dual, geometry, masks, passes
from mmviz.models import tokens as tokens_of
from mmviz.registry import families, implements
from mmviz.results import Embeds, Encoding, Target
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


@implements(CLIP)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any CLIP can give."""
    return frozenset({"query_embeds", "key_embeds", "attention", "attention_grad"}) | masks.FIELDS


implements(CLIP)(towers.looking)
implements(CLIP)(towers.blocks)


@implements(CLIP)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, the same end token, pictures of the right size."""
    text_config = checkpoint.config.text_config
    passes.check_vocabulary(checkpoint, text_config.vocab_size)
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
    return dual.embed(checkpoint, towers, samples, batch, checkpoint.config.projection_dim)


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
    passes.check_target(checkpoint, target)
    passes.check_layers(checkpoint, layers, towers.looking(checkpoint.config)[0], "picture tower")
    return dual.encode(checkpoint, towers, query, key, target=target, unit=unit, keep=keep, layers=layers)
