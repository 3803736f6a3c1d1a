"""Other times of the same words beside ours: of another aligner, or of a TextGrid that somebody made by ear."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from mmviz.timings import Timing, Warp

#: A beginning within this many seconds of another counts as the same.
CLOSE = 0.05
#: What a plain path is called.
PLAIN = "plain"


@dataclass(frozen=True)
class Other:
    """Times of somebody else for the units of a timing.

    Attributes:
        name: "pocketsphinx", ..., or the name of a file.
        title: what the page calls it.
        is_aligner: whether an aligner made it, or a person.
        starts, ends: shape (Q,), float64, seconds; not a number where it has no such unit.
        warp: a plain path, through the same frames as ours, or None.
    """

    name: str
    title: str
    is_aligner: bool
    starts: np.ndarray
    ends: np.ndarray
    warp: Warp | None = None


def of_timing(ours: Timing, theirs: Timing, title: str) -> Other:
    """Lay another aligner's times beside ours; units are the same where they have the same place in the text and the same name."""
    places = {key: unit for unit, key in enumerate(_keys(theirs))}
    found = [places.get(key) for key in _keys(ours)]
    return Other(theirs.aligner, title, True, *_taken(found, theirs.starts, theirs.ends))


def of_intervals(ours: Timing, names: Sequence[str], starts: np.ndarray, ends: np.ndarray, title: str) -> Other:
    """Lay intervals beside ours; they belong together by the words they carry, in order.

    Args:
        ours: Q units.
        names: what each of N intervals says; blank ones are pauses.
        starts, ends: shape (N,), seconds.
        title: what the page calls it.
    """
    mine, said = [bare(name) for name in ours.names], [bare(name) for name in names]
    found: list[int | None] = [None] * len(mine)
    kept = [place for place, name in enumerate(said) if name]
    blocks = SequenceMatcher(None, mine, [said[place] for place in kept], autojunk=False).get_matching_blocks()
    for block in blocks:
        for step in range(block.size):
            if mine[block.a + step]:
                found[block.a + step] = kept[block.b + step]
    return Other(title, title, False, *_taken(found, np.asarray(starts, float), np.asarray(ends, float)))


def of_path(ours: Timing, path: Warp, title: str) -> Other:
    """Lay a plain path beside ours: a unit begins where that path first meets the frame at which ours begins it.

    Args:
        ours: Q units, with a path.
        path: between the same frames.
        title: what the page calls it.
    """
    rows = [np.searchsorted(ours.warp.key.starts[ours.warp.path[:, 1]], times - 1e-6) for times in (ours.starts, ours.ends)]
    starts, ends = (_met(path, ours.warp.path[np.minimum(cells, len(ours.warp.path) - 1), 0]) for cells in rows)
    return Other(PLAIN, title, False, starts, np.maximum(starts, ends), path)


def known(other: Other) -> int:
    """Count the units that have a time there."""
    return int(np.isfinite(other.starts).sum())


def differences(ours: Timing, other: Other) -> np.ndarray:
    """Say how much later each unit begins for the other, in seconds, shape (Q,); not a number where it has no such unit."""
    return other.starts - ours.starts


def apart(gone: np.ndarray) -> dict[str, float]:
    """Sum up differences of beginnings.

    Args:
        gone: shape (Q,), seconds; those that are not a number do not count.

    Returns:
        `mean`, `median`, `p90`, milliseconds, and `share`, percent of them within 50 ms; all 0 where there is none.
    """
    known = np.abs(gone[np.isfinite(gone)])
    if not len(known):
        return dict.fromkeys(("mean", "median", "p90", "share"), 0.0)
    thousandths = 1000 * known
    return {
        "mean": float(thousandths.mean()),
        "median": float(np.median(thousandths)),
        "p90": float(np.quantile(thousandths, 0.9)),
        "share": float(100 * (known <= CLOSE + 1e-9).mean()),
    }


def bare(name: str) -> str:
    """Reduce a word to its letters and digits, in lower case: "Mat." and "mat" are the same word."""
    composed = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in composed if unicodedata.category(sign)[0] in "LNM")


def _keys(timing: Timing) -> list[tuple[int, int, str, int]]:
    """Tell units apart by place and name; phones of one word that have the same name, by which of them each is."""
    seen: dict[tuple[int, int, str], int] = {}
    keys = []
    for (start, end), name in zip(timing.query.spans.tolist(), timing.names, strict=True):
        count = seen[start, end, name] = seen.get((start, end, name), -1) + 1
        keys.append((start, end, name, count))
    return keys


def _met(path: Warp, rows: np.ndarray) -> np.ndarray:
    """Say when a path first meets rows or what follows them, in seconds; not a number for rows it never reaches."""
    first = np.searchsorted(path.path[:, 0], rows)
    there = (first < len(path.path)) & (rows >= path.path[0, 0])
    return np.where(there, path.key.starts[path.path[np.minimum(first, len(path.path) - 1), 1]], np.nan)


def _taken(found: list[int | None], starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    places = np.array([-1 if place is None else place for place in found], int)
    known = places >= 0
    times = np.full((2, len(places)), np.nan)
    times[:, known] = np.stack([starts, ends])[:, places[known]]
    return times[0], times[1]
