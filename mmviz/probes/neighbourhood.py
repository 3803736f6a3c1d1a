"""Who lay near a pair before a distance was learned, and who does after: target neighbours, impostors, margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.findings import Bins, Finding, Plot, Ranking
from mmviz.probes.given import Given
from mmviz.probes.thumbnails import small
from mmviz.registry import probes
from mmviz.trusts import Remark

#: Others that are listed, intervals of a plot, and pixels of a listed picture's longer side.
LISTED, INTERVALS, SIDE = 8, 32, 96
WHEN = ("before", "after")


@dataclass(frozen=True)
class Near:
    """How far a pair's two halves are from one another, and from others.

    Attributes:
        own: "before" and "after" -> squared distance of the two halves.
        others: the same of N others from the half they are held against, each (N,).
        alike: cosine of each other's plain features with those of the half it could replace, shape (N,).
    """

    own: dict[str, float]
    others: dict[str, np.ndarray]
    alike: np.ndarray


@probes.add(
    "neighbourhood",
    title="Neighbourhood",
    needs={"learned"},
    takes={"texts", "pictures"},
    paper="Weinberger and Saul, 2009, JMLR 10, 207-244",
)
def neighbourhood(checkpoint: Any, given: Given, *, margin: float = 1.0) -> Finding:
    """Set who lies near a pair before a distance was learned beside who does after it.

    A picture's target neighbour is its own text, a text's its own picture; an impostor is another one whose squared distance is less
    than the target's and the margin. Learning pulls targets in, and pushes impostors out: each is charged margin + target - its own.

    Args:
        checkpoint: leased; of a family that learned a distance.
        given: a pair, other texts and other pictures; where there are no pictures, texts alone are listed.
        margin: in squared distances; training has 1, which sets the scale of all of them. Above 0, up to 100.

    Returns:
        For texts, and for pictures, the nearest ones before and after, the target first and marked, each with its squared distances, how
        alike its plain features are to the target's (cosine) and what it is charged; the distances of all texts in bins, before and after.

    Raises:
        MethodError: `margin` is out of its range, or there is no other text.
    """
    if not 0 < margin <= 100:
        raise MethodError(f"margin={margin} is no squared distance; give a number above 0, up to 100.")
    if not given.texts:
        raise MethodError("There is no other text to hold the pair against; give a bank of texts.")
    learned = checkpoint.family.functions["learned"]
    texts = {name: made.vectors for name, made in learned(checkpoint, [given.text, *given.texts]).items()}
    pictures = {name: made.vectors for name, made in learned(checkpoint, [given.image, *given.pictures]).items()}
    sides = [("texts", _near(pictures, texts), [text.text for text in (given.text, *given.texts)], ())]
    if given.pictures:
        shown = [small(picture.pixels, SIDE) for picture in (given.image, *given.pictures)]
        sides.append(("pictures", _near(texts, pictures), [picture.name for picture in (given.image, *given.pictures)], shown))
    remarks = [_moved(sides[0][1]), *(_said(key, near, names, margin) for key, near, names, _ in sides)]
    if np.ptp(sides[0][1].others["before"]) < margin:
        remarks.append(Remark("begun_flat", {"margin": margin, "apart": float(np.ptp(sides[0][1].others["before"]))}))
    rankings = tuple(
        _ranked(f"{key}_{when}", when, near, names, margin, shown) for key, near, names, shown in sides for when in WHEN
    )
    plots = tuple(_spread(when, sides[0][1], margin) for when in WHEN)
    return Finding(checkpoint.name, checkpoint.id, (*remarks, Remark("true_too")), rankings, plots)


def charged(own: float, others: np.ndarray, margin: float) -> np.ndarray:
    """Charge every other one that is nearer than the target and the margin, shape of `others` (equation 12)."""
    return np.maximum(0.0, margin + own - others)


def _near(anchors: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> Near:
    """Measure from the pair's half on one side, the first row of `anchors`, to the rows on the other, the target first."""
    apart = {when: np.square(others[when].astype(np.float64) - anchors[when][0]).sum(1) for when in WHEN}
    plain = others["plain"].astype(np.float64)
    return Near({w: float(apart[w][0]) for w in WHEN}, {w: apart[w][1:] for w in WHEN}, plain[1:] @ plain[0])


def _ranked(key: str, when: str, near: Near, names: Sequence[str], margin: float, pictures: Sequence[np.ndarray]) -> Ranking:
    """Set the target first and the nearest others after it, by the distances of one time with those of the other beside."""
    other_time = WHEN[1 - WHEN.index(when)]
    order = np.argsort(near.others[when], kind="stable")[:LISTED]
    costs = charged(near.own[when], near.others[when], margin)
    rows = [[near.others[when][place], near.others[other_time][place], near.alike[place], costs[place]] for place in order]
    own = [near.own[when], near.own[other_time], np.nan, np.nan]
    marks = ("nearer" if near.others[when][place] < near.own[when] else "impostor" if costs[place] > 0 else "" for place in order)
    return Ranking(
        key,
        ItemAxis((names[0], *(names[place + 1] for place in order))),
        (f"distance_{when}", f"distance_{other_time}", "alike", "charged"),
        np.array([own, *rows], np.float64),
        ("neighbour", *marks),
        tuple(pictures[place] for place in (0, *(order + 1))) if len(pictures) else (),
    )


def _said(key: str, near: Near, names: Sequence[str], margin: float) -> Remark:
    """Count who lay nearer than the target, and who within the margin, before and after."""
    facts: dict[str, Any] = {"n": len(near.others["after"]), "margin": margin}
    for when in WHEN:
        costs = charged(near.own[when], near.others[when], margin)
        facts[f"nearer_{when}"] = int((near.others[when] < near.own[when]).sum())
        facts[f"impostors_{when}"] = int((costs > 0).sum())
        facts[f"push_{when}"] = float(costs.sum())
    facts["best"] = names[int(near.others["after"].argmin()) + 1]
    return Remark(f"neighbours_{key}", facts, is_warning=facts["nearer_after"] > 0)


def _moved(near: Near) -> Remark:
    """Say how far the pair's halves are, and others on average, before and after."""
    means = {f"others_{when}": float(near.others[when].mean()) for when in WHEN}
    return Remark("pulled", {f"own_{when}": near.own[when] for when in WHEN} | means)


def _spread(when: str, near: Near, margin: float) -> Plot:
    """Count the texts by their squared distance from the picture, from the nearest to whatever is marked."""
    own, others = near.own[when], near.others[when]
    edges = np.linspace(min(others.min(), own) - 1e-6, max(others.max(), own + margin) + 1e-6, INTERVALS + 1).astype(np.float64)
    counts = np.histogram(others, edges)[0].astype(np.float64)
    lines = (("neighbour", own), ("margin_ends", own + margin))
    return Plot(f"distances_{when}", Bins(edges), f"distance_{when}", "texts_counted", counts, lines)
