"""The sigmoid loss: every cell of the matrix is a question of its own."""

from typing import TYPE_CHECKING

from mmviz.objectives.gradient import check_above
from mmviz.registry import objectives

if TYPE_CHECKING:
    import torch


@objectives.add("sigmoid", title="Sigmoid", paper="Zhai et al., 2023, arXiv:2303.15343")
def sigmoid(scores: "torch.Tensor", *, temperature: float = 0.1, bias: float = -10.0) -> "torch.Tensor":
    """Say yes to each pair and no to every other cell, each for itself.

    Args:
        scores: shape (N, N), cosines, row i belonging to column i.
        temperature: scores are divided by it; at least 0.0001.
        bias: added to every logit; there are N - 1 times more cells to deny than to affirm.

    Returns:
        Mean over the N pairs of the sum along the row of -log sigmoid(z), z = +(score / temperature + bias) for the pair and
        minus that for all others. The defaults are where the paper's training begins.

    Raises:
        MethodError: `temperature` is too low.

    Source:
        Zhai et al., 2023, section 3.2 and Algorithm 1, arXiv:2303.15343.
    """
    import torch

    check_above("temperature", temperature, 1e-4)
    sign = 2 * torch.eye(len(scores), dtype=scores.dtype, device=scores.device) - 1
    return -torch.nn.functional.logsigmoid(sign * (scores / temperature + bias)).sum() / len(scores)
