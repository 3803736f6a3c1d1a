from dataclasses import replace
from functools import reduce

import numpy as np
import pytest

from mmviz.errors import MethodError
from mmviz.methods.rollout import rollout
from mmviz.results import Encoding
from tests import synthetic
from tests.methods.raw import Both
from tests.methods.test_relevance import GRAD, WEIGHTS, across_by_hand, by_hand


def product(weights: np.ndarray) -> np.ndarray:
    """Multiply what equation 1 makes of every layer, the last layer on the left (equation 2)."""
    halves = [(layer.mean(0).astype(np.float64) + np.eye(layer.shape[-1])) / 2 for layer in weights]
    return reduce(lambda below, above: above @ below, halves)


def across(encoding: Encoding) -> np.ndarray:
    """Run the text's layers upwards on shares: of every text position and of every position of the picture's input."""
    blocks = {block.kind: block for block in encoding.attention}
    n_text, n_seen = blocks["cross"].weights.shape[2:]
    seen = product(blocks["self-key"].weights)
    text, picture = np.eye(n_text), np.zeros((n_text, n_seen))
    for own, cross in zip(blocks["self-query"].weights, blocks["cross"].weights, strict=True):
        mixed = (own.mean(0) + np.eye(n_text)) / 2
        text, picture = mixed @ text, mixed @ picture
        text, picture = text / 2, picture / 2 + cross.mean(0) @ seen / 2
    assert (text.sum(1) + picture.sum(1)) == pytest.approx(np.ones(n_text), abs=1e-5)
    return picture


def rows(encoding: Encoding, table: np.ndarray) -> np.ndarray:
    """Average each unit's tokens' rows; the whole text's, and all of a block without tokens, are the readout's."""
    block = encoding.attention[-1]
    if block.query_positions is None:
        return np.tile(table[block.readout, block.key_positions], (len(encoding.query), 1))
    own = [table[start:end].mean(0) for start, end in block.query_positions[:-1]]
    return np.stack([*own, table[block.readout]])[:, block.key_positions]


def test_it_gives_what_whole_matrices_multiplied_upwards_give(both: Both):
    encoding = both.encoding
    table = across(encoding) if both.kind == "cross" else product(encoding.attention[-1].weights)
    found = rollout(encoding)
    assert found.scores == pytest.approx(rows(encoding, table), abs=1e-5)
    assert found.scores.sum(1) + found.left_out == pytest.approx(np.ones(len(encoding.query)), abs=1e-5)
    assert found.scale == "mass"


def test_two_layers_give_what_the_papers_equations_give_by_hand():
    # heads averaged: layer 1 [.25 .625 .125], [.5 .25 .25], [.1 .25 .65]; layer 2's readout [.3 .3 .4]
    # halves: layer 2's readout [.65 .15 .2]; layer 1 [.625 .3125 .0625], [.25 .625 .125], [.05 .125 .825]
    # product: patch 1 .65 .3125 + .15 .625 + .2 .125 = .321875; patch 2 .65 .0625 + .15 .125 + .2 .825 = .224375
    found = rollout(by_hand(WEIGHTS, [GRAD]))
    assert found.scores == pytest.approx(np.array([[0.321875, 0.224375]]), abs=1e-6)
    assert found.left_out == pytest.approx([1 - 0.321875 - 0.224375], abs=1e-6)


def test_one_layer_alone_gives_half_of_its_attention():
    # the word's own position: half of .5 from each patch's mean attention 1/2; the picture's tower has no second layer
    found = rollout(across_by_hand(), layers=(1,))
    assert found.scores == pytest.approx(np.full((2, 2), 0.25), abs=1e-6)


def test_in_a_dual_encoder_every_word_has_the_same_row(rng):
    assert np.ptp(rollout(synthetic.encoding(rng)).scores, axis=0).max() == 0


def test_of_a_unit_the_model_does_not_read_everything_is_left_out(rng):
    encoding = synthetic.encoding(rng, "stream")
    unread = replace(encoding.attention[0], query_positions=np.array([(1, 3), (0, 0), (4, 7), (1, 7)]))
    found = rollout(replace(encoding, attention=(unread,)))
    assert not found.scores[1].any()
    assert found.left_out[1] == 1


def test_a_layer_the_model_does_not_have_is_refused():
    with pytest.raises(MethodError, match=r"rollout has no layers=\(7,\); choose from \[0, 1\]"):
        rollout(by_hand(WEIGHTS, [GRAD]), layers=(7,))
