"""The fusion pass of BLIP and its kin: the text read with cross-attention to the picture, and the matching head on its CLS."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mmviz.axes import TextAxis, TextUnit
from mmviz.models import hooks, masks, passes
from mmviz.models import tokens as tokens_of
from mmviz.models.dual import Seen, Towers
from mmviz.models.passes import Kept, Look
from mmviz.models.tokens import Tokens
from mmviz.results import Encoding, Score
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint

#: Pictures and pairs a pass.
PICTURES, PAIRS = 8, 64


class Crossing(Towers, Protocol):
    """The functions a family's towers have where its text also looks at the picture."""

    def crossing(self, checkpoint: "Checkpoint") -> Sequence[Any]:
        """List the layers that have self-attention (`attention`) and cross-attention (`crossattention`), in their order."""

    def read_with(self, checkpoint: "Checkpoint", texts: dict[str, "torch.Tensor"], states: "torch.Tensor") -> "torch.Tensor":
        """Read B texts, each with its picture's states, (B, 1 + K, width): the text's last states, (B, S, width)."""

    def image_states(self, checkpoint: "Checkpoint", images: Sequence[Image]) -> "torch.Tensor":
        """See pictures: CLS and patches, (B, 1 + K, width)."""

    def pixel_states(self, checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
        """See pictures that are prepared, (B, 3, H, W): CLS and patches, (B, 1 + K, width)."""


@dataclass(frozen=True)
class Fused:
    """What the fusion pass gave: the match `logit`, a scalar, and attention, layer -> (1, H, S, S) and (1, H, S, 1 + K)."""

    logit: "torch.Tensor"
    self_attention: dict[int, "torch.Tensor"]
    cross_attention: dict[int, "torch.Tensor"]

    def kept(self, seen: Seen, positions: np.ndarray) -> list[Kept]:
        """Say where units and patches stand; CLS is read out."""
        start, end = positions[-1]
        special = ~np.isin(np.arange(end + 1), np.arange(start, end))
        patches = np.arange(1 + len(seen.axis))
        return [
            seen.kept(),
            Kept("self-query", self.self_attention, positions, None, 0, special),
            Kept("cross", self.cross_attention, positions, patches[1:], 0, patches == 0),
        ]


def encode(
    checkpoint: "Checkpoint",
    towers: Crossing,
    query: Text,
    key: Image,
    *,
    unit: TextUnit,
    keep: frozenset[str],
    layers: tuple[int, ...] | None,
) -> Encoding:
    """Encode a pair under the target "pair"; see the family for what a field is."""
    tokens = tokens_of.tokenize(checkpoint, query.text)
    passes.check_known(checkpoint, tokens, query.text)
    axis = tokens.axis(query, unit)
    look = Look(bool(keep & {"attention", "attention_grad"}), "attention_grad" in keep, layers)
    seen = towers.see(checkpoint, key, look)
    fused = fuse(checkpoint, towers, tokens, seen, look)
    kept = [tower for tower in fused.kept(seen, tokens.positions(axis.spans)) if tower.attention]
    return Encoding(
        query=axis,
        key=seen.axis,
        target="pair",
        model=checkpoint.name,
        checkpoint=checkpoint.id,
        score=Score(fused.logit.sigmoid().item(), "match_probability"),
        query_embeds=_query_embeds(checkpoint, towers, tokens, axis) if "query_embeds" in keep else None,
        key_embeds=towers.patch_embeds(checkpoint, seen) if "key_embeds" in keep else None,
        attention=tuple(tower.block() for tower in kept) if "attention" in keep else None,
        attention_grad=passes.gradient_of_pair(kept, fused.logit) if look.grad else None,
        **_again(checkpoint, towers, tokens, axis, seen, keep=keep),
    )


def _again(
    checkpoint: "Checkpoint", towers: Crossing, tokens: Tokens, axis: TextAxis, seen: Seen, *, keep: frozenset[str]
) -> dict[str, Callable]:
    """Make the fields that cost further passes; their scores are probabilities of a match."""
    own, states = tokens_of.batch(checkpoint, [tokens]), seen.states.detach()
    canvas = masks.canvas(checkpoint, seen.pixel_values, seen.axis, checkpoint.config.vision_config.patch_size)

    def see(pixel_values: "torch.Tensor") -> "torch.Tensor":
        texts = {name: value.expand(len(pixel_values), -1) for name, value in own.items()}  # (B, S)
        return match(checkpoint, towers, texts, towers.pixel_states(checkpoint, pixel_values)).sigmoid()  # (B,)

    def score_texts(texts: Sequence[str]) -> "torch.Tensor":
        inputs = tokens_of.batch(checkpoint, [tokens_of.tokenize(checkpoint, text) for text in texts])
        return match(checkpoint, towers, inputs, states.expand(len(texts), -1, -1)).sigmoid()

    return masks.fields(keep, canvas, see, lambda unit, scores: scores) | masks.without(keep, axis, score_texts)


def fuse(checkpoint: "Checkpoint", towers: Crossing, tokens: Tokens, seen: Seen, look: Look) -> Fused:
    """Read one text with one picture."""
    kept = look.picks(towers.crossing(checkpoint))
    modules = ({i: getattr(layer, name) for i, layer in kept.items()} for name in ("attention", "crossattention"))
    with ExitStack() as stack:
        # The graph of the picture's tower comes in through cross-attention; that of the text itself begins here.
        stack.enter_context(hooks.graph_from(next(iter(kept.values()), None) if look.grad else None, joins=True))
        own, cross = (stack.enter_context(hooks.attention_of(found, checkpoint.name)) for found in modules)
        logits = match(checkpoint, towers, tokens_of.batch(checkpoint, [tokens]), seen.states)  # (1,)
    return Fused(logits[0], own, cross)


def match(checkpoint: "Checkpoint", towers: Crossing, texts: dict[str, "torch.Tensor"], states: "torch.Tensor") -> "torch.Tensor":
    """Read B texts, (B, S), each with its picture's states, (B, 1 + K, width): the logits of a match, (B,), float32."""
    fused = towers.read_with(checkpoint, texts, states)  # (B, S, width)
    logits = checkpoint.model.itm_head(fused[:, 0]).float()  # (B, 2)
    return logits[:, 1] - logits[:, 0]


def score_pairs(
    checkpoint: "Checkpoint", towers: Crossing, texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray
) -> np.ndarray:
    """Match texts with pictures, (P,); every picture is seen once."""
    import torch

    used, which = np.unique(pairs[:, 1], return_inverse=True)
    tokenized = [tokens_of.tokenize(checkpoint, text.text) for text in texts]
    lengths = np.array([len(t.input_ids) for t in tokenized], int)[pairs[:, 0]]
    logits = np.zeros(len(pairs), np.float32)
    with torch.no_grad():
        parts = [
            towers.image_states(checkpoint, [images[i] for i in used[a : a + PICTURES]]) for a in range(0, len(used), PICTURES)
        ]
        states = torch.cat(parts) if parts else None  # (N, 1 + K, width)
        for rows in passes.batches_of_like(lengths, PAIRS):
            inputs = tokens_of.batch(checkpoint, [tokenized[i] for i in pairs[rows, 0]])
            logits[rows] = passes.to_numpy(match(checkpoint, towers, inputs, states[which[rows]]))
    return logits


def _query_embeds(checkpoint: "Checkpoint", towers: Crossing, tokens: Tokens, axis: TextAxis) -> np.ndarray:
    return passes.to_numpy(passes.unit_norm(towers.read_whole(checkpoint, tokens, axis, Look()).embeds))
