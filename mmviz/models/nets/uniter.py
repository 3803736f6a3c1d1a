"""UNITER: tokens of a text and regions of a picture in one Transformer, put together from Transformers' BERT."""

import torch
from huggingface_hub.dataclasses import strict
from torch import nn
from transformers import BertConfig, BertModel, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.models.bert.modeling_bert import BertPredictionHeadTransform

from mmviz.models.nets.detector import DetectorConfig, DetectorModel

MODEL_TYPE = "mmviz-uniter"


@strict
class UniterConfig(PreTrainedConfig):
    """Sizes of a UNITER.

    Attributes:
        text_config: of the one Transformer, a BertConfig.
        detector_config: of the detector that finds the regions, as a DetectorConfig writes it; None where regions come from files.
        region_dim: width of a region's features.
        region_classes: things a masked region may turn out to be.
        threshold: the score below which the detector's boxes are no regions.
        max_regions: of more, the surest are read.
        initializer_range: deviation of fresh matrices.
    """

    model_type = MODEL_TYPE
    sub_configs_defaults = {"text_config": BertConfig}

    text_config: dict | BertConfig | None = None
    detector_config: dict | None = None
    region_dim: int = 2048
    region_classes: int = 1601
    threshold: float = 0.2
    max_regions: int = 100
    initializer_range: float = 0.02


class RegionEmbeddings(nn.Module):
    """What a region looks like plus where it lies plus "a region": a LayerNorm of each of the first two, and one of the sum."""

    def __init__(self, config: UniterConfig):
        super().__init__()
        width, eps = config.text_config.hidden_size, config.text_config.layer_norm_eps
        self.img_linear, self.img_layer_norm = nn.Linear(config.region_dim, width), nn.LayerNorm(width, eps=eps)
        self.pos_linear, self.pos_layer_norm = nn.Linear(7, width), nn.LayerNorm(width, eps=eps)
        self.mask_embedding = nn.Embedding(2, config.region_dim, padding_idx=0)
        self.LayerNorm = nn.LayerNorm(width, eps=eps)
        self.dropout = nn.Dropout(config.text_config.hidden_dropout_prob)

    def forward(self, features: torch.Tensor, places: torch.Tensor, kind: torch.Tensor) -> torch.Tensor:
        """Embed regions: features (B, R, F), places (B, R, 7), and the type "region", (width,): (B, R, width)."""
        seen = self.img_layer_norm(self.img_linear(features)) + self.pos_layer_norm(self.pos_linear(places))
        return self.dropout(self.LayerNorm(seen + kind))


class UniterModel(PreTrainedModel):
    """UNITER (Chen et al., 2020, arXiv:1909.11740), with the heads of its pre-training and, where it has one, its detector."""

    config_class = UniterConfig
    config: UniterConfig
    base_model_prefix = "uniter"
    input_modalities = ("image", "text")
    _no_split_modules = ["BertLayer"]
    _supports_sdpa = True
    _supports_attention_backend = True

    def __init__(self, config: UniterConfig):
        super().__init__(config)
        text = config.text_config
        width, eps = text.hidden_size, text.layer_norm_eps
        self.bert = BertModel._from_config(text)
        self.region_embeddings = RegionEmbeddings(config)
        self.match_head = nn.Linear(width, 2)
        self.word_head = BertPredictionHeadTransform(text)
        self.word_bias = nn.Parameter(torch.zeros(text.vocab_size))
        self.feature_head = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width, eps=eps))
        self.feature_bias = nn.Parameter(torch.zeros(config.region_dim))
        self.class_head = nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width, eps=eps), nn.Linear(width, config.region_classes)
        )
        found = config.detector_config
        self.detector = None if found is None else DetectorModel._from_config(DetectorConfig(**found))
        self.post_init()

    def embed_text(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Embed tokens (B, T) with their places in the text: (B, T, width)."""
        return self.bert.embeddings(input_ids=input_ids)

    def embed_regions(self, features: torch.Tensor, places: torch.Tensor, masked: torch.Tensor | None = None) -> torch.Tensor:
        """Embed regions.

        Args:
            features: shape (B, R, F).
            places: x0, y0, x1, y1, width, height and area as fractions, shape (B, R, 7).
            masked: shape (B, R), bool; whose features are hidden: one learned vector is in their stead.

        Returns:
            Shape (B, R, width).
        """
        if masked is not None:
            features = features.masked_fill(masked[..., None], 0) + self.region_embeddings.mask_embedding(masked.long())
        return self.region_embeddings(features, places, self.bert.embeddings.token_type_embeddings.weight[1])

    def forward(self, embeds: torch.Tensor, attention_mask: torch.Tensor) -> BaseModelOutputWithPooling:
        """Read tokens and regions together.

        Args:
            embeds: of tokens, then of regions, shape (B, S, width).
            attention_mask: shape (B, S), 1 where something stands, 0 at what fills up.

        Returns:
            `last_hidden_state` (B, S, width), `pooler_output` (B, width), made of the first position's.
        """
        closed = (1.0 - attention_mask.to(embeds)[:, None, None]) * torch.finfo(embeds.dtype).min  # (B, 1, 1, S)
        states = self.bert.encoder(embeds, attention_mask=closed).last_hidden_state
        return BaseModelOutputWithPooling(last_hidden_state=states, pooler_output=self.bert.pooler(states))

    def words(self, states: torch.Tensor) -> torch.Tensor:
        """Say which token each state (..., width) stands for: logits (..., vocabulary)."""
        return self.word_head(states) @ self.bert.embeddings.word_embeddings.weight.T + self.word_bias

    def features(self, states: torch.Tensor) -> torch.Tensor:
        """Say what the features of the region of each state (..., width) are: (..., F)."""
        return self.feature_head(states) @ self.region_embeddings.img_linear.weight + self.feature_bias
