from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import Occlusion

from mmviz.errors import MethodError
from mmviz.methods.occlusion import FILLS, occlusion
from tests import synthetic
from tests.methods.raw import UNIT, Both


@pytest.mark.parametrize(("side", "step", "fill"), [(1, 1, "mean"), (2, 1, "black"), (2, 2, "blur"), (3, 2, "background")])
def test_it_gives_what_captum_gives(both: Both, side, step, fill):
    window, stride = (3, side * both.side, side * both.side), (3, step * both.side, step * both.side)
    with torch.no_grad():
        expected = Occlusion(both.score).attribute(
            both.pixels(), sliding_window_shapes=window, strides=stride, baselines=both.pixels(fill)
        )
    by_patch = expected[0, 0, :: both.side, :: both.side].reshape(-1)  # the same at every pixel of a patch
    found = occlusion(both.encoding, fill=fill, side=side, step=step)
    assert found.scores[UNIT] == pytest.approx(by_patch.numpy(), abs=1e-5)
    assert found.scores[UNIT].std() > 1e-3


def test_a_patch_on_which_the_score_rests_has_what_hiding_it_takes_away(rng):
    # the score is the share of patches 1 and 4 that stay, 0.6 and 0.3
    encoding = replace(
        synthetic.encoding(rng), score_masked=lambda unit, kept, fill: (kept @ [0, 0.6, 0, 0, 0.3, 0]).astype(np.float32)
    )
    assert occlusion(encoding).scores == pytest.approx(np.tile([0, 0.6, 0, 0, 0.3, 0], (synthetic.Q, 1)), abs=1e-6)
    # blocks of the two by three grid, two patches a side: (0, 1, 3, 4) takes 0.9, (1, 2, 4, 5) too; the middle lies in both
    assert occlusion(encoding, side=2).scores[0] == pytest.approx([0.9] * 6, abs=1e-6)
    # from two patches on the block is cut at the edge: (0, 1, 3, 4) and (2, 5)
    assert occlusion(encoding, side=2, step=2).scores[0] == pytest.approx([0.9, 0.9, 0, 0.9, 0.9, 0], abs=1e-6)


def test_hiding_what_lowers_the_score_has_an_effect_below_zero(rng):
    encoding = replace(synthetic.encoding(rng), score_masked=lambda unit, kept, fill: -kept[:, 2].astype(np.float32))
    found = occlusion(encoding)
    assert found.scores[:, 2].tolist() == [-1] * synthetic.Q
    assert found.scale == "effect"


@pytest.mark.parametrize("fill", FILLS)
def test_every_fill_hides_differently(rng, fill):
    encoding = synthetic.encoding(rng)
    others = [occlusion(encoding, fill=other).scores for other in FILLS if other != fill]
    assert not any(np.allclose(occlusion(encoding, fill=fill).scores, other) for other in others)


def test_under_pair_every_row_is_the_pairs(rng):
    assert np.ptp(occlusion(synthetic.encoding(rng, "pair")).scores, axis=0).max() == 0


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"fill": "grey"}, 'fill="grey"; choose from mean, blur, background, black'),
        ({"side": 0}, "side=0; choose a whole number from 1 to 2"),
        ({"side": 3}, "side=3; choose a whole number from 1 to 2"),
        ({"side": 2, "step": 3}, "step=3; choose a whole number from 1 to side, which is 2"),
        ({"step": 0}, "step=0; choose"),
    ],
)
def test_an_option_outside_its_range_is_refused(rng, options, rule):
    with pytest.raises(MethodError, match=rule):
        occlusion(synthetic.encoding(rng), **options)
