"""The aligner `dtw`: a sound warped onto the text as espeak-ng speaks it, with silence between the words, and what can be said of the result."""

from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np

from mmviz.axes import TimeAxis
from mmviz.errors import MethodError
from mmviz.media import features
from mmviz.methods.dtw import dtw, local_costs
from mmviz.methods.warping import anchored, evidence, preview
from mmviz.methods.warping.anchored import Anchored
from mmviz.pipeline import confidence
from mmviz.pipeline.heard import Options, Pair, Task
from mmviz.pipeline.tracks import Track
from mmviz.timings import Warp

HOP = features.HOP
#: A boundary lies between two frames, half a hop before the middle of the second.
HALF = HOP / 2
#: What is added to starts, seconds. Boundaries of this aligner lay 15 ms before those of eight words labelled by hand and 5 ms behind
#: pocketsphinx' in English; in Mandarin 26 ms behind those of twenty syllables labelled by a recogniser.
OFFSETS = {"en": 0.003, "zh": -0.015}
#: Speech without a text shorter than this is no gap, seconds.
SHORTEST_GAP = 0.4
Pin = tuple[int, int]
PLAIN = Options()


@dataclass(frozen=True)
class Warped:
    """A path between a sound and its anchor, with everything that was found on it.

    Attributes:
        pair: what was aligned.
        found: the path.
        begins: shape (B,), int; the first row of each atom that has rows.
        atoms: shape (B,), int; these atoms.
        middles: shape (B,), int; the frame of the sound in the middle of each.
        frames, units, starts, sections: evidence; see `methods.warping.evidence`.
        options: how it was found.
    """

    pair: Pair
    found: Anchored
    begins: np.ndarray
    atoms: np.ndarray
    middles: np.ndarray
    frames: np.ndarray
    units: np.ndarray
    starts: np.ndarray
    sections: np.ndarray
    options: Options


def run(task: Task) -> Track:
    """Find a text in a sound by warping the sound onto the text as espeak-ng speaks it."""
    pair = task.pair
    task.tell("align", 0, 1)
    made = track(align(pair, [(_row(pair, place), second) for place, second in task.pins], task.options), OFFSETS[task.language])
    task.tell("align", 1, 1)
    return made


def align(pair: Pair, pins: list[tuple[int, float]], options: Options = PLAIN) -> Warped:
    """Warp a sound onto its anchor.

    Args:
        pair: a sound and a spoken text.
        pins: (row, second), both increasing: rows of the anchor that begin there; the stretches between are warped by themselves.
        options: how.

    Raises:
        MethodError: there is no room between two pins, or an option is out of range.
    """
    found = _between(pair, _edges(pair, pins), options)
    begins = np.flatnonzero(pair.first)
    wrong = _wrong(pair, options)
    frames = evidence.of_frames(found, evidence.columns(wrong, len(pair.heard.frames)), len(pair.heard.frames))
    last = np.r_[begins[1:] - 1, len(pair.frames) - 1]
    entries, exits = found.entries(len(pair.frames)), found.exits(len(pair.frames))
    units = evidence.of_atoms(frames, entries[begins], exits[last], last - begins + 1)
    sides = pair.frames, pair.heard.frames, pair.heard.quiet
    starts = evidence.of_starts(found, sides, begins, frames)
    starts = np.column_stack([starts, units])  # what was not spoken starts nowhere
    middles = (entries[begins] + exits[last]) // 2
    sections = evidence.of_sections(found, wrong, frames, units, middles)
    return Warped(pair, found, begins, pair.owners[begins], middles, frames, units, starts, sections, options)


def track(warped: Warped, offset: float) -> Track:
    """Give the phones their times, and say how sure they are.

    Args:
        warped: a path.
        offset: seconds that are added to every start: what this language's anchor is early by.
    """
    pair, n_atoms = warped.pair, len(warped.pair.atoms)
    starts, ends = _phone_times(pair, warped.found, offset)
    certain, spoken = np.zeros(n_atoms), np.zeros(n_atoms)
    spoken[warped.atoms] = confidence.of("atoms", warped.units)
    sections = confidence.of("sections", judged(warped))
    certain[warped.atoms] = confidence.of("starts", placed(warped, sections))
    matches = confidence.together(sections)
    return Track(pair.anchor.names, pair.anchor.atoms, starts, ends, certain, spoken, _gaps(warped), matches, _warp(warped))


