"""Shallow models of bags of visual words and terms; Transformers has none, these are its `PreTrainedModel`s."""

import torch
from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel

from mmviz.models import sift


class BagsConfig(PreTrainedConfig):
    """Sizes of a model of bags.

    Attributes:
        visual_words: entries of the codebook, V.
        terms: words of the texts, T.
        hidden_size: of the one hidden layer, where there is one.
        projection_dim: of the joint space, D.
        logit_scale: what cosines were multiplied by where they were trained as logits.
    """

    visual_words: int = 1024
    terms: int = 1000
    hidden_size: int = 256
    projection_dim: int = 64
    logit_scale: float = 10.0


class Bags(PreTrainedModel):
    """What both models keep of the features: buffers, for they are counted and not learned by the loss.

    Attributes:
        codebook: shape (V, 384): visual words.
        visual_idf, term_idf: shapes (V,) and (T,).
        image_projection, text_projection: from a bag, (B, V) or (B, T), to the joint space, (B, D).
    """

    config_class = BagsConfig
    base_model_prefix = ""
    main_input_name = "visual"

    def __init__(self, config: BagsConfig):
        super().__init__(config)
        self.register_buffer("codebook", torch.zeros(config.visual_words, sift.WIDTH))
        self.register_buffer("visual_idf", torch.ones(config.visual_words))
        self.register_buffer("term_idf", torch.ones(config.terms))
        self.image_projection = self.projection(config.visual_words)
        self.text_projection = self.projection(config.terms)
        self.post_init()

    def projection(self, width: int) -> nn.Module:
        """Make one side's way from a bag of `width` into the joint space."""
        raise NotImplementedError

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)


class LmnnConfig(BagsConfig):
    """Of an `LmnnModel`; `hidden_size` means nothing there."""

    model_type = "lmnn"


class LmnnModel(Bags):
    """Two linear maps into one space, in which a text lies near its picture: -|A x - B y|^2."""

    config_class = LmnnConfig

    def projection(self, width: int) -> nn.Module:
        """Make A or B."""
        return Straight(width, self.config.projection_dim)

    def forward(self, visual: torch.Tensor, terms: torch.Tensor) -> torch.Tensor:
        """Score every text with every picture: bags (M, V) and (N, T) to (N, M), -|A x - B y|^2."""
        images, texts = self.image_projection(visual), self.text_projection(terms)
        return -(texts[:, None] - images[None]).square().sum(-1)


class CmnConfig(BagsConfig):
    """Of a `CmnModel`."""

    model_type = "cmn"


class CmnModel(Bags):
    """Two networks of one hidden layer into one space, compared by the cosine."""

    config_class = CmnConfig

    def projection(self, width: int) -> nn.Module:
        """Make one network."""
        return Bent(width, self.config.hidden_size, self.config.projection_dim)

    def forward(self, visual: torch.Tensor, terms: torch.Tensor) -> torch.Tensor:
        """Score every text with every picture: bags (M, V) and (N, T) to (N, M), cosines."""
        images, texts = self.image_projection(visual), self.text_projection(terms)
        return nn.functional.normalize(texts, dim=1) @ nn.functional.normalize(images, dim=1).T


class Straight(nn.Module):
    """A linear map without bias."""

    def __init__(self, width: int, to: int):
        super().__init__()
        self.linear = nn.Linear(width, to, bias=False)

    def forward(self, bags: torch.Tensor) -> torch.Tensor:
        """Map bags, (B, width), to (B, to)."""
        return self.linear(bags)

    def parts(self, bag: torch.Tensor, parts: torch.Tensor) -> torch.Tensor:
        """Map parts of a bag, (P, width): what each adds to the bag's vector, (P, to)."""
        return self.linear(parts)


class Bent(nn.Module):
    """One hidden layer of rectified units, no biases: between kinks it is linear, and nothing comes of nothing."""

    def __init__(self, width: int, hidden: int, to: int):
        super().__init__()
        self.inner, self.outer = nn.Linear(width, hidden, bias=False), nn.Linear(hidden, to, bias=False)

    def forward(self, bags: torch.Tensor) -> torch.Tensor:
        """Map bags, (B, width), to (B, to)."""
        return self.outer(self.inner(bags).relu())

    def parts(self, bag: torch.Tensor, parts: torch.Tensor) -> torch.Tensor:
        """Give what each part of a bag, (P, width), adds to its vector: the Jacobian at the bag, (width,), times the part, (P, to).

        As the network has no bias, parts that sum up to the bag have vectors that sum up to its vector.
        """
        return self.outer(self.inner(parts) * (self.inner(bag[None]) > 0))
