"""Agreement: how alike the maps of several methods are."""

import numpy as np

from mmviz.registry import scores
from mmviz.trust.evidence import Evidence, strengths
from mmviz.trust.ranks import correlation
from mmviz.trusts import Agreement


@scores.add("agreement", title="Agreement of methods", needs={"others"}, paper="Krishna et al., 2022, arXiv:2202.01602")
def agreement(evidence: Evidence) -> Agreement | None:
    """Correlate the maps that several methods draw of the same unit.

    Args:
        evidence: with other methods' alignments on the same axes.

    Returns:
        Every method with every other by rank correlation, the judged one first; None where there is no other.

    Source:
        Krishna et al., 2022, section 3.2 (rank correlation), arXiv:2202.01602.
    """
    if not evidence.others:
        return None
    alignments = (evidence.alignment, *evidence.others)
    maps = [strengths(alignment)[evidence.row] for alignment in alignments]
    table = np.array([[correlation(one, other) for other in maps] for one in maps], float)  # None becomes NaN
    return Agreement(tuple(alignment.method for alignment in alignments), table)
