"""What a model says of a picture when it is asked, how sure it is of each word, and what it would say without the picture."""

from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.findings import Finding, Ranking
from mmviz.probes.given import Given
from mmviz.registry import probes
from mmviz.results import Spoken
from mmviz.trusts import Remark


@probes.add(
    "what-it-says", title="What it says", needs={"say", "likelihood"}, takes=set(), paper="Liu et al., 2023, arXiv:2304.08485"
)
def what_it_says(checkpoint: Any, given: Given) -> Finding:
    """Ask the model, and set the chances of what it says beside those without the picture.

    The text's question is asked: all of it up to its last question mark. A text without one asks for a caption in its language.

    Args:
        checkpoint: leased; of a family that answers in words.
        given: a pair.

    Returns:
        The words said with their probabilities, with the picture and with a blank one behind the same words; and the beginnings it might
        have chosen. The remark `to_take` has the text that shows where it looked, word by word, when it is taken as the pair's text.
    """
    family = checkpoint.family.functions
    said, blank = family["say"](checkpoint, given.text.text, [given.image, None])
    rankings, remarks = [_beginnings(said, blank)], []
    facts = {"question": said.question, "answer": said.text, "blank": blank.text}
    if said.ids:
        chances = np.exp(family["likelihood"](checkpoint, said.question, said.ids, [given.image, None]).astype(np.float64))
        whole = chances.prod(1)
        rankings.insert(0, _words(said, chances))
        remarks.append(Remark("it_says", facts | {"with": float(whole[0]), "without": float(whole[1])}))
        asks_for_caption = said.question not in given.text.text
        remarks.append(Remark("to_take", {"text": said.text if asks_for_caption else f"{said.question} {said.text}"}))
    else:
        remarks.append(Remark("it_says_nothing", facts, is_warning=True))
    if not said.ended:
        remarks.append(Remark("cut_off", {"count": len(said.ids)}, is_warning=True))
    return Finding(checkpoint.name, checkpoint.id, tuple(remarks), tuple(rankings))


def _words(said: Spoken, chances: np.ndarray) -> Ranking:
    """List the tokens in the order they were said; a mark where the blank picture makes it at least as likely."""
    marks = tuple("likely_anyway" if without >= with_it else "" for with_it, without in chances.T)
    values = np.stack([chances[0], chances[1]], axis=1)
    return Ranking("words_said", ItemAxis(said.tokens), ("with_it", "without_it"), values, marks)


def _beginnings(said: Spoken, blank: Spoken) -> Ranking:
    without = dict(blank.first)
    values = np.array([[chance, without.get(token, np.nan)] for token, chance in said.first], np.float64)
    return Ranking("beginnings", ItemAxis(tuple(token for token, _ in said.first)), ("with_it", "without_it"), values)
