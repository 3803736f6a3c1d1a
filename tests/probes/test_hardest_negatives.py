"""Hardest negatives of vectors planted so that every cosine is known."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.objectives.triplet import triplet
from mmviz.probes.given import Given
from mmviz.probes.hardest_negatives import LISTED, hardest_negatives
from mmviz.results import Embeds
from mmviz.samples import Image, Text


def at(cosine: float) -> list[float]:
    """A vector of length 1 at a cosine from the first axis."""
    return [cosine, (1 - cosine**2) ** 0.5]


def planted(own: float, pictures: dict[str, float]):
    """A checkpoint whose text lies on the first axis, its picture at `own` from it, others where they are told to be.

    The bank's texts are measured from the picture, other pictures from the text.
    """

    def embed(checkpoint, samples):
        places = {"own text": [1.0, 0.0], "own.png": at(own), **{name: at(cosine) for name, cosine in pictures.items()}}
        names = [getattr(sample, "text", None) or sample.name for sample in samples]
        return Embeds(np.array([places[name] for name in names]), ItemAxis(tuple(names)), "text", "planted@1")

    return SimpleNamespace(name="planted", id="planted@1", family=SimpleNamespace(functions={"embed": embed}))


def bank(own: float, cosines: dict[str, float]) -> Embeds:
    """Texts at given cosines from the picture, which is at `own` from the text."""
    image = np.array(at(own))
    across = np.array([-image[1], image[0]])
    rows = [cosine * image + (1 - cosine**2) ** 0.5 * across for cosine in cosines.values()]
    return Embeds(np.array(rows), ItemAxis(tuple(cosines)), "text", "planted@1")


def look(own: float, texts: dict[str, float], pictures: dict[str, float] | None = None, **options):
    pictures = pictures or {}
    images = tuple(Image(np.full((200, 100, 3), place, np.uint8), name) for place, name in enumerate(pictures))
    given = Given(Text("own text"), Image(np.zeros((4, 5, 3), np.uint8), "own.png"), bank(own, texts), images)
    return hardest_negatives(planted(own, pictures), given, **options)


def rows(ranking) -> dict[str, list[float]]:
    return dict(zip(ranking.items.names, ranking.values.tolist(), strict=True))


TEXTS = {"far": -0.3, "near": 0.5, "nearer": 0.7, "ahead": 0.8}


def test_wrong_texts_stand_in_order_with_lead_and_hinge():
    (ranking,) = look(0.6, {name: TEXTS[name] for name in ("far", "near")}).rankings
    assert ranking.items.names == ("own text", "near", "far")
    assert rows(ranking)["near"] == pytest.approx([0.5, 0.1, 0.1])  # .2 - (.6 - .5)
    assert rows(ranking)["far"] == pytest.approx([-0.3, 0.9, 0.0])
    assert rows(ranking)["own text"] == pytest.approx([0.6, np.nan, np.nan], nan_ok=True)
    assert ranking.marks == ("own", "within", "")


def test_what_scores_higher_is_said_to_with_its_number_and_cost():
    found = look(0.6, TEXTS, margin=0.3)
    verdict, sums = found.remarks[:2]
    assert (verdict.key, verdict.is_warning) == ("texts_ahead", True)
    assert verdict.numbers["best"] == "ahead"
    assert verdict.numbers["ahead"] == 2
    assert verdict.numbers["loss"] == pytest.approx(0.5)  # .3 - (.6 - .8)
    assert sums.numbers["sum"] == pytest.approx(0.5 + 0.4 + 0.2)  # ahead, nearer, near
    assert sums.numbers["count"] == 3
    assert found.rankings[0].marks == ("own", "ahead", "ahead", "within", "")


@pytest.mark.parametrize(("own", "key"), [(0.9, "texts_clear"), (0.6, "texts_within"), (0.4, "texts_ahead")])
def test_the_verdict_is_that_of_the_hardest(own, key):
    assert look(own, {"near": 0.5, "far": 0.0}).remarks[0].key == key


def test_pictures_are_held_against_the_text_and_shown_small():
    found = look(0.6, {"near": 0.5}, {"b.png": 0.1, "c.png": 0.55})
    texts, pictures = found.rankings
    assert pictures.items.names == ("own.png", "c.png", "b.png")
    assert rows(pictures)["c.png"] == pytest.approx([0.55, 0.05, 0.15])
    assert [picture.shape for picture in pictures.pictures] == [(4, 5, 3), (67, 34, 3), (67, 34, 3)]
    assert [picture[0, 0, 0] for picture in pictures.pictures] == [0, 1, 0]
    assert texts.pictures == ()


def test_the_hinges_are_those_of_the_objective():
    text, picture = 0.5, 0.55
    found = look(0.6, {"near": text, "far": -0.9}, {"b.png": -0.9, "c.png": picture})
    losses = [remark.numbers["loss"] for remark in found.remarks if "loss" in remark.numbers and "share" not in remark.numbers]
    scores = torch.full((3, 3), -1.0)  # the pair first; the other pairs are so good that they cost nothing
    scores[0, 0], scores[1, 0], scores[0, 1], scores[1, 1], scores[2, 2] = 0.6, text, picture, 1.0, 1.0
    assert sum(losses) == pytest.approx(3 * triplet(scores).item(), abs=1e-6)


def test_only_the_strongest_are_listed_and_all_are_counted():
    texts = {str(i): i / 100 - 0.5 for i in range(60)}
    found = look(0.6, texts)
    assert len(found.rankings[0].items) == 1 + LISTED
    assert found.remarks[0].numbers["n"] == 60
    (plot,) = found.plots
    assert plot.values.sum() == 60
    assert dict(plot.lines) == pytest.approx({"edge": 0.4, "own": 0.6})
    assert plot.axis.edges[0] < -0.5 < 0.6 < plot.axis.edges[-1]


@pytest.mark.parametrize("margin", [-0.1, 2.1])
def test_a_margin_no_cosines_differ_by_is_refused(margin):
    with pytest.raises(MethodError, match="from 0 to 2"):
        look(0.6, TEXTS, margin=margin)
