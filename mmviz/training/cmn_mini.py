"""Train cmn-mini: the features of lmnn-mini through two networks of one hidden layer, compared by the cosine.

    python -m mmviz train cmn-mini

Both ways of contrast over a batch (InfoNCE) with a learned temperature, as CLIP has it; the same scenes, codebook and terms as
lmnn-mini, so that the two differ in the networks and the loss alone.
"""

import math
from typing import Any

import torch
from torch import nn

from mmviz.models.nets.bags import CmnConfig, CmnModel
from mmviz.objectives.infonce import infonce
from mmviz.training import bags, loop
from mmviz.training.bags import Options

#: What the figures should reach.
GOALS = bags.GOALS


def main(minutes: float = 0.7, seed: int = 0) -> dict[str, Any]:
    """Train, evaluate, write `models/cmn-mini/`; returns the figures."""
    options = Options("cmn-mini", minutes=minutes, seed=seed)
    loop.join_processes()
    made = bags.features(options)
    torch.manual_seed(seed)
    sizes = {"hidden_size": options.hidden, "projection_dim": options.projection}
    model = CmnModel(CmnConfig(visual_words=options.visual_words, terms=len(made.terms), **sizes))
    temperature = nn.Parameter(torch.tensor(math.log(10.0)))

    def contrast(texts: torch.Tensor, images: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
        return contrasted(texts, images, temperature.exp().clamp(max=100))

    bags.train(model, made, options, contrast, [temperature])
    model.config.logit_scale = round(float(temperature.detach().exp().clamp(max=100)), 3)
    about = "Two networks of one hidden layer over colour SIFT keypoints and TF-IDF terms, compared by the cosine"
    return bags.write(model, made, options, "CMN mini", about)


def contrasted(texts: torch.Tensor, images: torch.Tensor, scale: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
    """Contrast each text with all pictures and each picture with all texts; (B, D) each, row i belonging to row i."""
    cosines = nn.functional.normalize(texts, dim=1) @ nn.functional.normalize(images, dim=1).T
    loss = infonce(scale * cosines, temperature=1.0)
    right = (cosines.argmax(1) == torch.arange(len(cosines))).float().mean()
    return loss, {"loss": loss.item(), "right": right.item(), "scale": scale.item()}


if __name__ == "__main__":
    main()
