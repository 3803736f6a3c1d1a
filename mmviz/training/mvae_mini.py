"""Train mvae-mini: an MVAE on drawn scenes, whose experts on picture and text must each say what the other shows.

    python -m mmviz train mvae-mini --minutes 15

The picture's tower is the backbone, which stays as it is: what it makes of a few thousand scenes is kept, and everything else is trained on
that. Half of the scenes are portraits: one thing upright in the middle. A text says nothing of where a thing stands; of a portrait there is
nothing more to know, so that a text can be held to a picture pixel by pixel.

Every batch is read three ways, by both experts and by each alone, which are all subsets of two modalities; the paper draws some at random
because it has up to 19. Three things are not the paper's: each subset decodes both modalities, not only its own (as Shi et al., 2019,
arXiv:1911.03393, do; the paper hopes for it); a contrast draws the experts' means of a pair together; and what is drawn from a text is
also compared with the picture as the backbone sees both (Hou et al., 2017, arXiv:1610.00291), because absolute differences of pixels alone
are content with a blot of the right colour.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F
from transformers import CLIPVisionModel

from mmviz.models.nets.mvae import MvaeConfig, MvaeModel, product
from mmviz.objectives.infonce import infonce
from mmviz.training import backbone, export, loop, wordpiece
from mmviz.training.patches import PATCH, SIDE
from mmviz.worlds.captions import random_list, tell
from mmviz.worlds.lexicon import EDITS, LANGUAGES, Language
from mmviz.worlds.render import render
from mmviz.worlds.spec import Placed, Scene, compose, rng_of

#: Goals of the figures; those without one are what nothing is asked of.
GOALS: dict[str, float | None] = {
    "decoding.from_text.en": 0.60,
    "decoding.from_text.zh": 0.60,
    **{f"decoding.{of}.{language}": None for of in ("from_text_by_vectors", "words_from_picture") for language in LANGUAGES},
    **dict.fromkeys(("decoding.from_picture", "decoding.from_both", "decoding.drawn")),
    **{f"retrieval.{language}.{way}.r1": None for language in LANGUAGES for way in ("text_to_image", "image_to_text")},
    **dict.fromkeys(("zero_shot.concept", "shape_gallery")),
    **{f"pairs.{kind}": None for kind in EDITS},
    **dict.fromkeys(("pointing.decoded-change", "pointing.relevance", "pointing.occlusion")),
}


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "mvae-mini"
    minutes: float = 15.0  # of processor time, evaluation and the drawing of scenes, 1 minute, not counted
    seed: int = 0
    portraits: int = 3000  # scenes of one thing in the middle
    scenes: int = 1500  # of any number of things anywhere
    batch: int = 32  # of portraits, and as many scenes
    lr: float = 2.5e-3
    annealing: float = 0.5  # share of the run after which the divergence counts in full; the paper takes 200 of 500 epochs
    picture: float = 0.3  # weight of a pixel's absolute error, of each of three values between 0 and 1
    things: float = 10.0  # how much more the pixels of things weigh than those of the background
    text: float = 12.0  # weight of a token's cross entropy; the paper takes 10 to 50
    contrast: float = 60.0  # weight of the contrast; all losses are in nats, and the others come to some 3,000
    likeness: float = 0.4  # weight of a squared difference in what the backbone makes of a patch
    likened: int = 24  # portraits of a batch that are compared so
    full: float = 0.6  # share of captions that say everything


# data


def scenes(options: Options) -> list[Scene]:
    """Make up all scenes of a run, the portraits first; the same from the same seed."""
    rng = rng_of("train", 9, options.seed)
    return [
        *(portrait(compose(rng, "train", counts=(1,), parts=0.0)) for _ in range(options.portraits)),
        *(compose(rng, "train") for _ in range(options.scenes)),
    ]


def portrait(scene: Scene) -> Scene:
    """Stand a scene's only thing upright in the middle."""
    return scene.with_group(0, replace(scene.groups[0], placed=(Placed(0.5, 0.5, 1.0, 0.0, False),)))


def drawn(options: Options, made: list[Scene], model: MvaeModel) -> dict[str, torch.Tensor]:
    """Draw all scenes and see them with the tower, or take that from an earlier part of the run.

    Returns:
        `pictures` (N, 3, 96, 96) uint8; `things` (N, 96, 96) bool, where a thing is; `summary` (N, hidden) and `averages`
        (N, grid², hidden), what the tower gathered, float16.
    """
    path = loop.workspace(options.name) / f"drawn-{options.seed}-{options.portraits}-{options.scenes}.safetensors"
    if path.exists():
        return load_file(path)
    parts: dict[str, list[torch.Tensor]] = {"pictures": [], "things": [], "summary": [], "averages": []}
    for start in range(0, len(made), 50):
        shown = [render(scene, SIDE) for scene in made[start : start + 50]]
        pictures = torch.from_numpy(np.stack([one.pixels.transpose(2, 0, 1) for one in shown]))
        with torch.no_grad():
            summary, averages = model.gather(model.vision_model(pixel_values=backbone.pixel_values(pictures)))
        things = torch.from_numpy(np.stack([one.owner > 0 for one in shown]))
        for name, part in zip(parts, (pictures, things, summary.half(), averages.half()), strict=True):
            parts[name].append(part)
    found = {name: torch.cat(rows) for name, rows in parts.items()}
    aside = path.with_suffix(".new")
    save_file({name: tensor.contiguous() for name, tensor in found.items()}, aside)
    aside.replace(path)
    return found


