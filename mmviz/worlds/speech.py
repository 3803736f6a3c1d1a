"""Spoken sentences whose times are known: what was drawn, told by a synthesiser, with pauses, noise, and words that are not said.

What is planted comes from the seed alone. The synthesiser gives the same sound for the same words but for a millisecond or so.
Good for tests and lessons; how well real speech is aligned it does not show, for people do not speak so evenly.
"""

import json
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmviz.errors import StorageError
from mmviz.media import speech, spoken
from mmviz.worlds import scenes
from mmviz.worlds.captions import random_list, tell
from mmviz.worlds.spec import rng_of

VERSION, SPLIT = 1, "draw"
LANGUAGES = ("en", "zh")
#: How text and sound belong together, and how often: all is said; one sentence is not; one more is; the second half is another; all is.
KINDS = {"right": 0.5, "skipped": 0.15, "inserted": 0.15, "half": 0.1, "other": 0.1}
#: Words a minute; signal to noise in dB, None for no noise; seconds of pauses, and how often one stands before a word.
SPEEDS, NOISES, PAUSES, PAUSE_SHARE = (130, 150, 165, 180, 200), (None, 30, 20, 10), (0.15, 1.4), 0.12
#: Seconds over which sound fades beside a planted pause; loudest sample.
FADE, PEAK = 0.004, 0.7


@dataclass(frozen=True)
class Script:
    """What is planted.

    Attributes:
        name: of the sound's file.
        language: "en" or "zh".
        kind: of `KINDS`.
        sentences: each with whether it stands in the text and whether it is said.
        speed: words a minute.
        noise: signal to noise in dB, or None.
        seed: of pauses and noise.
    """

    name: str
    language: str
    kind: str
    sentences: tuple[tuple[str, bool, bool], ...]
    speed: int
    noise: int | None
    seed: int

    @property
    def text(self) -> str:
        """The transcript, which may say what the sound does not."""
        return self._joined(1)

    @property
    def said(self) -> str:
        """What is said."""
        return self._joined(2)

    def _joined(self, which: int) -> str:
        return ("" if self.language == "zh" else " ").join(sentence[0] for sentence in self.sentences if sentence[which])


def script(seed: int, index: int = 0, split: str = SPLIT) -> Script:
    """Make up what is said and what is planted; English and Chinese take turns."""
    rng = rng_of(split, seed, index, 3)
    language = LANGUAGES[index % 2]
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    told = [_sentence(split, seed, index, part, language) for part in range(6)]
    count = rng.randint(2, 3)
    sentences = [(sentence, True, True) for sentence in told[:count]]
    at = rng.randrange(count)
    if kind == "skipped":
        sentences[at] = (told[at], True, False)
    elif kind == "inserted":
        sentences.insert(at, (told[3], False, True))
    elif kind in ("half", "other"):
        first = count // 2 if kind == "half" else 0
        sentences[first:] = [(sentence, True, False) for sentence in told[first:count]]
        sentences += [(sentence, False, True) for sentence in told[3 : 3 + count - first]]
    name = f"speech-{seed}-{index:04d}.wav"
    return Script(name, language, kind, tuple(sentences), rng.choice(SPEEDS), rng.choice(NOISES), rng.getrandbits(63))


def _sentence(split: str, seed: int, index: int, part: int, language: str) -> str:
    """Tell a scene in one sentence."""
    scene, rng = scenes.compose_scene(f"{split}-speech", seed, 10 * index + part)
    said = tell(scene, random_list(rng, scene, full=True), language).text
    return said + "。" if language == "zh" else said[0].upper() + said[1:] + "."


def speak(drawn: Script) -> tuple[np.ndarray, int, dict[str, Any]]:
    """Say a script.

    Args:
        drawn: as `script` makes it.

    Returns:
        Samples, shape (N,), float32, at most .7; samples a second; and the item of truth.json.

    Raises:
        MediaError: espeak-ng is not installed, or its process ended before it was done.
    """
    atoms = spoken.atoms(drawn.said, drawn.language)
    anchor = speech.anchor(atoms, speed=drawn.speed)
    rate, rng = anchor.sample_rate, np.random.default_rng(drawn.seed)
    times = np.array([_span(anchor, [n]) for n in range(len(atoms))])
    cuts = _cuts(drawn, atoms, times, len(anchor.samples) / rate, rng)
    sound = _with_pauses(anchor.samples, rate, cuts)
    sound = _with_noise(sound * (PEAK / np.abs(sound).max()), drawn.noise, rng)
    return sound, rate, _truth(drawn, atoms, _moved(times, cuts), cuts)


def _span(anchor: speech.Anchor, atoms: list[int]) -> tuple[float, float]:
    """Give start and end of what some atoms say; not numbers where they say nothing."""
    phones = np.isin(anchor.atoms, atoms)
    return (anchor.starts[phones].min(), anchor.ends[phones].max()) if phones.any() else (np.nan, np.nan)


