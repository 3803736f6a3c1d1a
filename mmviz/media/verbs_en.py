"""English words with what part they play in a sentence, as far as it takes to find its finite verbs."""

import re
from dataclasses import dataclass
from functools import lru_cache

#: Words of a closed class, by the part they play.
_CLOSED = {
    "det": "a an the this these those each every some any no another either neither both all several many few such what",
    "poss": "my your his her its our their whose",
    "subj": "i he she we they it you there nobody somebody everybody anybody everyone someone anyone nothing everything something "
    "none others one who which",
    "obj": "me him us them myself himself herself itself ourselves themselves yourself each-other",
    "prep": "of in on at by for with from into onto through over under across behind beside between beyond near past towards toward "
    "around about above below against along among despite during except inside outside off out up down like than per via without "
    "within throughout upon away back because-of until before after since",
    "conj": "and or but nor yet so then",
    "modal": "can could will would shall should may might must cannot ought",
    "be": "am is are was were be been being",
    "have": "has have had having",
    "do": "do does did",
    "to": "to",
    "not": "not never",
    "sub": "because although though unless whenever whereas wherever if when while",
    "num": "two three four five six seven eight nine ten eleven twelve twenty hundred thousand",
    "adv": "very too also again always often soon now here still just only even quickly slowly suddenly finally later already almost "
    "once twice together forward aloud quite rather perhaps maybe instead home there-fore however meanwhile afterwards everywhere",
}  # fmt: skip
_ROLES = {word: role for role, words in _CLOSED.items() for word in words.split()}
RELATIVE = frozenset("who which whose whom that where".split())
_NOT_FINITE = frozenset("be been being having".split())
_PLURALS = frozenset("people children men women police others two three four five some many few both these those".split())
_TAILS = {"'s": "be", "'re": "be", "'m": "be", "'ve": "have", "'ll": "modal", "'d": "modal"}
#: Nouns and adjectives that are verbs too, but hardly ever in a story.
_RARELY_VERBS = frozenset(
    "man water flour sugar butter salt air hand head house room door table chair street garden paper book books ship ships storm storms "
    "car cars bus dog cat fox fish time day night morning evening people children home war fire tree light lights side front corner "
    "hat bag ball box boat train road stone hammer ground floor board wall window star sun moon snow wind sea field fields wood face "
    "eye eyes nose arm arms leg foot back hands doors houses boxes parents teachers crew cold smooth slow quiet open empty dirty "
    "warm wet dry calm clear clean free close own last second even still well little long short better best wire".split()
)
_TOKEN = re.compile(r"https?://\S*[^\s,.;:!?\"”)]|[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d[\d.,:/]*\d|\d|[^\w\s]", re.UNICODE)


@dataclass
class Token:
    """A word or a sign.

    Attributes:
        text: its characters, lower case, straight apostrophes.
        start, end: its place in the text, in code points.
        role: "det", "poss", "subj", "obj", "prep", "conj", "modal", "be", "have", "do", "to", "not", "num", "adv", "adj", "noun",
            "verb" or "sign".
        tags: of the Penn Treebank, what the word is as a verb.
        finite: it is the finite verb of a clause.
        relative: that clause is a relative one.
    """

    text: str
    start: int
    end: int
    role: str = "noun"
    tags: frozenset[str] = frozenset()
    finite: bool = False
    relative: bool = False

    @property
    def is_word(self) -> bool:
        """It is no sign."""
        return self.role != "sign"


def read(text: str, start: int, end: int) -> list[Token]:
    """Divide a sentence of `text` into tokens, and find what part each plays and which are finite verbs."""
    tokens = [
        Token(match[0].lower().replace("’", "'"), match.start(), match.end()) for match in _TOKEN.finditer(text, start, end)
    ]
    for place, token in enumerate(tokens):
        token.tags = _verb_tags(token.text)
        token.role = _role(tokens, place)
    for place, token in enumerate(tokens):
        token.finite = _is_finite(tokens, place)
    _mark_relatives(tokens)
    return tokens


