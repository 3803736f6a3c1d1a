"""The triplet loss with the hardest negative of the batch."""

from typing import TYPE_CHECKING

from mmviz.objectives.gradient import check_above
from mmviz.registry import objectives

if TYPE_CHECKING:
    import torch


@objectives.add("triplet", title="Triplet, hardest negative", paper="Faghri et al., 2018, arXiv:1707.05612")
def triplet(scores: "torch.Tensor", *, margin: float = 0.2) -> "torch.Tensor":
    """Push away the strongest wrong partner of each text and of each picture.

    Args:
        scores: shape (N, N), cosines, row i belonging to column i.
        margin: by how much a pair is to score above its strongest wrong partner; at least 0.

    Returns:
        Mean over the N pairs of the hinge along the row and that along the column. Of equal negatives the first is the hardest.

    Raises:
        MethodError: `margin` is below 0.

    Source:
        Faghri et al., 2018, the "max of hinges", arXiv:1707.05612 (the sum over pairs there is a mean here).
    """
    import torch

    check_above("margin", margin, 0)
    own = scores.diagonal()
    wrong = scores.masked_fill(torch.eye(len(scores), dtype=torch.bool, device=scores.device), -torch.inf)
    hinges = [torch.relu(margin + wrong.max(axis).values - own) for axis in (1, 0)]
    return (hinges[0] + hinges[1]).mean()
