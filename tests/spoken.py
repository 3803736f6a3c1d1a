"""Times of words made by hand, with a path that is known, for tests of what draws them."""

import re

import numpy as np

from mmviz.axes import TextAxis, TimeAxis
from mmviz.timings import Timing, Warp

HOP = 0.01


def frames(count: int, hop: float = HOP, start: float = 0.0) -> TimeAxis:
    starts = start + np.arange(count) * hop
    return TimeAxis(starts, starts + hop)


def warp(n: int, m: int, most: int = 300) -> Warp:
    """A path that goes down n frames while it goes across m, steeper at first; its costs are low along it."""
    across = np.arange(m)
    down = np.minimum(n - 1, np.round((n - 1) * (across / max(1, m - 1)) ** 0.8).astype(int))
    path = [(0, 0)]
    for column in range(1, m):
        first = min(down[column], down[column - 1] + 1)
        path.extend((row, column) for row in range(first, down[column] + 1))
    path = np.array(path)
    rows, columns = min(n, most), min(m, most)
    picture = np.full((rows, columns), 5, np.float32) + np.abs(np.subtract.outer(np.arange(rows), np.arange(columns))) / 50
    picture[path[:, 0] * rows // n, path[:, 1] * columns // m] = 1
    query, key = frames(n), frames(m)
    pooled = {"preview_query": frames(rows, n * HOP / rows), "preview_key": frames(columns, m * HOP / columns)}
    return Warp(
        path,
        query,
        key,
        float(len(path)),
        np.ones(len(path), np.float32),
        picture.astype(np.float32),
        **pooled,
        metric="euclidean",
    )


def timing(text: str = "the grey cat sat on the mat", seconds: float = 4.2, language: str = "en", **changed) -> Timing:
    """Words of equal length over the middle of a sound; the fourth was not spoken, the second is unsure."""
    spans = np.array([found.span() for found in re.finditer(r"\S+" if language == "en" else r"\S", text)])
    count = len(spans)
    edges = np.linspace(0.2, seconds - 0.6, count + 1)
    sure, spoken = np.full(count, 0.9), np.ones(count, bool)
    sure[1:2], sure[3:4], spoken[3:4] = 0.4, 0.05, False
    axis = TextAxis(text, spans, ("word",) * count, np.zeros(count, bool), np.zeros(count, bool))
    about = {
        "starts": edges[:-1],
        "ends": edges[1:],
        "confidence": sure,
        "spoken": spoken,
        "gaps": np.array([[seconds - 0.5, seconds - 0.1]]),
    }
    facts = {"matches": 0.8, "aligner": "dtw", "language": language, "unit": "word", "seconds": seconds}
    if "warp" not in changed:
        facts["warp"] = warp(int(seconds * 70), int(seconds * 100))
    return Timing(axis, tuple(axis.labels), **{**about, **facts, **changed})
