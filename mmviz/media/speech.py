"""The anchor: a text as espeak-ng speaks it, with the time of every phone in it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mmviz.errors import MediaError
from mmviz.media.spoken import Atom, pieces

WORKER = Path(__file__).with_name("espeak_worker.py")
#: Words a minute; espeak-ng's own default is 175. Between 130 and 200 word starts of read speech move by 2 ms.
SPEED = 165
WORD, PHONE = 1, 7
_NUCLEI = frozenset("aeiouyæɐɑɒɔɘəɚɛɜɝɞɪɨɵøœɶʉʊʌʏᵻɤ")
HOW_TO_GET_IT = "install it with: pip install espeakng-loader, or choose the aligner pocketsphinx (English)"


@dataclass(frozen=True)
class Anchor:
    """A spoken text whose times are known.

    Attributes:
        pcm: shape (N,), int16; `samples` is the same as float32 from -1 to 1.
        sample_rate: Hz.
        names: IPA of P phones, pauses left out.
        starts, ends: shape (P,), float64, seconds in `samples`; a stop starts with its closure.
        atoms: shape (P,), int; which atom each phone belongs to; never goes back. An atom may have no phone.
    """

    pcm: np.ndarray
    sample_rate: int
    names: tuple[str, ...]
    starts: np.ndarray
    ends: np.ndarray
    atoms: np.ndarray

    @property
    def samples(self) -> np.ndarray:
        """The sound, shape (N,), float32, -1 to 1."""
        return self.pcm.astype(np.float32) / 32768


def is_there() -> bool:
    """Tell whether espeak-ng can be used here."""
    return find_spec("espeakng_loader") is not None


def anchor(
    atoms: list[Atom], *, speed: int = SPEED, workers: int = 1, progress: Callable[[int, int], None] | None = None
) -> Anchor:
    """Speak a text.

    Every call has processes of its own: what was spoken before does not matter, and the same text sounds the same.

    Args:
        atoms: what is spoken, as `spoken.atoms` gives it.
        speed: words a minute, 80 to 450.
        workers: processes at once; each speaks a stretch of the text.
        progress: called with characters spoken and characters in all; what it raises ends the work.

    Returns:
        Sound and the times of its phones.

    Raises:
        MediaError: espeak-ng is not installed, or its process ended before it was done.
    """
    if not is_there():
        raise MediaError(f"Speech is aligned by the espeak-ng synthesiser, which is not installed; {HOW_TO_GET_IT}.")
    parts = pieces(atoms)
    shares = np.array_split(np.arange(len(parts)), max(1, min(workers, len(parts) // 8)))
    said, total = [0] * len(shares), sum(len(atom.said) for atom in atoms)

    def speak(number: int) -> tuple[list[dict], bytearray]:
        headers, sound = [], bytearray()  # it grows in place; pieces kept one by one would be held twice when they are joined
        for place, (header, piece) in zip(shares[number], _ask([_request(parts[p]) for p in shares[number]], speed)):
            said[number] += sum(len(atom.said) for atom in parts[place])
            if progress:
                progress(sum(said), total)
            headers.append(header)
            sound += piece
        return headers, sound

    with ThreadPoolExecutor(len(shares)) as pool:
        answers = list(pool.map(speak, range(len(shares))))
    for _, sound in answers[1:]:
        answers[0][1].extend(sound)
        sound.clear()
    return _join(parts, [header for headers, _ in answers for header in headers], answers[0][1])


def _request(piece: list[Atom]) -> tuple[str, str]:
    """Write a piece as it is spoken: voice and text."""
    return piece[0].voice, "".join(said for said, _ in _said(piece))


def _said(piece: list[Atom]) -> Iterator[tuple[str, int]]:
    """Write each atom with what stands between it and the next; the number is how much of that is the atom's own."""
    for atom, after in zip(piece, [*piece[1:], None]):
        close = after is not None and atom.voice == "cmn" and atom.end == after.start and not atom.pause
        yield atom.said + (atom.pause or "") + ("" if close else " "), len(atom.said)


