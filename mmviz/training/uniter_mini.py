"""Train uniter-mini: words and the regions of detector-mini in one Transformer, on drawn scenes.

    python -m mmviz train uniter-mini --minutes 30

UNITER's four losses (masked words, masked regions by the detector's own beliefs, matching with hard negatives, word-region transport by
IPOT), and what is ours, as in the other bundled models that match: tokens that name a thing are contrasted with the regions that show it, and
say half way what it is like there. The detector stays as it is.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import BertConfig

from mmviz.models import sharing
from mmviz.models.nets.detector import DetectorModel, keep
from mmviz.models.nets.uniter import UniterConfig, UniterModel
from mmviz.models.uniter_regions import placed
from mmviz.training import backbone, export, loop, matching, material, wordpiece
from mmviz.training.clip_mini import unit
from mmviz.training.patches import vocabulary

DETECTOR = Path(backbone.FOLDER).with_name("detector-mini")
#: Easy pairs alone first, then edits, many of them relations and swapped colours.
COURSE = (
    (0.2, material.Mix(22, 2, 0, 0, 0, 0)),
    (0.85, material.Mix(alone=4, bits=1, siblings=0, quads=1, relations=3, pairs=5, swaps=1)),
    (1.0, material.Mix(alone=5, bits=1, siblings=1, quads=1, relations=2, pairs=5, swaps=1)),
)
#: Captions read without a picture beside every batch.
ALONE = material.Mix(alone=24, bits=4, siblings=0, quads=1, relations=4, pairs=10)
WIDTH, LAYERS, HEADS = 128, 6, 4
#: After which layer tokens know what they speak of, what it is like in the picture, and whether the caption is right about it.
NAMED, TOLD, FITS = 2, 3, 5
#: What the figures should reach.
GOALS = {
    "matching.auroc_easy": 0.98,
    "matching.auroc_hard": None,
    "pairs.colour_swap": 0.90,
    **dict.fromkeys(f"pairs.{kind}" for kind in ("noun", "size", "count", "negation", "relation")),
    "pairs_zh.colour_swap": None,
    "retrieval.en.text_to_image.r1": None,
    "retrieval.zh.text_to_image.r1": None,
    "pointing.similarity": 0.88,
    "pointing.transport": None,
    "pointing.attention": 0.88,
    "pointing_true_boxes.similarity": 0.93,
    "pointing_true_boxes.transport": None,
    "pointing_true_boxes.attention": 0.93,
}


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "uniter-mini"
    minutes: float = 30.0  # of processor time, evaluation not counted
    seed: int = 0
    chinese: float = 0.5  # share of captions
    lr: float = 1e-3
    easy: float = 0.2  # until which share of the run hard pairs count nothing; they count fully at twice that
    threshold: float = 0.2  # of the detector's boxes
    most: int = 16  # regions of a picture in training
    hidden: float = 0.15  # share of regions that are masked
    transport: float = 0.1  # weight of the word-region transport, as in the paper
    temperature: float = 0.07  # of the contrast of tokens and regions


# model


def from_detector(options: Options) -> UniterModel:
    """Make the model with detector-mini in it, which is not trained any more."""
    tokenizer, found = wordpiece.tokenizer(), sharing.read(DetectorModel, DETECTOR, dtype=torch.float32)
    text = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=wordpiece.MAX_TOKENS,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.06,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    config = UniterConfig(
        text_config=text,
        detector_config={
            name: value for name, value in found.config.to_dict().items() if name != "_name_or_path"
        },  # a path of the trainer
        region_dim=len(found.config.feature_layers) * found.config.vision_config.hidden_size,
        region_classes=found.config.num_labels,
        threshold=options.threshold,
        max_regions=100,
        initializer_range=0.06,
    )
    model = UniterModel(config)
    model.set_attn_implementation("eager")
    model.detector.load_state_dict(found.state_dict())
    model.detector.requires_grad_(False)
    return model


class Extra(nn.Module):
    """What only training has: readings of tokens, and which thing each token speaks of."""

    def __init__(self):
        super().__init__()
        self.readings = matching.TokenReadings(WIDTH)
        self.named = nn.Linear(WIDTH, len(vocabulary()[0]) + 1)


@dataclass(frozen=True)
class Seen:
    """Regions of a batch.

    Attributes:
        features, places: shape (B, R, F) and (B, R, 7).
        there: shape (B, R), bool; the others fill up.
        beliefs: of the detector which thing each is, shape (B, R, C).
        shows: which regions show what a token of the picture's own caption names, shape (B, T, R), each row spread over them or 0.
    """

    features: torch.Tensor
    places: torch.Tensor
    there: torch.Tensor
    beliefs: torch.Tensor
    shows: torch.Tensor


def see(detector: DetectorModel, batch: dict, options: Options) -> Seen:
    """Find regions as the family does, and say which show what."""
    with torch.no_grad():
        with torch.autocast("cpu", torch.bfloat16):
            told = detector(backbone.pixel_values(batch["pictures"]))
        states, scores = told.states.float(), told.scores
        found = []
        for row, boxes in enumerate(told.boxes.clamp(0, 1)):
            kept = keep(boxes, scores[row], options.threshold)[: options.most]
            kept = kept[(boxes[kept, 2:] > boxes[kept, :2]).all(1)]
            pooled = detector.pool(torch.cat([states[row], batch["regions"][row].T], 1), boxes[kept])
            found.append((pooled, placed(boxes[kept]), told.classes[row, kept].softmax(-1)))
    pooled, places, beliefs = (nn.utils.rnn.pad_sequence(list(part), batch_first=True) for part in zip(*found, strict=True))
    there = torch.arange(pooled.shape[1]) < torch.tensor([[len(part[0])] for part in found])
    width = states.shape[-1]
    return Seen(pooled[..., :width], places, there, beliefs, shown(pooled[..., width:].transpose(1, 2)))


def shown(shares: torch.Tensor) -> torch.Tensor:
    """Spread 1 over the regions that are filled most by what a token names, (B, T, R); nothing where none is."""
    most = shares.amax(-1, keepdim=True)
    good = ((shares >= 0.5 * most) & (most > 1e-3)).float()
    return good / good.sum(-1, keepdim=True).clamp_min(1)


# losses


def transported(
    cost: torch.Tensor, words: torch.Tensor, regions: torch.Tensor, beta: float = 0.5, steps: int = 50
) -> torch.Tensor:
    """Transport words to regions by IPOT (Xie et al., 2018, Algorithm 1, arXiv:1802.04307): what the plan costs, (B,).

    Args:
        cost: 1 - cosine, shape (B, T, R).
        words, regions: which of them are there, shape (B, T) and (B, R), bool; each has an equal share of 1.
        beta: of the proximal steps.
        steps: how many of them, with one scaling each. As in UNITER the plan has no gradient, the cost has.
    """
    with torch.no_grad():
        pairs = (words[:, :, None] & regions[:, None]).float()
        rows, columns = (there.float() / there.sum(1, keepdim=True).clamp_min(1) for there in (words, regions))
        kernel, plan = (-cost / beta).exp() * pairs, pairs.clone()
        given = columns.clone()
        for _ in range(steps):
            near = kernel * plan  # (B, T, R)
            taken = rows / (near @ given[..., None])[..., 0].clamp_min(1e-12)
            given = columns / (taken[:, None] @ near)[:, 0].clamp_min(1e-12)
            plan = taken[..., None] * near * given[:, None]
    return (plan * cost).sum((1, 2))


def layers_of(model: UniterModel, embeds: torch.Tensor, there: torch.Tensor, depth: int = LAYERS) -> list[torch.Tensor]:
    """Run the stream, or its first `depth` layers, and give the states before the first and after each."""
    closed = (1.0 - there.to(embeds)[:, None, None]) * torch.finfo(embeds.dtype).min
    after = [embeds]
    for layer in model.bert.encoder.layer[:depth]:
        after.append(layer(after[-1], closed))
    return after


def forward(model: UniterModel, extra: Extra, batch: dict, options: Options, done: float):
    """Give the loss of a batch, and figures to print."""
    hard = min(1.0, max(0.0, done / options.easy - 1))
    texts, pictures, counts = matching.pairs_of(batch, hard > 0)
    seen, words = see(model.detector, batch, options), batch["input_ids"].shape[1]
    every = torch.arange(len(batch["input_ids"]))
    masked = every[::4]  # their words are masked, and the regions of the next ones
    blind = every[1::4]
    hidden = (torch.rand(seen.there.shape) < options.hidden) & seen.there
    tokens = torch.cat([batch["input_ids"][texts], batch["masked_ids"][masked], batch["input_ids"][blind]])
    which = torch.cat([pictures, masked, blind])
    embedded = torch.cat(
        [
            model.embed_regions(seen.features, seen.places)[torch.cat([pictures, masked])],
            model.embed_regions(seen.features[blind], seen.places[blind], hidden[blind]),
        ]
    )
    read = torch.cat([batch["attention_mask"][texts], batch["attention_mask"][masked], batch["attention_mask"][blind]])
    embeds = torch.cat([model.embed_text(tokens), embedded], 1)
    after = layers_of(model, embeds, torch.cat([read, seen.there[which].long()], 1))
    pairs, last = len(texts), after[-1].float()
    scores = model.match_head(model.bert.pooler(after[-1][:pairs])).float()
    logits = scores[:, 1] - scores[:, 0]
    loss, figures = matching.matching_loss(logits, texts, pictures, counts, hard)
    figures = {"match": loss.item(), **figures}
    told = extra.readings.loss(after[TOLD][:pairs, :words], texts, pictures, batch)
    fits = extra.readings.agreement(after[FITS][:pairs, :words], texts, pictures, batch)
    labels = batch["masked"][masked]
    spoken = model.words(after[-1][pairs : pairs + len(masked), :words][labels >= 0]).float()
    guessed = F.cross_entropy(spoken, labels[labels >= 0])
    figures |= {"told": told.item(), "fits": fits.item(), "words": guessed.item()}
    loss = loss + told + fits + 0.3 * guessed
    if hidden[blind].any():
        things = region_loss(model, after[-1][pairs + len(masked) :, words:][hidden[blind]], seen.beliefs[blind][hidden[blind]])
        loss, figures = loss + 0.3 * things, figures | {"regions": things.item()}
    local, moved = aligned(last[:pairs, :words], last[:pairs, words:], batch, seen, texts, pictures, options)
    named, more = read_alone(model, extra, batch["more"])
    own = batch["named"] > 0
    named = named + F.cross_entropy(extra.named(after[NAMED][: len(every), :words][own]).float(), batch["named"][own])
    figures |= {"local": local.item(), "moved": moved.item(), **more}
    return loss + local + options.transport * moved + named, figures


def region_loss(model: UniterModel, states: torch.Tensor, beliefs: torch.Tensor) -> torch.Tensor:
    """Divergence of what hidden regions are taken for from what the detector takes them for: states (N, width), beliefs (N, classes)."""
    return F.kl_div(model.class_head(states).float().log_softmax(-1), beliefs, reduction="batchmean")


def aligned(tokens, regions, batch: dict, seen: Seen, texts, pictures, options: Options) -> tuple[torch.Tensor, torch.Tensor]:
    """Hold words and regions together in the last states: contrast of tokens with what they name, and transport.

    Args:
        tokens, regions: last states of all pairs, captions' own first, shape (P, T, width) and (P, R, width).
        batch, seen, options: as elsewhere.
        texts, pictures: numbers of each pair's text and picture, shape (P,).

    Returns:
        The contrast, and the mean cost of transport of right pairs less that of wrong ones.
    """
    own = len(batch["input_ids"])
    with torch.autocast("cpu", enabled=False):
        cosines = unit(tokens.float()) @ unit(regions.float()).transpose(1, 2)  # (P, T, R)
        there = seen.there[pictures]
        logits = (cosines / options.temperature).masked_fill(~there[:, None], -1e4)[:own]
        known = seen.shows.sum(-1) > 0.5
        local = -(seen.shows[known] * logits[known].log_softmax(-1)).sum(-1).mean()
        costs = transported(1 - cosines, batch["attention_mask"][texts].bool(), there)
    return local, costs[:own].mean() - costs[own:].mean()


def read_alone(model: UniterModel, extra: Extra, texts: dict) -> tuple[torch.Tensor, dict[str, float]]:
    """Losses of captions read without a picture: which thing each token speaks of, the colour and the partner it is given."""
    after = layers_of(model, model.embed_text(texts["input_ids"]), texts["attention_mask"], TOLD)
    named, said = texts["named"], texts["said"]
    things = F.cross_entropy(extra.named(after[NAMED][named > 0]).float(), named[named > 0])
    colours = F.cross_entropy(extra.readings.said(after[TOLD][said >= 0]).float(), said[said >= 0])
    roles = extra.readings.roles(after[TOLD], texts)
    return things + 0.5 * (colours + roles), {"things": things.item(), "roles": roles.item()}


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed) -> dict[str, Any]:
    """Train, evaluate, write `models/uniter-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    rank, _ = loop.join_processes()
    torch.manual_seed(seed)
    model, extra, tokenizer = from_detector(options), Extra(), wordpiece.tokenizer()
    opt = loop.optimizer([([*model.parameters(), *extra.parameters()], options.lr)], decay=0.05)
    share_done = torch.multiprocessing.Value("d", 0.0)

    def batches(taken_up: int):
        data = matching.Batches(COURSE, options.chinese, (2, options.seed, taken_up, rank), share_done, tokenizer, ALONE)
        return iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))

    def loss_of(batch: dict, done: float):
        share_done.value = done
        with torch.autocast("cpu", torch.bfloat16):
            return forward(model, extra, batch, options, done)

    loop.run(options.name, options.minutes, {"model": model, "extra": extra}, opt, batches, loss_of)
    return write(model, options) if rank == 0 else {}


# export


def write(model: UniterModel, options: Options) -> dict[str, Any]:
    """Write the checkpoint with tokenizer, processor, card and figures."""
    return export.write(
        model,
        Path(backbone.FOLDER).with_name(options.name),
        title="UNITER mini",
        about="UNITER trained on drawn scenes: the regions of detector-mini and words in one stream, by masked words and regions, matching "
        "with edited pairs, and word-region transport",
        command="python -m mmviz train uniter-mini",
        seed=options.seed,
        shares=[("detector.", "detector-mini", "")],
        goals=GOALS,
    )


if __name__ == "__main__":
    main()
