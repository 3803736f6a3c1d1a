import re
from dataclasses import replace

import numpy as np
import pytest

from mmviz.axes import PatchAxis, TextAxis
from mmviz.errors import MethodError
from mmviz.methods.relevance import relevance
from mmviz.results import AttentionBlock, Encoding, Score
from tests import synthetic
from tests.methods.raw import Both


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
        attention_grad=lambda unit, layers=None: [grads[unit] if layers is None else grads[unit][list(layers)]],
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
    with pytest.raises(MethodError, match="attention that reaches patches, synthetic has: self-query"):
        relevance(replace(encoding, attention=encoding.attention[:1]))


def across_by_hand() -> Encoding:
    """One encoding of a word and two patches: a layer of the picture's tower, two of the text's that look at it.

    `raising` below are gradient times attention; one head has twice that, the other lowers the score.
    """
    raising = {
        "self-key": [[[0, 1, 1], [0, 2, 0], [0, 0, 0]]],
        "self-query": [[[0, 1], [0, 0]], [[0, 0], [1, 0]]],
        "cross": [[[0, 1, 0], [0, 0, 2]], [[1, 0, 0], [0, 0, 1]]],
    }
    word, patches, none = np.array([(1, 2), (1, 2)]), np.array([1, 2]), np.zeros(2, bool)
    places = {"self-key": (None, patches), "self-query": (word, None), "cross": (word, patches)}
    blocks, grads = [], []
    for kind, found in raising.items():
        weights = np.full((len(found), 2, *np.shape(found)[1:]), 0.5)
        special = np.arange(weights.shape[-1]) == 0
        blocks.append(AttentionBlock(kind, weights, tuple(range(len(found))), *places[kind], 0, special))
        grads.append(np.stack([4.0 * np.array(found), -np.ones_like(found)], axis=1))
    return replace(
        by_hand(WEIGHTS, [GRAD]),
        query=TextAxis("a", np.array([(0, 1), (0, 1)]), ("word", "text"), none, none),
        target="pair",
        attention=tuple(blocks),
        attention_grad=lambda unit: list(grads),
    )


def test_walking_across_gives_what_the_papers_equations_give_by_hand():
    # picture: R = I + [0 1 1], [0 2 0], [0 0 0]; eqs. 8, 9: its rows to sum 1: Rii = [1 .5 .5], [0 2 0], [0 0 1]
    # text, layer 1: Rtt = [1 1], [0 1], which eqs. 8, 9 leave as it is; eq. 10:
    #     Rti = [1 0], [1 1] . [0 1 0], [0 0 2] . Rii = [1 0], [1 1] . [0 2 0], [0 0 2] = [0 2 0], [0 2 2]
    # layer 2: eq. 6: Rtt = [1 1], [0 1] + [0 0], [1 1] = [1 1], [1 2]; eq. 7: Rti = [0 2 0], [0 4 2]
    #     eqs. 8, 9: [1 1], [.5 1.5]; eq. 10: Rti + [1 .5], [1 1.5] . [1 .5 .5], [0 0 1] = [1 2.5 1], [1 4.5 4]
    found = relevance(across_by_hand())
    assert found.scores == pytest.approx(np.array([[4.5, 4], [2.5, 1]]), abs=1e-6)


def test_walking_across_one_layer_walks_that_one_in_every_tower_that_has_it():
    # layer 2 alone, the picture's tower has none: Rtt = [1 0], [1 1] stays under eqs. 8, 9; eq. 10: [1 1], [0 1] . [1 0 0], [0 0 1]
    encoding = across_by_hand()
    assert relevance(encoding, layers=(1,)).scores == pytest.approx(np.array([[0, 1], [0, 1]]), abs=1e-6)
    # layer 1 of all: [0 2 0], [0 2 2] from above
    assert relevance(encoding, layers=(0,)).scores == pytest.approx(np.array([[2, 2], [2, 0]]), abs=1e-6)


