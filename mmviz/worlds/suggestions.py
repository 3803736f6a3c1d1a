"""What a text could say instead: minimal edits of the words the drawn world knows, in English and Chinese."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, zip_longest

from mmviz.whys import Edit
from mmviz.worlds import atlas
from mmviz.worlds.lexicon import BACKGROUNDS, COLOUR_WORDS, NUMBERS, OPPOSITE, RELATIONS, SIZE_WORDS

Span = tuple[int, int]
#: Kinds of words in the order in which their edits are tried; there are many nouns, so they come last.
KINDS = ("colour", "relation", "size", "count", "negation", "place", "noun")
_HAN = re.compile("[\u3400-\u9fff]")
_ARTICLE = re.compile(r"\b(an?)(\s+)$", re.IGNORECASE)
_SEVERAL = re.compile(rf"\b({'|'.join(NUMBERS['en'][2:])})\s+([\w-]+\s+){{0,3}}$")
#: Between a noun and its measure word stand no such signs.
_BREAKS = "，、。和在没"


@dataclass(frozen=True)
class Word:
    """A word of the drawn world.

    Attributes:
        kind: one of `KINDS`.
        text: as it is written; it may be several words ("to the left of").
        others: what could stand in its place.
        form: words of one kind and one form can change places ("one cat" and "one dog", not "two cats").
        measures: of a Chinese noun its measure word; of `others` theirs, in the same order.
    """

    kind: str
    text: str
    others: tuple[str, ...]
    form: str = ""
    measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """A word at its place in a text; `measure` is where its Chinese measure word stands, or None."""

    word: Word
    span: Span
    measure: Span | None = None


def known_words(text: str) -> list[Found]:
    """Find the words of the drawn world in a text, the longest first where they overlap; no word is found twice.

    Args:
        text: in English, Chinese or both.

    Returns:
        In reading order.
    """
    taken = [False] * len(text)
    found = []
    for word, span in sorted(_places(text), key=lambda place: (place[1][0] - place[1][1], place[1][0])):
        if not any(taken[slice(*span)]):
            taken[slice(*span)] = [True] * (span[1] - span[0])
            found.append(Found(word, span, _measure(text, word, span[0])))
    return sorted(found, key=lambda one: one.span)


def replacements(text: str, found: Found) -> list[Edit]:
    """List the edits that put another word into a known word's place; articles and measure words agree."""
    edits = []
    for place, other in enumerate(found.word.others):
        spans, new = [found.span], [_cased(text[slice(*found.span)], other)]
        if found.measure and found.word.measures[1 + place] != found.word.measures[0]:
            spans, new = [found.measure, *spans], [found.word.measures[1 + place], *new]
        edits.append(agreeing(text, Edit("replace" if other else "drop", tuple(spans), tuple(new))))
    return edits


def swaps(text: str) -> list[Edit]:
    """List the edits that exchange two known words of one kind: colours, and nouns of one number."""
    found = [one for one in known_words(text) if one.word.kind in ("colour", "noun", "size")]
    pairs = [(a, b) for a, b in combinations(found, 2) if (a.word.kind, a.word.form) == (b.word.kind, b.word.form)]
    alike = [(a, b) for a, b in pairs if (a.measure is None) == (b.measure is None)]
    return [_swap(text, a, b) for a, b in alike if text[slice(*a.span)] != text[slice(*b.span)]]


def suggested(text: str, most: int) -> list[Edit]:
    """List swaps and replacements of all known words, nouns in turn after everything else, up to `most`."""
    words = known_words(text)
    rows = {kind: [replacements(text, one) for one in words if one.word.kind == kind] for kind in KINDS}
    plain = [edit for kind in KINDS if kind != "noun" for row in rows[kind] for edit in row]
    nouns = [edit for turn in zip_longest(*rows["noun"]) for edit in turn if edit is not None]
    return [*swaps(text), *plain, *nouns][:most]


def agreeing(text: str, edit: Edit) -> Edit:
    """Let the English article before each new word agree with it: "a red" becomes "an orange"."""
    spans, new = [], []
    for (start, end), words in zip(edit.spans, edit.new, strict=True):
        article = _ARTICLE.search(text[:start])
        if article and words[:1].isascii() and words[:1].isalpha() and article.start() >= (spans[-1][1] if spans else 0):
            right = "an" if words[0].lower() in "aeiou" else "a"
            start, words = article.start(), _cased(article[1], right) + article[2] + words
        spans.append((start, end))
        new.append(words)
    return Edit(edit.kind, tuple(spans), tuple(new))


def _swap(text: str, one: Found, other: Found) -> Edit:
    pieces = [(one.span, text[slice(*other.span)]), (other.span, text[slice(*one.span)])]
    if one.measure and other.measure:
        pieces += [(one.measure, text[slice(*other.measure)]), (other.measure, text[slice(*one.measure)])]
    spans, new = zip(*sorted(pieces), strict=True)
    return agreeing(text, Edit("swap", spans, new))


