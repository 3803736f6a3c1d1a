"""What every dual encoder does: texts and pictures apart, compared by the cosine of their vectors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mmviz.axes import ItemAxis, PatchAxis, TextAxis, TextUnit
from mmviz.models import geometry, masks, passes
from mmviz.models import tokens as tokens_of
from mmviz.models.passes import Kept, Look
from mmviz.models.tokens import Tokens
from mmviz.results import Embeds, Encoding, Score, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint


@dataclass(frozen=True)
class Seen:
    """What the picture's tower made of `pixel_values` (3, H, W).

    Attributes:
        pixel_values: what it saw.
        axis: the K patches.
        embeds: shape (1, D).
        states: shape (1, 1 + K, width).
        attention: layer -> (1, H, S, S).
    """

    pixel_values: np.ndarray
    axis: PatchAxis
    embeds: "torch.Tensor"
    states: "torch.Tensor"
    attention: dict[int, "torch.Tensor"]

    def kept(self) -> Kept:
        """Say where its patches stand: after the summary, which is read out."""
        positions = np.arange(1 + len(self.axis))
        return Kept("self-key", self.attention, None, positions[1:], 0, positions == 0)


@dataclass(frozen=True)
class Read:
    """What the text's tower gave.

    Attributes:
        embeds: shape (N, D).
        attention: under "context" layer -> (1, H, S, S), with `positions` and `readout` as of an AttentionBlock.
        rows: which of `embeds` is each unit's, shape (Q,): equal units are read once. None has one a unit.
    """

    embeds: "torch.Tensor"
    attention: dict[int, "torch.Tensor"]
    positions: np.ndarray | None = None
    readout: int = 0
    rows: np.ndarray | None = None

    def kept(self) -> Kept:
        """Say where its units stand: between its special tokens."""
        start, end = self.positions[-1]
        length = next(iter(self.attention.values())).shape[-1]
        special = ~np.isin(np.arange(length), np.arange(start, end))
        return Kept("self-query", self.attention, self.positions, None, self.readout, special)


class Towers(Protocol):
    """The functions a family's towers have."""

    def see(self, checkpoint: "Checkpoint", key: Image, look: Look) -> Seen:
        """Run the picture's tower."""

    def read_whole(self, checkpoint: "Checkpoint", tokens: Tokens, axis: TextAxis, look: Look) -> Read:
        """Read the text once and take every unit's vector out of it."""

    def text_embeds(self, checkpoint: "Checkpoint", texts: Sequence[str]) -> "torch.Tensor":
        """Read texts, each by itself; (B, D) before they are scaled to length 1."""

    def image_embeds(self, checkpoint: "Checkpoint", images: Sequence[Image]) -> "torch.Tensor":
        """See pictures; (B, D) before they are scaled to length 1."""

    def pixel_embeds(self, checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
        """See pictures that are prepared, (B, 3, H, W); (B, D) before they are scaled to length 1."""

    def patch_embeds(self, checkpoint: "Checkpoint", seen: Seen) -> np.ndarray:
        """Project the patches' states into the joint space, (K, D), unit norm."""


def embed(checkpoint: "Checkpoint", towers: Towers, samples: Sequence[Text] | Sequence[Image], batch: int, width: int) -> Embeds:
    """Give each text or picture its vector in the joint space of `width` dimensions, `batch` samples a pass."""
    import torch

    is_text = bool(samples) and isinstance(samples[0], Text)
    rows = [np.zeros((0, width), np.float32)]
    with torch.no_grad():
        for start in range(0, len(samples), batch):
            part = samples[start : start + batch]
            made = towers.text_embeds(checkpoint, [s.text for s in part]) if is_text else towers.image_embeds(checkpoint, part)
            rows.append(passes.to_numpy(passes.unit_norm(made)))
    names = tuple(s.text if is_text else s.name for s in samples)
    return Embeds(np.concatenate(rows), ItemAxis(names), "text" if is_text else "image", checkpoint.id)


def encode(
    checkpoint: "Checkpoint",
    towers: Towers,
    query: Text,
    key: Image,
    *,
    target: Target,
    unit: TextUnit,
    keep: frozenset[str],
    layers: tuple[int, ...] | None,
) -> Encoding:
    """Encode the units of a text and the patches of a picture in the joint space; see the families for what a field is."""
    tokens = tokens_of.tokenize(checkpoint, query.text)
    passes.check_known(checkpoint, tokens, query.text)
    axis = tokens.axis(query, unit)
    look = Look(bool(keep & {"attention", "attention_grad"}), "attention_grad" in keep, layers)
    seen = towers.see(checkpoint, key, look)
    alone = target == "prompt"
    read = read_units(checkpoint, towers, axis) if alone else towers.read_whole(checkpoint, tokens, axis, look)
    cosines = passes.cosines(read.embeds, seen.embeds)  # (N,)
    units = np.arange(len(axis)) if read.rows is None else read.rows  # (Q,)
    kept = [tower.kept() for tower in (read, seen) if tower.attention]
    return Encoding(
        query=axis,
        key=seen.axis,
        target=target,
        model=checkpoint.name,
        checkpoint=checkpoint.id,
        score=Score(cosines[units[-1]].item(), "cosine"),
        unit_scores=passes.to_numpy(cosines)[units] if alone else None,
        query_embeds=passes.to_numpy(passes.unit_norm(read.embeds))[units] if "query_embeds" in keep else None,
        key_embeds=towers.patch_embeds(checkpoint, seen) if "key_embeds" in keep else None,
        attention=tuple(tower.block() for tower in kept) if "attention" in keep else None,
        attention_grad=passes.gradient(kept, cosines, rows=units.tolist()) if look.grad else None,
        **_again(checkpoint, towers, axis, seen, read.embeds.detach()[units], keep=keep),
    )


def _again(
    checkpoint: "Checkpoint", towers: Towers, axis: TextAxis, seen: Seen, units: "torch.Tensor", *, keep: frozenset[str]
) -> dict[str, Callable]:
    """Make the fields that cost further passes: of the picture's tower for other pictures, of the text's for other texts; `units` (Q, D)."""
    picture = seen.embeds.detach()
    canvas = masks.canvas(checkpoint, seen.pixel_values, seen.axis, geometry.tower(checkpoint.config).patch_size)

    def see(pixel_values: "torch.Tensor") -> "torch.Tensor":
        return towers.pixel_embeds(checkpoint, pixel_values)  # (B, D)

    def score(unit: int, embeds: "torch.Tensor") -> "torch.Tensor":
        return passes.cosines(embeds, units[unit][None])

    def score_texts(texts: Sequence[str]) -> "torch.Tensor":
        return passes.cosines(towers.text_embeds(checkpoint, texts), picture)

    return masks.fields(keep, canvas, see, score) | masks.without(keep, axis, score_texts)


def read_units(checkpoint: "Checkpoint", towers: Towers, axis: TextAxis, batch: int = 64) -> Read:
    """Read every unit as a text of its own, equal ones once."""
    import torch

    labels = list(dict.fromkeys(axis.labels))
    with torch.no_grad():
        parts = [towers.text_embeds(checkpoint, labels[i : i + batch]) for i in range(0, len(labels), batch)]
    return Read(torch.cat(parts), {}, rows=np.array([labels.index(label) for label in axis.labels]))
