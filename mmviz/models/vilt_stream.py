"""ViLT's one stream: words and patches in their own order through the same layers."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mmviz.axes import PatchAxis
from mmviz.models import geometry, hooks
from mmviz.models import tokens as tokens_of
from mmviz.models.passes import Kept, Look
from mmviz.models.tokens import Tokens
from mmviz.samples import Image

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint


@dataclass(frozen=True)
class Ran:
    """What a pair's pass gave.

    Attributes:
        pixel_values: what was seen, shape (3, H, W).
        axis: the K patches.
        picture: CLS and patches as the stream got them, shape (1 + K, width).
        states: after the last norm, shape (S + 1 + K, width).
        logits: of the head, shape (1,) or (answers,), float32, in the graph where one is built.
        kept: attention of the kept layers.
    """

    pixel_values: np.ndarray
    axis: PatchAxis
    picture: "torch.Tensor"
    states: "torch.Tensor"
    logits: "torch.Tensor"
    kept: Kept


def image_embeds(checkpoint: "Checkpoint", pixel_values: np.ndarray) -> "torch.Tensor":
    """Embed CLS and every patch of a picture (3, H, W), row by row: (1 + K, width), before the modality's embedding."""
    return pixel_embeds(checkpoint, geometry.stack(checkpoint, [pixel_values]))[0]


def pixel_embeds(checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
    """Embed CLS and every patch of pictures of one size, (B, 3, H, W), row by row: (B, 1 + K, width).

    Transformers' `visual_embed` does the same, but shuffles the patches and, where there are more than
    `max_image_length`, leaves some out by chance.
    """
    import torch
    from torch.nn import functional as F

    embeddings, config = checkpoint.model.vilt.embeddings, checkpoint.config
    patches = embeddings.patch_embeddings(pixel_values)  # (B, width, rows, columns)
    side, places = config.image_size // config.patch_size, embeddings.position_embeddings  # (1, 1 + side * side, width)
    grid = places[:, 1:].transpose(1, 2).reshape(1, -1, side, side)  # (1, width, side, side)
    grid = F.interpolate(grid, size=patches.shape[2:], mode="bilinear", align_corners=True)
    summary = (embeddings.cls_token + places[:, :1]).expand(len(patches), -1, -1)  # (B, 1, width)
    return torch.cat([summary, (patches + grid).flatten(2).transpose(1, 2)], dim=1)  # (B, 1 + K, width)


def run(checkpoint: "Checkpoint", texts: Sequence[Tokens], pictures: Sequence["torch.Tensor"]) -> "torch.Tensor":
    """Run B texts with B pictures, (1 + K, width) each, K may differ: states after the last norm, and what the head reads.

    Returns:
        Transformers' output: `last_hidden_state`, shape (B, S + 1 + K, width), `pooler_output`, shape (B, width).
    """
    import torch
    from torch.nn.utils.rnn import pad_sequence

    masks = [torch.ones(len(picture), dtype=torch.long, device=picture.device) for picture in pictures]
    return checkpoint.model.vilt(
        **tokens_of.batch(checkpoint, list(texts)),
        image_embeds=pad_sequence(list(pictures), batch_first=True),  # (B, 1 + K, width)
        pixel_mask=pad_sequence(masks, batch_first=True),  # (B, 1 + K)
    )


def run_one(checkpoint: "Checkpoint", tokens: Tokens, key: Image, positions: np.ndarray, look: Look) -> Ran:
    """Run one pair, with what is to be kept of it.

    Args:
        checkpoint: leased.
        tokens: of the text.
        key: the picture.
        positions: of the units' tokens, shape (Q, 2), the whole text's last.
        look: what to keep.
    """
    import torch

    pixel_values, patches = geometry.prepare_free(checkpoint, key)
    with torch.no_grad():
        picture = image_embeds(checkpoint, pixel_values)
    kept = look.picks(checkpoint.model.vilt.encoder.layer)
    modules = {i: layer.attention for i, layer in kept.items()}
    with ExitStack() as stack:
        stack.enter_context(hooks.graph_from(next(iter(kept.values()), None) if look.grad else None))
        # Asked for layer by layer, because the model would keep that of every layer.
        stack.enter_context(hooks.called_with(modules.values(), output_attentions=True))
        weights = stack.enter_context(hooks.attention_of(modules, checkpoint.name))
        out = run(checkpoint, [tokens], [picture])
        logits = head(checkpoint)(out.pooler_output)[0].float()  # (1,) or (answers,)
    words = len(tokens.input_ids)
    kept = _kept(weights, words, positions, len(patches))
    return Ran(pixel_values, patches, picture, out.last_hidden_state[0], logits, kept)


def _kept(weights: dict[int, "torch.Tensor"], words: int, positions: np.ndarray, patches: int) -> Kept:
    """Say where units and patches stand in the stream; the text's CLS is read out."""
    places = np.arange(words + 1 + patches)
    is_unit = (places > words) | ((places >= positions[-1, 0]) & (places < positions[-1, 1]))
    return Kept("joint", weights, positions, places[words + 1 :], 0, ~is_unit)


def head(checkpoint: "Checkpoint"):
    """Give the layers that read the pooled state: one logit of a match, or one an answer."""
    return getattr(checkpoint.model, "rank_output", None) or checkpoint.model.classifier
