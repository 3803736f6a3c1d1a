"""Where one score stands among those of other texts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmviz.matrices import Standing
from mmviz.results import Embeds

STRONGEST = 5


def stand(text: np.ndarray, image: np.ndarray, bank: Embeds, name: str) -> Standing:
    """Compare a text's cosine with a picture with those of a bank's texts.

    Args:
        text, image: shape (D,), unit norm.
        bank: n vectors of texts, unit norm; the text itself is not among them.
        name: of the bank.

    Returns:
        The standing; a text of the bank that scores the same is not lower.
    """
    exact = image.astype(np.float64)  # equal vectors score the same, alone or among others
    score, others = np.float32(text @ exact), (bank.vectors @ exact).astype(np.float32)  # (n,)
    return place(float(score), others, bank.items.names, bank=name, checkpoint=bank.checkpoint)


def place(score: float, others: np.ndarray, names: Sequence[str], **facts: Any) -> Standing:
    """Set a score among others.

    Args:
        score: of the text.
        others: shape (n,), in the same unit; one that is the same is not lower.
        names: the n texts they are of.
        facts: the other fields of a Standing.
    """
    order = np.argsort(-others, kind="stable")[:STRONGEST]
    best = tuple((names[i], float(others[i])) for i in order)
    return Standing(n=len(others), score=score, percentile=float(np.mean(others < score)), best=best, **facts)
