"""Clauses of English text: where a new finite verb begins, by commas, conjunctions, subordinators and quotes."""

import re
from dataclasses import dataclass

from mmviz.media import verbs_en
from mmviz.media.verbs_en import RELATIVE, Token

_OPEN, _CLOSE = "“«\"'‘", "”»\"'’"
_SHORT = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|Inc|Ltd|Co|vs|etc|e\.g|i\.e|No|Fig|Gen|Col|Capt|Lt|Rev|Hon|Mt|approx|a\.m|p\.m|[A-Z])|"
    r"\b(?:[A-Za-z]\.)+[A-Za-z])\.$"
)
_END = re.compile(r"(?:[.!?…]+[\"”’»')\]]*)(?=\s|$)|\s*\n\s*")
_SUBORDINATE = frozenset(
    "because when while until till before after since if unless although though whenever whereas wherever as once".split()
)
#: Before these the question is what is asked or known, no condition.
_ASKING = frozenset(
    "ask asks asked asking wonder wonders wondered wondering know knows knew see tell tells told doubt doubts doubted check checks "
    "checked care cares cared matter matters sure remember".split()
)
_JOINING = frozenset("and but or nor yet so then".split())
_STEADY = ("adv", "not", "conj")


@dataclass
class _Place:
    """Where a clause may begin: the token it would begin with, and what leads to it."""

    token: int
    why: str  # "comma", "joint" (a conjunction without a comma), "sub", "stop" (a semicolon, colon or dash), "quote"


def bounds(text: str, level: str) -> list[int]:
    """Find where clauses begin.

    Args:
        text: English.
        level: "fine" (every pause), "normal" (a clause each) or "sentence".

    Returns:
        Places in code points, increasing, 0 not among them.
    """
    found, start = [], 0
    for end in [*sentences(text), len(text)]:
        found += [start] if start else []
        if level != "sentence" and end > start:
            found += _inside(text, start, end, level == "fine")
        start = end
    return sorted({place for place in found if place < len(text)})


def sentences(text: str) -> list[int]:
    """Find where sentences end, white space included; abbreviations and what goes on in small letters end none."""
    ends = []
    for match in _END.finditer(text):
        rest = text[match.end() :]
        place = match.end() + len(rest) - len(rest.lstrip())
        if "\n" in match[0]:
            ends.append(match.end())
        elif not _SHORT.search(text[: match.start() + 1]) and not rest.lstrip()[:1].islower() and not _is_said(match[0], rest):
            ends.append(place)
    return ends


def _is_said(mark: str, rest: str) -> bool:
    """Tell whether a quote ends here and who said it follows."""
    return (
        mark[-1] in _CLOSE
        and re.match(r"\s*(?:he|she|it|they|I|we|[A-Z]\w+)\s(?:said|asked|cried|shouted|whispered)\b", rest) is not None
    )


def _inside(text: str, start: int, end: int, fine: bool) -> list[int]:
    """Find where clauses begin in one sentence."""
    tokens = verbs_en.read(text, start, end)
    places = [place for place in _places(text, tokens) if 0 < place.token < len(tokens)]
    found, first = [], 0
    for number, place in enumerate(places):
        after = places[number + 1 :]
        left, right = tokens[first : place.token], tokens[place.token : _stop(after, tokens)]
        if (fine and place.why in ("comma", "stop", "quote")) or _begins(place, left, right, tokens):
            found.append(tokens[place.token].start)
            first = place.token
    return found


def _stop(after: list[_Place], tokens: list[Token]) -> int:
    """Give where what begins at a place ends: at the next one, but not within "oil and gold" or before a relative clause has ended."""
    ends = iter(after)
    for place in ends:
        if tokens[place.token].text in RELATIVE:
            next(ends, None)
        elif place.why != "joint" or tokens[place.token + 1].role in ("verb", "subj", "modal", "be", "have", "do", "adv", "not"):
            return place.token
    return len(tokens)


