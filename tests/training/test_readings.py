"""What vectors must tell: the truth of it, and a loss that pulls it out of them."""

import numpy as np
import pytest
import torch

from mmviz.training.material import Item
from mmviz.training.patches import COLOUR_NAMES, vocabulary
from mmviz.training.readings import COLOUR, COUNT, PART, SIZE, THERE, Readings, _denied, facts
from mmviz.worlds.captions import Caption, Mention, Plan
from tests.worlds.scenery import cat_and_cars, cat_left_of_dog

NUMBERS = vocabulary()[0]
CAT, CAR, OWL = NUMBERS["cat"], NUMBERS["car"], NUMBERS["owl"]
BLUE, RED = COLOUR_NAMES.index("blue"), COLOUR_NAMES.index("red")


def item(plan: Plan) -> Item:
    return Item(cat_and_cars(), plan, Caption("", (), "en"), 0)


def test_a_picture_shows_everything_of_what_is_there_and_that_nothing_else_is():
    seen = facts([item(Plan("list", (Mention(0),)))]).seen[0]
    assert seen[CAT, [THERE, COUNT, SIZE]].tolist() == [1, 0.25, -1]
    assert seen[CAR, [THERE, COUNT, SIZE]].tolist() == [1, 0.5, 0]
    assert np.flatnonzero(seen[CAT, COLOUR]).tolist() == [BLUE]
    assert np.flatnonzero(seen[CAT, PART]).tolist() == [RED]
    assert np.isnan(seen[CAR, PART]).all()
    assert seen[OWL, THERE] == 0
    assert np.isnan(seen[OWL, 1:]).all()


def test_a_caption_tells_only_what_it_says():
    told = facts([item(Plan("negation", (Mention(0, "the", colour=True), Mention(1)), absent="owl"))]).told[0]
    assert told[CAT, THERE] == told[CAR, THERE] == 1
    assert told[OWL, THERE] == 0
    assert np.isnan(told[NUMBERS["dog"]]).all()
    assert np.flatnonzero(told[CAT, COLOUR]).tolist() == [BLUE]
    assert np.isnan(told[CAR, COLOUR]).all()
    assert np.isnan(told[CAT, COUNT])  # "the cat" may be one of several
    assert told[CAR, COUNT] == 0.5  # "two cars"
    assert np.isnan(told[CAT, SIZE])


def test_the_loss_pulls_out_of_vectors_what_is_known():
    torch.manual_seed(0)
    readings = Readings(16)
    texts, images = (torch.nn.functional.normalize(torch.randn(1, 16), dim=-1) for _ in range(2))
    known = facts([item(Plan("list", (Mention(0, colour=True),)))])
    where = torch.zeros(1, readings.things, 3)
    where[0, 7] = torch.tensor([0.9, 0.1, 1.0])
    batch = {"seen": torch.from_numpy(known.seen), "told": torch.from_numpy(known.told), "places": where}
    batch["relations"] = torch.tensor([[3.0, 5.0, -1.0, 0.0]])
    opt = torch.optim.Adam(readings.parameters(), 0.02)
    first = None
    for _ in range(200):
        opt.zero_grad()
        loss, _ = readings.loss(texts, images, batch)
        first = loss.item() if first is None else first
        loss.backward()
        opt.step()
    rows = readings.place(texts * 4).view(readings.things, 2)
    seen = readings.place(images * 4).view(readings.things, 2) + 0.5
    assert loss.item() < first / 4
    assert (rows[3] - rows[5]).tolist() == pytest.approx([-0.4, 0], abs=0.05)
    assert seen[7].tolist() == pytest.approx([0.9, 0.1], abs=0.05)


def test_what_is_not_known_costs_nothing():
    readings = Readings(16)
    vectors = torch.randn(2, 16)
    nothing = torch.full((2, readings.things, 25), float("nan"))
    batch = {"seen": nothing, "told": nothing, "places": torch.zeros(2, readings.things, 3), "relations": torch.zeros(2, 4)}
    batch["places"][0, 1] = torch.tensor([0.5, 0.5, 1.0])
    loss, figures = readings.loss(vectors, vectors, batch)
    assert loss.item() == pytest.approx(4 * figures["where"], abs=1e-6)


def test_a_relation_is_no_count_of_the_things_it_is_between():
    told = facts(
        [Item(cat_left_of_dog(), Plan("relation", (Mention(0, "the"), Mention(1, "the"))), Caption("", (), "en"), 0)]
    ).told[0]
    assert np.isnan(told[CAT, COUNT])
    assert told[CAT, THERE] == 1


def test_a_text_that_denies_a_thing_must_say_which():
    truth = torch.full((2, 4), torch.nan)
    truth[0, 2], truth[1, 1] = 0, 1
    which, any_ = torch.zeros(2, 4), torch.full((2, 4), -5.0)
    which[0, 2] = -5
    assert _denied(which, truth) < 0.1
    assert _denied(any_, truth) == pytest.approx(np.log(4), abs=1e-5)
    assert _denied(any_[1:], truth[1:]) == 0
