"""What speaks for and against a path between an anchor and a sound: evidence for each frame of the sound, each atom and each stretch.

The yardstick is a path against a wrong text: the same words in reverse order, which has the same sounds, length and voice. Where a
text was spoken the right path costs a good part less than the wrong one; where it was not, both cost the same.
"""

import numpy as np

from mmviz.methods.warping.anchored import Anchored

#: Half widths in frames of the windows over which costs are compared: .3, .6, 1.2 and 8 seconds.
WINDOWS = (15, 30, 60, 400)
#: How far a start is moved to see what that costs: 50 ms.
SHIFT = 5
#: Frames of a stretch that is judged by itself.
SECTION = 800
FRAME_EVIDENCE = ("ratio_30", "ratio_60", "ratio_120", "ratio_800", "tempo_60", "tempo_120", "quiet_60")
ATOM_EVIDENCE = (*FRAME_EVIDENCE, "length", "length_3", "rows")
START_EVIDENCE = ("earlier", "later", "length", "length_before", "after_silence", "ratio_30", "ratio_60", "rise", "cost")
WHOLE_EVIDENCE = ("ratio", "cells", "worst_60", "worst_120", "upper_60", "upper_120", "lengths", "slowest", "fastest")
JUDGED = ("spoken", "least_spoken", "belongs", "least_belonging")


