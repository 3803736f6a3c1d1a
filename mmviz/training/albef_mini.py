"""Train albef-mini: align before fuse, with a momentum teacher, on drawn scenes.

    python -m mmviz train albef-mini --minutes 66

ALBEF (Li et al., 2021, arXiv:2107.07651) begins its encoders with trained ones. Here the picture's is `models/backbone`, whose
layers below the last stay as they are, and the text's and the layers of fusion are layers of `models/blip-mini`, which is of the
same form: the first two without their cross-attention, then the first, the second and the last with it.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from transformers import CLIPVisionModel
from transformers.masking_utils import create_bidirectional_mask

from mmviz.models import forms
from mmviz.models.nets.albef import AlbefConfig, AlbefModel, Encoders, Teacher
from mmviz.training import backbone, blip_mini, clip_mini, contrast, export, loop, matching, material, wordpiece
from mmviz.training.momentum import Momentum

#: Other scenes' pairs alone first; edits from then on.
COURSE = (
    (0.03, material.Mix(40, 4, 0, 0, 0, 0)),
    (1.0, material.Mix(alone=8, bits=2, siblings=1, quads=2, relations=4, pairs=8)),
)
#: What the figures should reach: those of blip-mini less .02.
GOALS = {
    "matching.auroc_easy": 0.977,
    "matching.auroc_easy_zh": 0.978,
    "matching.auroc_hard": 0.905,
    "pairs.noun": 0.966,
    "pairs.colour": 0.974,
    "pairs.colour_swap": 0.965,
    "pairs.size": 0.970,
    "pairs.count": 0.681,
    "pairs.negation": 0.947,
    "pairs.part": 0.747,
    "pairs.relation": 0.866,
    "pairs_zh.colour_swap": 0.957,
    "pairs_zh.relation": 0.786,
    "shape_gallery": 0.958,
    "retrieval.en.text_to_image.r1": 0.947,
    "retrieval.zh.text_to_image.r1": 0.954,
    "pointing.similarity": 0.917,
    "pointing.attention": 0.829,
}
#: Folder of the model whose layers this one begins with, which of them, and hidden units of each that are kept of 704.
START = backbone.FOLDER.with_name("blip-mini")
READING, FUSING = (0, 1), (0, 1, 3)
KEPT = 256


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "albef-mini"
    minutes: float = 66.0  # of processor time, evaluation not counted
    seed: int = 0
    chinese: float = 0.5  # share of captions
    lr: float = 5e-4
    vision_lr: float = 0.25  # share of lr for the picture encoder's last layer
    easy: float = 0.03  # until which share of the run hard pairs count nothing; they count fully at twice that
    local: float = 1.0  # weight of the local contrast of tokens and regions
    queue: int = 512  # vectors of earlier batches that the contrast sees as well
    momentum: float = 0.99  # share of its weights that the teacher keeps at a step
    trust: float = 0.4  # weight of the teacher's soft targets beside the label, reached at a tenth of the run
    course: tuple[tuple[float, material.Mix], ...] = COURSE  # until which share of the run, what a batch is made of


# model


def config() -> AlbefConfig:
    """The backbone's picture encoder, a text encoder of 2 layers x 192 and 3 layers of fusion."""
    blip = blip_mini.config()
    reading = {"num_hidden_layers": len(READING), "is_decoder": False, "intermediate_size": KEPT, "architectures": None}
    return AlbefConfig(
        vision_config=blip.vision_config.to_dict(),
        text_config=blip.text_config.to_dict() | reading,
        fusion_layers=len(FUSING),
        projection_dim=blip.projection_dim,
    )


def from_blip(folder: Path = START) -> tuple[AlbefModel, backbone.Heads]:
    """Make the model with layers of a trained BLIP, the backbone's below the last, and the backbone's heads for patches' labels."""
    model, heads = AlbefModel(config()), backbone.Heads()
    given = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    tower = CLIPVisionModel.from_pretrained(backbone.FOLDER, dtype=torch.float32)
    trunk = {f"vision_model.{name}": value for name, value in forms.blip_tower(tower.state_dict()).items()}
    last = (f"vision_model.encoder.layers.{model.config.vision_config.num_hidden_layers - 1}.", "vision_model.post_layernorm.")
    trunk |= {name: value for name, value in given.items() if name.startswith(last)}
    others = {
        name: given[name]
        for name in given
        if name.startswith(("text_encoder.embeddings.", "text_proj.", "vision_proj.", "itm_head."))
    }
    found = model.load_state_dict(trunk | others | layer_weights(given), strict=False)
    fresh = {name.partition(".")[0] for name in found.missing_keys}
    if found.unexpected_keys or fresh - {"word_head", "word_bias", "temperature"}:
        raise ValueError(f"{folder.name} does not fit: {found.unexpected_keys[:3]}, {sorted(fresh)}")
    for module in (model.vision_model.embeddings, *model.vision_model.encoder.layers[:-1]):
        module.requires_grad_(False)
    nn.init.normal_(model.word_head.dense.weight, std=model.config.text_config.hidden_size**-0.5)
    heads.load_state_dict({name: value.float() for name, value in load_file(backbone.FOLDER / "heads.safetensors").items()})
    return model, heads


