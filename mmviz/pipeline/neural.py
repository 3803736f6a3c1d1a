"""The aligners `ctc:ID` and `whisper:ID`: models that were trained to recognise speech, asked where a given text lies."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from mmviz.errors import MethodError
from mmviz.media import audio as sounds
from mmviz.media import speech as espeak
from mmviz.methods.warping import spelling
from mmviz.pipeline import anchoring
from mmviz.pipeline.heard import Task
from mmviz.pipeline.parts import between, cuts
from mmviz.pipeline.tracks import Track

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

#: Of a model, samples, and the first atom and the one after the last: (name, atom, start, end, log p) of what was found.
Part = Callable[["Checkpoint", np.ndarray, int, int], list[tuple]]
#: Seconds these models are given at once; Whisper takes no more.
LONGEST = 30


def run_ctc(task: Task) -> Track:
    """Find a text by the probabilities a model gives its letters (Graves et al., 2006), the likeliest way through them."""

    def part(checkpoint: "Checkpoint", samples: np.ndarray, low: int, high: int) -> list[tuple]:
        heard = checkpoint.family.functions["listen"](checkpoint, samples)
        words = [_letters(atom.said, heard.letters) for atom in task.atoms[low:high]]
        return [
            (letter, low + word, heard.moments[first], heard.moments[last], score)
            for letter, word, first, last, score in spelling.align(heard.log_probs, words, heard.letters, heard.blank)
        ]

    return _run(task, part)


def run_whisper(task: Task) -> Track:
    """Find a text by where a decoder looks while it writes it: the path along its cross-attention."""
    from mmviz.methods.warping import lattice

    def part(checkpoint: "Checkpoint", samples: np.ndarray, low: int, high: int) -> list[tuple]:
        begin, end = task.atoms[low].start, task.atoms[high - 1].end
        seen = checkpoint.family.functions["attend"](checkpoint, samples, " " + task.text[begin:end], task.language)
        _, path = lattice.cheapest(-seen.weights)
        first = np.zeros(len(seen.spans), int)
        first[path[::-1, 0]] = path[::-1, 1]
        closes = np.array([atom.end for atom in task.atoms[low:high]]) - begin + 1  # a space stands before
        rows = []
        for token, (span, score) in enumerate(zip(seen.spans[:-1], seen.log_probs[:-1], strict=True)):
            word = min(int(np.searchsorted(closes, span[0] + (span[1] - span[0] > 1), "right")), high - low - 1)
            rows.append(
                (
                    task.text[begin + max(span[0] - 1, 0) : begin + span[1] - 1].strip() or "·",
                    low + word,
                    *(seen.frame * first[token : token + 2]),
                    score,
                )
            )
        return rows

    return _run(task, part)


def _run(task: Task, part: Part) -> Track:
    """Ask a model part by part, and gather what it says."""
    from mmviz.models import checkpoints

    if not task.atoms:
        raise MethodError("Nothing of this text can be spoken; write the words that are said.")
    edges = _edges(task)

    def work(checkpoint: "Checkpoint") -> list[tuple]:
        rows = []
        for low, high, begin, end in edges:
            task.tell("align", round(begin), round(task.heard.audio.seconds))
            samples = task.heard.audio.samples[int(begin * sounds.RATE) : int(end * sounds.RATE)].astype(np.float32) / 32768
            rows += [
                (name, atom, begin + a, begin + b, score) for name, atom, a, b, score in part(checkpoint, samples, low, high)
            ]
        return rows

    return _track(checkpoints.run(task.model, task.device, work), len(task.atoms), task.heard.audio.seconds)


def _edges(task: Task) -> list[tuple[int, int, float, float]]:
    """Cut a sound where atoms are pinned, and a long one where the anchor's path has pauses: atoms from, to, seconds from, to."""
    seconds = task.heard.audio.seconds
    found = between(task.begins, len(task.atoms), seconds)
    if max(end - begin for *_, begin, end in found) <= LONGEST:
        return found
    if not espeak.is_there():
        raise MethodError(
            f"The sound lasts {seconds:.0f} s, and without espeak-ng up to {LONGEST} s are taken; {espeak.HOW_TO_GET_IT}."
        )
    found = cuts(*anchoring.run(task).spans(len(task.atoms)), seconds, task.begins)
    if max(end - begin for *_, begin, end in found) > LONGEST:
        raise MethodError(f"There is no pause to cut this sound at every {LONGEST} s; use the aligner dtw.")
    return found


def _track(rows: list[tuple], n_atoms: int, seconds: float) -> Track:
    """Give letters or tokens as a track; the model's own probability of a word, a geometric mean, is how sure it is."""
    names, atoms, starts, ends, scores = zip(*rows, strict=True)
    atoms = np.maximum.accumulate(np.array(atoms))
    counts = np.bincount(atoms, minlength=n_atoms)
    means = np.exp(np.bincount(atoms, np.array(scores, float), n_atoms) / np.maximum(counts, 1))
    sure = np.where(counts > 0, np.clip(means, 0, 1), 0.0)
    starts = np.clip(np.maximum.accumulate(np.array(starts, float)), 0, seconds)
    ends = np.clip(np.maximum(starts, np.array(ends, float)), 0, seconds)
    matches = float(np.exp(np.mean(np.array(scores, float))))
    return Track(names, atoms, starts, ends, sure, (counts > 0) * 1.0, np.zeros((0, 2)), min(matches, 1.0))


def _letters(said: str, known: dict[str, int]) -> str:
    """Spell a word as a model writes it."""
    upper = "A" in known and "a" not in known
    return (said.upper() if upper else said.lower()).replace(" ", "")
