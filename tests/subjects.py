"""What the conformance kit holds up to the light: a leased checkpoint with its family."""

import gc
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmviz.axes import PatchAxis, RegionAxis
from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.models import checkpoints, geometry
from mmviz.models.checkpoints import Checkpoint
from mmviz.registry import families
from mmviz.results import AttentionBlock, Encoding, Score
from mmviz.samples import Image, Text
from tests import taps
from tests.models import tiny

#: A deep checkpoint has this many layers in every tower.
DEEP = 24
#: Arguments of a family's maker that change what its adapter has to do: heads, tokenizers, image processors.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "clip": [{}, {"tokenizer": "bpe", "text_length": 40}],
    "blip": [{}, {"processor": "squash"}],
    "vse": [{}, {"tokenizer": "bpe", "text_length": 40}],
    "flava": [{}, {"head": "codebook", "processor": "squash"}],
    "mvae": [{}, {"tokenizer": "bpe", "text_length": 40}],
    "vlm": [{}, {"tokenizer": "chat", "strategy": "full", "text_length": 140}],
    "vilt": [{"head": "retrieval"}, {"head": "vqa"}],
}


@dataclass(frozen=True)
class Subject:
    """A checkpoint whose adapter is to be proven.

    Attributes:
        name: as the kit's reports call it.
        family: of the registry.
        made: arguments of `tiny.make_FAMILY`, or None where the user gave a folder.
        where: that folder.
    """

    name: str
    family: str
    made: dict[str, Any] | None = field(default_factory=dict)
    where: str = ""

    @property
    def targets(self) -> tuple[str, ...]:
        """Targets of its family."""
        return families[self.family].targets

    def write(self, folder: Path) -> str:
        """Give the model's name for a lease; a random checkpoint is written into `folder` first."""
        if self.made is None:
            return f"{self.family}:{self.where}"
        return f"{self.family}:{getattr(tiny, f'make_{self.family}')(folder, **self.made)}"


def subjects(given: list[str] | None) -> list[Subject]:
    """List the checkpoints the user named, or else random ones of every family."""
    if given:
        return [Subject(name, *_parts(name)) for name in given]
    return [
        Subject(" ".join([entry.name, *(value for value in made.values() if isinstance(value, str))]), entry.name, made)
        for entry in families
        for made in _variants(entry.name)
    ]


def _parts(name: str) -> tuple[str, None, str]:
    family, colon, folder = name.partition(":")
    if not (colon and folder):
        raise pytest.UsageError(f'--model "{name}" is not FAMILY:FOLDER; write for example --model clip:/some/folder.')
    if family not in [entry.name for entry in families]:
        known = ", ".join(entry.name for entry in families)
        raise pytest.UsageError(f'--model "{name}": there is no family "{family}"; there are: {known}.')
    return family, None, folder


def _variants(family: str) -> list[dict[str, Any]]:
    if not hasattr(tiny, f"make_{family}"):
        raise pytest.UsageError(f"tests/models/tiny.py has no make_{family}; write one, so that the kit can prove the family.")
    return VARIANTS.get(family, [{}])


def deep(subject: Subject) -> Subject:
    """The same family with many layers, all other sizes as they are."""
    sizes = [name for name in tiny_sizes(subject.family) if name.endswith("layers")]
    return Subject(subject.name, subject.family, {**subject.made, **dict.fromkeys(sizes, DEEP)})


def tiny_sizes(family: str) -> dict[str, int]:
    """Sizes of the family's random checkpoints."""
    return getattr(tiny, f"{family}_sizes", tiny.default_sizes)()