def reversed_order(first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put words in reverse order.

    Args:
        first: shape (S,), bool; first frames of words.

    Returns:
        Which frame stands where, shape (S,), int; and the first frames of words in that order, shape (S,), bool.
    """
    begins = np.flatnonzero(first)
    words = np.split(np.arange(len(first)), begins[1:])[::-1]
    order = np.concatenate(words)
    firsts = np.zeros(len(first), bool)
    firsts[np.cumsum([0, *(len(word) for word in words[:-1])])] = True
    return order, firsts


def columns(found: Anchored, n_columns: int) -> np.ndarray:
    """Give each frame of the sound the mean local cost of its cells, shape (T,)."""
    total = np.bincount(found.path[:, 1], found.local, n_columns)
    return total / np.maximum(np.bincount(found.path[:, 1], minlength=n_columns), 1)


def of_frames(found: Anchored, wrong: np.ndarray, n_columns: int) -> np.ndarray:
    """Tell for every frame of the sound how much the text there is what was spoken.

    Args:
        found: the path.
        wrong: shape (T,), costs of the frames on a path against a wrong text.
        n_columns: T.

    Returns:
        Shape (T, 7), float64, see FRAME_EVIDENCE: costs over wrong costs in four windows; logarithms of the anchor's frames a spoken
        frame, in two, beside that of the whole; and how much is silence.
    """
    costs = columns(found, n_columns)
    silent = np.zeros(n_columns, bool)
    silent[found.path[found.silent, 1]] = True
    rows = np.bincount(found.path[1:, 1], np.diff(found.path[:, 0]), n_columns)
    made = [_around(costs, half) / np.maximum(_around(wrong, half), 1e-6) for half in WINDOWS]
    overall = (rows.sum() + 1) / max((~silent).sum(), 1)
    for half in WINDOWS[1:3]:
        made.append(np.log((_around(rows, half) + 0.02) / (_around(1.0 * ~silent, half) + 0.02) / overall))
    return np.stack([*made, _around(1.0 * silent, WINDOWS[1])], 1)


def of_atoms(frames: np.ndarray, starts: np.ndarray, ends: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Tell for every atom whether it was spoken there.

    Args:
        frames: shape (T, 7), as `of_frames` gives it.
        starts, ends: shape (A,), int; first and last frame of each atom.
        rows: shape (A,), how many frames each has in the anchor; at least 1.

    Returns:
        Shape (A, 10), see ATOM_EVIDENCE: the means of the frames' evidence over an atom and 100 ms on either side; the logarithms of its length
        over that in the anchor, alone and with its neighbours, beside the median; and of its length in the anchor.
    """
    sums = np.concatenate([np.zeros((1, frames.shape[1])), np.cumsum(frames, 0)])
    low, high = np.maximum(starts - 10, 0), np.minimum(ends + 11, len(frames))
    means = (sums[high] - sums[low]) / (high - low)[:, None]
    lengths = ends - starts + 1.0
    alone = np.log(lengths / rows)
    together = np.log(_around(lengths, 1) / _around(1.0 * rows, 1))
    return np.column_stack([means, alone - np.median(alone), together - np.median(alone), np.log(rows)])


def of_starts(found: Anchored, sides: tuple[np.ndarray, ...], begins: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Tell for every atom how sure its start is.

    Args:
        found: the path.
        sides: what it was found on: the anchor's frames, shape (S, D), the sound's, (T, D), and the costs of silence, (T,).
        begins: shape (A,), int; the first row of each atom, increasing.
        frames: shape (T, 7), as `of_frames` gives it.

    Returns:
        Shape (A, 9), see START_EVIDENCE: what 50 ms earlier and later cost, over the mean local cost; lengths of the atom and the one
        before; how much silence ends there; the frames' ratios; how the sound's energy rises; and the local cost beside the mean.
    """
    x, y, quiet = sides
    entries, exits = found.entries(len(x)), found.exits(len(x))
    costs = columns(found, len(y))
    mean = max(float(costs.mean()), 1e-6)
    last = np.r_[begins[1:] - 1, len(x) - 1]
    starts, ends = entries[begins], exits[last]
    before = np.maximum(begins - 1, 0)
    earlier, later = np.zeros(len(begins)), np.zeros(len(begins))
    for step in range(SHIFT):
        frame = np.maximum(starts - 1 - step, 0)
        earlier += _distances(x, y, begins, frame) - costs[frame]
        frame = np.minimum(starts + step, len(y) - 1)
        stays = np.where(begins > 0, _distances(x, y, before, frame), np.inf)
        later += np.minimum(stays, quiet[frame]) - costs[frame]
    lengths = np.log((ends - starts + 1.0) / (last - begins + 1))
    lengths -= np.median(lengths)
    energy = _around(y.mean(1), 2)
    rise = energy[np.minimum(starts + 4, len(y) - 1)] - energy[np.maximum(starts - 4, 0)]
    gap = np.log1p(np.maximum(starts - exits[before] - 1, 0))
    gap[0] = np.log1p(starts[0])
    shifts = [earlier / mean, later / mean]
    return np.column_stack([*shifts, lengths, np.r_[0, lengths[:-1]], gap, frames[starts][:, :2], rise, costs[starts] / mean])


def of_sections(found: Anchored, wrong: Anchored, frames: np.ndarray, atoms: np.ndarray, middles: np.ndarray) -> np.ndarray:
    """Tell for each stretch of some eight seconds whether the text is what was spoken.

    Args:
        found, wrong: the path, and that against a wrong text.
        frames: shape (T, 7), as `of_frames` gives it.
        atoms: shape (A, 10), as `of_atoms` gives it.
        middles: shape (A,), int; the frame in the middle of each atom.

    Returns:
        Shape (N, 9), see WHOLE_EVIDENCE; one stretch where the sound is shorter than twelve seconds.
    """
    n_columns = len(frames)
    edges = section_edges(n_columns)
    sums = [np.bincount(path.path[:, 1], path.local, n_columns) for path in (found, wrong)]
    cells = np.bincount(found.path[:, 1], minlength=n_columns)
    rows = []
    for low, high in zip(edges, edges[1:]):
        inside = (middles >= low) & (middles < high)
        lengths = atoms[inside, ATOM_EVIDENCE.index("length")] if inside.any() else np.zeros(1)
        together = atoms[inside, ATOM_EVIDENCE.index("length_3")] if inside.any() else np.zeros(1)
        part = frames[low:high]
        upper = [np.quantile(part[:, column], 0.75) for column in (1, 2)]
        ratio = sums[0][low:high].sum() / max(sums[1][low:high].sum(), 1e-6)
        worst = [part[:, 1].max(), part[:, 2].max()]
        rows.append([ratio, cells[low:high].mean(), *worst, *upper, lengths.std(), together.max(), together.min()])
    return np.array(rows)


def section_edges(n_columns: int) -> np.ndarray:
    """Give the frames at which the stretches of a sound begin, and its end, shape (N + 1,)."""
    return np.linspace(0, n_columns, max(1, round(n_columns / SECTION)) + 1).astype(int)


def judged(sections: np.ndarray, edges: np.ndarray, atoms: tuple[np.ndarray, ...], frames: tuple[np.ndarray, ...]) -> np.ndarray:
    """Add to the evidence of stretches what was found of the atoms and frames in them.

    Args:
        sections: shape (N, 9), as `of_sections` gives it.
        edges: shape (N + 1,), as `section_edges` gives them.
        atoms: the middle frame of each atom and how likely it was spoken, both shape (A,).
        frames: how likely what is heard is the text, and whether anything is, both shape (T,).

    Returns:
        Shape (N, 13), see WHOLE_EVIDENCE and JUDGED.
    """
    (middles, spoken), (belongs, loud) = atoms, frames
    rows = []
    for low, high in zip(edges, edges[1:]):
        here = spoken[(middles >= low) & (middles < high)]
        here = here if len(here) else np.array([0.5])
        heard = belongs[low:high][loud[low:high]]
        heard = heard if len(heard) else np.array([0.5])
        rows.append([here.mean(), np.quantile(here, 0.2), heard.mean(), np.quantile(heard, 0.2)])
    return np.column_stack([sections, np.array(rows)])


def _distances(x: np.ndarray, y: np.ndarray, rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.sqrt(((x[rows] - y[places]) ** 2).sum(1))


def _around(values: np.ndarray, half: int) -> np.ndarray:
    """Average values over a window of 2 * half + 1, less at both ends."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=float)])
    places = np.arange(len(values))
    low, high = np.maximum(places - half, 0), np.minimum(places + half + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)
