"""Transcripts: their units by contract, and what of each is spoken in which voice, so that every unit can have a time."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmviz.errors import MediaError
from mmviz.media import numerals
from mmviz.media.words import HAN, find_words

MAX_CHARACTERS, MAX_BYTES = 1_000_000, 2**23
LANGUAGES = ("en", "zh")
#: Voices of espeak-ng by the script of a word; what is in none of these is spoken in the language's own.
_VOICES = {
    "CJK": "cmn", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "ARABIC": "ar", "HEBREW": "he", "CYRILLIC": "ru", "GREEK": "el",
    "DEVANAGARI": "hi", "THAI": "th", "LATIN": "en-us", "GEORGIAN": "ka", "ARMENIAN": "hy", "BENGALI": "bn", "TAMIL": "ta", "ETHIOPIC": "am",
}  # fmt: skip
#: Abbreviations of English that end in a full stop, and how they are read.
_SHORT = {
    "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "st": "saint", "prof": "professor", "jr": "junior", "sr": "senior",
    "vs": "versus", "etc": "et cetera", "no": "number", "approx": "approximately", "gen": "general", "capt": "captain", "col": "colonel",
    "sgt": "sergeant", "lt": "lieutenant", "rev": "reverend", "hon": "honourable", "mt": "mount", "dept": "department", "est": "established",
    "jan": "january", "feb": "february", "aug": "august", "sept": "september", "oct": "october", "nov": "november", "dec": "december",
    "inc": "incorporated", "ltd": "limited", "corp": "corporation", "ave": "avenue", "blvd": "boulevard", "fig": "figure",
}  # fmt: skip
_PAUSES = {
    "，": ",",
    "、": ",",
    "；": ";",
    "：": ":",
    "。": ".",
    "？": "?",
    "！": "!",
    "…": ".",
    "—": ",",
    "،": ",",
    "؟": "?",
    "؛": ";",
    "।": ".",
}
_ENDS, _OPENING = ".?!", "([{\"'«‹“‘「『（【《〈¿¡$£€¥￥#"
_LETTERED = re.compile(r"(?:[^\W\d_]\.){2,}", re.UNICODE)
#: Longest piece that is spoken in one breath: more would only cost memory.
PIECE = 240


@dataclass(frozen=True)
class Atom:
    """The smallest part of a text with a pronunciation of its own: a word, a number, one Chinese character.

    Attributes:
        start, end: its span in code points of the text.
        said: the words that are spoken for it.
        voice: the tag of the voice they are spoken in.
        pause: the sign of a pause after it, as espeak-ng knows it, or "".
    """

    start: int
    end: int
    said: str
    voice: str
    pause: str = ""


def read(source: str | Path) -> str:
    """Read the file of a transcript.

    Raises:
        MediaError: there is no such file, it is longer than 8 MB, it is no UTF-8, or it says nothing.
    """
    path = Path(source)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MediaError(
                f"{path.name} has {path.stat().st_size / 2**20:.1f} MB; up to 8 MB of text can be read. Give a part of it."
            )
        return check(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MediaError(f"{path} is not UTF-8 from byte {error.start:,} on; save it as UTF-8.") from error
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror or 'unreadable'}); check the path.") from error


def check(text: str) -> str:
    """See that a transcript can be used, and give it back as it is.

    Raises:
        MediaError: it is empty, too long, or broken.
    """
    if not any(unicodedata.category(c)[0] in "LNPS" for c in text):
        raise MediaError("The text is empty; write what was said, at least one word.")
    if len(text) > MAX_CHARACTERS:
        raise MediaError(f"This text has {len(text):,} characters; up to {MAX_CHARACTERS:,} can be aligned. Give a part of it.")
    broken = next((i for i, c in enumerate(text) if unicodedata.category(c) == "Cs"), None)
    if broken is not None:
        raise MediaError(f"Character {broken + 1} of the text is half a character (U+{ord(text[broken]):04X}); retype it.")
    return text


def units(text: str, unit: str, language: str) -> list[tuple[int, int]]:
    """Divide a transcript into words or characters.

    Args:
        text: as `check` gave it.
        unit: "word": what stands between white space, its punctuation included; in Chinese jieba's words, each with the
            punctuation that touches it. "char": every character but white space, marks and joined emoji with their own.
        language: "en" or "zh".

    Returns:
        Spans in code points, in reading order; together they cover all but white space.
    """
    if unit == "char":
        return list(_characters(text))
    between = [found.span() for found in re.finditer(r"\S+", text)]
    return between if language != "zh" else [span for start, end in between for span in _chinese(text, start, end)]


def atoms(text: str, language: str) -> list[Atom]:
    """Find what is spoken of a text, in reading order.

    Args:
        text: as `check` gave it.
        language: "en" or "zh": how numbers and signs are read; letters of another script are read in a voice of theirs.

    Returns:
        Atoms, none overlapping; emoji and punctuation are in none of them, for they are not spoken.
    """
    found: list[Atom] = []
    for match in re.finditer(r"\S+", text):
        found += _of_word(text, match.start(), match.end(), language)
    return [_with_pause(text, atom, found[i + 1].start if i + 1 < len(found) else len(text)) for i, atom in enumerate(found)]


def pieces(found: list[Atom]) -> list[list[Atom]]:
    """Gather atoms to what is spoken at once: a sentence of one voice, at most 240 characters."""
    made: list[list[Atom]] = []
    room = 0
    for atom in found:
        ended = made and made[-1][-1].pause in (*_ENDS,)
        if not made or ended or made[-1][-1].voice != atom.voice or room + len(atom.said) > PIECE:
            made.append([])
            room = 0
        made[-1].append(atom)
        room += len(atom.said) + 1
    return made


def _characters(text: str) -> Iterator[tuple[int, int]]:
    place = 0
    while place < len(text):
        end = place + 1
        if text[place].isspace():
            place = end
            continue
        while end < len(text) and _belongs(text, end):
            end += 1
        yield place, end
        place = end


def _belongs(text: str, place: int) -> bool:
    """Tell whether a character is part of the one before: a mark, a joiner, what is joined, a skin tone."""
    character = text[place]
    joined = text[place - 1] == "\u200d" and not character.isspace()
    invisible = unicodedata.category(character) in ("Cf", "Cc") and not character.isspace()
    return unicodedata.category(character)[0] == "M" or invisible or joined or "\U0001f3fb" <= character <= "\U0001f3ff"


def _chinese(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Divide a run without white space into jieba's words; signs go with the word they touch, opening ones with the next."""
    words = [(start + a, start + b) for a, b in find_words(text[start:end])] or [(start, end)]
    edges = [start]
    for (_, before), (after, _) in zip(words, words[1:]):
        while after > before and text[after - 1] in _OPENING:
            after -= 1
        edges.append(after)
    yield from zip(edges, [*edges[1:], end])


