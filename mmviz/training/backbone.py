"""Train the vision backbone every bundled model starts from: each patch learns to say what it shows.

    python -m mmviz train backbone --minutes 45

A CLIP vision tower (96 px, patch 8, width 128, 5 layers) under dense supervision on drawn scenes. Patches say what they
show after the fourth layer as well as after the fifth, so that in the fifth CLS can gather what they know (docs/log.md has
the figures for the fifth layer). Its first LayerNorm is held at the identity and patch vectors are kept at unit variance, so that towers without that LayerNorm
(ViT, BLIP, FLAVA, ViLT) can take the weights over with hardly any loss.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from transformers import CLIPVisionConfig, CLIPVisionModel

from mmviz.training import loop
from mmviz.training.patches import COLOUR_NAMES, IGNORE, PATCH, PLACES, SIDE, SIZE_NAMES, label, picture, vocabulary
from mmviz.worlds.spec import compose, held_out, rng_of

FOLDER = Path(__file__).resolve().parents[2] / "models" / "backbone"


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    minutes: float = 45.0  # wall clock on two cores, evaluation not counted
    seed: int = 0
    batch: int = 32  # small batches learn faster here: there are 144 labels a picture
    lr: float = 1.2e-3
    dense: float = 0.75  # share of scenes with three to eight objects
    name: str = "backbone"


# data


class Scenes(torch.utils.data.IterableDataset):
    """Endless batches of scenes with dense labels; `part` tells runs and processes apart."""

    def __init__(self, options: Options, part: tuple[int, ...]):
        self.options, self.part = options, part

    def __iter__(self):
        rng = rng_of("train", 1, self.options.seed, *self.part)
        while True:
            scenes = [self._scene(rng) for _ in range(self.options.batch)]
            yield collate(scenes, rng)

    def _scene(self, rng):
        if rng.random() < self.options.dense:
            return compose(rng, "train", counts=(1,) * rng.randint(3, 8), parts=0.3)
        return compose(rng, "train", parts=0.3)


def collate(scenes: list, rng) -> dict[str, torch.Tensor]:
    """Draw scenes and stack pictures (B, 3, 96, 96) uint8 and labels."""
    return labelled(scenes, [picture(scene, rng) for scene in scenes])


def labelled(scenes: list, drawn: list) -> dict[str, torch.Tensor]:
    """Stack drawn pictures and their labels."""
    labels = [label(scene, shown) for scene, shown in zip(scenes, drawn, strict=True)]
    return {
        "pictures": torch.from_numpy(np.stack([d.pixels.transpose(2, 0, 1) for d in drawn])),
        "patches": torch.from_numpy(np.stack([x.patches for x in labels]).astype(np.int64)),
        "things": torch.from_numpy(np.stack([x.things for x in labels])),
        "pairs": torch.from_numpy(np.stack([x.pairs for x in labels])),
        "places": torch.from_numpy(np.stack([x.places for x in labels])),
        "background": torch.tensor([x.background for x in labels]),
    }


def pixel_values(pictures: torch.Tensor) -> torch.Tensor:
    """Turn uint8 pictures into what the bundled image processor gives: (x / 255 - .5) / .5."""
    return pictures.float() / 127.5 - 1.0


# model


def vision_config() -> CLIPVisionConfig:
    """The shape of every bundled vision tower."""
    sizes = {"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 5, "num_attention_heads": 4}
    return CLIPVisionConfig(**sizes, image_size=SIDE, patch_size=PATCH, hidden_act="gelu", projection_dim=192)


def below_last() -> list[str]:
    """Name the beginnings of the tower's tensors below its last layer, which models keep as they are."""
    return ["embeddings.", "pre_layrnorm.", *(f"encoder.layers.{n}." for n in range(vision_config().num_hidden_layers - 1))]