def _ask(requests: list[tuple[str, str]], speed: int) -> Iterator[tuple[dict, bytes]]:
    """Have a process of its own speak pieces, one after the other."""
    command = [sys.executable, "-I", "-S", str(WORKER), *_library()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            _send(process.stdin, {"speed": int(speed), "pieces": requests})
            for _ in requests:
                yield _answer(process.stdout)
        finally:
            process.kill()


def _library() -> tuple[str, str]:
    """Find the library and its data in the folder of their package, without importing it."""
    folder = Path(find_spec("espeakng_loader").submodule_search_locations[0])
    ending = {"win32": "espeak-ng.dll", "darwin": "libespeak-ng.dylib"}.get(sys.platform, "libespeak-ng.so")
    return str(folder / ending), str(folder / "espeak-ng-data")


def _send(pipe: BinaryIO, request: dict) -> None:
    try:
        pipe.write(json.dumps(request).encode() + b"\n")
        pipe.flush()
    except OSError as error:
        raise _ended() from error


def _answer(pipe: BinaryIO) -> tuple[dict, bytes]:
    line = pipe.readline()
    header = json.loads(line) if line.endswith(b"\n") else {"bytes": -1}
    sound = pipe.read(header["bytes"]) if header["bytes"] > 0 else b""
    if len(sound) != header["bytes"]:
        raise _ended()
    return header, sound


def _ended() -> MediaError:
    return MediaError("The process that speaks the text ended before it was done; align again, a new one starts by itself.")


def _join(parts: list[list[Atom]], headers: list[dict], sound: bytearray) -> Anchor:
    """Put the phones of pieces one after the other, as their sounds are."""
    rate = headers[0]["rate"] if headers else 22_050
    phones, first, began = [], 0, 0
    for part, header in zip(parts, headers):
        length = header["bytes"] // 2
        for atom, start, end, name in _phones(part, header["events"], length):
            phones.append((first + atom, (began + start) / rate, (began + end) / rate, name))
        first, began = first + len(part), began + length
    owners, starts, ends, names = zip(*phones) if phones else ((), (), (), ())
    return Anchor(
        np.frombuffer(sound, "<i2"), rate, tuple(names), np.array(starts, float), np.array(ends, float), np.array(owners, int)
    )


def _phones(part: list[Atom], events: list[list], n_samples: int) -> Iterator[tuple[int, int, int, str]]:
    """Give the phones of a piece, (atom, start, end, name) with times in samples, from espeak-ng's events."""
    timed = _timed(events, n_samples)
    places = _places(part)
    groups: list[tuple[int, list]] = []
    for position, phone in timed:
        atom = int(np.searchsorted(places, position, "right")) - 1 if position >= 0 else 0
        if not groups or atom > groups[-1][0]:
            groups.append((max(atom, 0), []))
        groups[-1][1].append(phone)
    for (atom, phones), following in zip(groups, [*(g[0] for g in groups[1:]), len(part)]):
        sizes = [len(a.said) for a in part[atom:following]]
        for offset, shared in enumerate(share(phones, sizes)):
            for start, end, name in shared:
                yield atom + offset, start, end, name


def _places(part: list[Atom]) -> np.ndarray:
    """Say at which character of the spoken text each atom begins, counted from 0."""
    lengths = [len(said) for said, _ in _said(part)]
    return np.cumsum([0, *lengths[:-1]])


def _timed(events: list[list], n_samples: int) -> Iterator[tuple[int, tuple[int, int, str]]]:
    """Give each phone with the place of its word in the text; the first of a word starts where the word does, with its closure."""
    edges = [event for event in events if not (event[0] == PHONE and event[4].startswith("("))]
    position, waiting = -1, None
    for event, after in zip(edges, [*edges[1:], [0, 0, 0, n_samples, ""]]):
        if event[0] == WORD:
            position, waiting = event[1] - 1, event[3]
            continue
        start, waiting = event[3] if waiting is None else min(waiting, event[3]), None
        silent = not event[4].strip("_ˈˌː")
        if after[3] > start and not silent:
            yield position, (start, after[3], event[4])


def share(phones: list[tuple], sizes: list[int]) -> list[list[tuple]]:
    """Share phones that espeak-ng speaks as one word ("of the", 很好) out among the words they belong to.

    Args:
        phones: each with its name last.
        sizes: how many letters each word has.

    Returns:
        The phones of each word: where there are as many vowels as words, each word has one with the consonant before it;
        else in proportion to letters.
    """
    if len(sizes) == 1:
        return [phones]
    vowels = [i for i, phone in enumerate(phones) if set(phone[-1]) & _NUCLEI]
    if len(vowels) == len(sizes):
        edges = [0, *(i - 1 if i - 1 not in vowels and phones[i - 1][-1] != "ŋ" else i for i in vowels[1:])]
    else:
        letters = np.cumsum([0, *sizes])[:-1] / sum(sizes)
        edges = [int(round(len(phones) * part)) for part in letters]
    return [phones[a:b] for a, b in zip(edges, [*edges[1:], len(phones)])]
