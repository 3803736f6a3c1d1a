"""The aligner `pocketsphinx`: English found by an acoustic model, long sounds in parts that the anchor's path cuts."""

import numpy as np

from mmviz.errors import MethodError
from mmviz.media import audio as sounds
from mmviz.media import speech as espeak
from mmviz.media import sphinx
from mmviz.pipeline import anchoring, confidence
from mmviz.pipeline.heard import Task
from mmviz.pipeline.parts import cuts
from mmviz.pipeline.tracks import Track

#: Seconds that are searched at once where no anchor says where to cut.
LONGEST = 300
#: How sure a start is where nothing else was heard but the model itself: the share within 50 ms in read speech.
ALONE = 0.9
EVIDENCE = ("apart", "is_apart", "anchor_confidence")


def run(task: Task) -> Track:
    """Find an English text in a sound by pocketsphinx.

    Raises:
        MediaError: pocketsphinx is not installed.
        MethodError: it does not find the text, or the sound is longer than five minutes and espeak-ng is not there to cut it.
    """
    if not espeak.is_there():
        return _alone(task)
    anchor = anchoring.run(task)
    found = listened(task, anchor)
    if found is None:
        raise MethodError("pocketsphinx does not find this text in this sound; check the text, or choose the aligner dtw.")
    return beside(found, anchor, len(task.atoms))


def listened(task: Task, anchor: Track) -> Track | None:
    """Search a sound part by part; where nothing is found the anchor's times stand, with no confidence. None where nothing is anywhere."""
    starts, ends = anchor.spans(len(task.atoms))
    edges = cuts(starts, ends, task.heard.audio.seconds, task.begins)
    parts = [_part(task, anchor, low, high, begin, end) for low, high, begin, end in edges]
    if not any(is_found for _, is_found in parts):
        return None
    rows = [row for part, _ in parts for row in part]
    names, atoms, begins, stops, sure = zip(*rows, strict=True)
    certain = np.zeros(len(task.atoms))
    np.maximum.at(certain, np.array(atoms), np.array(sure))
    times = np.maximum.accumulate(np.array(begins)), np.array(stops)
    return Track(
        names, np.array(atoms), times[0], np.maximum(*times), certain, anchor.spoken, anchor.gaps, anchor.matches, anchor.warp
    )


def beside(found: Track, anchor: Track, n_atoms: int) -> Track:
    """Say how sure a track is by how far the anchor's path lies from it."""
    apart = np.abs(found.spans(n_atoms)[0] - anchor.spans(n_atoms)[0])
    certain = np.where(found.confidence > 0, confidence.of("sphinx", agreement(apart, anchor)), anchor.confidence * 0.5)
    return Track(found.names, found.atoms, found.starts, found.ends, certain, found.spoken, found.gaps, found.matches, found.warp)


def agreement(apart: np.ndarray, anchor: Track) -> np.ndarray:
    """Put together what speaks for a start that two aligners found; shape (A, 3)."""
    return np.column_stack([np.minimum(apart, 0.3), apart > 0.06, anchor.confidence])


def _alone(task: Task) -> Track:
    seconds, atoms = task.heard.audio.seconds, task.atoms
    if task.pins:
        raise MethodError(f"pocketsphinx keeps pins with espeak-ng alone, which is not installed; {espeak.HOW_TO_GET_IT}.")
    if seconds > LONGEST:
        raise MethodError(
            f"The sound lasts {seconds:.0f} s, and without espeak-ng pocketsphinx takes up to {LONGEST} s; {espeak.HOW_TO_GET_IT}."
        )
    found = sphinx.align(task.heard.audio.samples, [sphinx.Said(atom.said) for atom in atoms]) if atoms else None
    if found is None:
        raise MethodError("pocketsphinx does not find this text in this sound; check the text.")
    heard = np.isin(np.arange(len(atoms)), found.owners) * 1.0
    return Track(_named(found), found.owners, found.starts, found.ends, heard * ALONE, heard, np.zeros((0, 2)), ALONE)


def _part(task: Task, anchor: Track, low: int, high: int, begin: float, end: float) -> tuple[list[tuple], bool]:
    """Search one part: rows (name, atom, start, end, sure), and whether anything was found."""
    task.tell("align", round(begin), round(task.heard.audio.seconds))
    said = []
    for atom in range(low, high):
        a, b = np.searchsorted(anchor.atoms, [atom, atom + 1])
        said.append(sphinx.Said(task.atoms[atom].said if task.atoms[atom].voice == "en-us" else "", anchor.names[a:b]))
    samples = task.heard.audio.samples[int(begin * sounds.RATE) : int(end * sounds.RATE)]
    found = sphinx.align(samples, said) if said and len(samples) else None
    if found is None:
        a, b = np.searchsorted(anchor.atoms, [low, high])
        rows = zip(anchor.names[a:b], anchor.atoms[a:b], anchor.starts[a:b], anchor.ends[a:b], strict=True)
        return [(*row, 0.0) for row in rows], False
    rows = zip(_named(found), found.owners + low, found.starts + begin, found.ends + begin, strict=True)
    return [(*row, 1.0) for row in rows], True


def _named(found: sphinx.Found) -> tuple[str, ...]:
    """Name phones; a word whose phones were not told apart is one sound without a name."""
    return tuple(name or "?" for name in found.names)