def judged(warped: Warped) -> np.ndarray:
    """Give the evidence of stretches, with what the atoms and frames in them are likely to be; shape (N, 13)."""
    atoms = warped.middles, confidence.of("atoms", warped.units)
    frames = confidence.of("frames", warped.frames), _loud(warped)
    return evidence.judged(warped.sections, evidence.section_edges(len(warped.frames)), atoms, frames)


def placed(warped: Warped, sections: np.ndarray) -> np.ndarray:
    """Give the evidence of starts, with how likely the text around each is what was spoken; shape (B, 20)."""
    edges = evidence.section_edges(len(warped.frames))
    around = np.clip(sections, 0.01, 0.99)[np.searchsorted(edges, warped.middles, "right").clip(1, len(sections)) - 1]
    return np.column_stack([warped.starts, np.log(around / (1 - around))])


def _loud(warped: Warped) -> np.ndarray:
    """Tell which frames of the sound are speech by how far from silence they lie, shape (T,), bool."""
    heard = warped.pair.heard
    return heard.quiet > 0.5 * np.median(heard.quiet[warped.found.entries(len(warped.pair.frames))])


def starts_of(warped: Warped, offset: float) -> np.ndarray:
    """Give the starts of the atoms that have rows, shape (B,), seconds."""
    starts, _ = _phone_times(warped.pair, warped.found, offset)
    return starts[np.searchsorted(warped.pair.anchor.atoms, warped.atoms)]


def _edges(pair: Pair, pins: list[tuple[int, float]]) -> list[Pin]:
    """Say at which (row, frame) the stretches begin that are warped by themselves, the first and one after the last included."""
    n_rows, n_frames = len(pair.frames), len(pair.heard.frames)
    edges = [(0, 0), *((row, round(second / HOP)) for row, second in pins if row > 0), (n_rows, n_frames)]
    for (_, before), (_, after) in zip(edges, edges[1:]):
        if after - before < 1:
            raise MethodError(
                f"Between {before * HOP:.2f} s and {after * HOP:.2f} s is no room for the words there; move one of the two."
            )
    return edges


def _row(pair: Pair, place: int) -> int:
    """Find the row of the anchor at which a character of the text begins."""
    closes = [atom.end for atom in pair.atoms]
    atom = min(bisect_right(closes, place), len(closes) - 1)
    low, high = np.searchsorted(pair.owners, [atom, atom + 1])
    share = (place - pair.atoms[atom].start) / (closes[atom] - pair.atoms[atom].start)
    return min(int(low + max(share, 0) * (high - low)), len(pair.rows) - 1)


def _between(pair: Pair, edges: list[Pin], options: Options) -> Anchored:
    """Warp stretch after stretch and put the paths together."""
    parts = []
    for number, ((row, frame), (after, until)) in enumerate(zip(edges, edges[1:])):
        x, y, first = pair.frames[row:after], pair.heard.frames[frame:until], pair.first[row:after]
        quiet = pair.heard.quiet[frame:until]
        if options == PLAIN:
            made = anchored.align(x, y, first, quiet, leads=number == 0)
        else:
            made = _otherwise(x, y, first, pair.heard.silence, options, leads=number == 0)
        parts.append(Anchored(made.path + [row, frame], made.silent, made.local))
    return Anchored(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("path", "silent", "local")))


