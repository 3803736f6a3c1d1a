"""ViLT: words and patches in one stream from the first layer on; for retrieval or for answering questions."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextAxis, TextUnit
from mmviz.errors import ModelError
from mmviz.models import geometry, loading, masks, passes
from mmviz.models import tokens as tokens_of
from mmviz.models import vilt_stream as stream
from mmviz.models.passes import Look
from mmviz.models.tokens import Tokens
from mmviz.registry import families, implements
from mmviz.results import Encoding, Score, ScoreKind, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint

RETRIEVAL, ANSWERING = "ViltForImageAndTextRetrieval", "ViltForQuestionAnswering"
VILT = families.describe(
    "vilt",
    title="ViLT",
    paper="Kim et al., 2021, arXiv:2102.03334",
    model_types=("vilt",),
    public=(
        ("dandelin/vilt-b32-finetuned-coco", "ViLT B/32, COCO", 446),
        ("dandelin/vilt-b32-finetuned-flickr30k", "ViLT B/32, Flickr30K", 446),
        ("dandelin/vilt-b32-finetuned-vqa", "ViLT B/32, questions", 470),
    ),
    targets=("pair",),
)
#: Pairs a pass.
PAIRS = 32


@implements(VILT)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any ViLT can give."""
    return frozenset({"query_embeds", "key_embeds", "attention", "attention_grad"}) | masks.FIELDS


@implements(VILT)
def looking(config: Any, target: Target = "pair") -> tuple[int, int]:
    """Count layers and heads of the attention that reaches patches: all of them."""
    return config.num_hidden_layers, config.num_attention_heads


@implements(VILT)
def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List the blocks that see the picture: all of the one stream."""
    return list(checkpoint.model.vilt.encoder.layer)


@implements(VILT)
def model_class(config: Any) -> type:
    """Name the class of Transformers that reads a checkpoint: for retrieval, or for answering questions."""
    return loading.architecture(config, (RETRIEVAL, ANSWERING))


@implements(VILT)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, pictures of whole patches."""
    passes.check_vocabulary(checkpoint, checkpoint.config.vocab_size)
    geometry.prepare_free(checkpoint, Image(np.zeros((3, 2, 3), np.uint8)))


@implements(VILT)
def matches(config: dict[str, Any]) -> bool:
    """Tell by what a config.json says whether the checkpoint matches pairs; one that answers questions does not."""
    return ANSWERING not in (config.get("architectures") or ())


@implements(VILT)
def pair_kind(checkpoint: "Checkpoint") -> ScoreKind:
    """Say what the logits of `score_pairs` are: trained one by one, as bundled ones are, their sigmoid is a probability.

    Those of published checkpoints were trained by softmax over candidates and mean nothing but in comparison.
    """
    return "match_probability" if checkpoint.bundled and not _answers(checkpoint) else "logit"


@implements(VILT)
def score_pairs(checkpoint: "Checkpoint", texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray) -> np.ndarray:
    """Match texts with pictures, pair by pair; each pair is a pass through all layers.

    Args:
        checkpoint: leased, for retrieval.
        texts: N texts; those beyond the model's length are cut.
        images: M pictures.
        pairs: which text with which picture, shape (P, 2), int.

    Returns:
        The logit of `rank_output`, shape (P,), float32; see `pair_kind`.

    Raises:
        ModelError: the checkpoint answers questions and has no score for a pair.
    """
    import torch

    if _answers(checkpoint):
        raise ModelError(f"{checkpoint.name} answers questions and does not match texts; use a ViLT for retrieval.")
    tokenized = [tokens_of.tokenize(checkpoint, text.text) for text in texts]
    logits = np.zeros(len(pairs), np.float32)
    with torch.no_grad():
        used = np.unique(pairs[:, 1]).tolist()
        seen = {i: stream.image_embeds(checkpoint, geometry.prepare_free(checkpoint, images[i])[0]) for i in used}
        sizes = [(len(tokenized[text].input_ids), len(seen[image])) for text, image in pairs]
        for rows in passes.batches_of_like(sizes, PAIRS):
            out = stream.run(checkpoint, [tokenized[i] for i in pairs[rows, 0]], [seen[i] for i in pairs[rows, 1]])
            logits[rows] = passes.to_numpy(stream.head(checkpoint)(out.pooler_output)[:, 0])
    return logits


