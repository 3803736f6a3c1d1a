"""Which things a detector finds in a picture, and how sure it is of each."""

from typing import Any

import numpy as np

from mmviz.axes import ItemAxis, RegionAxis
from mmviz.errors import MethodError
from mmviz.findings import Bins, Finding, Plot, Ranking, Shown
from mmviz.probes.given import Given
from mmviz.probes.thumbnails import cut, framed, small
from mmviz.registry import probes
from mmviz.trusts import Remark

#: From which score boxes are looked at, how many are listed, pixels of the picture and of a listed one, intervals of the plot.
FAINT, LISTED, SIDE, SMALL, INTERVALS = 0.02, 40, 128, 64, 20


@probes.add("boxes", title="Boxes", needs={"detect"}, takes=set(), paper="Tian et al., 2019, arXiv:1904.01355")
def boxes(checkpoint: Any, given: Given, *, threshold: float = 0.3) -> Finding:
    """Show the boxes a detector finds in the picture, with names and scores.

    Args:
        checkpoint: leased; of any family that detects.
        given: a pair; the text is not read.
        threshold: boxes of a lower score are not shown; 0 to 1.

    Returns:
        The picture with a frame around each box of at least that score; those boxes by their score, with the share of the picture each
        covers; and how many boxes there are of every score, also of those that are not shown.

    Raises:
        MethodError: `threshold` is out of its range.
    """
    if not 0 <= threshold <= 1:
        raise MethodError(f"threshold={threshold} is no score of a box; give a number from 0 to 1.")
    axis = checkpoint.family.functions["detect"](checkpoint, [given.image], threshold=min(FAINT, threshold))[0]
    order = np.argsort(-axis.scores, kind="stable")
    shown = order[axis.scores[order] >= threshold]
    pixels = given.image.pixels
    picture = Shown("boxes", framed(small(pixels, SIDE), axis.boxes[shown]))
    rankings = (_ranked(axis, shown[:LISTED], pixels),) if len(shown) else ()
    return Finding(
        checkpoint.name, checkpoint.id, _said(axis, shown, order, threshold), rankings, (_spread(axis, threshold),), (picture,)
    )


def _ranked(axis: RegionAxis, shown: np.ndarray, pixels: np.ndarray) -> Ranking:
    sizes = (axis.boxes[shown, 2:] - axis.boxes[shown, :2]).prod(1)
    values = np.stack([axis.scores[shown], sizes], axis=1).astype(np.float64)
    cuts = tuple(small(cut(pixels, axis.boxes[place]), SMALL) for place in shown)
    return Ranking(
        "found_boxes", ItemAxis(tuple(axis.names[place] for place in shown)), ("box_score", "covers"), values, (), cuts
    )


def _spread(axis: RegionAxis, threshold: float) -> Plot:
    edges = np.linspace(0, 1, INTERVALS + 1)
    counts = np.histogram(np.clip(axis.scores, 0, 1), edges)[0].astype(np.float64)
    return Plot("boxes_by_score", Bins(edges), "box_score", "boxes_counted", counts, (("threshold", threshold),))


def _said(axis: RegionAxis, shown: np.ndarray, order: np.ndarray, threshold: float) -> tuple[Remark, ...]:
    """Say how many were found, and what comes next below the threshold."""
    facts = {"count": len(shown), "threshold": threshold}
    said = [Remark("boxes_found", facts) if len(shown) else Remark("no_box_found", facts, is_warning=True)]
    below = order[len(shown) :]
    if len(below):
        said.append(Remark("next_box", {"name": axis.names[below[0]], "score": float(axis.scores[below[0]]), "rest": len(below)}))
    return tuple(said)
