"""Arrays of numbers that several results are made of, under the hash of what made them."""

import io
import zipfile

import numpy as np

from mmviz.storage import files
from mmviz.storage.results import UNREADABLE, keeps


def find(name: str) -> np.ndarray | None:
    """Give the float32 array kept under a name of `results.names_of`, or None where there is none or it is damaged."""
    content = files.find(_file(name)) if keeps() else None
    try:
        return None if content is None else _read(content)
    except (*UNREADABLE, zipfile.BadZipFile):
        return None


def keep(name: str, table: np.ndarray) -> bool:
    """Keep an array; False where that is not possible or not wanted."""
    if not keeps():
        return False
    file = io.BytesIO()
    np.savez(file, table=np.asarray(table, np.float32))
    return files.keep(_file(name), file.getvalue())


def _read(content: bytes) -> np.ndarray | None:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        table = arrays["table"]
    return table if table.dtype == np.float32 and np.isfinite(table).all() else None


def _file(name: str) -> str:
    return name.partition(".")[0] + ".npz"
