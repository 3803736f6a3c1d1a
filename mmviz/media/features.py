"""Frames of sound: what a stretch of 25 ms sounds like, every 10 ms, at whatever rate it was recorded."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

BANDS, HOP, WINDOW = 40, 0.01, 0.025
#: Hz; what lies beyond is lost in telephone speech and in old recordings anyway.
LOWEST, HIGHEST = 60, 7_600
#: Power that is added before the logarithm: what is quieter than that of full scale by some 50 dB is silence, whatever its spectrum.
FLOOR = 1e-5
#: Frames that are transformed at once.
BLOCK = 4_096


def log_mel(samples: np.ndarray, sample_rate: int, bands: int = BANDS, floor: float = FLOOR) -> np.ndarray:
    """Compute logarithms of the power in mel bands.

    Args:
        samples: shape (N,), mono; float32 from -1 to 1, or int16.
        sample_rate: Hz, at least 16,000.
        bands: how many, from 60 to 7,600 Hz.
        floor: power that is added before the logarithm; above 0. That of a sine of full scale is some 200.

    Returns:
        Shape (T, bands), float32; frame t is centred at t * 10 ms, T is N / sample_rate / 10 ms, rounded up, at least 1.

    Source:
        Davis and Mermelstein, 1980, doi:10.1109/TASSP.1980.1163420; bands as in Slaney's Auditory Toolbox.
    """
    made = np.empty((count(len(samples), sample_rate), bands), np.float32)
    for begin, frames in blocks(samples, sample_rate, bands, floor):
        made[begin : begin + len(frames)] = frames
    return made


def count(n_samples: int, sample_rate: int) -> int:
    """Say how many frames so many samples have."""
    return max(1, int(np.ceil(n_samples / sample_rate / HOP)))


def blocks(samples: np.ndarray, sample_rate: int, bands: int = BANDS, floor: float = FLOOR) -> Iterator[tuple[int, np.ndarray]]:
    """Compute what `log_mel` gives some frames at a time: the number of the first, and the frames, shape (B, bands)."""
    from scipy.fft import rfft

    length = int(WINDOW * sample_rate)
    size = 1 << (length - 1).bit_length()
    places = np.round(np.arange(count(len(samples), sample_rate)) * HOP * sample_rate).astype(int)
    window, filters = np.hanning(length + 1)[:-1].astype(np.float32), _filters(sample_rate, size, bands)
    if samples.dtype == np.int16:
        window /= 32_768
    # one power for one sound, whatever the rate: that of 16 kHz, where there are 512 bins
    scale = np.float32((16_000 / sample_rate) ** 2 * (512 / 16_000) / (size / sample_rate))
    for begin in range(0, len(places), BLOCK):
        block = places[begin : begin + BLOCK]
        low, high = block[0] - length // 2, block[-1] + length
        piece = np.pad(samples[max(low, 0) : high], (max(-low, 0), max(high - len(samples), 0)))
        frames = np.lib.stride_tricks.sliding_window_view(piece, length)[block - block[0]] * window
        spectrum = rfft(frames, size, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        yield begin, np.log(power @ filters * scale + np.float32(floor))


@lru_cache(maxsize=8)
def _filters(sample_rate: int, size: int, bands: int) -> np.ndarray:
    """Make the bands' weights, shape (size / 2 + 1, bands), float32, of equal areas."""
    from librosa.filters import mel

    return mel(sr=sample_rate, n_fft=size, n_mels=bands, fmin=LOWEST, fmax=HIGHEST).T
