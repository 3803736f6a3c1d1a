"""CMN: keypoints and terms through two shallow networks into one space."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmviz.axes import TextUnit
from mmviz.models import bags, dual, passes
from mmviz.models.bags import Match
from mmviz.registry import families, implements
from mmviz.results import Embeds, Encoding, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint
    from mmviz.models.folders import Place

CMN = families.describe(
    "cmn",
    title="CMN",
    paper="Wang, Li and Lazebnik, 2016, arXiv:1511.06078",
    model_types=("cmn",),
    public=(),
    targets=("context", "prompt"),
    columns="keypoint",
)


@implements(CMN)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any CMN can give."""
    return bags.FIELDS


@implements(CMN)
def looking(config: Any, target: Target = "context") -> tuple[int, int]:
    """Count layers and heads that look at the picture: there is no attention."""
    return 0, 0


@implements(CMN)
def own_classes() -> tuple[type, type]:
    """Give config and model class, which Transformers does not have."""
    from mmviz.models.nets.bags import CmnConfig, CmnModel

    return CmnConfig, CmnModel


@implements(CMN)
def files() -> tuple[str, ...]:
    """Name the files a checkpoint needs beside config and weights."""
    return bags.FILES


@implements(CMN)
def processors(place: "Place") -> tuple[Any, Any]:
    """Read what cuts texts into terms."""
    return bags.load_terms(place)


@implements(CMN)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: as many words as the weights have columns for."""
    bags.check(checkpoint)


@implements(CMN)
def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List what reads the picture: its network."""
    return bags.blocks(checkpoint)


@implements(CMN)
def embed(checkpoint: "Checkpoint", samples: Sequence[Text] | Sequence[Image], batch: int = 32) -> Embeds:
    """Give each text or picture its vector in the joint space.

    Args:
        checkpoint: leased.
        samples: N texts, or N pictures.
        batch: samples a pass.

    Returns:
        The networks' outputs, shape (N, D), unit norm; zero for a text without a word that is known and a picture without keypoints.
    """
    return dual.embed(checkpoint, bags, samples, batch, checkpoint.config.projection_dim)


@implements(CMN)
def logit_scale(checkpoint: "Checkpoint") -> float:
    """Give the factor by which cosines become logits: as learned."""
    return float(checkpoint.config.logit_scale)


@implements(CMN)
def encode(
    checkpoint: "Checkpoint",
    query: Text,
    key: Image,
    *,
    target: Target = "context",
    unit: TextUnit = "word",
    keep: frozenset[str] = frozenset(),
    layers: tuple[int, ...] | None = None,
) -> Encoding:
    """Encode the words of a text and the keypoints of a picture.

    The score is the cosine of f(x) and g(y), with x the picture's bag of visual words and y the text's of terms.
    `contributions`: gradient times input of both sides with the two lengths held fixed: a keypoint's part of x times the Jacobian of f,
    a word's part of y times that of g, their product, by |f(x)| |g(y)|. f and g are piecewise linear without biases, so that the
    cells sum up to the cosine. Under "prompt" a unit is a text of its own, g(y) whole.
    `query_embeds`, `key_embeds`: those parts (under "prompt" g(y)), unit norm; zero where a unit has no word that is known.
    `score_masked`: with keypoints left out, their words counted anew; of a unit, the cosine of its `query_embeds`.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "context" (a word's share of the whole text) or "prompt" (each unit as a text of its own).
        unit: "token" (which is a word here), "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: None; there are none.

    Raises:
        ModelError: a target or a layer, a text without a word that is known, or a picture without a keypoint.

    Source:
        Ancona et al., 2018, sections 2 and 3, arXiv:1711.06104: gradient times input, exact for rectified units without biases.
    """
    match = Match("cosine", _cosines, _weight, lambda text, picture: {})
    return bags.encode(checkpoint, match, query, key, target=target, unit=unit, keep=keep, layers=layers)


def _cosines(texts: "torch.Tensor", images: "torch.Tensor") -> "torch.Tensor":
    """Compare (Q, D) with (B, D): (Q, B)."""
    return passes.unit_norm(texts) @ passes.unit_norm(images).T


def _weight(text: "torch.Tensor", picture: "torch.Tensor") -> float:
    """Divide by both lengths; a text of nothing has no part."""
    return float(1 / (text.norm() * picture.norm()).clamp_min(1e-12))