_TOKEN = re.compile(
    rf"(?P<letters>(?:(?![{HAN}])[^\W\d_])(?:(?![{HAN}])(?:[^\W\d_]|\u200d|['’](?=[^\W\d_])))*)|(?P<han>[{HAN}])"
    r"|(?P<number>(?:(?<!\w)[-−])?[$£€¥￥]?\d+(?:[.,:/\-–]\d+)*(?:(?:st|nd|rd|th|s)(?![^\W\d_]))?[%‰°]?)"
)


def _of_word(text: str, start: int, end: int, language: str) -> Iterator[Atom]:
    word = unicodedata.normalize("NFC", text[start:end])
    word = word if len(word) == end - start else text[start:end]
    if found := _LETTERED.match(word):
        letters = " ".join(word[: found.end()].replace(".", " ").upper().split())
        yield Atom(start, start + found.end(), letters, _voice(word[0], language))
        start, word = start + found.end(), word[found.end() :]
    place = 0
    while place < len(word):
        found = _TOKEN.match(word, place)
        if found is None:
            if (said := numerals.sign(word[place], language)) and said:
                yield Atom(start + place, start + place + 1, said, _voice("", language))
            place += 1
            continue
        place = _end_of_marks(word, found.end())
        yield _atom(word, start, found, place, language)


def _end_of_marks(word: str, place: int) -> int:
    while place < len(word) and unicodedata.category(word[place])[0] == "M":
        place += 1
    return place


def _atom(word: str, start: int, found: re.Match, end: int, language: str) -> Atom:
    span = (start + found.start(), start + end)
    if found["number"]:
        said = numerals.spoken(found[0], language)
        return Atom(*span, said, "cmn" if language == "zh" else _voice("", language))
    said = word[found.start() : end].replace("’", "'")
    short = _SHORT.get(said.lower()) if language == "en" and word[end : end + 1] == "." else None
    return Atom(*span, short or said, _voice(said[0], language))


def _voice(character: str, language: str) -> str:
    own = "cmn" if language == "zh" else "en-us"
    if not character:
        return own
    return _VOICES.get(unicodedata.name(character, "").split(" ")[0].split("-")[0], own)


def _with_pause(text: str, atom: Atom, until: int) -> Atom:
    """Note the pause that the punctuation between an atom and the next makes."""
    between = text[atom.end : until]
    if between[:1] == "." and text[atom.start : atom.end].lower() in _SHORT and "\n" not in between and until < len(text):
        between = between[1:]
    signs = [_PAUSES.get(c, c) for c in between]
    pause = next((c for c in signs if c in _ENDS), "") or next((c for c in signs if c in ",;:"), "")
    paragraph = "." if "\n\n" in between else ""
    return Atom(atom.start, atom.end, atom.said, atom.voice, pause or paragraph)
