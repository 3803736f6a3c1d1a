from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients

from mmviz.errors import MethodError
from mmviz.methods.integrated_gradients import BASELINES, integrated_gradients
from tests import synthetic
from tests.methods.raw import UNIT, Both


@pytest.mark.parametrize(("baseline", "steps"), [("black", 16), ("mean", 5), ("blur", 19)])
def test_it_gives_what_captum_gives(both: Both, baseline, steps):
    by_pixel = IntegratedGradients(both.score).attribute(
        both.pixels(), both.pixels(baseline), n_steps=steps, method="gausslegendre"
    )
    by_patch = torch.nn.functional.avg_pool2d(by_pixel.sum(1), both.side, divisor_override=1).reshape(-1)
    found = integrated_gradients(both.encoding, baseline=baseline, steps=steps)
    assert found.scores[UNIT] == pytest.approx(by_patch.detach().numpy(), abs=1e-5)
    assert found.scores[UNIT].std() > 1e-3


@pytest.mark.parametrize("baseline", BASELINES)
def test_a_row_and_its_error_make_what_the_score_gains(both: Both, baseline):
    found = integrated_gradients(both.encoding, baseline=baseline, steps=64)
    with torch.no_grad():
        gained = (both.score(both.pixels()) - both.score(both.pixels(baseline))).item()
    assert found.scores[UNIT].sum() + found.left_out[UNIT] == pytest.approx(gained, abs=1e-5)
    assert abs(found.left_out[UNIT]) < 0.02


def test_more_steps_bring_the_error_down(both: Both):
    few, many = (np.abs(integrated_gradients(both.encoding, steps=steps).left_out).max() for steps in (1, 48))
    assert many < few / 4


def test_a_score_that_is_a_square_is_met_by_one_step_exactly(rng):
    # the made-up picture's scores are polynomials of the second degree along the way: their gradients are lines
    one, two = (integrated_gradients(synthetic.encoding(rng), steps=steps) for steps in (1, 2))
    for found in (one, two):
        assert np.abs(found.left_out).max() < 1e-5
    assert found.scale == "effect"


def test_a_patch_like_the_baseline_has_no_share(rng):
    encoding = synthetic.encoding(rng)
    plain = encoding.picture(None)
    plain[:, : synthetic.SIDE, : synthetic.SIDE] = -1  # black there
    changed = replace(encoding, picture=lambda fill: plain if fill is None else encoding.picture(fill))
    assert not integrated_gradients(changed).scores[:, 0].any()


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"baseline": "grey"}, 'baseline="grey"; choose from black, mean, blur'),
        ({"steps": 0}, "steps=0; choose a whole number from 1 to 256"),
        ({"steps": 257}, "steps=257; choose"),
    ],
)
def test_an_option_outside_its_range_is_refused(rng, options, rule):
    with pytest.raises(MethodError, match=rule):
        integrated_gradients(synthetic.encoding(rng), **options)
