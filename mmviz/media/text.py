"""Texts: what is taken in, and how it falls into words, phrases and the whole."""

import unicodedata
from collections.abc import Sequence

import numpy as np

from mmviz.axes import TextUnit
from mmviz.errors import MediaError
from mmviz.media import phrases as chunks
from mmviz.media.words import find_words
from mmviz.samples import Text

MAX_CHARACTERS = 2_000


def parse(text: str, phrases: Sequence[tuple[int, int]] = ()) -> Text:
    """Take in a text as given.

    Args:
        text: at most 2,000 Unicode code points, at least one of them visible.
        phrases: spans (start, end) to be shown as phrases, in code points of `text`.

    Returns:
        The text, nothing stripped or changed, its phrases in reading order.

    Raises:
        MediaError: the text is empty, too long or broken, or a phrase lies outside it.
    """
    if not any(_is_visible(character) for character in text):
        raise MediaError("The text is empty; write at least one word.")
    if len(text) > MAX_CHARACTERS:
        raise MediaError(f"This text has {len(text):,} characters; up to {MAX_CHARACTERS:,} can be read. Shorten it.")
    for place, character in enumerate(text):
        if unicodedata.category(character) == "Cs":
            raise MediaError(f"Character {place + 1} of the text is half a character (U+{ord(character):04X}); retype it.")
    return Text(text, tuple(sorted({_phrase(text, phrase) for phrase in phrases})))


def units(text: Text, unit: TextUnit) -> tuple[np.ndarray, tuple[TextUnit, ...]]:
    """Divide a text into units; the last one is always the whole text.

    Args:
        text: a parsed text.
        unit: "word" (words, then the whole), "phrase" (words, phrases that are no single word, then the whole)
            or "text" (the whole alone). Tokens belong to a model and are found there.

    Returns:
        Spans, shape (N, 2), int, in code points; and the N units' kinds.
    """
    if unit not in ("word", "phrase", "text"):
        raise ValueError(f"units of a text are word, phrase or text, got {unit!r}")
    words = find_words(text.text) if unit != "text" else []
    found = _phrases(text, words) if unit == "phrase" else []
    spans = [*words, *found, (0, len(text.text))]
    kinds = ("word",) * len(words) + ("phrase",) * len(found) + ("text",)
    return np.array(spans, int).reshape(-1, 2), kinds


def _phrases(text: Text, words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Take the phrases the text came with, else our own chunks; what is one word is a row already."""
    found = list(text.phrases) or chunks.find_phrases(text.text, words)
    return [phrase for phrase in found if phrase not in words]


def _phrase(text: str, phrase: tuple[int, int]) -> tuple[int, int]:
    start, end = phrase
    if not 0 <= start < end <= len(text):
        raise MediaError(f"The phrase {start} to {end} does not lie in the text, which has {len(text)} characters.")
    return int(start), int(end)


def _is_visible(character: str) -> bool:
    """Tell letters, numbers, signs and symbols from white space, controls and marks without a letter."""
    return unicodedata.category(character)[0] in "LNPS" or unicodedata.category(character) in ("Co", "Cs")
