"""One strip of a warping matrix, swept along its anti-diagonals; compiled by numba.

At step t lane k holds row k of the strip at column t - k, so that a cell's predecessors are lanes of the steps before, and all
lanes of a step are computed at once. Sums are float32 and stay small, for the least of them is taken off now and again, which
changes no decision. All a sweep works on lies in one flat buffer with constant strides: the compiler then sees that lanes do not
meet. It sees that only in loops which are short when written out, so costs are summed for two steps and some features at once.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

#: Rows of a strip; steps for each load of a frame, for each copy of the columns' frames, until the least sum is taken off, until a mark.
LANES, STEPS, CHUNK, SETTLED, MARK = 128, 4, 128, 512, 2048
#: Features summed at once: few, ten as 40 log-mel bands are four times, 13 as cepstra are.
FEW, TEN, WIDE = 4, 10, 13
#: What an impossible cell or step costs. A million of them are still a float32.
NEVER = np.float32(1e18)
#: Steps into a cell, in the order in which ties prefer them; the last two leave out the row between.
DIAGONAL, ALONG, UP, SKIP, SKIP_UP = range(5)
#: Sums of one step: two lanes for the rows above the strip, then the strip's, then room to the next cache line.
ROW = LANES + 16
#: Where things lie in the buffer: costs and sums of four steps, what is known of each lane, the row above as the next steps meet it,
#: frames of rows, of columns.
C0, C1, C2, C3 = (i * LANES for i in range(STEPS))
R0, R1, R2, R3 = (STEPS * LANES + i * ROW for i in range(STEPS))
FIRST, LAST, RISE, SKIP_RISE, SKIP_DIAGONAL = (STEPS * (LANES + ROW) + i * LANES for i in range(5))
FED = STEPS * (LANES + ROW) + 5 * LANES
FRAMES = FED + CHUNK
WIDTH = CHUNK + LANES


class Frames(NamedTuple):
    """What is warped: x (features, LANES) of the strip, y (features, M), float32; as many features as `padded` says."""

    x: np.ndarray
    y: np.ndarray
    is_squared: bool


class Strip(NamedTuple):
    """Where it is swept.

    Attributes:
        first: the first column.
        rows: rows of it, up to LANES.
        above: shape (C + 1,), float64; the row above, from the column before `first`.
        below: shape (C,), float32; receives row `rows` - 1. A sweep ends where that reaches its last column.
        lifts: shape (T / CHUNK + 1,), float64; receive what was taken off all sums from every CHUNK-th step on, the first as given.
        marks: shape (K, STEPS * ROW), float32; receive the sums before every MARK-th step, or give them to a sweep that begins there.
        begin: the first step, a multiple of MARK; a sweep that begins later reads `marks`, one that begins at 0 writes them.
    """

    first: int
    rows: int
    above: np.ndarray
    below: np.ndarray
    lifts: np.ndarray
    marks: np.ndarray
    begin: int


class Rules(NamedTuple):
    """What holds beside, float32: `lanes` (5, LANES) go to the buffer's FIRST; `weights` are those of steps, then what two of them cost more."""

    lanes: np.ndarray
    weights: np.ndarray


_FAST = {"contract", "nnan", "nsz"}
_inlined = numba.njit(inline="always", fastmath=_FAST)


