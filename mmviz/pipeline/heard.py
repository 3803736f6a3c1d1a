"""A sound and a text side by side as they are aligned: frames of both, kept so that aligning again costs little."""

import hashlib
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from mmviz.errors import MethodError
from mmviz.media import audio as sounds
from mmviz.media import features, speech, spoken
from mmviz.media.spoken import Atom
from mmviz.samples import Audio

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
#: How much of a sound is silence at least: the mean of that share of its quietest frames is what silence looks like.
QUIET = 0.1
#: Sounds of up to 15 minutes that are kept with their frames, and pairs of a sound and a text.
KEPT, LONGEST_KEPT = 4, 900
#: Above so many seconds a text is spoken by two processes at once.
LONG = 120
#: Words, or Chinese characters, a second that nobody speaks; shorter texts than 200 words are tried however short the sound.
FASTEST = 20


@dataclass(frozen=True)
class Heard:
    """A sound as it is looked at.

    Attributes:
        audio: one channel at 16 kHz.
        frames: shape (T, 40), float32; log-mel, 10 ms apart, less the mean of what is not quiet.
        quiet: shape (T,), float32; how far each frame lies from the sound's own silence.
        silence: shape (40,), float32; the frame that silence is.
    """

    audio: Audio
    frames: np.ndarray
    quiet: np.ndarray
    silence: np.ndarray


@dataclass(frozen=True)
class Pair:
    """A sound and the text that is looked for in it.

    Attributes:
        heard: the sound.
        atoms: what of the text is spoken.
        anchor: the text as espeak-ng speaks it, its times without its sound.
        rows: shape (S,), int; which phone of the anchor each of its frames is part of; its pauses have no frames.
        frames: shape (S, 40), float32; those frames' features.
        moments: shape (S,), float64; their times in the anchor, seconds.
        first: shape (S,), bool; first frames of atoms.
    """

    heard: Heard
    atoms: list[Atom]
    anchor: speech.Anchor
    rows: np.ndarray
    frames: np.ndarray
    moments: np.ndarray
    first: np.ndarray
    notes: dict = field(default_factory=dict)

    @cached_property
    def owners(self) -> np.ndarray:
        """The atom of every row, shape (S,)."""
        return self.anchor.atoms[self.rows]


@dataclass(frozen=True)
class Options:
    """How a sound is warped onto its anchor; see `pipeline.speech`."""

    steps: str = "symmetric1"
    band: float | None = None
    silences: bool = True
    mfcc: bool = False


@dataclass(frozen=True)
class Task:
    """What an aligner is asked.

    Attributes:
        key, heard: the sound, as `hear` gives it.
        text, language: the transcript.
        pins: (character of the text, second) in order; what begins there.
        model, device: of aligners that run one.
        options: of `dtw`.
        progress: who is told how far the work is, or None.
    """

    key: Hashable
    heard: Heard
    text: str
    language: str
    pins: list[tuple[int, float]] = field(default_factory=list)
    model: str = ""
    device: str = "auto"
    options: Options = Options()
    progress: Progress | None = None

    @cached_property
    def atoms(self) -> list[Atom]:
        """What of the text is spoken."""
        return spoken.atoms(self.text, self.language)

    @cached_property
    def begins(self) -> list[tuple[int, float]]:
        """The pins as (atom, second) in order: what begins there; none of those behind the last atom, where nothing is spoken.

        Raises:
            MethodError: a pin lies inside an atom, which `dtw` alone can warp so.
        """
        closes = [atom.end for atom in self.atoms]
        found = {bisect_right(closes, place): (place, second) for place, second in self.pins}
        found.pop(len(closes), None)
        for atom, (place, second) in found.items():
            if place > self.atoms[atom].start:
                word = self.text[self.atoms[atom].start : self.atoms[atom].end]
                raise MethodError(f'The pin at {second:.2f} s lies inside "{word}"; pin where it begins, or use the aligner dtw.')
        return [(atom, second) for atom, (_, second) in found.items()]

    @cached_property
    def pair(self) -> "Pair":
        """The sound beside its anchor."""
        return pair(self)

    def tell(self, stage: str, done: int, of: int) -> None:
        """Say how far the work is."""
        if self.progress:
            self.progress(stage, done, of)


