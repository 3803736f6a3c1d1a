"""UNITER: words and a detector's regions in one Transformer."""

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import RegionAxis, TextAxis, TextUnit
from mmviz.errors import ModelError
from mmviz.models import detector, folders, masks, passes
from mmviz.models import tokens as tokens_of
from mmviz.models import uniter_regions as regions_of
from mmviz.models import uniter_stream as stream
from mmviz.models.passes import Look
from mmviz.models.tokens import Tokens
from mmviz.registry import families, implements
from mmviz.results import Encoding, Score, ScoreKind, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint

UNITER = families.describe(
    "uniter",
    title="UNITER",
    paper="Chen et al., 2020, arXiv:1909.11740",
    model_types=("mmviz-uniter",),
    public=(),
    targets=("pair",),
    columns="object",
)
#: Pairs a pass.
PAIRS = 64


@implements(UNITER)
def own_classes() -> tuple[type, type]:
    """Give config and model class, which Transformers does not have."""
    from mmviz.models.nets import uniter

    return uniter.UniterConfig, uniter.UniterModel


@implements(UNITER)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any UNITER can give; gradients by pixels end at the detector's choice of boxes."""
    return frozenset({"query_embeds", "key_embeds", "attention", "attention_grad", "score_masked", "score_without"})


@implements(UNITER)
def looking(config: Any, target: Target = "pair") -> tuple[int, int]:
    """Count layers and heads of the attention that reaches regions: all of them."""
    return config.text_config.num_hidden_layers, config.text_config.num_attention_heads


@implements(UNITER)
def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List the blocks that see the picture: all of the one stream."""
    return list(checkpoint.model.bert.encoder.layer)


@implements(UNITER)
def beside(place: folders.Place, image: Image) -> str:
    """Hash the file of a picture's regions, "" where a detector of its own finds them or there is none."""
    path = regions_of.file_of(place.folder, image)
    has_detector = folders.read_json(place.folder / "config.json", place.name).get("detector_config")
    return "" if has_detector or not path.is_file() else hashlib.sha256(path.read_bytes()).hexdigest()


