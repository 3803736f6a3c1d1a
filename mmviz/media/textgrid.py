"""TextGrid files of Praat: times that somebody marked."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmviz.errors import MediaError

MAX_BYTES = 25 * 2**20
#: What counts in such a file: quoted texts, numbers and flags that stand alone. All else is there for people.
TOKENS = re.compile(r'"((?:[^"]|"")*)"|(?<!\S)([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?!\S)|<(exists|absent)>')


@dataclass(frozen=True)
class Tier:
    """One row of a TextGrid.

    Attributes:
        name: as its maker called it.
        labels: what stands in each of N intervals or at each of N points; blank ones are pauses.
        starts, ends: shape (N,), float64, seconds, in order; a point ends where it starts.
    """

    name: str
    labels: tuple[str, ...]
    starts: np.ndarray
    ends: np.ndarray


def parse(source: str | Path) -> tuple[Tier, ...]:
    """Read the tiers of a TextGrid, in its long or its short form.

    Args:
        source: a path; UTF-8 or UTF-16, up to 25 MB.

    Returns:
        All tiers in order.

    Raises:
        MediaError: it is no TextGrid, damaged, or too large.
    """
    path = Path(source)
    text = _read(path)
    if "ooTextFile" not in text[:200] or "TextGrid" not in text[:200]:
        raise MediaError(f"{path.name} is not a TextGrid; save one by Praat's File > Save as text file.")
    tokens = _Tokens(text, path.name)
    for _ in range(2):  # what kind of file it is, twice
        tokens.text()
    tokens.number(), tokens.number()
    if tokens.flag() == "absent":
        return ()
    return tuple(_tier(tokens) for _ in range(tokens.count()))


class _Tokens:
    """What counts in the file, one after the other."""

    def __init__(self, text: str, name: str):
        self.found, self.name = TOKENS.finditer(text), name

    def _next(self, group: int) -> str:
        match = next(self.found, None)
        if match is None or match[group] is None:
            raise MediaError(f"{self.name} is damaged or cut short; save it again from Praat as a text file.")
        return match[group]

    def text(self) -> str:
        return self._next(1).replace('""', '"')

    def number(self) -> float:
        return float(self._next(2))

    def flag(self) -> str:
        return self._next(3)

    def count(self) -> int:
        return int(self.number())


def _tier(tokens: _Tokens) -> Tier:
    is_points = tokens.text() == "TextTier"
    name = tokens.text()
    tokens.number(), tokens.number()
    labels, starts, ends = [], [], []
    for _ in range(tokens.count()):
        starts.append(tokens.number())
        ends.append(starts[-1] if is_points else tokens.number())
        labels.append(tokens.text())
    times = np.array(starts, np.float64), np.array(ends, np.float64)
    if (np.diff(times[0]) < 0).any() or (times[1] < times[0]).any():
        raise MediaError(f'In {tokens.name} the times of "{name}" go back; save it again from Praat.')
    return Tier(name, tuple(labels), *times)


def _read(path: Path) -> str:
    if not path.is_file():
        raise MediaError(f"There is no file {path}; check the path.")
    if path.stat().st_size > MAX_BYTES:
        raise MediaError(f"{path.name} has {path.stat().st_size / 2**20:.0f} MB; up to {MAX_BYTES // 2**20} MB can be read.")
    content = path.read_bytes()
    coding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(coding)
    except UnicodeDecodeError as error:
        raise MediaError(f"{path.name} is neither UTF-8 nor UTF-16; save it again from Praat as a text file.") from error
