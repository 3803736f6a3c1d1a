"""Colour SIFT: keypoints of a picture, and what each looks like in three opponent channels."""

from dataclasses import dataclass

import numpy as np

from mmviz.samples import Image

#: Pixels of the shorter side when keypoints are looked for: small pictures are enlarged, and no side becomes longer than `LONGEST`.
SIDE, LONGEST = 256, 2048
#: The strongest keypoints are kept, as many as this.
MOST = 300
#: Of the luminance's blobs those are left out whose contrast is below this; OpenCV's usual .04 misses pale things on pale ground.
CONTRAST = 0.02
#: Numbers a keypoint: 4 x 4 cells of 8 directions in each of three channels.
WIDTH = 3 * 128
#: A descriptor reads a square whose side is this many times the keypoint's own size: 4 cells of 1.5 sizes.
REACH = 6


@dataclass(frozen=True)
class Keypoints:
    """Keypoints of one picture, the strongest first; there may be none.

    Attributes:
        boxes: shape (K, 4), float; the square around each keypoint as large as its scale says, x0, y0, x1, y1 as fractions of the
            upright picture, cut at its edge. What the descriptor reads reaches `REACH` times as far.
        responses: shape (K,), float32: the contrast of the blob.
        descriptors: shape (K, WIDTH), float32, unit norm: see `describe`.
    """

    boxes: np.ndarray
    responses: np.ndarray
    descriptors: np.ndarray

    def __len__(self) -> int:
        return len(self.boxes)


def find(image: Image) -> Keypoints:
    """Find keypoints in a picture and describe them, all upright.

    The picture is scaled until its shorter side has `SIDE` pixels. Extrema of differences of Gaussians of the luminance are
    keypoints. They are not turned into the direction of their gradient, for pictures of scenes stand upright, and a keypoint
    of two directions counts once.

    Args:
        image: any picture.

    Returns:
        At most `MOST` keypoints; none where the picture is nearly flat.

    Source:
        Lowe, 2004, sections 3 to 6, International Journal of Computer Vision 60, 91-110, by OpenCV's SIFT; colour as in
        van de Sande, Gevers and Snoek, 2010, section 3.2 (OpponentSIFT), IEEE TPAMI 32, 1582-1596.
    """
    import cv2

    pixels = _scaled(image.pixels)
    height, width = pixels.shape[:2]
    sift = cv2.SIFT_create(contrastThreshold=CONTRAST)
    found = _upright(sift.detect(_opponent(pixels)[2], None))[:MOST]
    if not found:
        return Keypoints(np.zeros((0, 4)), np.zeros(0, np.float32), np.zeros((0, WIDTH), np.float32))
    places = np.array([(x - r, y - r, x + r, y + r) for (x, y), r in ((k.pt, k.size / 2) for k in found)])
    boxes = np.clip((places + 0.5) / [width, height, width, height], 0, 1)
    return Keypoints(boxes, np.array([k.response for k in found], np.float32), describe(pixels, found))


def describe(pixels: np.ndarray, keypoints: list) -> np.ndarray:
    """Describe keypoints in three opponent channels.

    SIFT scales each channel's histogram of gradients to length 1, so that noise where a channel is flat would count as much as an
    edge where it is not. Here every channel's part is weighed by the root of its share of the gradients' energy around the
    keypoint: the whole is what one normalisation over all three channels gives.

    Args:
        pixels: shape (H, W, 3), uint8, RGB.
        keypoints: K of OpenCV's.

    Returns:
        Shape (K, WIDTH), float32, unit norm: red against green, yellow against blue, luminance.
    """
    import cv2

    sift, parts, energies = cv2.SIFT_create(), [], []
    for channel in _opponent(pixels):
        _, described = sift.compute(channel, keypoints)
        parts.append(described / np.maximum(np.linalg.norm(described, axis=1, keepdims=True), 1e-6))
        energies.append(_energy(channel, keypoints))
    shares = np.sqrt(np.stack(energies) / np.maximum(np.sum(energies, axis=0), 1e-6))  # (3, K)
    joined = np.concatenate([part * share[:, None] for part, share in zip(parts, shares, strict=True)], axis=1)
    return (joined / np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-6)).astype(np.float32)


def _scaled(pixels: np.ndarray) -> np.ndarray:
    """Scale a picture until its shorter side has `SIDE` pixels, or its longer one `LONGEST`."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(SIDE / min(height, width), LONGEST / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)


def _opponent(pixels: np.ndarray) -> list[np.ndarray]:
    """Make the opponent channels (van de Sande et al., equation 4), each brought to 0..255 as OpenCV wants it: three (H, W), uint8."""
    red, green, blue = np.moveaxis(pixels.astype(np.float32), 2, 0)
    channels = (red - green) / 2 + 127.5, (red + green - 2 * blue) / 4 + 127.5, (red + green + blue) / 3
    return [np.rint(channel).astype(np.uint8) for channel in channels]


def _upright(keypoints: tuple) -> list:
    """Put the strongest first, turn all upright, and keep one of those that differ in direction alone."""
    import cv2

    once = {(round(k.pt[0], 2), round(k.pt[1], 2), round(k.size, 2)): k for k in sorted(keypoints, key=lambda k: k.response)}
    strongest = sorted(once.values(), key=lambda k: (-k.response, k.pt))
    return [cv2.KeyPoint(*k.pt, k.size, 0.0, k.response, k.octave) for k in strongest]


def _energy(channel: np.ndarray, keypoints: list) -> np.ndarray:
    """Sum a channel's squared gradients over what each keypoint's descriptor reads: (K,)."""
    down, across = np.gradient(channel.astype(np.float64))
    table = np.pad(np.cumsum(np.cumsum(down**2 + across**2, 0), 1), ((1, 0), (1, 0)))  # (H + 1, W + 1)
    x, y, reach = np.array([(*k.pt, REACH * k.size / 2) for k in keypoints]).T
    height, width = channel.shape
    left, right = (np.clip(np.rint(at), 0, width).astype(int) for at in (x - reach, x + reach + 1))
    top, bottom = (np.clip(np.rint(at), 0, height).astype(int) for at in (y - reach, y + reach + 1))
    return table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
