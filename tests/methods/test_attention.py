from dataclasses import replace

import numpy as np
import pytest

from mmviz.errors import MethodError
from mmviz.methods.attention import attention
from mmviz.methods.gradcam import gradcam
from tests import synthetic
from tests.methods.test_relevance import GRAD, WEIGHTS, by_hand


def test_the_mean_of_all_layers_and_heads_is_the_readouts_row():
    found = attention(by_hand(WEIGHTS, [GRAD]))
    assert found.scores == pytest.approx(np.array([[(0.25 + 1.0 + 0.4 + 0.2) / 4, (0.25 + 0.0 + 0.2 + 0.6) / 4]]), abs=1e-6)


def test_one_layer_and_head_are_shown_alone_and_the_readouts_own_share_is_left_out():
    found = attention(by_hand(WEIGHTS, [GRAD]), layers=(1,), heads=(1,))
    assert found.scores == pytest.approx(np.array([[0.2, 0.6]]), abs=1e-6)
    assert found.left_out == pytest.approx([0.2], abs=1e-6)


def test_a_row_and_what_is_left_out_make_one(rng):
    found = attention(synthetic.encoding(rng))
    assert found.scores.sum(1) + found.left_out == pytest.approx(np.ones(synthetic.Q), abs=1e-6)


def test_in_a_dual_encoder_every_word_has_the_same_row(rng):
    assert np.ptp(attention(synthetic.encoding(rng)).scores, axis=0).max() == 0


def test_gradcam_takes_what_raises_the_score_in_the_last_layer():
    # second layer, readout's row: first head 2 [.4 .2], second head 1 [.2 .6]; their mean
    found = gradcam(by_hand(WEIGHTS, [GRAD, -GRAD]))
    assert found.scores == pytest.approx(np.array([[0.5, 0.5], [0, 0]]), abs=1e-6)


def test_gradcam_of_the_first_layer_leaves_out_the_head_that_lowers_the_score():
    found = gradcam(by_hand(WEIGHTS, [GRAD]), layers=(0,))
    assert found.scores == pytest.approx(np.array([[0.25, 0.25]]), abs=1e-6)


@pytest.mark.parametrize("run", [attention, gradcam])
def test_a_layer_the_model_does_not_have_is_refused(run):
    with pytest.raises(MethodError, match=r"has no layers=\(7,\); choose from \[0, 1\]"):
        run(by_hand(WEIGHTS, [GRAD]), layers=(7,))


def test_a_head_the_model_does_not_have_is_refused():
    with pytest.raises(MethodError, match=r"attention has no heads=\(2,\); choose from \[0, 1\]"):
        attention(by_hand(WEIGHTS, [GRAD]), heads=(2,))


@pytest.mark.parametrize("kind", ["pair", "stream"])
def test_a_units_row_is_the_mean_of_its_tokens_and_the_texts_that_of_the_readout(rng, kind):
    encoding = synthetic.encoding(rng, kind)
    block = encoding.attention[-1]
    mean = block.weights.mean((0, 1))
    expected = np.stack([mean[1:3].mean(0), mean[3], mean[4:7].mean(0), mean[block.readout]])[:, block.key_positions]
    assert attention(encoding).scores == pytest.approx(expected, abs=1e-6)


def test_of_a_unit_the_model_does_not_read_everything_is_left_out(rng):
    encoding = synthetic.encoding(rng, "pair")
    unread = replace(encoding.attention[-1], query_positions=np.array([(1, 3), (0, 0), (4, 7), (1, 7)]))
    found = attention(replace(encoding, attention=(*encoding.attention[:-1], unread)))
    assert not found.scores[1].any()
    assert found.left_out[1] == 1


@pytest.mark.parametrize(("kind", "layers"), [("pair", synthetic.TEXT_LAYERS), ("stream", synthetic.LAYERS)])
def test_gradcam_takes_all_layers_in_which_words_look_at_patches(rng, kind, layers):
    encoding = synthetic.encoding(rng, kind)
    everything = gradcam(encoding, layers=tuple(range(layers)))
    assert np.array_equal(gradcam(encoding).scores, everything.scores)
    assert not np.array_equal(gradcam(encoding, layers=(layers - 1,)).scores, everything.scores)
