"""FLAVA's multimodal encoder: one stream over its own CLS, the picture's states and the text's, and the matching head on CLS."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mmviz.axes import TextAxis, TextUnit
from mmviz.models import flava_towers as towers
from mmviz.models import geometry, masks, passes
from mmviz.models import tokens as tokens_of
from mmviz.models.passes import Kept, Look
from mmviz.models.tokens import Tokens
from mmviz.results import Encoding, Score
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint

#: Pictures and pairs a pass.
PICTURES, PAIRS = 8, 32


@dataclass(frozen=True)
class Said:
    """What the text's tower hands on: `states` before its last norm, shape (B, T, width), and the text's `mask`, (B, T)."""

    states: "torch.Tensor"
    mask: "torch.Tensor"

    def of(self, rows: int) -> "Said":
        """Say one text to several pictures."""
        return Said(self.states.expand(rows, -1, -1), self.mask.expand(rows, -1))


def encode(
    checkpoint: "Checkpoint", query: Text, key: Image, *, unit: TextUnit, keep: frozenset[str], layers: tuple[int, ...] | None
) -> Encoding:
    """Encode a pair under the target "pair"; see the family for what a field is."""
    import torch

    tokens = tokens_of.tokenize(checkpoint, query.text)
    passes.check_known(checkpoint, tokens, query.text)
    axis = tokens.axis(query, unit)
    positions = tokens.positions(axis.spans)
    pixel_values, patches = geometry.prepare(checkpoint, key)
    look = Look(bool(keep & {"attention", "attention_grad"}), "attention_grad" in keep, layers)
    with torch.no_grad():
        shown = picture_states(checkpoint, geometry.stack(checkpoint, [pixel_values]))  # (1, 1 + K, width)
        said = text_states(checkpoint, [tokens])
    with towers.watched(checkpoint, look.picks(encoder(checkpoint).encoder.layer), look.grad) as weights:
        states = fuse(checkpoint, shown, said)[0]  # (S, width)
        logit = matched(checkpoint, states[None])[0]
    first = len(states) - said.states.shape[1]
    rows = passes.unit_states(states[first:], positions, states[0])  # (Q, width)
    kept = _kept(weights, len(states), first, positions, len(patches)) if weights else None
    return Encoding(
        query=axis,
        key=patches,
        target="pair",
        model=checkpoint.name,
        checkpoint=checkpoint.id,
        score=Score(logit.sigmoid().item(), "match_probability"),
        query_embeds=passes.to_numpy(passes.unit_norm(rows)) if "query_embeds" in keep else None,
        key_embeds=passes.to_numpy(passes.unit_norm(states[first - len(patches) : first])) if "key_embeds" in keep else None,
        attention=(kept.block(),) if "attention" in keep else None,
        attention_grad=passes.gradient_of_pair([kept], logit) if look.grad else None,
        **_again(checkpoint, axis, shown, said, masks.canvas(checkpoint, pixel_values, patches, _patch(checkpoint)), keep=keep),
    )


def _patch(checkpoint: "Checkpoint") -> int:
    return geometry.tower(checkpoint.config).patch_size


def _kept(weights: dict[int, "torch.Tensor"], length: int, first: int, positions: np.ndarray, patches: int) -> Kept:
    """Say where units and patches stand in the stream: CLS, the picture's CLS, patches, and from `first` on the text."""
    places, seen = np.arange(length), np.arange(first - patches, first)
    own = np.where(positions[:, 1:] > positions[:, :1], positions + first, 0)  # both 0 where the model reads nothing
    is_unit = np.isin(places, seen) | ((places >= own[-1, 0]) & (places < own[-1, 1]))
    return Kept("joint", weights, own, seen, 0, ~is_unit)


def _again(
    checkpoint: "Checkpoint", axis: TextAxis, shown: "torch.Tensor", said: Said, canvas: masks.Canvas, *, keep: frozenset[str]
) -> dict[str, Callable]:
    """Make the fields that cost further passes; their scores are probabilities of a match."""

    def see(pixel_values: "torch.Tensor") -> "torch.Tensor":
        states = picture_states(checkpoint, pixel_values)
        return matched(checkpoint, fuse(checkpoint, states, said.of(len(states)))).sigmoid()  # (B,)

    def score_texts(texts: Sequence[str]) -> "torch.Tensor":
        read = text_states(checkpoint, [tokens_of.tokenize(checkpoint, text) for text in texts])
        return matched(checkpoint, fuse(checkpoint, shown.expand(len(texts), -1, -1), read)).sigmoid()

    return masks.fields(keep, canvas, see, lambda unit, scores: scores) | masks.without(keep, axis, score_texts)


def encoder(checkpoint: "Checkpoint"):
    """Give the multimodal encoder."""
    return towers.core(checkpoint).multimodal_model


def picture_states(checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
    """See pictures that are prepared, (B, 3, H, W): CLS and patches before the tower's last norm, (B, 1 + K, width)."""
    return towers.core(checkpoint).image_model(pixel_values=pixel_values, output_hidden_states=True).hidden_states[-1]


def text_states(checkpoint: "Checkpoint", texts: Sequence[Tokens]) -> Said:
    """Read texts without a picture."""
    inputs = tokens_of.batch(checkpoint, list(texts))
    states = towers.core(checkpoint).text_model(**inputs, output_hidden_states=True).hidden_states[-1]
    return Said(states, inputs["attention_mask"])


def fuse(checkpoint: "Checkpoint", shown: "torch.Tensor", said: Said) -> "torch.Tensor":
    """Read B pictures, each with its text, as `FlavaModel` does: states after the last norm, (B, 1 + 1 + K + T, width)."""
    import torch

    flava = towers.core(checkpoint)
    both = torch.cat([flava.image_to_mm_projection(shown), flava.text_to_mm_projection(said.states)], dim=1)
    before = shown.shape[1] + int(flava.multimodal_model.use_cls_token)
    mask = torch.cat([said.mask.new_ones(len(shown), before), said.mask], dim=1)
    return flava.multimodal_model(both, attention_mask=mask).last_hidden_state


def matched(checkpoint: "Checkpoint", states: "torch.Tensor") -> "torch.Tensor":
    """Read the matching head off the first state of pairs, (B, S, width): the logit of a match, (B,), float32."""
    logits = checkpoint.model.itm_head(states).float()  # (B, 2)
    return logits[:, 1] - logits[:, 0]


def joint_embeds(checkpoint: "Checkpoint", texts: Sequence[Text], images: Sequence[Image], pairs: np.ndarray) -> "torch.Tensor":
    """Read pairs, shape (P, 2) of text and picture: the multimodal encoder's first state of each, (P, width)."""
    import torch

    tokenized = [tokens_of.tokenize(checkpoint, text.text) for text in texts]
    used, which = np.unique(pairs[:, 1], return_inverse=True)
    sizes = np.array([len(t.input_ids) for t in tokenized], int)[pairs[:, 0]]
    made = torch.zeros(len(pairs), checkpoint.config.multimodal_config.hidden_size, device=checkpoint.device)
    with torch.no_grad():
        parts = [
            [geometry.prepare(checkpoint, images[i])[0] for i in used[a : a + PICTURES]] for a in range(0, len(used), PICTURES)
        ]
        shown = [picture_states(checkpoint, geometry.stack(checkpoint, part)) for part in parts]
        shown = torch.cat(shown) if shown else None
        for rows in passes.batches_of_like(sizes, PAIRS):
            said = text_states(checkpoint, [tokenized[i] for i in pairs[rows, 0]])
            made[rows] = fuse(checkpoint, shown[which[rows]], said)[:, 0].float()
    return made
