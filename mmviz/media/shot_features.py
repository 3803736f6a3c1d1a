"""What a few seconds of film around a moment say about whether one shot is turning into another.

Of the frames before, at and after a moment: how different they are, whether the middle one is a mixture of the outer two (dissolves; in
parts of the picture wipes), whether a shift explains the difference (a camera), whether colours change (a shift does not do that), and
how bright and how sharp they are (fades, and dissolves, which are less sharp in the middle).
"""

from collections.abc import Iterable, Iterator

import numpy as np

#: Moments a second.
RATE = 25
#: How far before and after a moment frames are looked at, in moments.
LAGS = (1, 2, 4, 8, 16, 30)
#: Rows and columns frames are made small to, and of the blocks in which they are compared.
ROWS, COLUMNS, BLOCK_ROWS, BLOCK_COLUMNS = 18, 32, 3, 4
#: Most moments that are held at once.
CHUNK = 512
_SHIFTS = [(y, x) for y in (-3, -2, -1, 0, 1, 2, 3) for x in (-6, -4, -2, -1, 0, 1, 2, 4, 6)]
_SHIFTED, _COLOURED, _SHARP = (4, 8, 16, 30), (2, 8, 16, 30), (8, 16, 30)
#: Features of one moment.
COUNT = 8 * len(LAGS) + 2 * len(_SHIFTED) + 2 * len(_COLOURED) + 2 * len(_SHARP) + 5


