"""Pictures with captions as they lie on a disk: a table that names a picture a line, and what is said of it."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmviz.errors import MediaError

MAX_BYTES, MAX_LINES = 2**23, 20_000
#: What the columns may be called, the first ones ours; letter case apart.
PICTURE = ("file", "image", "picture", "path", "filename", "file_name", "img")
TEXT = ("caption", "text", "captions", "sentence", "title")
NAMES = ("captions.csv", "captions.jsonl", "metadata.csv", "metadata.jsonl")


@dataclass(frozen=True)
class Captioned:
    """One caption: the name of its picture's file, what it says, and whatever else its line has, by column."""

    file: str
    text: str
    tags: dict[str, str] = field(default_factory=dict)


def beside(folder: str | Path) -> Path:
    """Find the table of captions in a folder of pictures.

    Raises:
        MediaError: there is none.
    """
    found = next((Path(folder) / name for name in NAMES if (Path(folder) / name).is_file()), None)
    if found is None:
        raise MediaError(f"There are no captions in {folder}; put a {NAMES[0]} there with the columns file and caption.")
    return found


def read(path: str | Path) -> list[Captioned]:
    """Read captions.

    Args:
        path: .csv with a line of column names, or .jsonl with an object a line; UTF-8, at most 8 MB and 20,000 captions. One column names
            the picture (`file`, `image`, ...), one is the caption (`caption`, `text`, ...; in JSONL it may be a list of them).

    Returns:
        A row a caption, in the order of the file; a picture may have several.

    Raises:
        MediaError: the file cannot be used.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MediaError(
                f"{path.name} has {path.stat().st_size / 2**20:.1f} MB; captions may have {MAX_BYTES // 2**20}. Give a part."
            )
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror or 'unreadable'}); check the path.") from error
    except UnicodeDecodeError as error:
        raise MediaError(f"{path.name} is not UTF-8 from byte {error.start:,} on; save it as UTF-8.") from error
    lines = _objects(path.name, content) if path.suffix.lower() in (".jsonl", ".json", ".ndjson") else _lines(path.name, content)
    found = [row for line, said in lines for row in _rows(path.name, line, said)]
    if not found:
        raise MediaError(f"{path.name} has no captions; give a line a caption, with the columns file and caption.")
    if len(found) > MAX_LINES:
        raise MediaError(f"{path.name} has {len(found):,} captions; a map of pictures takes {MAX_LINES:,}. Give a part.")
    return found


def _lines(name: str, content: str) -> Iterator[tuple[int, dict[str, Any]]]:
    sniffed = csv.DictReader(io.StringIO(content, newline=""), delimiter="\t" if "\t" in content.partition("\n")[0] else ",")
    try:
        for said in sniffed:
            yield sniffed.line_num, {key: value for key, value in said.items() if isinstance(key, str)}
    except csv.Error as error:
        raise MediaError(f"{name} is no table from line {sniffed.line_num} on ({error}); save it as CSV again.") from error


def _objects(name: str, content: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise MediaError(f"{name} has no JSON in line {number}; write an object a line.") from error
        if not isinstance(said, dict):
            raise MediaError(f"{name} has no object in line {number}; write one a line, with file and caption.")
        yield number, said


def _rows(name: str, line: int, said: dict[str, Any]) -> Iterator[Captioned]:
    lower = {key.strip().lower(): key for key in said}
    picture, text = (next((lower[known] for known in names if known in lower), None) for names in (PICTURE, TEXT))
    if picture is None or text is None:
        missing, names = ("picture", PICTURE) if picture is None else ("caption", TEXT)
        raise MediaError(
            f"{name} has no column for the {missing} in line {line}; call it {names[0]} (or {', '.join(names[1:4])})."
        )
    told = said[text] if isinstance(said[text], list) else [said[text]]
    tags = {key: _short(value) for key, value in said.items() if key not in (picture, text)}
    for one in told:
        if isinstance(one, str) and one.strip() and said[picture]:
            yield Captioned(str(said[picture]).strip(), one.strip(), tags)


def _short(value: Any) -> str:
    return "" if value is None else (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:80]
