"""Shuffled: whether the map depends on what the model has learnt."""

from mmviz.registry import scores
from mmviz.trust.evidence import Evidence
from mmviz.trust.ranks import correlation


@scores.add("shuffled", title="Likeness to random weights'", needs={"shuffled"}, paper="Adebayo et al., 2018, arXiv:1810.03292")
def shuffled(evidence: Evidence) -> float | None:
    """Correlate the map with the same method's on a model whose blocks are random.

    Args:
        evidence: with the map of that model.

    Returns:
        Rank correlation, -1 to 1: near 0 the map comes from what was learnt, near 1 from the picture and the method alone.
        None where one of the maps is the same everywhere.

    Source:
        Adebayo et al., 2018, section 3.1 (model parameter randomization), arXiv:1810.03292.
    """
    return correlation(evidence.strengths, evidence.shuffled)
