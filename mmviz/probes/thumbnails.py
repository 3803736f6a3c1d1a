"""Pictures made small, and boxes cut out of them."""

import numpy as np


def small(pixels: np.ndarray, side: int) -> np.ndarray:
    """Shrink a picture (H, W, 3) by leaving out rows and columns, its longer side to at most `side`."""
    stride = -(-max(pixels.shape[:2]) // side)
    return np.ascontiguousarray(pixels[::stride, ::stride])


def cut(pixels: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Cut a box, fractions x0, y0, x1, y1, out of a picture; at least one pixel of it."""
    x0, y0, x1, y1 = _edges(pixels, box)
    return pixels[y0:y1, x0:x1]


def _edges(pixels: np.ndarray, box: np.ndarray) -> tuple[int, int, int, int]:
    """Turn fractions into pixels, x0, y0, x1, y1, with at least one pixel between the edges."""
    height, width = pixels.shape[:2]
    x0, y0 = min(int(box[0] * width), width - 1), min(int(box[1] * height), height - 1)
    return x0, y0, max(x0 + 1, min(round(box[2] * width), width)), max(y0 + 1, min(round(box[3] * height), height))