def _places(text: str) -> Iterator[tuple[Word, Span]]:
    """Find every place of every word, overlapping ones too."""
    lower = text.lower()
    if len(lower) != len(text):  # some capitals become two characters
        lower = text
    is_chinese = _HAN.search(text) is not None
    for word in _lexicon():
        if word.text.isascii():
            matches = re.finditer(rf"(?<![\w'-]){re.escape(word.text)}(?![\w'-])", lower)
            yield from ((word, match.span()) for match in matches if _has_form(word, lower[: match.start()]))
        elif is_chinese:
            yield from (
                (word, match.span()) for match in re.finditer(re.escape(word.text), text) if _stands(text, word, match.end())
            )


def _has_form(word: Word, before: str) -> bool:
    """Tell one fish from two by the number before it."""
    if word.text not in _of_both_forms():
        return True
    return (_SEVERAL.search(before) is not None) == (word.form == "several")


def _stands(text: str, word: Word, end: int) -> bool:
    """Tell a Chinese size from a character of another word: a noun or 的 follows it."""
    if word.kind != "size":
        return True
    return text.startswith("的", end) or any(text.startswith(noun, end) for noun in _nouns())


def _measure(text: str, word: Word, start: int) -> Span | None:
    """Find the measure word before a Chinese noun."""
    if not word.measures:
        return None
    clause = max((text.rfind(sign, 0, start) for sign in _BREAKS), default=-1) + 1
    place = text.rfind(word.measures[0], clause, start)
    return None if place < 0 else (place, place + len(word.measures[0]))


def _cased(old: str, new: str) -> str:
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


@lru_cache(maxsize=1)
def _of_both_forms() -> frozenset[str]:
    words = [thing.words["en"] for thing in atlas.load().things.values()]
    return frozenset(one for one, several in words if one == several)


@lru_cache(maxsize=1)
def _nouns() -> tuple[str, ...]:
    return tuple(thing.words["zh"][0] for thing in atlas.load().things.values())


@lru_cache(maxsize=1)
def _lexicon() -> tuple[Word, ...]:
    return (*_colours(), *_relations(), *_sizes(), *_counts(), *_negations(), *_sites(), *_things())


def _colours() -> Iterator[Word]:
    for language in ("en", "zh"):
        words = [both[language] for both in COLOUR_WORDS.values()]
        yield from (Word("colour", word, _without(words, word)) for word in words)


def _relations() -> Iterator[Word]:
    """Give each relation the others of the same wording, its opposite first."""
    for language in ("en", "zh"):
        for name, both in RELATIONS.items():
            order = [OPPOSITE[name], *(other for other in RELATIONS if other not in (name, OPPOSITE[name]))]
            for wording, words in enumerate(dict.fromkeys(both[language])):
                yield Word("relation", words, tuple(RELATIONS[other][language][wording] for other in order))


def _sizes() -> Iterator[Word]:
    for one, other in (("small", "large"), ("large", "small")):
        for wording in (0, 1):
            yield Word("size", SIZE_WORDS[one]["en"][wording], (SIZE_WORDS[other]["en"][wording],))
        yield Word("size", SIZE_WORDS[one]["zh"][0], (SIZE_WORDS[other]["zh"][0],))


def _counts() -> Iterator[Word]:
    """Give each number above one the others, so that nouns keep their form; Chinese nouns have one form."""
    plural = NUMBERS["en"][2:]
    yield from (Word("count", word, _without(plural, word)) for word in plural)
    measures = dict.fromkeys(thing.words["zh"][1] for thing in atlas.load().things.values())
    numbers = NUMBERS["zh"][1:]
    yield from (Word("count", one + m, tuple(n + m for n in numbers if n != one)) for one in numbers for m in measures)


def _negations() -> Iterator[Word]:
    yield Word("negation", "no", ("a",))
    yield Word("negation", "没有", ("有",))


def _sites() -> Iterator[Word]:
    for language in ("en", "zh"):
        words = [both[language] for both in BACKGROUNDS.values()]
        yield from (Word("place", word, _without(words, word)) for word in words)


def _things() -> Iterator[Word]:
    things = list(atlas.load().things.values())
    for form, place in (("one", 0), ("several", 1)):
        words = [thing.words["en"][place] for thing in things]
        yield from (Word("noun", word, _without(words, word), form) for word in dict.fromkeys(words))
    for thing in things:
        rest = [other for other in things if other is not thing]
        others, measures = zip(*(other.words["zh"] for other in rest), strict=True)
        yield Word("noun", thing.words["zh"][0], others, "zh", (thing.words["zh"][1], *measures))


def _without(words: list[str] | tuple[str, ...], word: str) -> tuple[str, ...]:
    return tuple(other for other in dict.fromkeys(words) if other != word)