def _cuts(drawn: Script, atoms: list, times: np.ndarray, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Choose where pauses are put into the sound and how long each is, shape (C, 2): before words, at the beginning and at the end."""
    words = spoken.units(drawn.said, "word", drawn.language)
    first = {start: n for n, start in reversed(list(enumerate(atom.start for atom in atoms)))}
    cuts = [(0.0, rng.uniform(*PAUSES))]
    for start, stop in words[1:]:
        inside = [n for place, n in first.items() if start <= place < stop and np.isfinite(times[n, 0])]
        chance, length = rng.random(), rng.uniform(*PAUSES)
        if inside and chance < PAUSE_SHARE:
            n = min(inside)
            before = times[n - 1, 1] if n and np.isfinite(times[n - 1, 1]) else times[n, 0]
            cuts.append(((before + times[n, 0]) / 2, length))
    return np.array([*cuts, (seconds, rng.uniform(*PAUSES))])


def _with_pauses(samples: np.ndarray, rate: int, cuts: np.ndarray) -> np.ndarray:
    parts, at, fade = [], 0, np.linspace(0, 1, round(FADE * rate), dtype=np.float32)
    for place, length in cuts:
        part = samples[at : round(place * rate)].copy()
        if len(part) > 2 * len(fade):
            part[: len(fade)] *= fade
            part[-len(fade) :] *= fade[::-1]
        parts += [part, np.zeros(round(length * rate), np.float32)]
        at = round(place * rate)
    return np.concatenate(parts)


def _with_noise(sound: np.ndarray, decibel: int | None, rng: np.random.Generator) -> np.ndarray:
    if decibel is None:
        return sound
    loud = np.sqrt(np.square(sound[sound != 0]).mean())
    noisy = sound + rng.normal(scale=loud * 10 ** (-decibel / 20), size=len(sound)).astype(np.float32)
    return np.clip(noisy, -1, 1)


def _moved(times: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Say when something is after pauses were put in: ends stay before a pause that begins with them, starts come after it."""
    sums = np.concatenate([[0.0], np.cumsum(cuts[:, 1])])
    known = np.nan_to_num(times)
    starts = times[:, 0] + sums[np.searchsorted(cuts[:, 0], known[:, 0], side="right")]
    ends = times[:, 1] + sums[np.searchsorted(cuts[:, 0], known[:, 1], side="left")]
    return np.stack([starts, ends], 1)


def _truth(drawn: Script, atoms: list, times: np.ndarray, cuts: np.ndarray) -> dict[str, Any]:
    places = _places(drawn)
    words, missing = [], []
    for start, stop in spoken.units(drawn.text, "word", drawn.language):
        shift = next(
            (said - told for told, said, length, _ in places if told is not None and told <= start < told + length), None
        )
        found = times[[shift is not None and start <= atom.start - shift < stop for atom in atoms]]
        found = found[np.isfinite(found[:, 0])] if shift is not None else found[:0]
        if len(found):
            first, last = round(float(found[:, 0].min()), 4), round(float(found[:, 1].max()), 4)
            words.append({"text": drawn.text[start:stop], "span": [start, stop], "start": first, "end": last})
        else:
            missing.append([start, stop])
    gaps = []
    for told, said, length, _ in places:
        if told is None:
            inside = times[[said <= atom.start < said + length for atom in atoms]]
            gaps.append([round(float(np.nanmin(inside)), 4), round(float(np.nanmax(inside)), 4)])
    begins = cuts[:, 0] + np.concatenate([[0.0], np.cumsum(cuts[:-1, 1])])
    pauses = [[round(float(at), 4), round(float(at + length), 4)] for at, length in zip(begins, cuts[:, 1], strict=True)]
    about = {"kind": drawn.kind, "speed": drawn.speed, "noise": drawn.noise, "said": drawn.said}
    known = {"words": words, "not_spoken": missing, "gaps": gaps, "pauses": pauses}
    return {"file": drawn.name, "language": drawn.language, "text": drawn.text, **known, **about}


def _places(drawn: Script) -> list[tuple[int | None, int, int, str]]:
    """Say of each sentence that is said where it stands in the text, if it does, and in what is said, and how long it is."""
    found, told, said, space = [], 0, 0, drawn.language != "zh"
    for sentence, in_text, in_sound in drawn.sentences:
        if in_sound:
            found.append((told if in_text else None, said, len(sentence), sentence))
        told += (len(sentence) + space) * in_text
        said += (len(sentence) + space) * in_sound
    return found


def write(seed: int, count: int, folder: Path, split: str = SPLIT) -> dict[str, Any]:
    """Write spoken sentences as WAV files and their truth as truth.json.

    Args:
        seed: the same seed plants the same.
        count: how many.
        folder: there already; files of the same names are replaced.
        split: other splits never say the same.

    Returns:
        `files`, paths of the sounds, and `truth`, path of truth.json.

    Raises:
        MediaError: espeak-ng is not installed.
        StorageError: something could not be written, such as a full disk.
    """
    items, files = [], []
    try:
        for index in range(count):
            sound, rate, item = speak(script(seed, index, split))
            _write_wave(folder / item["file"], sound, rate)
            files.append(str(folder / item["file"]))
            items.append(item)
        said = {"version": VERSION, "kind": "speech", "split": split, "seed": seed, "items": items}
        (folder / "truth.json").write_text(json.dumps(said, ensure_ascii=False), "utf-8")
    except OSError as error:
        done = f"{len(files)} of {count} were written"
        raise StorageError(f"{folder} cannot take more files ({error.strerror}); {done}. Make room or name another.") from error
    return {"files": files, "truth": str(folder / "truth.json")}


def _write_wave(path: Path, sound: np.ndarray, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())
