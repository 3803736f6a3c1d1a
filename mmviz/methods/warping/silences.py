"""Dynamic time warping of an anchor to a sound in which every word may be preceded by silence, compiled by numba.

Beside each first frame of a word stands one more state: silence. Its local cost is how far a frame of the sound lies from the quiet
of that sound. It is entered from the last frame of the word before, may last, and leads into the word's first frame; a word may also
follow the one before without it. One more such state stands behind the last word. The recursion is otherwise that of DTW with the
steps (1,1), (1,0), (0,1) of weight 1 (Sakoe and Chiba, 1978).

Only a window of rows is looked at for each column: the whole matrix, or a band around the path of a coarser pass.
"""

import numpy as np

from mmviz.methods.warping.wavefront import exactly

NEVER = 1e30
#: How a cell was entered: two bits for the frame, one for the silence before it.
STAY, DIAGONAL, UP, FROM_SILENCE, FALLS_SILENT = 0, 1, 2, 3, 4


def _compiled(function):
    """Compile, for numbers that are finite or stand for never."""
    return exactly(function, {"contract", "nnan", "nsz"})


# Loops below run from 0 over slices: the compiler then sees that no index is negative, and computes many cells at once.
@_compiled
def _costs(x, frame, low, found):
    """Compute Euclidean distances of one frame (D,) to so many rows of `x`, shape (D, S), from `low` on; four features at a time."""
    n, whole = found.size, x.shape[0] // 4 * 4
    found[:] = np.float32(0)
    for d in range(0, whole, 4):
        a, b, c, e = x[d, low : low + n], x[d + 1, low : low + n], x[d + 2, low : low + n], x[d + 3, low : low + n]
        at, bt, ct, et = frame[d], frame[d + 1], frame[d + 2], frame[d + 3]
        for i in range(n):
            one, two, three, four = a[i] - at, b[i] - bt, c[i] - ct, e[i] - et
            found[i] = found[i] + one * one + two * two + three * three + four * four
    for d in range(whole, x.shape[0]):
        a, at = x[d, low : low + n], frame[d]
        for i in range(n):
            found[i] += (a[i] - at) * (a[i] - at)
    for i in range(n):
        found[i] = np.sqrt(found[i])


@_compiled
def sweep(x, y, rests, windows):
    """Find how every cell within the windows is entered on the cheapest way there.

    Args:
        x: shape (D, S), float32, the anchor's features, a row each.
        y: shape (T, D), float32, the sound's.
        rests: where there may be silence, and what it costs: `first`, shape (S + 1,), bool, frames before which there may be, True for
            the one after the last; `quiet`, shape (T,), float32, local costs; and whether the sound may begin with it.
        windows: shape (T, 2), int64; the rows of each column from and to, within 0..S + 1, neither ever going back; row S stands for
            the silence at the end.

    Returns:
        How each cell was entered, uint8, column after column; where each column begins in that; and the cost of the cheapest path
        that ends in the last frame, and in the silence behind it.
    """
    first, quiet, leads = rests
    n_rows, n_columns = x.shape[1], y.shape[0]
    begins = np.zeros(n_columns + 1, np.int64)
    for t in range(n_columns):
        begins[t + 1] = begins[t] + windows[t, 1] - windows[t, 0]
    entered = np.zeros(begins[n_columns], np.uint8)
    # sums of this column and the one before; frames count from the one before the first, which nothing comes from
    frames, before = np.full(n_rows + 2, NEVER), np.full(n_rows + 2, NEVER)
    frames[0] = before[0] = np.inf
    silences, silences_before = np.full(n_rows + 1, NEVER), np.full(n_rows + 1, NEVER)
    costs, words = np.zeros(n_rows + 1, np.float32), np.flatnonzero(first)
    for t in range(n_columns):
        low, high = windows[t]
        top = min(high, n_rows)
        how, sums, local = entered[begins[t] : begins[t + 1]], frames[low + 1 : top + 1], costs[low:top]
        _costs(x, y[t], low, local)
        if t == 0:
            if low == 0:
                sums[0], silences[0] = 0.0, quiet[0] if leads and first[0] else NEVER
        else:
            if windows[t - 1, 0] > 0:
                before[windows[t - 1, 0]] = NEVER
            _along(before[low : top + 1], sums, how)
            here = words[np.searchsorted(words, low) : np.searchsorted(words, high)]
            _rest((before, silences_before), (frames, silences), (here, low), quiet[t], how)
        _up(sums, local, how)
        frames, before = before, frames
        silences, silences_before = silences_before, silences
    return entered, begins, before[n_rows], silences_before[n_rows]


@_compiled
def _along(before, sums, how):
    """Enter frames from the column before, from the same row or the one above; `before` begins a row above `sums`."""
    for i in range(sums.size):
        diagonal, stay = before[i], before[i + 1]
        is_diagonal = diagonal <= stay
        sums[i] = diagonal if is_diagonal else stay
        how[i] = DIAGONAL if is_diagonal else STAY


@_compiled
def _rest(before, now, words, quiet, how):
    """Enter the silences before first frames of words, and these frames from such silences."""
    sums, silences = before
    places, low = words
    for s in places:
        silence, falls = silences[s], sums[s] < silences[s]
        now[1][s] = (sums[s] if falls else silence) + quiet
        if s + 1 < now[0].size - 1 and silence < now[0][s + 1]:
            now[0][s + 1], how[s - low] = silence, FROM_SILENCE
        if falls:
            how[s - low] |= FALLS_SILENT


@_compiled
def _up(sums, costs, how):
    """Enter frames from the row above in the same column where that is cheaper, and add what each costs."""
    above = np.inf
    for i in range(sums.size):
        is_up = above < sums[i]
        best = above if is_up else sums[i]
        how[i] = (how[i] & FALLS_SILENT) | UP if is_up else how[i]
        above = best + costs[i]
        sums[i] = above


@_compiled
def retrace(entered, begins, low, n_rows, ends_silent):
    """Walk the cheapest path back.

    Returns:
        Path, shape (P, 2), int64, (row, column) in increasing order: in silence the row is the one before it (0 at the beginning);
        and shape (P,), bool, which of its cells are silence.
    """
    n_columns = len(low)
    path, silent = np.zeros((n_rows + 2 * n_columns + 2, 2), np.int64), np.zeros(n_rows + 2 * n_columns + 2, np.bool_)
    t, s = n_columns - 1, n_rows if ends_silent else n_rows - 1
    is_silent = ends_silent
    count = 0
    while True:
        path[count, 0], path[count, 1], silent[count] = max(s - 1, 0) if is_silent else s, t, is_silent
        count += 1
        how = entered[begins[t] + s - low[t]]
        if is_silent:
            if t == 0:
                break
            t -= 1
            if how & FALLS_SILENT:
                is_silent = False
                s -= 1
        else:
            step = how & 3
            if t == 0 and step != UP:
                break
            if step in (UP, DIAGONAL):
                s -= 1
            if step != UP:
                t -= 1
            is_silent = step == FROM_SILENCE
    return path[:count][::-1].copy(), silent[:count][::-1].copy()


@_compiled
def local_costs(x, y, path, silent, quiet):
    """Compute the local cost of every cell of a path, shape (P,), float32; `x` has a frame a row, shape (S, D)."""
    costs = np.zeros(len(path), np.float32)
    for place in range(len(path)):
        row, column = path[place]
        if silent[place]:
            costs[place] = quiet[column]
        else:
            total = np.float32(0)
            for d in range(x.shape[1]):
                difference = x[row, d] - y[column, d]
                total += difference * difference
            costs[place] = np.sqrt(total)
    return costs
