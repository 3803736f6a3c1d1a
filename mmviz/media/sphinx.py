"""English sound aligned by pocketsphinx: its own acoustic model, its dictionary, and pronunciations for the words it does not have."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmviz.errors import MediaError

#: Wider than its own 1e-48: with that, words that are spoken unclearly end the search.
BEAM = 1e-120
FRAME, RATE = 0.01, 16_000
#: Where a frame's evidence lies: in the middle of its window of 25.6 ms, not at its beginning.
SHIFT = 0.0125
_VOWELS = {
    "iː": "IY", "i": "IY", "ɪ": "IH", "ᵻ": "IH", "eɪ": "EY", "ɛ": "EH", "e": "EH", "æ": "AE", "a": "AA", "aɪ": "AY", "aʊ": "AW", "ɑː": "AA",
    "ɑ": "AA", "ɔː": "AO", "ɔ": "AO", "ɔɪ": "OY", "oʊ": "OW", "o": "OW", "oː": "AO", "uː": "UW", "u": "UW", "ʊ": "UH", "ʌ": "AH", "ə": "AH",
    "ɐ": "AH", "ɜː": "ER", "ɜ": "ER", "ɚ": "ER", "iə": "IY AH", "ʊə": "UH R", "eə": "EH R", "ɒ": "AA", "əl": "AH L", "ai": "AY", "ei": "EY",
    "ɑu": "AW", "ou": "OW", "y": "Y UW", "ø": "ER", "œ": "ER", "ɨ": "IH", "ɯ": "UH", "ɤ": "AH",
}  # fmt: skip
_CONSONANTS = {
    "p": "P", "b": "B", "t": "T", "d": "D", "k": "K", "ɡ": "G", "g": "G", "tʃ": "CH", "dʒ": "JH", "f": "F", "v": "V", "θ": "TH", "ð": "DH",
    "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH", "h": "HH", "m": "M", "n": "N", "ŋ": "NG", "l": "L", "ɹ": "R", "r": "R", "j": "Y", "w": "W",
    "ɾ": "D", "ʔ": "T", "x": "HH", "χ": "HH", "ɕ": "SH", "tɕ": "CH", "ts": "T S", "ɣ": "G", "ɬ": "L", "ç": "HH", "ʋ": "V", "β": "V", "c": "K",
    "ɟ": "JH", "ɲ": "N Y", "ʎ": "L Y", "ʁ": "R", "q": "K", "ħ": "HH", "ʕ": "AH", "ɭ": "L", "ɳ": "N", "ʂ": "SH", "ʐ": "ZH", "ʈ": "T", "ɖ": "D",
}  # fmt: skip
_SOUNDS = {**_VOWELS, **_CONSONANTS}
#: How letters sound in English where nothing else is known, longest first.
_LETTERS = {
    "tch": "CH", "igh": "AY", "ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "wh": "W", "ck": "K", "qu": "K W", "ng": "NG", "ee": "IY",
    "ea": "IY", "oo": "UW", "ou": "AW", "ow": "OW", "ai": "EY", "ay": "EY", "oi": "OY", "oy": "OY", "au": "AO", "aw": "AO", "er": "ER",
    "ir": "ER", "ur": "ER", "ar": "AA R", "or": "AO R", "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH",
    "i": "IH", "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N", "o": "OW", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH",
    "v": "V", "w": "W", "x": "K S", "y": "IY", "z": "Z",
}  # fmt: skip
_IPA = re.compile("|".join(sorted(map(re.escape, _SOUNDS), key=len, reverse=True)))
_SPELLED = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)))


@dataclass(frozen=True)
class Said:
    """One thing to be found in the sound.

    Attributes:
        words: as spoken, English, with spaces between: "forty two".
        phones: IPA of them as one, for words the dictionary does not have; or () where nobody knows.
    """

    words: str
    phones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """Where things were found.

    Attributes:
        names: ARPABET of P phones.
        owners: shape (P,), int; which thing each phone belongs to.
        starts, ends: shape (P,), float64, seconds.
        scores: shape (P,), float64; logarithm of the acoustic score a frame, the higher the better; not comparable between sounds.
    """

    names: tuple[str, ...]
    owners: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    scores: np.ndarray


def arpabet(phones: Sequence[str]) -> str:
    """Write IPA as ARPABET, which pocketsphinx' model knows: "h ə l ˈoʊ" is "HH AH L OW"; what it has no sound for is left out."""
    plain = "".join(phones).translate(str.maketrans("", "", "ˈˌ.ʰʲ̩̃")).replace("ɔːɹ", "ɔːɹ")
    return " ".join(_SOUNDS[sound] for sound in _IPA.findall(plain))


