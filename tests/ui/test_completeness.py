"""What integrated gradients fail to add up to is said on the page."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz.ui import completeness, pair, reading
from mmviz.ui.reading import Asked


def show(photo, model="clip-mini", method="integrated-gradients", language="en", text="a red cat"):
    found, overlay, _, _, side = pair.show_pair(Asked(photo, text, model, method, (), (), None, language), "cpu")
    return found, json.loads(overlay), json.loads(side)


def planted(found, row):
    """Put shares that add up to 0.25 and an error of -0.15 into one row, and less into the others."""
    scores, errors = np.zeros_like(found.alignment.scores), np.full(len(found.alignment.query), 0.001, np.float32)
    scores[row, 3], errors[row] = 0.25, -0.15
    return replace(found.alignment, scores=scores, left_out=errors)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "“cat”: the shares add up to 0.25, the gain is 0.10, the error −0.15."),
        ("zh", "“cat”：份额合计 0.25，增量 0.10，误差 −0.15。"),
    ],
)
def test_the_worst_unit_is_named_with_its_sum_its_gain_and_its_error(photo, language, said):
    (block,) = completeness.blocks(planted(show(photo)[0], 2), language, reading.number)
    assert said in block["text"]


def test_the_side_and_the_list_of_the_picture_have_it(photo):
    found, overlay, side = show(photo)
    assert "Error of completeness" in [block["title"] for block in side["blocks"]]
    assert any("from a black one to this picture" in block["text"] for block in side["blocks"])
    assert overlay["missing"]["title"] == "error of completeness"
    np.testing.assert_allclose(overlay["missing"]["values"], found.alignment.left_out, rtol=1e-4)


def test_where_text_and_picture_are_read_together_it_is_the_pairs(photo):
    (block,) = [block for block in show(photo, "vilt-mini")[2]["blocks"] if "completeness" in block["title"]]
    assert "the gain of the pair" in block["text"]


@pytest.mark.parametrize("method", ["attention", "occlusion"])
def test_what_other_methods_leave_out_is_no_error(photo, method):
    _, overlay, side = show(photo, method=method)
    assert overlay["missing"] is None
    assert "Error of completeness" not in [block["title"] for block in side["blocks"]]


def test_without_the_average_map_there_is_none(photo):
    less = reading.averaged(show(photo)[0], True)
    assert completeness.column(less.alignment, "en") is None
