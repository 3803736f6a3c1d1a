"""Random models of each kind, run by Transformers as its documentation does, beside what the adapter gives for the same pair."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, BlipForImageTextRetrieval, CLIPModel, ViltForImageAndTextRetrieval

from mmviz.results import Encoding
from tests import subjects
from tests.models import tiny

TEXT, UNIT = "two red cats under a tree", 2
#: Dual encoder, cross-attention, one stream: the family's maker, its class in Transformers, the target.
KINDS = {
    "dual": (tiny.make_clip, CLIPModel, "prompt"),
    "cross": (tiny.make_blip, BlipForImageTextRetrieval, "pair"),
    "stream": (tiny.make_vilt, ViltForImageAndTextRetrieval, "pair"),
}
FAMILIES = {"dual": "clip", "cross": "blip", "stream": "vilt"}


@dataclass(frozen=True)
class Both:
    """One pair in both: the `encoding`, and the raw model with its tokenizer."""

    kind: str
    encoding: Encoding
    model: Any
    tokenizer: Any

    @property
    def side(self) -> int:
        """Pixels a patch is wide and high."""
        return self.encoding.picture(None).shape[1] // self.encoding.key.grid[0]

    def read(self, pixels: torch.Tensor, unit: int = UNIT, **asked: Any) -> Any:
        """Run a pair's text, of a dual encoder one unit's, with pictures (B, 3, H, W)."""
        text = self.encoding.query.labels[unit] if self.kind == "dual" else TEXT
        words = dict(self.tokenizer([text] * len(pixels), return_tensors="pt"))
        if self.kind == "stream":  # the model's own mask has one value a pixel
            words["pixel_mask"] = torch.ones(len(pixels), *pixels.shape[2:], dtype=torch.long)
        return self.model(**words, pixel_values=pixels, **asked)

    def score(self, pixels: torch.Tensor, unit: int = UNIT) -> torch.Tensor:
        """Score pictures as `Encoding.score` counts: a cosine, the probability of a match, a logit; (B,)."""
        out = self.read(pixels, unit)
        if self.kind == "dual":
            return (out.image_embeds * out.text_embeds).sum(-1)
        return out.itm_score.softmax(-1)[:, 1] if self.kind == "cross" else out.logits[:, 0]

    def pixels(self, fill: str | None = None) -> torch.Tensor:
        """Give the picture, or what stands for it, as a batch of one."""
        return torch.from_numpy(self.encoding.picture(fill))[None]


@contextmanager
def both(kind: str, folder: Path) -> Iterator[Both]:
    """Write a random model of a kind, and run a pair through its adapter."""
    make, class_, target = KINDS[kind]
    made = make(folder / kind, seed=13)
    raw = class_.from_pretrained(made, attn_implementation="eager").requires_grad_(False)
    with subjects.on_lease(f"{FAMILIES[kind]}:{made}") as case:
        encoding = case.encode(TEXT, subjects.picture(90, 50, seed=6), target)
        yield Both(kind, encoding, raw, AutoTokenizer.from_pretrained(made))
