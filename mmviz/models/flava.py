"""FLAVA: a tower for pictures, one for texts, one joint space, and a multimodal encoder over what both have made."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextUnit
from mmviz.errors import ModelError
from mmviz.models import dual, geometry, loading, masks, passes
from mmviz.models import flava_stream as stream
from mmviz.models import flava_towers as towers
from mmviz.registry import families, implements
from mmviz.results import Embeds, Encoding, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint

PRETRAINING, BARE = "FlavaForPreTraining", "FlavaModel"
FLAVA = families.describe(
    "flava",
    title="FLAVA",
    paper="Singh et al., 2022, arXiv:2112.04482",
    model_types=("flava",),
    public=(("facebook/flava-full", "FLAVA, full", 1430),),
    targets=("prompt", "context", "pair"),
)


@implements(FLAVA)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any FLAVA can give."""
    return frozenset({"query_embeds", "key_embeds", "attention", "attention_grad"}) | masks.FIELDS


@implements(FLAVA)
def looking(config: Any, target: Target = "prompt") -> tuple[int, int]:
    """Count layers and heads of the attention that reaches patches: the multimodal encoder's, or read apart the picture tower's."""
    part = config.multimodal_config if target == "pair" else config.image_config
    return part.num_hidden_layers, part.num_attention_heads


@implements(FLAVA)
def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List the blocks that see the picture: those of its tower, and the multimodal encoder's."""
    return [*towers.core(checkpoint).image_model.encoder.layer, *stream.encoder(checkpoint).encoder.layer]


@implements(FLAVA)
def model_class(config: Any) -> type:
    """Name the class that reads a checkpoint: Transformers' with the pretraining heads but no codebook, or without heads."""
    chosen = loading.architecture(config, (PRETRAINING, BARE))
    if chosen.__name__ == BARE:
        return chosen
    from mmviz.models.nets.flava import FlavaWithoutCodebook

    return FlavaWithoutCodebook


@implements(FLAVA)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, pictures of the right size."""
    passes.check_vocabulary(checkpoint, checkpoint.config.text_config.vocab_size)
    geometry.prepare(checkpoint, Image(np.zeros((3, 2, 3), np.uint8)))


@implements(FLAVA)
def matches(config: dict[str, Any]) -> bool:
    """Tell by what a config.json says whether the checkpoint has a matching head; a bare one has none."""
    return BARE not in (config.get("architectures") or ())


@implements(FLAVA)
def embed(checkpoint: "Checkpoint", samples: Sequence[Text] | Sequence[Image], batch: int = 32) -> Embeds:
    """Give each text or picture its vector in the joint space.

    Args:
        checkpoint: leased.
        samples: N texts, or N pictures; texts beyond the model's length are cut.
        batch: samples a pass.

    Returns:
        Vectors, shape (N, D), unit norm: each tower's CLS after its last norm and `text_projection` or `image_projection`.
    """
    return dual.embed(checkpoint, towers, samples, batch, checkpoint.config.projection_dim)


@implements(FLAVA)
def logit_scale(checkpoint: "Checkpoint") -> float:
    """Give the factor by which cosines become logits: the exponential of the learned `logit_scale`."""
    return float(towers.core(checkpoint).logit_scale.exp())


@implements(FLAVA)
def score_pairs(checkpoint: "Checkpoint", texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray) -> np.ndarray:
    """Match texts with pictures, pair by pair; every picture goes through its tower once.

    Args:
        checkpoint: leased, with the pretraining heads.
        texts: N texts; those beyond the model's length are cut.
        images: M pictures.
        pairs: which text with which picture, shape (P, 2), int.

    Returns:
        `itm_head`'s logit of "match" minus that of "no match", shape (P,), float32; its sigmoid is the probability.

    Raises:
        ModelError: the checkpoint has no matching head.
    """
    import torch

    _check_head(checkpoint)
    first = stream.joint_embeds(checkpoint, texts, images, pairs)  # (P, width)
    with torch.no_grad():
        states = first[:, None].to(getattr(torch, checkpoint.dtype))  # (P, 1, width)
        return passes.to_numpy(stream.matched(checkpoint, states))


@implements(FLAVA)
def joint(checkpoint: "Checkpoint", texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray) -> np.ndarray:
    """Give pairs of text and picture one vector each, of the multimodal encoder; its space is not that of `embed`.

    Args:
        checkpoint: leased.
        texts: N texts; those beyond the model's length are cut.
        images: M pictures.
        pairs: which text with which picture, shape (P, 2), int.

    Returns:
        Its CLS after the last norm, shape (P, width), float32, unit norm.
    """
    return passes.to_numpy(passes.unit_norm(stream.joint_embeds(checkpoint, texts, images, pairs)))


@implements(FLAVA)
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
    """Encode a text and a picture, read apart ("prompt", "context") or together ("pair").

    `query_embeds`: target "prompt", each unit as a text of its own; "context", the mean of the unit's token states in the whole
    text read without the picture, after the last norm and `text_projection`, the row "text" its CLS; "pair", the mean of the
    unit's states in the multimodal encoder after its last norm, the row "text" that of the encoder's own CLS. Zero where the model reads
    none of the unit's tokens. `key_embeds`: the patches' states, likewise; only under "pair" are they not in the space of `embed`.
    `attention`: "prompt", the picture tower's; "context", before it the text's; "pair", one block "joint" of the multimodal encoder
    over CLS, the picture's CLS, patches and text. What its positions bring from their towers, where they had seen their own kind only,
    is not in it.
    `attention_grad`: of the cosine of a unit's vector and the picture's; under "pair" of the logit of a match, the same for every
    unit, and zero for all rows but that of CLS in the last layer.
    `score`: the cosine of whole text and picture, under "pair" the probability of a match.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "prompt", "context" or "pair".
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: whose attention is kept, of each tower or of the multimodal encoder, counted from 0; None keeps all.

    Raises:
        ModelError: a layer, target or head the model does not have, or a text of which it knows no part.
    """
    passes.check_target(checkpoint, target)
    where = "multimodal encoder" if target == "pair" else "picture tower"
    passes.check_layers(checkpoint, layers, looking(checkpoint.config, target)[0], where)
    if target == "pair":
        _check_head(checkpoint)
        return stream.encode(checkpoint, query, key, unit=unit, keep=keep, layers=layers)
    return dual.encode(checkpoint, towers, query, key, target=target, unit=unit, keep=keep, layers=layers)


def _check_head(checkpoint: "Checkpoint") -> None:
    if not hasattr(checkpoint.model, "itm_head"):
        raise ModelError(
            f"{checkpoint.name} is a {BARE} and has no head that matches pairs; use a {PRETRAINING}, or read text and picture apart."
        )
