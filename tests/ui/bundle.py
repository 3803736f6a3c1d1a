"""Two small random models in the place of the bundled ones."""

import json
from pathlib import Path

from tests.models.tiny import make_clip

NAMES = ("clip-mini", "clip-plain-mini")


def make_bundle(root: Path) -> Path:
    """Write them with their cards; every text of the tests but the longest fits into 77 tokens."""
    for seed, name in enumerate(NAMES):
        folder = make_clip(root / name, seed, text_length=77)
        card = {"title": name, "things": ["cat", "dog"], "languages": ["en", "zh"]}
        (folder / "mmviz_card.json").write_text(json.dumps(card), "utf-8")
    return root
