"""Cutting sounds into parts: where a word's beginning is known, and in pauses the anchor's path found, for models that take so much at once."""

from collections.abc import Sequence

import numpy as np

#: Seconds of a part; and how long before a word is cut where there is no pause.
PART, MARGIN = 20.0, 0.1
#: Atoms from, to, seconds from, to.
Part = tuple[int, int, float, float]


def between(begins: Sequence[tuple[int, float]], n_atoms: int, seconds: float) -> list[Part]:
    """Cut a sound where atoms are known to begin; what lies before the first atom where that begins later is left out.

    Args:
        begins: (atom, second), both in order.
        n_atoms: atoms in all.
        seconds: of the sound.
    """
    atoms, times = [0, *(atom for atom, _ in begins), n_atoms], [0.0, *(second for _, second in begins), seconds]
    return [part for part in zip(atoms, atoms[1:], times, times[1:]) if part[1] > part[0]]


def cuts(starts: np.ndarray, ends: np.ndarray, seconds: float, begins: Sequence[tuple[int, float]] = ()) -> list[Part]:
    """Cut a sound where atoms are known to begin, and in the longest pause of every stretch of some twenty seconds.

    Args:
        starts, ends: shape (A,), seconds; where a path found the atoms.
        seconds: of the sound.
        begins: as of `between`.
    """
    found = []
    for low, high, begin, end in between(begins, len(starts), seconds) or [(0, 0, 0.0, seconds)]:
        found += _in_pauses(starts[low:high], ends[low:high], low, (begin, end))
    return found


def _in_pauses(starts: np.ndarray, ends: np.ndarray, first: int, span: tuple[float, float]) -> list[Part]:
    cuts, (last, end) = [0], span
    pauses = starts - np.r_[last, ends[:-1]]
    while len(starts) and end - last > 1.5 * PART:
        near = np.flatnonzero((starts > last + PART / 2) & (starts < last + 1.5 * PART))
        if not len(near):
            break
        cuts.append(int(near[pauses[near].argmax()]))
        last = starts[cuts[-1]]
    at = [span[0], *(max(starts[c] - max(pauses[c] / 2, MARGIN / 2), span[0]) for c in cuts[1:]), end]
    atoms = [first + cut for cut in (*cuts, len(starts))]
    return list(zip(atoms, atoms[1:], at, at[1:]))
