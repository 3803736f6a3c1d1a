"""Train blip-mini: Hugging Face's BLIP for image-text retrieval on drawn scenes, with a local contrast of tokens and regions.

    python -m mmviz train blip-mini --minutes 75

One vision tower (from `models/backbone`), one text tower that reads alone (contrast) or with cross-attention to the picture
(matching, masked words). `blip-plain-mini` is the same without the local contrast.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from transformers import BlipConfig, BlipForImageTextRetrieval, CLIPVisionModel

from mmviz.models import forms
from mmviz.training import backbone, clip_mini, contrast, export, loop, matching, material, wordpiece
from mmviz.training.patches import vocabulary

#: Easy pairs alone first; edits from then on, relations half of them until nine tenths.
COURSE = (
    (0.1, material.Mix(44, 4, 0, 0, 0, 0)),
    (0.9, material.Mix(alone=6, bits=2, siblings=1, quads=3, relations=6, pairs=7)),
    (1.0, material.Mix(alone=8, bits=2, siblings=2, quads=1, relations=3, pairs=10)),
)
#: Of a run that goes on from a trained checkpoint: all from the first step.
GO_ON = ((1.0, COURSE[-1][1]),)
#: What the figures should reach.
GOALS = {
    "matching.auroc_easy": 0.99,
    "pairs.colour_swap": 0.97,
    "pairs.size": 0.95,
    "pairs.count": 0.85,
    "pairs.negation": 0.80,
    "pairs.relation": 0.97,
    "pairs_zh.colour_swap": 0.92,
    "pairs_zh.relation": 0.90,
    "retrieval.en.text_to_image.r1": 0.98,
    "pointing.similarity": 0.95,
    "pointing_layers.attention.0": 0.85,
}


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "blip-mini"
    minutes: float = 75.0  # of processor time, evaluation not counted
    seed: int = 0
    chinese: float = 0.5  # share of captions
    lr: float = 8e-4
    vision_lr: float = 0.25  # share of lr for the vision tower
    frozen: float = 0.2  # share of the run in which the vision tower stays as it is
    easy: float = 0.1  # until which share of the run hard pairs count nothing; they count fully at twice that
    local: float = 1.0  # weight of the local contrast of tokens and regions; 0 for none
    local_temperature: float = 0.07
    hint: float = 0.3  # weight of showing the first cross-attention where to look, less and less
    free: float = 0.4  # from which share of the run nothing is shown
    course: tuple[tuple[float, material.Mix], ...] = COURSE  # until which share of the run, what a batch is made of
    start: Path | None = None  # folder of a trained checkpoint to go on from


# model


def config() -> BlipConfig:
    """The backbone's vision tower, and a text tower of 4 layers x 192 with cross-attention."""
    tokenizer = wordpiece.tokenizer()
    vision = backbone.vision_config()
    sizes = {
        name: getattr(vision, name) for name in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    }
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 192,
        "encoder_hidden_size": vision.hidden_size,
        "intermediate_size": 704,
        "num_hidden_layers": 4,
        "num_attention_heads": 6,
        "max_position_embeddings": wordpiece.MAX_TOKENS,
        "projection_dim": 192,
        "bos_token_id": tokenizer.cls_token_id,
        "eos_token_id": tokenizer.sep_token_id,
        "sep_token_id": tokenizer.sep_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "initializer_range": 0.05,
    }
    picture = {
        **sizes,
        "image_size": vision.image_size,
        "patch_size": vision.patch_size,
        "hidden_act": vision.hidden_act,
        "layer_norm_eps": vision.layer_norm_eps,
        "initializer_range": 0.05,
    }
    return BlipConfig(text_config=text, vision_config=picture, projection_dim=192, image_text_hidden_size=192)


def from_backbone() -> tuple[BlipForImageTextRetrieval, backbone.Heads]:
    """Make the model with the backbone in its vision tower, and the backbone's own heads for the patches' labels."""
    model, heads = BlipForImageTextRetrieval(config()), backbone.Heads()
    model.set_attn_implementation("eager")
    _initialise_text(model)
    tower = CLIPVisionModel.from_pretrained(backbone.FOLDER, dtype=torch.float32)
    model.vision_model.load_state_dict(forms.blip_tower(tower.state_dict()))
    heads.load_state_dict({name: tensor.float() for name, tensor in load_file(backbone.FOLDER / "heads.safetensors").items()})
    return model, heads


