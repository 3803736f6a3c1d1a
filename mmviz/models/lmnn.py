"""LMNN: keypoints and terms matched by a bilinear form that was learned with a large margin."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextUnit
from mmviz.models import bags, passes
from mmviz.models.bags import Match
from mmviz.registry import families, implements
from mmviz.results import Embeds, Encoding, ScoreKind, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint
    from mmviz.models.folders import Place

LMNN = families.describe(
    "lmnn",
    title="LMNN",
    paper="Weinberger and Saul, 2009, JMLR 10, 207-244",
    model_types=("lmnn",),
    public=(),
    targets=("pair",),
    columns="keypoint",
)


@implements(LMNN)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any LMNN can give."""
    return bags.FIELDS


@implements(LMNN)
def looking(config: Any, target: Target = "pair") -> tuple[int, int]:
    """Count layers and heads that look at the picture: there is no attention."""
    return 0, 0


@implements(LMNN)
def own_classes() -> tuple[type, type]:
    """Give config and model class, which Transformers does not have."""
    from mmviz.models.nets.bags import LmnnConfig, LmnnModel

    return LmnnConfig, LmnnModel


@implements(LMNN)
def files() -> tuple[str, ...]:
    """Name the files a checkpoint needs beside config and weights."""
    return bags.FILES


@implements(LMNN)
def processors(place: "Place") -> tuple[Any, Any]:
    """Read what cuts texts into terms."""
    return bags.load_terms(place)


@implements(LMNN)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: as many words as the weights have columns for."""
    bags.check(checkpoint)


@implements(LMNN)
def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List what reads the picture: A."""
    return bags.blocks(checkpoint)


@implements(LMNN)
def pair_kind(checkpoint: "Checkpoint") -> ScoreKind:
    """Say what `score_pairs` gives: a squared distance with its sign turned, no probability."""
    return "logit"


@implements(LMNN)
def pair_cost(config: Any) -> str:
    """Say what one more pair of a text and a picture costs: a product of two vectors, not a pass."""
    return "product"


@implements(LMNN)
def score_pairs(checkpoint: "Checkpoint", texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray) -> np.ndarray:
    """Score texts with pictures; each is mapped once, a pair is a distance.

    Args:
        checkpoint: leased.
        texts: N texts; one without a word that is known lies at the origin.
        images: M pictures; one without keypoints lies at the origin.
        pairs: which text with which picture, shape (P, 2), int.

    Returns:
        -|A x - B y|^2, shape (P,), float32.
    """
    import torch

    if not len(pairs):
        return np.zeros(0, np.float32)
    with torch.no_grad():
        rows, columns = (np.unique(pairs[:, side], return_inverse=True) for side in (0, 1))
        read = bags.text_embeds(checkpoint, [texts[i].text for i in rows[0]])
        seen = bags.image_embeds(checkpoint, [images[i] for i in columns[0]])
        return passes.to_numpy(-(read[rows[1].ravel()] - seen[columns[1].ravel()]).square().sum(-1))


@implements(LMNN)
def learned(checkpoint: "Checkpoint", samples: Sequence[Text] | Sequence[Image]) -> dict[str, Embeds]:
    """Give texts' or pictures' places before the distance was learned, and after, as `bags.learned` does.

    Squared distances of texts and pictures in `before` are those that training begins with, in `after` those of `score_pairs` with their
    sign turned. The bags themselves (`plain`) compare texts with texts and pictures with pictures alone: every text is as far from every
    picture, for the two have no entry in common.
    """
    return bags.learned(checkpoint, samples)


@implements(LMNN)
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
    """Encode the words of a text and the keypoints of a picture.

    With x the picture's bag of visual words and y the text's of terms, both of length 1, the score is
    -|A x - B y|^2 = 2 x'A'B y - |A x|^2 - |B y|^2. The first of the three falls to keypoints and words without a rest: x is the
    sum of its keypoints' parts (those of one visual word have equal shares), y of its words' (those of one term have equal shares).

    `contributions`: that bilinear part, for every word and keypoint. `score.parts`: the three. `query_embeds`, `key_embeds`: B and A
    applied to the parts, unit norm; zero where a unit has no word that is known. `score_masked`: with keypoints left out, their
    words counted anew. Every unit's score is the pair's.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "pair".
        unit: "token" (which is a word here), "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: None; there are none.

    Raises:
        ModelError: a target or a layer, a text without a word that is known, or a picture without a keypoint.
    """
    match = Match("logit", _nearness, lambda text, picture: 2.0, _parts)
    return bags.encode(checkpoint, match, query, key, target=target, unit=unit, keep=keep, layers=layers)


def _nearness(texts: "torch.Tensor", images: "torch.Tensor") -> "torch.Tensor":
    """Turn the sign of squared distances: (Q, D), (B, D) to (Q, B)."""
    return -(texts[:, None] - images[None]).square().sum(-1)


def _parts(text: "torch.Tensor", picture: "torch.Tensor") -> dict[str, float]:
    """Give the three parts of a pair's score."""
    return {
        "bilinear": 2 * float(text @ picture),
        "query": -float(text @ text),
        "key": -float(picture @ picture),
    }
