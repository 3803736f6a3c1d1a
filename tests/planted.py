"""A bright square planted on a black picture, and where an overlay of brightness has it."""

import numpy as np

from mmviz.axes import PatchAxis
from mmviz.media import image as image_media
from mmviz.samples import Image

#: Nine places, as shares of the part that is seen.
PLACES = [(x, y) for y in (1 / 6, 1 / 2, 5 / 6) for x in (1 / 6, 1 / 2, 5 / 6)]


def planted(axis: PatchAxis, place: tuple[float, float]) -> tuple[Image, np.ndarray]:
    """Paint a bright square of a patch's size at a place of the seen part on black: the picture, and the square's centre."""
    width, height = axis.size
    x0, y0, x1, y1 = axis.seen
    centre = np.array([x0 + place[0] * (x1 - x0), y0 + place[1] * (y1 - y0)])
    half = (axis.boxes[0, 2:] - axis.boxes[0, :2]) / 2
    corners = np.stack([centre - half, centre + half]).clip(0, 1) * [width, height]
    (left, top), (right, bottom) = np.rint(corners).astype(int)
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[top:bottom, left:right] = 255
    return image_media.parse(pixels), np.array([(left + right) / 2 / width, (top + bottom) / 2 / height])


def centre_of(brightness: np.ndarray, axis: PatchAxis) -> np.ndarray:
    """Find the centre of what an overlay of brightness, (H, W) in whole patches, shows: the mean of patches' centres, weighed."""
    rows, columns = axis.grid
    cells = brightness.reshape(rows, brightness.shape[0] // rows, columns, -1).mean((1, 3)).ravel()
    cells = np.where(cells > cells.max() / 20, cells, 0)  # resizing rings a little, everywhere
    return (cells[:, None] * (axis.boxes[:, :2] + axis.boxes[:, 2:]) / 2).sum(0) / cells.sum()


def lone(width: int, height: int, place: tuple[float, float]) -> tuple[Image, np.ndarray]:
    """Paint a square of four bright quarters, a quarter of the shorter side wide, on black: the picture, and the square's box."""
    side = max(4, round(min(width, height) / 8) * 2)
    left, top = (round(share * (length - side)) for share, length in zip(place, (width, height), strict=True))
    pixels = np.zeros((height, width, 3), np.uint8)
    quarters = np.array([[255, 60], [110, 200]], np.uint8).repeat(side // 2, 0).repeat(side // 2, 1)
    pixels[top : top + side, left : left + side] = quarters[..., None]
    return image_media.parse(pixels), np.array([left, top, left + side, top + side]) / [width, height, width, height]
