"""Vectors as they lie on a disk: .npy files, and Parquet files with a column of them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmviz.errors import MediaError

#: Rows that are mapped at most; of more, so many are drawn.
MOST = 200_000
#: Columns a Parquet file may call its vectors by, the first one ours.
COLUMNS = ("vector", "vectors", "embedding", "embeddings")


@dataclass(frozen=True)
class Vectors:
    """Rows of a file.

    Attributes:
        rows: shape (N, D), float32, finite.
        places: shape (N,), int64; which rows of the file they are.
        total: how many rows the file has.
        names: of all N, or empty where the file has none.
        modality: of all N, or empty.
        path: of the file.
    """

    rows: np.ndarray
    places: np.ndarray
    total: int
    names: tuple[str, ...]
    modality: tuple[str, ...]
    path: str


def read(path: str | Path, *, seed: int = 0, most: int | None = MOST) -> Vectors:
    """Read vectors.

    Args:
        path: a .npy file of shape (N, D), real numbers; or a .parquet file with a column `vector` of lists (also read: `name`, `modality`).
        seed: of the rows drawn where there are more than `most`; files of as many rows have the same rows drawn.
        most: None reads all.

    Returns:
        The rows, in the order of the file.

    Raises:
        MediaError: there is no such file, it holds no vectors, or a value is no finite number.
    """
    path = Path(path)
    if not path.is_file():
        raise MediaError(f"There is no file {path}; check the path.")
    try:
        table, extra = _parquet(path) if path.suffix.lower() == ".parquet" else (_npy(path), {})
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror or 'unreadable'}); check the file and its rights.") from error
    places = np.arange(len(table))
    if most is not None and len(table) > most:
        places = np.sort(np.random.default_rng(seed).choice(len(table), most, replace=False))
    rows = np.ascontiguousarray(table[places], np.float32)
    if not np.isfinite(rows).all():
        row, column = (int(n) for n in np.argwhere(~np.isfinite(rows))[0])
        raise MediaError(
            f"{path} has a value that is no finite number in row {places[row] + 1}, column {column + 1}; replace it."
        )
    named = {name: tuple(str(values[place]) for place in places) for name, values in extra.items()}
    return Vectors(rows, places, len(table), named.get("name", ()), named.get("modality", ()), str(path))


def _npy(path: Path) -> np.ndarray:
    try:
        table = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, TypeError) as error:
        raise MediaError(f"{path} is not a .npy file of numbers; write it with numpy.save.") from error
    if not isinstance(table, np.ndarray) or table.ndim != 2 or 0 in table.shape or table.dtype.kind not in "iuf":
        has = f"shape {table.shape} and type {table.dtype}" if isinstance(table, np.ndarray) else "several arrays"
        raise MediaError(f"{path} has {has}; vectors have two axes, an item a row, of real numbers.")
    return table


def _parquet(path: Path) -> tuple[np.ndarray, dict[str, list[Any]]]:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        named = {name: file.schema_arrow.field(name).type for name in file.schema_arrow.names}
        is_list = (pyarrow.types.is_list, pyarrow.types.is_large_list, pyarrow.types.is_fixed_size_list)
        column = next((name for name in COLUMNS if name in named and any(is_(named[name]) for is_ in is_list)), None)
        if column is None:
            has = ", ".join(named) or "none"
            raise MediaError(
                f"{path} has no column of vectors (columns: {has}); it needs one called vector, of lists of numbers."
            )
        table = file.read([column, *(name for name in ("name", "modality") if name in named)])
    except pyarrow.ArrowInvalid as error:
        raise MediaError(f"{path} is not a Parquet file; write it with `mmviz space --out`, or give a .npy file.") from error
    return _stacked(path, table.column(column)), {name: table.column(name).to_pylist() for name in table.column_names[1:]}


def _stacked(path: Path, column: Any) -> np.ndarray:
    import pyarrow.compute

    lengths = set(pyarrow.compute.list_value_length(column).to_pylist())
    try:
        if len(lengths) != 1 or lengths & {None, 0}:
            raise ValueError
        flat = np.concatenate([chunk.flatten().to_numpy(zero_copy_only=False).astype(np.float32) for chunk in column.chunks])
        return flat.reshape(len(column), lengths.pop())
    except (ValueError, TypeError) as error:
        raise MediaError(
            f"The vectors of {path} are not all of one width, or no numbers; give every item as many numbers."
        ) from error


def truth(path: str | Path, texts: int, images: int) -> list[list[int]]:
    """Read which pictures belong to which text.

    Args:
        path: JSON: a list with, for each text, the list of its pictures' places from 0; up to 256 MB.
        texts, images: how many there are.

    Raises:
        MediaError: there is no such file, or it says anything else.
    """
    try:
        said = json.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror or 'unreadable'}); check the path.") from error
    except (ValueError, RecursionError) as error:
        raise MediaError(f"{path} is no JSON; it is a list with, for each text, the list of its pictures.") from error
    if not isinstance(said, list) or len(said) != texts:
        has = f"{len(said):,} entries" if isinstance(said, list) else "no list"
        raise MediaError(f"{path} has {has} and there are {texts:,} texts; give for each text the list of its pictures.")
    for place, own in enumerate(said):
        if not isinstance(own, list) or not all(type(image) is int and 0 <= image < images for image in own):
            raise MediaError(f"{path} has {str(own)[:60]} for text {place}; give a list of places from 0 to {images - 1:,}.")
    return said
