"""What lies in a model's latent between a text and a picture."""

from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.findings import Finding, Plot, Ranking, Shown
from mmviz.probes.bags import strongest
from mmviz.probes.given import Given
from mmviz.registry import probes
from mmviz.trusts import Remark

#: Steps that may be asked for, and words that are listed.
FEWEST, MOST, LISTED = 3, 15, 8


@probes.add(
    "latent-walk",
    title="Latent walk",
    needs={"infer", "decode"},
    takes=frozenset(),
    paper="Wu and Goodman, 2018, arXiv:1802.05335",
)
def latent_walk(checkpoint: Any, given: Given, *, steps: int = 7) -> Finding:
    """Go straight from the text's place in the latent to the picture's, and draw what lies on the way.

    Args:
        checkpoint: leased; of a family with a latent.
        given: a pair.
        steps: places that are drawn, both ends among them; 3 to 15.

    Returns:
        The drawn places beside one another, how far each picture is from the one before (the mean absolute difference of values
        between 0 and 1), and the words of the text's script whose likelihood differs most between the ends.

    Raises:
        MethodError: `steps` is out of its range.
    """
    if not FEWEST <= steps <= MOST:
        raise MethodError(f"latent-walk has steps={steps}; choose a whole number from {FEWEST} to {MOST}.")
    infer, decode = (checkpoint.family.functions[name] for name in ("infer", "decode"))
    text, picture = infer(checkpoint, [(given.text, None), (None, given.image)]).means
    shares = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    decoded = decode(checkpoint, (1 - shares) * text + shares * picture)
    moved = np.abs(np.diff(decoded.pictures.astype(np.float64), axis=0)).mean((1, 2, 3)) / 255  # (steps - 1,)
    places = ItemAxis(tuple(f"{100 * share:.0f} %" for share in shares[1:, 0]))
    length = float(np.linalg.norm(text)) * float(np.linalg.norm(picture))
    facts = {"distance": float(np.linalg.norm(text - picture)), "cosine": float(text @ picture / max(length, 1e-12))}
    jump = int(moved.argmax())
    remarks = (
        Remark("walked", facts | {"steps": steps}),
        Remark("longest_step", {"place": places.names[jump], "moved": float(moved[jump]), "even": float(moved.mean())}),
    )
    plot = Plot("moved_by_step", places, "way_walked", "moved", moved, (("even", float(moved.mean())),))
    keys = ("at_text", *("on_the_way",) * (steps - 2), "at_picture")
    return Finding(
        checkpoint.name,
        checkpoint.id,
        remarks,
        (_turned(decoded.tokens, decoded.probabilities, given.text.text),),
        (plot,),
        tuple(Shown(key, drawn) for key, drawn in zip(keys, decoded.pictures, strict=True)),
    )


def _turned(tokens: tuple[str, ...], probabilities: np.ndarray, text: str) -> Ranking:
    """List the words whose likelihood differs most between the first and the last place."""
    ends = probabilities[[0, -1]]  # (2, V)
    order = strongest(tokens, np.abs(ends[1] - ends[0]), text, LISTED)
    marks = tuple("gone" if ends[1, place] < ends[0, place] else "come" for place in order)
    names = ItemAxis(tuple(tokens[place] for place in order))
    return Ranking("words_turned", names, ("at_text", "at_picture"), ends[:, order].T.astype(np.float64), marks)