def _initialise_text(model: BlipForImageTextRetrieval) -> None:
    """Scale random weights to the width: the published numbers are meant for wider models."""
    for module in model.text_encoder.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.7 * module.in_features**-0.5)
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.3)
    for projection in (model.text_proj, model.vision_proj):
        nn.init.normal_(projection.weight, std=projection.in_features**-0.5)


class Extra(matching.Extra):
    """What only training has, the temperature of the contrast among it."""

    def __init__(self, width: int, tokens: int):
        super().__init__(width, tokens)
        self.scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.things = nn.Linear(192, len(vocabulary()[0]) + 1)

    def thing_loss(self, tokens: torch.Tensor, patches: torch.Tensor, batch: dict) -> torch.Tensor:
        """Cross entropy of the thing, off tokens that name one and patches that show one, by one layer for both.

        Args:
            tokens, patches: shape (B, T, 192) and (B, K, 192), unit norm, joint space.
            batch: as of `matching.collate`.
        """
        spoken, shown = batch["named"], batch["patches"][:, 0]
        sides = ((tokens[spoken > 0], spoken[spoken > 0]), (patches[shown > 0], shown[shown > 0]))
        return sum(F.cross_entropy(self.things(14 * vectors).float(), truth) for vectors, truth in sides) / 2


# loss


def forward(model: BlipForImageTextRetrieval, heads: backbone.Heads, extra: Extra, batch: dict, options: Options, done: float):
    """Give the loss of a batch, and figures to print."""
    frozen = done < options.frozen
    with torch.set_grad_enabled(not frozen):
        values = backbone.pixel_values(batch["pictures"])
        out = model.vision_model(pixel_values=values, output_hidden_states=not frozen)
    seen = out.last_hidden_state  # (B, 1 + K, width), layer-normed
    read = model.text_encoder(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    tokens, patches = clip_mini.unit(model.text_proj(read)), clip_mini.unit(model.vision_proj(seen))
    scale = extra.scale.clamp(max=math.log(100.0)).exp()
    with torch.autocast("cpu", enabled=False):
        logits = scale * tokens[:, 0] @ patches[:, 0].T
        outer, right = contrast.across(logits, batch["true"])
        inner, _, _ = contrast.within(logits, batch["true"], batch["group"])
        loss = (outer + inner) / 2
        figures = {"contrast": loss.item(), "right": right.float().mean().item()}
        if options.local:
            local = matching.local_contrast(tokens, patches[:, 1:], batch["regions"], options.local_temperature)
            things = extra.thing_loss(tokens, patches[:, 1:], batch)
            loss = loss + options.local * (local + 0.5 * things)
            figures |= {"local": local.item(), "things": things.item()}
    matched, more = match(model, extra, seen, batch, options, done)
    loss, figures = loss + matched, {**figures, **more}
    if not frozen:
        before = model.vision_model.post_layernorm(out.hidden_states[-2])
        dense, more = heads.loss(seen, before, batch)
        loss, figures = loss + 0.7 * dense, {**figures, **more}
    return loss, figures


def match(model: BlipForImageTextRetrieval, extra: Extra, seen: torch.Tensor, batch: dict, options: Options, done: float):
    """Losses of the fusion passes: matching, readings of tokens half way, masked words in a pass of their own."""
    hard = min(1.0, max(0.0, done / options.easy - 1))
    texts, pictures, counts = matching.pairs_of(batch, hard > 0)
    masked = torch.arange(len(batch["input_ids"]))[::3]
    ids = torch.cat([batch["input_ids"][texts], batch["masked_ids"][masked]])
    attention = torch.cat([batch["attention_mask"][texts], batch["attention_mask"][masked]])
    ran = fuse(model, ids, attention, seen[torch.cat([pictures, masked])])
    pairs, own = len(texts), len(batch["input_ids"])
    logits = model.itm_head(ran.last[:pairs, 0]).float()
    loss, figures = matching.matching_loss(logits[:, 1] - logits[:, 0], texts, pictures, counts, hard)
    told = extra.readings.loss(ran.second[:pairs], texts, pictures, batch)
    fits = extra.readings.agreement(ran.third[:pairs], texts, pictures, batch)
    labels = batch["masked"][masked]
    hidden = labels >= 0
    words = F.cross_entropy(extra.words(ran.last[pairs:][hidden]).float(), labels[hidden])
    figures = {"match": loss.item(), **figures, "told": told.item(), "fits": fits.item(), "words": words.item()}
    loss = loss + told + fits + 0.3 * words
    shown = options.hint * max(0.0, 1 - done / options.free) if options.local else 0.0
    if shown:
        hint = matching.hint(ran.looking[:own, ..., 1:], batch["regions"])
        loss, figures = loss + shown * hint, {**figures, "hint": hint.item()}
    return loss, figures


@dataclass(frozen=True)
class Ran:
    """What fusion passes gave, zero on padding beyond a part's longest text.

    Attributes:
        second, third, last: states after those layers, shape (P, T, width).
        looking: the first cross-attention, shape (P, H, T, 1 + K).
    """

    second: torch.Tensor
    third: torch.Tensor
    last: torch.Tensor
    looking: torch.Tensor


def fuse(model: BlipForImageTextRetrieval, ids: torch.Tensor, attention: torch.Tensor, seen: torch.Tensor, parts: int = 2) -> Ran:
    """Read texts with their pictures, short ones apart from long ones, so that little is computed on padding.

    Args:
        ids, attention: shape (P, T).
        seen: states of each text's picture, shape (P, 1 + K, width).
        parts: how many passes.
    """
    layers, kept = model.text_encoder.encoder.layer, ([], [], [], [])
    handles = [layers[i].register_forward_hook(lambda module, args, output, i=i: kept[i - 1].append(output)) for i in (1, 2)]
    handles += [layers[0].crossattention.self.register_forward_hook(lambda module, args, output: kept[3].append(output[1]))]
    order = attention.sum(1).argsort()
    try:
        for rows in order.chunk(parts):
            longest = int(attention[rows].sum(1).max())
            cut = {"input_ids": ids[rows, :longest], "attention_mask": attention[rows, :longest]}
            kept[2].append(model.text_encoder(**cut, encoder_hidden_states=seen[rows]).last_hidden_state)
    finally:
        for handle in handles:
            handle.remove()
    back = order.argsort()
    whole = [torch.cat([F.pad(x, (0, 0, 0, ids.shape[1] - x.shape[-2])) for x in states])[back] for states in kept]
    return Ran(*whole)


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed, start: Path | None = None) -> dict[str, Any]:
    """Train, from the backbone or on from a checkpoint, evaluate, write `models/blip-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    return train(replace(options, start=start, course=GO_ON, frozen=0.0, easy=0.01, hint=0.0) if start else options)


def train(options: Options) -> dict[str, Any]:
    """Run what `options` say and export the model."""
    rank, _ = loop.join_processes()
    torch.manual_seed(options.seed)
    model, heads = from_backbone()
    tokenizer = wordpiece.tokenizer()
    extra = Extra(model.config.text_config.hidden_size, len(tokenizer))
    known = {id(p) for p in model.vision_model.parameters()}
    vision = [*model.vision_model.parameters(), *heads.parameters()]
    others = [p for p in model.parameters() if id(p) not in known]
    opt = loop.optimizer([(vision, options.vision_lr * options.lr), ([*others, *extra.parameters()], options.lr)], decay=0.05)
    share_done = torch.multiprocessing.Value("d", 0.0)

    def batches(taken_up: int):
        data = matching.Batches(options.course, options.chinese, (options.seed, taken_up, rank), share_done, tokenizer)
        return iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))

    def loss_of(batch: dict, done: float):
        share_done.value = done
        with torch.autocast("cpu", torch.bfloat16):
            return forward(model, heads, extra, batch, options, done)

    modules = {"model": model, "heads": heads, "extra": extra}
    loop.run(options.name, options.minutes, modules, opt, batches, loss_of, options.start)
    return write(model, extra, options) if rank == 0 else {}


# export


def write(model: BlipForImageTextRetrieval, extra: Extra, options: Options) -> dict[str, Any]:
    """Write the checkpoint with tokenizer, processor, card and figures."""
    folder = Path(backbone.FOLDER).with_name(options.name)
    about = "BLIP trained on drawn scenes: contrast, matching with edited pairs, masked words"
    about += ", local contrast of tokens and regions" if options.local else "; without the local contrast of tokens and regions"
    return export.write(
        model,
        folder,
        title="BLIP mini" if options.local else "BLIP mini, without local contrast",
        about=about,
        command=f"python -m mmviz train {options.name}",
        seed=options.seed,
        goals=GOALS,
        facts={"temperature": float(1 / extra.scale.detach().clamp(max=math.log(100.0)).exp())},
    )


if __name__ == "__main__":
    main()
