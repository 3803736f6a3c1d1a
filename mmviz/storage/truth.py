"""How true each method was measured to be on drawn scenes, as `benchmarks/truth.py` wrote it."""

import json
import math
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmviz.trusts import FIGURES

#: Model -> {"checkpoint", "target", "phrases": n, "chance": share, "methods": {method: {"pointing", "insertion", "deletion"}}}.
PATH = Path(__file__).resolve().parents[2] / "assets" / "method_truth.json"


def measured(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """Read what was measured, anew when the file has changed.

    Args:
        path: of the file; None takes the one beside our drawings, or that of MMVIZ_TRUTH.

    Returns:
        By model what `PATH` says; {} where nothing was measured or the file is damaged. A model or a method whose entry is
        incomplete, or has a share outside 0 to 1, is left out.
    """
    path = path or Path(os.environ.get("MMVIZ_TRUTH") or PATH)
    try:
        facts = path.stat()
    except OSError:
        return {}
    return _read(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    return {name: entry | {"methods": _methods(entry["methods"])} for name, entry in entries if _is_entry(entry)}


def _is_entry(entry: Any) -> bool:
    """Tell whether a model's entry has all that it needs to be shown."""
    if not isinstance(entry, dict) or not isinstance(entry.get("methods"), dict):
        return False
    names, count = [entry.get("checkpoint"), entry.get("target")], entry.get("phrases")
    return all(isinstance(name, str) for name in names) and type(count) is int and count > 0 and _is_share(entry.get("chance"))


def _methods(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    whole = {name: shares for name, shares in found.items() if isinstance(shares, dict)}
    return {
        name: {f: shares[f] for f in FIGURES} for name, shares in whole.items() if all(_is_share(shares.get(f)) for f in FIGURES)
    }


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= 1
