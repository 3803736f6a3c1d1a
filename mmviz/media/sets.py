"""Sets as they lie on a disk: a text a line, pictures in a folder, a table of similarities."""

import io
import re
from pathlib import Path

import numpy as np

from mmviz.errors import MediaError

MAX_BYTES = 2**20
MAX_SCORES = 2**26
#: Endings of the formats `media.image` reads.
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".ico", ".avif")
_BREAK = re.compile("\r\n|\n|\r")


def lines(path: str | Path) -> list[str]:
    """Read a file of texts, one a line.

    Args:
        path: UTF-8, at most 1 MB.

    Returns:
        Every line without its break, empty ones included, so that their places count lines.

    Raises:
        MediaError: there is no such file, it is too large, or it is not UTF-8.
    """
    content = _read(Path(path), MAX_BYTES, "Give fewer or shorter lines")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MediaError(f"{path} is not UTF-8 from byte {error.start:,} on; save it as UTF-8, one text a line.") from error
    found = _BREAK.split(text)
    return found[:-1] if found[-1] == "" else found


def pictures(folder: str | Path) -> list[Path]:
    """Find the pictures of a folder by their endings, in the order of their names; what lies deeper is left out.

    Raises:
        MediaError: there is no such folder, or no picture in it.
    """
    try:
        found = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in PICTURES and not p.name.startswith("."))
    except OSError as error:
        raise MediaError(f"{folder} is no folder that can be read ({error.strerror}); name one with pictures in it.") from error
    if not found:
        raise MediaError(f"There is no picture in {folder}; put files there that end in {', '.join(PICTURES)}.")
    return found


def scores(path: str | Path) -> np.ndarray:
    """Read similarities, texts down and pictures across.

    Args:
        path: a .npy file with an array of two axes, at most 64 MB.

    Returns:
        Shape (N, M), float64, finite.

    Raises:
        MediaError: there is no such file, or it holds anything else.
    """
    content = _read(Path(path), MAX_SCORES, "Give a part of the table")
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError, SyntaxError, TypeError) as error:
        raise MediaError(f"{path} is not a .npy file of numbers; write it with numpy.save.") from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "iufb":
        has = f"shape {array.shape} and type {array.dtype}" if isinstance(array, np.ndarray) else "several arrays"
        raise MediaError(f"{path} has {has}; a matrix has two axes, texts down and pictures across, of real numbers.")
    if not np.isfinite(array).all():
        raise MediaError(f"{path} holds values that are no finite numbers; replace them.")
    return array.astype(np.float64)


def _read(path: Path, limit: int, way_out: str) -> bytes:
    try:
        if not path.is_file():
            raise MediaError(f"There is no file {path}; check the path.")
        size = path.stat().st_size
        if size > limit:
            raise MediaError(f"{path.name} has {size / 2**20:.1f} MB; up to {limit // 2**20} MB can be read. {way_out}.")
        return path.read_bytes()
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror or 'unreadable'}); check the file and its rights.") from error
