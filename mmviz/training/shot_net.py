"""Train shot-net: slow transitions between shots, on drawn reels of strong motion.

    python -m mmviz train shot-net --minutes 2.5

Reels are made up first and described by `shot_features`; what is learned is a few convolutions over the features. A third of the reels
are single shots in which much moves and nothing changes, so that motion is not taken for a transition.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from mmviz.media import shot_features, shot_net
from mmviz.media.shot_net import ShotNet
from mmviz.training import export, loop
from mmviz.worlds import motion

GOALS = {"all.f1": 0.93, "dissolve.recall": 0.85, "false_a_minute": 0.5}


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = shot_net.NAME
    minutes: float = 2.5  # of processor time, reels and evaluation not counted
    seed: int = 0
    reels: int = 210  # made up once and kept in the run's folder
    measured: int = 30  # fresh ones for the figures
    batch: int = 32
    crop: int = 256  # moments
    lr: float = 3e-3
    channels: int = 64
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    threshold: float = 0.998  # a transition has this probability somewhere; chosen on reels of split 1
    extent: float = 0.3  # and lasts while it has this one
    shortest: float = 0.24  # seconds


# data


def material(split: int, seed: int, index: int) -> motion.Reel:
    """Make up a reel: every third is one long shot, the others have six to nine."""
    rng = np.random.default_rng([split, seed, index])
    if index % 3 == 2:
        return motion.Reel(motion.shot(rng, int(rng.uniform(150, 450))), ())
    return motion.reel(rng, int(rng.integers(6, 10)))


def described(reel: motion.Reel) -> tuple[np.ndarray, np.ndarray]:
    """Describe a reel and say what it is at every moment.

    Returns:
        Features, shape (T, F), float16; and shape (T, 2), float16: in a slow transition, at a cut; -1 where it is both or neither.
    """
    frames = ((n / motion.RATE, 1 / motion.RATE, frame) for n, frame in enumerate(reel.frames))
    small = np.stack(list(shot_features.moments(frames)))
    truth = np.zeros((len(small), 2), np.float16)
    for found in reel.transitions:
        if found.kind == "cut":
            truth[found.start - 1 : found.start + 1, 1] = 1
        else:
            truth[found.start : found.end, 0] = 1
            truth[[found.start, min(found.end, len(truth)) - 1], 0] = -1
    return shot_features.features(small).astype(np.float16), truth


def prepare(options: Options) -> list[Path]:
    """Make up what reels are not there yet; a run that was stopped goes on."""
    folder = loop.workspace(options.name) / f"reels-{options.seed}"
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{index:05d}.npz" for index in range(options.reels)]
    for index, path in enumerate(paths):
        if not path.exists():
            features, truth = described(material(0, options.seed, index))
            np.savez(path.with_suffix(".new.npz"), features=features, truth=truth)
            path.with_suffix(".new.npz").replace(path)
            if index % 50 == 0:
                print(f"{index} of {options.reels} reels", flush=True)
    return paths


def batches(reels: list[tuple[np.ndarray, np.ndarray]], options: Options, part: int) -> Iterator[dict[str, torch.Tensor]]:
    """Cut endless batches out of reels, longer ones more often; `seen` tells what was filled up."""
    rng = np.random.default_rng([1, options.seed, part])
    weights = np.array([len(truth) for _, truth in reels], float)
    while True:
        rows = rng.choice(len(reels), options.batch, p=weights / weights.sum())
        features = np.zeros((options.batch, options.crop, shot_features.COUNT), np.float32)
        truth = np.full((options.batch, options.crop, 2), -1, np.float32)
        for place, row in enumerate(rows):
            start = int(rng.integers(0, max(1, len(reels[row][1]) - options.crop)))
            one, other = (values[start : start + options.crop] for values in reels[row])
            features[place, : len(one)], truth[place, : len(other)] = one, other
        yield {"features": torch.from_numpy(features), "truth": torch.from_numpy(truth)}


# model


class Net(nn.Module):
    """The same computation as `media.shot_net.ShotNet`, to be trained: (B, T, F) to logits (B, T, 2)."""

    def __init__(self, mean: np.ndarray, std: np.ndarray, options: Options):
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("std", torch.from_numpy(std))
        self.inlet = nn.Conv1d(len(mean), options.channels, 1)
        blocks = [nn.Conv1d(options.channels, options.channels, 3, padding=d, dilation=d) for d in options.dilations]
        self.blocks = nn.ModuleList(blocks)
        self.outlet = nn.Conv1d(options.channels, 2, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Give logits of a slow transition and of a cut."""
        hidden = F.relu(self.inlet(((features - self.mean) / self.std).transpose(1, 2)))  # (B, C, T)
        for block in self.blocks:
            hidden = hidden + F.dropout(F.relu(block(hidden)), 0.1, self.training)
        return self.outlet(hidden).transpose(1, 2)


