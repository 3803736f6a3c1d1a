"""Which wrong texts and pictures come nearest to a pair, and what they would cost it."""

from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.findings import Bins, Finding, Plot, Ranking
from mmviz.probes.given import Given
from mmviz.probes.thumbnails import small
from mmviz.registry import probes
from mmviz.trusts import Remark

#: Negatives that are listed, intervals of the plot, and pixels of a listed picture's longer side.
LISTED, INTERVALS, SIDE = 8, 40, 96


@probes.add(
    "hardest-negatives",
    title="Hardest negatives",
    needs={"embed"},
    takes={"bank", "pictures"},
    paper="Faghri et al., 2018, arXiv:1707.05612",
)
def hardest_negatives(checkpoint: Any, given: Given, *, margin: float = 0.2) -> Finding:
    """List the wrong texts and pictures nearest to a pair, and what each costs under a margin.

    For the cosine s of the pair and s' of a wrong one the hinge is max(0, margin - s + s'). Training on the hardest negative
    charges the largest of a batch's hinges, older ranking losses their sum.

    Args:
        checkpoint: leased; of any family with vectors.
        given: a pair, a bank of texts and other pictures; where there are no pictures, texts alone are listed.
        margin: by how much the pair is to score above a wrong one, in cosines; 0 to 2.

    Returns:
        A ranking of texts for the picture and one of pictures for the text, the pair itself first and marked "own", each with
        `cosine`, `lead` (by how much the pair is ahead, negative where it is not) and `hinge`; the cosines of all texts in bins.

    Raises:
        MethodError: `margin` is out of its range.
    """
    if not 0 <= margin <= 2:
        raise MethodError(f"margin={margin} is no difference of cosines; give a number from 0 to 2.")
    embed = checkpoint.family.functions["embed"]
    text, image = embed(checkpoint, [given.text]).vectors[0], embed(checkpoint, [given.image]).vectors[0]
    own = float(text @ image)
    texts = given.bank.vectors @ image  # (N,)
    rankings, remarks = [_ranked("texts", own, given.text.text, texts, given.bank.items.names, margin)], []
    remarks += _said("texts", own, texts, given.bank.items.names, margin)
    if given.pictures:
        pictures = embed(checkpoint, given.pictures).vectors @ text  # (M,)
        names = [picture.name for picture in given.pictures]
        shown = [small(picture.pixels, SIDE) for picture in (given.image, *given.pictures)]
        rankings.append(_ranked("pictures", own, given.image.name, pictures, names, margin, shown))
        remarks += _said("pictures", own, pictures, names, margin)
    remarks.append(Remark("true_too"))
    return Finding(checkpoint.name, checkpoint.id, tuple(remarks), tuple(rankings), (_spread(own, texts, margin),))


def hinges(own: float, others: np.ndarray, margin: float) -> np.ndarray:
    """Charge what comes within the margin of a pair's cosine, shape of `others`."""
    return np.maximum(0.0, margin - own + others)


def _ranked(key: str, own: float, name: str, others: np.ndarray, names, margin: float, pictures=()) -> Ranking:
    """Set the pair first and the strongest others after it; `pictures`, if any, begin with the pair's own."""
    order = np.argsort(-others, kind="stable")[:LISTED]
    cosines = others[order]
    values = np.stack([cosines, own - cosines, hinges(own, cosines, margin)], axis=1)  # (n, 3)
    return Ranking(
        key,
        ItemAxis((name, *(names[place] for place in order))),
        ("cosine", "lead", "hinge"),
        np.vstack([[own, np.nan, np.nan], values]).astype(np.float64),
        ("own", *(("ahead" if cosine > own else "within" if own - cosine < margin else "") for cosine in cosines)),
        tuple(pictures[place] for place in (0, *(order + 1))) if pictures else (),
    )


def _said(key: str, own: float, others: np.ndarray, names, margin: float) -> list[Remark]:
    """Say how far the hardest is, what it costs, and how the sum of all hinges would divide."""
    costs, hardest = hinges(own, others, margin), int(np.argmax(others))
    facts = {"n": len(others), "best": names[hardest], "lead": float(own - others[hardest]), "margin": margin}
    facts |= {"loss": float(costs[hardest]), "sum": float(costs.sum()), "count": int((costs > 0).sum())}
    facts["ahead"] = int((others > own).sum())
    verdict = "ahead" if facts["ahead"] else "within" if facts["loss"] > 0 else "clear"
    said = [Remark(f"{key}_{verdict}", facts, is_warning=verdict == "ahead")]
    if facts["count"] > 1:
        said.append(Remark(f"{key}_sum", facts | {"share": facts["loss"] / facts["sum"]}))
    return said


def _spread(own: float, texts: np.ndarray, margin: float) -> Plot:
    """Count the texts by their cosine, from the lowest to whatever is marked."""
    low, high = min(texts.min(), own - margin), max(texts.max(), own)
    edges = np.linspace(low - 1e-6, high + 1e-6, INTERVALS + 1).astype(np.float64)
    counts = np.histogram(texts, edges)[0].astype(np.float64)
    return Plot("spread", Bins(edges), "cosine", "texts_counted", counts, (("edge", own - margin), ("own", own)))
