"""Vectors of a list of texts, encoded once a checkpoint."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Sequence

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.results import Embeds
from mmviz.storage import files
from mmviz.storage.results import UNREADABLE, sources


def find(checkpoint: str, texts: Sequence[str]) -> Embeds | None:
    """Give the vectors of these texts in this order by this checkpoint, or None where there are none or they are damaged."""
    content = files.find(_name(checkpoint, texts))
    try:
        return None if content is None else _read(content, checkpoint, texts)
    except (*UNREADABLE, zipfile.BadZipFile, zlib.error):
        return None


def keep(embeds: Embeds) -> bool:
    """Keep the vectors of texts under their checkpoint; False where that is not possible."""
    file = io.BytesIO()
    np.savez(file, vectors=embeds.vectors)
    return files.keep(_name(embeds.checkpoint, embeds.items.names), file.getvalue())


def _read(content: bytes, checkpoint: str, texts: Sequence[str]) -> Embeds | None:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        vectors = arrays["vectors"]
    if vectors.dtype != np.float32 or not np.isfinite(vectors).all():
        return None
    return Embeds(vectors, ItemAxis(tuple(texts)), "text", checkpoint)


def _name(checkpoint: str, texts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps([sources(), checkpoint, list(texts)]).encode()).hexdigest() + ".npz"