def exactly(function, fastmath=False):
    """Compile, and keep the code on disk where some folder for it can be written."""
    options = {"nogil": True, "fastmath": fastmath, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba finds no folder it may write
        return numba.njit(**options)(function)


def _compiled(function):
    """Compile, for numbers that are finite."""
    return exactly(function, _FAST)


def room(features: int) -> int:
    """Give the length of a sweep's buffer."""
    return FRAMES + features * (LANES + WIDTH)


@_inlined
def _load(buffer, y, column, never):
    """Copy the frames that lanes meet in the next CHUNK steps, the last first; lane 0 meets `column` at the first of them."""
    features, begin = y.shape[0], column + CHUNK - WIDTH
    if begin >= 0 and begin + WIDTH <= y.shape[1]:  # all of them are there: copied many at once
        for f in range(features):
            place, frames = FRAMES + features * LANES + f * WIDTH, y[f, begin : begin + WIDTH]
            for i in range(WIDTH):
                buffer[place + i] = frames[WIDTH - 1 - i]
        return
    for f in range(features):
        place = FRAMES + features * LANES + f * WIDTH
        for i in range(WIDTH):
            at = column + CHUNK - 1 - i
            if 0 <= at < y.shape[1]:
                buffer[place + i] = y[f, at]
            else:
                buffer[place + i] = never if f == 0 else np.float32(0)


@_inlined
def _sum(buffer, place, size, is_first, is_last):
    """Sum squared differences of `size` features for two steps; the last block takes the root.

    `place` says where the rows' frames, the columns' frames at the later step, and the two steps' costs are.
    """
    frames, columns, costs = place
    for k in range(LANES):
        a0 = a1 = np.float32(0)
        if not is_first:
            a0, a1 = buffer[np.int64(costs) + k], buffer[np.int64(costs) + LANES + k]
        for f in range(size):
            value = buffer[np.int64(frames) + f * LANES + k]
            at = np.int64(columns) + f * WIDTH + k
            d0, d1 = value - buffer[at + 1], value - buffer[at]
            a0 += d0 * d0
            a1 += d1 * d1
        if is_last:
            a0, a1 = math.sqrt(a0), math.sqrt(a1)
        buffer[np.int64(costs) + k], buffer[np.int64(costs) + LANES + k] = a0, a1


@_inlined
def _blocks(buffer, features, place, size, is_squared):
    """Sum over all blocks of `size` features."""
    frames, columns, costs = place
    if features == size:
        if is_squared:
            _sum(buffer, (frames, columns, costs), size, True, False)
        else:
            _sum(buffer, (frames, columns, costs), size, True, True)
        return
    _sum(buffer, (frames, columns, costs), size, True, False)
    for f in range(size, features - size, size):
        _sum(buffer, (np.uint32(frames + f * LANES), np.uint32(columns + f * WIDTH), costs), size, False, False)
    f = features - size
    if is_squared:
        _sum(buffer, (np.uint32(frames + f * LANES), np.uint32(columns + f * WIDTH), costs), size, False, False)
    else:
        _sum(buffer, (np.uint32(frames + f * LANES), np.uint32(columns + f * WIDTH), costs), size, False, True)


@_compiled
def _measure(buffer, features, within, is_squared):
    """Lay the local costs of four steps into the buffer, the first of them `within` steps after the load."""
    columns = FRAMES + features * LANES + CHUNK - within
    for pair in range(STEPS // 2):
        place = np.uint32(FRAMES), np.uint32(columns - 2 - 2 * pair), np.uint32(2 * pair * LANES)
        if features % WIDE == 0:
            _blocks(buffer, features, place, WIDE, is_squared)
        elif features == FEW:
            _blocks(buffer, features, place, FEW, is_squared)
        else:
            _blocks(buffer, features, place, TEN, is_squared)


def padded(features: int) -> int:
    """Give the number of features, with some of zeros, that can be summed in blocks."""
    if features <= FEW:
        return FEW
    return min(-(-features // size) * size for size in (WIDE, TEN))


@_inlined
def _costs(buffer, frames, column, t):
    """Lay the local costs of the four steps from t into the buffer."""
    if t % CHUNK == 0:
        _load(buffer, frames.y, column + t, np.float32(1e9) if frames.is_squared else NEVER)
    _measure(buffer, len(frames.y), t % CHUNK, frames.is_squared)


@_inlined
def _step(buffer, costs, new, old, older):
    """Take a step from three predecessors of weight 1."""
    for k in range(LANES):
        best = min(min(buffer[older + k + 1], buffer[old + k + 2]), buffer[old + k + 1])
        buffer[new + k + 2] = best + buffer[costs + k]


@_inlined
def _step_noted(buffer, costs, new, old, older, notes, t):
    """Take the same step, and note which predecessor each lane took."""
    for k in range(LANES):
        best, note = buffer[older + k + 1], np.uint8(DIAGONAL)
        if buffer[old + k + 2] < best:
            best, note = buffer[old + k + 2], np.uint8(ALONG)
        if buffer[old + k + 1] < best:
            best, note = buffer[old + k + 1], np.uint8(UP)
        buffer[new + k + 2] = best + buffer[costs + k]
        notes[t, k] = note


@_inlined
def _step_ruled(buffer, costs, new, old, older, oldest, notes, place, t, weights):
    """Take a step under all rules, and note which predecessor each lane took."""
    diagonal, along, up, no_diagonal, no_along = weights[0], weights[1], weights[2], weights[3], weights[4]
    time = np.float32(t)
    for k in range(LANES):
        cost = buffer[costs + k]
        outside = np.float32(0) if (buffer[FIRST + k] <= time) & (time < buffer[LAST + k]) else NEVER
        best, note = buffer[older + k + 1] + no_diagonal + diagonal * cost, np.uint8(DIAGONAL)
        sum_along = buffer[old + k + 2] + no_along + along * cost
        if sum_along < best:
            best, note = sum_along, np.uint8(ALONG)
        sum_up = buffer[old + k + 1] + buffer[RISE + k] + up * cost
        if sum_up < best:
            best, note = sum_up, np.uint8(UP)
        sum_skip = buffer[oldest + k] + buffer[SKIP_DIAGONAL + k] + diagonal * cost
        if sum_skip < best:
            best, note = sum_skip, np.uint8(SKIP)
        sum_skip_up = buffer[older + k] + buffer[SKIP_RISE + k] + up * cost
        if sum_skip_up < best:
            best, note = sum_skip_up, np.uint8(SKIP_UP)
        buffer[new + k + 2] = best + outside
        notes[place, k] = note


@_inlined
def _begin(buffer, x, strip):
    """Lay the strip's frames into the buffer, and the sums before its first step."""
    for f in range(x.shape[0]):
        for k in range(LANES):
            buffer[FRAMES + f * LANES + k] = x[f, k]
    if strip.begin > 0:
        for i in range(STEPS * ROW):
            buffer[STEPS * LANES + i] = strip.marks[strip.begin // MARK - 1, i]
    else:
        for i in range(STEPS * ROW):
            buffer[STEPS * LANES + i] = NEVER
        for i in range(min(2, len(strip.above))):
            value = strip.above[i]
            buffer[(R2 if i == 0 else R3) + 1] = np.float32(value - strip.lifts[0]) if value < NEVER / 10 else NEVER


@_compiled
def _settle(buffer, t, strip):
    """Take the least sum off all of them, so that float32 holds them well; keep those from which the way back may begin."""
    place, limit = STEPS * LANES, NEVER / np.float32(10)
    if strip.begin == 0 and t > 0:
        strip.lifts[t // CHUNK] = strip.lifts[t // CHUNK - 1]
    if (t > strip.begin or t == 0) and t % SETTLED == 0:
        least = NEVER
        for i in range(STEPS * ROW):
            least = min(least, buffer[place + i])
        least = least if least < limit else np.float32(0)
        for i in range(STEPS * ROW):
            value = buffer[place + i]
            buffer[place + i] = value - least if value < limit else value
        if strip.begin == 0:
            strip.lifts[t // CHUNK] += least
            if t % MARK == 0 and t > 0:
                for i in range(STEPS * ROW):
                    strip.marks[t // MARK - 1, i] = buffer[place + i]
    last, lift = len(strip.above) - 1, strip.lifts[t // CHUNK]
    for i in range(CHUNK):
        value = strip.above[min(t + 2 + i, last)]  # past the end nothing reads it
        buffer[FED + i] = np.float32(value - lift) if value < limit else NEVER


@_inlined
def _keep(buffer, t, rows, below):
    """Take what the lowest row has after four steps."""
    for s in range(STEPS):
        column = t + s - rows + 1
        if 0 <= column < len(below):
            below[column] = buffer[STEPS * LANES + s * ROW + rows + 1]


@_compiled
def forward(buffer, frames, strip):
    """Sweep a strip under no rules, from left to right."""
    _begin(buffer, frames.x, strip)
    for t in range(strip.begin, len(strip.below) + strip.rows - 1, STEPS):
        if t % CHUNK == 0:
            _settle(buffer, t, strip)
        _costs(buffer, frames, strip.first, t)
        _step(buffer, C0, R0, R3, R2)
        buffer[R0 + 1] = buffer[FED + t % CHUNK]
        _step(buffer, C1, R1, R0, R3)
        buffer[R1 + 1] = buffer[FED + t % CHUNK + 1]
        _step(buffer, C2, R2, R1, R0)
        buffer[R2 + 1] = buffer[FED + t % CHUNK + 2]
        _step(buffer, C3, R3, R2, R1)
        buffer[R3 + 1] = buffer[FED + t % CHUNK + 3]
        _keep(buffer, t, strip.rows, strip.below)


@_compiled
def noted(buffer, frames, strip, notes):
    """Sweep a strip under no rules and note the step into each cell: notes, uint8, have a row a step from `begin`, rounded up to four."""
    _begin(buffer, frames.x, strip)
    for t in range(strip.begin, len(strip.below) + strip.rows - 1, STEPS):
        if t % CHUNK == 0:
            _settle(buffer, t, strip)
        _costs(buffer, frames, strip.first, t)
        _step_noted(buffer, C0, R0, R3, R2, notes, t - strip.begin)
        buffer[R0 + 1] = buffer[FED + t % CHUNK]
        _step_noted(buffer, C1, R1, R0, R3, notes, t - strip.begin + 1)
        buffer[R1 + 1] = buffer[FED + t % CHUNK + 1]
        _step_noted(buffer, C2, R2, R1, R0, notes, t - strip.begin + 2)
        buffer[R2 + 1] = buffer[FED + t % CHUNK + 2]
        _step_noted(buffer, C3, R3, R2, R1, notes, t - strip.begin + 3)
        buffer[R3 + 1] = buffer[FED + t % CHUNK + 3]


@_compiled
def ruled(buffer, frames, strip, rules, notes):
    """Sweep a strip under rules; `notes` are as above, or four rows where nobody will read them."""
    for i in range(5):
        for k in range(LANES):
            buffer[FIRST + i * LANES + k] = rules.lanes[i, k]
    _begin(buffer, frames.x, strip)
    weights, kept = rules.weights, len(notes)
    for t in range(strip.begin, len(strip.below) + strip.rows - 1, STEPS):
        if t % CHUNK == 0:
            _settle(buffer, t, strip)
        _costs(buffer, frames, strip.first, t)
        place = (t - strip.begin) % kept
        _step_ruled(buffer, C0, R0, R3, R2, R1, notes, place, t, weights)
        buffer[R0 + 1] = buffer[FED + t % CHUNK]
        _step_ruled(buffer, C1, R1, R0, R3, R2, notes, place + 1, t + 1, weights)
        buffer[R1 + 1] = buffer[FED + t % CHUNK + 1]
        _step_ruled(buffer, C2, R2, R1, R0, R3, notes, place + 2, t + 2, weights)
        buffer[R2 + 1] = buffer[FED + t % CHUNK + 2]
        _step_ruled(buffer, C3, R3, R2, R1, R0, notes, place + 3, t + 3, weights)
        buffer[R3 + 1] = buffer[FED + t % CHUNK + 3]
        _keep(buffer, t, strip.rows, strip.below)


@_compiled
def walk(notes, strip, start, cell, path):
    """Follow noted steps from a cell (lane, column) back to the row above the strip, or to where the notes begin.

    Args:
        notes: uint8, of a sweep.
        strip: where it was swept.
        start: the strip's first row.
        cell: (lane, column).
        path: shape (S, 2), int; receives (row, column), backwards.

    Returns:
        How many cells were written; lane, below 0 in the row above, and column of the next.
    """
    lane, column = cell
    n = 0
    while lane >= 0 and column - strip.first + lane >= strip.begin:
        path[n, 0], path[n, 1] = start + lane, column
        n += 1
        note = notes[column - strip.first + lane - strip.begin, lane]
        if note != UP and note != SKIP_UP:
            column -= 1
        if note != ALONG:
            lane -= 1 if note in (DIAGONAL, UP) else 2
    return n, lane, column
