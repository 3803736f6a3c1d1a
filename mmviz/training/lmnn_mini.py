"""Train lmnn-mini: keypoints and terms in one space, pulled together and pushed apart with a large margin.

    python -m mmviz train lmnn-mini

Weinberger and Saul, 2009, JMLR 10, 207-244, equations 11 to 13: with D(i, j) = |L (x_i - x_j)|^2 the loss is (1 - m) times the sum of
D(i, j) over target neighbours j of i ("pull") and m times that of [1 + D(i, j) - D(i, l)]+ over impostors l ("push").
Made for two kinds of things: a picture is the vector (x, 0), a text (0, -y), and L = [A B], so that D = |A x - B y|^2. Target
neighbours are a picture and its captions, known beforehand as in the paper; impostors are the other texts of a batch for a
picture, the other pictures for a text, never two of one kind. The paper's active set of impostors is a batch here, and L is
found by gradient steps on A and B, not by a semidefinite program in L'L.
"""

from typing import Any

import torch

from mmviz.models.nets.bags import LmnnConfig, LmnnModel
from mmviz.training import bags, loop
from mmviz.training.bags import Options

#: What the figures should reach.
GOALS = bags.GOALS

#: m of equation 13: as much push as pull, as the paper has it.
PUSH = 0.5


def main(minutes: float = 0.5, seed: int = 0) -> dict[str, Any]:
    """Train, evaluate, write `models/lmnn-mini/`; returns the figures."""
    options = Options("lmnn-mini", minutes=minutes, seed=seed)
    loop.join_processes()
    made = bags.features(options)
    torch.manual_seed(seed)
    model = LmnnModel(LmnnConfig(visual_words=options.visual_words, terms=len(made.terms), projection_dim=options.projection))
    bags.train(model, made, options, large_margin)
    about = "A bilinear match of colour SIFT keypoints and TF-IDF terms, learned with a large margin"
    return bags.write(model, made, options, "LMNN mini", about)


def large_margin(texts: torch.Tensor, images: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
    """Pull each text and its picture together, and push impostors beyond a margin of 1.

    Args:
        texts, images: B y and A x, shape (B, D), row i belonging to row i.

    Returns:
        (1 - m) pull + m push, the mean over pairs and both directions; and figures to print.
    """
    apart = squared(texts, images)  # (B, B)
    pull = apart.diagonal()
    own = torch.eye(len(apart), dtype=torch.bool)
    push = [(1 + pull[:, None] - table).relu().masked_fill(own, 0).sum(1).mean() for table in (apart, apart.T)]
    loss = (1 - PUSH) * pull.mean() + PUSH * sum(push) / 2
    right = (apart.argmin(1) == torch.arange(len(apart))).float().mean()
    return loss, {"loss": loss.item(), "pull": pull.mean().item(), "right": right.item()}


def squared(texts: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Give all squared distances, (B, D) and (M, D) to (B, M)."""
    return (texts.square().sum(1)[:, None] + images.square().sum(1) - 2 * texts @ images.T).clamp_min(0)


if __name__ == "__main__":
    main()
