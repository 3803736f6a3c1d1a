"""LLaVA: a picture's patches as tokens before a language model, which says texts of it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextAxis, TextUnit
from mmviz.models import geometry, loading, masks, passes
from mmviz.models import vlm_saying as saying
from mmviz.models import vlm_stream as stream
from mmviz.models.passes import Look
from mmviz.models.tokens import Tokens
from mmviz.registry import families, implements
from mmviz.results import Encoding, Score, ScoreKind, Spoken, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint

VLM = families.describe(
    "vlm",
    title="LLaVA",
    paper="Liu et al., 2023, arXiv:2304.08485",
    model_types=("llava",),
    public=(("llava-hf/llava-1.5-7b-hf", "LLaVA 1.5, 7B", 14130),),
    targets=("pair",),
)


@implements(VLM)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any LLaVA can give."""
    return frozenset({"query_embeds", "key_embeds", "attention", "attention_grad"}) | masks.FIELDS


@implements(VLM)
def looking(config: Any, target: Target = "pair") -> tuple[int, int]:
    """Count layers and heads of the attention that reaches patches: the language model's."""
    return config.text_config.num_hidden_layers, config.text_config.num_attention_heads


@implements(VLM)
def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List the blocks that see the picture: those of its tower, and the language model's."""
    return [*checkpoint.model.model.vision_tower.encoder.layers, *checkpoint.model.model.language_model.layers]


@implements(VLM)
def model_class(config: Any) -> type:
    """Name the class of Transformers that reads a checkpoint: the one with a language model's head."""
    return loading.architecture(config, ("LlavaForConditionalGeneration",))


