"""MVAE: picture and text are each a Gaussian expert on one latent; their product is decoded into a picture and words again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import TextUnit
from mmviz.models import clip_towers, dual, geometry, masks, passes
from mmviz.models import mvae_towers as towers
from mmviz.registry import families, implements
from mmviz.results import Decoded, Embeds, Encoding, Latents, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
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


implements(MVAE)(clip_towers.looking)
implements(MVAE)(clip_towers.blocks)


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
def infer(checkpoint: "Checkpoint", pairs: Sequence[tuple[Text | None, Image | None]], batch: int = BATCH) -> Latents:
    """Give for each pair the Gaussian that the prior and what is there of the pair make together; of nothing it is the prior.

    Args:
        checkpoint: leased.
        pairs: N texts with pictures, either of which may be missing; a text of blanks is none.
        batch: pairs a pass.

    Returns:
        N latents, their variances those of the product of experts.
    """
    import torch

    means, variances = ([np.zeros((0, checkpoint.config.latent_dim), np.float32)] for _ in range(2))
    for start in range(0, len(pairs), batch):
        part = pairs[start : start + batch]
        with torch.no_grad():
            mean, log_variance = _product(
                checkpoint, [text.text if text else "" for text, _ in part], [image for _, image in part]
            )
        means.append(passes.to_numpy(mean))
        variances.append(passes.to_numpy(log_variance.exp()))
    return Latents(np.concatenate(means), np.concatenate(variances))


@implements(MVAE)
def decode(checkpoint: "Checkpoint", latents: np.ndarray) -> Decoded:
    """Draw and tell what lies at places of the latent.

    Args:
        checkpoint: leased.
        latents: shape (N, D), float32.

    Returns:
        N pictures, and for every token but the special ones the probability that a text in its script has it.
    """
    pictures, logits = _decode(checkpoint, latents)
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
    passes.check_layers(checkpoint, layers, clip_towers.looking(checkpoint.config)[0], "picture tower")
    known = keep & offers(checkpoint.config)
    encoding = dual.encode(checkpoint, towers, query, key, target=target, unit=unit, keep=known, layers=layers)
    return replace(encoding, decoded=_decoder(checkpoint, key)) if "decoded" in keep else encoding


def _decoder(checkpoint: "Checkpoint", key: Image) -> Callable[[Sequence[str], bool], np.ndarray]:
    """Make the field `decoded` for one picture."""

    def decoded(texts: Sequence[str], with_picture: bool) -> np.ndarray:
        image = key if with_picture else None
        return _decode(checkpoint, infer(checkpoint, [(Text(text), image) for text in texts]).means)[0]

    return decoded


def _product(checkpoint: "Checkpoint", texts: Sequence[str], images: Sequence[Image | None]) -> "towers.Gaussian":
    """Multiply the prior, the experts of texts and those of pictures, (B, D) each; what is missing has no precision."""
    import torch

    from mmviz.models.nets.mvae import product

    mean, log_variance = (part.float() for part in towers.text_experts(checkpoint, texts))
    blank = torch.tensor([not text.strip() for text in texts], device=mean.device)
    experts = [(mean, log_variance.masked_fill(blank[:, None], torch.inf))]
    there = [place for place, image in enumerate(images) if image is not None]
    if there:
        own = {id(images[place]): images[place] for place in there}  # the same picture is seen once
        rows = [list(own).index(id(images[place])) for place in there]
        mean, log_variance = torch.zeros_like(mean), torch.full_like(mean, torch.inf)
        found = towers.image_experts(checkpoint, list(own.values()))
        mean[there], log_variance[there] = (part.float()[rows] for part in found)
        experts.append((mean, log_variance))
    return product(experts)


def _decode(checkpoint: "Checkpoint", latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give pictures (N, 3, H, W), 0 to 1, and logits of tokens (N, V)."""
    import torch

    side, dtype = checkpoint.config.vision_config.image_size, getattr(torch, checkpoint.dtype)
    pictures, logits = [np.zeros((0, 3, side, side), np.float32)], [np.zeros((0, checkpoint.config.vocab_size), np.float32)]
    for start in range(0, len(latents), BATCH):
        part = torch.from_numpy(np.asarray(latents[start : start + BATCH], np.float32)).to(checkpoint.device, dtype)
        with torch.no_grad():
            drawn, told = checkpoint.model.decode(part)
        pictures.append(passes.to_numpy(drawn))
        logits.append(passes.to_numpy(told))
    return np.concatenate(pictures), np.concatenate(logits)