def moments(frames: Iterable[tuple[float, float, np.ndarray]]) -> Iterator[np.ndarray]:
    """Give the frame that is shown at each moment, made small.

    Args:
        frames: start, length and thumbnail of each, as of `video.thumbnails`.

    Yields:
        25 a second, shape (18, 32, 3), float32, 0 to 1.
    """
    import cv2

    count = 0
    for start, length, thumbnail in frames:
        small = None
        while (count + 0.1) / RATE < start + length:
            if small is None:
                small = cv2.resize(thumbnail, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
            yield small
            count += 1


def chunks(frames: Iterable[tuple[float, float, np.ndarray]], margin: int) -> Iterator[tuple[np.ndarray, int, int]]:
    """Describe a film piece by piece, so that long ones need no more memory than short ones.

    Args:
        frames: as of `moments`.
        margin: moments before and after a piece that whoever reads it looks at.

    Yields:
        Features, shape (N, COUNT), float32, and from which of them to which the piece itself lies; all pieces together are the film.
    """
    held: list[np.ndarray] = []
    reach, first = margin + LAGS[-1], 0  # `first` of the held ones are only looked back at
    for small in moments(frames):
        held.append(small)
        if len(held) == first + CHUNK + reach:
            yield _piece(held, first, first + CHUNK, margin)
            drop = max(0, first + CHUNK - reach)
            held, first = held[drop:], first + CHUNK - drop
    if len(held) > first:
        yield _piece(held, first, len(held), margin)


def _piece(held: list[np.ndarray], first: int, end: int, margin: int) -> tuple[np.ndarray, int, int]:
    found = features(np.stack(held))
    low, high = max(0, first - margin), min(len(held), end + margin)
    return found[low:high], first - low, end - low


def features(small: np.ndarray) -> np.ndarray:
    """Describe every moment of a run of frames.

    Args:
        small: shape (T, 18, 32, 3), float32, 0 to 1; before the first and after the last they are thought to stand still.

    Returns:
        Shape (T, COUNT), float32.
    """
    grey, places = small.mean(-1), np.arange(len(small))
    colours, sharp = _colours(small), _sharpness(grey)
    columns = []
    for lag in LAGS:
        before, after = np.maximum(places - lag, 0), np.minimum(places + lag, len(small) - 1)
        columns += _mixture(small[before], small, small[after])
        if lag in _SHIFTED:
            columns += _shifted(grey[before], grey[after])
        if lag in _COLOURED:
            columns.append(np.abs(colours[before] - colours[after]).sum(1))
            columns.append(np.abs(colours - (colours[before] + colours[after]) / 2).sum(1))
        if lag in _SHARP:
            columns += [_ratio(values, values[before], values[after]) for values in (sharp, grey.std((1, 2)))]
    light = grey.mean((1, 2))
    columns += [
        light,
        grey.std((1, 2)),
        np.log(sharp + 1e-3),
        small.std(-1).mean((1, 2)),
        np.gradient(light) if len(light) > 1 else 0 * light,
    ]
    return np.stack(columns, 1).astype(np.float32)


def _mixture(before: np.ndarray, middle: np.ndarray, after: np.ndarray) -> list[np.ndarray]:
    """Ask how well the middle frame is a mixture of the outer ones, as a whole and block by block."""
    change, way = after - before, middle - before
    far = np.abs(change).mean((1, 2, 3))
    dot, norm, length = _blocks(change * way), _blocks(change * change), _blocks(way * way)  # (T, 12)
    share, rest = _share(dot.sum(1), norm.sum(1), length.sum(1))
    shares, rests = _share(dot, norm, length)
    weights = norm / (norm.sum(1, keepdims=True) + 1e-6)
    between = (np.clip(1 - np.abs(2 * shares - 1), 0, 1) * weights).sum(1)  # 1 half way, 0 where a block is one of the two
    spread = np.sqrt((weights * (shares - (weights * shares).sum(1, keepdims=True)) ** 2).sum(1))
    covered = np.sqrt((weights**2).sum(1))  # high where one block alone changes
    return [far, np.log(far + 3e-3), share, rest, (rests * weights).sum(1), between, spread, covered]


def _share(dot: np.ndarray, norm: np.ndarray, length: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the share of the second frame that fits best, and what does not fit, as a share of the way between the two."""
    share = np.clip((dot + 0.5e-4) / (norm + 1e-4), -0.5, 1.5)
    rest = np.maximum(length - 2 * share * dot + share**2 * norm, 0)
    return share, np.minimum(np.sqrt((rest + 1e-5) / (norm + 1e-4)), 2)


def _blocks(values: np.ndarray) -> np.ndarray:
    """Take means over blocks: shape (T, 12) of (T, 18, 32, 3)."""
    count = len(values)
    cut = values.reshape(count, BLOCK_ROWS, ROWS // BLOCK_ROWS, BLOCK_COLUMNS, COLUMNS // BLOCK_COLUMNS, 3)
    return cut.mean((2, 4, 5)).reshape(count, -1)


def _shifted(before: np.ndarray, after: np.ndarray) -> list[np.ndarray]:
    """Ask how much of a difference is left when one frame is shifted over the other as fits best."""
    plain, best = np.abs(before - after).mean((1, 2)), None
    for y, x in _SHIFTS:
        one = before[:, max(0, y) : ROWS + min(0, y), max(0, x) : COLUMNS + min(0, x)]
        other = after[:, max(0, -y) : ROWS + min(0, -y), max(0, -x) : COLUMNS + min(0, -x)]
        found = np.abs(one - other).mean((1, 2))
        best = found if best is None else np.minimum(best, found)
    return [best, best / (plain + 1e-2)]


def _colours(small: np.ndarray) -> np.ndarray:
    """Count colours, softly, in eight steps a channel: shape (T, 24), each channel summing to 1."""
    steps = np.linspace(0, 1, 8, dtype=np.float32)
    near = np.maximum(0, 1 - np.abs(small[..., None] - steps) * 7)  # (T, 18, 32, 3, 8)
    return near.mean((1, 2)).reshape(len(small), -1)


def _sharpness(grey: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(grey, axis=1)).mean((1, 2)) + np.abs(np.diff(grey, axis=2)).mean((1, 2))


def _ratio(middle: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Compare the middle with the lesser of both sides: below 0 in the middle of a dissolve."""
    return np.log((middle + 0.01) / (np.minimum(before, after) + 0.01))
