"""What one pair costs a model in processor time, as `benchmarks/pairs.py` measured it of all models in one run."""

import json
import math
import os
from pathlib import Path
from typing import Any

from mmviz.trusts import COSTS

#: Model -> {"checkpoint", "rounds", and of `COSTS` those there are, in milliseconds of one core}.
PATH = Path(__file__).resolve().parents[2] / "assets" / "pair_cost.json"


def measured(path: Path | None = None) -> dict[str, tuple[str, dict[str, float]]]:
    """Read what was measured.

    Args:
        path: of the file; None takes the one beside our drawings, or that of MMVIZ_COSTS.

    Returns:
        Model -> the weights that were measured, and its times in milliseconds of one core, by `COSTS`; {} where nothing was measured or the
        file is damaged. A model without weights or with a time that is none is left out.
    """
    try:
        found = json.loads((path or Path(os.environ.get("MMVIZ_COSTS") or PATH)).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    return {name: (entry["checkpoint"], _times(entry)) for name, entry in entries if _is_entry(entry)}


def _times(entry: dict[str, Any]) -> dict[str, float]:
    return {name: float(entry[name]) for name in COSTS if name in entry}


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("checkpoint"), str) or "pair" not in entry:
        return False
    times = [entry[name] for name in COSTS if name in entry]
    return all(type(value) in (int, float) and math.isfinite(value) and value >= 0 for value in times)
