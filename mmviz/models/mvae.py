"""MVAE: picture and text are each a Gaussian expert on one latent; their product is decoded into a picture and words again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextUnit
from mmviz.models import dual, geometry, masks, passes
from mmviz.models import mvae_towers as towers
from mmviz.registry import families, implements
from mmviz.results import Decoded, Embeds, Encoding, Latents, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint

MVAE = families.describe(
    "mvae", title="MVAE", paper="Wu and Goodman, 2018, arXiv:1802.05335", model_types=("mmviz-mvae",), public=()
)
#: Texts or latents a pass.
BATCH = 32


@implements(MVAE)
def own_classes() -> tuple[type, type]:
    """Give config and model class, which Transformers does not have."""
    from mmviz.models.nets import mvae

    return mvae.MvaeConfig, mvae.MvaeModel


@implements(MVAE)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding any MVAE can give; words and patches have no vectors in one space here."""
    return frozenset({"attention", "attention_grad", "decoded"}) | masks.FIELDS


@implements(MVAE)
def looking(config: Any, target: Target = "prompt") -> tuple[int, int]:
    """Count layers and heads of the attention that reaches patches: the picture tower's, under every target."""
    return config.vision_config.num_hidden_layers, config.vision_config.num_attention_heads


@implements(MVAE)
def blocks(checkpoint: "Checkpoint") -> "list[nn.Module]":
    """List the blocks that see the picture: those of its tower."""
    return list(checkpoint.model.vision_model.encoder.layers)


