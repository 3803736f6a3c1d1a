"""IoU: how well a map's strongest patches cover where the unit's thing is."""

import numpy as np

from mmviz.registry import scores
from mmviz.trust.curves import strongest_first
from mmviz.trust.evidence import Evidence
from mmviz.trust.pointing import inside_boxes


@scores.add("iou", title="Overlap with the box", needs={"boxes"}, paper="Everingham et al., 2010, IJCV 88, 303-338")
def iou(evidence: Evidence) -> float | None:
    """Lay as many of the strongest patches as the box covers over the box, and divide what they share by their union.

    As many patches as the box has need no threshold, so that maps of every scale can be compared.

    Args:
        evidence: with boxes.

    Returns:
        0 to 1; None where the model sees nothing of the boxes.

    Source:
        Everingham et al., 2010, equation 2, International Journal of Computer Vision 88, 303-338.
    """
    inside = inside_boxes(evidence.alignment.key.boxes, evidence.boxes)
    if not inside.any():
        return None
    chosen = np.zeros(len(inside), bool)
    chosen[strongest_first(evidence.strengths)[: inside.sum()]] = True
    return float((chosen & inside).sum() / (chosen | inside).sum())
