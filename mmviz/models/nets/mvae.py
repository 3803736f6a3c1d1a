"""MVAE: picture and text are each an expert on one latent, whose product says what both know; either may be missing."""

import torch
from huggingface_hub.dataclasses import strict
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModel, PreTrainedConfig, PreTrainedModel, initialization
from transformers.modeling_outputs import BaseModelOutputWithPooling

MODEL_TYPE = "mmviz-mvae"
#: Log variances of experts lie between these, so that no precision is 0 or overflows half precision.
LOG_VARIANCE = (-8.0, 8.0)


@strict
class MvaeConfig(PreTrainedConfig):
    """Sizes of an MVAE.

    Attributes:
        vision_config: of the picture's tower, a CLIPVisionConfig.
        vocab_size: tokens of the text.
        word_dim: width of a token's embedding.
        text_width: width of the recurrent network's state.
        latent_dim: width of the latent.
        grid: patches are averaged in so many rows and columns, which go into the picture's expert side by side.
        grid_width: width their averages are reduced to before.
        decoder_width: channels of the coarsest pictures in the picture's decoder.
        decoder_patch: side of the square of pixels its last layer gives at once; 4 times that must divide the picture's side.
        max_position_embeddings: tokens that are read, special ones included.
        pad_token_id: what fills a text up.
        initializer_range: deviation of fresh matrices and embeddings.
    """

    model_type = MODEL_TYPE
    sub_configs_defaults = {"vision_config": CLIPVisionConfig}

    vision_config: dict | CLIPVisionConfig | None = None
    vocab_size: int = 30522
    word_dim: int = 64
    text_width: int = 192
    latent_dim: int = 96
    grid_width: int = 48
    grid: int = 4
    decoder_width: int = 64
    decoder_patch: int = 4
    max_position_embeddings: int = 80
    pad_token_id: int | None = 0
    initializer_range: float = 0.1


