"""What a model answers when the evidence is covered: patch by patch which the answer rests on, and when it changes."""

from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.findings import Finding, Plot, Ranking, Shown
from mmviz.probes.given import Given
from mmviz.probes.thumbnails import small
from mmviz.registry import probes
from mmviz.samples import Image
from mmviz.trusts import Remark

#: Shares of the patches that are covered one after the other, pixels of a shown picture, and covered pictures between two reports.
SHARES, SIDE, TOGETHER = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8), 128, 16


@probes.add(
    "covered-evidence",
    title="Covered evidence",
    needs={"say", "likelihood", "encode"},
    takes=set(),
    paper="Zeiler and Fergus, 2014, arXiv:1311.2901",
)
def covered_evidence(checkpoint: Any, given: Given, *, around: int = 1) -> Finding:
    """Cover what the answer rests on, the most telling patches first, until the model says something else.

    What is covered has the mean colour of the picture. The same shares are covered from the other end, where nothing tells, to compare.

    Args:
        checkpoint: leased; of a family that answers in words, and sees patches.
        given: a pair; its text is asked as `what-it-says` does.
        around: how many patches beside each are covered with it, 0 to 3.

    Returns:
        The picture with ever more covered; how likely the first answer is then, and what is answered instead.

    Raises:
        MethodError: `around` is out of its range, or the model says nothing of the picture.
    """
    if not 0 <= around <= 3:
        raise MethodError(f"around={around} is out of range; give a whole number from 0 to 3.")
    family, image = checkpoint.family.functions, given.image
    said = family["say"](checkpoint, given.text.text, [image])[0]
    if not said.ids:
        raise MethodError(f"{checkpoint.name} says nothing of {image.name}; ask another question.")
    key = family["encode"](checkpoint, given.text, image, unit="text").key

    def chances(images: list[Image]) -> np.ndarray:
        return np.exp(family["likelihood"](checkpoint, said.question, said.ids, images).astype(np.float64).sum(1))

    order = np.argsort(_each(image, key, around, chances, given.step), kind="stable")  # what costs the answer most first
    counts = [max(1, round(share * len(key))) for share in SHARES]
    covered = [_covered(image, key.boxes[order[:count]]) for count in counts]
    others = [_covered(image, key.boxes[order[::-1][:count]]) for count in counts]
    again = family["say"](checkpoint, given.text.text, covered)
    whole, least = float(chances([image])[0]), chances(others)
    values = np.stack([chances(covered), least], axis=1)
    names = tuple(f"{count} / {len(key)} · {spoken.text}" for count, spoken in zip(counts, again, strict=True))
    marks = tuple("answer_changed" if spoken.text != said.text else "" for spoken in again)
    ranking = Ranking("answers_covered", ItemAxis(names), ("most_telling", "least_telling"), values, marks)
    steps = ItemAxis(tuple(f"{100 * share:.0f} %" for share in SHARES))
    plot = Plot("answer_by_covered", steps, "share_covered", "answer_chance", values[:, 0], (("uncovered", whole),))
    shown = tuple(Shown("covered", small(picture.pixels, SIDE)) for picture in covered[:4])
    return Finding(checkpoint.name, checkpoint.id, _said(said, again, counts, len(key), whole), (ranking,), (plot,), shown)


def _each(image: Image, key: Any, around: int, chances: Any, step: Any) -> np.ndarray:
    """Give the answer's chance with each patch covered, its neighbours with it, shape (K,)."""
    rows, columns = key.grid
    row, column = np.divmod(np.arange(rows * columns), columns)
    near = (np.abs(row[:, None] - row) <= around) & (np.abs(column[:, None] - column) <= around)  # (K, K)
    found = []
    for start in range(0, len(near), TOGETHER):
        found.append(chances([_covered(image, key.boxes[own]) for own in near[start : start + TOGETHER]]))
        step(min(start + TOGETHER, len(near)), len(near))
    return np.concatenate(found)


def _covered(image: Image, boxes: np.ndarray) -> Image:
    """Paint boxes, fractions of the picture, in its mean colour."""
    pixels = image.pixels.copy()
    mean = image.pixels.reshape(-1, 3).mean(0).round().astype(np.uint8)
    height, width = pixels.shape[:2]
    edges = np.rint(np.clip(boxes, 0, 1) * [width, height, width, height]).astype(int)
    for left, top, right, bottom in edges:
        pixels[top:bottom, left:right] = mean
    return Image(pixels, image.name)


def _said(said: Any, again: Any, counts: list[int], patches: int, whole: float) -> tuple[Remark, ...]:
    changed = [(count, spoken.text) for count, spoken in zip(counts, again, strict=True) if spoken.text != said.text]
    facts = {"question": said.question, "answer": said.text, "chance": whole}
    if not changed:
        return (Remark("answer_stays", facts | {"share": counts[-1] / patches}, is_warning=True),)
    return (Remark("answer_falls", facts | {"count": changed[0][0], "patches": patches, "other": changed[0][1]}),)