def loss_of(logits: torch.Tensor, truth: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
    """Compare with what is known; the edges of a transition, which nobody sees, are left out."""
    known = (truth >= 0).float()
    each = F.binary_cross_entropy_with_logits(logits, truth.clamp_min(0), reduction="none") * known
    slow, cut = each[..., 0].sum() / known[..., 0].sum(), each[..., 1].sum() / known[..., 1].sum()
    return slow + 0.3 * cut, {"slow": slow.item(), "cut": cut.item()}


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed) -> dict[str, Any]:
    """Make reels up, train, write `models/shot-net/`; returns the figures on fresh reels."""
    options = Options(minutes=minutes, seed=seed)
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    reels = []
    for path in prepare(options):
        with np.load(path) as arrays:
            reels.append((arrays["features"], arrays["truth"]))
    every = np.concatenate([features for features, _ in reels[::5]]).astype(np.float32)
    net = Net(every.mean(0), every.std(0) + 1e-3, options)
    opt = loop.optimizer([(list(net.parameters()), options.lr)], decay=0.02)

    def step(batch: dict, done: float):
        return loss_of(net(batch["features"]), batch["truth"])

    loop.run(options.name, minutes, {"model": net}, opt, lambda part: batches(reels, options, part), step)
    return write(net.eval(), options)


# evaluate and export


def numpy_net(net: Net, options: Options) -> ShotNet:
    """Make the net as it is shipped, its weights rounded to 16 bits."""
    tensors = {name: values.half().float().numpy() for name, values in net.state_dict().items()}
    return ShotNet(tensors, options.dilations, options.threshold, options.extent, options.shortest)


def measure(net: ShotNet, likely: list[tuple[motion.Reel, np.ndarray]]) -> dict[str, Any]:
    """Count slow transitions found and missed, and wrong ones a minute of single shots.

    Args:
        net: how probabilities are read.
        likely: reels with probabilities, shape (T, 2).
    """
    found, right, asked, wrong, minutes = 0, 0, {}, 0, 0.0
    for reel, values in likely:
        spans = shot_net.spans(values[:, 0], net) * motion.RATE
        slow = [one for one in reel.transitions if one.kind != "cut"]
        hits = [any(start <= one.end and one.start <= end for start, end in spans) for one in slow]
        for one, hit in zip(slow, hits, strict=True):
            asked.setdefault(one.kind, []).append(hit)
        found, right = found + len(spans), right + sum(hits)
        if not reel.transitions:
            wrong, minutes = wrong + len(spans), minutes + len(reel.frames) / motion.RATE / 60
    recalls = {kind: {"recall": float(np.mean(hits)), "n": len(hits)} for kind, hits in sorted(asked.items())}
    n = sum(len(hits) for hits in asked.values())
    return {
        "all": {"f1": 2 * right / max(1, found + n), "n": n},
        **recalls,
        "false_a_minute": wrong / minutes,
        "minutes": minutes,
    }


def fresh(net: ShotNet, seed: int, count: int) -> list[tuple[motion.Reel, np.ndarray]]:
    """Make up reels that no training has seen, with what the net says of them."""
    found = []
    for index in range(count):
        reel = material(2, seed, index)
        frames = ((n / motion.RATE, 1 / motion.RATE, frame) for n, frame in enumerate(reel.frames))
        found.append((motion.Reel(reel.frames[:, :1, :1], reel.transitions), shot_net.probabilities(frames, net)))
    return found


def write(net: Net, options: Options) -> dict[str, Any]:
    """Measure on fresh reels; write weights, config, card and figures."""
    shipped = numpy_net(net, options)
    figures = measure(shipped, fresh(shipped, options.seed, options.measured))
    folder = export.folder_of(options.name)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: values.half().contiguous() for name, values in net.state_dict().items()}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    reading = {"threshold": options.threshold, "extent": options.extent, "shortest": options.shortest}
    config = {"model_type": "mmviz_shot_net", "dilations": list(options.dilations), "features": len(net.mean), **reading}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")
    (folder / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    (folder / "README.md").write_text(_card(net, options, figures), "utf-8")
    return figures


def _card(net: Net, options: Options, figures: dict[str, Any]) -> str:
    count = sum(values.numel() for values in net.parameters())
    rows = [
        ("all.f1", figures["all"]["f1"]),
        *((f"{kind}.recall", figures[kind]["recall"]) for kind in ("dissolve", "fade", "wipe")),
    ]
    rows.append(("false_a_minute", figures["false_a_minute"]))
    lines = [f"| {name} | {value:.3f} | {GOALS.get(name, '')} |" for name, value in rows]
    return "\n".join([
        "---", "license: apache-2.0", "---", f"# {options.name}", "",
        f"Dissolves, fades and wipes between the shots of a film: {count:,} parameters, convolutions over {len(net.mean)} figures of 25 moments a second.", "",
        "* Data: reels drawn by `mmviz.worlds.motion`, a third of them single shots in which much moves; no film of others.",
        f"* Command: `python -m mmviz train {options.name}`, {options.reels} reels, {options.minutes:g} minutes of training, seed {options.seed}.",
        "* Licence: Apache-2.0, as the drawings and the code.", "",
        f"Figures on {figures['all']['n']} transitions and {figures['minutes']:.0f} minutes of single shots of fresh reels; `benchmarks/shots.py` measures it on films.", "",
        "| figure | value | goal |", "| --- | --- | --- |", *lines, "",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