def _places(text: str, tokens: list[Token]) -> list[_Place]:
    """List where clauses may begin, in order."""
    found = []
    for n, token in enumerate(tokens):
        before = tokens[n - 1] if n else None
        if _is_quote(text, tokens, n):
            found.append(_Place(n, "quote"))
        elif before is None or not token.is_word:
            continue
        elif before.text == "," or (before.text in _CLOSE and n > 1 and tokens[n - 2].text == ","):
            found.append(_Place(n, "comma"))
        elif before.text in (";", ":", "—", "–", "...", "…") or (before.text == "-" and text[before.start - 1] == " "):
            found.append(_Place(n, "stop"))
        elif n + 1 == len(tokens) or not tokens[n + 1].is_word:
            continue
        elif token.text in _JOINING and token.text != "so" and before.text not in _JOINING:
            found.append(_Place(n, "joint"))
        elif _subordinates(token, before, tokens[n + 1]):
            found.append(_Place(n, "sub"))
    return found


def _subordinates(token: Token, before: Token, after: Token) -> bool:
    """Tell because, even though and as soon as, of which the first word alone begins the clause."""
    if token.text == "even":
        return after.text in ("though", "if", "when")
    return token.text in _SUBORDINATE and before.text not in ("even", "as", "just", "only", "soon", "and", "but", "or")


def _is_quote(text: str, tokens: list[Token], n: int) -> bool:
    """Tell whether quoted speech begins with this token, or what follows it."""
    token = tokens[n]
    if token.text in _OPEN and n and tokens[n - 1].text in (",", ":"):
        return text[token.end : token.end + 1].isalnum() and text[token.start - 1].isspace()
    if n > 1 and tokens[n - 1].text in _CLOSE and tokens[n - 2].text in (",", ".", "!", "?", "…"):
        return token.is_word and text[tokens[n - 1].start - 1] == tokens[n - 2].text
    return False


def _begins(place: _Place, left: list[Token], right: list[Token], tokens: list[Token]) -> bool:
    """Decide whether a clause begins at a place, between what stands since the last one and up to the next place."""
    if place.why == "quote":
        return True
    words = [token for token in right if token.is_word]
    if not words or (words[0].text in RELATIVE and place.why == "comma" and words[0].text != "that"):
        return False
    has_left, has_right = _has_finite(left), _has_finite(right)
    if words[0].text in _SUBORDINATE or words[0].text == "even":
        return has_left and has_right and _is_condition(words, left)
    if place.why == "stop":
        return has_left and _has_finite(tokens[place.token :])
    core = _core(words)
    if not core or not has_right:
        return False
    if not has_left:
        return _is_participle(left) and place.why == "comma" and core[0].role != "verb"
    if core[0].role == "verb":
        return _goes_on(place, core[0], words, tokens)
    return place.why == "comma" or words[0].text in _JOINING


def _core(words: list[Token]) -> list[Token]:
    """Leave out conjunctions and adverbs at the beginning."""
    return next((words[n:] for n, word in enumerate(words) if word.role not in _STEADY), [])


def _has_finite(tokens: list[Token]) -> bool:
    return any(token.finite and not token.relative for token in tokens)


def _is_condition(words: list[Token], left: list[Token]) -> bool:
    """Tell a subordinate clause of time, cause or condition from a comparison, a question that is told, and a preposition."""
    before = [token.text for token in left if token.is_word]
    if words[0].text in ("if", "when") and any(word in _ASKING for word in before[-3:]):
        return False
    if words[0].text == "as":
        return not any(word in ("as", "so", "such", "same") for word in before[-4:]) or words[1].text == "soon"
    return len(words) > 2 or words[-1].finite


def _is_participle(left: list[Token]) -> bool:
    """Tell whether a stretch is a participle that stands alone: Having finished her tea."""
    words = [token for token in left if token.is_word]
    return len(words) > 1 and (words[0].text == "having" or (words[0].tags == {"VBG"} and words[0].role != "noun"))


def _goes_on(place: _Place, verb: Token, words: list[Token], tokens: list[Token]) -> bool:
    """Tell whether a verb without a subject goes on from the clause before, and is no participle that describes something in it."""
    if words[0].text in _JOINING or "VBN" not in verb.tags or "VBZ" in verb.tags or verb.tags >= {"VB", "VBN"}:
        return True
    rest = tokens[place.token + 1 :]
    return any(
        token.text in ("and", "but", "or") and _core(rest[n + 1 :])[:1] and _core(rest[n + 1 :])[0].role in ("verb", "do", "have")
        for n, token in enumerate(rest)
    )