def layer_weights(given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Pick and rename layers of BLIP's text tower; of each one's hidden units those stay that reach furthest."""
    made = {}
    for start, picked in (("text_encoder.encoder.layer", READING), ("fusion.layer", FUSING)):
        for place, number in enumerate(picked):
            stem = f"text_encoder.encoder.layer.{number}."
            layer = {name.removeprefix(stem): value for name, value in given.items() if name.startswith(stem)}
            reach = layer["intermediate.dense.weight"].norm(dim=1) * layer["output.dense.weight"].norm(dim=0)
            kept = reach.topk(KEPT).indices.sort().values
            for name in ("intermediate.dense.weight", "intermediate.dense.bias"):
                layer[name] = layer[name][kept]
            layer["output.dense.weight"] = layer["output.dense.weight"][:, kept]
            own = {
                name: value for name, value in layer.items() if start == "fusion.layer" or not name.startswith("crossattention.")
            }
            made |= {f"{start}.{place}.{name}": value for name, value in own.items()}
    return made


# loss


def forward(
    model: AlbefModel,
    momentum: Momentum,
    heads: backbone.Heads,
    extra: blip_mini.Extra,
    batch: dict,
    options: Options,
    done: float,
):
    """Give the loss of a batch, and figures to print; the teacher moves on before it is asked."""
    momentum.follow(model, options.momentum)
    below = trunk(model, backbone.pixel_values(batch["pictures"]))
    seen, read = top(model, below), reads(model, batch["input_ids"], batch["attention_mask"])
    tokens, patches = clip_mini.unit(model.text_proj(read)), clip_mini.unit(model.vision_proj(seen))
    with torch.no_grad():
        taught = top(momentum.teacher, below)
        told = reads(momentum.teacher, batch["input_ids"], batch["attention_mask"])[:, 0]
        theirs = clip_mini.unit(momentum.teacher.text_proj(told)), clip_mini.unit(momentum.teacher.vision_proj(taught[:, 0]))
    trust = options.trust * min(1.0, 10 * done)
    ours = tokens[:, 0], patches[:, 0]
    outer = momentum.contrast(ours, theirs, model.temperature, trust, batch["true"])
    logits = ours[0] @ ours[1].T / model.temperature.clamp(0.01, 0.5)
    inner, _, _ = contrast.within(logits, batch["true"], batch["group"])
    local = matching.local_contrast(tokens, patches[:, 1:], batch["regions"], 0.07)
    things = extra.thing_loss(tokens, patches[:, 1:], batch)
    right = (logits.masked_fill(batch["true"], contrast.NEVER).argmax(1) == torch.arange(len(logits))).float().mean()
    figures = {"contrast": outer.item(), "right": right.item(), "local": local.item(), "things": things.item()}
    loss = (outer + inner) / 2 + options.local * (local + 0.5 * things)
    batch = {**batch, "easy": likely_wrong(batch, logits.detach()) if done > options.easy else batch["easy"]}
    matched, more = match(
        model, momentum.teacher, extra, (read, seen, taught), batch, (min(1.0, max(0.0, done / options.easy - 1)), trust)
    )
    dense, _ = heads.patch_loss(seen[:, 1:], batch)
    return loss + matched + 0.3 * dense, {**figures, **more, "dense": dense.item()}


def likely_wrong(batch: dict, logits: torch.Tensor) -> torch.Tensor:
    """Draw for each caption a picture of another scene it is false of, the likelier the more alike the contrast finds them, (B,)."""
    wrong = ~batch["true"] & (batch["group"][:, None] != batch["group"][None])
    drawn = torch.multinomial(logits.masked_fill(~wrong, contrast.NEVER).softmax(1), 1)
    return torch.where(wrong.gather(1, drawn), drawn, -1)[:, 0]  # -1 where none is wrong


def trunk(model: AlbefModel, values: torch.Tensor) -> torch.Tensor:
    """Run the picture encoder's layers below the last, which nobody trains: (B, 1 + K, width)."""
    with torch.no_grad():
        states = model.vision_model.embeddings(values)
        for layer in model.vision_model.encoder.layers[:-1]:
            states = layer(states)
    return states


def top(model: Encoders, below: torch.Tensor) -> torch.Tensor:
    """Run the picture encoder's last layer: (B, 1 + K, width)."""
    return model.vision_model.post_layernorm(model.vision_model.encoder.layers[-1](below))


def reads(model: Encoders, ids: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
    """Read texts (B, T) without pictures: (B, T, width)."""
    return model.text_encoder(input_ids=ids, attention_mask=attention).last_hidden_state


def match(model: AlbefModel, teacher: Teacher, extra: blip_mini.Extra, encoded: tuple, batch: dict, shares: tuple[float, float]):
    """Losses of fusion: matching, readings of tokens half way, masked words with the label and with what the teacher guesses.

    Args:
        encoded: states of the texts and of the pictures, and the teacher's of the pictures.
        shares: weights of hard pairs and of the teacher's guesses, 0 to 1.
    """
    (read, seen, taught), (hard, trust) = encoded, shares
    texts, pictures, counts = matching.pairs_of(batch, hard > 0)
    masked = torch.arange(len(batch["input_ids"]))[::3]
    ids, attention = batch["masked_ids"][masked], batch["attention_mask"]
    states = torch.cat([read[texts], reads(model, ids, attention[masked])])
    ran = fuse(model, states, attention[torch.cat([texts, masked])], seen[torch.cat([pictures, masked])])
    pairs = len(texts)
    logits = model.itm_head(ran[-1][:pairs, 0])
    loss, figures = matching.matching_loss(logits[:, 1] - logits[:, 0], texts, pictures, counts, hard)
    told = sum(extra.readings.loss(ran[i][:pairs], texts, pictures, batch) for i in (0, 1)) / 2
    fits = extra.readings.agreement(ran[1][:pairs], texts, pictures, batch)
    labels = batch["masked"][masked]
    hidden = labels >= 0
    with torch.no_grad():
        guessed = fuse(teacher, reads(teacher, ids, attention[masked]), attention[masked], taught[masked])[-1]
        guessed = teacher.words(guessed[hidden]).softmax(-1)
    found = model.words(ran[-1][pairs:][hidden]).log_softmax(-1)
    words = (1 - trust) * F.nll_loss(found, labels[hidden]) - trust * (guessed * found).sum(-1).mean()
    figures |= {"match": loss.item(), "told": told.item(), "fits": fits.item(), "words": words.item()}
    return loss + told + fits + 0.5 * words, figures


def fuse(
    model: Encoders, states: torch.Tensor, attention: torch.Tensor, seen: torch.Tensor, parts: int = 2
) -> list[torch.Tensor]:
    """Run the layers of fusion, short texts apart from long ones; the states after each; on padding they mean nothing.

    Args:
        states: of the text encoder, shape (P, T, width).
        attention: shape (P, T).
        seen: states of each text's picture, shape (P, 1 + K, width).
        parts: how many passes.
    """
    order, kept = attention.sum(1).argsort(), [[] for _ in model.fusion.layer]
    for rows in order.chunk(parts):
        longest = int(attention[rows].sum(1).max())
        now = states[rows, :longest]
        mask = create_bidirectional_mask(config=model.fusion.config, inputs_embeds=now, attention_mask=attention[rows, :longest])
        for layer, after in zip(model.fusion.layer, kept, strict=True):
            now = layer(now, seen[rows], attention_mask=mask)
            after.append(F.pad(now, (0, 0, 0, states.shape[1] - longest)))
    back = order.argsort()
    return [torch.cat(after)[back] for after in kept]


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed) -> dict[str, Any]:
    """Train, evaluate, write `models/albef-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    rank, _ = loop.join_processes()
    torch.manual_seed(seed)
    model, heads = from_blip()
    tokenizer = wordpiece.tokenizer()
    extra = blip_mini.Extra(model.config.text_config.hidden_size, len(tokenizer))
    momentum = Momentum(model, options.queue)
    vision = list(model.vision_model.parameters())
    known = {id(p) for p in vision}
    others = [p for p in model.parameters() if id(p) not in known]
    groups = [
        ([*vision, *heads.parameters()], options.vision_lr * options.lr),
        (others, options.lr),
        (extra.parameters(), 2 * options.lr),
    ]
    opt = loop.optimizer(groups, decay=0.02)
    share_done = torch.multiprocessing.Value("d", 0.0)

    def batches(taken_up: int):
        data = matching.Batches(options.course, options.chinese, (6, seed, taken_up, rank), share_done, tokenizer)
        return iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))

    def loss_of(batch: dict, done: float):
        share_done.value = done
        return forward(model, momentum, heads, extra, batch, options, done)

    modules = {"model": model, "heads": heads, "extra": extra, "momentum": momentum}
    loop.run(options.name, options.minutes, modules, opt, batches, loss_of)
    return write(model, momentum, options) if rank == 0 else {}


# export


def write(model: AlbefModel, momentum: Momentum, options: Options) -> dict[str, Any]:
    """Write the checkpoint with tokenizer, processor, card and figures; the teacher's distance goes into the card."""
    about = "ALBEF trained on drawn scenes: contrast with a momentum teacher and a queue, matching with hard pairs, masked words"
    facts = {"temperature": float(model.temperature.detach().clamp(0.01, 0.5)), "teacher_distance": momentum.distance(model)}
    facts["begins_with"] = "backbone (the picture's layers below the last, unchanged); blip-mini (all other layers)"
    return export.write(
        copy.deepcopy(model),
        Path(backbone.FOLDER).with_name(options.name),
        title="ALBEF mini",
        about=about,
        command=f"python -m mmviz train {options.name}",
        seed=options.seed,
        goals=GOALS,
        facts=facts,
        others=120,
        shares=[(f"vision_model.{part}", "backbone", part, "blip") for part in backbone.below_last()],
    )


if __name__ == "__main__":
    main()
