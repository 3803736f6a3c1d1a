"""ALBEF: a picture encoder, a text encoder, and layers that fuse them, put together from Transformers' BLIP."""

import torch
from huggingface_hub.dataclasses import strict
from torch import nn
from transformers import BlipTextConfig, BlipVisionConfig, PreTrainedConfig, PreTrainedModel
from transformers.masking_utils import create_bidirectional_mask
from transformers.models.bert.modeling_bert import BertPredictionHeadTransform
from transformers.models.blip.modeling_blip import BlipVisionModel
from transformers.models.blip.modeling_blip_text import BlipTextEncoder, BlipTextModel

MODEL_TYPE = "mmviz-albef"


@strict
class AlbefConfig(PreTrainedConfig):
    """Sizes of an ALBEF.

    Attributes:
        vision_config: of the picture encoder, a BlipVisionConfig.
        text_config: of the text encoder, a BlipTextConfig that is no decoder; layers of fusion have its sizes too.
        fusion_layers: how many layers read the text with cross-attention to the picture.
        projection_dim: of the space of the contrast.
        teacher: the checkpoint has the momentum model as well.
        initializer_range: deviation of fresh matrices.
    """

    model_type = MODEL_TYPE
    sub_configs_defaults = {"vision_config": BlipVisionConfig, "text_config": BlipTextConfig}

    vision_config: dict | BlipVisionConfig | None = None
    text_config: dict | BlipTextConfig | None = None
    fusion_layers: int = 6
    projection_dim: int = 256
    teacher: bool = False
    initializer_range: float = 0.02


class Encoders:
    """What trained and momentum model both have: the encoders, the layers of fusion, projections and the head of masked words."""

    config: AlbefConfig

    def build(self, config: AlbefConfig) -> None:
        """Make the parts; `fusion` has cross-attention, `text_encoder` has none."""
        text = config.text_config
        across = BlipTextConfig(
            **text.to_dict()
            | {"is_decoder": True, "encoder_hidden_size": config.vision_config.hidden_size}
            | {"num_hidden_layers": config.fusion_layers}
        )
        across._attn_implementation = "eager"
        self.vision_model = BlipVisionModel._from_config(config.vision_config)
        self.text_encoder = BlipTextModel._from_config(text, add_pooling_layer=False)
        self.fusion = BlipTextEncoder(across)
        self.vision_proj = nn.Linear(config.vision_config.hidden_size, config.projection_dim)
        self.text_proj = nn.Linear(text.hidden_size, config.projection_dim)
        self.word_head = BertPredictionHeadTransform(text)
        self.word_bias = nn.Parameter(torch.zeros(text.vocab_size))

    def fuse(self, states: torch.Tensor, attention_mask: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Read texts, as the text encoder hands them on, with cross-attention to pictures.

        Args:
            states: last states of the text encoder, shape (B, T, width).
            attention_mask: shape (B, T), 1 where a token stands.
            seen: last states of the picture encoder, shape (B, 1 + K, vision width).

        Returns:
            States after the last layer of fusion, shape (B, T, width).
        """
        mask = create_bidirectional_mask(config=self.fusion.config, inputs_embeds=states, attention_mask=attention_mask)
        return self.fusion(states, attention_mask=mask, encoder_hidden_states=seen).last_hidden_state

    def words(self, states: torch.Tensor) -> torch.Tensor:
        """Say which token each fused state (..., width) stands for: logits (..., vocabulary)."""
        return self.word_head(states) @ self.text_encoder.embeddings.word_embeddings.weight.T + self.word_bias


class Teacher(Encoders, nn.Module):
    """The momentum model: a running mean of the trained one's weights, which gives it soft targets."""

    def __init__(self, config: AlbefConfig):
        super().__init__()
        self.config = config
        self.build(config)


class AlbefModel(Encoders, PreTrainedModel):
    """ALBEF (Li et al., 2021, arXiv:2107.07651), its momentum model beside it where the checkpoint has one.

    The text passes through `text_encoder`, which the contrast reads, and then through `fusion`, whose layers look at the picture:
    cross-attention runs from text to picture alone. Layers are those of BERT and of a Vision Transformer, as Transformers' BLIP has them.
    """

    config_class = AlbefConfig
    config: AlbefConfig
    base_model_prefix = "albef"
    input_modalities = ("image", "text")
    _no_split_modules = ["BlipTextLayer", "BlipEncoderLayer"]

    def __init__(self, config: AlbefConfig):
        super().__init__(config)
        self.build(config)
        self.itm_head = nn.Linear(config.text_config.hidden_size, 2)
        self.temperature = nn.Parameter(torch.tensor(0.07))
        self.teacher = Teacher(config) if config.teacher else None
        self.post_init()

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, pixel_values: torch.Tensor) -> torch.Tensor:
        """Match texts with pictures.

        Args:
            input_ids, attention_mask: shape (B, T).
            pixel_values: shape (B, 3, H, W).

        Returns:
            Logits of no match and match, shape (B, 2).
        """
        seen = self.vision_model(pixel_values=pixel_values).last_hidden_state
        read = self.text_encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.itm_head(self.fuse(read, attention_mask, seen)[:, 0])
