"""BLIP for image-text retrieval: two towers for contrast, and the text's tower again with cross-attention for matching."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextUnit
from mmviz.errors import ModelError
from mmviz.models import blip_fusion as fusion
from mmviz.models import blip_towers as towers
from mmviz.models import dual, geometry, loading, masks, passes
from mmviz.registry import families, implements
from mmviz.results import Embeds, Encoding, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint

BLIP = families.describe(
    "blip",
    title="BLIP",
    paper="Li et al., 2022, arXiv:2201.12086",
    model_types=("blip",),
    public=(
        ("Salesforce/blip-itm-base-coco", "BLIP base, COCO", 895),
        ("Salesforce/blip-itm-large-coco", "BLIP large, COCO", 1785),
    ),
    targets=("pair", "prompt", "context"),
)
#: What BLIP's learnable temperature begins at, as in ALBEF (Li et al., 2021, arXiv:2107.07651); Hugging Face's files lack the learned one.
TEMPERATURE = 0.07


@implements(BLIP)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any BLIP can give."""
    return frozenset({"query_embeds", "key_embeds", "attention", "attention_grad"}) | masks.FIELDS


@implements(BLIP)
def looking(config: Any, target: Target = "pair") -> tuple[int, int]:
    """Count layers and heads of the attention that reaches patches: the text's to the picture, or where both are read apart the picture's."""
    tower = config.text_config if target == "pair" else config.vision_config
    return tower.num_hidden_layers, tower.num_attention_heads


@implements(BLIP)
def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List the blocks that see the picture: those of its tower, and where the text looks at it."""
    across = [layer.crossattention for layer in checkpoint.model.text_encoder.encoder.layer]
    return [*checkpoint.model.vision_model.encoder.layers, *across]


@implements(BLIP)
def model_class(config: Any) -> type:
    """Name the class of Transformers that reads a checkpoint: the one with contrast and matching heads."""
    return loading.architecture(config, ("BlipForImageTextRetrieval",))


@implements(BLIP)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, cross-attention, pictures of the right size."""
    text_config = checkpoint.config.text_config
    passes.check_vocabulary(checkpoint, text_config.vocab_size)
    if not text_config.is_decoder:
        raise ModelError(f"{checkpoint.name} has no cross-attention (is_decoder is false in its text_config); mend config.json.")
    geometry.prepare(checkpoint, Image(np.zeros((3, 2, 3), np.uint8)))


@implements(BLIP)
def embed(checkpoint: "Checkpoint", samples: Sequence[Text] | Sequence[Image], batch: int = 32) -> Embeds:
    """Give each text or picture its vector in the space of the contrast head.

    Args:
        checkpoint: leased.
        samples: N texts, or N pictures; texts beyond the model's length are cut.
        batch: samples a pass.

    Returns:
        Vectors, shape (N, D), unit norm: CLS of a text read alone after `text_proj`, of a picture after `vision_proj`.
    """
    return dual.embed(checkpoint, towers, samples, batch, checkpoint.config.image_text_hidden_size)


@implements(BLIP)
def logit_scale(checkpoint: "Checkpoint") -> float:
    """Give the factor by which cosines become logits: 1 / temperature, the card's or else the paper's first."""
    return 1 / float(checkpoint.card.get("temperature", TEMPERATURE))


@implements(BLIP)
def score_pairs(checkpoint: "Checkpoint", texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray) -> np.ndarray:
    """Match texts with pictures, pair by pair; every picture goes through its tower once.

    Args:
        checkpoint: leased.
        texts: N texts; those beyond the model's length are cut.
        images: M pictures.
        pairs: which text with which picture, shape (P, 2), int.

    Returns:
        The matching head's logit of "match" minus that of "no match", shape (P,), float32; its sigmoid is the probability.
    """
    return fusion.score_pairs(checkpoint, towers, texts, images, pairs)


@implements(BLIP)
def encode(
    checkpoint: "Checkpoint",
    query: Text,
    key: Image,
    *,
    target: Target = "pair",
    unit: TextUnit = "word",
    keep: frozenset[str] = frozenset(),
    layers: tuple[int, ...] | None = None,
) -> Encoding:
    """Encode a text and a picture, read together ("pair") or apart ("prompt", "context").

    `query_embeds`, `key_embeds`: always in the space of the contrast head, unit norm. Target "prompt": each unit as a text
    of its own; else the mean of the unit's token states in the whole text read without the picture, after `text_proj`, the
    row "text" its CLS, zero where the model reads none of the unit's tokens. Patches: last hidden states after
    `post_layernorm` and `vision_proj`.
    `attention`: under "pair" the picture tower's, then that of the text in the fusion pass, to itself and to the picture
    (CLS and patches); under "prompt" the picture tower's, under "context" before it the text's when read alone.
    `attention_grad`: under "pair" of the logit of a match of the whole pair, the same for every unit. As only CLS is
    matched, the gradient by word tokens' rows of the last text layer is exactly zero. Else of the unit's cosine.
    `score`: the probability of a match under "pair", else the cosine of whole text and picture.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "pair", "prompt" or "context".
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: layers of each tower whose attention is kept, counted from 0; None keeps all.

    Raises:
        ModelError: a layer or target the model does not have, or a text of which it knows no part.
    """
    passes.check_target(checkpoint, target)
    if target == "pair":
        passes.check_layers(checkpoint, layers, looking(checkpoint.config, target)[0], "cross-attention")
        return fusion.encode(checkpoint, towers, query, key, unit=unit, keep=keep, layers=layers)
    passes.check_layers(checkpoint, layers, looking(checkpoint.config, target)[0], "picture tower")
    return dual.encode(checkpoint, towers, query, key, target=target, unit=unit, keep=keep, layers=layers)
