"""Pictures made small, with frames where something was found."""

import numpy as np

#: What frames are painted in: the first on the box, the second beside it, so that one of them shows on any picture.
LIGHT, DARK = (255, 230, 0), (20, 20, 20)


def small(pixels: np.ndarray, side: int) -> np.ndarray:
    """Shrink a picture (H, W, 3) by leaving out rows and columns, its longer side to at most `side`."""
    stride = -(-max(pixels.shape[:2]) // side)
    return np.ascontiguousarray(pixels[::stride, ::stride])


def cut(pixels: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Cut a box, fractions x0, y0, x1, y1, out of a picture; at least one pixel of it."""
    x0, y0, x1, y1 = _edges(pixels, box)
    return pixels[y0:y1, x0:x1]


def framed(pixels: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Paint a frame of one pixel, with a dark one inside it, around each of some boxes (R, 4), the first one on top."""
    painted = pixels.copy()
    for box in boxes[::-1]:
        x0, y0, x1, y1 = _edges(pixels, box)
        for inset, colour in ((1, DARK), (0, LIGHT)):
            if x1 - x0 > 2 * inset and y1 - y0 > 2 * inset:
                rows, columns = slice(y0 + inset, y1 - inset), slice(x0 + inset, x1 - inset)
                painted[rows, [x0 + inset, x1 - 1 - inset]] = colour
                painted[[y0 + inset, y1 - 1 - inset], columns] = colour
    return painted


def _edges(pixels: np.ndarray, box: np.ndarray) -> tuple[int, int, int, int]:
    """Turn fractions into pixels, x0, y0, x1, y1, with at least one pixel between the edges."""
    height, width = pixels.shape[:2]
    x0, y0 = min(int(box[0] * width), width - 1), min(int(box[1] * height), height - 1)
    return x0, y0, max(x0 + 1, min(round(box[2] * width), width)), max(y0 + 1, min(round(box[3] * height), height))
