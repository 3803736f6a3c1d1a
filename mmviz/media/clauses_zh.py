"""Clauses of Chinese text: pauses that have a predicate on both sides."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mmviz.media import words

if TYPE_CHECKING:
    from jieba import posseg

_CLOSERS = "”’」』）》)\"'"
#: Signs at which one pauses, with the closing quotes that belong to them; what ends a sentence is among them.
_PAUSE = re.compile(f"(?:[，；：。！？…,;:!?]|——|\\.(?![\\w/]))+[{_CLOSERS}]*|\\s*\\n\\s*")
_END = re.compile(r"[。！？!?…\n]|\.(?=\s*$)")
#: Not read as pauses: numbers such as 1,299.99, times, addresses, what stands in brackets.
_WHOLE = re.compile(r"\d[\d,.:：]*\d|(?:https?://|www\.)[^\s\u3000-\u9fff，。；！？”]+|[（(][^（）()\n]{0,60}[）)]|[\w.]+@[\w.]+")
#: Words that begin a clause without a pause before them, where a predicate stands on both sides.
_JOINTS = re.compile("然后|接着|随后|于是|但是|可是|不过|然而|而且|并且|所以|因此|因为|直到|否则|结果|同时")
_THINKING = re.compile("(?<![没不未])(?:认为|觉得|以为|相信|知道|希望|表示|看来|说|指出|听说|据说|想)[，,]$")
_SAYING = re.compile(
    "^[^，。！？；：“]{0,14}(?:说道?|问道?|答道?|喊道?|叫道?|道|嘟囔|低语|回答)[^，。！？；：“]{0,4}[，。！？：]?$"
)
#: Tags of jieba.posseg that make a stretch a predicate.
_VERBS, _ASPECTS, _STATES = ("v", "vd", "vi", "vq"), ("ul", "uz", "ug", "ud", "y"), ("a", "i", "l", "z")
_NOUN_BEFORE = re.compile("^(?:一|两|三|几|这|那|某)")
_SUBORDINATE = re.compile("^(?:如果|虽然|因为|除非|尽管|不管|无论|只要|即使|要是|既然|每当|当)")
#: What leads to a clause and is none of its own.
_LEADING = re.compile(
    "^(?:在?[此这那]?之[前后]|此前|此后|与此同时|同时|然后|接着|接下来|随后|后来|最后|最终|于是|结果|总之|其实|当然|首先|其次|另外|此外|不过|但是|可是|然而|因此|所以|"
    "毫无疑问|一般来说|换句话说|也就是说|事实上|实际上|不久|突然|终于)[，,]?$"
)
#: Verbs that jieba's dictionary has as something else.
_OVERLOOKED = frozenset(
    "消失 唱歌 左转 右转 转弯 经过 整理 睡觉 起床 上漆 降落 静置 吱吱作响 打哈欠 进球 得分 开会 上楼 下楼".split()
)


class _Word(NamedTuple):
    text: str
    tag: str


def bounds(text: str, level: str) -> list[int]:
    """Find where clauses begin.

    Args:
        text: Chinese, at most a few foreign words in it.
        level: "fine" (every pause), "normal" (a clause each) or "sentence".

    Returns:
        Places in code points, increasing, 0 not among them.
    """
    if level == "sentence":
        return [end for _, end, mark in _pauses(text) if _END.search(mark) and not _is_said(text, end, mark)]
    places = [0]
    for start, end in [*(row[:2] for row in _pauses(text)), (len(text), len(text))]:
        places += _joints(text, places[-1], start)
        places.append(end)
    places = sorted({*places, *_openings(text)} - {len(text)})
    return places[1:] if level == "fine" else _merged(text, places)[1:]


def _pauses(text: str) -> list[tuple[int, int, str]]:
    """Give start, end and signs of every pause outside numbers, addresses and brackets."""
    whole = [match.span() for match in _WHOLE.finditer(text)]
    found = [(match.start(), match.end(), match[0]) for match in _PAUSE.finditer(text)]
    return [row for row in found if row[1] < len(text) and not any(a <= row[0] < b for a, b in whole)]


def _openings(text: str) -> list[int]:
    """Find quotes that open after a pause."""
    return [match.end() for match in re.finditer("[，：,:。！？](?=[“「『])", text)]


def _is_said(text: str, end: int, mark: str) -> bool:
    """Tell whether a quote has ended and who said it follows in the same sentence."""
    rest = re.split("[。！？，\n]", text[end:], maxsplit=1)[0]
    return mark[-1] in _CLOSERS and _SAYING.match(rest) is not None


def _joints(text: str, start: int, end: int) -> list[int]:
    """Find words between two pauses that join two clauses."""
    found = []
    for match in _JOINTS.finditer(text, start, end):
        if predicate(text[start : match.start()]) and predicate(text[match.end() : end]):
            found.append(match.start())
            start = match.start()
    return found


def _merged(text: str, places: list[int]) -> list[int]:
    """Leave out beginnings of stretches that are no clause of their own."""
    ends = [*places[1:], len(text)]
    stretches = [text[start:end] for start, end in zip(places, ends, strict=True)]
    kept, waits = [], False
    for number, (place, stretch) in enumerate(zip(places, stretches, strict=True)):
        last = number + 1 == len(places) or _END.search(stretch) is not None
        begins_sentence = not number or _END.search(stretches[number - 1]) is not None
        alone = _is_clause(stretch)
        if not waits and (alone or begins_sentence or not last):
            kept.append(place)
        follows = text[ends[number] : ends[number] + 1]
        waits = not last and (not alone or (_THINKING.search(stretch) is not None and follows not in "“「『"))
    return kept


def _is_clause(stretch: str) -> bool:
    return stretch.rstrip()[-1:] in tuple(_CLOSERS) or stretch[:1] in "“「『" or predicate(stretch)


def predicate(stretch: str) -> bool:
    """Tell whether a stretch says something of something: it has a verb that is not only part of a noun's description."""
    tagged = _tagged(stretch)
    if _LEADING.match(stretch.strip()):
        return False
    if tagged and _NOUN_BEFORE.match(tagged[0].text):
        last = max((n for n, word in enumerate(tagged) if word.text == "的"), default=-1)
        tagged = tagged[last + 1 :]  # 一个留着灰胡子的男人
    if any(word.tag in _VERBS or word.tag in _ASPECTS or _speaks(word) for word in tagged):
        return True
    if len(tagged) > 2 and _SUBORDINATE.match(stretch):
        return True
    if any(_follows_as_verb(before, word) for before, word in zip(tagged, tagged[1:], strict=False)):
        return True
    content = [word for word in tagged if word.tag not in ("m", "q", "t", "c", "d", "ad", "uj")]
    return bool(content) and content[-1].tag in _STATES


