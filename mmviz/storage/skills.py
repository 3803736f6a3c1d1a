"""How often a model was right on fresh drawn scenes, as `mmviz evaluate` wrote it beside the weights."""

import json
import math
from pathlib import Path
from typing import Any

from mmviz.trusts import TASKS, Right

#: Task -> language -> where its figure stands; an edit of the caption is its own task.
EDITS = {task: {"en": f"pairs.{task}", "zh": f"pairs_zh.{task}"} for task in TASKS}
PATHS = EDITS | {
    "retrieval": {"en": "retrieval.en", "zh": "retrieval.zh"},
    "name": {"en": "zero_shot.concept"},
    "colour_of": {"en": "zero_shot.colour"},
    "matching": {"en": "matching.auroc_easy", "zh": "matching.auroc_easy_zh"},
    "relation_of_four": {"en": "relation_of_four.en", "zh": "relation_of_four.zh"},
}


def measured(path: Path) -> tuple[str, int, dict[str, dict[str, Right]]]:
    """Read a model's figures.

    Args:
        path: of `metrics.json`.

    Returns:
        The weights that were measured, how many scenes, and task of `TASKS` -> language -> how often the model was right.
        ("", 0, {}) where nothing was measured or the file is damaged; a figure that is incomplete is left out.
    """
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
        checkpoint, scenes = figures["model"], figures["count"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return "", 0, {}
    if not isinstance(checkpoint, str) or type(scenes) is not int:
        return "", 0, {}
    tasks = {task: _by_language(figures, PATHS[task]) for task in TASKS}
    return checkpoint, scenes, {task: rights for task, rights in tasks.items() if rights}


def _by_language(figures: dict[str, Any], paths: dict[str, str]) -> dict[str, Right]:
    found = {language: _right(figures, path) for language, path in paths.items()}
    return {language: right for language, right in found.items() if right}


def _right(figures: Any, path: str) -> Right | None:
    for key in path.split("."):
        figures = figures.get(key) if isinstance(figures, dict) else None
    try:
        if "pool" in figures:  # retrieval: R@1 of text to picture
            pool = figures["pool"]
            right = Right(figures["text_to_image"]["r1"], pool * figures.get("pools", 1), 1 / pool)
        else:
            right = Right(figures["value"], figures["n"], figures["chance"])
    except (KeyError, TypeError, ZeroDivisionError):
        return None
    shares = (right.value, right.chance)
    if type(right.n) is not int or not all(type(s) in (int, float) and math.isfinite(s) and 0 <= s <= 1 for s in shares):
        return None
    return right