@implements(VILT)
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
    """Encode a text and a picture, read together in one stream.

    `query_embeds`, `key_embeds`: last hidden states after the final `layernorm`, unit norm; a unit's is the mean of its
    tokens', the row "text" the text's CLS, zero where the model reads none of the unit's tokens.
    `attention`: one block "joint" over the text's positions (CLS first), then the picture's CLS and its patches.
    `attention_grad`: of the logit of the pair, the same for every unit. As only the text's CLS is read out, the gradient
    by all other rows of the last layer is exactly zero.
    `score`: of a match; of a checkpoint that answers questions the logit of its strongest answer, which is its `label`.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "pair".
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: layers whose attention is kept, counted from 0; None keeps all.

    Raises:
        ModelError: a layer or target the model does not have, a text of which it knows no part, or a picture too narrow.
    """
    passes.check_target(checkpoint, target)
    passes.check_layers(checkpoint, layers, looking(checkpoint.config)[0], "stream")
    tokens = tokens_of.tokenize(checkpoint, query.text)
    passes.check_known(checkpoint, tokens, query.text)
    axis = tokens.axis(query, unit)
    positions = tokens.positions(axis.spans)
    look = Look(bool(keep & {"attention", "attention_grad"}), "attention_grad" in keep, layers)
    ran = stream.run_one(checkpoint, tokens, key, positions, look)
    rows = passes.unit_states(ran.states, positions, ran.states[0])  # (Q, width)
    return Encoding(
        query=axis,
        key=ran.axis,
        target=target,
        model=checkpoint.name,
        checkpoint=checkpoint.id,
        score=_score(checkpoint, ran.logits),
        query_embeds=passes.to_numpy(passes.unit_norm(rows)) if "query_embeds" in keep else None,
        key_embeds=passes.to_numpy(passes.unit_norm(ran.states[-len(ran.axis) :])) if "key_embeds" in keep else None,
        attention=(ran.kept.block(),) if "attention" in keep else None,
        attention_grad=passes.gradient_of_pair([ran.kept], ran.logits.max()) if look.grad else None,
        **_again(checkpoint, tokens, axis, ran, keep),
    )


def _again(
    checkpoint: "Checkpoint", tokens: Tokens, axis: TextAxis, ran: stream.Ran, keep: frozenset[str]
) -> dict[str, Callable]:
    """Make the fields that cost further passes; their scores are those of the answer, or of the match, of this pair."""
    picture, answer = ran.picture, int(ran.logits.argmax())
    is_probability = pair_kind(checkpoint) == "match_probability"
    canvas = masks.canvas(checkpoint, ran.pixel_values, ran.axis, checkpoint.config.patch_size)

    def score(texts: Sequence[Tokens], pictures: Sequence["torch.Tensor"]) -> "torch.Tensor":
        pooled = stream.run(checkpoint, texts, pictures).pooler_output
        logits = stream.head(checkpoint)(pooled)[:, answer].float()  # (B,)
        return logits.sigmoid() if is_probability else logits

    def see(pixel_values: "torch.Tensor") -> "torch.Tensor":
        return score([tokens] * len(pixel_values), list(stream.pixel_embeds(checkpoint, pixel_values)))

    def score_texts(texts: Sequence[str]) -> "torch.Tensor":
        return score([tokens_of.tokenize(checkpoint, text) for text in texts], [picture] * len(texts))

    return masks.fields(keep, canvas, see, lambda unit, scores: scores) | masks.without(keep, axis, score_texts)


def _score(checkpoint: "Checkpoint", logits: "torch.Tensor") -> Score:
    if _answers(checkpoint):
        return Score(logits.max().item(), "logit", label=checkpoint.config.id2label[int(logits.argmax())])
    kind = pair_kind(checkpoint)
    return Score((logits[0].sigmoid() if kind == "match_probability" else logits[0]).item(), kind)


def _answers(checkpoint: "Checkpoint") -> bool:
    return type(checkpoint.model).__name__ == ANSWERING
