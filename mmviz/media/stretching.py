"""Sound drawn out or hurried, its pitch kept."""

import numpy as np


def stretched(samples: np.ndarray, factor: float) -> np.ndarray:
    """Make a sound longer or shorter.

    Args:
        samples: shape (T,), float32.
        factor: how many times as long; above 0.

    Returns:
        Shape (round(T * factor),), float32.

    Source:
        Flanagan and Golden, 1966, Phase vocoder.
    """
    from librosa.effects import time_stretch

    return time_stretch(np.ascontiguousarray(samples, np.float32), rate=1 / factor)
