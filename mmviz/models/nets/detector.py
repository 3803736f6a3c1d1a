"""A detector without anchors: every patch of a vision tower says which thing it shows, where that thing ends, and how sure it is."""

from dataclasses import dataclass

import torch
from huggingface_hub.dataclasses import strict
from torch import nn
from torch.nn import functional as F
from transformers import CLIPVisionConfig, CLIPVisionModel, PreTrainedConfig, PreTrainedModel

MODEL_TYPE = "mmviz-detector"


@strict
class DetectorConfig(PreTrainedConfig):
    """Sizes of a detector; its things are `id2label`.

    Attributes:
        vision_config: of the tower, a CLIPVisionConfig.
        feature_layers: after which layers patches are read, counted from 1.
        head_width: channels of the head.
        initializer_range: deviation of fresh matrices.
    """

    model_type = MODEL_TYPE
    sub_configs_defaults = {"vision_config": CLIPVisionConfig}

    vision_config: dict | CLIPVisionConfig | None = None
    feature_layers: tuple[int, ...] | list[int] = (2, 4, 5)
    head_width: int = 128
    initializer_range: float = 0.02


@dataclass(frozen=True)
class Dense:
    """What every patch says, K patches row by row.

    Attributes:
        classes: logits of the thing, shape (B, K, C).
        boxes: x0, y0, x1, y1 as fractions of the square the tower sees, shape (B, K, 4); they may reach outside of it.
        quality: logit of how well the patch's box covers a thing, shape (B, K).
        states: what the head read of the tower, shape (B, K, layers * width of the tower).
    """

    classes: torch.Tensor
    boxes: torch.Tensor
    quality: torch.Tensor
    states: torch.Tensor

    @property
    def scores(self) -> torch.Tensor:
        """Probability of the strongest thing times the expected overlap, shape (B, K)."""
        return self.classes.softmax(-1).amax(-1) * self.quality.sigmoid()


class DetectorModel(PreTrainedModel):
    """A head of convolutions on the patches of a CLIP vision tower.

    One prediction a patch: distances from its middle to the four edges of the thing it shows, as in FCOS (Tian et al., 2019,
    arXiv:1904.01355), and in place of FCOS's centre-ness the expected overlap of that box with the thing, as in VarifocalNet (Zhang et
    al., 2021, arXiv:2008.13367). There is one scale, for all things of a picture lie within a few patches' size of each other.
    """

    config_class = DetectorConfig
    config: DetectorConfig
    base_model_prefix = "detector"
    input_modalities = ("image",)
    main_input_name = "pixel_values"
    _no_split_modules = ["CLIPEncoderLayer", "CLIPVisionEmbeddings"]
    _supports_sdpa = True
    _supports_attention_backend = True

    def __init__(self, config: DetectorConfig):
        super().__init__(config)
        vision, width = config.vision_config, config.head_width
        depth, asked = vision.num_hidden_layers, tuple(config.feature_layers)
        if not asked or not all(1 <= layer <= depth for layer in asked):
            raise ValueError(f"feature_layers must be some of 1 to {depth}, got {asked}")
        self.vision_model = CLIPVisionModel._from_config(vision)
        self.reduce = nn.Conv2d(len(config.feature_layers) * vision.hidden_size, width, 1)
        self.convolutions = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(3))
        self.class_head = nn.Conv2d(width, config.num_labels, 1)
        self.box_head = nn.Conv2d(width, 4, 1)
        self.quality_head = nn.Conv2d(width, 1, 1)
        self.post_init()

    @property
    def side(self) -> int:
        """Patches across and down."""
        return self.config.vision_config.image_size // self.config.vision_config.patch_size

    def see(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """Read pictures (B, 3, H, W) by the tower: `Dense.states`, those of every layer with mean 0 and variance 1."""
        hidden = self.vision_model(pixel_values=pixel_values, output_hidden_states=True).hidden_states
        read = [hidden[layer][:, 1:] for layer in self.config.feature_layers]  # of (B, K, width)
        return torch.cat([F.layer_norm(states, states.shape[-1:]) for states in read], dim=-1)  # (B, K, layers * width)

    def forward(self, pixel_values: torch.Tensor) -> Dense:
        """Ask every patch of pictures (B, 3, H, W)."""
        return self.tell(self.see(pixel_values))

    def tell(self, states: torch.Tensor) -> Dense:
        """Ask every patch, given `states` of `see`."""
        grid = states.transpose(1, 2).unflatten(2, (self.side, self.side))  # (B, layers * width, rows, columns)
        seen = F.gelu(self.reduce(grid))
        for convolution in self.convolutions:
            seen = seen + F.gelu(convolution(seen))
        classes, reach, quality = (
            head(seen).flatten(2).transpose(1, 2).float() for head in (self.class_head, self.box_head, self.quality_head)
        )
        reach = F.softplus(reach + 1.0) / self.side  # (B, K, 4): to the left, top, right and bottom edge
        middles = self.middles().to(reach)  # (K, 2)
        boxes = torch.cat([middles - reach[..., :2], middles + reach[..., 2:]], dim=-1)
        return Dense(classes, boxes, quality[..., 0], states)

    def middles(self) -> torch.Tensor:
        """Give the middles of all patches, row by row, as fractions: (K, 2)."""
        places = (torch.arange(self.side) + 0.5) / self.side
        y, x = torch.meshgrid(places, places, indexing="ij")
        return torch.stack([x, y], dim=-1).flatten(0, 1)

    def pool(self, states: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
        """Average what patches say over boxes, each patch by how much of the box it covers.

        Args:
            states: of one picture, shape (K, D).
            boxes: x0, y0, x1, y1 as fractions of the square the tower sees, shape (R, 4), each with some area in it.

        Returns:
            Shape (R, D).
        """
        edges = torch.arange(self.side, device=boxes.device) / self.side

        def along(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
            shared = torch.minimum(high[:, None], edges + 1 / self.side) - torch.maximum(low[:, None], edges)
            return shared.clamp_min(0)  # (R, side)

        across, down = along(boxes[:, 0], boxes[:, 2]), along(boxes[:, 1], boxes[:, 3])
        weights = (down[:, :, None] * across[:, None]).flatten(1)  # (R, K)
        weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-12)
        return weights.to(states) @ states


def keep(boxes: torch.Tensor, scores: torch.Tensor, threshold: float, overlap: float = 0.5) -> torch.Tensor:
    """Choose boxes greedily, the surest first, each unless it overlaps one that is chosen already ("non-maximum suppression").

    Args:
        boxes: shape (K, 4).
        scores: shape (K,).
        threshold: below which score nothing is chosen.
        overlap: intersection over union above which two boxes are one.

    Returns:
        Numbers of the chosen boxes, the surest first.
    """
    order = scores.argsort(descending=True, stable=True)
    order = order[scores[order] >= threshold]
    shared = overlaps(boxes[order], boxes[order])
    stays = torch.ones(len(order), dtype=torch.bool, device=boxes.device)
    for place in range(len(order)):
        if stays[place]:
            stays[place + 1 :] &= shared[place, place + 1 :] <= overlap
    return order[stays]


def overlaps(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Give intersection over union of every box of (N, 4) with every one of (M, 4): (N, M)."""
    low, high = torch.maximum(first[:, None, :2], second[:, :2]), torch.minimum(first[:, None, 2:], second[:, 2:])
    shared = (high - low).clamp_min(0).prod(-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clamp_min(0).prod(-1) for boxes in (first, second)]
    return shared / (areas[0][:, None] + areas[1] - shared).clamp_min(1e-12)
