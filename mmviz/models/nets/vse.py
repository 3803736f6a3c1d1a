"""VSE++: a recurrent network reads the caption, a vision tower sees the picture, both end in one joint space."""

import torch
from huggingface_hub.dataclasses import strict
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModel, PreTrainedConfig, PreTrainedModel, initialization
from transformers.modeling_outputs import BaseModelOutputWithPooling

MODEL_TYPE = "mmviz-vse"


@strict
class VseConfig(PreTrainedConfig):
    """Sizes of a VSE++.

    Attributes:
        vision_config: of the picture's tower, a CLIPVisionConfig.
        vocab_size: tokens of the text.
        word_dim: width of a token's embedding.
        projection_dim: width of the recurrent network's state, which is the joint space.
        max_position_embeddings: tokens that are read, special ones included; the network itself has no limit.
        pad_token_id: what fills a text up.
        initializer_range: deviation of fresh matrices and embeddings.
    """

    model_type = MODEL_TYPE
    sub_configs_defaults = {"vision_config": CLIPVisionConfig}

    vision_config: dict | CLIPVisionConfig | None = None
    vocab_size: int = 30522
    word_dim: int = 300
    projection_dim: int = 1024
    max_position_embeddings: int = 80
    pad_token_id: int | None = 0
    initializer_range: float = 0.1


class VseModel(PreTrainedModel):
    """VSE++ (Faghri et al., 2018, arXiv:1707.05612), its image network a CLIP vision tower.

    As in the paper the text's vector is the state of a one-way GRU behind the last token, which is the joint space itself, and the
    picture's is linear in the tower's pooled state; where the paper has a ResNet there is a Vision Transformer. Names of parts and
    functions are those of `CLIPModel`.
    """

    config_class = VseConfig
    config: VseConfig
    base_model_prefix = "vse"
    input_modalities = ("image", "text")
    _no_split_modules = ["CLIPEncoderLayer", "CLIPVisionEmbeddings"]
    _supports_sdpa = True
    _supports_attention_backend = True

    def __init__(self, config: VseConfig):
        super().__init__(config)
        self.vision_model = CLIPVisionModel._from_config(config.vision_config)
        self.visual_projection = nn.Linear(config.vision_config.hidden_size, config.projection_dim)
        self.word_embedding = nn.Embedding(config.vocab_size, config.word_dim, padding_idx=config.pad_token_id)
        self.gru = nn.GRU(config.word_dim, config.projection_dim, batch_first=True)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, nn.GRU):
            for name, parameter in module.named_parameters():
                # PyTorch's own rule; the base class knows only that of LSTMs
                edge = module.hidden_size**-0.5
                initialization.uniform_(parameter, -edge, edge) if "weight" in name else initialization.zeros_(parameter)

    def get_text_features(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> BaseModelOutputWithPooling:
        """Read texts.

        Args:
            input_ids: shape (B, T), filled up behind.
            attention_mask: shape (B, T), 1 at tokens, 0 at what fills up.

        Returns:
            `last_hidden_state` (B, T, D), the state behind every token; `pooler_output` (B, D), that behind the last one. Both lie in
            the joint space, before they are scaled to length 1.
        """
        states, _ = self.gru(self.word_embedding(input_ids))  # (B, T, D)
        last = attention_mask.sum(1) - 1  # (B,)
        pooled = states[torch.arange(len(states), device=states.device), last]
        return BaseModelOutputWithPooling(last_hidden_state=states, pooler_output=pooled)

    def get_image_features(self, pixel_values: torch.Tensor) -> BaseModelOutputWithPooling:
        """See pictures (B, 3, H, W): `last_hidden_state` (B, 1 + K, width) of the tower, `pooler_output` (B, D) in the joint space."""
        seen = self.vision_model(pixel_values=pixel_values)
        return BaseModelOutputWithPooling(
            last_hidden_state=seen.last_hidden_state, pooler_output=self.visual_projection(seen.pooler_output)
        )

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, pixel_values: torch.Tensor) -> torch.Tensor:
        """Compare texts and pictures: cosines, shape (B texts, B' pictures)."""
        texts = self.get_text_features(input_ids, attention_mask).pooler_output
        images = self.get_image_features(pixel_values).pooler_output
        return nn.functional.normalize(texts, dim=-1) @ nn.functional.normalize(images, dim=-1).T
