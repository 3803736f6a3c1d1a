"""Frames of sound: what a stretch of 25 ms sounds like, every 10 ms, at whatever rate it was recorded."""

from functools import lru_cache

import numpy as np

BANDS, HOP, WINDOW = 40, 0.01, 0.025
#: Hz; what lies beyond is lost in telephone speech and in old recordings anyway.
LOWEST, HIGHEST = 60, 7_600
#: Power that is added before the logarithm: what is quieter than that of full scale by some 50 dB is silence, whatever its spectrum.
FLOOR = 1e-5
#: Frames that are transformed at once.
BLOCK = 4_096


def log_mel(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """Compute logarithms of the power in mel bands.

    Args:
        samples: shape (N,), mono; float32 from -1 to 1, or int16.
        sample_rate: Hz, at least 16,000.

    Returns:
        Shape (T, 40), float32; frame t is centred at t * 10 ms, T is N / sample_rate / 10 ms, rounded up, at least 1.

    Source:
        Davis and Mermelstein, 1980, doi:10.1109/TASSP.1980.1163420; bands as in Slaney's Auditory Toolbox.
    """
    from scipy.fft import rfft

    length = int(WINDOW * sample_rate)
    size = 1 << (length - 1).bit_length()
    places = np.round(np.arange(max(1, int(np.ceil(len(samples) / sample_rate / HOP)))) * HOP * sample_rate).astype(int)
    window, filters = np.hanning(length + 1)[:-1].astype(np.float32), _filters(sample_rate, size)
    if samples.dtype == np.int16:
        window /= 32_768
    # one power for one sound, whatever the rate: that of 16 kHz, where there are 512 bins
    scale = np.float32((16_000 / sample_rate) ** 2 * (512 / 16_000) / (size / sample_rate))
    made = np.empty((len(places), BANDS), np.float32)
    for begin in range(0, len(places), BLOCK):
        block = places[begin : begin + BLOCK]
        low, high = block[0] - length // 2, block[-1] + length
        piece = np.pad(samples[max(low, 0) : high], (max(-low, 0), max(high - len(samples), 0)))
        frames = piece[(block - block[0])[:, None] + np.arange(length)] * window
        spectrum = rfft(frames, size, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        made[begin : begin + BLOCK] = np.log(power @ filters * scale + FLOOR)
    return made


@lru_cache(maxsize=8)
def _filters(sample_rate: int, size: int) -> np.ndarray:
    """Make the bands' weights, shape (size / 2 + 1, 40), of equal areas."""
    from librosa.filters import mel

    return mel(sr=sample_rate, n_fft=size, n_mels=BANDS, fmin=LOWEST, fmax=HIGHEST).T