def lexical(word: str) -> str:
    """Say what a word most likely is without looking at its neighbours; "either" for a verb that may be a noun."""
    if word in _ROLES:
        return _ROLES[word]
    if word.endswith("n't"):
        return _ROLES.get(word[:-3], "modal")
    tail = next((_TAILS[end] for end in _TAILS if word.endswith(end)), None)
    if tail and (_ROLES.get(word.split("'")[0]) in ("subj", "adv") or word.split("'")[0] in ("that", "what", "let")):
        return "subj"  # it's: a subject that has its verb with it
    if not word[0].isalpha():
        return "num" if word[0].isdigit() else "sign"
    kinds, tags = _kinds(word), _verb_tags(word)
    if tags:
        return "verb" if not kinds - {"ADV"} else "either"
    if word.endswith("ly") or kinds == {"ADV"}:
        return "adv"
    return "adj" if "ADJ" in kinds and "NOUN" not in kinds else "noun"


def _role(tokens: list[Token], place: int) -> str:
    word = tokens[place].text
    plain = lexical(word)
    if word == "that":
        return _role_of_that(tokens, place)
    if plain == "her" or word == "her":
        return "poss" if _next(tokens, place) in ("noun", "adj", "either", "verb", "num") else "obj"
    if plain == "modal" and place and tokens[place - 1].role in ("prep", "det", "poss"):
        return "noun"  # in May, the might of, a can
    if plain == "verb":
        return "verb"
    return plain if plain != "either" else _settle(tokens, place)


def _role_of_that(tokens: list[Token], place: int) -> str:
    before = tokens[place - 1].role if place else "sign"
    return "subj" if before in ("noun", "obj") or _next(tokens, place) in ("be", "have", "modal", "do") else "det"


def _next(tokens: list[Token], place: int) -> str:
    """Say what the next token likely is; "end" after the last one and before signs."""
    if place + 1 >= len(tokens):
        return "end"
    role = lexical(tokens[place + 1].text)
    return "end" if role == "sign" else role


def _settle(tokens: list[Token], place: int) -> str:
    """Tell a verb from a noun or adjective of the same letters by what stands around it."""
    token = tokens[place]
    other = "adj" if "ADJ" in _kinds(token.text) and "NOUN" not in _kinds(token.text) else "noun"
    before, left = _before(tokens, place)
    after = _next(tokens, place)
    if before in ("modal", "to", "do") or (before in ("be", "have") and token.tags & {"VBG", "VBN"}):
        return "verb"
    if before in ("det", "poss", "prep", "num", "adj", "be", "have"):
        return other
    if before == "subj":
        return "verb" if token.tags & {"VBZ", "VBD", "VBP", "VB"} else other
    if (
        before == "noun"
        and "ADJ" in _kinds(left)
        and other == "noun"
        and after in ("either", "verb", "be", "have", "modal", "do")
    ):
        return other  # two brown mushrooms go
    if before in ("noun", "obj"):
        return "verb" if _agrees(token, left, after) else other
    if before == "verb":
        return "verb" if token.tags <= {"VBG", "VBN", "VBD"} else other
    return "verb" if _opens(tokens, place, after) else other


def _before(tokens: list[Token], place: int) -> tuple[str, str]:
    """Give role and word of what stands before, adverbs left out; "" at the beginning of a stretch."""
    place -= 1
    while place >= 0 and tokens[place].role in ("adv", "not"):
        place -= 1
    if place < 0 or tokens[place].role in ("sign", "conj"):
        return "", ""
    return tokens[place].role, tokens[place].text


def _agrees(token: Token, left: str, after: str) -> bool:
    """Tell whether a word after a noun is that noun's verb."""
    if after in ("be", "modal", "have", "do"):
        return False
    many = left in _PLURALS or (left.endswith("s") and not left.endswith(("ss", "us", "is")))
    if "VBD" in token.tags and token.text not in ("left", "set", "cut", "put", "read", "hit", "shut"):
        return True
    if "VBZ" in token.tags:
        return not many and after != "verb" and token.text not in _RARELY_VERBS
    if token.tags & {"VB", "VBP"} and many:
        return token.text not in _RARELY_VERBS or after in ("det", "poss", "obj", "conj", "end")
    return "VBD" in token.tags and after in ("det", "poss", "prep", "obj", "adv", "end")


