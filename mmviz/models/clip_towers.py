"""CLIP's two towers, run once each: vectors, states and, where asked, attention that still has its graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import PatchAxis, TextAxis
from mmviz.models import geometry, hooks
from mmviz.models import tokens as tokens_of
from mmviz.models.tokens import Tokens
from mmviz.samples import Image

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint


@dataclass(frozen=True)
class Seen:
    """What the picture's tower gave: `embeds` (1, D), `states` (1, 1 + K, width), `attention` layer -> (1, H, S, S)."""

    axis: PatchAxis
    embeds: "torch.Tensor"
    states: "torch.Tensor"
    attention: dict[int, "torch.Tensor"]


@dataclass(frozen=True)
class Read:
    """What the text's tower gave: `embeds` (Q, D); under "context" also `attention` layer -> (1, H, S, S) and places."""

    embeds: "torch.Tensor"
    attention: dict[int, "torch.Tensor"]
    positions: np.ndarray | None = None
    readout: int = 0


@dataclass(frozen=True)
class Look:
    """What to keep of a pass.

    Attributes:
        attention: keep attention weights.
        grad: build the graph for gradients by them.
        layers: of each tower, counted from 0; None means all.
    """

    attention: bool = False
    grad: bool = False
    layers: tuple[int, ...] | None = None


def see(checkpoint: "Checkpoint", key: Image, look: Look) -> Seen:
    """Run the picture's tower."""
    import torch

    pixel_values, axis = geometry.prepare(checkpoint, key)
    tower = checkpoint.model.vision_model
    inputs = torch.from_numpy(pixel_values)[None].to(checkpoint.device, getattr(torch, checkpoint.dtype))  # (1, 3, H, W)
    kept, first = _attention_modules(tower, look)
    with hooks.graph_from(first if look.grad else None), hooks.attention_of(kept, checkpoint.name) as weights:
        out = tower(pixel_values=inputs)
        embeds = checkpoint.model.visual_projection(out.pooler_output)  # (1, D)
    return Seen(axis, embeds, out.last_hidden_state, weights)


def read_units(checkpoint: "Checkpoint", axis: TextAxis, batch: int = 64) -> Read:
    """Read every unit as a text of its own."""
    import torch

    with torch.no_grad():
        parts = [text_embeds(checkpoint, axis.labels[i : i + batch]) for i in range(0, len(axis), batch)]
    return Read(torch.cat(parts), {})


def read_whole(checkpoint: "Checkpoint", tokens: Tokens, axis: TextAxis, look: Look) -> Read:
    """Read the text once and take every unit's vector out of it."""
    import torch

    tower = checkpoint.model.text_model
    kept, first = _attention_modules(tower, look)
    positions = tokens.positions(axis.spans)
    with hooks.graph_from(first if look.grad else None), hooks.attention_of(kept, checkpoint.name) as weights:
        out = tower(**tokens_of.batch(checkpoint, [tokens]))
        states = checkpoint.model.text_projection(out.last_hidden_state[0])  # (S, D)
        rows = [states[a:b].mean(0) if b > a else torch.zeros_like(states[0]) for a, b in positions[:-1]]
        rows.append(checkpoint.model.text_projection(out.pooler_output)[0])
        embeds = torch.stack(rows)  # (Q, D)
    return Read(embeds, weights, positions, len(tokens.input_ids) - 1)


def _attention_modules(tower: Any, look: Look) -> tuple[dict[int, Any], Any]:
    """Pick a tower's attention modules, and the layer before which a graph has to begin."""
    blocks = tower.encoder.layers
    picked = [i for i in range(len(blocks)) if look.attention and (look.layers is None or i in look.layers)]
    return {i: blocks[i].self_attn for i in picked}, blocks[picked[0]] if picked else None


def text_embeds(checkpoint: "Checkpoint", texts: Sequence[str]) -> "torch.Tensor":
    """Read texts, each by itself; vectors (B, D) before they are scaled to length 1."""
    tokenized = [tokens_of.tokenize(checkpoint, text) for text in texts]
    return checkpoint.model.get_text_features(**tokens_of.batch(checkpoint, tokenized)).pooler_output  # (B, D)


def image_embeds(checkpoint: "Checkpoint", images: Sequence[Image]) -> "torch.Tensor":
    """See pictures; vectors (B, D) before they are scaled to length 1."""
    import torch

    stack = np.stack([geometry.prepare(checkpoint, image)[0] for image in images])  # (B, 3, H, W)
    inputs = torch.from_numpy(stack).to(checkpoint.device, getattr(torch, checkpoint.dtype))
    return checkpoint.model.get_image_features(pixel_values=inputs).pooler_output  # (B, D)


def patch_embeds(checkpoint: "Checkpoint", seen: Seen) -> np.ndarray:
    """Project the patches' states into the joint space, as the readout's is: (K, D), unit norm."""
    import torch

    with torch.no_grad():
        states = checkpoint.model.vision_model.post_layernorm(seen.states[0, 1:])  # (K, width)
        return to_numpy(unit_norm(checkpoint.model.visual_projection(states)))  # (K, D)


def cosines(texts: "torch.Tensor", image: "torch.Tensor") -> "torch.Tensor":
    """Compare each text (Q, D) with one picture (1, D) in float32: (Q,)."""
    return (unit_norm(texts) * unit_norm(image)).sum(-1)


def unit_norm(vectors: "torch.Tensor") -> "torch.Tensor":
    """Scale rows to length 1, in float32; a zero row stays zero."""
    vectors = vectors.float()
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(1e-12)


def to_numpy(tensor: "torch.Tensor") -> np.ndarray:
    """Copy to the CPU as float32."""
    return tensor.detach().float().cpu().numpy()
