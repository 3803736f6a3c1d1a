"""How good found boxes are where the true ones are known: average precision."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Boxes:
    """Boxes of one picture.

    Attributes:
        boxes: shape (R, 4); x0, y0, x1, y1.
        names: R of them.
        scores: shape (R,); how sure each is; of true boxes nothing is asked.
    """

    boxes: np.ndarray
    names: tuple[str, ...]
    scores: np.ndarray


def average_precision(found: Sequence[Boxes], true: Sequence[Boxes], overlap: float) -> tuple[float, dict[str, float]]:
    """Average precision over all points of recall, as in PASCAL VOC since 2010 (Everingham et al., 2015).

    A found box is right when its name is that of a true box it overlaps by enough and no surer box took that one; of several
    true boxes it takes the one it overlaps most. Precision at a recall is the best there is at that recall or a higher one.

    Args:
        found, true: of the same N pictures.
        overlap: intersection over union from which a box is right.

    Returns:
        Of all boxes in one ranking, and by name, of every name that is among the true ones. From 0 to 1.
    """
    rows = judged(found, true, overlap)
    scores = np.concatenate([mine.scores for mine in found]) if found else np.zeros(0)
    right = np.concatenate(rows) if rows else np.zeros(0, bool)
    named = np.array([name for mine in found for name in mine.names])
    wanted = np.array([name for theirs in true for name in theirs.names])
    by_name = {
        name: _area(scores[named == name], right[named == name], int((wanted == name).sum())) for name in sorted(set(wanted))
    }
    return _area(scores, right, len(wanted)), by_name


def figures(every: Sequence[Boxes], given: Sequence[Boxes], true: Sequence[Boxes]) -> dict[str, tuple[float, int]]:
    """Say how good a detector is.

    Args:
        every: all it finds, however faint.
        given: what it gives when nobody asks for more.
        true: what there is.

    Returns:
        Value and number of cases of each figure: `ap50`, `ap75`, of all boxes in one ranking; `ap50_mean_of_things`, the mean over names;
        of those given `found`, the share of true boxes found, and `right`, that of boxes that are right, both at an overlap of .5.
    """
    together, by_name = average_precision(every, true, 0.5)
    many, right = sum(len(one.names) for one in true), np.concatenate([np.zeros(0, bool), *judged(given, true, 0.5)])
    return {
        "ap50": (together, many),
        "ap50_mean_of_things": (float(np.mean(list(by_name.values()) or [0.0])), many),
        "ap75": (average_precision(every, true, 0.75)[0], many),
        "found": (float(right.sum()) / max(many, 1), many),
        "right": (float(right.mean()) if len(right) else 0.0, len(right)),
    }


def judged(found: Sequence[Boxes], true: Sequence[Boxes], overlap: float) -> list[np.ndarray]:
    """Say of every picture which found boxes are right, (R,), bool; arguments as of `average_precision`."""
    return [_judged(mine, theirs, overlap) for mine, theirs in zip(found, true, strict=True)]


def overlaps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Give intersection over union of every box of (N, 4) with every one of (M, 4): (N, M)."""
    low, high = np.maximum(first[:, None, :2], second[:, :2]), np.minimum(first[:, None, 2:], second[:, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(-1) for boxes in (first, second)]
    return shared / np.maximum(areas[0][:, None] + areas[1] - shared, 1e-12)


def _judged(mine: Boxes, theirs: Boxes, overlap: float) -> np.ndarray:
    """Say which found boxes of one picture are right, (R,), bool."""
    right, shared = np.zeros(len(mine.names), bool), overlaps(mine.boxes.reshape(-1, 4), theirs.boxes.reshape(-1, 4))
    free = np.ones(len(theirs.names), bool)
    for place in np.argsort(-mine.scores, kind="stable"):
        same = np.array([name == mine.names[place] for name in theirs.names], bool)
        possible = np.where(same & free, shared[place], 0.0)
        if len(possible) and possible.max() >= overlap:
            right[place], free[possible.argmax()] = True, False
    return right


def _area(scores: np.ndarray, right: np.ndarray, wanted: int) -> float:
    """Measure the area under best precision by recall."""
    hits = np.cumsum(right[np.argsort(-scores, kind="stable")])
    precision = hits / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    gained = np.diff(hits, prepend=0)
    return float((best * gained).sum() / wanted) if wanted else 0.0
