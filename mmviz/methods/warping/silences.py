"""Dynamic time warping of an anchor to a sound in which every word may be preceded by silence, compiled by numba.

Beside each first frame of a word stands one more state: silence. Its local cost is how far a frame of the sound lies from the quiet
of that sound. It is entered from the last frame of the word before, may last, and leads into the word's first frame; a word may also
follow the one before without it. One more such state stands behind the last word. The recursion is otherwise that of DTW with the
steps (1,1), (1,0), (0,1) of weight 1 (Sakoe and Chiba, 1978).

Only a window of rows is looked at for each column: the whole matrix, or a band around the path of a coarser pass.
"""

import numba
import numpy as np

NEVER = 1e30
#: How a cell was entered: two bits for the frame, one for the silence before it.
STAY, DIAGONAL, UP, FROM_SILENCE, FALLS_SILENT = 0, 1, 2, 3, 4

_compiled = numba.njit(cache=True, nogil=True, fastmath={"contract", "nnan", "nsz"}, error_model="numpy")


@_compiled
def _costs(x, frame, low, high, costs):
    """Compute Euclidean distances of one frame (D,) to rows low to high of `x`, shape (D, S)."""
    found = costs[low:high]
    for i in range(found.size):
        found[i] = np.float32(0)
    for d in range(x.shape[0]):
        value, row = frame[d], x[d, low:high]
        for i in range(found.size):
            difference = row[i] - value
            found[i] += difference * difference
    for i in range(found.size):
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
    frames, before = np.full(n_rows + 1, NEVER), np.full(n_rows + 1, NEVER)
    silences, silences_before = np.full(n_rows + 1, NEVER), np.full(n_rows + 1, NEVER)
    costs = np.zeros(n_rows + 1, np.float32)
    for t in range(n_columns):
        low, high = windows[t]
        _costs(x, y[t], low, min(high, n_rows), costs)
        if t > 0 and windows[t - 1, 0] > 0:
            before[windows[t - 1, 0] - 1] = NEVER
        row = entered[begins[t] : begins[t + 1]]
        for s in range(low, high):
            silence, how = NEVER, 0
            if first[s]:
                silence, how = _rest(before, silences_before, s, t, leads)
                silence += quiet[t]
            silences[s] = silence
            best = NEVER
            if s < n_rows:
                best, step = _step(before, silences_before, s, t, first[s])
                if s > low and frames[s - 1] < best:
                    best, step = frames[s - 1], UP
                best += costs[s]
                how |= step
            frames[s] = best
            row[s - low] = how
        frames, before = before, frames
        silences, silences_before = silences_before, silences
    return entered, begins, before[n_rows - 1], silences_before[n_rows]


@_compiled
def _rest(before, silences_before, s, t, leads):
    """Enter the silence before row s at column t: its cost so far, and how."""
    if t == 0:
        return (0.0 if s == 0 and leads else NEVER), 0
    if s > 0 and before[s - 1] < silences_before[s]:
        return before[s - 1], FALLS_SILENT
    return silences_before[s], 0


@_compiled
def _step(before, silences_before, s, t, may_rest):
    """Enter the frame of row s at column t from the column before: its cost so far, and how."""
    if t == 0:
        return (0.0 if s == 0 else NEVER), STAY
    best, how = before[s], STAY
    if s > 0 and before[s - 1] <= best:
        best, how = before[s - 1], DIAGONAL
    if may_rest and silences_before[s] < best:
        best, how = silences_before[s], FROM_SILENCE
    return best, how


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
    """Compute the local cost of every cell of a path, shape (P,), float32."""
    costs = np.zeros(len(path), np.float32)
    for place in range(len(path)):
        row, column = path[place]
        if silent[place]:
            costs[place] = quiet[column]
        else:
            total = np.float32(0)
            for d in range(x.shape[0]):
                difference = x[d, row] - y[column, d]
                total += difference * difference
            costs[place] = np.sqrt(total)
    return costs
