"""Colour modes and number types of pictures, all brought to 8-bit RGB."""

from typing import TYPE_CHECKING

import numpy as np

from mmviz.errors import MediaError

if TYPE_CHECKING:
    import PIL.Image

SIXTEEN = 65_535


def from_pil(picture: "PIL.Image.Image") -> tuple[np.ndarray, list[str]]:
    """Bring a decoded picture of any mode to RGB.

    Args:
        picture: of any Pillow mode.

    Returns:
        Pixels, shape (height, width, 3), uint8; and notes: "alpha" where something was laid on white, "cmyk",
        "sixteen_bit".
    """
    if picture.mode.startswith("I") or picture.mode == "F":
        return _grey(_to_eight_bits(np.asarray(picture))), ["sixteen_bit"]
    if picture.mode == "CMYK":
        return np.asarray(picture.convert("RGB")), ["cmyk"]
    if picture.has_transparency_data:
        return _on_white(np.asarray(picture.convert("RGBA")))
    return np.asarray(picture.convert("RGB")), []


def from_array(array: np.ndarray, name: str) -> np.ndarray:
    """Bring an array to RGB.

    Args:
        array: shape (height, width), or (height, width, C) with C 1, 3 or 4; uint8, uint16, bool, or floats from 0 to 1.
        name: for messages.

    Returns:
        Pixels, shape (height, width, 3), uint8; a copy.

    Raises:
        MediaError: shape or values are not those of a picture.
    """
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or array.size == 0:
        raise MediaError(f"{name} is an array of shape {array.shape}; a picture is (height, width, 3).")
    eight = _checked(array, name)
    if eight.shape[2] == 4:
        return _on_white(eight)[0]
    return np.repeat(eight, 3, axis=2) if eight.shape[2] == 1 else eight.copy()


def is_deep(picture: "PIL.Image.Image") -> bool:
    """Tell before decoding whether a file keeps more than 8 bits a colour, which Pillow drops on reading."""
    tiles = getattr(picture, "tile", None) or []
    return any(";16" in str(tile[3]) for tile in tiles)


def _checked(array: np.ndarray, name: str) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool or array.dtype == np.uint16:
        return _to_eight_bits(array)
    if array.dtype.kind == "f" and np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1:
        return np.rint(array * 255).astype(np.uint8)
    raise MediaError(f"{name} is an array of {array.dtype}; a picture is uint8 from 0 to 255, or floats from 0 to 1.")


def _to_eight_bits(array: np.ndarray) -> np.ndarray:
    """Scale the range of the type (bool, 16 bits) to 0..255; wider types have none, so their own smallest to largest."""
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    wide = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = 0.0, float(SIXTEEN)
    if array.dtype.itemsize > 2 and (wide.min() < low or wide.max() > high or array.dtype.kind == "f"):
        low, high = wide.min(), max(wide.max(), wide.min() + 1e-12)
    return np.rint((wide - low) / (high - low) * 255).astype(np.uint8)


def _grey(plane: np.ndarray) -> np.ndarray:
    return np.repeat(plane[:, :, None], 3, axis=2)


def _on_white(rgba: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Lay a picture on white; where nothing is transparent nothing is noted."""
    alpha = rgba[:, :, 3:].astype(np.uint16)
    if alpha.min() == 255:
        return rgba[:, :, :3].copy(), []
    laid = rgba[:, :, :3] * alpha + 255 * (255 - alpha)
    return ((laid + 127) // 255).astype(np.uint8), ["alpha"]
