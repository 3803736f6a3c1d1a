"""Sinks: whether a map's weight sits on a few patches, whatever the word."""

import numpy as np

from mmviz.axes import RegionAxis
from mmviz.registry import scores
from mmviz.trust.evidence import Evidence, weights
from mmviz.trust.pointing import inside_boxes
from mmviz.trust.word_similarity import smallest

#: Share of the patches that count as the strongest; at least one patch.
STRONGEST = 0.01
#: A sink holds at least this share of the weight.
HOLDS = 0.15
#: Of the other words at least this share put there at least this part of what the judged one does.
WORDS, PART = 0.75, 0.5
#: Around a sink of a single map, patches have at most this part of its weight; a thing reaches into its neighbours.
AROUND = 0.12


@scores.add("sinks", title="Weight on the strongest 1 %", needs={"alignment"}, paper="Darcet et al., 2024, arXiv:2309.16588")
def sinks(evidence: Evidence) -> float | None:
    """Measure the share of the map's weight that sits on its strongest 1 % of patches, at least one patch.

    Args:
        evidence: the map.

    Returns:
        0 to 1; None where the map is the same everywhere.

    Source:
        Darcet et al., 2024, section 2.1, arXiv:2309.16588: a few patches, often of the background, gather what the model
        keeps of the whole picture.
    """
    return None if evidence.is_flat else float(_shares(evidence)[evidence.row, strongest(evidence)].sum())


def strongest(evidence: Evidence) -> np.ndarray:
    """Find the strongest 1 % of a map's patches, at least one: their places."""
    count = max(1, round(STRONGEST * len(evidence.strengths)))
    return np.argsort(-evidence.strengths, kind="stable")[:count]


def is_sink(evidence: Evidence) -> bool:
    """Tell whether the strongest patches hold much of the weight for a reason that is not the word.

    They do where most other words have their weight there too, or, where there is no other word, where they stand alone as
    no thing would. What lies in a known box is no sink.
    """
    places, shares = strongest(evidence), _shares(evidence)
    held = shares[evidence.row, places].sum()
    if evidence.is_flat or held < HOLDS:
        return False
    if evidence.boxes is not None and inside_boxes(evidence.alignment.key.boxes, evidence.boxes)[places].all():
        return False
    others = _other_words(evidence)
    if not others:
        return _around(evidence, places) <= AROUND
    return bool(np.mean(shares[others][:, places].sum(1) >= PART * held) >= WORDS)


def _shares(evidence: Evidence) -> np.ndarray:
    """Scale every map's weights to sum 1, shape (Q, K); a map without weight stays 0."""
    found = weights(evidence.alignment)
    return found / np.maximum(found.sum(1, keepdims=True), np.finfo(np.float32).tiny)


def _other_words(evidence: Evidence) -> list[int]:
    """List the smallest units that share no character with the judged one and have a map."""
    query, maps = evidence.alignment.query, weights(evidence.alignment)
    start, end = query.spans[evidence.row]
    apart = [row for row in smallest(query) if query.spans[row, 1] <= start or query.spans[row, 0] >= end]
    return [row for row in apart if maps[row].any()]


def _around(evidence: Evidence, places: np.ndarray) -> float:
    """Compare the weight around some patches with theirs: mean over up to eight neighbours, of the strongest of them."""
    if isinstance(evidence.alignment.key, RegionAxis):
        return 1.0  # what lies side by side in a list of regions is not side by side in the picture: nothing stands alone
    grid = weights(evidence.alignment)[evidence.row].reshape(evidence.alignment.key.grid)
    rows, columns = np.indices(grid.shape)
    row, column = np.unravel_index(places[0], grid.shape)
    near = np.maximum(abs(rows - row), abs(columns - column)) == 1
    near.ravel()[places] = False
    return float(grid[near].mean() / grid[row, column]) if near.any() else 0.0
