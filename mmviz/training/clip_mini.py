"""Train clip-mini: Hugging Face's CLIP on drawn scenes, with edited pairs, dense patch labels and readings of its vectors beside the contrast.

    python -m mmviz train clip-mini --minutes 45

The picture tower starts from `models/backbone`. Two processes (`torchrun --nproc-per-node 2 -m mmviz train clip-mini`)
average their gradients; each contrasts within its own batch.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPModel, CLIPVisionModel

from mmviz.training import backbone, contrast, export, loop, material, wordpiece
from mmviz.training.patches import COLOUR_NAMES, vocabulary
from mmviz.training.readings import Readings, facts
from mmviz.worlds.spec import rng_of


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "clip-mini"
    minutes: float = 45.0  # of processor time, evaluation not counted
    seed: int = 0
    mixes: tuple[tuple[float, material.Mix], ...] = material.COURSE  # until which share of the run, what a batch is made of
    chinese: float = 0.4  # share of captions; half of the relations in any case
    lr: float = 8e-4
    vision_lr: float = 1.0  # share of lr for the tower that was trained before; with less, CLS never learns shapes under a tint
    group: float = 2.0  # weight of the contrast within a group of edits
    dense: float = 0.7  # weight of what patches and CLS say of themselves, as in the backbone
    readings: float = 1.0  # weight of what the vectors must tell of things: colours, counts, places
    edits: bool = True  # False: the plain contrast alone
    start: Path | None = None  # folder of a trained checkpoint to go on from


# data


class Batches(torch.utils.data.IterableDataset):
    """Endless batches of captions with their scenes drawn; `part` tells runs and processes apart, `done` how far the run is."""

    def __init__(self, options: Options, part: tuple[int, ...], done: Any):
        self.options, self.part, self.done = options, part, done

    def __iter__(self):
        rng = rng_of("train", 2, self.options.seed, *self.part)
        tokenizer = wordpiece.tokenizer()
        while True:
            mix = next(mix for until, mix in self.options.mixes if self.done.value < until or until >= 1)
            items = material.batch(rng, mix, self.options.chinese)
            yield collate(items, tokenizer, rng)


def collate(items: list[material.Item], tokenizer: Any, rng) -> dict[str, torch.Tensor]:
    """Tokenize captions, draw scenes, and say which captions are true of which other scenes."""
    told = [item.text for item in items]
    texts = tokenizer(told, padding=True, truncation=True, return_tensors="pt", return_offsets_mapping=True)
    places, (numbers, _) = texts["offset_mapping"].numpy(), vocabulary()
    bound = [material.bound_tokens(item, row, numbers, COLOUR_NAMES) for item, row in zip(items, places, strict=True)]
    denied = [material.denied_tokens(item, row, numbers) for item, row in zip(items, places, strict=True)]
    known = facts(items)
    return {
        **backbone.collate([item.scene for item in items], rng),
        "input_ids": texts["input_ids"],
        "attention_mask": texts["attention_mask"],
        "true": torch.from_numpy(material.also_true(items)),
        "group": torch.tensor([item.group for item in items]),
        "seen": torch.from_numpy(known.seen),
        "told": torch.from_numpy(known.told),
        "bound": torch.from_numpy(np.stack(bound)),
        "denied": torch.from_numpy(np.stack(denied)),
        "relations": torch.from_numpy(material.relation_places(items, numbers)),
    }


# model


def config() -> CLIPConfig:
    """The shape of every bundled CLIP: the backbone, and a text tower of 4 layers x 192."""
    tokenizer = wordpiece.tokenizer()
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 192,
        "intermediate_size": 768,
        "num_hidden_layers": 4,
        "num_attention_heads": 6,
        "max_position_embeddings": wordpiece.MAX_TOKENS,
        "hidden_act": "gelu",
        "bos_token_id": tokenizer.cls_token_id,
        "eos_token_id": tokenizer.sep_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = backbone.vision_config().to_dict()
    return CLIPConfig(text_config=text, vision_config=vision, projection_dim=192)


def from_backbone() -> tuple[CLIPModel, backbone.Heads]:
    """Make the model with the backbone in its picture tower, and the backbone's own heads for the dense loss."""
    model, heads = CLIPModel(config()), backbone.Heads()
    model.set_attn_implementation("eager")
    _initialise_text(model)
    tower = CLIPVisionModel.from_pretrained(backbone.FOLDER, dtype=torch.float32)
    model.vision_model.load_state_dict(tower.state_dict())
    heads.load_state_dict({name: tensor.float() for name, tensor in load_file(backbone.FOLDER / "heads.safetensors").items()})
    return model, heads


def _initialise_text(model: CLIPModel) -> None:
    """Scale random weights to the width: the published numbers are meant for wider models."""
    for module in model.text_model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.7 * module.in_features**-0.5)
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.3)
    for layer in model.text_model.encoder.layers:
        for projection in (layer.self_attn.out_proj, layer.mlp.fc2):
            projection.weight.data.mul_(0.35)
    for projection in (model.text_projection, model.visual_projection):
        nn.init.normal_(projection.weight, std=projection.in_features**-0.5)