@dataclass(frozen=True)
class Batches:
    """Endless batches of drawn scenes, each told anew; `part` tells the parts of a run apart."""

    options: Options
    made: list[Scene]
    seen: dict[str, torch.Tensor]
    part: int

    def __iter__(self):
        rng, tokenizer = rng_of("train", 10, self.options.seed, self.part), wordpiece.tokenizer()
        scripts, first = script_masks(), self.options.portraits
        while True:
            rows = rng.sample(range(first), self.options.batch) + rng.sample(range(first, len(self.made)), self.options.batch)
            languages: list[Language] = [rng.choice(LANGUAGES) for _ in rows]
            told = [
                tell(self.made[row], random_list(rng, self.made[row], full=rng.random() < self.options.full), language).text
                for row, language in zip(rows, languages, strict=True)
            ]
            words = dict(tokenizer(told, padding=True, truncation=True, return_tensors="pt"))
            yield {
                **{name: tensor[rows] for name, tensor in self.seen.items()},
                **words,
                "bags": bags(words["input_ids"], len(tokenizer)),
                "scripts": torch.stack([scripts[language] for language in languages]),
                "portrait": torch.tensor(rows) < first,
            }


def bags(input_ids: torch.Tensor, size: int) -> torch.Tensor:
    """Say which tokens of the vocabulary each text has, shape (B, size), 1 or 0."""
    return torch.zeros(len(input_ids), size).scatter_(1, input_ids, 1.0)


def script_masks() -> dict[str, torch.Tensor]:
    """Say which tokens a text of each language could have, shape (vocab_size,) each: a text is asked about no others."""
    pieces = wordpiece.vocabulary()
    chinese = torch.tensor([any("\u3000" <= letter <= "\u9fff" or letter == "，" for letter in piece) for piece in pieces])
    special = torch.arange(len(pieces)) < len(wordpiece.SPECIAL)
    return {"en": (~chinese & ~special).float(), "zh": (chinese & ~special).float()}


# model


def from_backbone(options: Options) -> MvaeModel:
    """Make the model with the backbone in its picture's tower."""
    tokenizer = wordpiece.tokenizer()
    config = MvaeConfig(
        vision_config=backbone.vision_config(),
        vocab_size=len(tokenizer),
        max_position_embeddings=wordpiece.MAX_TOKENS,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = MvaeModel(config)
    model.set_attn_implementation("eager")
    with torch.no_grad():
        for module in model.children():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.5 * module.in_features**-0.5)
        nn.init.normal_(model.word_embedding.weight, std=0.5)
        nn.init.normal_(
            model.text_expert.weight, std=4 * model.text_expert.in_features**-0.5
        )  # a token is one of many in its mean
        for expert in (model.text_expert, model.image_expert):
            expert.bias[
                config.latent_dim :
            ] = -4.0  # sure at first: what is drowned in noise at the start is not learnt to be drawn
        model.text_decoder.bias.fill_(-4.0)  # few tokens of many are there
        for layer in model.image_decoder.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                layer.reset_parameters()
    model.vision_model.load_state_dict(CLIPVisionModel.from_pretrained(backbone.FOLDER, dtype=torch.float32).state_dict())
    model.vision_model.requires_grad_(False)
    return model


# loss


