"""The backbone that every bundled model starts from, as a judge of which drawn thing a picture shows."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mmviz.models import folders

if TYPE_CHECKING:
    import torch
    from transformers import CLIPVisionModel

#: Pictures a pass.
BATCH = 50


def is_there() -> bool:
    """Tell whether the backbone and its heads lie beside the bundled models."""
    return all((folders.bundled_root() / "backbone" / name).is_file() for name in (folders.WEIGHTS, "heads.safetensors"))


def things(pictures: np.ndarray) -> np.ndarray:
    """Say of pictures how likely each drawn thing is in them, by what the backbone's CLS state says of the whole picture.

    Args:
        pictures: shape (N, H, W, 3), uint8; others than the backbone's own size are scaled to it.

    Returns:
        Shape (N, things), float32, in the order of the atlas; rows and what is no thing sum to 1.
    """
    import torch

    tower, weight, bias = _load(str(folders.bundled_root() / "backbone"))
    found = [np.zeros((0, len(bias) - 1), np.float32)]
    for start in range(0, len(pictures), BATCH):
        with torch.no_grad():
            summary = tower(pixel_values=_values(pictures[start : start + BATCH], tower.config.image_size)).pooler_output
            found.append((summary @ weight.T + bias).softmax(-1)[:, 1:].numpy())  # 0 is the background
    return np.concatenate(found)


def _values(pictures: np.ndarray, side: int) -> "torch.Tensor":
    """Make pictures into the backbone's input, -1 to 1."""
    import torch

    values = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1  # (N, 3, H, W)
    if values.shape[2:] == (side, side):
        return values
    scaled = torch.nn.functional.interpolate(values, (side, side), mode="bicubic", antialias=True)
    return scaled.clamp(-1, 1)


@lru_cache(maxsize=1)
def _load(folder: str) -> "tuple[CLIPVisionModel, torch.Tensor, torch.Tensor]":
    """Load the tower, and the head that names things."""
    import torch
    from safetensors.torch import load_file
    from transformers import CLIPVisionModel

    heads = load_file(f"{folder}/heads.safetensors")
    tower = CLIPVisionModel.from_pretrained(folder, dtype=torch.float32, local_files_only=True).eval()
    return tower, heads["things.weight"].float(), heads["things.bias"].float()
