"""ALBEF's encoders, each by itself, as BLIP's towers; and the layers of fusion, which go on from where the text encoder ends."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmviz.models.blip_towers import (
    image_embeds,
    image_states,
    patch_embeds,
    pixel_embeds,
    pixel_states,
    read_whole,
    see,
    text_embeds,
)

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint

__all__ = [
    "crossing",
    "image_embeds",
    "image_states",
    "patch_embeds",
    "pixel_embeds",
    "pixel_states",
    "read_whole",
    "read_with",
    "see",
    "text_embeds",
]


def crossing(checkpoint: "Checkpoint") -> Sequence[Any]:
    """List the layers of fusion; those of the text encoder below them look at no picture."""
    return checkpoint.model.fusion.layer


def read_with(checkpoint: "Checkpoint", texts: dict[str, "torch.Tensor"], states: "torch.Tensor") -> "torch.Tensor":
    """Read B texts, each with its picture's states, (B, 1 + K, width): the text's last states, (B, S, width)."""
    read = checkpoint.model.text_encoder(**texts).last_hidden_state  # (B, S, width)
    return checkpoint.model.fuse(read, texts["attention_mask"], states)
