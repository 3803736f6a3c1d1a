"""A planted measurement: figures that no benchmark wrote, of the very weights a test has."""

import json
from pathlib import Path

from mmviz.models import checkpoints

#: Truest of all is one of many passes; of those of one pass, deletion decides between two that point alike.
FIGURES = {
    "attention": {"pointing": 0.4, "insertion": 0.55, "deletion": 0.6},
    "occlusion": {"pointing": 0.95, "insertion": 0.91, "deletion": 0.9},
    "rollout": {"pointing": 0.802, "insertion": 0.93, "deletion": 0.7},
    "relevance": {"pointing": 0.798, "insertion": 0.7, "deletion": 0.8},
}


def entry(checkpoint: str, figures: dict | None = None, phrases: int = 150) -> dict:
    """Write what the benchmark writes of one model."""
    methods = FIGURES if figures is None else figures
    return {"checkpoint": checkpoint, "target": "prompt", "phrases": phrases, "chance": 0.125, "methods": methods}


def plant(path: Path) -> Path:
    """Write a measurement: of clip-mini as it is there, of clip-plain-mini with other weights, of no other model."""
    found = {"clip-mini": entry(checkpoints.identity("clip-mini")), "clip-plain-mini": entry("clip-plain-mini@0123456789ab")}
    path.write_text(json.dumps(found), "utf-8")
    return path


def plant_skill(folder: Path) -> None:
    """Write beside a bundled model how often it was right at counting."""
    count = {name: {"count": {"value": value, "n": 8, "chance": 0.5}} for name, value in (("pairs", 0.875), ("pairs_zh", 0.625))}
    figures = {"model": checkpoints.identity(folder.name), "count": 7, **count}
    (folder / "metrics.json").write_text(json.dumps(figures), "utf-8")