def spelled(word: str) -> str:
    """Guess the ARPABET of an English word from its letters."""
    return " ".join(_LETTERS[letters] for letters in _SPELLED.findall(word.lower()))


def align(samples: np.ndarray, said: Sequence[Said]) -> Found | None:
    """Find things in a sound, in their order.

    Args:
        samples: shape (N,), int16, mono at 16 kHz; up to a minute is quick.
        said: what is spoken, at least one.

    Returns:
        Their phones' times, silence left out; or None where the model does not find them.

    Raises:
        MediaError: pocketsphinx is not installed.
    """
    decoder = _decoder()
    spoken, owners = _vocabulary(decoder, said)
    sound = samples.astype("<i2").tobytes()
    decoder.set_align_text(" ".join(spoken))
    if not spoken or not _run(decoder, sound) or (words := _words(decoder)) is None or len(words) != len(spoken):
        return None
    decoder.set_alignment()
    phones = _aligned(decoder) if _run(decoder, sound) else []
    if [len(p) > 0 for p in phones] != [True] * len(spoken):
        phones = [[("", start, end, score)] for start, end, score in words]
    rows = [(name, owner, a, b, score) for owner, of_word in zip(owners, phones, strict=True) for name, a, b, score in of_word]
    names, owners, starts, ends, scores = zip(*rows, strict=True)
    times = np.array([starts, ends]) * FRAME + SHIFT
    return Found(names, np.array(owners), times[0], np.minimum(times[1], len(samples) / RATE), np.array(scores, float))


def _decoder():
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise MediaError(
            "pocketsphinx is not installed; install it with: pip install pocketsphinx, or choose the aligner dtw."
        ) from error
    return Decoder(lm=None, beam=BEAM, pbeam=BEAM, wbeam=BEAM, loglevel="FATAL")


def _vocabulary(decoder, said: Sequence[Said]) -> tuple[list[str], list[int]]:
    """Name what is spoken by words the decoder knows, new ones added, and say to whom each belongs."""
    spoken, owners, added = [], [], {}
    for owner, one in enumerate(said):
        words = re.sub(r"[^\w' ]", "", one.words.lower()).split()
        if not words or any(decoder.lookup_word(word) is None for word in words):
            phones = arpabet(one.phones) or spelled(one.words)
            if not phones:
                continue
            words = [added.setdefault(phones, f"~{len(added)}")]
            if decoder.lookup_word(words[0]) is None:
                decoder.add_word(words[0], phones, True)
        spoken += words
        owners += [owner] * len(words)
    return spoken, owners


def _run(decoder, sound: bytes) -> bool:
    try:
        decoder.start_utt()
        decoder.process_raw(sound, full_utt=True)
        decoder.end_utt()
    except RuntimeError:  # what it says where its search ends nowhere
        return False
    return True


def _words(decoder) -> list[tuple[int, int, float]] | None:
    segments = decoder.seg()
    if segments is None:
        return None
    words = [s for s in segments if s.word[0] not in "<["]
    return [(s.start_frame, s.end_frame + 1, math.log(max(s.ascore, 1e-300)) / (s.end_frame + 1 - s.start_frame)) for s in words]


def _aligned(decoder) -> list[list[tuple[str, int, int, float]]]:
    """Read phones, word by word, off the second pass; its words are read while the alignment they point into is held."""
    alignment = decoder.get_alignment()
    found = []
    for word in alignment if alignment is not None else ():
        if word.name[0] not in "<[":
            found.append([(p.name, p.start, p.start + p.duration, p.score / max(p.duration, 1)) for p in word])
    return found
