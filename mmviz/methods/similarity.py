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
def similarity(encoding: Encoding) -> Alignment:
    """Compare each query unit's vector with each key unit's by their cosine.

    Args:
        encoding: Q and K vectors of unit norm in one space: under "pair" those of a contrast head, or of the last layer of
            one stream. A unit the model does not read has the cosine 0 with everything.

    Returns:
        Cosines, shape (Q, K), scale "cosine", in [-1, 1].

    Source:
        Zhou et al., 2022, section 3.2, arXiv:2112.01071: the image tower's patches, projected as its summary is.
    """
    cosines = encoding.query_embeds @ encoding.key_embeds.T  # (Q, K)
    return encoding.alignment(np.clip(cosines, -1, 1), scale="cosine")
