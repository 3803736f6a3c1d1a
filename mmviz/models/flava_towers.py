"""FLAVA's two towers, each by itself: CLS of either, after the last norm and a projection, is its vector."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
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


def core(checkpoint: "Checkpoint") -> Any:
    """Give the `FlavaModel`: the model itself, or what the pretraining heads stand on."""
    return getattr(checkpoint.model, "flava", checkpoint.model)


def see(checkpoint: "Checkpoint", key: Image, look: Look) -> Seen:
    """Run the picture's tower; its states are those after the last norm."""
    pixel_values, axis = geometry.prepare(checkpoint, key)
    tower, kept = core(checkpoint).image_model, look.picks(core(checkpoint).image_model.encoder.layer)
    with watched(checkpoint, kept, look.grad) as weights:
        states = tower(pixel_values=geometry.stack(checkpoint, [pixel_values])).last_hidden_state  # (1, 1 + K, width)
        embeds = core(checkpoint).image_projection(states[:, 0])  # (1, D)
    return Seen(pixel_values, axis, embeds, states, weights)


def read_whole(checkpoint: "Checkpoint", tokens: Tokens, axis: TextAxis, look: Look) -> Read:
    """Read the text once and take every unit's vector out of it; the whole text's is CLS'."""
    tower, kept = core(checkpoint).text_model, look.picks(core(checkpoint).text_model.encoder.layer)
    positions = tokens.positions(axis.spans)
    with watched(checkpoint, kept, look.grad) as weights:
        states = tower(**tokens_of.batch(checkpoint, [tokens])).last_hidden_state[0]
        states = core(checkpoint).text_projection(states)  # (S, D)
        embeds = passes.unit_states(states, positions, states[0])  # (Q, D)
    return Read(embeds, weights, positions, 0)


def text_embeds(checkpoint: "Checkpoint", texts: Sequence[str]) -> "torch.Tensor":
    """Read texts, each by itself; vectors (B, D) before they are scaled to length 1."""
    tokenized = [tokens_of.tokenize(checkpoint, text) for text in texts]
    states = core(checkpoint).text_model(**tokens_of.batch(checkpoint, tokenized)).last_hidden_state  # (B, S, width)
    return core(checkpoint).text_projection(states[:, 0])  # (B, D)


def image_embeds(checkpoint: "Checkpoint", images: Sequence[Image]) -> "torch.Tensor":
    """See pictures; vectors (B, D) before they are scaled to length 1."""
    inputs = geometry.stack(checkpoint, [geometry.prepare(checkpoint, image)[0] for image in images])  # (B, 3, H, W)
    return pixel_embeds(checkpoint, inputs)


def pixel_embeds(checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
    """See pictures that are prepared, (B, 3, H, W); vectors (B, D) before they are scaled to length 1."""
    states = core(checkpoint).image_model(pixel_values=pixel_values).last_hidden_state  # (B, 1 + K, width)
    return core(checkpoint).image_projection(states[:, 0])  # (B, D)


def patch_embeds(checkpoint: "Checkpoint", seen: Seen) -> np.ndarray:
    """Project the patches' states into the joint space, as CLS' is: (K, D), unit norm."""
    import torch

    with torch.no_grad():
        return passes.to_numpy(passes.unit_norm(core(checkpoint).image_projection(seen.states[0, 1:])))  # (K, D)


@contextmanager
def watched(checkpoint: "Checkpoint", kept: dict[int, Any], grad: bool) -> Iterator[dict[int, "torch.Tensor"]]:
    """Keep the attention of some layers during a pass, layer -> (B, H, S, S), and build a graph from the first of them on."""
    modules = {i: layer.attention for i, layer in kept.items()}
    with ExitStack() as stack:
        stack.enter_context(hooks.graph_from(next(iter(kept.values()), None) if grad else None))
        # Asked for layer by layer, because the model would keep that of every layer.
        stack.enter_context(hooks.called_with(modules.values(), output_attentions=True))
        yield stack.enter_context(hooks.attention_of(modules, checkpoint.name))
