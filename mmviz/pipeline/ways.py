"""Things and the ways to say them, as they come with mmviz."""

import re
from functools import lru_cache
from pathlib import Path

from mmviz.media.words import HAN

WAYS = Path(__file__).parents[2] / "assets" / "ways"
_HAN = re.compile(f"[{HAN}]")


def ways_like(text: str) -> tuple[tuple[str, str, str], ...]:
    """List the drawn world's things, each as a picture of it, with its article and bare: in Chinese for a text with Chinese signs."""
    return _read("zh" if _HAN.search(text) else "en")


@lru_cache(maxsize=2)
def _read(language: str) -> tuple[tuple[str, str, str], ...]:
    lines = (WAYS / f"{language}.txt").read_text("utf-8").splitlines()
    return tuple(tuple(line.split("\t")) for line in lines)
