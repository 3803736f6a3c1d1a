"""`align` and `why`: one text and one picture."""

import argparse
import json
from pathlib import Path
from typing import Any

from mmviz import pipeline
from mmviz.cli.parsing import Command, Parser, add_model, tell, write
from mmviz.errors import MethodError

#: `--trust` without a unit.
WHOLE = object()


def add(command: Command) -> None:
    """Add the commands of this file."""
    _add_align(command("align", align, _show_alignment, "which patches answer which words of one pair", device=True))
    _add_why(command("why", why, _show_why, "the questions to ask when an answer looks wrong, asked in turn", device=True))


def _add_pair(parser: Parser) -> None:
    parser.add_argument("--text", required=True, help="the text, up to 2,000 characters")
    parser.add_argument("--image", required=True, metavar="FILE", help="the picture")
    add_model(parser)
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


def _box(text: str) -> tuple[float, ...]:
    box = tuple(float(place) for place in text.split(","))
    if len(box) != 4 or not (0 <= box[0] < box[2] <= 1 and 0 <= box[1] < box[3] <= 1):
        raise argparse.ArgumentTypeError(f'"{text}" is not x0,y0,x1,y1 from 0 to 1')
    return box


def align(given: argparse.Namespace) -> dict[str, Any]:
    """Align one pair, and write it where asked."""
    options = dict(_option(text) for text in given.option)
    requests = [(given.method, options)]
    places = {"model": given.model, "unit": given.unit, "target": given.target, "device": given.device}
    image = pipeline.read_image(Path(given.image))
    alignment = pipeline.align_many(given.text, image, requests, **places)[0]
    if given.trust is not None:
        alignment = _judged(alignment, image, given)
    write(given.out, "alignment", alignment, ("json", "npz"))
    return alignment.to_json()


def _judged(alignment: Any, image: Any, given: argparse.Namespace) -> Any:
    """Judge a map; where its picture is a drawn scene and its text a caption, the true boxes are known."""
    from mmviz.worlds import scenes

    last = len(alignment.query) - 1
    row = last if given.trust is WHOLE else given.trust
    truth = scenes.truth_of(image)
    boxes = scenes.boxes_in(truth, given.text, alignment.query.spans[row]) if 0 <= row <= last else []
    return pipeline.judge(alignment, given.text, image, row=row, boxes=boxes, device=given.device, progress=tell)


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
    return pipeline.concluded(asked, list(pipeline.findings(asked, progress=tell))).to_json()


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
