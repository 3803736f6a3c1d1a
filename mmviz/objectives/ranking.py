"""The ranking loss over all negatives of the batch."""

from typing import TYPE_CHECKING

from mmviz.objectives.gradient import check_above
from mmviz.registry import objectives

if TYPE_CHECKING:
    import torch


@objectives.add("ranking", title="Ranking, all negatives", paper="Kiros et al., 2014, arXiv:1411.2539")
def ranking(scores: "torch.Tensor", *, margin: float = 0.2) -> "torch.Tensor":
    """Push away every wrong partner that comes within a margin of the right one.

    Args:
        scores: shape (N, N), cosines, row i belonging to column i.
        margin: by how much a pair is to score above every wrong partner; at least 0.

    Returns:
        Mean over the N pairs of the sum of hinges along the row and along the column.

    Raises:
        MethodError: `margin` is below 0.

    Source:
        Kiros et al., 2014, the pairwise ranking loss, arXiv:1411.2539 (the sum over pairs there is a mean here).
    """
    import torch

    check_above("margin", margin, 0)
    own = scores.diagonal()
    wrong = ~torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    hinges = torch.relu(margin + scores - own[:, None]) + torch.relu(margin + scores - own[None])
    return (hinges * wrong).sum() / len(scores)
