"""InfoNCE: each text picks its picture among all, and each picture its text."""

from typing import TYPE_CHECKING

from mmviz.objectives.gradient import check_above
from mmviz.registry import objectives

if TYPE_CHECKING:
    import torch


@objectives.add(
    "infonce", title="InfoNCE", paper="van den Oord et al., 2018, arXiv:1807.03748; Radford et al., 2021, arXiv:2103.00020"
)
def infonce(scores: "torch.Tensor", *, temperature: float = 0.07) -> "torch.Tensor":
    """Make each pair the likeliest of its row and of its column.

    Args:
        scores: shape (N, N), cosines, row i belonging to column i.
        temperature: scores are divided by it; at least 0.0001.

    Returns:
        Mean over the N pairs of half the cross-entropy along the row and half of that along the column.

    Raises:
        MethodError: `temperature` is too low.

    Source:
        Radford et al., 2021, Figure 3, arXiv:2103.00020.
    """
    import torch

    check_above("temperature", temperature, 1e-4)
    logits, own = scores / temperature, torch.arange(len(scores), device=scores.device)
    cross_entropy = torch.nn.functional.cross_entropy
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2
