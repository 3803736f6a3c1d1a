"""The neighbourhood of points planted on a line, so that every distance is known by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.probes.given import Given
from mmviz.probes.neighbourhood import INTERVALS, LISTED, neighbourhood
from mmviz.results import Embeds
from mmviz.samples import Image, Text

#: Where everything lies on a line before and after; the picture of the pair is at 0.
TEXTS = {"own text": (2.0, 0.5), "red cat": (1.0, 0.0), "a dog": (3.0, 1.0), "far away": (9.0, 4.0)}
PICTURES = {"own.png": (0.0, 0.0), "near.png": (2.0, 0.4), "other.png": (-4.0, 3.0)}
#: Words of the texts, of four.
WORDS = {"own text": [1, 0, 0, 0], "red cat": [0.6, 0.8, 0, 0], "a dog": [0, 0, 1, 0], "far away": [0, 0, 0, 1]}


def planted(places: dict[str, tuple[float, float]], plain: dict[str, list[float]]):
    def learned(checkpoint, samples):
        names = tuple(getattr(sample, "text", None) or sample.name for sample in samples)
        rows = np.array([places[name] for name in names], np.float32)
        bags = np.array([plain.get(name, [1, 0, 0, 0]) for name in names], np.float32)
        made = {"plain": bags, "before": rows[:, :1], "after": rows[:, 1:]}
        return {key: Embeds(value, ItemAxis(names), "text", "planted@1", unit_norm=False) for key, value in made.items()}

    return SimpleNamespace(name="planted", id="planted@1", family=SimpleNamespace(functions={"learned": learned}))


def look(texts=("red cat", "a dog", "far away"), pictures=("near.png", "other.png"), more=(), **options):
    images = tuple(Image(np.full((200, 100, 3), place, np.uint8), name) for place, name in enumerate(pictures))
    places = TEXTS | PICTURES | dict(more)
    given = Given(
        Text("own text"), Image(np.zeros((4, 5, 3), np.uint8), "own.png"), texts=tuple(map(Text, texts)), pictures=images
    )
    return neighbourhood(planted(places, WORDS), given, **options)


def rows(found, key: str) -> dict[str, list[float]]:
    ranking = next(ranking for ranking in found.rankings if ranking.key == key)
    return dict(zip(ranking.items.names, ranking.values.round(4).tolist(), strict=True))


def marks(found, key: str) -> dict[str, str]:
    ranking = next(ranking for ranking in found.rankings if ranking.key == key)
    return dict(zip(ranking.items.names, ranking.marks, strict=True))


def test_texts_stand_by_their_squared_distance_from_the_picture_before_and_after():
    found = look()
    before, after = rows(found, "texts_before"), rows(found, "texts_after")
    assert list(before) == ["own text", "red cat", "a dog", "far away"]
    assert [row[:2] for row in before.values()] == [[4, 0.25], [1, 0], [9, 1], [81, 16]]
    assert list(after) == ["own text", "red cat", "a dog", "far away"]
    assert [row[:2] for row in after.values()] == [[0.25, 4], [0, 1], [1, 9], [16, 81]]
    assert [row[2] for row in list(after.values())[1:]] == [pytest.approx(0.6), 0, 0]
    # charged: margin + target - own distance, nothing below 0
    assert [row[3] for row in list(before.values())[1:]] == [4, 0, 0]
    assert [row[3] for row in list(after.values())[1:]] == [1.25, 0.25, 0]


def test_impostors_are_those_within_the_margin_and_those_nearer_than_the_target_are_told_apart():
    found = look()
    assert marks(found, "texts_after") == {"own text": "neighbour", "red cat": "nearer", "a dog": "impostor", "far away": ""}
    assert marks(look(margin=20.0), "texts_after")["far away"] == "impostor"
    assert marks(look(margin=0.1), "texts_after")["a dog"] == ""


def test_pictures_are_held_against_the_text_and_shown():
    found = look()
    after = rows(found, "pictures_after")
    assert {name: row[0] for name, row in after.items()} == {"own.png": 0.25, "near.png": pytest.approx(0.01), "other.png": 6.25}
    assert rows(found, "pictures_before")["near.png"][0] == 0
    ranking = next(ranking for ranking in found.rankings if ranking.key == "pictures_after")
    assert [picture.max() for picture in ranking.pictures] == [0, 0, 1]
    assert all(max(picture.shape) <= 100 for picture in ranking.pictures)


def test_what_learning_did_is_said_in_numbers():
    found = look()
    said = {remark.key: remark for remark in found.remarks}
    texts = said["neighbours_texts"].numbers
    assert (texts["nearer_before"], texts["nearer_after"], texts["impostors_before"], texts["impostors_after"]) == (1, 1, 1, 2)
    assert (texts["push_before"], texts["push_after"], texts["best"], texts["n"]) == (4, 1.5, "red cat", 3)
    assert said["neighbours_texts"].is_warning
    assert said["pulled"].numbers["own_after"] == 0.25
    assert said["pulled"].numbers["others_before"] == pytest.approx((1 + 9 + 81) / 3)
    assert "begun_flat" not in said
    flat = look(more={"red cat": (2.1, 0), "a dog": (2.2, 1), "far away": (2.0, 4)}.items())
    assert "begun_flat" in {remark.key for remark in flat.remarks}


def test_every_text_is_counted_and_the_margin_is_marked():
    names = [f"text {n}" for n in range(30)]
    more = {name: (1.0 + n, 2.0 + n) for n, name in enumerate(names)}
    found = look(texts=names, more=more.items())
    assert [len(ranking.items) for ranking in found.rankings[:2]] == [LISTED + 1] * 2
    for plot, own in zip(found.plots, (4.0, 0.25), strict=True):
        assert plot.values.sum() == 30
        assert len(plot.values) == INTERVALS
        assert dict(plot.lines) == {"neighbour": own, "margin_ends": own + 1}


def test_without_other_pictures_texts_alone_are_listed():
    assert {ranking.key for ranking in look(pictures=()).rankings} == {"texts_before", "texts_after"}


@pytest.mark.parametrize(
    ("given", "said"), [({"margin": 0.0}, "above 0"), ({"margin": 101.0}, "up to 100"), ({"texts": ()}, "no other text")]
)
def test_what_cannot_be_measured_is_refused_with_a_sentence(given, said):
    with pytest.raises(MethodError, match=said) as found:
        look(**given)
    assert str(found.value).endswith(".")