# loss


def compare(logits: torch.Tensor, batch: dict, options: Options) -> tuple[torch.Tensor, dict[str, float]]:
    """Contrast over the batch, and where there are edits within each group of them.

    Args:
        logits: shape (B, B), captions down, pictures across.
        batch: with `true` (B, B), `group` (B,) and `relations` (B, 4).
        options: with the weight of the groups.
    """
    loss, right = contrast.across(logits, batch["true"])
    inner, grouped, inside = contrast.within(logits, batch["true"], batch["group"])
    figures = {"contrast": loss.item(), "right": share(right)}
    if grouped.any():
        told = batch["relations"][grouped, 2:].abs().sum(-1) > 0
        figures |= {"group": inner.item(), "group_right": share(inside), "relation_right": share(inside[told])}
    return loss + options.group * inner, figures


def share(right: torch.Tensor) -> float:
    """Give the share that is right, 0 of none."""
    return right.float().mean().item() if len(right) else 0.0


def unit(vectors: torch.Tensor) -> torch.Tensor:
    """Scale rows to length 1."""
    return F.normalize(vectors.float(), dim=-1)


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed, start: Path | None = None) -> dict[str, Any]:
    """Train, from the backbone or on from a checkpoint, evaluate, write `models/clip-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed, start=start)
    return train(replace(options, mixes=material.GO_ON) if start else options, "python -m mmviz train clip-mini")


def train(options: Options, command: str) -> dict[str, Any]:
    """Run what `options` say and export the model."""
    rank, _ = loop.join_processes()
    torch.manual_seed(options.seed)
    model, heads = from_backbone()
    readings = Readings()
    vision = [p for p in model.vision_model.parameters() if p.requires_grad]
    known = {id(p) for p in model.vision_model.parameters()}
    others = [p for p in model.parameters() if id(p) not in known]
    extra = [*heads.parameters(), *readings.parameters()] if options.edits else []
    model.vision_model.pre_layrnorm.requires_grad_(False)
    opt = loop.optimizer([(vision, options.vision_lr * options.lr), ([*others, *extra], options.lr)], decay=0.05)

    share_done = torch.multiprocessing.Value("d", 0.0)

    def batches(taken_up: int):
        data = Batches(options, (taken_up, rank), share_done)
        return iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))

    def loss_of(batch: dict, done: float):
        share_done.value = done
        with torch.autocast("cpu", torch.bfloat16):
            return forward(model, heads, readings, batch, options)

    modules = {"model": model, "heads": heads, "readings": readings}
    loop.run(options.name, options.minutes, modules, opt, batches, loss_of, options.start)
    return write(model, options, command) if rank == 0 else {}


def forward(model: CLIPModel, heads: backbone.Heads, readings: Readings, batch: dict, options: Options):
    """Give the loss of a batch, and figures to print."""
    seen = model.vision_model(pixel_values=backbone.pixel_values(batch["pictures"]), output_hidden_states=options.edits)
    images = unit(model.visual_projection(seen.pooler_output))
    words = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
    read = model.text_model(**words, output_hidden_states=options.edits)
    texts = unit(model.text_projection(read.pooler_output))
    scale = model.logit_scale.clamp(max=math.log(100.0)).exp()
    with torch.autocast("cpu", enabled=False):  # logits of up to 100 need more digits than bfloat16 has
        loss, figures = compare(scale * texts @ images.T, batch, options)
    if not options.edits:
        return loss, figures
    last, before = (model.vision_model.post_layernorm(states) for states in (seen.last_hidden_state, seen.hidden_states[-2]))
    dense, more = heads.loss(last, before, batch)
    told, most = readings.loss(texts, images, batch)
    single, tokens = readings.token_loss(read.hidden_states[2], batch)
    return loss + options.dense * dense + options.readings * (told + 0.5 * single), {**figures, **more, **most, **tokens}


# export


def write(model: CLIPModel, options: Options, command: str) -> dict[str, Any]:
    """Write the checkpoint with tokenizer, processor, card and figures."""
    folder = Path(backbone.FOLDER).with_name(options.name)
    model.logit_scale.data.clamp_(max=math.log(100.0))
    titles = {"clip-mini": "CLIP mini", "clip-plain-mini": "CLIP mini, plain"}
    abouts = {
        "clip-mini": "CLIP trained on drawn scenes with edited pairs, patch labels and readings of its vectors",
        "clip-plain-mini": "CLIP trained on captions alone, as in the paper: it shows what plain contrast does not learn",
    }
    return export.write(model, folder, title=titles[options.name], about=abouts[options.name], command=command, seed=options.seed)


if __name__ == "__main__":
    main()
