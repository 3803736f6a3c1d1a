"""The commands: thin doors that parse arguments, call one function and print what it gives.

A command returns a value that JSON can hold; `--json` prints it, otherwise its `show` function makes text of it.
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from mmviz import pipeline
from mmviz.errors import MethodError, MmvizError, StorageError
from mmviz.matrices import MATRIX_SCALES

KINDS = ("models", "methods", "scores", "objectives", "probes", "views", "exports", "lessons")
DEVICES = ("auto", "cpu", "cuda", "mps")
#: `--trust` without a unit.
WHOLE = object()


class Parser(argparse.ArgumentParser):
    """A parser that answers a wrong argument with one sentence and exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the rules are."""
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` has the rules.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: what follows the program's name; None takes it from the process.

    Returns:
        0 done, 2 the user's input is at fault (one sentence on stderr). A bug raises, and Python exits with 1.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a terminal that has no Chinese still shows the rest
    given = _parser().parse_args(arguments)
    if given.store:
        os.environ["MMVIZ_HOME"] = given.store
    try:
        with contextlib.redirect_stdout(sys.stderr):  # whatever a library says is progress, not the answer
            value = given.run(given)
    except MmvizError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    print(json.dumps(value, allow_nan=False) if given.json else given.show(value))
    return 0


def _parser() -> Parser:
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--json", action="store_true", help="print one JSON value and nothing else")
    every.add_argument("--store", metavar="DIR", help="where results are kept (default: $MMVIZ_HOME or the user's data folder)")
    every.add_argument("--seed", type=int, default=0, help="the same seed gives the same result (default: 0)")
    parser = Parser(prog="mmviz", description="See which part of a picture answers which word.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable, show: Callable, about: str, device: bool = False) -> Parser:
        added = commands.add_parser(name, parents=[every], help=about, description=about, allow_abbrev=False)
        added.set_defaults(run=run, show=show)
        if device:
            added.add_argument("--device", choices=DEVICES, default="auto", help="where models run (default: auto)")
        return added

    command("list", list_kind, _show_list, "what is registered").add_argument("kind", choices=KINDS)
    _add_align(command("align", align, _show_alignment, "which patches answer which words of one pair", device=True))
    _add_why(command("why", why, _show_why, "the questions to ask when an answer looks wrong, asked in turn", device=True))
    _add_matrix(command("matrix", matrix, _show_matrix, "how well every text fits every picture", device=True))
    _add_draw(command("draw", draw, _show_written, "drawn material whose true alignment is known"))
    _add_evaluate(command("evaluate", evaluate, _show_tree, "truth figures of a model on fresh drawn material", device=True))
    _add_train(command("train", train, _show_tree, "train a bundled model, evaluate it and write its folder"))
    _add_serve(command("serve", serve, _show_nothing, "open the page on this machine", device=True))
    command("doctor", doctor, _show_checks, "what works on this machine, and what mends the rest", device=True)
    return parser


def _add_pair(parser: Parser) -> None:
    parser.add_argument("--text", required=True, help="the text, up to 2,000 characters")
    parser.add_argument("--image", required=True, metavar="FILE", help="the picture")
    _add_model(parser)
    parser.add_argument("--method", default="relevance", help="a name of `mmviz list methods` (default: relevance)")


def _add_align(parser: Parser) -> None:
    _add_pair(parser)
    parser.add_argument("--unit", choices=("token", "word", "phrase", "text"), default="word")
    parser.add_argument("--target", choices=("prompt", "context", "pair"), help="default: the first the method can have")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the method")
    trusted = "also measure how far the map of a unit can be trusted; units count from 0 (default: the whole text)"
    parser.add_argument("--trust", nargs="?", type=int, const=WHOLE, metavar="UNIT", help=trusted)
    parser.add_argument("--out", metavar="DIR", help="also write alignment.json and alignment.npz there")


def _add_why(parser: Parser) -> None:
    _add_pair(parser)
    parser.add_argument("--row", type=int, help="whose map is meant; words and phrases count from 0 (default: the whole text)")
    parser.add_argument("--box", type=_box, metavar="X0,Y0,X1,Y1", help="where that unit's thing is, as fractions of the picture")
    parser.add_argument("--other", metavar="MODEL", help="another model to ask the same")


def _add_matrix(parser: Parser) -> None:
    parser.add_argument("--texts", metavar="FILE", help="texts, one a line, 1 to 200")
    parser.add_argument("--images", metavar="DIR", help="folder with 1 to 200 pictures, taken in the order of their names")
    parser.add_argument("--scores", metavar="FILE.npy", help="similarities instead, texts down and pictures across")
    _add_model(parser)
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


def _add_model(parser: Parser) -> None:
    name = pipeline.DEFAULT_MODEL
    parser.add_argument("--model", default=name, help=f"a name of `mmviz list models` (default: {name})")


def _add_draw(parser: Parser) -> None:
    parser.add_argument("--count", type=_positive, default=1, help="how many (default: 1)")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the files and truth.json")
    parser.add_argument("--kind", choices=("scenes",), default="scenes")


def _add_evaluate(parser: Parser) -> None:
    parser.add_argument("model", help="a name of `mmviz list models`")
    parser.add_argument("--count", type=_positive, default=1000, help="how many scenes (default: 1000)")
    parser.add_argument("--others", type=_positive, help="how many for the figures beside retrieval (default: as many)")


def _add_train(parser: Parser) -> None:
    parser.add_argument("name", help="which script of mmviz/training")
    parser.add_argument("--minutes", type=float, help="processor time after which to stop (default: the script's own)")
    parser.add_argument("--start", type=Path, metavar="DIR", help="a trained checkpoint to go on from (default: the backbone)")


def _add_serve(parser: Parser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=7860, help="default: 7860")
    parser.add_argument("--public", action="store_true", help="guard the page for strangers' visits")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not 1 or more')
    return number


def _box(text: str) -> tuple[float, ...]:
    box = tuple(float(place) for place in text.split(","))
    if len(box) != 4 or not (0 <= box[0] < box[2] <= 1 and 0 <= box[1] < box[3] <= 1):
        raise argparse.ArgumentTypeError(f'"{text}" is not x0,y0,x1,y1 from 0 to 1')
    return box


def _temperature(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f'"{text}" is not above 0')
    return number


def list_kind(given: argparse.Namespace) -> list[dict[str, Any]]:
    """List what is registered of one kind; a kind without entries gives an empty list."""
    from mmviz import registry

    if given.kind == "models":
        return [_model_row(info) for info in (*pipeline.models(), *pipeline.detectors())]
    entries = getattr(registry, given.kind, ())
    return [
        {"name": e.name, "title": e.title, "summary": e.summary, "needs": sorted(e.needs), "paper": e.paper,
         "targets": list(e.targets), "options": e.options, "ready": True, "why_not": ""}
        for e in entries
    ]  # fmt: skip


def _model_row(info: Any) -> dict[str, Any]:
    names = ("name", "title", "family", "kind", "source", "ready", "why_not", "verified", "paper")
    return {**{name: getattr(info, name) for name in names}, "offers": sorted(info.offers)}


def align(given: argparse.Namespace) -> dict[str, Any]:
    """Align one pair, and write it where asked."""
    options = dict(_option(text) for text in given.option)
    requests = [(given.method, options)]
    places = {"model": given.model, "unit": given.unit, "target": given.target, "device": given.device}
    image = pipeline.read_image(Path(given.image))
    alignment = pipeline.align_many(given.text, image, requests, **places)[0]
    if given.trust is not None:
        alignment = _judged(alignment, image, given)
    _write(given.out, "alignment", alignment, ("json", "npz"))
    return alignment.to_json()


def _judged(alignment: Any, image: Any, given: argparse.Namespace) -> Any:
    """Judge a map; where its picture is a drawn scene and its text a caption, the true boxes are known."""
    from mmviz.worlds import scenes

    last = len(alignment.query) - 1
    row = last if given.trust is WHOLE else given.trust
    truth = scenes.truth_of(image)
    boxes = scenes.boxes_in(truth, given.text, alignment.query.spans[row]) if 0 <= row <= last else []
    return pipeline.judge(alignment, given.text, image, row=row, boxes=boxes, device=given.device, progress=_tell)


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise MethodError(f'--option "{text}" is not NAME=VALUE; write for example --option layers=2,3.')
    return name, value


def why(given: argparse.Namespace) -> dict[str, Any]:
    """Ask one pair why, step by step."""
    from mmviz.worlds import scenes, suggestions

    image, is_bundled = pipeline.read_image(Path(given.image)), pipeline.is_bundled(given.model)
    truth = scenes.truth_of(image)
    known = {tuple(phrase["span"]): phrase["boxes"] for phrase in scenes.phrases_of(truth, given.text)}
    query = pipeline.read_text(given.text, list(known))
    alignment = pipeline.align(query, image, given.model, given.method, "phrase", device=given.device)
    boxes = [known.get(tuple(span), ()) for span in alignment.query.spans.tolist()]
    facts = {"bank": "drawn-world" if is_bundled else "everyday", "is_foreign": is_bundled and truth is None}
    facts |= {"edits": suggestions.suggested(given.text, pipeline.MOST_EDITS), "rival": scenes.rival_of(truth, given.text)}
    facts |= {"other": given.other, "device": given.device}
    asked = pipeline.question(alignment, query, image, row=given.row, boxes=boxes, box=given.box, **facts)
    return pipeline.concluded(asked, list(pipeline.findings(asked, progress=_tell))).to_json()


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
    _write(given.out, "matrix", made, ("json", "npz", "csv"))
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
    return pipeline.matrix(texts, images, given.model, given.device, by=given.by, progress=_tell)


def _announce(texts: int, pictures: int, by: str) -> None:
    """Say how long it will be where every pair is a pass."""
    if by == "matching":
        passes = f"{texts:,} x {pictures:,} = {pipeline.passes(texts, pictures, by):,} passes"
        print(f"by matching: {passes} instead of {pipeline.passes(texts, pictures, 'contrast'):,}", file=sys.stderr, flush=True)


def _tell(done: int, total: int) -> None:
    print(f"{done:,} of {total:,}", file=sys.stderr, flush=True)


def draw(given: argparse.Namespace) -> dict[str, Any]:
    """Draw material into a folder, with its truth."""
    from mmviz.worlds import scenes

    return scenes.write(given.seed, given.count, _folder(given.out), given.kind)


def evaluate(given: argparse.Namespace) -> dict[str, Any]:
    """Measure a model on drawn scenes that no training has seen."""
    from mmviz import evaluate as evaluation

    said = {"progress": lambda what: print(f"measuring {what} …", file=sys.stderr, flush=True)}
    counts = {"count": given.count, "others": given.others}
    return evaluation.evaluate(given.model, seed=given.seed, device=given.device, **counts, **said)


def train(given: argparse.Namespace) -> dict[str, Any]:
    """Run one training script."""
    from mmviz import training

    return training.run(given.name, given.seed, given.minutes, given.start)


def serve(given: argparse.Namespace) -> None:
    """Launch the page and stay until interrupted."""
    from mmviz.ui import app

    app.launch(host=given.host, port=given.port, public=given.public, device=given.device)


def doctor(given: argparse.Namespace) -> list[dict[str, Any]]:
    """Check what the program needs on this machine."""
    from mmviz import doctor as checks

    return checks.check_all(given.device)


def _folder(name: str) -> Path:
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f'--out "{name}" cannot be made a folder ({error.strerror}); name another.') from error
    return folder


def _write(out: str | None, stem: str, result: Any, formats: Sequence[str]) -> None:
    """Write a result into a folder, where one is asked for."""
    if not out:
        return
    folder = _folder(out)
    try:
        for name in formats:
            (folder / f"{stem}.{name}").write_bytes(pipeline.export(result, name))
    except OSError as error:
        raise StorageError(f"{folder} cannot be written ({error.strerror}); make room or name another by --out.") from error


def _show_list(rows: list[dict[str, Any]]) -> str:
    return "\n".join(_line(row) for row in rows) or "nothing of this kind yet"


def _line(row: dict[str, Any]) -> str:
    about = row.get("summary") or row.get("why_not") or ", ".join(row.get("offers", ()))
    return f"{row['name']:36} {row['title']:24} {about}"


def _show_alignment(value: dict[str, Any]) -> str:
    """Name the three strongest patches of every unit."""
    score, label = value["score"], value["score"].get("label", "")
    what = f"{score['kind']} of the answer {label}" if label else score["kind"]
    lines = [f"{value['model']} by {value['method']}, target {value['target']}: {what} {score['value']:.3f}"]
    for unit, row in zip(value["query"], value["scores"], strict=True):
        best = sorted(range(len(row)), key=lambda k: -row[k])[:3]
        lines.append(f"{unit['text']:20} " + ", ".join(f"{value['key'][k]['label']} {row[k]:.3g}" for k in best))
    if value["trust"]:
        lines.append(f"{value['query'][value['trust']['unit']]['text']}: {value['trust']['sentence']}")
    return "\n".join(lines)


def _show_why(value: dict[str, Any]) -> str:
    """Say each finding in a line, and the verdict."""
    rows = [(f["verdict"], f["step"], f["key"], json.dumps(f["numbers"], ensure_ascii=False)) for f in value["findings"]]
    lines = [f"{verdict:4} {step:12} {key:16} {numbers}" for verdict, step, key, numbers in rows]
    return "\n".join([*lines, f"verdict: {value['verdict']}" + (f", because of {value['reason']}" if value["reason"] else "")])


def _show_matrix(value: dict[str, Any]) -> str:
    """Say what the numbers are, name the picture that fits every text best, then what was measured beside."""
    way = "by contrast" if value["kind"] == "cosine" else "by matching"
    lines = [f"{value['model']} {way}: {value['scale']}" if value["model"] else f"given similarities: {value['scale']}"]
    for text, row in zip(value["texts"], value["scores"], strict=True):
        best = max(range(len(row)), key=lambda column: row[column])
        lines.append(f"{text:40} {value['images'][best]} {row[best]:.3g}")
    found = {name: value[name] for name in ("recall", "loss") if name in value}
    return "\n".join([*lines, *(f"{name}: {json.dumps(figure)}" for name, figure in found.items())])


def _show_written(value: dict[str, Any]) -> str:
    return f"{len(value['files'])} files; truth in {value['truth']}"


def _show_tree(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, allow_nan=False)


def _show_checks(rows: list[dict[str, Any]]) -> str:
    return "\n".join(f"{'ok ' if row['ok'] else 'NO '} {row['check']:28} {row['hint'] or row['found']}" for row in rows)


def _show_nothing(value: None) -> str:
    return ""
