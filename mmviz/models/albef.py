"""ALBEF: align before fuse. Two encoders for contrast, and layers behind the text's that look at the picture for matching."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextUnit
from mmviz.guesses import Guess
from mmviz.models import albef_guessing as guessing
from mmviz.models import albef_towers as towers
from mmviz.models import blip_fusion as fusion
from mmviz.models import dual, geometry, masks, passes
from mmviz.registry import families, implements
from mmviz.results import Embeds, Encoding, ScoreKind, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint

ALBEF = families.describe(
    "albef",
    title="ALBEF",
    paper="Li et al., 2021, arXiv:2107.07651",
    model_types=("mmviz-albef",),
    public=(),
    targets=("pair", "prompt", "context"),
)


@implements(ALBEF)
def own_classes() -> tuple[type, type]:
    """Give config and model class, which Transformers does not have."""
    from mmviz.models.nets import albef

    return albef.AlbefConfig, albef.AlbefModel


@implements(ALBEF)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any ALBEF can give."""
    return frozenset({"query_embeds", "key_embeds", "attention", "attention_grad"}) | masks.FIELDS


@implements(ALBEF)
def looking(config: Any, target: Target = "pair") -> tuple[int, int]:
    """Count layers and heads of the attention that reaches patches: those of fusion, or where both are read apart the picture's."""
    if target == "pair":
        return config.fusion_layers, config.text_config.num_attention_heads
    return config.vision_config.num_hidden_layers, config.vision_config.num_attention_heads


@implements(ALBEF)
def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List the blocks that see the picture: those of its encoder, and where the text looks at it."""
    return [*checkpoint.model.vision_model.encoder.layers, *(layer.crossattention for layer in towers.crossing(checkpoint))]


@implements(ALBEF)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, pictures of the right size."""
    passes.check_vocabulary(checkpoint, checkpoint.config.text_config.vocab_size)
    geometry.prepare(checkpoint, Image(np.zeros((3, 2, 3), np.uint8)))


@implements(ALBEF)
def embed(checkpoint: "Checkpoint", samples: Sequence[Text] | Sequence[Image], batch: int = 32) -> Embeds:
    """Give each text or picture its vector in the space of the contrast.

    Args:
        checkpoint: leased.
        samples: N texts, or N pictures; texts beyond the model's length are cut.
        batch: samples a pass.

    Returns:
        Vectors, shape (N, D), unit norm: CLS of the text encoder after `text_proj`, of the picture encoder after `vision_proj`.
    """
    return dual.embed(checkpoint, towers, samples, batch, checkpoint.config.projection_dim)


@implements(ALBEF)
def logit_scale(checkpoint: "Checkpoint") -> float:
    """Give the factor by which cosines become logits: 1 / the temperature that was learned."""
    return 1 / float(checkpoint.model.temperature)


@implements(ALBEF)
def pair_kind(checkpoint: "Checkpoint") -> ScoreKind:
    """Say what the logits of `score_pairs` are: those of a probability, for match and no match share one softmax."""
    return "match_probability"


@implements(ALBEF)
def score_pairs(checkpoint: "Checkpoint", texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray) -> np.ndarray:
    """Match texts with pictures, pair by pair; every picture goes through its encoder once.

    Args:
        checkpoint: leased.
        texts: N texts; those beyond the model's length are cut.
        images: M pictures.
        pairs: which text with which picture, shape (P, 2), int.

    Returns:
        The matching head's logit of "match" minus that of "no match", shape (P,), float32; its sigmoid is the probability.
    """
    return fusion.score_pairs(checkpoint, towers, texts, images, pairs)


@implements(ALBEF)
def guess(checkpoint: "Checkpoint", text: Text, spans: Sequence[tuple[int, int]], images: Sequence[Image | None]) -> list[Guess]:
    """Hide words of a text, one at a time, and say what stands there.

    Args:
        checkpoint: leased, or what `teacher` gave.
        text: what is read.
        spans: start and end of each word in code points.
        images: N pictures the text is read with; None is a blank one.

    Returns:
        One a word.

    Raises:
        ModelError: the tokenizer has nothing to hide a word with.
    """
    return guessing.guess(checkpoint, text, spans, images)


@implements(ALBEF)
def teacher(checkpoint: "Checkpoint") -> "Checkpoint":
    """Give the momentum model, which `embed` and `guess` take in the checkpoint's place; the checkpoint itself where it has none.

    A momentum model follows the trained one and comes to lie on it as the rate of training falls; a bundled checkpoint leaves it away,
    and its card says how far apart the two were (`teacher_distance`, a share of the weights' length).
    """
    return checkpoint if checkpoint.model.teacher is None else replace(checkpoint, model=checkpoint.model.teacher)


@implements(ALBEF)
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

    `query_embeds`, `key_embeds`: always in the space of the contrast, unit norm. Target "prompt": each unit as a text of its own; else the
    mean of the unit's token states after the text encoder and `text_proj`, the row "text" its CLS. Patches: last hidden states
    after `post_layernorm` and `vision_proj`.
    `attention`: under "pair" the picture encoder's, then that of the layers of fusion, to the text itself and to the picture, counted from
    the first of these; what words know of each other from the text encoder below is theirs from the start. Under "prompt" the picture
    encoder's, under "context" before it the text encoder's.
    `attention_grad`: under "pair" of the logit of a match of the whole pair, the same for every unit. As only CLS is matched, the
    gradient by word tokens' rows of the last layer is exactly zero. Else of the unit's cosine.
    `score`: the probability of a match under "pair", else the cosine of whole text and picture.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "pair", "prompt" or "context".
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: layers of each part whose attention is kept, counted from 0; None keeps all.

    Raises:
        ModelError: a layer or target the model does not have, or a text of which it knows no part.
    """
    passes.check_target(checkpoint, target)
    if target == "pair":
        passes.check_layers(checkpoint, layers, looking(checkpoint.config, target)[0], "fusion")
        return fusion.encode(checkpoint, towers, query, key, unit=unit, keep=keep, layers=layers)
    passes.check_layers(checkpoint, layers, looking(checkpoint.config, target)[0], "picture encoder")
    return dual.encode(checkpoint, towers, query, key, target=target, unit=unit, keep=keep, layers=layers)
