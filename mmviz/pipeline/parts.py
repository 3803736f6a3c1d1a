"""Cutting long sounds into parts that models take, in pauses the anchor's path found."""

import numpy as np

#: Seconds of a part; and how long before a word is cut where there is no pause.
PART, MARGIN = 20.0, 0.1


def cuts(starts: np.ndarray, ends: np.ndarray, seconds: float) -> list[tuple[int, int, float, float]]:
    """Cut a sound in the longest pause of every stretch of some twenty seconds: atoms from, to, seconds from, to."""
    cuts, last = [0], 0.0
    pauses = starts - np.r_[0, ends[:-1]]
    while len(starts) and seconds - last > 1.5 * PART:
        near = np.flatnonzero((starts > last + PART / 2) & (starts < last + 1.5 * PART))
        if not len(near):
            break
        cuts.append(int(near[pauses[near].argmax()]))
        last = starts[cuts[-1]]
    at = [0.0, *(max(starts[c] - max(pauses[c] / 2, MARGIN / 2), 0) for c in cuts[1:]), seconds]
    return [(low, high, begin, end) for low, high, begin, end in zip(cuts, [*cuts[1:], len(starts)], at, at[1:])]
