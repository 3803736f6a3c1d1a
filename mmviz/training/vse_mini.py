"""Train vse-mini: VSE++ on drawn scenes, the hardest wrong partner of the batch pushed away.

    python -m mmviz train vse-mini --minutes 12

The picture tower starts from `models/backbone`, the text's network from nothing. Every picture has a caption in each language, so that
one pass of the costly tower teaches both. The first part of a run pushes away all wrong partners within the margin (the paper's "sum
of hinges"), for the hardest alone, asked of vectors that know nothing, can make all of them one; then its share grows to all.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from transformers import CLIPVisionModel

from mmviz.models.nets.vse import VseConfig, VseModel
from mmviz.objectives.ranking import ranking
from mmviz.objectives.triplet import triplet
from mmviz.training import backbone, export, loop, material, wordpiece
from mmviz.training.contrast import NEVER
from mmviz.worlds.captions import tell
from mmviz.worlds.lexicon import EDITS, LANGUAGES
from mmviz.worlds.spec import rng_of

#: Goals of the figures; those without one are what the plain loss does not teach.
GOALS: dict[str, float | None] = {
    "retrieval.en.text_to_image.r1": 0.92,
    "retrieval.en.image_to_text.r1": 0.92,
    "retrieval.zh.text_to_image.r1": 0.92,
    "retrieval.zh.image_to_text.r1": 0.92,
    **dict.fromkeys(
        ("retrieval_1000.en.text_to_image.r1", "retrieval_1000.zh.text_to_image.r1", "zero_shot.concept", "shape_gallery")
    ),
    **{f"pairs.{kind}": None for kind in EDITS},
    **dict.fromkeys(("pointing.similarity", "pointing.relevance")),
}


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "vse-mini"
    minutes: float = 12.0  # of processor time, evaluation not counted
    seed: int = 0
    batch: int = 64  # scenes, each with a caption in every language
    margin: float = 0.2
    easy: tuple[float, float] = (0.1, 0.3)  # shares of the run until which all negatives count, and from which the hardest alone
    lr: float = 1e-3
    vision_lr: float = 0.5  # share of lr for the tower that was trained before
    dense: float = 0.15  # weight of what patches and CLS say of themselves, as in the backbone, so that they do not forget it
    word_dim: int = 128
    width: int = 256  # of the joint space, which is the GRU's state


# data


class Batches(torch.utils.data.IterableDataset):
    """Endless batches of scenes with captions; `part` tells runs and processes apart."""

    def __init__(self, options: Options, part: tuple[int, ...]):
        self.options, self.part = options, part

    def __iter__(self):
        rng = rng_of("train", 8, self.options.seed, *self.part)
        tokenizer = wordpiece.tokenizer()
        while True:
            yield collate(material.batch(rng, material.Mix(self.options.batch, 0, 0, 0, 0, 0), 0.0), tokenizer, rng)


def collate(items: list[material.Item], tokenizer: Any, rng) -> dict[str, Any]:
    """Draw scenes, tell each in every language, and say which captions are true of which other scenes."""
    texts = {language: [tell(item.scene, item.plan, language).text for item in items] for language in LANGUAGES}
    return {
        **backbone.collate([item.scene for item in items], rng),
        "texts": {
            language: dict(tokenizer(told, padding=True, truncation=True, return_tensors="pt"))
            for language, told in texts.items()
        },
        "true": torch.from_numpy(material.also_true(items)),
    }


# model


def from_backbone(options: Options) -> tuple[VseModel, backbone.Heads]:
    """Make the model with the backbone in its picture tower, and the backbone's own heads for the dense loss."""
    tokenizer = wordpiece.tokenizer()
    config = VseConfig(
        vision_config=backbone.vision_config(),
        vocab_size=len(tokenizer),
        word_dim=options.word_dim,
        projection_dim=options.width,
        max_position_embeddings=wordpiece.MAX_TOKENS,
        pad_token_id=tokenizer.pad_token_id,
    )
    model, heads = VseModel(config), backbone.Heads()
    model.set_attn_implementation("eager")
    nn.init.normal_(model.word_embedding.weight, std=0.5)
    nn.init.normal_(model.visual_projection.weight, std=config.vision_config.hidden_size**-0.5)
    model.vision_model.load_state_dict(CLIPVisionModel.from_pretrained(backbone.FOLDER, dtype=torch.float32).state_dict())
    heads.load_state_dict({name: tensor.float() for name, tensor in load_file(backbone.FOLDER / "heads.safetensors").items()})
    return model, heads


