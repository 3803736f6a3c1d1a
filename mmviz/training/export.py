"""The end of every training script: weights in Hugging Face layout and fp16, tokenizer, processor, card and figures."""

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmviz import evaluate
from mmviz.errors import ModelError
from mmviz.models import checkpoints, folders, sharing
from mmviz.training import wordpiece
from mmviz.training.patches import PATCH, SIDE
from mmviz.worlds import atlas
from mmviz.worlds.lexicon import LANGUAGES

#: Goals of a CLIP's figures, by their path in metrics.json; the card shows them side by side.
GOALS = {
    "retrieval_1000.en.text_to_image.r1": 0.97,
    "retrieval_1000.zh.text_to_image.r1": 0.96,
    "zero_shot.concept": 0.95,
    "zero_shot.concept_given_colour": 0.85,
    "shape_gallery": 0.95,
    "pairs.noun": 0.97,
    "pairs.colour_swap": 0.97,
    "pairs.size": 0.95,
    "pairs.count": 0.92,
    "pairs.negation": 0.88,
    "pairs.part": 0.85,
    "pairs.relation": 0.95,
    "pairs_zh.relation": 0.92,
    "relation_of_four.en": 0.85,
    "pointing.relevance": 0.95,
    "pointing_same_look.relevance": 0.88,
}


def write(
    model: Any,
    folder: Path,
    *,
    title: str,
    about: str,
    command: str,
    seed: int,
    count: int = 1000,
    processor: Any = None,
    facts: dict[str, Any] | None = None,
    goals: dict[str, float | None] | None = None,
    words: Any = None,
    tokenizer: Any = None,
    others: int | None = None,
    reads_text: bool = True,
    shares: Sequence[tuple[str, ...]] = (),
) -> dict[str, Any]:
    """Write a checkpoint, measure it as `mmviz evaluate` does, and write its card.

    Args:
        model: a Hugging Face model.
        folder: `models/NAME`.
        title, about: what menus call it, and what it is in one line.
        command, seed: what made it.
        count: of fresh scenes to measure it on.
        processor: its image processor; None for `image_processor()`.
        facts: what else the card says.
        goals: what the figures should reach, None where nothing is asked of one that is shown; None for `GOALS`.
        words: what a model has in place of tokenizer and processor, with `save`; None for both of these.
        tokenizer: the model's; None for that of captions.
        others: scenes of the figures beside retrieval; None for `count`.
        reads_text: it has a tokenizer and languages.
        shares: weights it has in common with folders beside it, each as `sharing.share` takes them.

    Returns:
        The figures.
    """
    _save_weights(model, folder, shares)
    if words is not None:
        words.save(folder)
    else:
        _save_readers(folder, (tokenizer or wordpiece.tokenizer()) if reads_text else None, processor)
    card = {
        "title": title,
        "about": about,
        "things": list(atlas.load().things),
        "languages": list(LANGUAGES) if reads_text else [],
        "command": command,
        "commit": commit(),
        "seed": seed,
        **(facts or {}),
    }
    _write_json(folder / folders.CARD, card)
    figures = evaluate.evaluate(folder.name, count=count, others=others, progress=_tell)
    _write_json(folder / folders.FIGURES, figures)
    (folder / "README.md").write_text(readme(folder.name, card, figures, model.num_parameters(), goals or GOALS), "utf-8")
    return figures


def again(name: str, *, others: int | None = None, only: Sequence[str] = ()) -> dict[str, Any]:
    """Measure a bundled model again, and write its figures and its card; its weights stay as they are.

    Args:
        name: of a folder of `models/` that a training script of the same name made.
        others: scenes of the figures beside retrieval; None for as many as before.
        only: measures of `evaluate.MEASURES` that are made again, the others kept; none for all.

    Returns:
        The figures.
    """
    folder = folder_of(name)
    card, before = (json.loads((folder / file).read_text("utf-8")) for file in (folders.CARD, folders.FIGURES))
    others = before.get("others") if others is None else others
    said = {"seed": before["seed"], "count": before["count"], "others": others, "only": only}
    figures = evaluate.evaluate(name, **said, progress=_tell)
    if only and figures["model"] != before["model"]:
        raise ModelError(f"metrics.json of {name} is of other weights; measure everything again.")
    if only:
        figures = before | figures | {name: before[name] for name in ("others",) if name in before}
    _write_json(folder / folders.FIGURES, figures)
    with checkpoints.lease(name, "cpu") as checkpoint:
        parameters = checkpoint.model.num_parameters()
    script = importlib.import_module(f"mmviz.training.{name.replace('-', '_')}")
    (folder / "README.md").write_text(readme(name, card, figures, parameters, getattr(script, "GOALS", GOALS)), "utf-8")
    return figures