@implements(UNITER)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, features of the width that is read."""
    passes.check_vocabulary(checkpoint, checkpoint.config.text_config.vocab_size)
    if checkpoint.model.detector is not None:
        regions_of.find(checkpoint, [Image(np.zeros((3, 2, 3), np.uint8))])
        own = checkpoint.model.detector.config
        width = len(own.feature_layers) * own.vision_config.hidden_size
        if width != checkpoint.config.region_dim:
            raise ValueError(f"the detector gives {width} numbers a region, region_dim is {checkpoint.config.region_dim}")


@implements(UNITER)
def pair_kind(checkpoint: "Checkpoint") -> ScoreKind:
    """Say what the logits of `score_pairs` are: those of a probability, for match and no match share one softmax."""
    return "match_probability"


@implements(UNITER)
def detect(checkpoint: "Checkpoint", images: Sequence[Image], threshold: float = detector.THRESHOLD) -> list[RegionAxis]:
    """Find the things in pictures by the model's own detector, as `detector.detect` does.

    Raises:
        ModelError: it has none.
    """
    return detector.detect(regions_of.detector_of(checkpoint), images, threshold)


@implements(UNITER)
def score_pairs(checkpoint: "Checkpoint", texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray) -> np.ndarray:
    """Match texts with pictures, pair by pair; each pair is a pass through all layers, each picture is searched once.

    Args:
        checkpoint: leased.
        texts: N texts; those beyond the model's length are cut.
        images: M pictures; of one without a region the text alone is read.
        pairs: which text with which picture, shape (P, 2), int.

    Returns:
        The logit of "match" less that of "no match", shape (P,), float32.
    """
    import torch

    tokenized = [tokens_of.tokenize(checkpoint, text.text) for text in texts]
    logits = np.zeros(len(pairs), np.float32)
    with torch.no_grad():
        used = np.unique(pairs[:, 1]).tolist() if len(pairs) else []
        found = regions_of.find(checkpoint, [images[i] for i in used])
        seen = {i: stream.embed(checkpoint, regions) for i, regions in zip(used, found, strict=True)}
        sizes = [len(tokenized[text].input_ids) + len(seen[image]) for text, image in pairs]
        for rows in passes.batches_of_like(sizes, PAIRS):
            out = stream.run(checkpoint, [tokenized[i] for i in pairs[rows, 0]], [seen[i] for i in pairs[rows, 1]])
            logits[rows] = passes.to_numpy(stream.match(checkpoint, out.pooler_output))
    return logits


@implements(UNITER)
def score_regions(checkpoint: "Checkpoint", text: Text, image: Image, sets: Sequence[RegionAxis]) -> np.ndarray:
    """Match a text with a picture of which other regions are read than those the detector found.

    Args:
        checkpoint: leased.
        text: parsed text.
        image: parsed picture.
        sets: B sets of boxes on the picture as given, each with at least one.

    Returns:
        Probabilities of a match, shape (B,), float32.

    Raises:
        ModelError: it has no detector, which reads what lies in a box.
    """
    import torch

    tokens = tokens_of.tokenize(checkpoint, text.text)
    with torch.no_grad():
        pictures = [stream.embed(checkpoint, regions_of.at(checkpoint, image, axis)) for axis in sets]
        out = stream.run(checkpoint, [tokens] * len(pictures), pictures)
        return passes.to_numpy(stream.match(checkpoint, out.pooler_output).sigmoid())


@implements(UNITER)
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
    """Encode a text and the regions of a picture, read together in one stream.

    `query_embeds`, `key_embeds`: last hidden states, unit norm, between which training transports words to regions; a unit's is the mean of
    its tokens', the row "text" the state of CLS. `attention`: one block "joint" over the text's positions (CLS first), then the
    regions. `attention_grad`: of the logit of the pair, the same for every unit. As CLS alone is read out, the gradient by all other rows
    of the last layer is exactly zero. `score_masked`: with regions left out, as if the detector had missed them.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "pair".
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: layers whose attention is kept, counted from 0; None keeps all.

    Raises:
        ModelError: a layer or target the model does not have, a text of which it knows no part, or a picture without a region.
    """
    import torch

    passes.check_target(checkpoint, target)
    passes.check_layers(checkpoint, layers, looking(checkpoint.config)[0], "stream")
    with torch.no_grad():
        regions = regions_of.find(checkpoint, [key])[0]
    if not len(regions):
        _check_read(checkpoint, query)
        way_out = "use a picture with things it knows, or a model that reads patches"
        raise ModelError(f"{checkpoint.name} finds no region in {key.name} to compare words with; {way_out}.")
    return _encoded(checkpoint, query, regions, unit, keep, layers=layers)


@implements(UNITER)
def encode_regions(
    checkpoint: "Checkpoint",
    query: Text,
    key: Image,
    axis: RegionAxis,
    *,
    unit: TextUnit = "word",
    keep: frozenset[str] = frozenset(),
) -> Encoding:
    """Encode a text with other regions of a picture than those the detector found, as `encode` does.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        axis: R boxes on the picture as given, at least one.
        unit, keep: as of `encode`.

    Raises:
        ModelError: it has no detector, which reads what lies in a box, or knows no part of the text.
    """
    return _encoded(checkpoint, query, regions_of.at(checkpoint, key, axis), unit, keep, layers=None)


def _check_read(checkpoint: "Checkpoint", query: Text) -> Tokens:
    """Cut a text into tokens, and see that some part of it is known."""
    tokens = tokens_of.tokenize(checkpoint, query.text)
    passes.check_known(checkpoint, tokens, query.text)
    return tokens


def _encoded(
    checkpoint: "Checkpoint",
    query: Text,
    regions: regions_of.Regions,
    unit: TextUnit,
    keep: frozenset[str],
    *,
    layers: tuple[int, ...] | None,
) -> Encoding:
    """Run a text with regions, at least one, and give the fields that are kept."""
    import torch

    tokens = _check_read(checkpoint, query)
    axis = tokens.axis(query, unit)
    positions = tokens.positions(axis.spans)
    with torch.no_grad():
        picture = stream.embed(checkpoint, regions)  # (R, width)
    look = Look(bool(keep & {"attention", "attention_grad"}), "attention_grad" in keep, layers)
    ran = stream.run_one(checkpoint, tokens, picture, positions, look)
    rows = passes.unit_states(ran.states, positions, ran.states[0])  # (Q, width)
    return Encoding(
        query=axis,
        key=regions.axis,
        target="pair",
        model=checkpoint.name,
        checkpoint=checkpoint.id,
        score=Score(ran.logit.sigmoid().item(), "match_probability"),
        query_embeds=passes.to_numpy(passes.unit_norm(rows)) if "query_embeds" in keep else None,
        key_embeds=passes.to_numpy(passes.unit_norm(ran.states[-len(regions) :])) if "key_embeds" in keep else None,
        attention=(ran.kept.block(),) if "attention" in keep else None,
        attention_grad=passes.gradient_of_pair([ran.kept], ran.logit) if look.grad else None,
        **_again(checkpoint, tokens, axis, picture, keep),
    )


def _again(
    checkpoint: "Checkpoint", tokens: Tokens, axis: TextAxis, picture: "torch.Tensor", keep: frozenset[str]
) -> dict[str, Callable]:
    """Make the fields that score again: with regions left out, and with words left out."""
    import torch

    def score(texts: Sequence[Tokens], pictures: Sequence["torch.Tensor"]) -> "torch.Tensor":
        return stream.match(checkpoint, stream.run(checkpoint, texts, pictures).pooler_output).sigmoid()

    def score_masked(unit: int | None, kept: np.ndarray, fill: str) -> np.ndarray:
        found = [np.zeros(0, np.float32)]
        with torch.no_grad():
            for rows in (kept[a : a + PAIRS] for a in range(0, len(kept), PAIRS)):
                left = [picture[torch.from_numpy(np.flatnonzero(row)).to(picture.device)] for row in rows]
                found.append(passes.to_numpy(score([tokens] * len(left), left)))
        return np.concatenate(found)

    def score_texts(texts: Sequence[str]) -> "torch.Tensor":
        return score([tokens_of.tokenize(checkpoint, text) for text in texts], [picture] * len(texts))

    masked = {"score_masked": score_masked} if "score_masked" in keep else {}
    return masked | masks.without(keep, axis, score_texts)