def _opens(tokens: list[Token], place: int, after: str) -> bool:
    """Tell whether a word at the beginning of a stretch is a verb without its subject: picks up, loaded the horses, chop."""
    token = tokens[place]
    if not token.tags & {"VB", "VBZ", "VBD", "VBP"} and token.tags <= {"VBG"}:
        return True
    if after in ("det", "poss", "obj", "to"):
        return True
    if after in ("prep", "adv", "num", "subj", "sub"):
        return token.text not in _RARELY_VERBS
    if after in ("noun", "adj", "either", "verb"):
        return token.text not in _RARELY_VERBS and _same_form(tokens, place)
    return token.text not in _RARELY_VERBS and bool(token.tags & {"VBD", "VBZ"}) and not _kinds(token.text) & {"NOUN", "ADJ"}


def _same_form(tokens: list[Token], place: int) -> bool:
    """Tell whether a verb of the same form was there before, which this one goes on from."""
    kinds = tokens[place].tags & {"VBZ", "VBD", "VB"}
    return any(other.role == "verb" and other.tags & kinds for other in tokens[:place]) or (not place and "VB" in kinds)


def _is_finite(tokens: list[Token], place: int) -> bool:
    token = tokens[place]
    before, word = _before(tokens, place)
    if token.role == "subj":
        return "'" in token.text
    if token.role in ("modal", "do", "be", "have"):
        return (
            token.text not in _NOT_FINITE
            and before not in ("to", "modal", "do")
            and not (before == "have" and token.text == "had")
        )
    if token.role != "verb" or token.tags <= {"VBG", "VBN"}:
        return False
    if before in ("to", "modal", "do", "be", "have") or (before == "subj" and "'" in word):
        return False
    if before == "verb" and not token.tags & {"VBZ"}:
        return False
    if place and tokens[place - 1].text == "," and "VBN" in token.tags and not _told(tokens[:place]):
        return False  # the bridge, built in 1890, ...
    return not (_inverted(tokens, place) and "VB" in token.tags)


def _told(tokens: list[Token]) -> bool:
    return any(token.finite for token in tokens)


def _inverted(tokens: list[Token], place: int) -> bool:
    """Tell a verb that belongs to an auxiliary before its subject: does he come, had she known."""
    return place >= 2 and tokens[place - 1].role in ("subj", "noun") and tokens[place - 2].role in ("do", "modal")


def _mark_relatives(tokens: list[Token]) -> None:
    """Mark the finite verbs of relative clauses: the next one after who, which, whose or that, where a noun stands before it."""
    waits = False
    for place, token in enumerate(tokens):
        if token.text in RELATIVE and place and _is_relative(tokens, place):
            waits = True
        elif waits and token.finite:
            token.relative, waits = True, False


def _is_relative(tokens: list[Token], place: int) -> bool:
    before, token = tokens[place - 1], tokens[place]
    if before.text == ",":
        return token.text != "that"
    if token.text == "that":
        return before.role in ("noun", "obj", "verb", "adj") and tokens[-1] is not token and tokens[place + 1].is_word
    return before.role in ("noun", "obj", "prep", "num")


@lru_cache(maxsize=20_000)
def _kinds(word: str) -> frozenset[str]:
    """Look up what a word can be beside a verb."""
    import lemminflect

    return frozenset(lemminflect.getAllLemmas(word)) - {"VERB", "AUX"}


@lru_cache(maxsize=20_000)
def _verb_tags(word: str) -> frozenset[str]:
    """Look up what a word is as a verb: its tags of the Penn Treebank."""
    import lemminflect

    lemmas = lemminflect.getAllLemmas(word, upos="VERB").get("VERB", ())
    forms = [lemminflect.getAllInflections(lemma, upos="VERB") for lemma in lemmas]
    return frozenset(tag for form in forms for tag, words in form.items() if word in words)