class PictureDecoder(nn.Module):
    """From latents (B, D) to pictures (B, 3, H, W) of values between 0 and 1: transposed convolutions, then squares of pixels."""

    def __init__(self, config: MvaeConfig):
        super().__init__()
        width, patch, side = config.decoder_width, config.decoder_patch, config.vision_config.image_size
        if side % (4 * patch):
            raise ValueError(f"decoder_patch={patch} gives no pictures of {side} pixels; 4 times it must divide their side")
        self.start = side // (4 * patch)
        self.spread = nn.Linear(config.latent_dim, width * self.start**2)
        self.first = nn.ConvTranspose2d(width, width, 4, stride=2, padding=1)
        self.second = nn.ConvTranspose2d(width, 3 * width // 4, 4, stride=2, padding=1)
        self.third = nn.Conv2d(3 * width // 4, 3 * width // 4, 3, padding=1)
        self.last = nn.Conv2d(3 * width // 4, 3 * patch**2, 1)
        self.shuffle = nn.PixelShuffle(patch)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Draw."""
        coarse = nn.functional.silu(self.spread(latents)).view(len(latents), -1, self.start, self.start)
        for layer in (self.first, self.second, self.third):
            coarse = nn.functional.silu(layer(coarse))
        return self.shuffle(self.last(coarse)).sigmoid()  # (B, 3, H, W)


class MvaeModel(PreTrainedModel):
    """MVAE (Wu and Goodman, 2018, arXiv:1802.05335) of a picture and a text.

    Each modality has an expert, a Gaussian over the latent; the prior, a standard Gaussian, is one more; their product is a
    Gaussian again. The picture's expert is linear in a Vision Transformer's CLS state and averages of its patches' states; the
    text's in the mean of a GRU's states, so that its mean is the average of what every token's state says by itself. The text is
    decoded as a bag of words: every token of the vocabulary is there or not, independently, given the latent and the text's script.
    """

    config_class = MvaeConfig
    config: MvaeConfig
    base_model_prefix = "mvae"
    input_modalities = ("image", "text")
    _no_split_modules = ["CLIPEncoderLayer", "CLIPVisionEmbeddings"]
    _supports_sdpa = True
    _supports_attention_backend = True

    def __init__(self, config: MvaeConfig):
        super().__init__(config)
        vision = config.vision_config
        self.vision_model = CLIPVisionModel._from_config(vision)
        self.patch_reduction = nn.Linear(vision.hidden_size, config.grid_width)
        self.image_expert = nn.Linear(vision.hidden_size + config.grid_width * config.grid**2, 2 * config.latent_dim)
        self.word_embedding = nn.Embedding(config.vocab_size, config.word_dim, padding_idx=config.pad_token_id)
        self.gru = nn.GRU(config.word_dim, config.text_width, batch_first=True)
        self.text_expert = nn.Linear(config.text_width, 2 * config.latent_dim)
        self.image_decoder = PictureDecoder(config)
        self.text_decoder = nn.Linear(config.latent_dim, config.vocab_size)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, nn.GRU):
            for name, parameter in module.named_parameters():
                # PyTorch's own rule; the base class knows only that of LSTMs
                edge = module.hidden_size**-0.5
                initialization.uniform_(parameter, -edge, edge) if "weight" in name else initialization.zeros_(parameter)

    def read(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Read texts.

        Args:
            input_ids: shape (B, T), filled up behind.
            attention_mask: shape (B, T), 1 at tokens, 0 at what fills up.

        Returns:
            Mean and log variance of the text's expert, shape (B, latent_dim) each.
        """
        states, _ = self.gru(self.word_embedding(input_ids))  # (B, T, text_width)
        real = attention_mask.unsqueeze(-1).to(states.dtype)
        return self._gaussian(self.text_expert((states * real).sum(1) / real.sum(1)))

    def token_means(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Give what the text's expert would have for a mean if it read one token's state alone: (B, T, latent_dim).

        Their average over a text's tokens is the mean of `read`.
        """
        states, _ = self.gru(self.word_embedding(input_ids))
        return self.text_expert(states)[..., : self.config.latent_dim]

    def look(self, pixel_values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See pictures (B, 3, H, W): mean and log variance of the picture's expert, shape (B, latent_dim) each."""
        return self.judge(*self.gather(self.vision_model(pixel_values=pixel_values)))

    def gather(self, seen: BaseModelOutputWithPooling) -> tuple[torch.Tensor, torch.Tensor]:
        """Take CLS (B, hidden) and averages of patches in `grid` rows and columns, (B, grid², hidden), off what the tower gave."""
        patches = self.vision_model.post_layernorm(seen.last_hidden_state[:, 1:]).transpose(1, 2)  # (B, hidden, K)
        side = round(patches.shape[-1] ** 0.5)
        averages = nn.functional.adaptive_avg_pool2d(patches.unflatten(2, (side, side)), self.config.grid)
        return seen.pooler_output, averages.flatten(2).transpose(1, 2)

    def judge(self, summary: torch.Tensor, averages: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the picture's expert of what was gathered."""
        return self._gaussian(self.image_expert(torch.cat([summary, self.patch_reduction(averages).flatten(1)], 1)))

    def _gaussian(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, log_variance = values.chunk(2, -1)
        return mean, log_variance.clamp(*LOG_VARIANCE)

    def decode(self, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give pictures (B, 3, H, W), 0 to 1, and logits of every token (B, vocab_size), off latents (B, latent_dim)."""
        return self.image_decoder(latents), self.text_decoder(latents)

    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        pixel_values: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give mean and log variance of the product of the prior and the experts of what is there, (B, latent_dim) each."""
        experts = [] if input_ids is None else [self.read(input_ids, attention_mask)]
        experts += [] if pixel_values is None else [self.look(pixel_values)]
        if not experts:
            raise ValueError("a text or a picture is needed; of neither there is only the prior")
        return product(experts)


def product(experts: list[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Multiply Gaussian experts with the standard Gaussian prior.

    Args:
        experts: mean and log variance of each, all of one shape; at least one.

    Returns:
        Mean and log variance of the product: V = (1 + sum of 1 / V_i) ** -1 and V (sum of mean_i / V_i); the prior's
        precision is 1 and its mean 0.

    Source:
        Wu and Goodman, 2018, equation 4 and section 2.2, arXiv:1802.05335; Cao and Fleet, 2014, arXiv:1410.7827.
    """
    precisions = [torch.exp(-log_variance) for _, log_variance in experts]
    total = 1 + sum(precisions)
    mean = sum(mean * precision for (mean, _), precision in zip(experts, precisions, strict=True)) / total
    return mean, -torch.log(total)
