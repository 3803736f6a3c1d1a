"""Which things a detector finds in a picture, and how sure it is of each."""

from dataclasses import replace
from typing import Any

import numpy as np

from mmviz.axes import ItemAxis, RegionAxis
from mmviz.errors import MethodError
from mmviz.findings import Bins, Boxed, Finding, Plot, Ranking, Shown
from mmviz.probes.given import Given
from mmviz.probes.thumbnails import cut, small
from mmviz.registry import probes
from mmviz.trusts import Remark

#: From which score boxes are looked at, how many are listed, pixels of the picture and of a listed one, intervals of the plot.
FAINT, LISTED, SIDE, SMALL, INTERVALS = 0.02, 60, 288, 48, 20


@probes.add("boxes", title="Boxes", needs={"detect"}, takes=set(), paper="Tian et al., 2019, arXiv:1904.01355")
def boxes(checkpoint: Any, given: Given, *, threshold: float = 0.3) -> Finding:
    """Show the boxes a detector finds in the picture, with names and scores.

    Args:
        checkpoint: leased; of any family that detects.
        given: a pair; the text is not read.
        threshold: boxes of a lower score are not shown to begin with, but found all the same, from .02 on; 0 to 1.

    Returns:
        The picture with all its boxes and the threshold; all boxes by their score, sixty at most, with the share of the picture each
        covers; and how many boxes there are of every score.

    Raises:
        MethodError: `threshold` is out of its range.
    """
    if not 0 <= threshold <= 1:
        raise MethodError(f"threshold={threshold} is no score of a box; give a number from 0 to 1.")
    axis = checkpoint.family.functions["detect"](checkpoint, [given.image], threshold=min(FAINT, threshold))[0]
    axis = _sorted(axis)
    count, pixels = int((axis.scores >= threshold).sum()), given.image.pixels
    picture = Shown("boxes", small(pixels, SIDE), Boxed(axis, threshold, "found_boxes"))
    rankings = (_ranked(axis, pixels),) if len(axis) else ()
    plots = (_spread(axis, threshold),)
    return Finding(checkpoint.name, checkpoint.id, _said(axis, count, threshold), rankings, plots, (picture,))


def _sorted(axis: RegionAxis) -> RegionAxis:
    """Set the surest box first."""
    order = np.argsort(-axis.scores, kind="stable")
    return replace(axis, boxes=axis.boxes[order], names=tuple(axis.names[place] for place in order), scores=axis.scores[order])


def _ranked(axis: RegionAxis, pixels: np.ndarray) -> Ranking:
    sizes = (axis.boxes[:LISTED, 2:] - axis.boxes[:LISTED, :2]).prod(1)
    values = np.stack([axis.scores[:LISTED], sizes], axis=1).astype(np.float64)
    cuts = tuple(small(cut(pixels, box), SMALL) for box in axis.boxes[:LISTED])
    return Ranking("found_boxes", ItemAxis(axis.names[:LISTED]), ("box_score", "covers"), values, (), cuts)


def _spread(axis: RegionAxis, threshold: float) -> Plot:
    edges = np.linspace(0, 1, INTERVALS + 1)
    counts = np.histogram(np.clip(axis.scores, 0, 1), edges)[0].astype(np.float64)
    return Plot("boxes_by_score", Bins(edges), "box_score", "boxes_counted", counts, (("threshold", threshold),))


def _said(axis: RegionAxis, count: int, threshold: float) -> tuple[Remark, ...]:
    """Say how many were found, and what comes next below the threshold."""
    facts = {"count": count, "threshold": threshold}
    said = [Remark("boxes_found", facts) if count else Remark("no_box_found", facts, is_warning=True)]
    if count < len(axis):
        facts = {"name": axis.names[count], "score": float(axis.scores[count]), "rest": len(axis) - count}
        said.append(Remark("next_box", facts))
    return tuple(said)
