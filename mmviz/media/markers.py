"""Words at the beginning of a clause that say how it follows on the one before: then, meanwhile, before that, 然后, 同时."""

import re
from typing import Literal

from mmviz.axes import TextAxis
from mmviz.media import clauses

#: "next" goes on in time, "same" stays, "earlier" goes back; "contrast" and "cause" say nothing of time.
Marker = Literal["next", "same", "earlier", "contrast", "cause"]
_LEAD = {"en": r"^\W*(?:and\s+|but\s+|so\s+)?", "zh": r"^\W*(?:而|但|可)?"}
_WORDS: dict[str, dict[Marker, str]] = {
    "en": {
        "earlier": r"before (?:that|this|then)|(?:a \w+|\w+ \w+|years|days|hours) (?:ago|earlier)|earlier|previously|in the past|back then"
        r"|(?:we|he|she|they) (?:remember|recall)\w*|in a flashback|the (?:day|night|year) before",
        "same": "meanwhile|at the same time|in the meantime|elsewhere|while|as",
        "next": r"then|next|after(?:wards| that| this)?|later|finally|at last|in the end|soon|(?:a \w+|\w+ \w+|hours|days|years|moments) later|once|suddenly|the next",
        "cause": "because|since|therefore|that is why|as a result",
        "contrast": "but|however|yet|although|though|even though|still|instead|whereas",
    },
    "zh": {
        "earlier": "在此之前|在这之前|此前|这之前|之前|早些时候|[^，。]{1,4}(?:年|天|小时|分钟)前|以前|从前|过去|当初|回忆|回想|原来|前一天|前一晚",
        "same": "与此同时|同时|这时|此时|一边|另一边|当",
        "next": "然后|接着|随后|于是|之后|此后|后来|接下来|最后|最终|终于|不久|再|第二天|过了一会儿|[^，。]{1,4}(?:年|天|小时|分钟)后|突然",
        "cause": "因为|由于|所以|因此|结果",
        "contrast": "但是|可是|不过|然而|却|虽然|尽管|但|可|反而",
    },
}  # fmt: skip
_PATTERNS = {
    language: {
        kind: re.compile(f"{_LEAD[language]}(?:{words})" + (r"\b" if language == "en" else ""), re.IGNORECASE)
        for kind, words in kinds.items()
    }
    for language, kinds in _WORDS.items()
}


_BUT = re.compile(r"\W*(?:but\b|[但可])", re.IGNORECASE)


def find(axis: TextAxis, language: str | None = None) -> tuple[Marker | None, ...]:
    """Find the discourse marker each clause begins with.

    Args:
        axis: clauses, as of `clauses.find`.
        language: "en" or "zh"; None for that of the text.

    Returns:
        One a clause: "next", "same" or "earlier" where it moves in time, "contrast" or "cause" where it does not, None where it has none.
    """
    language = language or clauses.language_of(axis.text)
    return tuple(_marker(label, language) for label in axis.labels)


def _marker(clause: str, language: str) -> Marker | None:
    kinds = [kind for kind, pattern in _PATTERNS[language].items() if pattern.search(clause)]
    return kinds[0] if kinds else ("contrast" if _BUT.match(clause) else None)
