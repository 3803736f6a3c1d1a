import re
from dataclasses import replace

import numpy as np
import pytest

from mmviz.axes import PatchAxis, TextAxis
from mmviz.errors import MethodError
from mmviz.methods.relevance import relevance
from mmviz.results import AttentionBlock, Encoding, Score
from tests import synthetic


def by_hand(weights: np.ndarray, grads: list[np.ndarray]) -> Encoding:
    """One encoding of two patches behind a readout, with the given attention and gradients."""
    n_units = len(grads)
    block = AttentionBlock("self-key", weights, tuple(range(len(weights))), None, np.array([1, 2]), 0, np.array([1, 0, 0], bool))
    spans, none = np.zeros((n_units, 2), int), np.zeros(n_units, bool)
    return Encoding(
        query=TextAxis("a", spans, ("text",) * n_units, none, none),
        key=PatchAxis(np.zeros((2, 4)), (1, 2), (0, 0, 1, 1), (20, 10)),
        target="prompt",
        model="by-hand",
        checkpoint="by-hand@0",
        score=Score(0.0, "cosine"),
        attention=(block,),
        attention_grad=lambda unit: [grads[unit]],
    )


#: Two layers, two heads, three positions (readout, patch 1, patch 2).
WEIGHTS = np.array(
    [
        [[[0.5, 0.25, 0.25], [0.0, 0.5, 0.5], [0.2, 0.0, 0.8]], [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]]],
        [[[0.4, 0.4, 0.2], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]], [[0.2, 0.2, 0.6], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]],
    ]
)
#: Every gradient is 2 in the first head and -1 in the second, but in the second layer's second head it is 1.
GRAD = np.stack([np.stack([np.full((3, 3), 2.0), np.full((3, 3), -1.0)]), np.stack([np.full((3, 3), 2.0), np.full((3, 3), 1.0)])])


def test_two_layers_give_what_the_papers_equations_give_by_hand():
    # Layer 1: the second head is clipped away; mean over 2 heads of 2 A is A of the first head:
    #     [.5 .25 .25], [0 .5 .5], [.2 0 .8];  R1 = I + that = [1.5 .25 .25], [0 1.5 .5], [.2 0 1.8]
    # Layer 2, row of the readout: (2 [.4 .4 .2] + [.2 .2 .6]) / 2 = [.5 .5 .5]
    # Row of R2 = row of R1 + [.5 .5 .5] R1 = [1.5 .25 .25] + .5 [1.7 1.75 2.55] = [2.35 1.125 1.525]
    found = relevance(by_hand(WEIGHTS, [GRAD]))
    assert found.scores == pytest.approx(np.array([[1.125, 1.525]]), abs=1e-6)


def test_a_chosen_layer_alone_is_walked():
    # the upper layer alone: row of the readout of I + [.5 .5 .5]
    found = relevance(by_hand(WEIGHTS, [GRAD]), layers=(1,))
    assert found.scores == pytest.approx(np.array([[0.5, 0.5]]), abs=1e-6)


def test_the_order_in_which_layers_are_asked_for_does_not_matter():
    encoding = by_hand(WEIGHTS, [GRAD])
    assert np.array_equal(relevance(encoding, layers=(1, 0)).scores, relevance(encoding).scores)


def test_layers_are_found_by_their_number_when_only_some_were_kept():
    encoding = by_hand(WEIGHTS, [GRAD])
    upper = replace(encoding.attention[0], weights=WEIGHTS[1:], layers=(1,))
    kept = replace(encoding, attention=(upper,), attention_grad=lambda unit: [GRAD[1:]])
    assert relevance(kept, layers=(1,)).scores == pytest.approx(np.array([[0.5, 0.5]]), abs=1e-6)


def test_each_unit_has_its_own_gradient():
    found = relevance(by_hand(WEIGHTS, [GRAD, np.zeros_like(GRAD), 0.5 * GRAD]))
    assert found.scores[1].tolist() == [0, 0]
    # half the gradient: R1 readout row [1.25 .125 .125], others [0 1.25 .25], [.1 0 1.4]; plus .25 of their column sums
    assert found.scores[2] == pytest.approx([0.125 + 0.25 * 1.375, 0.125 + 0.25 * 1.775], abs=1e-6)


def test_attention_that_lowers_the_score_brings_nothing():
    assert relevance(by_hand(WEIGHTS, [-np.ones_like(GRAD)])).scores.tolist() == [[0, 0]]


@pytest.mark.parametrize("target", ["prompt", "context"])
def test_a_sum_over_all_paths_through_the_layers_gives_the_same(rng, target):
    """The product of (I + A) over layers is a sum over every way to pass or skip each layer."""
    encoding = synthetic.encoding(rng, target)
    block = encoding.attention[-1]
    expected = np.zeros((synthetic.Q, synthetic.K))
    for unit in range(synthetic.Q):
        raising = np.maximum(encoding.attention_grad(unit)[-1] * block.weights, 0).sum(1) / synthetic.HEADS
        for taken in np.ndindex(*(2,) * synthetic.LAYERS):
            path = np.eye(synthetic.K + 1)[0]
            for layer in reversed(range(synthetic.LAYERS)):
                path = np.einsum("i,ij->j", path, raising[layer]) if taken[layer] else path
            expected[unit] += path[1:]
    assert relevance(encoding).scores == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("layers", [(3,), (0, -1), ()])
def test_a_layer_that_is_not_there_is_refused_with_those_that_are(rng, layers):
    with pytest.raises(MethodError, match=re.escape(f"layers={layers}; choose from [0, 1, 2]")):
        relevance(synthetic.encoding(rng), layers=layers)


def test_attention_without_a_picture_tower_is_refused(rng):
    encoding = synthetic.encoding(rng, "context")
    with pytest.raises(MethodError, match="one self-key block, synthetic has: self-query"):
        relevance(replace(encoding, attention=encoding.attention[:1]))