@implements(MVAE)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: no id beyond the vocabulary, pictures of the right size."""
    passes.check_vocabulary(checkpoint, checkpoint.config.vocab_size)
    geometry.prepare(checkpoint, Image(np.zeros((3, 2, 3), np.uint8)))


@implements(MVAE)
def embed(checkpoint: "Checkpoint", samples: Sequence[Text] | Sequence[Image], batch: int = 32) -> Embeds:
    """Give each text or picture the mean of its expert, scaled to length 1.

    The prior's mean is 0, so that a mean is what its modality adds to knowing nothing, and the cosine of two means tells whether
    both draw the product the same way. How sure either is, its variance, is left out.

    Args:
        checkpoint: leased.
        samples: N texts, or N pictures; texts beyond the model's length are cut.
        batch: samples a pass.

    Returns:
        Vectors, shape (N, D), unit norm.
    """
    return dual.embed(checkpoint, towers, samples, batch, checkpoint.config.latent_dim)


@implements(MVAE)
def logit_scale(checkpoint: "Checkpoint") -> float:
    """Give the factor by which cosines become logits: 1, for the evidence lower bound scales none."""
    return 1.0


@implements(MVAE)
def infer(checkpoint: "Checkpoint", text: Text | None = None, image: Image | None = None) -> Latents:
    """Give the Gaussian of the latent that the prior and what is there make together; of nothing it is the prior.

    Args:
        checkpoint: leased.
        text, image: either may be missing; a text of blanks is none.

    Returns:
        One latent, its variances those of the product of experts.
    """
    import torch

    with torch.no_grad():
        mean, log_variance = _product(checkpoint, [text.text if text else ""], image)
    return Latents(passes.to_numpy(mean), passes.to_numpy(log_variance.exp()))


@implements(MVAE)
def decode(checkpoint: "Checkpoint", latents: np.ndarray) -> Decoded:
    """Draw and tell what lies at places of the latent.

    Args:
        checkpoint: leased.
        latents: shape (N, D), float32.

    Returns:
        N pictures, and for every token but the special ones the probability that a text in its script has it.
    """
    import torch

    pictures, logits = _decode(checkpoint, torch.from_numpy(np.asarray(latents, np.float32)).to(checkpoint.device))
    tokenizer = checkpoint.tokenizer
    ids = [i for i in range(len(tokenizer)) if i not in tokenizer.all_special_ids]
    pixels = (255 * pictures).round().astype(np.uint8).transpose(0, 2, 3, 1)
    return Decoded(pixels, tuple(tokenizer.convert_ids_to_tokens(ids)), 1 / (1 + np.exp(-logits[:, ids])))


@implements(MVAE)
def seen(checkpoint: "Checkpoint", image: Image) -> np.ndarray:
    """Give the part of a picture the model sees at the size it draws, shape (H, W, 3), uint8: what a drawn one is held against."""
    pixel_values, _ = geometry.prepare(checkpoint, image)
    processor = checkpoint.image_processor
    if processor.do_normalize:
        mean, deviation = (np.reshape(three, (3, 1, 1)) for three in (processor.image_mean, processor.image_std))
        pixel_values = pixel_values * deviation + mean
    return (255 * np.clip(pixel_values, 0, 1)).round().astype(np.uint8).transpose(1, 2, 0)


@implements(MVAE)
def encode(
    checkpoint: "Checkpoint",
    query: Text,
    key: Image,
    *,
    target: Target = "prompt",
    unit: TextUnit = "word",
    keep: frozenset[str] = frozenset(),
    layers: tuple[int, ...] | None = None,
) -> Encoding:
    """Encode the units of a text and a picture as experts on MVAE's latent.

    A unit's vector is a mean of the text's expert: target "prompt", that of the unit as a text of its own; "context", what the
    expert has of the unit's tokens inside the whole text, whose mean is the average over all tokens. `attention`: the picture
    tower's alone. `attention_grad`, `input_grad`, `score_masked`, `score_without`: of the cosine of a unit's vector and the
    mean of the picture's expert. `score`: that of whole text and picture. `decoded`: from the product of experts, the prior among
    them.

    Args:
        checkpoint: leased.
        query: parsed text.
        key: parsed picture.
        target: "prompt" or "context".
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        keep: fields of Encoding to give; the others stay None and are not computed.
        layers: of the picture's tower whose attention is kept, counted from 0; None keeps all.

    Raises:
        ModelError: a layer or target the model does not have, or a text of which it knows no part.
    """
    passes.check_target(checkpoint, target)
    passes.check_layers(checkpoint, layers, looking(checkpoint.config)[0], "picture tower")
    known = keep & offers(checkpoint.config)
    encoding = dual.encode(checkpoint, towers, query, key, target=target, unit=unit, keep=known, layers=layers)
    return replace(encoding, decoded=_decoder(checkpoint, key)) if "decoded" in keep else encoding


def _decoder(checkpoint: "Checkpoint", key: Image) -> Callable[[Sequence[str], bool], np.ndarray]:
    """Make the field `decoded` for one picture."""

    def decoded(texts: Sequence[str], with_picture: bool) -> np.ndarray:
        import torch

        found = [np.zeros((0, 3, *[checkpoint.config.vision_config.image_size] * 2), np.float32)]
        for start in range(0, len(texts), BATCH):
            with torch.no_grad():
                mean, _ = _product(checkpoint, texts[start : start + BATCH], key if with_picture else None)
            found.append(_decode(checkpoint, mean)[0])
        return np.concatenate(found)

    return decoded


def _product(checkpoint: "Checkpoint", texts: Sequence[str], image: Image | None) -> "towers.Gaussian":
    """Multiply the prior, the experts of texts and that of a picture, (B, D) each; a text of blanks has no expert."""
    import torch

    from mmviz.models.nets.mvae import product

    mean, log_variance = towers.text_experts(checkpoint, texts)
    blank = torch.tensor([not text.strip() for text in texts], device=mean.device)[:, None]
    experts = [(mean.float(), log_variance.float().masked_fill(blank, torch.inf))]  # no precision at all
    if image is not None:
        experts.append(tuple(part.float().expand_as(mean) for part in towers.image_experts(checkpoint, [image])))
    return product(experts)


def _decode(checkpoint: "Checkpoint", latents: "torch.Tensor") -> tuple[np.ndarray, np.ndarray]:
    """Give pictures (B, 3, H, W), 0 to 1, and logits of tokens (B, V)."""
    import torch

    with torch.no_grad():
        pictures, logits = checkpoint.model.decode(latents.to(next(checkpoint.model.parameters()).dtype))
    return passes.to_numpy(pictures), passes.to_numpy(logits)
