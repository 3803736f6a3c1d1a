"""`draw`, `evaluate` and `train`: material whose truth is known, and models that live on it."""

import argparse
import sys
from pathlib import Path
from typing import Any

from mmviz.cli.parsing import Command, Parser, folder_of, positive, show_tree


def add(command: Command) -> None:
    """Add the commands of this file."""
    _add_draw(command("draw", draw, _show_written, "drawn material whose true alignment is known"))
    _add_evaluate(command("evaluate", evaluate, show_tree, "truth figures of a model on fresh drawn material", device=True))
    _add_train(command("train", train, show_tree, "train a bundled model, evaluate it and write its folder"))


def _add_draw(parser: Parser) -> None:
    parser.add_argument("--count", type=positive, default=1, help="how many (default: 1)")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the files and truth.json")
    parser.add_argument("--kind", choices=("scenes", "speech", "films", "matches"), default="scenes", help="default: scenes")


def _add_evaluate(parser: Parser) -> None:
    parser.add_argument("model", help="a name of `mmviz list models`")
    parser.add_argument("--count", type=positive, default=1000, help="how many scenes (default: 1000)")
    parser.add_argument("--others", type=positive, help="how many for the figures beside retrieval (default: as many)")


def _add_train(parser: Parser) -> None:
    parser.add_argument("name", help="which script of mmviz/training")
    parser.add_argument("--minutes", type=float, help="processor time after which to stop (default: the script's own)")
    parser.add_argument("--start", type=Path, metavar="DIR", help="a trained checkpoint to go on from (default: the backbone)")


def draw(given: argparse.Namespace) -> dict[str, Any]:
    """Draw material into a folder, with its truth."""
    from mmviz.worlds import films, matches, scenes, speech

    write = {"scenes": scenes.write, "speech": speech.write, "films": films.write, "matches": matches.write}[given.kind]
    return write(given.seed, given.count, folder_of(given.out))


def evaluate(given: argparse.Namespace) -> dict[str, Any]:
    """Measure a model on drawn scenes that no training has seen."""
    from mmviz import evaluate as evaluation
    from mmviz import matched, pipeline

    said = {"progress": lambda what: print(f"measuring {what} …", file=sys.stderr, flush=True)}
    if any(net.name == given.model and net.kind == "matcher" for net in pipeline.nets()):
        return matched.evaluate(given.model, seed=given.seed, count=given.count, **said)
    counts = {"count": given.count, "others": given.others}
    return evaluation.evaluate(given.model, seed=given.seed, device=given.device, **counts, **said)


def train(given: argparse.Namespace) -> dict[str, Any]:
    """Run one training script."""
    from mmviz import training

    return training.run(given.name, given.seed, given.minutes, given.start)


def _show_written(value: dict[str, Any]) -> str:
    return f"{len(value['files'])} files; truth in {value['truth']}"