@dataclass(frozen=True)
class Case:
    """A subject on lease.

    Attributes:
        name: of its model, for another lease.
        checkpoint: on lease.
    """

    name: str
    checkpoint: Checkpoint

    @property
    def offers(self) -> frozenset[str]:
        """What the family says this checkpoint can give."""
        return self.checkpoint.family.functions["offers"](self.checkpoint.config)

    def need(self, *fields: str) -> None:
        """Skip the check where the family does not offer what it is about."""
        missing = sorted(set(fields) - self.offers)
        if missing:
            pytest.skip(f"{self.checkpoint.family.name} does not offer {', '.join(missing)}")

    def keys(self, encoding: Encoding, kind: type) -> Any:
        """Give the picture's axis, or skip the check where it is of the other kind: PatchAxis, or RegionAxis, which need not tile."""
        if not isinstance(encoding.key, kind):
            pytest.skip(f"{self.checkpoint.family.name} has a {type(encoding.key).__name__}")
        return encoding.key

    def need_fill(self, encoding: Encoding, fill: str) -> None:
        """Skip what is no fill here: regions are removed, patches are replaced."""
        if isinstance(encoding.key, RegionAxis) != (fill == "removed"):
            pytest.skip(f"nothing gives way to {fill} in {self.checkpoint.family.name}")

    def function(self, name: str) -> Callable:
        """Give a function of the family, or skip the check where there is none."""
        if name not in self.checkpoint.family.functions:
            pytest.skip(f"{self.checkpoint.family.name} has no {name}")
        return self.checkpoint.family.functions[name]

    def encode(self, text: str | Text, image: Image, target: str, **named: Any) -> Encoding:
        """Encode a pair, everything offered kept unless told otherwise."""
        named = {"unit": "word", "keep": self.offers, "layers": None} | named
        query = text_media.parse(text) if isinstance(text, str) else text
        return self.checkpoint.family.functions["encode"](self.checkpoint, query, image, target=target, **named)

    def score(self, text: str, image: Image, target: str) -> float:
        """Score a pair with nothing kept."""
        return self.encode(text, image, target, keep=frozenset(), unit="text").score.value

    def matters(self, text: str, span: np.ndarray, target: str) -> bool:
        """Tell whether another word in a span's place changes the score."""
        other = text[: span[0]] + "red" + text[span[1] :]
        return abs(self.score(other, picture(), target) - self.score(text, picture(), target)) > 1e-6

    def pairs(self, texts: list[str], images: list[Image], pairs: list[tuple[int, int]]) -> np.ndarray:
        """Score pairs of (text, picture), shape (P,); skips where the family, or this checkpoint's head, scores none."""
        score_pairs = self.function("score_pairs")
        read, wanted = [text_media.parse(text) for text in texts], np.array(pairs, int).reshape(-1, 2)
        if getattr(self.encode(texts[0], images[0], "pair", keep=frozenset()).score, "label", ""):
            with pytest.raises(ModelError):
                score_pairs(self.checkpoint, read, images, wanted)
            pytest.skip(f"{self.checkpoint.name} answers questions and scores no pairs")
        return score_pairs(self.checkpoint, read, images, wanted)


@contextmanager
def on_lease(name: str) -> Iterator[Case]:
    """Lease a model on the CPU."""
    with checkpoints.lease(name, "cpu") as checkpoint:
        yield Case(name, checkpoint)


def picture(width: int = 63, height: int = 43, seed: int | None = 3) -> Image:
    """Make a picture of random smooth blots, never square; without a seed a black one."""
    if seed is None:
        return image_media.parse(np.zeros((height, width, 3), np.uint8))
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    return image_media.parse(coarse.repeat(8, 0).repeat(8, 1)[:height, :width].copy())


def painted(image: Image, box: tuple[float, float, float, float]) -> Image:
    """Turn the colours inside a box, given as fractions, into their opposites."""
    pixels = image.pixels.copy()
    left, right = (round(np.clip(x, 0, 1) * image.width) for x in (box[0], box[2]))
    top, bottom = (round(np.clip(y, 0, 1) * image.height) for y in (box[1], box[3]))
    pixels[top:bottom, left:right] = 255 - pixels[top:bottom, left:right]
    return image_media.parse(pixels)


def beyond(axis: PatchAxis) -> list[tuple[float, float, float, float]]:
    """Give what lies outside the seen part, half a patch and three pixels away from it, for resizing blurs over an edge."""
    width, height = axis.size
    across, down = (axis.boxes[0, 2:] - axis.boxes[0, :2]) / 2 + [3 / width, 3 / height]
    x0, y0, x1, y1 = np.array(axis.seen) + [-across, -down, across, down]
    strips = [(0, 0, x0, 1), (x1, 0, 1, 1), (0, 0, 1, y0), (0, y1, 1, 1)]
    return [s for s in strips if (s[2] - s[0]) * width >= 1 and (s[3] - s[1]) * height >= 1]


def most_changed(case: Case, image: Image, place: int, target: str) -> int:
    """Paint over a patch, and find the patch whose vector this changes most."""
    keep = frozenset({"key_embeds"})
    before = case.encode("a cat", image, target, keep=keep)
    after = case.encode("a cat", painted(image, before.key.boxes[place]), target, keep=keep)
    return int(np.linalg.norm(after.key_embeds - before.key_embeds, axis=1).argmax())