def divergence(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence of Gaussians (B, D) from the standard one, shape (B,), in nats."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1)


def picture_loss(drawn: torch.Tensor, batch: dict, rows: torch.Tensor, options: Options) -> torch.Tensor:
    """Negative log likelihood of pictures under Laplace distributions around what was drawn, up to a constant.

    Args:
        drawn: shape (n, 3, 96, 96), 0 to 1.
        batch: as of `Batches`.
        rows: shape (B,), bool; which n scenes were drawn.
        options: of the run.

    Returns:
        Shape (n,), nats.
    """
    errors = (drawn - batch["pictures"][rows].float() / 255).abs().sum(1)  # (n, 96, 96)
    return options.picture * (errors * (1 + (options.things - 1) * batch["things"][rows])).sum((1, 2))


def likeness_loss(model: MvaeModel, drawn: torch.Tensor, batch: dict, options: Options) -> torch.Tensor:
    """Compare the middle of drawn portraits with that of the batch's first pictures, as the tower sees both without all around.

    Args:
        model: with the tower, which is not trained.
        drawn: shape (n, 3, 96, 96), 0 to 1, of the first n pictures.
        batch: as of `Batches`.
        options: of the run.

    Returns:
        Squared differences of the last states of CLS and of the 8 x 8 patches in the middle, shape (n,).
    """
    with torch.no_grad():
        wanted = middle(model.vision_model, backbone.pixel_values(batch["pictures"][: len(drawn)]))
    return options.likeness * (middle(model.vision_model, 2 * drawn - 1) - wanted).square().sum((1, 2))


def middle(tower: CLIPVisionModel, values: torch.Tensor, edge: int = 2) -> torch.Tensor:
    """See a picture's patches but the outermost `edge` rows and columns: normed last states, CLS first."""
    grid = SIDE // PATCH
    inner = torch.arange(grid * grid).view(grid, grid)[edge : grid - edge, edge : grid - edge].flatten() + 1
    states = tower.pre_layrnorm(tower.embeddings(values)[:, torch.cat([torch.zeros(1, dtype=torch.long), inner])])
    return tower.post_layernorm(tower.encoder(inputs_embeds=states).last_hidden_state)


def text_loss(logits: torch.Tensor, batch: dict, options: Options) -> torch.Tensor:
    """Negative log likelihood of the bag of words over the text's script, shape (B,)."""
    entropy = F.binary_cross_entropy_with_logits(logits, batch["bags"], reduction="none")
    return options.text * (entropy * batch["scripts"]).sum(1)


def forward(model: MvaeModel, batch: dict, options: Options, done: float) -> tuple[torch.Tensor, dict[str, float]]:
    """Give minus the evidence lower bound of all subsets of the two modalities, the contrast added, and figures to print.

    Every subset tells the text of all scenes. To draw is costly: of both, a quarter of the scenes is drawn; of the picture alone,
    another; of the text alone, the portraits.
    """
    read = model.read(batch["input_ids"], batch["attention_mask"])
    seen = model.judge(batch["summary"].float(), batch["averages"].float())
    loss, figures = torch.zeros(()), {}
    even = torch.arange(len(batch["portrait"])) % 4 == 0
    beta = min(1.0, done / options.annealing)
    for name, experts, rows in (
        ("both", [read, seen], even),
        ("picture", [seen], even.roll(2)),
        ("text", [read], batch["portrait"]),
    ):
        mean, log_variance = product(experts)
        latents = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        pictures = model.image_decoder(latents[rows])
        parts = {
            "drawn": picture_loss(pictures, batch, rows, options).mean(),
            "told": text_loss(model.text_decoder(latents), batch, options).mean(),
            "kl": divergence(mean, log_variance).mean(),
        }
        loss = loss + parts["drawn"] + parts["told"] + beta * parts["kl"]
        if name == "text" and options.likened:  # portraits come first in a batch
            parts["likeness"] = likeness_loss(model, pictures[: options.likened], batch, options).mean()
            loss = loss + parts["likeness"]
        figures |= {f"{name}_{part}": value.item() for part, value in parts.items()}
    scores = F.normalize(read[0], dim=-1) @ F.normalize(seen[0], dim=-1).T
    contrast = infonce(scores)
    right = (scores.argmax(1) == torch.arange(len(scores))).float().mean()
    figures |= {"contrast": contrast.item(), "right": right.item()}
    return (loss + options.contrast * contrast) / 100, figures


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed) -> dict[str, Any]:
    """Train, evaluate, write `models/mvae-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    rank, _ = loop.join_processes()
    torch.manual_seed(seed)
    model = from_backbone(options)
    opt = loop.optimizer([(list(model.parameters()), options.lr)], decay=0.01)
    made = scenes(options)
    seen = drawn(options, made, model)

    def batches(taken_up: int):
        return iter(Batches(options, made, seen, taken_up))

    def loss_of(batch: dict, done: float):
        return forward(model, batch, options, done)

    loop.run(options.name, minutes, {"model": model}, opt, batches, loss_of)
    return write(model, options) if rank == 0 else {}


# export


def write(model: MvaeModel, options: Options) -> dict[str, Any]:
    """Write the checkpoint with tokenizer, processor, card and figures."""
    return export.write(
        model,
        Path(backbone.FOLDER).with_name(options.name),
        title="MVAE mini",
        about="An MVAE trained on drawn scenes: picture and text are experts on one latent, from which both are drawn and told again;"
        " a contrast of the experts' means and a likeness by the backbone's features are added to the evidence lower bound",
        command="python -m mmviz train mvae-mini",
        seed=options.seed,
        shares=[("vision_model.", "backbone", "")],
        goals=GOALS,
    )


if __name__ == "__main__":
    main()
