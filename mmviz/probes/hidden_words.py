"""What a model guesses for a hidden word, with the picture and without it, and what its momentum teacher would."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.findings import Finding, Ranking
from mmviz.guesses import Guess
from mmviz.probes.given import Given
from mmviz.registry import probes
from mmviz.trusts import Remark

#: Words that are hidden, one at a time, and guesses that are listed.
MOST, LISTED = 30, 8


@probes.add(
    "hidden-words",
    title="Hidden words",
    needs={"guess", "teacher"},
    takes={"words"},
    paper="Li et al., 2021, arXiv:2107.07651",
)
def hidden_words(checkpoint: Any, given: Given, *, word: str = "") -> Finding:
    """Hide every word once, and let the model guess it with the picture and with a blank one.

    Args:
        checkpoint: leased; of a family that guesses words.
        given: a pair with the words of its text; those after the thirtieth are not hidden.
        word: one of the text's, whose guesses are listed; "" takes the one the picture tells most about.

    Returns:
        The words, those first about which the picture tells most, each with how likely it is with the picture and without; and the guesses
        for one of them, with what the momentum teacher guesses beside the label: in training a share of the target is the teacher's.

    Raises:
        MethodError: the text has no word the model reads, or `word` is none of its words.
    """
    guess = checkpoint.family.functions["guess"]
    spans = given.words[:MOST]
    made = guess(checkpoint, given.text, spans, [given.image, None])
    names = [given.text.text[start:end] for start, end in spans]
    read = [place for place, one in enumerate(made) if one.ids]
    if not read:
        raise MethodError(f'"{given.text.text}" has no word that {checkpoint.name} reads; give another text.')
    rights = np.stack([made[place].right for place in read]).astype(np.float64)  # (W, 2)
    order = np.argsort(rights[:, 1] - rights[:, 0], kind="stable")
    chosen = _chosen(word, names, read, order)
    taught = checkpoint.family.functions["teacher"](checkpoint)
    soft = made[chosen] if taught is checkpoint else guess(taught, given.text, [spans[chosen]], [given.image])[0]
    best = [_best(made[place]) for place in read]
    words = Ranking(
        "hidden_words",
        ItemAxis(tuple(names[read[place]] for place in order)),
        ("with_it", "without_it", "told_by_picture"),
        np.stack([rights[order, 0], rights[order, 1], rights[order, 0] - rights[order, 1]], axis=1),
        tuple(_mark(best[place]) for place in order),
    )
    remarks = (*_said(names, read, rights, order), _of_teacher(checkpoint, taught, names[chosen], made[chosen], soft))
    return Finding(checkpoint.name, checkpoint.id, remarks, (words, _guesses(made[chosen], soft)))


def _chosen(word: str, names: Sequence[str], read: Sequence[int], order: np.ndarray) -> int:
    if not word:
        return read[int(order[0])]
    for place in read:
        if names[place].lower() == word.lower():
            return place
    raise MethodError(f'word="{word}" is not in the text; give one of: {", ".join(names[place] for place in read)}.')


def _best(made: Guess) -> tuple[bool, bool]:
    """Tell whether the likeliest tokens are the word's, with the picture and without."""
    return tuple(bool((chances.argmax(-1) == list(made.ids)).all()) for chances in made.chances)


def _mark(best: tuple[bool, bool]) -> str:
    return {(True, False): "picture_tells", (False, True): "picture_misleads", (False, False): "not_guessed"}.get(best, "")


def _guesses(made: Guess, soft: Guess) -> Ranking:
    """List the likeliest tokens at the word's first place, its own among them."""
    with_it, without = made.chances[:, 0].astype(np.float64)
    order = np.argsort(-with_it, kind="stable")[:LISTED]
    order = order if made.ids[0] in order else np.append(order[:-1], made.ids[0])
    label = np.zeros(len(with_it))
    label[made.ids[0]] = 1
    values = np.stack([row[order] for row in (label, soft.chances[0, 0].astype(np.float64), with_it, without)], axis=1)
    names = tuple(made.names[place] for place in order)
    return Ranking("guesses", ItemAxis(names), ("label", "teacher_believes", "with_it", "without_it"), values)


def _said(names: Sequence[str], read: Sequence[int], rights: np.ndarray, order: np.ndarray) -> list[Remark]:
    first = int(order[0])
    facts = {"with": float(rights[:, 0].mean()), "without": float(rights[:, 1].mean()), "count": len(read)}
    most = {"word": names[read[first]], "with": float(rights[first, 0]), "without": float(rights[first, 1])}
    return [Remark("guessed_on_average", facts), Remark("picture_tells_most", most)]


def _of_teacher(checkpoint: Any, taught: Any, word: str, made: Guess, soft: Guess) -> Remark:
    """Say what the teacher believes beside the label, or that it is the trained model itself."""
    row = soft.chances[0, 0].copy()
    right = float(row[made.ids[0]])
    row[made.ids[0]] = 0
    facts = {"word": word, "right": right, "other": made.names[int(row.argmax())], "chance": float(row.max())}
    if taught is checkpoint:
        return Remark("teacher_left_away", facts | {"distance": float(checkpoint.card.get("teacher_distance", 0.0))})
    return Remark("teacher_said", facts)
