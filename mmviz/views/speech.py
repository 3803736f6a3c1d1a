"""Speech and its text on one axis of time: units, the costs they were found on, and the path through them."""

from typing import Any

import numpy as np

from mmviz.axes import TimeAxis
from mmviz.registry import views
from mmviz.timings import Timing, Warp
from mmviz.views import theme

#: Cells of costs and corners of the path that are sent, so that an hour stays under two megabytes.
CELLS, CORNERS = 400_000, 20_000
#: Columns of the waveform, and bands and columns of the spectrogram, that go with them.
PEAKS, BANDS, COLUMNS = 48_000, 40, 6_000
#: Share of the costs above which all have the last colour: a few outliers would make everything else look alike.
BRIGHTEST = 0.99
LEVELS = 255
#: Cells may be this share of one narrower or wider than the mean before they are laid on an even grid.
EVEN = 0.02


@views.add("speech", title="Speech and its path", takes=("Timing",))
def speech(timing: Timing) -> dict[str, Any]:
    """Lay units, costs and path on one axis of time.

    Args:
        timing: Q units with their times; with or without a path.

    Returns:
        What is said of the whole: `text`, `seconds`, `matches`, `aligner`, `language`, `unit`, `gaps` ([start, end] in seconds).
        Of the units: `names`, and as base64 `starts` and `ends` (little-endian float32, seconds), `sure` (uint8, confidence times
        255), `spoken` (uint8, 0 or 1), `spans` (little-endian int32, start and end in code points). `warp`: None, or what `warp` says.
    """
    spans = timing.query.spans.astype(np.int32)
    return {
        "text": timing.query.text,
        "seconds": float(timing.seconds),
        "matches": float(timing.matches),
        "aligner": timing.aligner,
        "language": timing.language,
        "unit": timing.unit,
        "gaps": timing.gaps.round(3).tolist(),
        "names": list(timing.names),
        "starts": theme.packed(timing.starts.astype(np.float32)),
        "ends": theme.packed(timing.ends.astype(np.float32)),
        "sure": theme.packed(np.rint(timing.confidence * LEVELS).astype(np.uint8)),
        "spoken": theme.packed(timing.spoken.astype(np.uint8)),
        "spans": theme.packed(spans),
        "warp": None if timing.warp is None else warp(timing.warp),
    }


def warp(found: Warp) -> dict[str, Any]:
    """Write a path and the costs around it.

    Args:
        found: of S cells, between N frames of the anchor and M of the sound.

    Returns:
        `rows`, `columns`: cells of the picture; `top`, `bottom`, `left`, `right`: the seconds its edges stand for, of the anchor down
        and of the sound across; `costs`: (rows * columns) bytes as base64, from `low` (0) to `high` (255), the least of each cell,
        so that a path of one frame's width is never lost; `path`: (C, 2) little-endian float32 as base64, seconds of the sound and of
        the anchor where the path turns; `cost`, the path's; `frames`, [N, M]; `metric`; `colours`, (256, 4) bytes as base64.
    """
    costs, (tall, wide) = pooled(_even(found.preview, found.preview_query, found.preview_key), CELLS)
    low, high = float(costs.min()), float(np.quantile(costs, BRIGHTEST))
    scaled = (costs - low) / ((high - low) or 1.0) * LEVELS
    down, across = found.preview_query, found.preview_key
    return {
        "rows": costs.shape[0],
        "columns": costs.shape[1],
        "top": float(down.starts[0]),
        "bottom": _edge(down, costs.shape[0] * tall),
        "left": float(across.starts[0]),
        "right": _edge(across, costs.shape[1] * wide),
        "costs": theme.packed(np.clip(np.rint(scaled), 0, LEVELS).astype(np.uint8)),
        "low": low,
        "high": high,
        "path": theme.packed(corners(found).astype(np.float32)),
        "cost": float(found.cost),
        "frames": [len(found.query), len(found.key)],
        "metric": found.metric,
        "colours": theme.packed(theme.colours("cost")),
    }


