"""Alignments under the hash of all that made them: the same question again needs no model."""

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mmviz.results import Alignment
from mmviz.samples import Image, Text
from mmviz.storage import files

#: What reading a file that was damaged, or written by another version, raises.
UNREADABLE = (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError)
#: Parts of the package that a result depends on, beside the files at its top.
MADE_BY = ("media", "models", "methods", "trust")


def names_of(query: Text, key: Image, asked: Sequence[dict[str, Any]]) -> list[str]:
    """Name questions about one pair.

    Args:
        query: its characters and phrases count.
        key: its pixels count, its name does not.
        asked: for each question its checkpoint id, unit, target, device, method and options, as JSON holds them.

    Returns:
        A file name each: the hash of these, and of the program's own sources, its version among them.
    """
    pixels = hashlib.sha256(np.ascontiguousarray(key.pixels)).hexdigest()
    pair = [sources(), key.pixels.shape, pixels, query.text, query.phrases]
    said = (json.dumps([pair, question], sort_keys=True).encode() for question in asked)
    return [hashlib.sha256(question).hexdigest() + ".json.gz" for question in said]


def find(name: str) -> Alignment | None:
    """Give the alignment kept under a name, marked `stored`, or None where there is none or it is damaged."""
    content = files.find(name) if keeps() else None
    try:
        return None if content is None else replace(Alignment.from_json(json.loads(gzip.decompress(content))), stored=True)
    except UNREADABLE:
        return None


def keep(name: str, alignment: Alignment) -> bool:
    """Keep an alignment; False where that is not possible or not wanted."""
    if not keeps():
        return False
    content = json.dumps(alignment.to_json(), allow_nan=False).encode()
    return files.keep(name, gzip.compress(content, compresslevel=1, mtime=0))


def keeps() -> bool:
    """Tell whether results are kept at all: a page open to strangers says MMVIZ_KEEP_RESULTS=0, for what they ask is theirs."""
    return os.environ.get("MMVIZ_KEEP_RESULTS") != "0"


@cache
def sources() -> str:
    """Hash the sources that make results, so that a changed method never gets an old answer."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted([*package.glob("*.py"), *(p for part in MADE_BY for p in (package / part).rglob("*.py"))]):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
