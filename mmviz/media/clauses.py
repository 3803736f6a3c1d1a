"""Clauses of a text: what one shot of a film may show, by rules for English and Chinese."""

import re
import unicodedata
from typing import Literal

import numpy as np

from mmviz.axes import TextAxis
from mmviz.errors import MediaError
from mmviz.media import clauses_en, clauses_zh
from mmviz.media.words import HAN

Level = Literal["fine", "normal", "sentence"]
LEVELS: tuple[Level, ...] = ("fine", "normal", "sentence")
LANGUAGES = ("en", "zh")
MAX_CHARACTERS = 100_000
_HAN = re.compile(f"[{HAN}]")
_LETTERS = re.compile(r"[^\W\d_]+")


def find(text: str, *, level: Level = "normal", language: str | None = None) -> TextAxis:
    """Divide a text into clauses; joined they are the text again.

    A clause begins at every finite verb phrase, its subject repeated or not, at a subordinate clause of time, cause, condition or
    contrast, at quoted speech, and after a participle that stands alone before the subject; not in lists, appositions, relative
    clauses or what is said or thought. White space belongs to the clause before it.

    Args:
        text: at most 100,000 code points, at least one of them visible.
        level: "fine" (at every pause too), "normal" or "sentence".
        language: "en" or "zh"; None for the one most of its letters are of.

    Returns:
        Spans of kind "clause", at least one; the first starts at 0, each where the one before ends, the last ends with the text.

    Raises:
        MediaError: the text is empty or too long, or there is no such level or language.
    """
    check(text)
    for name, value, known in (("level", level, LEVELS), ("language", language or "en", LANGUAGES)):
        if value not in known:
            raise MediaError(f'There is no {name} "{value}" of clauses; there are: {", ".join(known)}.')
    rules = {"en": clauses_en, "zh": clauses_zh}[language or language_of(text)]
    return axis(text, rules.bounds(text, level))


def check(text: str) -> None:
    """Refuse a text that is empty or too long with a MediaError."""
    if not any(unicodedata.category(character)[0] in "LNPS" for character in text):
        raise MediaError("The text is empty; write at least one word.")
    if len(text) > MAX_CHARACTERS:
        raise MediaError(f"This text has {len(text):,} characters; clauses are found in up to {MAX_CHARACTERS:,}. Shorten it.")


def axis(text: str, bounds: list[int]) -> TextAxis:
    """Make the axis of clauses that begin at 0 and at given places; stretches without a letter or digit join the one before."""
    places = [0]
    for place in sorted(set(bounds)):
        inside = text[places[-1] : place]
        if place < len(text) and any(map(str.isalnum, inside)) and any(map(str.isalnum, text[place:])):
            places.append(place)
    spans = np.array([places, [*places[1:], len(text)]], int).T
    nothing = np.zeros(len(spans), bool)
    return TextAxis(text, spans, ("clause",) * len(spans), nothing, nothing)


def language_of(text: str) -> str:
    """Say which language a text is in: Chinese where it has at least as many Chinese characters as other words."""
    han = len(_HAN.findall(text))
    return "zh" if han and han >= len(_LETTERS.findall(_HAN.sub(" ", text))) else "en"