@implements(VLM)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, room for a text behind the picture, pictures of the right size."""
    text = checkpoint.config.text_config
    passes.check_vocabulary(checkpoint, text.vocab_size)
    before, after = stream.frame(checkpoint)
    if len(before) + len(after) >= text.max_position_embeddings:
        raise ValueError(f"a picture and its frame take {len(before)} of {text.max_position_embeddings} positions")
    geometry.prepare(checkpoint, Image(np.zeros((3, 2, 3), np.uint8)))


@implements(VLM)
def pair_kind(checkpoint: "Checkpoint") -> ScoreKind:
    """Say what the scores of pairs are: logarithms of a ratio, which have no bound."""
    return "logit"


@implements(VLM)
def score_pairs(checkpoint: "Checkpoint", texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray) -> np.ndarray:
    """Compare how likely texts are of pictures and of none; a picture and what stands before a text are read once.

    Args:
        checkpoint: leased.
        texts: N texts; those beyond the model's length are cut.
        images: M pictures.
        pairs: which text with which picture, shape (P, 2), int.

    Returns:
        log p(text given picture) - log p(text given a blank picture), shape (P,), float32.
    """
    tokenized = [stream.tokenize(checkpoint, text.text) for text in texts]
    if not len(pairs):
        return np.zeros(0, np.float32)

    def seen(image: int) -> "torch.Tensor":
        return stream.features(checkpoint, geometry.stack(checkpoint, [geometry.prepare(checkpoint, images[image])[0]]))

    used = np.unique(pairs[:, 0])
    empty = stream.blank(checkpoint)
    without = np.zeros(len(texts), np.float32)
    without[used] = stream.ratios(checkpoint, tokenized, lambda _: empty, np.stack([used, np.zeros_like(used)], 1))
    return stream.ratios(checkpoint, tokenized, seen, pairs) - without[pairs[:, 0]]


@implements(VLM)
def say(checkpoint: "Checkpoint", text: str, images: Sequence[Image | None]) -> list[Spoken]:
    """Ask about pictures, or have them captioned; the likeliest token is said each time, 64 at most.

    Args:
        checkpoint: leased.
        text: the question is all up to its last question mark; a text without one asks for a caption in its language.
        images: N pictures; None is a blank one.

    Returns:
        What is said of each.

    Raises:
        ModelError: a bundled model was never taught such a question, or does not know a word of it.
    """
    question = saying.asked(checkpoint, text)
    saying.check_taught(checkpoint, question)
    return saying.say(checkpoint, question, images)


@implements(VLM)
def likelihood(checkpoint: "Checkpoint", question: str, ids: Sequence[int], images: Sequence[Image | None]) -> np.ndarray:
    """Say how likely an answer is of pictures.

    Args:
        checkpoint: leased.
        question: as of what `say` gave.
        ids: T tokens of the answer, T at least 1.
        images: N pictures; None is a blank one.

    Returns:
        log p of every token, given the question, the picture and the tokens before, shape (N, T), float32.
    """
    return saying.likelihood(checkpoint, question, ids, images)


@implements(VLM)
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
    """Encode a text, a generated one or any other, behind a picture, read in one stream.

    What belongs to a token is what the position before it holds, which has to say it: there the model looked when it chose the token.
    `query_embeds`, `key_embeds`: last hidden states, unit norm; a unit's is the mean of its tokens', the row "text" that of the last token,
    which has read everything. `attention`: one block "joint" over all positions; no position sees one behind it. The picture's tower is
    not walked. `attention_grad`: of each unit's own score. `score`: log p(text given picture) - log p(text given a blank picture), the
    sum of its tokens'; `unit_scores` are the sums over each unit's tokens, given what stands before them.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "pair".
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: layers of the language model whose attention is kept, counted from 0; None keeps all.

    Raises:
        ModelError: a layer or target the model does not have, or a text of which it knows no part.
    """
    import torch

    passes.check_target(checkpoint, target)
    passes.check_layers(checkpoint, layers, looking(checkpoint.config)[0], "language model")
    tokens = stream.tokenize(checkpoint, query.text)
    passes.check_known(checkpoint, tokens, query.text)
    axis = tokens.axis(query, unit)
    positions = tokens.positions(axis.spans)
    look = Look(bool(keep & {"attention", "attention_grad"}), "attention_grad" in keep, layers)
    ran = stream.run_one(checkpoint, tokens, key, positions, look)
    with torch.no_grad():
        without = stream.said(checkpoint, stream.run(checkpoint, [tokens], stream.blank(checkpoint))[0], tokens)  # (T,)
    scores = _of_units(ran.said - without, tokens, positions)  # (Q,)
    states = passes.unit_states(ran.states, stream.rows(positions), ran.states[int(positions[-1, 1]) - 1])  # (Q, width)
    return Encoding(
        query=axis,
        key=ran.axis,
        target=target,
        model=checkpoint.name,
        checkpoint=checkpoint.id,
        score=Score(scores[-1].item(), "logit"),
        unit_scores=passes.to_numpy(scores),
        query_embeds=passes.to_numpy(passes.unit_norm(states)) if "query_embeds" in keep else None,
        key_embeds=passes.to_numpy(passes.unit_norm(ran.states[ran.kept.key_positions])) if "key_embeds" in keep else None,
        attention=(ran.kept.block(),) if "attention" in keep else None,
        attention_grad=passes.gradient([ran.kept], scores, passes.LOGIT_SCALE) if look.grad else None,
        **_again(checkpoint, (tokens, axis, positions), ran, without, keep),
    )


def _of_units(spoken: "torch.Tensor", tokens: Tokens, positions: np.ndarray) -> "torch.Tensor":
    """Add up what tokens (..., T) have over each unit's: (..., Q); a unit of which nothing is read has 0."""
    import torch

    return torch.stack([spoken[..., max(a - tokens.before, 0) : max(b - tokens.before, 0)].sum(-1) for a, b in positions], -1)


def _again(
    checkpoint: "Checkpoint",
    read: tuple[Tokens, TextAxis, np.ndarray],
    ran: stream.Ran,
    without: "torch.Tensor",
    keep: frozenset[str],
) -> dict[str, Callable]:
    """Make the fields that cost further passes; `without` is log p of the tokens given a blank picture."""
    tokens, axis, positions = read
    canvas = masks.canvas(checkpoint, ran.pixel_values, ran.axis, checkpoint.config.vision_config.patch_size)
    picture = ran.features.detach()[None]

    def see(pixel_values: "torch.Tensor") -> "torch.Tensor":
        seen = stream.features(checkpoint, pixel_values)
        spoken = stream.said(checkpoint, stream.run(checkpoint, [tokens] * len(seen), seen), tokens)  # (B, T)
        return _of_units(spoken - without, tokens, positions)  # (B, Q)

    def score_texts(texts: Sequence[str]) -> "torch.Tensor":
        import torch

        tokenized, every = [stream.tokenize(checkpoint, text) for text in texts], np.arange(len(texts))
        pairs = np.stack([every, np.zeros_like(every)], 1)
        seen, empty = (stream.ratios(checkpoint, tokenized, lambda _, f=f: f, pairs) for f in (picture, stream.blank(checkpoint)))
        return torch.from_numpy(seen - empty)

    return masks.fields(keep, canvas, see, lambda unit, made: made[:, unit]) | masks.without(keep, axis, score_texts)
