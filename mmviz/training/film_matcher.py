"""Train film-matcher: a network on the graph of all pairs of a shot and a clause, for matrices of similarities of any encoder.

    python -m mmviz train film-matcher --minutes 14

Nodes are pairs; edges lead to the pairs before and after in the film and in the text, cut where either breaks off. Every step
reads fresh worlds. What is trained here runs in NumPy (`mmviz/methods/gnn.py`).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from mmviz import matched
from mmviz.methods.pair_features import BELIEFS, NAMES, Material, features
from mmviz.models import folders
from mmviz.training import export, loop
from mmviz.worlds.matches import NOISES, ORDERS, MatchWorld, generator, world

SPLIT = "train"
#: Sizes of a batch's films: fewest and most events, and how many films.
SIZES = (((3, 8), 64), ((8, 18), 32), ((8, 18), 32), ((16, 30), 12), ((30, 60), 4))
NAME = "film-matcher"
GOALS = {"mono": 0.78, "swap": 0.71, "block": 0.73, "shuffle": ""}
CARD = {
    "kind": "matcher",
    "title": "Film matcher",
    "about": "A graph network that pairs the shots of a film with the clauses of a text by normalised similarities of any encoder",
    "knows": "matches similarities of any encoder",
    "paper": "Gilmer et al., 2017, arXiv:1704.01212",
    "command": f"python -m mmviz train {NAME}",
}


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = NAME
    minutes: float = 14.0  # of processor time, evaluation not counted
    seed: int = 0
    lr: float = 3e-3
    channels: int = 24
    hidden: int = 32
    layers: int = 4
    marked: float = 0.3  # share of batches in which breaks of film and text are told
    constrained: float = 0.2  # share of worlds in which some pairs are fixed or forbidden
    time_edges: bool = True  # without: an ablation, neighbours exchange nothing
    chains: bool = True  # without: an ablation, the chains' beliefs are not read


# data


class Worlds(torch.utils.data.IterableDataset):
    """Endless batches of fresh worlds; `part` tells runs and processes apart."""

    def __init__(self, options: Options, part: tuple[int, ...]):
        self.options, self.part = options, part

    def __iter__(self):
        rng = generator(SPLIT, 12, self.options.seed, *self.part)
        while True:
            yield batch(rng, self.options)


def batch(rng: np.random.Generator, options: Options) -> dict[str, torch.Tensor]:
    """Make up one batch.

    Returns:
        `x` (B, F, S, C); `there` (B, S, C), bool; `clause_of` (B, S), int64, C where a shot shows none, -100 where there is no shot;
        `known` (B, S, C), int8; `shot_links` (B, S - 1) and `clause_links` (B, C - 1), or neither where all are 1.
    """
    events, count = SIZES[rng.integers(len(SIZES))]
    made = [_world(rng, events) for _ in range(count)]
    is_marked = rng.random() < options.marked
    materials = [_material(rng, one, is_marked, options) for one in made]
    given = collate(made, materials, options)
    return given if is_marked else {k: v for k, v in given.items() if not k.endswith("links")}


def collate(made: list[MatchWorld], materials: list[Material], options: Options) -> dict[str, torch.Tensor]:
    """Stack worlds; gives what `batch` does, always with the links."""
    x, there = features(materials)
    if not options.chains:
        x[..., BELIEFS] = 0
    count, clause_of = len(made), np.full(there.shape[:2], -100)
    links = {"shot_links": np.ones((count, there.shape[1] - 1)), "clause_links": np.ones((count, there.shape[2] - 1))}
    known = np.full(there.shape, -1, np.int8)
    for i, (one, material) in enumerate(zip(made, materials, strict=True)):
        n_shots, n_clauses = one.similarity.shape
        clause_of[i, :n_shots] = np.where(one.clause_of < 0, there.shape[2], one.clause_of)
        known[i, :n_shots, :n_clauses] = material.known
        for name, rows in links.items():
            own = getattr(material, name)
            rows[i, : len(own)] = own
    whole = {"x": x.transpose(0, 3, 1, 2).copy(), "there": there, "clause_of": clause_of, "known": known, **links}
    return {k: torch.from_numpy(v) for k, v in whole.items()}


def _world(rng: np.random.Generator, events: tuple[int, int]) -> MatchWorld:
    order = rng.choice(["mono", "swap", "block", "shuffle"], p=[0.28, 0.26, 0.32, 0.14])
    dimension = int(rng.choice([16, 24, 32, 32, 32, 48, 64, 128]))
    hubness = float(rng.uniform(0, 1.5)) if rng.random() < 0.25 else 0.0
    return world(rng, order, float(rng.uniform(0.3, 1.8)), dimension=dimension, events=events, hubness=hubness)


def _material(rng: np.random.Generator, one: MatchWorld, is_marked: bool, options: Options) -> Material:
    """Tell of a world where film and text break off, most of the true places and few false ones, and some pairs."""
    n_shots, n_clauses = one.similarity.shape
    known = np.zeros((n_shots, n_clauses), np.int8)
    shot_links, clause_links = np.ones(n_shots - 1), np.ones(n_clauses - 1)
    if is_marked:
        clause_links[rng.random(n_clauses - 1) < np.where(one.turns, 0.6, 0.04)] = 0
        changes = np.diff(one.event_of) != 0
        shot_links[rng.random(n_shots - 1) < np.where(changes, 0.4, 0.04)] = 0
    if rng.random() < options.constrained:
        for shot in rng.choice(n_shots, int(rng.integers(1, 4))):
            if rng.random() < 0.5:
                known[shot] = -1
                known[shot, one.clause_of[shot] if one.clause_of[shot] >= 0 else []] = 1
            else:
                wrong = int(rng.integers(n_clauses))
                known[shot, wrong] = -1 if wrong != one.clause_of[shot] and known[shot, wrong] == 0 else known[shot, wrong]
    return Material(one.similarity, shot_links, clause_links, known)


# model


class Layer(nn.Module):
    """One step of message passing: every pair hears of itself, its eight neighbours, its row, its column and all."""

    def __init__(self, channels: int, hidden: int):
        super().__init__()
        self.neighbours = nn.Parameter(torch.randn(hidden, channels, 3, 3) / (3 * channels**0.5))
        self.by_row, self.by_column = nn.Linear(2 * channels, hidden), nn.Linear(2 * channels, hidden)  # greatest and mean
        self.by_all = nn.Linear(channels, hidden)
        self.out = nn.Linear(hidden, channels)
        self.norm = nn.LayerNorm(channels)

    def forward(self, h: torch.Tensor, there: torch.Tensor, links: tuple[torch.Tensor, torch.Tensor] | None) -> torch.Tensor:
        """Take (B, D, S, C) to (B, D, S, C)."""
        heard = linked(h, self.neighbours, links) if links else F.conv2d(h, self.neighbours, padding=1)  # (B, hidden, S, C)
        for linear, pooled in ((self.by_row, _pooled(h, there, 3)), (self.by_column, _pooled(h, there, 2))):
            heard = heard + linear(pooled.movedim(1, -1)).movedim(-1, 1)  # (B, hidden, S, 1) or (B, hidden, 1, C)
        heard = heard + self.by_all(_mean_of_all(h, there).movedim(1, -1)).movedim(-1, 1)  # (B, hidden, 1, 1)
        told = self.out(F.relu(heard).movedim(1, -1))
        return self.norm(h.movedim(1, -1) + told).movedim(-1, 1) * there[:, None]


def linked(h: torch.Tensor, weight: torch.Tensor, links: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Convolve as `F.conv2d` with padding 1, what comes over a link weakened by it."""
    n_shots, n_clauses = h.shape[2:]
    padded = F.pad(h, (1, 1, 1, 1))
    shot, clause = (F.pad(link, (1, 1)).to(h.dtype) for link in links)  # (B, S + 1), (B, C + 1)
    heard = 0
    for di in range(3):
        for dj in range(3):
            part = padded[:, :, di : di + n_shots, dj : dj + n_clauses]
            if di != 1:
                part = part * shot[:, None, di // 2 : di // 2 + n_shots, None]
            if dj != 1:
                part = part * clause[:, None, None, dj // 2 : dj // 2 + n_clauses]
            heard = heard + torch.einsum("bdsc,hd->bhsc", part, weight[:, :, di, dj])
    return heard


class FilmMatcher(nn.Module):
    """The network; `forward` gives logits of every pair and of none, after each step."""

    def __init__(self, options: Options):
        super().__init__()
        d, self.options = options.channels, options
        self.into = nn.Linear(len(NAMES), d)
        self.layers = nn.ModuleList(Layer(d, options.hidden) for _ in range(options.layers))
        self.pair = nn.Linear(d, 1)
        self.none_in, self.none_out = nn.Linear(3 * d, d), nn.Linear(d, 1)

    def forward(self, x: torch.Tensor, there: torch.Tensor, known: torch.Tensor, links=None) -> list[torch.Tensor]:
        """Give L tensors (B, S, C + 1), the last column for none; pairs that cannot be have -inf."""
        h = F.relu(self.into(x.movedim(1, -1))).movedim(-1, 1) * there[:, None]  # (B, D, S, C)
        if not self.options.time_edges:
            links = tuple(torch.zeros(len(x), n - 1) for n in x.shape[2:])
        told = []
        for layer in self.layers:
            h = layer(h, there, links)
            told.append(self.read(h, there, known))
        return told

    def read(self, h: torch.Tensor, there: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
        """Give logits of what stands in h, (B, S, C + 1)."""
        pairs = self.pair(h.movedim(1, -1))[..., 0].masked_fill(known == -1, -1e9)  # (B, S, C)
        row = _pooled(h, there, 3)  # (B, 2 D, S, 1)
        row = torch.cat([row, _mean_of_all(h, there).expand(-1, -1, row.shape[2], -1)], 1)[..., 0]  # (B, 3 D, S)
        none = self.none_out(F.relu(self.none_in(row.movedim(1, -1))))  # (B, S, 1)
        none = none.masked_fill((known == 1).any(-1, keepdim=True), -1e9)
        return torch.cat([pairs, none], -1)


def _pooled(h: torch.Tensor, there: torch.Tensor, axis: int) -> torch.Tensor:
    """Give greatest and mean along an axis, (B, 2 D, S, 1) or (B, 2 D, 1, C); 0 where nothing is."""
    greatest = h.masked_fill(~there[:, None], -1e9).amax(axis, keepdim=True)
    greatest = greatest.masked_fill(~there[:, None].any(axis, keepdim=True), 0)
    return torch.cat([greatest, h.sum(axis, keepdim=True) / there[:, None].sum(axis, keepdim=True).clamp_min(1)], 1)


def _mean_of_all(h: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    return h.sum((2, 3), keepdim=True) / there[:, None].sum((2, 3), keepdim=True).clamp_min(1)


# loss


def loss_of(told: list[torch.Tensor], clause_of: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
    """Compare what is told of every shot with what it shows: cross-entropy, the last step's in full, the others' less."""
    losses = [F.cross_entropy(logits.movedim(-1, 1), clause_of, ignore_index=-100) for logits in told]
    real = clause_of != -100
    right = (told[-1].argmax(-1) == clause_of)[real].float().mean()
    return losses[-1] + 0.15 * sum(losses[:-1]), {"loss": losses[-1].item(), "first": losses[0].item(), "right": right.item()}


# loop


def trained(options: Options) -> FilmMatcher:
    """Train, or go on where a run of that name was left."""
    rank, _ = loop.join_processes()
    torch.manual_seed(options.seed)
    model = FilmMatcher(options)
    opt = loop.optimizer([(list(model.parameters()), options.lr)], decay=0.01)

    def batches(taken_up: int):
        return iter(torch.utils.data.DataLoader(Worlds(options, (taken_up, rank)), batch_size=None, num_workers=1))

    def step(given: dict, done: float):
        links = (given["shot_links"], given["clause_links"]) if "shot_links" in given else None
        return loss_of(model(given["x"], given["there"], given["known"], links), given["clause_of"])

    loop.run(options.name, options.minutes, {"model": model}, opt, batches, step)
    return model.eval()


def tempered(model: FilmMatcher, seed: int, count: int = 256) -> float:
    """Find the temperature under which probabilities of fresh worlds are likeliest (Guo et al., 2017, arXiv:1706.04599)."""
    from scipy.optimize import minimize_scalar

    rng, rows, options = generator("calibrate", 12, seed), [], Options(marked=0.0, constrained=0.0)
    for start in range(0, count, 16):
        made = [world(rng, ORDERS[i % 4], NOISES[i // 4 % 4]) for i in range(start, start + 16)]
        given = collate(made, [_material(rng, one, False, options) for one in made], model.options)
        with torch.no_grad():
            logits = model(given["x"], given["there"], given["known"])[-1]
        real = given["clause_of"] != -100
        size = logits.shape[-1]
        rows.append((F.pad(logits[real], (0, 64 - size), value=-1e9), given["clause_of"][real], size))
    told = torch.cat([torch.cat([part[:, : n - 1], part[:, n:], part[:, n - 1 : n]], 1) for part, _, n in rows])
    truth = torch.cat([torch.where(clause == n - 1, told.shape[1] - 1, clause) for _, clause, n in rows])
    loss = minimize_scalar(lambda t: F.cross_entropy(told / t, truth).item(), bounds=(0.5, 3.0), method="bounded")
    return round(float(loss.x), 3)


# export


def main(minutes: float = Options.minutes, seed: int = Options.seed) -> dict[str, Any]:
    """Train, find the temperature, measure, write `models/film-matcher/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    return write(trained(options), options)


def write(model: FilmMatcher, options: Options, count: int = 1000) -> dict[str, Any]:
    """Write weights, sizes, card and figures."""
    folder = export.folder_of(options.name)
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(kept | {"temperature": torch.tensor([tempered(model, options.seed)])}, folder / folders.WEIGHTS)
    (folder / folders.WEIGHTS).chmod(0o644)
    sizes = {"model_type": NAME, "channels": options.channels, "hidden": options.hidden, "layers": options.layers}
    _write_json(folder / "config.json", sizes | {"features": list(NAMES)})
    card = {**CARD, "seed": options.seed, "minutes": options.minutes, "commit": export.commit()}
    _write_json(folder / folders.CARD, card)
    figures = matched.evaluate(options.name, seed=0, count=count)
    _write_json(folder / folders.FIGURES, figures)
    (folder / "README.md").write_text(_readme(card, figures, sum(p.numel() for p in model.parameters())), "utf-8")
    return figures


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _readme(card: dict[str, Any], figures: dict[str, Any], parameters: int) -> str:
    """Write the card in Hugging Face's form."""
    rows = [(f"f1.{order}.gnn", figures["f1"][order]["gnn"], goal) for order, goal in GOALS.items()]
    rows += [
        (f"calibration.{name}", figure, goal) for (name, figure), goal in zip(figures["calibration"].items(), ("≤ 0.03", ""))
    ]
    rows += [(f"robust.{name}.gnn", found["gnn"], "") for name, found in figures["robust"].items()]
    return "\n".join(
        [
            *("---", "license: apache-2.0", "---", f"# {NAME}", ""),
            f"{card['about']}. {parameters:,} parameters.",
            "",
            f"* Data: matrices of similarities made up by `mmviz.worlds.matches` (split `{SPLIT}`), fresh ones at every step; nothing of others.",
            f"* Command: `{card['command']}`, seed {card['seed']}, {card['minutes']:g} minutes of processor time, commit {card['commit']}.",
            "* Licence: Apache-2.0, as the code.",
            "* Limits: it was trained on made-up worlds; how sure it is of a film's pairs says how sure it would rightly be of such worlds'.",
            "",
            f"Figures on {figures['count']:,} fresh worlds (split `{matched.SPLIT}`, seed {figures['seed']}); all are in `metrics.json`.",
            "",
            *("| figure | value | goal | n | chance |", "| --- | --- | --- | --- | --- |"),
            *(f"| {name} | {f['value']:.3f} | {goal} | {f['n']:,} | {f['chance']:.2g} |" for name, f, goal in rows),
            "",
        ]
    )


if __name__ == "__main__":
    main()