def _speaks(word: _Word) -> bool:
    """Tell a predicate by its characters where its tag is another: 却是, 打了个, 不好, 一响."""
    text = word.text
    if text in _OVERLOOKED or (len(text) > 1 and (text[-1] == "是" or text[0] in "不没很太")) or word.tag == "i":
        return True
    if word.tag == "m":
        return len(text) == 2 and text[0] == "一" and _own_tag(text[1]) == "v"
    return len(text) == 3 and text[1] in "了着过"


def _follows_as_verb(before: _Word, word: _Word) -> bool:
    """Tell a predicate by what stands before it: 雪落 在, 就 在, 一边 整理, 苹果 去皮."""
    if word.text == "在":
        return before.tag[0] in "nrd"
    if word.tag[0] != "n" and word.tag != "vn":
        return False
    opens = len(word.text) == 2 and _own_tag(word.text[0]) == "v"
    return word.tag == "vn" or before.tag == "d" or (opens and before.tag[0] in "nrpf")


def _own_tag(character: str) -> str:
    return _tagger().word_tag_tab.get(character, "")


@lru_cache(maxsize=4096)
def _tagged(stretch: str) -> tuple[_Word, ...]:
    return tuple(_Word(pair.word, pair.flag) for pair in _tagger().cut(stretch) if pair.flag != "x")


@lru_cache(maxsize=1)
def _tagger() -> "posseg.POSTokenizer":
    from jieba import posseg

    return posseg.POSTokenizer(words._jieba())
