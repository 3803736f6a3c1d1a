"""Where one score stands among those of other texts."""

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
    order = np.argsort(-others, kind="stable")[:STRONGEST]
    best = tuple((bank.items.names[i], float(others[i])) for i in order)
    return Standing(name, len(others), float(score), float(np.mean(others < score)), best, bank.checkpoint)
