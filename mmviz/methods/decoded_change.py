"""Decoded change: where the picture that a model draws from text and picture changes with a unit."""

import numpy as np

from mmviz.errors import MethodError
from mmviz.registry import methods
from mmviz.results import Alignment, Encoding

#: What the picture is drawn from.
GIVEN = ("both", "text")


@methods.add(
    "decoded-change",
    title="Decoded change",
    needs={"decoded"},
    targets=("prompt", "context"),
    paper="Wu and Goodman, 2018, arXiv:1802.05335",
)
def decoded_change(encoding: Encoding, *, given: str = "both") -> Alignment:
    """Drop each unit from the text, and see where the picture decoded from the rest changes.

    Under "context" a unit is cut out of the whole text; under "prompt", where it is a text of its own, its picture is held
    against that of no text at all. The row of the whole text is the same under both: all of the text against none.

    Args:
        encoding: of a model that decodes pictures.
        given: what the picture is decoded from: "both", text and picture, so that things stand where they stand in the picture;
            "text", the text alone, so that they stand where the model imagines them, which need not be their place in the picture.

    Returns:
        Shape (Q, K), scale "change": how far the values of a patch's pixels move, the mean over pixels and colours of the
        absolute difference, each value between 0 and 1. Zero where nothing changes; it has no sign and does not say that a
        place fits the unit.

    Raises:
        MethodError: `given` is no such word.

    Source:
        Decoding with a modality or a part of it missing: Wu and Goodman, 2018, section 2.2, arXiv:1802.05335. Leaving out a
        part and measuring the change: Zeiler and Fergus, 2014, section 4.2, arXiv:1311.2901.
    """
    if given not in GIVEN:
        raise MethodError(f'decoded-change has given="{given}"; choose from {", ".join(GIVEN)}.')
    pairs = [_pair(encoding, row) for row in range(len(encoding.query))]
    texts = sorted({text for pair in pairs for text in pair})
    pictures = dict(zip(texts, encoding.decoded(texts, given == "both"), strict=True))
    changes = [np.abs(pictures[one] - pictures[other]) for one, other in pairs]  # Q of (3, H, W)
    return encoding.alignment(_by_patch(np.stack(changes), encoding.key.grid), scale="change")


def _pair(encoding: Encoding, row: int) -> tuple[str, str]:
    """Give the two texts whose pictures a unit tells apart: with it and without it."""
    whole, (start, end) = encoding.query.text, encoding.query.spans[row]
    if encoding.target == "prompt":
        return whole[start:end], ""
    return whole, whole[:start] + whole[end:]


def _by_patch(values: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """Average (Q, 3, H, W) over colours and the pixels of every patch: (Q, K)."""
    rows, columns = grid
    cells = values.mean(1).reshape(len(values), rows, values.shape[2] // rows, columns, values.shape[3] // columns)
    return cells.mean((2, 4)).reshape(len(values), rows * columns)
