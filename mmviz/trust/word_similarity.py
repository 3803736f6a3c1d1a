"""Word similarity: how alike the maps of different words are."""

from itertools import combinations

import numpy as np

from mmviz.axes import TextAxis
from mmviz.registry import scores
from mmviz.trust.evidence import Evidence, strengths
from mmviz.trust.ranks import correlation


@scores.add(
    "word_similarity",
    title="Likeness of words' maps",
    needs={"alignment"},
    paper="Spearman, 1904, American Journal of Psychology 15",
)
def word_similarity(evidence: Evidence) -> float | None:
    """Correlate the maps of every two words: where they are all alike, a map says little about its word.

    Args:
        evidence: the maps of all units.

    Returns:
        Mean rank correlation over pairs of the smallest units, -1 to 1; None where there are no two whose maps differ
        from patch to patch.

    Source:
        Spearman, 1904, American Journal of Psychology 15, 72-101.
    """
    maps = strengths(evidence.alignment)
    found = [correlation(maps[i], maps[j]) for i, j in combinations(smallest(evidence.alignment.query), 2)]
    found = [value for value in found if value is not None]
    return float(np.mean(found)) if found else None


def smallest(query: TextAxis) -> list[int]:
    """List the rows of the smallest units: tokens or words, whatever stands beside them."""
    return [row for row, kind in enumerate(query.kinds) if kind == query.kinds[0]]
