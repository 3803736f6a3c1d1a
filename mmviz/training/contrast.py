"""InfoNCE on captions some of which are true of several pictures, or are edits of each other."""

import torch

from mmviz.objectives.infonce import infonce

#: Takes a place out of a softmax.
NEVER = -1e4


def across(logits: torch.Tensor, true: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Contrast every caption with all pictures, those left out that it is true of as well, and the other way round.

    Args:
        logits: shape (B, B), captions down, pictures across, each caption's own picture on the diagonal.
        true: shape (B, B), bool; which captions are true of which other pictures.

    Returns:
        The loss, and whether each caption finds its picture, shape (B,).
    """
    possible = logits.masked_fill(true, NEVER)
    return infonce(possible, temperature=1.0), possible.argmax(1) == torch.arange(len(logits))


def within(logits: torch.Tensor, true: torch.Tensor, group: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Contrast captions and pictures within each group of edits.

    Args:
        logits, true: as of `across`.
        group: number of each caption's group, shape (B,).

    Returns:
        The loss, 0 where no group has two captions; which captions stand in a group, shape (B,); and whether each of those
        finds its picture there, one value a grouped caption.
    """
    same = group[:, None] == group[None]
    grouped = same.sum(1) > 1
    if not grouped.any():
        return logits.new_zeros(()), grouped, grouped[:0]
    inside = logits.masked_fill(~same | true, NEVER)[grouped][:, grouped]
    return infonce(inside, temperature=1.0), grouped, inside.argmax(1) == torch.arange(len(inside))