class Heads(nn.Module):
    """Linear readings of patch vectors and of CLS."""

    def __init__(self, width: int = 128):
        super().__init__()
        numbers, parts = vocabulary()
        sizes = {"thing": len(numbers) + 1, "colour": len(COLOUR_NAMES), "size": len(SIZE_NAMES), "part": len(parts) + 1}
        self.patch = nn.ModuleDict({name: nn.Linear(width, n) for name, n in sizes.items()})
        self.background = nn.Linear(width, len(PLACES))
        self.things = nn.Linear(width, len(numbers) + 1)
        self.pairs = nn.Linear(width, (len(numbers) + 1) * len(COLOUR_NAMES))
        weight = torch.ones(sizes["thing"])
        weight[0] = 0.1
        self.register_buffer("thing_weight", weight)
        seen = [[not held_out(thing, colour) for colour in COLOUR_NAMES] for thing in numbers]
        seen = torch.cat([torch.ones(1, len(COLOUR_NAMES)), torch.tensor(seen).float()])
        self.register_buffer("pair_weight", seen.flatten(), persistent=False)  # pairs held out teach neither yes nor no

    def loss(self, last: torch.Tensor, before: torch.Tensor, batch: dict) -> tuple[torch.Tensor, dict[str, float]]:
        """Loss of what the patches of the last two layers say of themselves, and CLS of the whole picture.

        Args:
            last, before: layer-normed hidden states of the last layer and of the one before it, shape (B, 1 + K, width).
            batch: as of `collate`.
        """
        dense, figures = self.patch_loss(last[:, 1:], batch)
        early, _ = self.patch_loss(before[:, 1:], batch)
        summary, more = self.summary_loss(last[:, 0], batch)
        return 0.7 * dense + 0.7 * early + summary, {**figures, "early": early.item(), **more}

    def patch_loss(self, patches: torch.Tensor, batch: dict) -> tuple[torch.Tensor, dict[str, float]]:
        """Cross entropy of thing, colour, size and part of every patch, shape (B, K, width)."""
        truth = batch["patches"]
        logits = {name: head(patches).flatten(0, 1).float() for name, head in self.patch.items()}
        parts = {name: truth[:, i].flatten() for i, name in enumerate(("thing", "colour", "size", "part"))}
        weights = {"thing": 1.0, "colour": 0.5, "size": 0.2, "part": 0.3}
        loss = sum(
            w * F.cross_entropy(logits[n], parts[n], self.thing_weight if n == "thing" else None, ignore_index=IGNORE)
            for n, w in weights.items()
        )
        shown = parts["thing"] > 0
        right = (logits["thing"].argmax(-1) == parts["thing"])[shown].float().mean()
        part_right = (logits["part"].argmax(-1) == parts["part"])[parts["part"] > 0].float().mean()
        return loss, {"dense": loss.item(), "thing": right.item(), "part": part_right.item()}

    def summary_loss(self, cls: torch.Tensor, batch: dict) -> tuple[torch.Tensor, dict[str, float]]:
        """Cross entropy of the place, of the things and of the thing and colour pairs in a picture, off CLS, shape (B, width).

        Things and pairs share one softmax each, whose target is spread evenly over those that are there: separate
        yes-or-no questions, of which three in 85 are yes, teach CLS little.
        """
        things = self.things(cls).float()
        loss = 0.3 * F.cross_entropy(self.background(cls).float(), batch["background"])
        loss = loss + 0.5 * _spread(things, batch["things"])
        loss = loss + 0.5 * _spread(self.pairs(cls).float(), batch["pairs"].flatten(1) * self.pair_weight)
        return loss, {"recall": recall(things, batch["things"]).mean().item()}


