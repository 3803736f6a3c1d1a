"""`list` and `doctor`: what there is, and what works."""

import argparse
from typing import Any

from mmviz import pipeline
from mmviz.cli.parsing import Command

KINDS = ("models", "methods", "scores", "objectives", "probes", "views", "exports", "lessons")
#: Kinds that one list has together: methods of a pair, of two runs of frames, and of shots and clauses.
BESIDE = {"methods": ("methods", "warps", "matchers")}


def add(command: Command) -> None:
    """Add the commands of this file."""
    command("list", list_kind, _show_list, "what is registered").add_argument("kind", choices=KINDS)
    command("doctor", doctor, _show_checks, "what works on this machine, and what mends the rest", device=True)


def list_kind(given: argparse.Namespace) -> list[dict[str, Any]]:
    """List what is registered of one kind; a kind without entries gives an empty list."""
    from mmviz import registry

    if given.kind == "models":
        return [_model_row(info) for info in (*pipeline.models(), *pipeline.detectors(), *pipeline.nets())]
    kinds = BESIDE.get(given.kind, (given.kind,))
    entries = [entry for kind in kinds for entry in getattr(registry, kind, ())]
    return [
        {"name": e.name, "title": e.title, "summary": e.summary, "needs": sorted(e.needs), "paper": e.paper,
         "targets": list(e.targets), "options": e.options, "ready": True, "why_not": ""}
        for e in entries
    ]  # fmt: skip


def _model_row(info: Any) -> dict[str, Any]:
    names = ("name", "title", "family", "kind", "source", "ready", "why_not", "verified", "paper")
    return {**{name: getattr(info, name) for name in names}, "offers": sorted(info.offers)}


def doctor(given: argparse.Namespace) -> list[dict[str, Any]]:
    """Check what the program needs on this machine."""
    from mmviz import doctor as checks

    return checks.check_all(given.device)


def _show_list(rows: list[dict[str, Any]]) -> str:
    return "\n".join(_line(row) for row in rows) or "nothing of this kind yet"


def _line(row: dict[str, Any]) -> str:
    about = row.get("summary") or row.get("why_not") or ", ".join(row.get("offers", ()))
    return f"{row['name']:36} {row['title']:24} {about}"


def _show_checks(rows: list[dict[str, Any]]) -> str:
    return "\n".join(f"{'ok ' if row['ok'] else 'NO '} {row['check']:28} {row['hint'] or row['found']}" for row in rows)
