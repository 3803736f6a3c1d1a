"""What every aligner gives: the times of the sounds of each atom of a text; and from it the times of any unit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmviz.axes import TextAxis
from mmviz.media.spoken import Atom
from mmviz.timings import Timing, Warp


@dataclass(frozen=True)
class Track:
    """When the parts of a text were spoken.

    Attributes:
        names: what each of P sounds is called: a phone, or a character where the aligner knows no phones.
        atoms: shape (P,), int; the atom each belongs to; never goes back.
        starts, ends: shape (P,), float64, seconds; neither goes back.
        confidence: shape (A,), 0 to 1; how likely each atom starts within 50 ms of that.
        spoken: shape (A,), 0 to 1; how likely each atom was spoken there at all.
        gaps: shape (G, 2), seconds; stretches of speech that belong to no atom.
        matches: 0 to 1; how likely the text is what was said.
        warp: the path behind it, or None.
    """

    names: tuple[str, ...]
    atoms: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    confidence: np.ndarray
    spoken: np.ndarray
    gaps: np.ndarray
    matches: float
    warp: Warp | None = None

    def spans(self, n_atoms: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the starts and ends of atoms, each shape (A,); one without a sound stands where the one before it ends."""
        first = np.searchsorted(self.atoms, np.arange(n_atoms))
        after = np.searchsorted(self.atoms, np.arange(n_atoms), "right")
        ends = np.r_[0.0, self.ends][after]
        starts = np.where(after > first, np.r_[self.starts, 0.0][first], ends)
        return starts, np.maximum(ends, starts)


def held(track: Track, begins: Sequence[tuple[int, float]]) -> Track:
    """Begin atoms where they are known to begin, and keep what lies before and behind on its side.

    Args:
        track: of a sound that was cut there.
        begins: (atom, second), both in order.
    """
    starts, ends = track.starts.copy(), track.ends.copy()
    for atom, second in begins:
        place = int(np.searchsorted(track.atoms, atom))
        starts[:place], ends[:place] = np.minimum(starts[:place], second), np.minimum(ends[:place], second)
        starts[place:] = np.maximum(starts[place:], second)
        if place < len(starts) and track.atoms[place] == atom:
            starts[place] = second
    return replace(track, starts=starts, ends=np.maximum(ends, starts))


def timing(text: str, spans: list[tuple[int, int]], atoms: list[Atom], track: Track, **about) -> Timing:
    """Give every unit of a text its times.

    Args:
        text: the transcript.
        spans: Q units, words or characters, in code points.
        atoms: the A atoms of the text.
        track: when they were spoken.
        **about: `aligner`, `language`, `unit` and `seconds` of the Timing.

    Returns:
        A start and an end for every unit. What is never spoken, punctuation and emoji, stands where the one before it ends.
    """
    starts, ends, owners = _unit_times(spans, atoms, track)
    starts, ends = _in_order(starts, ends, about["seconds"])
    silent = owners < 0
    beside = np.maximum.accumulate(np.where(silent, 0, owners))
    confidence = track.confidence[beside] if len(atoms) else np.zeros(len(spans))
    spoken = (track.spoken[beside] >= 0.5) & ~silent if len(atoms) else np.zeros(len(spans), bool)
    axis = _axis(text, spans, about["unit"])
    return Timing(axis, tuple(axis.labels), starts, ends, confidence, spoken, track.gaps, track.matches, warp=track.warp, **about)


def phones(text: str, words: list[tuple[int, int]], atoms: list[Atom], track: Track, **about) -> Timing:
    """Give every phone of a text its times, under the span of its word; see `timing`."""
    begins = np.array([start for start, _ in words])
    owners = np.searchsorted(begins, [atoms[a].start for a in track.atoms], "right") - 1
    starts, ends = _in_order(track.starts, track.ends, about["seconds"])
    axis = _axis(text, [words[owner] for owner in owners], "phone")
    confidence, spoken = track.confidence[track.atoms], track.spoken[track.atoms] >= 0.5
    return Timing(axis, track.names, starts, ends, confidence, spoken, track.gaps, track.matches, warp=track.warp, **about)


def _unit_times(spans: list, atoms: list[Atom], track: Track) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find times and first atom of every unit; a unit that is part of an atom has its share of the atom's sounds."""
    starts, ends, owners = np.full(len(spans), np.nan), np.full(len(spans), np.nan), np.full(len(spans), -1)
    atom_starts, atom_ends = track.spans(len(atoms))
    opens, closes = np.array([a.start for a in atoms]), np.array([a.end for a in atoms])
    for place, (start, end) in enumerate(spans):
        first, after = np.searchsorted(closes, start, "right"), np.searchsorted(opens, end)
        if first >= after:
            continue
        owners[place] = first
        starts[place] = atom_starts[first] if start <= opens[first] else _within(start, first, atoms, track)
        last = after - 1
        ends[place] = atom_ends[last] if end >= closes[last] else _within(end, last, atoms, track)
    return starts, ends, owners


def _within(character: int, atom: int, atoms: list[Atom], track: Track) -> float:
    """Say when a character in the middle of an atom begins: the sounds of the atom are shared out evenly over its characters."""
    low, high = np.searchsorted(track.atoms, [atom, atom + 1])
    edges = np.r_[track.starts[low:high], track.ends[high - 1 : high]]
    if len(edges) < 2:
        return float(track.spans(len(atoms))[0][atom])
    share = (character - atoms[atom].start) / (atoms[atom].end - atoms[atom].start)
    return float(np.interp(share * (len(edges) - 1), np.arange(len(edges)), edges))


def _in_order(starts: np.ndarray, ends: np.ndarray, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Place what has no times where the one before it ends, and see that nothing goes back or beyond the sound."""
    starts, ends = starts.astype(float), ends.astype(float)
    known = ~np.isnan(starts)
    last = np.maximum.accumulate(np.where(known, np.arange(len(starts)), -1))
    before = np.where(last >= 0, ends[last], starts[known][0] if known.any() else 0.0)
    starts, ends = np.where(known, starts, before), np.where(known, ends, before)
    starts = np.clip(np.maximum.accumulate(starts), 0, seconds)
    following = np.r_[starts[1:], seconds]
    return starts, np.maximum(starts, np.minimum(np.clip(ends, 0, seconds), np.maximum(following, starts)))


def _axis(text: str, spans: list[tuple[int, int]], unit: str) -> TextAxis:
    n = len(spans)
    return TextAxis(text, np.array(spans, int).reshape(-1, 2), (unit,) * n, np.zeros(n, bool), np.zeros(n, bool))
