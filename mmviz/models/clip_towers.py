"""CLIP's two towers, run once each: vectors, states and, where asked, attention that still has its graph."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextAxis
from mmviz.models import geometry, hooks, passes
from mmviz.models import tokens as tokens_of
from mmviz.models.dual import Read, Seen
from mmviz.models.passes import Look
from mmviz.models.tokens import Tokens
from mmviz.results import Target
from mmviz.samples import Image

if TYPE_CHECKING:
    import torch
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint


def looking(config: Any, target: Target = "prompt") -> tuple[int, int]:
    """Count layers and heads of the attention that reaches patches: the picture tower's, under every target."""
    return config.vision_config.num_hidden_layers, config.vision_config.num_attention_heads


def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List the blocks that see the picture: those of its tower."""
    return list(checkpoint.model.vision_model.encoder.layers)


def see(checkpoint: "Checkpoint", key: Image, look: Look) -> Seen:
    """Run the picture's tower."""
    pixel_values, axis = geometry.prepare(checkpoint, key)
    tower = checkpoint.model.vision_model
    inputs = geometry.stack(checkpoint, [pixel_values])  # (1, 3, H, W)
    kept = look.picks(tower.encoder.layers)
    modules = {i: layer.self_attn for i, layer in kept.items()}
    first = next(iter(kept.values()), None) if look.grad else None
    with hooks.graph_from(first), hooks.attention_of(modules, checkpoint.name) as weights:
        out = tower(pixel_values=inputs)
        embeds = checkpoint.model.visual_projection(out.pooler_output)  # (1, D)
    return Seen(pixel_values, axis, embeds, out.last_hidden_state, weights)


def read_whole(checkpoint: "Checkpoint", tokens: Tokens, axis: TextAxis, look: Look) -> Read:
    """Read the text once and take every unit's vector out of it."""
    tower = checkpoint.model.text_model
    positions = tokens.positions(axis.spans)
    kept = look.picks(tower.encoder.layers)
    modules = {i: layer.self_attn for i, layer in kept.items()}
    first = next(iter(kept.values()), None) if look.grad else None
    with hooks.graph_from(first), hooks.attention_of(modules, checkpoint.name) as weights:
        out = tower(**tokens_of.batch(checkpoint, [tokens]))
        states = checkpoint.model.text_projection(out.last_hidden_state[0])  # (S, D)
        embeds = passes.unit_states(states, positions, checkpoint.model.text_projection(out.pooler_output)[0])  # (Q, D)
    return Read(embeds, weights, positions, len(tokens.input_ids) - 1)


def text_embeds(checkpoint: "Checkpoint", texts: Sequence[str]) -> "torch.Tensor":
    """Read texts, each by itself; vectors (B, D) before they are scaled to length 1."""
    tokenized = [tokens_of.tokenize(checkpoint, text) for text in texts]
    return checkpoint.model.get_text_features(**tokens_of.batch(checkpoint, tokenized)).pooler_output  # (B, D)


def image_embeds(checkpoint: "Checkpoint", images: Sequence[Image]) -> "torch.Tensor":
    """See pictures; vectors (B, D) before they are scaled to length 1."""
    inputs = geometry.stack(checkpoint, [geometry.prepare(checkpoint, image)[0] for image in images])  # (B, 3, H, W)
    return pixel_embeds(checkpoint, inputs)


def pixel_embeds(checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
    """See pictures that are prepared, (B, 3, H, W); vectors (B, D) before they are scaled to length 1."""
    return checkpoint.model.get_image_features(pixel_values=pixel_values).pooler_output  # (B, D)


def patch_embeds(checkpoint: "Checkpoint", seen: Seen) -> np.ndarray:
    """Project the patches' states into the joint space, as the readout's is: (K, D), unit norm."""
    import torch

    with torch.no_grad():
        states = checkpoint.model.vision_model.post_layernorm(seen.states[0, 1:])  # (K, width)
        return passes.to_numpy(passes.unit_norm(checkpoint.model.visual_projection(states)))  # (K, D)
