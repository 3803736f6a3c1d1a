"""BLIP's towers, each by itself: the picture's, and the text's without cross-attention, as the contrast head reads them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextAxis
from mmviz.models import geometry, hooks, passes
from mmviz.models import tokens as tokens_of
from mmviz.models.dual import Read, Seen
from mmviz.models.passes import Look
from mmviz.models.tokens import Tokens
from mmviz.samples import Image

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint


def see(checkpoint: "Checkpoint", key: Image, look: Look) -> Seen:
    """Run the picture's tower; its states are those after `post_layernorm`."""
    pixel_values, axis = geometry.prepare(checkpoint, key)
    tower = checkpoint.model.vision_model
    kept = look.picks(tower.encoder.layers)
    modules = {i: layer.self_attn for i, layer in kept.items()}
    first = next(iter(kept.values()), None) if look.grad else None
    with hooks.graph_from(first), hooks.attention_of(modules, checkpoint.name) as weights:
        states = tower(pixel_values=geometry.stack(checkpoint, [pixel_values])).last_hidden_state  # (1, 1 + K, width)
        embeds = checkpoint.model.vision_proj(states[:, 0])  # (1, D)
    return Seen(pixel_values, axis, embeds, states, weights)


def read_whole(checkpoint: "Checkpoint", tokens: Tokens, axis: TextAxis, look: Look) -> Read:
    """Read the text once, without the picture, and take every unit's vector out of it; the whole text's is CLS'."""
    tower = checkpoint.model.text_encoder
    positions = tokens.positions(axis.spans)
    kept = look.picks(tower.encoder.layer)
    modules = {i: layer.attention for i, layer in kept.items()}
    first = next(iter(kept.values()), None) if look.grad else None
    with hooks.graph_from(first), hooks.attention_of(modules, checkpoint.name) as weights:
        states = checkpoint.model.text_proj(tower(**tokens_of.batch(checkpoint, [tokens])).last_hidden_state[0])  # (S, D)
        embeds = passes.unit_states(states, positions, states[0])  # (Q, D)
    return Read(embeds, weights, positions, 0)


def crossing(checkpoint: "Checkpoint") -> Sequence[Any]:
    """List the text's layers, all of which can look at the picture."""
    return checkpoint.model.text_encoder.encoder.layer


def read_with(checkpoint: "Checkpoint", texts: dict[str, "torch.Tensor"], states: "torch.Tensor") -> "torch.Tensor":
    """Read B texts, each with its picture's states, (B, 1 + K, width): the text's last states, (B, S, width)."""
    return checkpoint.model.text_encoder(**texts, encoder_hidden_states=states).last_hidden_state


def text_embeds(checkpoint: "Checkpoint", texts: Sequence[str]) -> "torch.Tensor":
    """Read texts, each by itself; vectors (B, D) before they are scaled to length 1."""
    tokenized = [tokens_of.tokenize(checkpoint, text) for text in texts]
    states = checkpoint.model.text_encoder(**tokens_of.batch(checkpoint, tokenized)).last_hidden_state  # (B, S, width)
    return checkpoint.model.text_proj(states[:, 0])  # (B, D)


def image_states(checkpoint: "Checkpoint", images: Sequence[Image]) -> "torch.Tensor":
    """See pictures: CLS and patches after `post_layernorm`, (B, 1 + K, width)."""
    inputs = geometry.stack(checkpoint, [geometry.prepare(checkpoint, image)[0] for image in images])  # (B, 3, H, W)
    return pixel_states(checkpoint, inputs)


def pixel_states(checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
    """See pictures that are prepared, (B, 3, H, W): CLS and patches after `post_layernorm`, (B, 1 + K, width)."""
    return checkpoint.model.vision_model(pixel_values=pixel_values).last_hidden_state


def image_embeds(checkpoint: "Checkpoint", images: Sequence[Image]) -> "torch.Tensor":
    """See pictures; vectors (B, D) before they are scaled to length 1."""
    return checkpoint.model.vision_proj(image_states(checkpoint, images)[:, 0])  # (B, D)


def pixel_embeds(checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
    """See pictures that are prepared, (B, 3, H, W); vectors (B, D) before they are scaled to length 1."""
    return checkpoint.model.vision_proj(pixel_states(checkpoint, pixel_values)[:, 0])  # (B, D)


def patch_embeds(checkpoint: "Checkpoint", seen: Seen) -> np.ndarray:
    """Project the patches' states into the contrast space, as CLS' is: (K, D), unit norm."""
    import torch

    with torch.no_grad():
        return passes.to_numpy(passes.unit_norm(checkpoint.model.vision_proj(seen.states[0, 1:])))  # (K, D)
