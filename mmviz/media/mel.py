"""What a sound looks like: log-mel features for aligning, peaks and a small spectrogram for drawing."""

from collections.abc import Iterator
from functools import cache

import numpy as np

from mmviz.samples import Audio

RATE = 16000
#: Bands, samples from frame to frame (10 ms), samples a frame looks at (25 ms), points of its Fourier transform.
BANDS, HOP, WINDOW, POINTS = 40, 160, 400, 512
#: Hz the bands reach from and to.
LOW, HIGH = 60.0, 7800.0
#: Power in a band, of a full scale of 1, below which all is silence.
FLOOR = 1e-9
#: Frames computed at once, 20 seconds.
PART = 2000


def log_mel(audio: Audio, bands: int = BANDS) -> np.ndarray:
    """Compute log-mel features.

    Args:
        audio: T samples.
        bands: how many bands, evenly spaced in mel from 60 to 7,800 Hz.

    Returns:
        Shape (ceil(T / 160), bands), float32; natural logarithm of power, one frame every 10 ms. Frame t looks at the 25 ms
        around its middle, which is (t + 0.5) * 10 ms.

    Source:
        Davis and Mermelstein, 1980, without the cosine transform; mel of O'Shaughnessy, 1987.
    """
    found = np.empty((-(-len(audio.samples) // HOP), bands), np.float32)
    for start, power in _powers(audio):
        mel = power @ filters(bands)
        np.log(np.maximum(mel, FLOOR, out=mel), out=found[start : start + len(mel)])
    return found


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
    """Draw a sound as power in mel bands over time.

    Args:
        audio: any.
        columns: stretches of time; fewer where there are fewer frames of 10 ms.
        bands: rows, the lowest first.

    Returns:
        Shape (bands, columns), uint8; 0 is 60 dB below the loudest and less, 255 the loudest.
    """
    frames = log_mel(audio, bands)
    bounds = _bounds(len(frames), columns)
    decibel = np.maximum.reduceat(frames, bounds[:-1], axis=0) * (10 / np.log(10))
    return np.rint(np.clip((decibel - decibel.max()) / 60 + 1, 0, 1) * 255).astype(np.uint8).T


@cache  # the array is shared, and so may not be written
def filters(bands: int) -> np.ndarray:
    """Give triangular filters with peaks of 1, shape (257, bands), float32: each rises from its left neighbour's peak and falls to its right one's."""
    corners = 700 * (np.exp(np.linspace(np.log1p(LOW / 700), np.log1p(HIGH / 700), bands + 2)) - 1)
    hertz = np.arange(POINTS // 2 + 1)[:, None] * RATE / POINTS
    rise, fall = (hertz - corners[:-2]) / np.diff(corners)[:-1], (corners[2:] - hertz) / np.diff(corners)[1:]
    found = np.maximum(0, np.minimum(rise, fall)).astype(np.float32)
    found.setflags(write=False)
    return found


def _powers(audio: Audio) -> Iterator[tuple[int, np.ndarray]]:
    """Give power spectra of frames, shape (n, 257), float32, with the number of the first."""
    from scipy.fft import rfft

    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32) / 32768
    window *= np.sqrt(2 / (np.square(window * 32768).sum() * POINTS))
    n_frames, before = -(-len(audio.samples) // HOP), (WINDOW - HOP) // 2
    for start in range(0, n_frames, PART):
        stop = min(start + PART, n_frames)
        first, last = start * HOP - before, (stop - 1) * HOP - before + WINDOW
        piece = audio.samples[max(first, 0) : last].astype(np.float32)
        piece = np.pad(piece, (max(-first, 0), max(last - len(audio.samples), 0)))
        frames = np.lib.stride_tricks.sliding_window_view(piece, WINDOW)[::HOP]
        spectrum = rfft(frames * window, POINTS, axis=1)
        yield start, np.square(spectrum.real) + np.square(spectrum.imag)


def _bounds(length: int, most: int) -> np.ndarray:
    n = min(length, most)
    return np.arange(n + 1) * length // n
