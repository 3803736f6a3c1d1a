"""The loss of an objective and its gradient by every score."""

from typing import Any

import numpy as np

from mmviz.errors import MethodError
from mmviz.registry import Entry


def differentiate(objective: Entry, scores: np.ndarray, options: dict[str, Any]) -> tuple[float, np.ndarray]:
    """Run an objective forward and back.

    Args:
        objective: of the registry.
        scores: shape (N, N), row i belonging to column i.
        options: of the objective.

    Returns:
        The mean loss, and its gradient by each score, shape (N, N), float64.

    Raises:
        MethodError: an option is out of its range, or takes the numbers beyond all bounds.
    """
    import torch

    leaf = torch.tensor(scores, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        loss = objective.run(leaf, **options)
        (gradient,) = torch.autograd.grad(loss, leaf)
    if not (torch.isfinite(loss) and torch.isfinite(gradient).all()):
        said = ", ".join(f"{name}={value}" for name, value in options.items())
        raise MethodError(f"{objective.name} with {said} takes these scores beyond all numbers; choose options nearer to 1.")
    return loss.item(), gradient.numpy()


def check_above(name: str, value: float, low: float) -> None:
    """See that an option is at least `low`.

    Raises:
        MethodError: it is lower.
    """
    if not value >= low:
        raise MethodError(f"{name} is {value:g}; it must be at least {low:g}. Choose a larger one.")