def _otherwise(
    x: np.ndarray, y: np.ndarray, first: np.ndarray, silence: np.ndarray, options: Options, *, leads: bool
) -> Anchored:
    """Warp by exact DTW with its options; silence is a row of its own before every word and at the end that may be left out."""
    rows = np.arange(len(x))
    if options.silences:
        where = np.flatnonzero(first) if leads else np.flatnonzero(first)[1:]
        where = np.r_[where, len(x)]
        x, rows = np.insert(x, where, silence, axis=0), np.insert(rows, where, -1)
    if options.mfcc:
        x, y = cepstra(x), cepstra(y)
    band = None if options.band is None else options.band / HOP
    _, path = dtw(x, y, steps=options.steps, band=band, optional=rows < 0 if options.silences else None)
    silent = rows[path[:, 0]] < 0
    stands = np.maximum.accumulate(rows)[path[:, 0]]
    return Anchored(
        np.stack([np.maximum(stands, 0), path[:, 1]], 1), silent, local_costs(x, y, path, "euclidean").astype(np.float32)
    )


def cepstra(frames: np.ndarray) -> np.ndarray:
    """Give the first 13 cepstral coefficients of log-mel frames, shape (N, 13)."""
    from scipy.fft import dct

    return dct(frames, norm="ortho", axis=1)[:, :13]


def _wrong(pair: Pair, options: Options) -> Anchored:
    """Warp the sound onto the words in reverse order; kept with the pair."""
    if options not in pair.notes:
        order, first = evidence.reversed_order(pair.first)
        reverse = replace(pair, frames=pair.frames[order], first=first)
        pair.notes[options] = _between(reverse, [(0, 0), (len(order), len(pair.heard.frames))], options)
    return pair.notes[options]


def _phone_times(pair: Pair, found: Anchored, offset: float) -> tuple[np.ndarray, np.ndarray]:
    """Read the times of phones off the path; a phone too short for a frame begins where the next one does."""
    n_phones, n_rows = len(pair.anchor.starts), len(pair.frames)
    entries, exits = found.entries(n_rows), found.exits(n_rows)
    first = np.searchsorted(pair.rows, np.arange(n_phones))
    after = np.searchsorted(pair.rows, np.arange(n_phones), "right")
    at = np.minimum(first, n_rows - 1)
    early = np.where(after > first, pair.moments[at] - pair.anchor.starts, 0)
    starts = entries[at] * HOP - HALF - early + offset
    ends = exits[np.maximum(after - 1, 0)] * HOP + HALF
    continues = np.r_[pair.anchor.atoms[1:] == pair.anchor.atoms[:-1], False]
    starts = np.clip(np.maximum.accumulate(starts), 0, pair.heard.audio.seconds)
    following = np.r_[starts[1:], pair.heard.audio.seconds]
    return starts, np.where(continues, following, np.clip(ends, starts, following))


def _gaps(warped: Warped) -> np.ndarray:
    """Find stretches in which somebody speaks, but not this text."""
    belongs = confidence.of("frames", warped.frames) >= 0.5
    loud = _loud(warped)
    marked = np.convolve(loud & ~belongs, np.ones(11), "same") > 5
    edges = np.flatnonzero(np.diff(np.r_[0, marked, 0])).reshape(-1, 2) * HOP
    return edges[edges[:, 1] - edges[:, 0] >= SHORTEST_GAP].reshape(-1, 2)


def _warp(warped: Warped) -> Warp:
    """Give the path as it is drawn, with a pooled picture of the costs."""
    pair, found = warped.pair, warped.found
    query, key = TimeAxis(pair.moments, pair.moments + HOP), _frames_of(pair)
    name = "blank", warped.options.mfcc
    if name not in pair.notes:
        x, y = (cepstra(f) if warped.options.mfcc else f for f in (pair.frames, pair.heard.frames))
        pair.notes[name] = preview.blank(x, y, "euclidean")
    costs, rows, columns = pair.notes[name]
    picture = preview.drawn(costs, rows, columns, found.path, found.local)
    spans = preview.span(query, rows), preview.span(key, columns)
    return Warp(found.path, query, key, found.cost, found.local, picture, *spans, "euclidean")


def _frames_of(pair: Pair) -> TimeAxis:
    moments = np.arange(len(pair.heard.frames)) * HOP
    return TimeAxis(np.maximum(moments - HALF, 0), moments + HALF)
