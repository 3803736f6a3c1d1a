"""`matrix`: every text against every picture."""

import argparse
import json
import sys
from typing import Any

from mmviz import pipeline
from mmviz.cli.parsing import Command, Parser, add_model, tell, write
from mmviz.errors import MethodError
from mmviz.matrices import MATRIX_SCALES


def add(command: Command) -> None:
    """Add the command of this file."""
    _add_matrix(command("matrix", matrix, _show_matrix, "how well every text fits every picture", device=True))


def _add_matrix(parser: Parser) -> None:
    parser.add_argument("--texts", metavar="FILE", help="texts, one a line, 1 to 200")
    parser.add_argument("--images", metavar="DIR", help="folder with 1 to 200 pictures, taken in the order of their names")
    parser.add_argument("--scores", metavar="FILE.npy", help="similarities instead, texts down and pictures across")
    add_model(parser)
    scale = "what the scores are printed as (default: the first the numbers have: cosine, probability or logit)"
    parser.add_argument("--scale", choices=list(MATRIX_SCALES), default="", help=scale)
    parser.add_argument("--objective", metavar="NAME", help="a name of `mmviz list objectives`: its loss and gradient")
    number = "of the objective (default: its own)"
    temperature = f"{number}; with --scores, logits are the scores divided by it"
    parser.add_argument("--temperature", type=_temperature, metavar="T", help=temperature)
    parser.add_argument("--margin", type=float, metavar="M", help=number)
    ways = "by vectors, a pass a text and a picture, or by the matching head, a pass a pair (default: by vectors where there are any)"
    parser.add_argument("--by", choices=pipeline.BYS, help=ways)
    parser.add_argument("--out", metavar="DIR", help="also write matrix.json, matrix.npz and matrix.csv there")


def _temperature(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f'"{text}" is not above 0')
    return number


def matrix(given: argparse.Namespace) -> dict[str, Any]:
    """Compare every text with every picture, and say what an objective does to that."""
    made = _given_matrix(given) if given.scores else _made_matrix(given)
    for item in made.skipped:
        print(f"left out {item.name}: {item.why}", file=sys.stderr)
    made = pipeline.on_scale(made, given.scale)
    value = made.to_json()
    if given.objective:
        said = pipeline.options_of(given.objective, temperature=given.temperature, margin=given.margin)
        value |= pipeline.objective(made, given.objective, **said).to_json()
    if made.paired:
        value["recall"] = pipeline.recall(made)
    write(given.out, "matrix", made, ("json", "npz", "csv"))
    return value


def _given_matrix(given: argparse.Namespace) -> Any:
    if given.texts or given.images:
        raise MethodError("--scores are similarities that are there already; give these or --texts with --images.")
    return pipeline.read_scores(given.scores, 1 / (given.temperature or 1))


def _made_matrix(given: argparse.Namespace) -> Any:
    if not (given.texts and given.images):
        raise MethodError("A matrix needs --texts FILE and --images DIR, or --scores FILE.npy; give one or the other.")
    texts, images = pipeline.read_texts(given.texts), pipeline.read_pictures(given.images)
    pipeline.check_scale(given.scale, given.by, given.model, given.device)
    _announce(sum(1 for text in texts if text.strip()), len(images), given.by or pipeline.ways_of(given.model)[0])
    return pipeline.matrix(texts, images, given.model, given.device, by=given.by, progress=tell)


def _announce(texts: int, pictures: int, by: str) -> None:
    """Say how long it will be where every pair is a pass."""
    if by == "matching":
        passes = f"{texts:,} x {pictures:,} = {pipeline.passes(texts, pictures, by):,} passes"
        print(f"by matching: {passes} instead of {pipeline.passes(texts, pictures, 'contrast'):,}", file=sys.stderr, flush=True)


def _show_matrix(value: dict[str, Any]) -> str:
    """Say what the numbers are, name the picture that fits every text best, then what was measured beside."""
    way = "by contrast" if value["kind"] == "cosine" else "by matching"
    lines = [f"{value['model']} {way}: {value['scale']}" if value["model"] else f"given similarities: {value['scale']}"]
    for text, row in zip(value["texts"], value["scores"], strict=True):
        best = max(range(len(row)), key=lambda column: row[column])
        lines.append(f"{text:40} {value['images'][best]} {row[best]:.3g}")
    found = {name: value[name] for name in ("recall", "loss") if name in value}
    return "\n".join([*lines, *(f"{name}: {json.dumps(figure)}" for name, figure in found.items())])
