"""Small random models in the place of the bundled ones: two of vectors, two that compare both ways, one that only matches."""

import json
from pathlib import Path

from tests.models.tiny import make_blip, make_clip, make_vilt

NAMES = ("clip-mini", "clip-plain-mini")
MAKERS = {
    "clip-mini": make_clip,
    "clip-plain-mini": make_clip,
    "blip-mini": make_blip,
    "blip-plain-mini": make_blip,
    "vilt-mini": make_vilt,
}


def make_bundle(root: Path) -> Path:
    """Write them with their cards; every text of the tests but the longest fits into 77 tokens."""
    for seed, (name, make) in enumerate(MAKERS.items()):
        folder = make(root / name, seed, text_length=77)
        card = {"title": name, "things": ["cat", "dog"], "languages": ["en", "zh"]}
        (folder / "mmviz_card.json").write_text(json.dumps(card), "utf-8")
    return root