# loss


def compare(scores: torch.Tensor, true: torch.Tensor, hard: float, margin: float) -> tuple[torch.Tensor, dict[str, float]]:
    """Push wrong partners away, those a caption is true of left alone.

    Args:
        scores: cosines, shape (B, B), captions down, pictures across, each caption's own picture on the diagonal.
        true: shape (B, B), bool; which captions are true of which other pictures.
        hard: share of the hardest negative in the loss, 0 to 1; the rest is that of all of them.
        margin: of the hinges.

    Returns:
        The loss, and figures to print.
    """
    possible = scores.masked_fill(true, NEVER)
    loss = scores.new_zeros(())
    if hard < 1:
        loss = loss + (1 - hard) * ranking(possible, margin=margin)
    if hard > 0:
        loss = loss + hard * triplet(possible, margin=margin)
    right = possible.argmax(1) == torch.arange(len(scores))
    return loss, {"loss": loss.item(), "right": right.float().mean().item(), "own": scores.diagonal().mean().item()}


def hardness(done: float, easy: tuple[float, float]) -> float:
    """Give the share of the hardest negative after a share of the run: 0, then rising like a cosine, then 1."""
    start, end = easy
    return 0.5 - 0.5 * math.cos(math.pi * min(1.0, max(0.0, (done - start) / (end - start))))


def forward(model: VseModel, heads: backbone.Heads, batch: dict, options: Options, done: float):
    """Give the loss of a batch, and figures to print."""
    with torch.autocast("cpu", torch.bfloat16):
        seen = model.vision_model(pixel_values=backbone.pixel_values(batch["pictures"]), output_hidden_states=True)
        last, before = (model.vision_model.post_layernorm(states) for states in (seen.last_hidden_state, seen.hidden_states[-2]))
        dense, figures = heads.loss(last, before, batch)
    images = F.normalize(model.visual_projection(seen.pooler_output.float()), dim=-1)
    loss, hard = options.dense * dense, hardness(done, options.easy)
    for language, words in batch["texts"].items():
        texts = F.normalize(model.get_text_features(**words).pooler_output, dim=-1)
        part, more = compare(texts @ images.T, batch["true"], hard, options.margin)
        loss = loss + part
        figures |= {f"{name}_{language}": value for name, value in more.items()}
    return loss, {"hard": hard, **figures}


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed) -> dict[str, Any]:
    """Train, evaluate, write `models/vse-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    rank, _ = loop.join_processes()
    torch.manual_seed(seed)
    model, heads = from_backbone(options)
    model.vision_model.pre_layrnorm.requires_grad_(False)
    vision = list(model.vision_model.parameters())
    known = {id(p) for p in vision}
    others = [*(p for p in model.parameters() if id(p) not in known), *heads.parameters()]
    opt = loop.optimizer([(vision, options.vision_lr * options.lr), (others, options.lr)], decay=0.03)

    def batches(taken_up: int):
        data = Batches(options, (taken_up, rank))
        return iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))

    def loss_of(batch: dict, done: float):
        return forward(model, heads, batch, options, done)

    loop.run(options.name, minutes, {"model": model, "heads": heads}, opt, batches, loss_of)
    return write(model, options) if rank == 0 else {}


# export


def write(model: VseModel, options: Options) -> dict[str, Any]:
    """Write the checkpoint with tokenizer, processor, card and figures."""
    return export.write(
        model,
        Path(backbone.FOLDER).with_name(options.name),
        title="VSE++ mini",
        about="VSE++ trained on drawn scenes: a GRU reads the caption, and the hardest wrong pair of every batch is pushed away",
        command="python -m mmviz train vse-mini",
        seed=options.seed,
        goals=GOALS,
    )


if __name__ == "__main__":
    main()
