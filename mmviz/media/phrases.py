"""Phrases of a text by simple rules of our own: what stands between words that join things."""

import re

from mmviz.media.words import HAN

#: English words that stand between phrases: prepositions, conjunctions, pronouns, forms of be, have, do.
BETWEEN_EN = frozenset(
    "about above across after against along among and are around as at be because been before behind being below beneath "
    "beside besides between beyond but by can could did do does down during for from had has have he her his i if in inside "
    "into is isn't it it's its like may might must my near next no nor not of off on onto or our out outside over past she should "
    "so than that their them then there these they this those through to toward towards under until up upon was we were what "
    "when where which while who whose will with within without would you your left right front top".split()
)
#: English words that begin a phrase anew.
BEGINS_EN = frozenset(
    "a an the another each every both some many several two three four five six seven eight nine ten one".split()
)
#: Chinese words that stand between phrases: verbs of being and place, prepositions, conjunctions, places.
BETWEEN_ZH = frozenset(
    "在 有 没有 没 是 不 不是 和 与 跟 同 及 以及 或 或者 而 但 但是 也 都 就 把 被 给 对 从 到 向 往 于 着 了 过 里 里面 上 上面 上方 "
    "下 下面 下方 中 中间 左 左边 左侧 左面 右 右边 右侧 右面 旁 旁边 前 前面 后 后面 外 外面 之间 这 这里 那 那里 他 她 它 我 你 们 很 还 "
    "还有 位于 站 坐 躺 带 带有 戴 穿 吗 呢 吧".split()
)
BEGINS_ZH = re.compile(r"^[一两二三四五六七八九十几每]")
_HAN = re.compile(f"[{HAN}]")


def find_phrases(text: str, words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Find phrases of at least two words, such as "a red cat" or 一只红色的猫.

    Words are gathered until a sign, a joining word (under, and, 在, 和) or the beginning of another phrase
    (an article or number) ends the phrase.

    Args:
        text: any text.
        words: its words' spans, in reading order.

    Returns:
        Spans (start, end), in reading order; a phrase that would be all the words of the text is left out.
    """
    groups: list[list[tuple[int, int]]] = [[]]
    for span in words:
        word = text[span[0] : span[1]].lower()
        if _is_between(word):
            groups.append([])
            continue
        if groups[-1] and (_is_apart(text, groups[-1][-1], span) or _begins(text, groups[-1][-1], word)):
            groups.append([])
        groups[-1].append(span)
    trimmed = (_trim(text, group) for group in groups)
    return [(group[0][0], group[-1][1]) for group in trimmed if 2 <= len(group) < len(words)]


def _is_between(word: str) -> bool:
    return word in BETWEEN_EN or word in BETWEEN_ZH


def _is_apart(text: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Tell whether a sign (anything but white space) stands between two words."""
    return bool(text[before[1] : after[0]].strip())


def _begins(text: str, before: tuple[int, int], word: str) -> bool:
    """Tell whether a word opens a new phrase; after another opening word (every one, 那 一只) it does not."""
    if _HAN.search(word):
        return bool(BEGINS_ZH.match(word))
    return word in BEGINS_EN and text[before[0] : before[1]].lower() not in BEGINS_EN


def _trim(text: str, group: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Drop a particle 的 at either end, and an English opening word that nothing follows."""
    while group and text[group[0][0] : group[0][1]] in ("的", "地", "得"):
        group = group[1:]
    while group and text[group[-1][0] : group[-1][1]].lower() in BEGINS_EN | {"的", "地", "得"}:
        group = group[:-1]
    return group
