"""What a checkpoint's image processor does to a picture, and where every patch lies on the picture as given."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import PatchAxis
from mmviz.errors import ModelError
from mmviz.samples import Image

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint


@dataclass(frozen=True)
class Frame:
    """How the model's square lies over the picture.

    Attributes:
        resized: (width, height) of the picture after resizing, in pixels of the model.
        offset: (left, top) of the model's square on the resized picture; negative where it is padded.
        size: (width, height) of the picture as given.
    """

    resized: tuple[int, int]
    offset: tuple[int, int]
    size: tuple[int, int]

    def patches(self, rows: int, columns: int, patch: int) -> PatchAxis:
        """Lay a grid of patches, `patch` model pixels each, back on the picture as given."""
        x = (np.arange(columns + 1) * patch + self.offset[0]) / self.resized[0]
        y = (np.arange(rows + 1) * patch + self.offset[1]) / self.resized[1]
        top, left = np.meshgrid(y[:-1], x[:-1], indexing="ij")  # (rows, columns)
        bottom, right = np.meshgrid(y[1:], x[1:], indexing="ij")
        boxes = np.stack([left, top, right, bottom], axis=-1).reshape(-1, 4)  # (rows * columns, 4)
        seen = tuple(float(np.clip(edge, 0, 1)) for edge in (x[0], y[0], x[-1], y[-1]))
        return PatchAxis(boxes, (rows, columns), seen, self.size)


def tower(config: Any) -> Any:
    """Give the part of a config that is about the picture's tower: its `vision_config`, which some classes call `image_config`."""
    return config.vision_config if hasattr(config, "vision_config") else config.image_config


def prepare(checkpoint: "Checkpoint", image: Image) -> tuple[np.ndarray, PatchAxis]:
    """Make a picture into a model's input, and say where its patches lie.

    Resizing, rescaling and normalising are the checkpoint's own Hugging Face image processor. Only the crop is placed
    here, at half of what is left over rounded to even, as in OpenAI's CLIP: the processor rounds down, one pixel beside.

    Args:
        checkpoint: with `image_processor` and a config as `tower` reads it.
        image: any size.

    Returns:
        `pixel_values`, shape (3, H, W), float32, and the patches on the picture as given.

    Raises:
        ModelError: the processor makes pictures of a size the model does not take.
    """
    pixel_values, frame = _process(checkpoint.image_processor, image)
    vision = tower(checkpoint.config)
    if pixel_values.shape[1:] != (vision.image_size, vision.image_size):
        made = f"{pixel_values.shape[2]} x {pixel_values.shape[1]}"
        wanted = f"{vision.image_size} x {vision.image_size}"
        raise ModelError(
            f"The image processor of {checkpoint.name} makes {made} pixels, the model takes {wanted}; mend its files."
        )
    side = vision.image_size // vision.patch_size
    return pixel_values, frame.patches(side, side, vision.patch_size)


def prepare_free(checkpoint: "Checkpoint", image: Image) -> tuple[np.ndarray, PatchAxis]:
    """Make a picture into the input of a model that takes pictures of any shape, and say where its patches lie.

    Args:
        checkpoint: with `image_processor` and a config that has `patch_size`.
        image: any size, but not so narrow that no patch fits in.

    Returns:
        `pixel_values`, shape (3, H, W), float32, and the patches on the picture as given.

    Raises:
        ModelError: the picture is too narrow for a patch.
    """
    try:
        pixel_values, frame = _process(checkpoint.image_processor, image)
    except ValueError as error:  # a side of no pixels at all
        raise _too_narrow(checkpoint, image) from error
    patch = checkpoint.config.patch_size
    rows, columns = pixel_values.shape[1] // patch, pixel_values.shape[2] // patch
    if not rows * columns:
        raise _too_narrow(checkpoint, image)
    return pixel_values, frame.patches(rows, columns, patch)


def stack(checkpoint: "Checkpoint", pixel_values: Sequence[np.ndarray]) -> "torch.Tensor":
    """Put pictures of one size, (3, H, W) each, into a batch where the model is: (B, 3, H, W)."""
    import torch

    return torch.from_numpy(np.stack(pixel_values)).to(checkpoint.device, getattr(torch, checkpoint.dtype))


def _too_narrow(checkpoint: "Checkpoint", image: Image) -> ModelError:
    size = f"{image.width} x {image.height} pixels"
    return ModelError(f"{image.name} is {size}, too narrow for a patch of {checkpoint.name}; crop it.")


def _process(processor: Any, image: Image) -> tuple[np.ndarray, Frame]:
    import PIL.Image

    picture = PIL.Image.fromarray(image.pixels)
    if processor.do_resize:
        only_resize = {"do_center_crop": False, "do_rescale": False, "do_normalize": False, "do_pad": False}
        resized = processor(picture, **only_resize, return_tensors="np")["pixel_values"][0]  # (3, h, w)
        picture = PIL.Image.fromarray(np.ascontiguousarray(resized.transpose(1, 2, 0)))
    width, height = picture.size
    left, top = 0, 0
    if getattr(processor, "do_center_crop", False):
        crop = processor.crop_size
        left, top = _margin(width, crop["width"]), _margin(height, crop["height"])
        picture = picture.crop((left, top, left + crop["width"], top + crop["height"]))
    finished = processor(picture, do_resize=False, do_center_crop=False, return_tensors="np")["pixel_values"][0]
    return finished.astype(np.float32), Frame((width, height), (left, top), (image.width, image.height))


def _margin(have: int, want: int) -> int:
    """Place a crop: half the surplus, rounded to even; where the picture is too small, half the lack as padding before it."""
    return round((have - want) / 2) if have >= want else -ceil((want - have) / 2)