def _spread(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross entropy with a target spread evenly over what is there; rows with nothing count nothing."""
    return -(truth / truth.sum(1, keepdim=True).clamp_min(1) * logits.log_softmax(-1)).sum(1).mean()


def recall(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Share of the things there that are among as many first ones, shape (B,)."""
    many = truth.sum(1)
    rank = logits.argsort(1, descending=True).argsort(1)
    return ((rank < many[:, None]) * truth).sum(1) / many.clamp_min(1)


def initialise(model: CLIPVisionModel, rng) -> None:
    """Start near a sensible place: PCA filters, sine-cosine positions, attention that begins near the identity."""
    width = model.config.hidden_size
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=module.in_features**-0.5 * 0.7)
                nn.init.zeros_(module.bias)
        for layer in model.encoder.layers:
            attention = layer.self_attn
            attention.k_proj.weight.copy_(attention.q_proj.weight)
            for projection in (attention.out_proj, layer.mlp.fc2):
                projection.weight.mul_(0.35)
        filters = _patch_components(rng, width)
        embeddings = model.embeddings
        embeddings.patch_embedding.weight.copy_(filters.view(width, 3, PATCH, PATCH))
        embeddings.position_embedding.weight.copy_(0.5 * _positions(SIDE // PATCH, width))
        nn.init.normal_(embeddings.class_embedding, std=1.0)
        model.pre_layrnorm.weight.fill_(1.0)
        model.pre_layrnorm.bias.fill_(0.0)
    model.pre_layrnorm.requires_grad_(False)


def _patch_components(rng, width: int) -> torch.Tensor:
    pictures = collate([compose(rng, "train") for _ in range(200)], rng)["pictures"]
    patches = F.unfold(pixel_values(pictures), PATCH, stride=PATCH).transpose(1, 2).reshape(-1, 3 * PATCH * PATCH)
    values, vectors = torch.linalg.eigh(torch.cov(patches.T))
    best = vectors[:, -width:].T / (values[-width:, None] + 0.02).sqrt()  # softly whitened
    mix = torch.linalg.qr(torch.randn(width, width))[0]
    return mix @ best


def _positions(side: int, width: int) -> torch.Tensor:
    """Two-dimensional sine-cosine positions, CLS first; shape (1 + side * side, width)."""
    frequency = 0.5 ** torch.linspace(0, 5, width // 4)
    axis = torch.arange(side)[:, None] * frequency * 1.5
    one = torch.cat([axis.sin(), axis.cos()], 1)
    grid = torch.cat([one[:, None].expand(-1, side, -1), one[None].expand(side, -1, -1)], -1)
    return torch.cat([torch.zeros(1, width), grid.reshape(side * side, width)])


def unit_variance(model: CLIPVisionModel, values: torch.Tensor) -> torch.Tensor:
    """Penalty that keeps patch vectors at variance 1 before the first LayerNorm."""
    return (model.embeddings(values).float().std(-1) - 1).square().mean()


def states(model: CLIPVisionModel, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Run a tower; layer-normed hidden states of the last layer and of the one before it, shape (B, 1 + K, width)."""
    out = model(pixel_values=values, output_hidden_states=True)
    return model.post_layernorm(out.last_hidden_state), model.post_layernorm(out.hidden_states[-2])


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed) -> dict:
    """Train, measure on fresh scenes, write `models/backbone/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    rank, _ = loop.join_processes()
    torch.manual_seed(seed)
    model, heads = CLIPVisionModel(vision_config()), Heads()
    model.set_attn_implementation("eager")
    initialise(model, rng_of("train", 0, seed))
    opt = loop.optimizer([([*model.parameters(), *heads.parameters()], options.lr)], decay=0.03)

    def batches(taken_up: int):
        return iter(
            torch.utils.data.DataLoader(Scenes(options, (taken_up, rank)), batch_size=None, num_workers=1, prefetch_factor=4)
        )

    def loss_of(batch: dict, done: float):
        values = pixel_values(batch["pictures"])
        with torch.autocast("cpu", torch.bfloat16):
            last, before = states(model, values)
            loss, figures = heads.loss(last, before, batch)
            return loss + 0.1 * unit_variance(model, values), figures

    loop.run(options.name, minutes, {"vision": model, "heads": heads}, opt, batches, loss_of)
    return export(model, heads) if rank == 0 else {}


# evaluate, export


def evaluate(model: CLIPVisionModel, heads: Heads, count: int = 1000) -> dict:
    """Measure on fresh scenes of three to six objects.

    Returns:
        `thing`, `thing_SIZE`, `colour`, `part`: share of patches named right; `summary`: share of the things there that CLS
        has among as many first ones.
    """
    hits: dict[str, list[float]] = {}
    model.eval()
    rng = rng_of("evaluate", 77)
    for _ in range(count // 50):
        batch = collate([compose(rng, "evaluate", counts=(1,) * rng.randint(3, 6), parts=0.3) for _ in range(50)], rng)
        with torch.no_grad():
            last, _ = states(model, pixel_values(batch["pictures"]))
        hidden = last[:, 1:]
        hits.setdefault("summary", []).extend(recall(heads.things(last[:, 0]), batch["things"]).tolist())
        thing, colour, size, part = batch["patches"].unbind(1)
        shown = thing > 0
        right = heads.patch["thing"](hidden).argmax(-1) == thing
        for i, name in enumerate(SIZE_NAMES):
            hits.setdefault(f"thing_{name}", []).extend(right[shown & (size == i)].float().tolist())
        hits.setdefault("thing", []).extend(right[shown].float().tolist())
        for name, truth in (("colour", colour), ("part", part)):
            named = shown & (truth >= 0)
            hits.setdefault(name, []).extend((heads.patch[name](hidden).argmax(-1) == truth)[named].float().tolist())
    return {name: {"value": round(float(np.mean(v)), 4), "n": len(v)} for name, v in hits.items()}


def export(model: CLIPVisionModel, heads: Heads) -> dict:
    """Write the tower in Hugging Face layout and fp16, with its figures."""
    figures = evaluate(model, heads)
    model.half().save_pretrained(FOLDER)
    save_file({name: tensor.half().contiguous() for name, tensor in heads.state_dict().items()}, FOLDER / "heads.safetensors")
    for path in FOLDER.glob("*.safetensors"):
        path.chmod(0o644)
    (FOLDER / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return figures


if __name__ == "__main__":
    main()
