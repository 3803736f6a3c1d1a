"""What goes in: a decoded text, picture or sound, or a film that is read as it is needed, with where it came from."""

from dataclasses import dataclass
from pathlib import Path
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


@dataclass(frozen=True)
class Video:
    """A film as it lies in its file: its frames are decoded when they are asked for, and never held all together.

    Attributes:
        path: of the file.
        name: file name or description, for exports and messages.
        width, height: pixels across and down as it is shown, turned and with square pixels.
        seconds: length the file says it has; 0 where it says nothing.
        rate: frames a second, the mean where it varies.
        codec: what its pictures are packed by: "h264", "vp9", "av1" ...
        source: "drawn" when redrawing it from its seed gave the same pictures, else "upload".
        claim: (split, seed, index) of the drawn film the file says it is, or None; proven by `worlds`, not here.
    """

    path: Path
    name: str
    width: int
    height: int
    seconds: float
    rate: float
    codec: str
    source: Source = "upload"
    claim: tuple[str, int, int] | None = None

    def __post_init__(self):
        if min(self.width, self.height) < 1 or self.seconds < 0 or self.rate <= 0:
            raise ValueError(f"a film has a size, a length and a rate, got {self}")


@dataclass(frozen=True)
class Audio:
    """A sound, as speech is looked at: one channel, 16,000 samples a second.

    Attributes:
        samples: shape (T,), int16.
        name: file name or description, for exports and messages.
        notes: what had to be done to read it, as keys of the page's texts ("mixed", "clipped", "cut_short", "quiet", "video").
        rate: samples a second of the file it came from, Hz.
    """

    samples: np.ndarray
    name: str = "sound"
    notes: tuple[str, ...] = ()
    rate: int = 16000

    def __post_init__(self):
        if self.samples.ndim != 1 or self.samples.dtype != np.int16:
            raise ValueError(f"samples must be (T,) int16, got {self.samples.shape} {self.samples.dtype}")

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / 16000