def units_of(block: AttentionBlock) -> np.ndarray:
    """List the positions of S' at which units of the axes stand."""
    positions: set[int] = set()
    if block.kind in ("self-query", "joint"):
        positions |= {p for start, end in block.query_positions for p in range(start, end)}
    if block.kind != "self-query":
        positions |= set(block.key_positions.tolist())
    return np.array(sorted(positions), int)


def stacks(config: Any) -> set[tuple[int, int]]:
    """List (layers, heads) of the config and of every config inside it; layers of fusion have the heads of the text's."""
    inner = [c for c in vars(config).values() if hasattr(c, "num_hidden_layers")]
    every = [config, *inner]
    fused = {(config.fusion_layers, config.text_config.num_attention_heads)} if hasattr(config, "fusion_layers") else set()
    return fused | {(c.num_hidden_layers, c.num_attention_heads) for c in every if hasattr(c, "num_hidden_layers")}


def halved(name: str, folder: Path) -> str:
    """Copy a model's folder with its weights in half precision."""
    from safetensors.torch import load_file, save_file

    family, _, source = name.partition(":")
    shutil.copytree(source, folder)
    for path in folder.glob("*.safetensors"):
        weights = {key: tensor.half() if tensor.is_floating_point() else tensor for key, tensor in load_file(path).items()}
        save_file(weights, path, metadata={"format": "pt"})
    return f"{family}:{folder}"


def weights_of(case: Case) -> str:
    """Hash all weights."""
    return hashlib.sha256(b"".join(t.cpu().numpy().tobytes() for t in case.checkpoint.model.state_dict().values())).hexdigest()


def numbers(encoding: Encoding) -> dict[str, np.ndarray]:
    """Gather all arrays of an encoding, its first unit's gradient included."""
    found = {field: getattr(encoding, field) for field in ("unit_scores", "query_embeds", "key_embeds", "contributions")}
    found |= {f"attention {i}": block.weights for i, block in enumerate(encoding.attention or ())}
    if encoding.attention_grad:
        found |= {f"gradient {i}": gradient for i, gradient in enumerate(encoding.attention_grad(0))}
    found["score"] = np.array(encoding.score.value)
    return {field: array for field, array in found.items() if array is not None}


def slope(case: Case, text: str, target: str, where: tuple[AttentionBlock, int], direction: np.ndarray) -> float:
    """Move a layer's weights along a direction and back, and measure how the score follows, as a cosine or a logit."""
    import torch

    def run() -> float:
        return _linear(case.encode(text, picture(), target, keep=frozenset()).score)

    number, step, moved = taps.call_of(*where, run), 1e-3, []
    for sign in (1, -1):
        nudge = torch.from_numpy(sign * step * direction)
        with taps.softmaxes(lambda call, made, nudge=nudge: made + nudge if call == number else made):
            moved.append(run())
    return (moved[0] - moved[1]) / (2 * step)


def picture_slope(case: Case, text: str, target: str, unit: int, direction: np.ndarray) -> float:
    """Move what the model sees along a direction and back, and measure how a unit's score follows, in its own unit."""
    step, moved = 2e-3, []
    real = geometry.prepare, geometry.prepare_free
    for sign in (1, -1):

        def shifted(prepare, sign=sign):
            def prepare_and_shift(checkpoint, image):
                pixel_values, axis = prepare(checkpoint, image)
                moved_values = pixel_values.copy()
                moved_values[:, : direction.shape[1], : direction.shape[2]] += sign * step * direction
                return moved_values, axis

            return prepare_and_shift

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(geometry, "prepare", shifted(real[0]))
            patch.setattr(geometry, "prepare_free", shifted(real[1]))
            encoding = case.encode(text, picture(), target, keep=frozenset({"score_masked"}))
            moved.append(float(encoding.score_masked(unit, np.ones((1, len(encoding.key)), bool), "mean")[0]))
    return (moved[0] - moved[1]) / (2 * step)


def held(case: Case, target: str, layers: tuple[int, ...] | None) -> int:
    """Count the bytes of attention that an encoding of these layers holds, its graph included."""
    keep = case.offers & {"attention", "attention_grad"}
    with taps.softmaxes() as made:
        encoding = case.encode("a cat", picture(), target, keep=keep, layers=layers)
        gc.collect()
        return sum(block.weights.nbytes for block in encoding.attention) + taps.living_bytes(made)


def _linear(score: Score) -> float:
    """Give a score whose slope the gradient is: of a probability, its logit."""
    return float(np.log(score.value / (1 - score.value))) if score.kind == "match_probability" else score.value
