"""Two answers against each other, drawn: one scale for both, one that diverges for what changed."""

import base64
import json

import numpy as np
import pytest

from mmviz.pipeline.versus import opposed
from mmviz.views.versus import LEVELS, NOTHING, versus
from tests.test_versus import answer, patches, planted


def numbers(packed, low, high, shape):
    levels = np.frombuffer(base64.b64decode(packed), "<u2").astype(float).reshape(shape)
    return np.where(levels == NOTHING, np.nan, low + levels / LEVELS * (high - low))


def test_both_maps_have_one_scale_and_the_change_one_around_zero():
    key = patches(3, 5)
    found = opposed(answer(planted(key, 2, value=3.0), key), answer(planted(key, 4, value=1.0), key), "text")
    drawn = versus(found)
    json.dumps(drawn, allow_nan=False)
    assert (drawn["low"], drawn["high"], drawn["signed"]) == (0, 3, False)
    one, other = (numbers(side["maps"], drawn["low"], drawn["high"], (4, 15)) for side in drawn["sides"])
    np.testing.assert_allclose([one[0, 2], other[0, 4]], [3, 1], atol=1e-4)
    change = drawn["change"]
    assert (change["low"], change["high"]) == (-3, 3)
    np.testing.assert_allclose(numbers(change["maps"], -3, 3, (4, 15)), found.change, atol=1e-4)
    assert (len(change["x"]), len(change["y"])) == (6, 4)


def test_where_there_is_no_change_no_number_is_drawn():
    key = patches(3, 5)
    found = opposed(answer(planted(key, 2), key), answer(planted(key, 4), key, text="a dog"), "text")
    change = versus(found)["change"]
    drawn = numbers(change["maps"], change["low"], change["high"], found.change.shape)
    assert np.array_equal(np.isnan(drawn), np.isnan(found.change))


@pytest.mark.parametrize(("scale", "raw"), [("relevance", True), ("cosine", False)])
def test_values_on_another_measure_come_with_their_own(scale, raw):
    key, finer = patches(3, 5), patches(4, 7)
    one, other = (
        answer(planted(key, 2, value=7.0), key, scale=scale),
        answer(planted(finer, 4), finer, scale=scale, checkpoint="y"),
    )
    side = versus(opposed(one, other, "model"))["sides"][0]
    assert (side["raw"] is not None) == raw
    if raw:
        assert numbers(side["raw"]["maps"], 0, side["raw"]["high"], (4, 15))[0, 2] == pytest.approx(7, rel=1e-4)


def test_pictures_of_another_shape_have_no_change_to_draw():
    one, other = answer([], patches(3, 5)), answer([], patches(3, 5, size=(90, 300)))
    assert versus(opposed(one, other, "picture"))["change"] is None