def main(given: Sequence[str] | None = None) -> None:
    """Measure bundled models again: `python -m mmviz.training.export NAME... [--others N] [--only MEASURE]`."""
    parser = argparse.ArgumentParser(description="Measure bundled models again, and write their figures and cards.")
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--others", type=int, help="scenes of the figures beside retrieval (default: as many as before)")
    parser.add_argument("--only", action="append", default=[], choices=list(evaluate.MEASURES), help="keep all other figures")
    asked = parser.parse_args(given)
    for name in asked.names:
        again(name, others=asked.others, only=asked.only)


def _save_weights(model: Any, folder: Path, shares: Sequence[tuple[str, ...]]) -> None:
    """Write what was learned, in half precision, but for what stands in folders beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(folder)
    (folder / folders.WEIGHTS).chmod(0o644)
    (folder / sharing.FILE).unlink(missing_ok=True)
    for part in shares:
        sharing.share(folder, *part)


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _save_readers(folder: Path, tokenizer: Any, processor: Any) -> None:
    """Write what reads a text, where anything does, and what reads a picture."""
    if tokenizer is not None:
        tokenizer.save_pretrained(folder)
    (processor or image_processor()).save_pretrained(folder)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def folder_of(name: str) -> Path:
    """Name the folder of a bundled model, `models/NAME`."""
    return folders.bundled_root() / name


def image_processor() -> Any:
    """Make the bundled models' processor: shorter side to 96, the middle square, values from -1 to 1."""
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    half = [0.5, 0.5, 0.5]
    square = {"height": SIDE, "width": SIDE}
    sizes = {"size": {"shortest_edge": SIDE}, "crop_size": square}
    return CLIPImageProcessorPil(**sizes, image_mean=half, image_std=half)


def vilt_processor() -> Any:
    """Make ViLT's processor for the bundled size: shorter side to 96, both sides multiples of the patch."""
    from transformers.models.vilt.image_processing_pil_vilt import ViltImageProcessorPil

    half = [0.5, 0.5, 0.5]
    return ViltImageProcessorPil(size={"shortest_edge": SIDE}, size_divisor=PATCH, image_mean=half, image_std=half)


def readme(name: str, card: dict[str, Any], figures: dict[str, Any], parameters: int, goals: dict[str, float | None]) -> str:
    """Write a model's card in Hugging Face's form."""
    spoken = ", in English and Chinese," if card["languages"] else ""
    rows = [_row(path, goal, figures) for path, goal in goals.items() if _value(figures, path) is not None]
    return "\n".join(
        [
            "---",
            "license: apache-2.0",
            *([f"language: [{', '.join(card['languages'])}]"] if card["languages"] else []),
            "---",
            f"# {name}",
            "",
            f"{card['about']}. {parameters / 1e6:.2f} million parameters, {card.get('input', f'{SIDE} x {SIDE} pixels in patches of {PATCH}')}.",
            "",
            f"It knows {len(card['things'])} drawn things{spoken} and nothing else: on photographs its answers mean nothing.",
            "",
            "* Data: scenes drawn by `mmviz.worlds` (split `train`) from the drawings in `assets/drawings`; no picture or text of others.",
            f"* Command: `{card['command']}`, seed {card['seed']}, commit {card['commit']}.",
            "* Licence: Apache-2.0, as the drawings and the code.",
            "",
            f"Figures on {figures['count']:,} fresh scenes (split `evaluate`, seed {figures['seed']}){_beside(figures)}; all are in `metrics.json`.",
            "",
            "| figure | value | goal | n | chance |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _beside(figures: dict[str, Any]) -> str:
    return ", many of the others on fewer, as n says" if "others" in figures else ""


def _row(path: str, goal: float | None, figures: dict[str, Any]) -> str:
    value, goal = _value(figures, path), "" if goal is None else f"{goal:.2f}"
    if isinstance(value, dict):
        return f"| {path} | {value['value']:.3f} | {goal} | {value['n']:,} | {value['chance']:.2g} |"
    found = _value(figures, ".".join(path.split(".")[:2]))
    n = found["pool"] * found.get("pools", 1)
    return f"| {path} | {value:.3f} | {goal} | {n:,} | {1 / found['pool']:.2g} |"


def _value(figures: dict[str, Any], path: str) -> Any:
    for key in path.split("."):
        if not isinstance(figures, dict) or key not in figures:
            return None
        figures = figures[key]
    return figures


def commit() -> str:
    """Name the commit the sources are at, or "unknown"."""
    found = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False, cwd=Path(__file__).parent
    )
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
