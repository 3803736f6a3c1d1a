import base64
from dataclasses import replace

import numpy as np
import pytest

from mmviz.views import theme
from mmviz.views.overlay import overlay
from tests import synthetic


def _values(drawn: dict) -> np.ndarray:
    levels = np.frombuffer(base64.b64decode(drawn["maps"]), "<u2").reshape(-1, drawn["grid"][0] * drawn["grid"][1])
    return drawn["low"] + levels / 65535 * (drawn["high"] - drawn["low"])


@pytest.fixture
def alignment(rng):
    return synthetic.encoding(rng).alignment(rng.uniform(0, 7, (synthetic.Q, synthetic.K)), scale="relevance")


@pytest.mark.parametrize("scale", ["relevance", "effect"])
def test_values_come_out_of_the_payload_as_they_went_in(alignment, scale):
    signed = replace(alignment, scores=alignment.scores - (3 if scale == "effect" else 0), scale=scale)
    assert _values(overlay(signed)) == pytest.approx(signed.scores, abs=2e-4)


def test_all_units_share_one_scale_so_that_a_weak_one_stays_pale(alignment):
    scores = alignment.scores.copy()
    scores[0] /= 100
    values = _values(overlay(replace(alignment, scores=scores)))
    assert values[0].max() < values[1].max() / 10


def test_signed_scales_are_centred_on_zero_and_others_begin_there():
    values = np.array([[-0.2, 0.5]])
    assert theme.limits("cosine", values) == (-0.5, 0.5)
    assert theme.limits("mass", np.abs(values)) == (0, 0.5)
    assert theme.limits("mass", np.zeros((2, 3))) == (0, 1)


@pytest.mark.parametrize(("scale", "nothing"), [("relevance", 0), ("cosine", 128)])
def test_where_nothing_is_said_the_picture_shows_through(scale, nothing):
    alpha = theme.colours(scale)[:, 3].astype(int)
    assert alpha[nothing] < 12
    assert alpha[-1] > 230
    assert (np.diff(alpha[nothing:]) >= 0).all()


def test_the_strongest_patches_are_named_the_nearest_first(alignment):
    scores = np.zeros_like(alignment.scores)
    scores[1, [4, 2, 0]] = 3, 2, 1
    assert [k for k, _ in overlay(replace(alignment, scores=scores))["units"][1]["strongest"]] == [4, 2, 0]


def test_of_costs_the_lowest_are_the_strongest(alignment):
    scores = np.full_like(alignment.scores, 9)
    scores[1, [4, 2, 0]] = 1, 2, 3
    cost = replace(alignment, scores=scores, scale="cost")
    assert [k for k, _ in overlay(cost)["units"][1]["strongest"]] == [4, 2, 0]


def test_units_keep_their_marks_and_scores(alignment):
    units = overlay(alignment)["units"]
    assert [u["cut"] for u in units] == [False, False, True, True]
    assert [u["unknown"] for u in units] == [True, False, False, True]
    assert [u["score"] for u in units] == pytest.approx(alignment.unit_scores, abs=1e-5)
