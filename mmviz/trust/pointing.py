"""Pointing: whether a map's strongest patch lies where the unit's thing is."""

import numpy as np

from mmviz.registry import scores
from mmviz.trust.evidence import Evidence


@scores.add("pointing", title="Pointing", needs={"boxes"}, paper="Zhang et al., 2018, arXiv:1608.00507")
def pointing(evidence: Evidence) -> float | None:
    """Ask whether the strongest patch lies in the true box.

    Args:
        evidence: with boxes.

    Returns:
        1 or 0; the share that lies inside where several patches are equally strong. None where the model sees nothing of
        the boxes.

    Source:
        Zhang et al., 2018, section 4.2 (the pointing game), arXiv:1608.00507.
    """
    inside = inside_boxes(evidence.alignment.key.boxes, evidence.boxes)
    strengths = evidence.strengths
    return float(inside[strengths == strengths.max()].mean()) if inside.any() else None


def inside_boxes(patches: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Tell which patches (K, 4) hit one of N boxes (N, 4): their centre lies in it, or its centre in them; (K,), bool.

    A box may be smaller than a patch, and then no patch's centre need lie in it.
    """
    x, y = (patches[:, 0] + patches[:, 2]) / 2, (patches[:, 1] + patches[:, 3]) / 2
    hits = np.zeros(len(patches), bool)
    for x0, y0, x1, y1 in boxes:
        hits |= (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
        u, v = (x0 + x1) / 2, (y0 + y1) / 2
        hits |= (u >= patches[:, 0]) & (u < patches[:, 2]) & (v >= patches[:, 1]) & (v < patches[:, 3])
    return hits
