"""`match` and `film`: which shot of a film shows which clause of a text."""

import argparse
import sys
from typing import Any

from mmviz import pipeline
from mmviz.cli.parsing import Command, Parser, add_model, write
from mmviz.errors import MethodError
from mmviz.matchings import Constraints


def add(command: Command) -> None:
    """Add the commands of this file."""
    _add_match(command("match", match, _show_matches, "similarities of shots and clauses matched"))
    _add_film(command("film", film, _show_film, "the shots of a film matched with the clauses of a text", device=True))


def _add_match(parser: Parser) -> None:
    parser.add_argument("similarity", nargs="+", metavar="SIMILARITY.npy", help="numbers, shots down and clauses across")
    _add_matcher(parser)


def _add_film(parser: Parser) -> None:
    parser.add_argument("video", metavar="VIDEO", help="a film: MP4, WebM, MOV or MKV")
    parser.add_argument("text", metavar="TEXTFILE", help="a text, or subtitles, in UTF-8")
    add_model(parser)
    _add_matcher(parser)
    parser.add_argument("--gradual", action="store_true", help="also look for cuts that take time: dissolves, fades")
    parser.add_argument("--level", choices=pipeline.CLAUSE_LEVELS, default="normal", help="how finely (default: normal)")
    parser.add_argument("--to", metavar="FORMAT,…", help="formats of `mmviz list exports` that are written to --out")
    parser.add_argument("--out", metavar="DIR", help="also write film.json there, or what --to says")


def _add_matcher(parser: Parser) -> None:
    known = [entry.name for entry in pipeline.matchers_of()]
    parser.add_argument("--matcher", choices=known, default=pipeline.DEFAULT_MATCHER, help="default: gnn")
    parser.add_argument("--chronological", action="store_true", help="the text tells things in the film's order")


def match(given: argparse.Namespace) -> dict[str, Any]:
    """Match matrices of similarities."""
    known = Constraints(chronological=given.chronological)
    made = (pipeline.match(pipeline.read_similarity(path), given.matcher, constraints=known) for path in given.similarity)
    left_out = ("similarity", "model", "checkpoint", "constraints")
    return {"results": [{k: v for k, v in one.to_json().items() if k not in left_out} for one in made]}


def film(given: argparse.Namespace) -> dict[str, Any]:
    """Match a film with a text, and write it where asked."""
    formats = [name.strip() for name in (given.to or "json").split(",")]
    if given.to and not given.out:
        raise MethodError(f"--to {given.to} needs a folder to write to; add --out DIR.")
    for name in formats:
        pipeline.check_export(name, "Matching")
    from mmviz.worlds import films

    known, video = Constraints(chronological=given.chronological), films.prove(pipeline.take_in(given.video))
    said = {"gradual": given.gradual, "level": given.level, "device": given.device, "progress": _tell}
    made = pipeline.film(video, pipeline.read_script(given.text), given.model, given.matcher, constraints=known, **said)
    write(given.out, "film", made, formats)
    return made.to_json()


def _tell(stage: str, done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        print(f"{stage}: {done:,} of {total:,}", file=sys.stderr, flush=True)


def _show_matches(value: dict[str, Any]) -> str:
    return "\n".join(_line(number, result) for number, result in enumerate(value["results"], 1))


def _line(number: int, result: dict[str, Any]) -> str:
    edges = " ".join(f"{edge['shot']}-{edge['clause']} ({edge['p']:.2f})" for edge in result["edges"])
    alone = f"shots alone: {len(result['unmatched_shots'])}, clauses alone: {len(result['unmatched_clauses'])}"
    return f"{number:4}  {edges or 'no pair'}; {alone}" + "".join(f"; {remark['key']}" for remark in result["remarks"])


def _show_film(value: dict[str, Any]) -> str:
    """Name each shot's clause, then what has no partner."""
    clauses = [" ".join(clause["text"].split()) for clause in value["clauses"]]
    decided = {edge["shot"]: edge for edge in value["edges"]}
    rows = []
    for number, shot in enumerate(value["shots"]):
        edge = decided.get(number)
        told = f"{edge['p']:.2f}  {clauses[edge['clause']]}" if edge else " -"
        rows.append(f"{number:4}  {shot['start']:9.2f} {shot['end']:9.2f}  {told}")
    rows += [f"no shot: {clauses[clause]}" for clause in value["unmatched_clauses"]]
    return "\n".join([*rows, *(remark["key"] for remark in value["remarks"])])