class Shelf:
    """What was made last, by what made it; the longest unused is dropped first."""

    def __init__(self, size: int):
        self.size, self._made, self._guard = size, OrderedDict(), threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T], keep: Callable[[T], bool]) -> T:
        """Give what is kept under `key`, or make it, and keep it where `keep` says so."""
        with self._guard:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        made = make()
        if keep(made):
            with self._guard:
                self._made[key] = made
                while len(self._made) > self.size:
                    self._made.popitem(last=False)
        return made


_sounds, _pairs = Shelf(KEPT), Shelf(KEPT)


def hear(source: "str | Path | Audio | np.ndarray", progress: Progress | None = None) -> tuple[Hashable, Heard]:
    """Read a sound and look at its frames.

    Args:
        source: a path, samples, or a sound read before.
        progress: called with "read", seconds read and seconds in all.

    Returns:
        What names the sound, and the sound; up to 15 minutes are kept.

    Raises:
        MediaError: the sound cannot be used.
    """
    key = _name(source)
    told = (lambda done, of: progress("read", round(done), round(of))) if progress else None
    return key, _sounds.get(key, lambda: _look(sounds.parse(source, progress=told)), lambda h: h.audio.seconds <= LONGEST_KEPT)


def pair(task: Task) -> Pair:
    """Speak a text and put its frames beside those of a sound; up to 15 minutes are kept.

    Args:
        task: the sound and the text; its `progress` is called with "speak", characters spoken and characters in all.

    Raises:
        MediaError: espeak-ng is not there.
        MethodError: nothing of the text can be spoken, or there is far more of it than the sound can hold.
    """

    def make() -> Pair:
        _check_length(task)
        workers = 2 if task.heard.audio.seconds > LONG else 1
        anchor = speech.anchor(task.atoms, workers=workers, progress=lambda done, of: task.tell("speak", done, of))
        return beside(task.heard, task.atoms, anchor)

    key = (task.key, task.text, task.language)
    return _pairs.get(key, make, lambda pair: pair.heard.audio.seconds <= LONGEST_KEPT)


def _check_length(task: Task) -> None:
    """See that a text could have been spoken in the time there is; more would be hours of synthesis for nothing."""
    atoms, seconds = len(task.atoms), task.heard.audio.seconds
    most = max(200, round(FASTEST * seconds))
    if atoms > most:
        raise MethodError(
            f"The text has {atoms:,} words and the sound lasts {seconds:.0f} s; up to {most:,} fit in there. Give the text of this sound."
        )


def _name(source: "str | Path | Audio | np.ndarray") -> Hashable:
    if isinstance(source, str | Path):
        path = Path(source)
        known = path.stat() if path.is_file() else None
        return str(path.resolve()), known and (known.st_mtime_ns, known.st_size)
    samples = source.samples if isinstance(source, Audio) else np.ascontiguousarray(source)
    return hashlib.blake2b(samples.data, digest_size=16).hexdigest(), samples.shape, str(samples.dtype)


def _look(audio: Audio) -> Heard:
    frames = features.log_mel(audio.samples, sounds.RATE)
    energy = frames.mean(1)
    silence = frames[np.argsort(energy)[: max(1, int(len(frames) * QUIET))]].mean(0)
    mean = frames.mean(0, where=(energy >= np.quantile(energy, 0.3))[:, None])
    quiet = np.empty(len(frames), np.float32)
    for at in range(0, len(frames), features.BLOCK):  # frames of an hour are 58 MB, and are not held twice
        quiet[at : at + features.BLOCK] = np.sqrt(np.square(frames[at : at + features.BLOCK] - silence).sum(1))
    frames -= mean
    return Heard(audio, frames, quiet, silence - mean)


def beside(heard: Heard, atoms: list[Atom], anchor: speech.Anchor) -> Pair:
    """Put the frames of a spoken text beside those of a sound."""
    if not len(anchor.starts):
        raise MethodError("Nothing of this text can be spoken; write the words that are said.")
    frames = features.log_mel(anchor.pcm, anchor.sample_rate)
    anchor = replace(
        anchor, pcm=np.zeros(0, np.int16)
    )  # an hour of it is 150 MB that nobody asks for again; a slice would keep it
    moments = np.arange(len(frames)) * features.HOP
    phone = np.searchsorted(anchor.starts, moments, "right") - 1
    inside = (phone >= 0) & (moments < anchor.ends[np.maximum(phone, 0)])
    rows, frames, moments = phone[inside], frames[inside], moments[inside]
    owners = anchor.atoms[rows]
    first = np.r_[True, owners[1:] != owners[:-1]]
    frames -= frames.mean(0)
    return Pair(heard, atoms, anchor, rows, frames, moments, first)
