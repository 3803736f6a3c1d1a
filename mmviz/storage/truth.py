"""How true each method was measured to be on drawn scenes, as `benchmarks/truth.py` wrote it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

#: Model -> {"phrases": n, "chance": share, "methods": {method: {"pointing", "insertion", "deletion"}}}.
PATH = Path(__file__).resolve().parents[2] / "assets" / "method_truth.json"


@cache
def measured(path: Path = PATH) -> dict[str, dict[str, Any]]:
    """Read what was measured, or give {} where it was not, or the file is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
