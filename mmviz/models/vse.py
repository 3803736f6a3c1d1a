"""VSE++: a recurrent network for texts, a tower for pictures, one joint space learned from the hardest wrong pair."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextUnit
from mmviz.models import clip_towers, dual, geometry, masks, passes
from mmviz.models import vse_towers as towers
from mmviz.registry import families, implements
from mmviz.results import Embeds, Encoding, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

VSE = families.describe(
    "vse", title="VSE++", paper="Faghri et al., 2018, arXiv:1707.05612", model_types=("mmviz-vse",), public=()
)


@implements(VSE)
def own_classes() -> tuple[type, type]:
    """Give config and model class, which Transformers does not have."""
    from mmviz.models.nets import vse

    return vse.VseConfig, vse.VseModel


@implements(VSE)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any VSE++ can give."""
    return frozenset({"query_embeds", "key_embeds", "attention", "attention_grad"}) | masks.FIELDS


implements(VSE)(clip_towers.looking)
implements(VSE)(clip_towers.blocks)


@implements(VSE)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, pictures of the right size."""
    passes.check_vocabulary(checkpoint, checkpoint.config.vocab_size)
    geometry.prepare(checkpoint, Image(np.zeros((3, 2, 3), np.uint8)))


@implements(VSE)
def embed(checkpoint: "Checkpoint", samples: Sequence[Text] | Sequence[Image], batch: int = 32) -> Embeds:
    """Give each text or picture its vector in the joint space.

    Args:
        checkpoint: leased.
        samples: N texts, or N pictures; texts beyond the model's length are cut.
        batch: samples a pass.

    Returns:
        Vectors, shape (N, D), unit norm: the GRU's state behind the last token, and the tower's pooled state after its projection.
    """
    return dual.embed(checkpoint, towers, samples, batch, checkpoint.config.projection_dim)


@implements(VSE)
def logit_scale(checkpoint: "Checkpoint") -> float:
    """Give the factor by which cosines become logits: 1, for the margin of the loss is one of cosines and nothing scales them."""
    return 1.0


@implements(VSE)
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
    """Encode the units of a text and the patches of a picture in VSE++'s joint space.

    `query_embeds`: target "prompt", each unit as a text of its own; "context", the mean of the GRU's states behind the unit's tokens
    in the whole text: a state is the vector of the text read so far, so that a unit's tells of it and of all before it, and nothing
    behind it. The row "text" is the state behind the last token. `key_embeds`: the patches' last hidden states after `post_layernorm`
    and `visual_projection`. `attention`: the picture tower's alone. `attention_grad`: of the cosine of a unit's vector and the
    picture's. `score`: the cosine of whole text and picture.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "prompt" or "context".
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: of the picture's tower whose attention is kept, counted from 0; None keeps all.

    Raises:
        ModelError: a layer or target the model does not have, or a text of which it knows no part.
    """
    passes.check_target(checkpoint, target)
    passes.check_layers(checkpoint, layers, clip_towers.looking(checkpoint.config)[0], "picture tower")
    return dual.encode(checkpoint, towers, query, key, target=target, unit=unit, keep=keep, layers=layers)
