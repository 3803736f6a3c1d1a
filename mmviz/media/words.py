"""Words of English, Chinese and mixed texts, as spans in Unicode code points."""

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba

#: Han characters: the unified blocks, their extensions and the zero.
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
#: What may stand once between letters or digits without ending the word: it's, well-known, 3.5, 1,000.
INSIDE_LETTERS, INSIDE_DIGITS = "'\u2019-\u2010_\u00b7", ".,:/"
_HAN = re.compile(f"[{HAN}]")
_JOINER, _KEYCAP, _TAGS = "\u200d", "\u20e3", range(0xE0020, 0xE0080)
_SKIN_TONES, _FLAGS = range(0x1F3FB, 0x1F400), range(0x1F1E6, 0x1F200)


def find_words(text: str) -> list[tuple[int, int]]:
    """Find the words of a text.

    A word is a run of letters, digits and their combining marks; apostrophes and hyphens inside it belong to it,
    punctuation around it does not. Runs with Chinese characters are divided by jieba. Each emoji is a word.

    Args:
        text: any text.

    Returns:
        Spans (start, end) in Unicode code points, in reading order, none empty, none overlapping.
    """
    words: list[tuple[int, int]] = []
    place = 0
    while place < len(text):
        if _is_letter(text[place]):
            end = _run_end(text, place)
            words += _divide(text, place, end)
        elif _is_emoji(text[place]):
            end = _emoji_end(text, place)
            words.append((place, end))
        else:
            end = place + 1
        place = end
    return words


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) == "So"


def _run_end(text: str, start: int) -> int:
    """Walk to the end of a run of letters, over single signs that stand inside it."""
    end = start + 1
    while end < len(text):
        if _is_letter(text[end]) or (text[end] == _JOINER and end + 1 < len(text) and _is_letter(text[end + 1])):
            end += 1
        elif end + 1 < len(text) and _joins(text[end - 1], text[end], text[end + 1]):
            end += 2
        else:
            break
    return end


def _joins(before: str, sign: str, after: str) -> bool:
    if sign in INSIDE_DIGITS:
        return before.isdigit() and after.isdigit()
    return sign in INSIDE_LETTERS and _is_letter(after) and not (_HAN.match(before) or _HAN.match(after))


def _emoji_end(text: str, start: int) -> int:
    """Walk over what belongs to one emoji: skin tone, variant, flag's second letter, joined family members."""
    end = start + 1
    if ord(text[start]) in _FLAGS and end < len(text) and ord(text[end]) in _FLAGS:
        end += 1
    while end < len(text):
        if text[end] == _JOINER and end + 1 < len(text) and _is_emoji(text[end + 1]):
            end += 2
        elif unicodedata.category(text[end])[0] == "M" or ord(text[end]) in _SKIN_TONES or ord(text[end]) in _TAGS:
            end += 1
        else:
            break
    return end


def _divide(text: str, start: int, end: int) -> list[tuple[int, int]]:
    run = text[start:end]
    if not _HAN.search(run):
        return [(start, end)]
    pieces = [(start + a, start + b) for _, a, b in _jieba().tokenize(run)]
    return _with_marks(text, [(a, b) for a, b in pieces if any(_is_letter(c) for c in text[a:b])])


def _with_marks(text: str, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give a piece of nothing but combining marks to the word before it."""
    words: list[tuple[int, int]] = []
    for a, b in pieces:
        only_marks = all(unicodedata.category(c)[0] == "M" for c in text[a:b])
        if only_marks and words and words[-1][1] == a:
            words[-1] = (words[-1][0], b)
        else:
            words.append((a, b))
    return words


@lru_cache(maxsize=1)
def _jieba() -> "jieba.Tokenizer":
    """Load jieba's dictionary from its package; its own start would also read and write a cache in the shared temp folder."""
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer
