"""Contributions: what every pair of a word and a place adds to the score, where the model adds it up."""

import numpy as np

from mmviz.registry import methods
from mmviz.results import Alignment, Encoding


@methods.add(
    "contributions",
    title="Contributions",
    needs={"contributions"},
    targets=("prompt", "context", "pair"),
    paper="Ancona et al., 2018, arXiv:1711.06104",
    left_out="remainder",
)
def contributions(encoding: Encoding) -> Alignment:
    """Split the score over pairs of a text unit and a region, as the model adds it up.

    Args:
        encoding: with contributions.

    Returns:
        Shape (Q, K), scale "effect": what each pair adds to the unit's score, below zero what it takes off. `left_out` of the row
        "text", and under "prompt" of every row, is what the score has beside: row + left_out = score. Under "pair" and
        "context" a word's row is its share of the whole text's and lacks nothing.

    Source:
        Ancona et al., 2018, section 2 (gradient times input) and proposition 2 (exact where the score is linear in what it is split over),
        arXiv:1711.06104.
    """
    found = np.asarray(encoding.contributions, np.float32)
    whole = np.full(len(found), np.nan, np.float32)
    if encoding.unit_scores is not None:
        whole[:] = encoding.unit_scores
    whole[-1] = encoding.score.value
    sums = found.astype(np.float64).sum(1)
    return encoding.alignment(found, scale="effect", left_out=np.where(np.isnan(whole), 0, whole - sums))