def corners(found: Warp, most: int = CORNERS) -> np.ndarray:
    """Give the points at which a path turns: straight runs need only their ends.

    Args:
        found: a path of S cells.
        most: points to give; beyond them, evenly chosen ones are kept.

    Returns:
        Shape (C, 2), C <= `most`: seconds of the sound, seconds of the anchor, the path's two ends among them.
    """
    path = found.path
    turns = (np.diff(path, 2, axis=0) != 0).any(1)  # (S - 2,)
    kept = np.flatnonzero(np.concatenate([[True], turns, [True]])) if len(path) > 2 else np.arange(len(path))
    if len(kept) > most:
        kept = kept[np.unique(np.linspace(0, len(kept) - 1, most).round().astype(int))]
    return np.stack([found.key.starts[path[kept, 1]], found.query.starts[path[kept, 0]]], axis=1)


def pooled(values: np.ndarray, most: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Make a picture of costs smaller; a cell keeps the least of what it stands for.

    Args:
        values: shape (P, R).
        most: cells to keep.

    Returns:
        Shape (P', R') with at most `most` cells, the values as they are where they are few enough; and how many of the rows and of
        the columns one cell stands for, the last one maybe for fewer.
    """
    rows, columns = values.shape
    step = int(np.ceil(np.sqrt(rows * columns / most))) if rows * columns > most else 1
    tall, wide = min(step, rows), min(step, columns)
    while -(-rows // tall) * -(-columns // wide) > most:  # a picture of one row is made narrower alone
        tall, wide = min(tall + 1, rows), min(wide + 1, columns)
    down = np.minimum.reduceat(values, np.arange(0, rows, tall), axis=0)
    return np.minimum.reduceat(down, np.arange(0, columns, wide), axis=1), (tall, wide)


def sound(peaks: np.ndarray, spectrum: np.ndarray) -> dict[str, Any]:
    """Write what the sound looks like.

    Args:
        peaks: shape (P, 2), uint8; lowest and highest sample of equal stretches of the sound, 128 is zero.
        spectrum: shape (B, C), uint8; how loud each of B bands is in C equal stretches, low bands first.

    Returns:
        `peaks` and `spectrum` (bytes as base64, row by row), `bands`, `columns`, and `colours` of the spectrum, (256, 4) bytes as base64.
    """
    bands, columns = spectrum.shape
    facts = {"peaks": theme.packed(peaks), "spectrum": theme.packed(spectrum), "bands": bands, "columns": columns}
    return facts | {"colours": theme.packed(theme.colours("mass"))}


def _edge(axis: TimeAxis, cells: int) -> float:
    """Give the seconds at which so many cells of an axis end, those beyond its own end included."""
    return float(axis.starts[0] + (axis.ends[-1] - axis.starts[0]) * cells / len(axis))


def _even(values: np.ndarray, down: TimeAxis, across: TimeAxis) -> np.ndarray:
    """Lay cells of unequal length on an even grid; each cell of it has the least of those that reach into it."""
    return _even_rows(_even_rows(values, down).T, across).T


def _even_rows(values: np.ndarray, axis: TimeAxis) -> np.ndarray:
    edges = np.append(axis.starts, axis.ends[-1])
    length = (edges[-1] - edges[0]) / len(axis)
    if np.abs(np.diff(edges) - length).max() <= EVEN * length:
        return values
    grid = edges[0] + length * np.arange(len(axis) + 1)
    first = np.clip(np.searchsorted(edges, grid[:-1] + 1e-9, "right") - 1, 0, len(axis) - 1)
    last = np.clip(np.searchsorted(edges, grid[1:] - 1e-9, "left") - 1, first, len(axis) - 1)
    return np.stack([values[a : b + 1].min(0) for a, b in zip(first, last, strict=True)])
