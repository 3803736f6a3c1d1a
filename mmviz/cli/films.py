"""`shots` and `clauses`: what a film and a text fall into."""

import argparse
import sys
from typing import Any

from mmviz import pipeline
from mmviz.cli.parsing import Command


def add(command: Command) -> None:
    """Add the commands of this file."""
    found = command("shots", shots, _show_shots, "the shots of a film")
    found.add_argument("video", metavar="VIDEO", help="a film: MP4, WebM, MOV or MKV")
    found.add_argument(
        "--gradual", action="store_true", help="look for dissolves, fades and wipes too (default: hard cuts alone)"
    )
    told = command("clauses", clauses, _show_clauses, "the clauses of a text")
    told.add_argument("text", metavar="TEXTFILE", help="a text in UTF-8")
    told.add_argument("--level", choices=pipeline.CLAUSE_LEVELS, default="normal", help="how finely (default: normal)")
    told.add_argument("--language", choices=pipeline.CLAUSE_LANGUAGES, help="default: that of most of the text")


def shots(given: argparse.Namespace) -> dict[str, Any]:
    """Find the shots of a film."""
    return pipeline.shots(given.video, gradual=given.gradual, progress=_tell).to_json()


def clauses(given: argparse.Namespace) -> dict[str, Any]:
    """Divide a text into clauses."""
    axis = pipeline.read_clauses(given.text, level=given.level, language=given.language)
    rows = zip(axis.labels, axis.spans.tolist(), strict=True)
    return {"clauses": [{"text": text, "start": start, "end": end} for text, (start, end) in rows]}


def _tell(done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        print(f"{done:,} of {total:,} s", file=sys.stderr, flush=True)


def _show_shots(value: dict[str, Any]) -> str:
    rows = [f"{n:4}  {shot['start']:9.2f} {shot['end']:9.2f}" for n, shot in enumerate(value["shots"], 1)]
    count = f"{len(rows)} shots, {value['seconds']:.2f} s, {value['frames']:,} frames"
    return "\n".join([*rows, count, *value["notes"]])


def _show_clauses(value: dict[str, Any]) -> str:
    return "\n".join(f"{row['start']:6} {row['end']:6}  {' '.join(row['text'].split())}" for row in value["clauses"])
