"""Similarity of every text unit and every patch in the joint space."""

import numpy as np

from mmviz.registry import methods
from mmviz.results import Alignment, Encoding


@methods.add(
    "similarity",
    title="Similarity",
    needs={"query_embeds", "key_embeds"},
    targets=("prompt", "context", "pair"),
    paper="Zhou et al., 2022, arXiv:2112.01071",
)
def similarity(encoding: Encoding, *, centred: bool = False) -> Alignment:
    """Compare each query unit's vector with each key unit's by their cosine.

    Args:
        encoding: Q and K vectors of unit norm in one space: under "pair" those of a contrast head, or of the last layer of
            one stream. A unit the model does not read has the cosine 0 with everything.
        centred: take the average of the scene's patches off each of them first, so that what sets a patch apart is compared;
            one that is nothing but the average has the cosine 0.

    Returns:
        Cosines, shape (Q, K), scale "cosine", in [-1, 1].

    Source:
        Zhou et al., 2022, section 3.2, arXiv:2112.01071: the image tower's patches, projected as its summary is.
        Taking off the average: Mu and Viswanath, 2018, section 3, arXiv:1702.01417.
    """
    key_embeds = _centred(encoding.key_embeds) if centred else encoding.key_embeds
    cosines = encoding.query_embeds @ key_embeds.T  # (Q, K)
    return encoding.alignment(np.clip(cosines, -1, 1), scale="cosine")


def _centred(vectors: np.ndarray) -> np.ndarray:
    """Take the average off vectors (K, D), and scale them to length 1 again."""
    apart = vectors - vectors.mean(0)
    lengths = np.linalg.norm(apart, axis=1, keepdims=True)
    return np.divide(apart, lengths, out=np.zeros_like(apart), where=lengths > 1e-6)
