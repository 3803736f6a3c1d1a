"""MVAE's two experts as two towers, compared by their means: the picture's is a CLIP vision tower with a head of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

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

    Gaussian = tuple[torch.Tensor, torch.Tensor]


def see(checkpoint: "Checkpoint", key: Image, look: Look) -> Seen:
    """Run the picture's tower and expert."""
    pixel_values, axis = geometry.prepare(checkpoint, key)
    model = checkpoint.model
    kept = look.picks(model.vision_model.encoder.layers)
    modules = {i: layer.self_attn for i, layer in kept.items()}
    first = next(iter(kept.values()), None) if look.grad else None
    with hooks.graph_from(first), hooks.attention_of(modules, checkpoint.name) as weights:
        out = model.vision_model(pixel_values=geometry.stack(checkpoint, [pixel_values]))
        mean, _ = model.judge(*model.gather(out))  # (1, D)
    return Seen(pixel_values, axis, mean, out.last_hidden_state, weights)


def read_whole(checkpoint: "Checkpoint", tokens: Tokens, axis: TextAxis, look: Look) -> Read:
    """Read the text once and take every unit's share of the expert's mean out of it; a recurrent network has no attention to keep."""
    import torch

    with torch.no_grad():
        inputs = tokens_of.batch(checkpoint, [tokens])
        means = checkpoint.model.token_means(inputs["input_ids"])[0]  # (S, D)
        embeds = passes.unit_states(means, tokens.positions(axis.spans), checkpoint.model.read(**inputs)[0][0])  # (Q, D)
    return Read(embeds, {})


def text_embeds(checkpoint: "Checkpoint", texts: Sequence[str]) -> "torch.Tensor":
    """Read texts, each by itself: means of the text's expert, (B, D)."""
    return text_experts(checkpoint, texts)[0]


def image_embeds(checkpoint: "Checkpoint", images: Sequence[Image]) -> "torch.Tensor":
    """See pictures: means of the picture's expert, (B, D)."""
    return pixel_embeds(checkpoint, geometry.stack(checkpoint, [geometry.prepare(checkpoint, image)[0] for image in images]))


def pixel_embeds(checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
    """See pictures that are prepared, (B, 3, H, W): means of the picture's expert, (B, D)."""
    return checkpoint.model.look(pixel_values)[0]


def text_experts(checkpoint: "Checkpoint", texts: Sequence[str]) -> "Gaussian":
    """Read texts, each by itself: means and log variances of the text's expert, (B, D) each."""
    tokenized = [tokens_of.tokenize(checkpoint, text) for text in texts]
    return checkpoint.model.read(**tokens_of.batch(checkpoint, tokenized))


def image_experts(checkpoint: "Checkpoint", images: Sequence[Image]) -> "Gaussian":
    """See pictures: means and log variances of the picture's expert, (B, D) each."""
    inputs = [geometry.prepare(checkpoint, image)[0] for image in images]
    return checkpoint.model.look(geometry.stack(checkpoint, inputs))
