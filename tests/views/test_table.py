import base64
from dataclasses import replace

import numpy as np
import pytest

from mmviz.axes import PatchAxis
from mmviz.views.overlay import overlay
from mmviz.views.table import table
from tests import synthetic


@pytest.fixture
def alignment(rng):
    return synthetic.encoding(rng).alignment(rng.uniform(0, 7, (synthetic.Q, synthetic.K)), scale="relevance")


def test_rows_are_units_columns_are_patches_and_values_come_out_as_they_went_in(alignment):
    drawn = table(alignment)
    levels = np.frombuffer(base64.b64decode(drawn["maps"]), "<u2").reshape(synthetic.Q, synthetic.K)
    assert drawn["low"] + levels / 65535 * (drawn["high"] - drawn["low"]) == pytest.approx(alignment.scores, abs=2e-4)
    assert [unit["text"] for unit in drawn["units"]] == alignment.query.labels
    assert drawn["grid"][0] * drawn["grid"][1] == synthetic.K


def test_a_value_has_the_colour_it_has_on_the_picture(alignment):
    drawn, map_ = table(alignment), overlay(alignment)
    assert [drawn[name] for name in ("colours", "low", "high", "maps")] == [
        map_[name] for name in ("colours", "low", "high", "maps")
    ]


def test_all_cells_share_one_scale_so_that_a_weak_row_stays_weak(alignment):
    scores = alignment.scores.copy()
    scores[0] /= 100
    drawn = table(replace(alignment, scores=scores))
    levels = np.frombuffer(base64.b64decode(drawn["maps"]), "<u2").reshape(synthetic.Q, -1)
    assert levels[0].max() < levels[1].max() / 10


def test_the_pictures_rows_stay_apart(alignment):
    boxes = np.zeros((synthetic.K, 4))
    wide = replace(alignment, key=PatchAxis(boxes, (1, synthetic.K), (0, 0, 1, 1), (60, 10)))
    assert table(wide)["grid"] == [1, synthetic.K]
