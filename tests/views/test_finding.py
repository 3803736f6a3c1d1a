"""What a probe found, drawn: bars, points and pictures of known places."""

import base64

import numpy as np
import pytest

from mmviz.axes import ItemAxis, RegionAxis
from mmviz.findings import Bins, Boxed, Finding, Plot, Ranking, Shown
from mmviz.trusts import Remark
from mmviz.views.finding import finding


def drawn(**shown):
    return finding(Finding("m", "m@1", (Remark("k"),), **shown))


def pixels(picture) -> np.ndarray:
    rgba = np.frombuffer(base64.b64decode(picture["rgba"]), np.uint8)
    return rgba.reshape(picture["height"], picture["width"], 4)


def test_bars_begin_at_zero_to_either_side():
    values = np.array([[0.6, 1.0], [-0.2, np.nan], [0.2, 2.0]])
    ranking = Ranking("k", ItemAxis(("a", "b", "c")), ("cosine", "lead"), values, ("own", "", ""))
    (made,) = drawn(rankings=(ranking,))["rankings"]
    assert [row["bar"] for row in made["rows"]] == [pytest.approx(bar) for bar in ([0.25, 0.75], [0, 0.25], [0.25, 0.25])]
    assert [row["values"][1] for row in made["rows"]] == [1.0, None, 2.0]
    assert [row["mark"] for row in made["rows"]] == ["own", "", ""]


def test_bins_stand_side_by_side_and_lines_where_they_are():
    plot = Plot("k", Bins(np.array([-1.0, 0.0, 3.0])), "x", "y", np.array([2.0, 4.0]), (("own", 1.0),))
    (made,) = drawn(plots=(plot,))["plots"]
    assert made["points"] == [pytest.approx([0, 0.25, 0.5]), pytest.approx([0.25, 0.75, 1])]
    assert made["lines"] == [{"key": "own", "value": 1.0, "upright": True, "at": pytest.approx(0.5)}]
    assert made["ticks"] == {"x": [-1.0, 3.0], "y": [0.0, 4.0]}
    assert made["names"] is None


def test_items_are_points_over_zero_and_lines_lie_at_their_height():
    plot = Plot("k", ItemAxis(("a", "b")), "x", "y", np.array([-0.5, 0.5]), (("end", 1.5),))
    (made,) = drawn(plots=(plot,))["plots"]
    assert made["points"] == [pytest.approx([0.25, 0]), pytest.approx([0.75, 0.5])]
    assert made["lines"][0]["at"] == pytest.approx(1)
    assert made["names"] == ["a", "b"]


def test_pictures_are_made_small_and_keep_their_colours(rng):
    large = np.zeros((300, 200, 3), np.uint8)
    large[:, 100:] = (10, 20, 30)
    (made,) = drawn(pictures=(Shown("k", large),))["pictures"]
    found = pixels(made["picture"])
    assert found.shape == (100, 67, 4)
    assert found[5, 0].tolist() == [0, 0, 0, 255]
    assert found[5, 60].tolist() == [10, 20, 30, 255]


def test_long_items_are_cut(rng):
    ranking = Ranking("k", ItemAxis(("a" * 1000,)), ("cosine",), np.zeros((1, 1)))
    (row,) = drawn(rankings=(ranking,))["rankings"][0]["rows"]
    assert len(row["item"]) == 240
    assert row["bar"] == [0, 0]


def test_boxes_are_sent_with_their_picture_which_stays_larger():
    axis = RegionAxis(
        np.array([[0, 0, 0.5, 0.25], [0.25, 0, 1, 1]]), ("cat", "dog"), np.array([0.9, 0.25]), "object", (0, 0, 1, 1), (9, 9)
    )
    shown = Shown("k", np.zeros((300, 200, 3), np.uint8), Boxed(axis, 0.3, "found"))
    made, plain = drawn(pictures=(shown, Shown("k", np.zeros((3, 2, 3), np.uint8))))["pictures"]
    boxes = [[0, 0, 0.5, 0.25], [0.25, 0, 1, 1]]
    assert made["boxed"] == {"boxes": boxes, "scores": [0.9, 0.25], "names": ["cat", "dog"], "threshold": 0.3, "ranking": "found"}
    assert pixels(made["picture"]).shape == (150, 100, 4)
    assert plain["boxed"] is None
