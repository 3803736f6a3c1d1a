"""Train detector-mini: boxes with a thing and a score on drawn scenes, by a head on the backbone's patches.

    python -m mmviz train detector-mini --minutes 5
    python -m mmviz train detector-mini --minutes 5 --start models/detector-mini

The backbone stays as it is: its patches know already what they show, and the head has to find where each thing ends.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import CLIPVisionModel

from mmviz.models.nets.detector import Dense, DetectorConfig, DetectorModel
from mmviz.training import backbone, export, loop
from mmviz.training.patches import picture
from mmviz.worlds import atlas
from mmviz.worlds.render import Rendered
from mmviz.worlds.spec import Scene, compose, rng_of

#: Goals of the figures.
GOALS = {"detection.ap50": 0.97, "detection.ap50_mean_of_things": 0.97, "detection.ap75": None, "detection.found": None}


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "detector-mini"
    minutes: float = 5.0  # of processor time, evaluation not counted
    seed: int = 0
    batch: int = 48
    lr: float = 2e-3
    dense: float = 0.75  # share of scenes with three to eight objects
    start: Path | None = None  # folder of a trained checkpoint to go on from
    radius: float = 1.0  # patches around the one in a box's middle that answer for it, if they lie in the box


# data


class Scenes(torch.utils.data.IterableDataset):
    """Endless batches of scenes with their boxes; `part` tells runs and processes apart."""

    def __init__(self, options: Options, part: tuple[int, ...]):
        self.options, self.part = options, part

    def __iter__(self):
        rng = rng_of("train", 9, self.options.seed, *self.part, int(self.options.start is not None))
        while True:
            dense = [rng.random() < self.options.dense for _ in range(self.options.batch)]
            scenes = [compose(rng, "train", counts=(1,) * rng.randint(3, 8) if many else None, parts=0.3) for many in dense]
            yield collate(scenes, [picture(scene, rng) for scene in scenes])


def collate(scenes: list[Scene], drawn: list[Rendered]) -> dict[str, torch.Tensor]:
    """Stack pictures and what is to be found in them.

    Returns:
        `pictures` (B, 3, 96, 96), uint8; `boxes` (B, M, 4), fractions, and `things` (B, M), int64, -1 where a scene has fewer.
    """
    found = [boxes_of(scene, shown) for scene, shown in zip(scenes, drawn, strict=True)]
    most = max(len(things) for _, things in found)
    boxes, things = torch.zeros(len(scenes), most, 4), torch.full((len(scenes), most), -1)
    for row, (own, named) in enumerate(found):
        boxes[row, : len(own)], things[row, : len(named)] = torch.tensor(own), torch.tensor(named)
    pictures = torch.stack([torch.from_numpy(shown.pixels.transpose(2, 0, 1).copy()) for shown in drawn])
    return {"pictures": pictures, "boxes": boxes, "things": things}


def boxes_of(scene: Scene, drawn: Rendered) -> tuple[list[tuple[float, ...]], list[int]]:
    """Give the box of every object that is seen, and the number of its thing, from 0."""
    names = list(atlas.load().things)
    things = [names.index(group.thing) for group in scene.groups for _ in group.placed]
    boxes = [drawn.box(index) for index in range(len(things))]
    seen = [index for index, box in enumerate(boxes) if box is not None]
    return [boxes[index] for index in seen], [things[index] for index in seen]


# model


def from_backbone() -> DetectorModel:
    """Make the model with the backbone in its tower, which is not trained any more."""
    names = dict(enumerate(atlas.load().things))
    config = DetectorConfig(vision_config=backbone.vision_config(), id2label=names, label2id={n: i for i, n in names.items()})
    model = DetectorModel(config)
    model.set_attn_implementation("eager")
    for module in (model.reduce, *model.convolutions, model.class_head, model.box_head, model.quality_head):
        nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
        nn.init.zeros_(module.bias)
    tower = CLIPVisionModel.from_pretrained(backbone.FOLDER, dtype=torch.float32)
    model.vision_model.load_state_dict(tower.state_dict())
    model.vision_model.requires_grad_(False)
    return model


# loss


def answers(middles: torch.Tensor, boxes: torch.Tensor, things: torch.Tensor, reach: float) -> torch.Tensor:
    """Say which box each patch answers for: one in whose middle it lies, the smallest where there are two.

    Args:
        middles: of patches, shape (K, 2).
        boxes, things: as of `collate`.
        reach: how far a patch's middle may lie from the box's, across and down, if it lies in the box.

    Returns:
        Shape (B, K), int64, -1 for none. Every box has the patch nearest to its middle, if no smaller box has the same.
    """
    from_middle = (middles[:, None] - (boxes[:, None, :, :2] + boxes[:, None, :, 2:]) / 2).abs()  # (B, K, M, 2)
    inside = (from_middle < (boxes[:, None, :, 2:] - boxes[:, None, :, :2]) / 2).all(-1) & (from_middle <= reach).all(-1)
    far = from_middle.square().sum(-1)  # (B, K, M)
    nearest = far == far.amin(1, keepdim=True)
    possible = (inside | nearest) & (things[:, None] >= 0)
    areas = (boxes[..., 2:] - boxes[..., :2]).prod(-1)[:, None].expand_as(far)  # (B, K, M)
    costs = areas - 10.0 * nearest.to(areas)  # whose middle it is comes first
    chosen = costs.masked_fill(~possible, torch.inf).min(-1)
    return chosen.indices.masked_fill(chosen.values == torch.inf, -1)


def loss_of(told: Dense, middles: torch.Tensor, batch: dict, reach: float) -> tuple[torch.Tensor, dict[str, float]]:
    """Compare what patches say with what is there: thing, box (generalised overlap), and how well the box fits.

    Args:
        told: by the model.
        middles, reach: as of `answers`.
        batch: as of `collate`.
    """
    own = answers(middles, batch["boxes"], batch["things"], reach)  # (B, K)
    row, patch = (own >= 0).nonzero(as_tuple=True)
    box, thing = batch["boxes"][row, own[row, patch]], batch["things"][row, own[row, patch]]
    overlap, general = generalised(told.boxes[row, patch], box)
    fit = torch.zeros_like(told.quality)
    fit[row, patch] = overlap.detach()
    things = F.cross_entropy(told.classes[row, patch], thing)
    edges = (1 - general).mean()
    quality = F.binary_cross_entropy_with_logits(told.quality, fit, reduction="sum") / max(len(row), 1)
    right = (told.classes[row, patch].argmax(-1) == thing).float().mean()
    figures = {"things": things.item(), "right": right.item(), "overlap": overlap.mean().item(), "quality": quality.item()}
    return things + 2 * edges + quality, figures


def generalised(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give overlap of boxes (N, 4) with (N, 4), and the same less the share of their hull that is neither's.

    Returns:
        Intersection over union, and GIoU (Rezatofighi et al., 2019, arXiv:1902.09630), shape (N,) both.
    """
    low, high = torch.maximum(first[:, :2], second[:, :2]), torch.minimum(first[:, 2:], second[:, 2:])
    shared = (high - low).clamp_min(0).prod(-1)
    together = (first[:, 2:] - first[:, :2]).prod(-1) + (second[:, 2:] - second[:, :2]).prod(-1) - shared
    hull = (torch.maximum(first[:, 2:], second[:, 2:]) - torch.minimum(first[:, :2], second[:, :2])).prod(-1)
    overlap = shared / together.clamp_min(1e-9)
    return overlap, overlap - (hull - together) / hull.clamp_min(1e-9)


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed, start: Path | None = None) -> dict[str, Any]:
    """Train, with a fresh head or on from a checkpoint, evaluate, write `models/detector-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed, start=start)
    rank, _ = loop.join_processes()
    torch.manual_seed(seed)
    model = from_backbone()
    opt = loop.optimizer([(list(model.parameters()), options.lr)], decay=0.02)
    middles, reach = model.middles(), (0.5 + options.radius) / model.side

    def batches(taken_up: int):
        data = Scenes(options, (taken_up, rank))
        return iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))

    def step(batch: dict, done: float):
        with torch.autocast("cpu", torch.bfloat16):
            told = model(backbone.pixel_values(batch["pictures"]))
        return loss_of(told, middles, batch, reach)

    loop.run(options.name, minutes, {"model": model}, opt, batches, step, options.start)
    return write(model, options) if rank == 0 else {}


# export


def write(model: DetectorModel, options: Options) -> dict[str, Any]:
    """Write the checkpoint with processor, card and figures."""
    return export.write(
        model,
        Path(backbone.FOLDER).with_name(options.name),
        title="Detector mini",
        about="A detector of drawn things: a head of convolutions on the patches of the kept backbone says thing, box and score",
        command="python -m mmviz train detector-mini" + (" --start models/detector-mini" if options.start else ""),
        seed=options.seed,
        shares=[("vision_model.", "backbone", "")],
        goals=GOALS,
        reads_text=False,
    )


if __name__ == "__main__":
    main()
