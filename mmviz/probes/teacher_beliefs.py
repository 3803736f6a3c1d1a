"""What a momentum teacher believes of a pair beside its label: the soft targets of the contrast."""

from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.findings import Finding, Ranking
from mmviz.probes.given import Given
from mmviz.probes.thumbnails import small
from mmviz.registry import probes
from mmviz.samples import Text
from mmviz.trusts import Remark

#: Rivals that are listed, and pixels of a listed picture's longer side.
LISTED, SIDE = 8, 96


@probes.add(
    "teacher-beliefs",
    title="Beliefs of the teacher",
    needs={"teacher", "embed", "logit_scale"},
    takes={"bank", "pictures"},
    paper="Li et al., 2021, arXiv:2107.07651",
)
def teacher_beliefs(checkpoint: Any, given: Given, *, trust: float = 0.4) -> Finding:
    """Set the label of a pair beside what the momentum teacher believes of it and of its rivals.

    The contrast of ALBEF asks for `trust` times the teacher's softmax over all candidates plus (1 - `trust`) times the label: a wrong
    text that may well be true of the picture too costs less for it.

    Args:
        checkpoint: leased; of a family that a momentum model taught.
        given: a pair, a bank of texts and other pictures; where there are no pictures, texts alone are listed.
        trust: weight of the teacher's belief in the target; 0 to 1.

    Returns:
        A ranking of texts for the picture and one of pictures for the text, the pair itself first and marked "own", each with the label, the
        teacher's belief and the target.

    Raises:
        MethodError: `trust` is out of its range.
    """
    if not 0 <= trust <= 1:
        raise MethodError(f"trust={trust} is no weight; give a number from 0 to 1.")
    family = checkpoint.family.functions
    taught = family["teacher"](checkpoint)
    embed, scale = family["embed"], family["logit_scale"](checkpoint)
    text, image = embed(taught, [given.text]).vectors[0], embed(taught, [given.image]).vectors[0]
    bank = given.bank.vectors if taught is checkpoint else embed(taught, [Text(name) for name in given.bank.items.names]).vectors
    beliefs = _softmax(scale * np.concatenate([[text @ image], bank @ image]))  # (1 + N,)
    names = given.bank.items.names
    rankings, remarks = [_ranked("texts", beliefs, (given.text.text, *names), trust)], [_said("texts", beliefs, names, trust)]
    if given.pictures:
        others = embed(taught, given.pictures).vectors
        beliefs = _softmax(scale * np.concatenate([[text @ image], others @ text]))
        shown = [small(picture.pixels, SIDE) for picture in (given.image, *given.pictures)]
        names = tuple(picture.name for picture in given.pictures)
        rankings.append(_ranked("pictures", beliefs, (given.image.name, *names), trust, shown))
        remarks.append(_said("pictures", beliefs, names, trust))
    if taught is checkpoint:
        remarks.append(
            Remark("teacher_is_model", {"distance": float(checkpoint.card.get("teacher_distance", 0.0))}, is_warning=True)
        )
    return Finding(checkpoint.name, checkpoint.id, tuple(remarks), tuple(rankings))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits.astype(np.float64) - logits.max())
    return powers / powers.sum()


def _ranked(key: str, beliefs: np.ndarray, names: tuple[str, ...], trust: float, shown=()) -> Ranking:
    """Set the pair first and those the teacher believes in most after it."""
    order = np.append(0, 1 + np.argsort(-beliefs[1:], kind="stable")[:LISTED])
    label = (order == 0).astype(np.float64)
    values = np.stack([label, beliefs[order], trust * beliefs[order] + (1 - trust) * label], axis=1)
    marks = tuple("own" if place == 0 else "believed_more" if beliefs[place] > beliefs[0] else "" for place in order)
    pictures = tuple(shown[place] for place in order) if shown else ()
    return Ranking(
        key, ItemAxis(tuple(names[place] for place in order)), ("label", "teacher_believes", "target"), values, marks, pictures
    )


def _said(key: str, beliefs: np.ndarray, names: tuple[str, ...], trust: float) -> Remark:
    best = int(beliefs[1:].argmax())
    facts = {"own": float(beliefs[0]), "others": float(1 - beliefs[0]), "best": names[best], "belief": float(beliefs[1 + best])}
    return Remark(f"teacher_of_{key}", facts | {"n": len(names), "target": trust * float(beliefs[0]) + 1 - trust})