def test_in_one_stream_a_units_row_is_the_mean_of_its_tokens_and_the_texts_that_of_the_readout(rng):
    encoding = synthetic.encoding(rng, "stream")
    block, grad = encoding.attention[0], encoding.attention_grad(0)[0]
    table = np.eye(len(block.special))
    for layer in range(synthetic.LAYERS):
        table = table + np.maximum(grad[layer] * block.weights[layer], 0).mean(0) @ table
    expected = [table[1:3].mean(0), table[3], table[4:7].mean(0), table[0]]
    assert relevance(encoding).scores == pytest.approx(np.array(expected)[:, synthetic.TOKENS + 1 :], rel=1e-4)


def test_a_unit_that_is_not_read_has_no_relevance():
    encoding = across_by_hand()
    blocks = [
        replace(b, query_positions=np.array([(0, 0), (1, 2)])) if b.query_positions is not None else b for b in encoding.attention
    ]
    assert relevance(replace(encoding, attention=tuple(blocks))).scores[0].tolist() == [0, 0]


def test_a_block_on_which_the_score_does_not_depend_passes_nothing_on():
    encoding = across_by_hand()
    own, _, cross = encoding.attention_grad(0)
    found = relevance(replace(encoding, attention_grad=lambda unit: [own, None, cross]))
    # without the text's own attention Rtt stays I: [0 2 0], [0 0 2] + [1 .5 .5], [0 0 1]
    assert found.scores == pytest.approx(np.array([[0, 3], [2.5, 0.5]]), abs=1e-6)


def raising(encoding: Encoding, unit: int) -> dict[str, list[np.ndarray]]:
    """Equation 5 for every layer of every block, in double precision."""
    pairs = zip(encoding.attention, encoding.attention_grad(unit), strict=True)
    return {b.kind: [(g * b.weights.astype(float)).clip(0).mean(1)[i] for i in range(len(b.layers))] for b, g in pairs}


def normed(table: np.ndarray) -> np.ndarray:
    """Equations 8 and 9."""
    added = table - np.eye(len(table))
    return added / np.where(added.sum(1) > 0, added.sum(1), 1)[:, None] + np.eye(len(table))


def whole_tables(encoding: Encoding, unit: int) -> np.ndarray:
    """What every position owes to every other, kept as whole tables that are updated from the lowest layer up."""
    found = raising(encoding, unit)
    if "cross" not in found:
        (layers,) = found.values()
        table = np.eye(len(layers[0]))
        for layer in layers:
            table = table + layer @ table  # eq. 6
        return table
    seen, own = np.eye(len(found["self-key"][0])), np.eye(len(found["self-query"][0]))
    across = np.zeros((len(own), len(seen)))
    for layer in found["self-key"]:
        seen = seen + layer @ seen
    for layer, cross in zip(found["self-query"], found["cross"], strict=True):
        own, across = own + layer @ own, across + layer @ across  # eqs. 6, 7
        across = across + normed(own).T @ cross @ normed(seen)  # eq. 10
    return across


def test_it_gives_what_whole_tables_updated_upwards_give(both: Both):
    encoding = both.encoding
    block = encoding.attention[-1]
    found = relevance(encoding).scores
    for unit in range(len(encoding.query)):
        table = whole_tables(encoding, unit)
        own = slice(block.readout, block.readout + 1)
        if block.query_positions is not None and unit < len(encoding.query) - 1:
            own = slice(*block.query_positions[unit])
        expected = table[own].mean(0)[block.key_positions]
        assert found[unit] == pytest.approx(expected, abs=1e-5, rel=1e-5)
    assert found.std() > 1e-4


def test_gradients_of_many_units_at_once_are_those_of_each_by_itself(both: Both, monkeypatch):
    from mmviz.models import passes
    from tests import subjects

    together = [both.encoding.attention_grad(unit) for unit in range(len(both.encoding.query))]
    monkeypatch.setattr(passes, "HELD", 1)
    with subjects.on_lease(both.encoding.model) as case:
        alone = case.encode(both.encoding.query.text, subjects.picture(90, 50, seed=6), both.encoding.target)
        for unit, gradients in enumerate(together):
            for one, other in zip(gradients, alone.attention_grad(unit), strict=True):
                np.testing.assert_allclose(one, other, atol=1e-6, rtol=1e-5)
