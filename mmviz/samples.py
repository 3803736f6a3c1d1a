"""What goes in: a decoded text or picture, with where it came from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Source = Literal["drawn", "upload"]


@dataclass(frozen=True)
class Text:
    """A text as the user gave it.

    Attributes:
        text: the characters as given; spans everywhere count its Unicode code points.
        phrases: spans (start, end) the user or the drawn truth marked as phrases.
    """

    text: str
    phrases: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Image:
    """A picture, upright and in RGB.

    Attributes:
        pixels: shape (height, width, 3), uint8, sRGB, EXIF turn already applied.
        name: file name or description, for exports and messages.
        source: "drawn" when redrawing it from its seed gave the same pixels, else "upload".
        notes: what had to be done to read it, as keys of the page's texts ("first_frame", "alpha", "cmyk", "sixteen_bit").
        claim: (split, seed, index) of the drawn scene the file says it is, or None; proven by `worlds`, not here.
    """

    pixels: np.ndarray
    name: str = "picture"
    source: Source = "upload"
    notes: tuple[str, ...] = ()
    claim: tuple[str, int, int] | None = None

    def __post_init__(self):
        pixels = self.pixels
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise ValueError(f"pixels must be (height, width, 3) uint8, got {pixels.shape} {pixels.dtype}")

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.pixels.shape[0]
