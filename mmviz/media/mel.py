"""What a sound looks like: peaks and a small spectrogram for drawing."""

import numpy as np

from mmviz.media import features
from mmviz.media.audio import RATE
from mmviz.samples import Audio

#: Power in a band below which nothing is drawn, whatever the loudest is.
FLOOR = 1e-9


def peaks(audio: Audio, columns: int) -> np.ndarray:
    """Find the lowest and highest sample of each of some equal stretches.

    Args:
        audio: any.
        columns: stretches; fewer where there are fewer samples.

    Returns:
        Shape (columns, 2), uint8; 128 is zero, 0 and 255 are full scale.
    """
    bounds = _bounds(len(audio.samples), columns)
    lowest, highest = (find.reduceat(audio.samples, bounds[:-1]) for find in (np.minimum, np.maximum))
    return ((np.stack([lowest, highest], 1).astype(np.int32) + 32768) >> 8).astype(np.uint8)


def spectrogram(audio: Audio, columns: int, bands: int = 64) -> np.ndarray:
    """Draw a sound as power in mel bands over time, the loudest frame of every stretch.

    Args:
        audio: any.
        columns: stretches of time; fewer where there are fewer frames of 10 ms.
        bands: rows, the lowest first; as of `features.log_mel`.

    Returns:
        Shape (bands, columns), uint8; 0 is 60 dB below the loudest and less, 255 the loudest.
    """
    bounds = _bounds(features.count(len(audio.samples), RATE), columns)
    loudest = np.full((len(bounds) - 1, bands), np.log(FLOOR), np.float32)
    for begin, frames in features.blocks(audio.samples, RATE, bands, FLOOR):
        column = np.searchsorted(bounds, np.arange(begin, begin + len(frames)), "right") - 1
        edges = np.flatnonzero(np.diff(column, prepend=-1))
        met = column[edges]
        loudest[met] = np.maximum(loudest[met], np.maximum.reduceat(frames, edges, axis=0))
    decibel = loudest * (10 / np.log(10))
    return np.rint(np.clip((decibel - decibel.max()) / 60 + 1, 0, 1) * 255).astype(np.uint8).T


def _bounds(length: int, most: int) -> np.ndarray:
    n = min(length, most)
    return np.arange(n + 1) * length // n
