from dataclasses import replace

import numpy as np
import ot
import pytest
from scipy.optimize import linear_sum_assignment

from mmviz.axes import PatchAxis, TextAxis
from mmviz.errors import MethodError
from mmviz.methods.transport import transport
from mmviz.results import Encoding, Score
from tests import synthetic
from tests.methods.raw import Both


def by_cosines(cosines: np.ndarray, spans: list[tuple[int, int]], kinds: tuple[str, ...]) -> Encoding:
    """An encoding whose units and patches have the given cosines: patches stand along the axes of their space."""
    n_units, n_patches = cosines.shape
    rest = np.sqrt(np.maximum(1 - (cosines**2).sum(1), 0)) * cosines.any(1)  # a unit that is not read stays zero
    none = np.zeros(n_units, bool)
    return Encoding(
        query=TextAxis("ab", np.array(spans), kinds, none, none),
        key=PatchAxis(np.zeros((n_patches, 4)), (1, n_patches), (0, 0, 1, 1), (20, 10)),
        target="pair",
        model="by-hand",
        checkpoint="by-hand@0",
        score=Score(0.0, "logit"),
        query_embeds=np.hstack([cosines, rest[:, None]]).astype(np.float32),
        key_embeds=np.hstack([np.eye(n_patches), np.zeros((n_patches, 1))]).astype(np.float32),
    )


WORDS = ([(0, 1), (1, 2), (0, 2)], ("word", "word", "text"))


def test_two_units_and_two_patches_give_what_the_entropy_says_by_hand():
    # costs [0 1], [1 0], smoothing 1: by symmetry each row is half of softmax(0, -1) = half of (.7311, .2689)
    found = transport(by_cosines(np.array([[1, 0], [0, 1], [0.6, 0.8]]), *WORDS), smoothing=1)
    assert found.scores[:2] == pytest.approx(np.array([[0.36553, 0.13447], [0.13447, 0.36553]]), abs=1e-5)


def test_a_unit_gives_way_where_another_has_more_to_lose():
    # both like the first patch best; costs [.3 .4], [.2 1]: .4 + .2 is cheaper than .3 + 1
    found = transport(by_cosines(np.array([[0.7, 0.6], [0.8, 0], [0, 0.5]]), *WORDS))
    # ties of potentials are settled slowly: after 1,000 rounds 1e-4 of the mass is still where it began
    assert found.scores[:2] == pytest.approx(np.array([[0, 0.5], [0.5, 0]]), abs=1e-4)


def test_little_smoothing_gives_the_best_assignment(rng):
    cosines = rng.uniform(-0.3, 0.3, (9, 8))
    spans = [(i, i + 1) for i in range(8)]
    found = transport(by_cosines(cosines, [*spans, (0, 8)], ("word",) * 8 + ("text",)), smoothing=0.002)
    rows, columns = linear_sum_assignment(-cosines[:8])
    expected = np.zeros((8, 8))
    expected[rows, columns] = 1 / 8
    assert found.scores[:8] == pytest.approx(expected, abs=5e-3)


def test_every_unit_gives_and_every_patch_takes_the_same(rng):
    found = transport(synthetic.encoding(rng, "pair"), smoothing=0.1)
    assert found.scores[:3].sum(1) == pytest.approx(np.full(3, 1 / 3), abs=1e-5)
    assert found.scores[:3].sum(0) == pytest.approx(np.full(synthetic.K, 1 / synthetic.K), abs=1e-5)


def test_phrases_and_the_whole_text_are_the_sums_of_their_words():
    cosines = np.array([[0.9, 0, 0.1], [0, 0.9, 0.1], [0.2, 0.1, 0.7], [0.5, 0.5, 0], [0, 0, 0.5]])
    encoding = by_cosines(cosines, [(0, 1), (2, 3), (4, 5), (0, 3), (0, 5)], ("word", "word", "word", "phrase", "text"))
    scores = transport(encoding).scores
    assert scores[3] == pytest.approx(scores[0] + scores[1], abs=1e-6)
    assert scores[4] == pytest.approx(np.full(3, 1 / 3), abs=1e-5)


def test_a_unit_that_is_not_read_gives_nothing_and_leaves_the_others_all_patches():
    scores = transport(by_cosines(np.array([[0.9, 0.2], [0, 0], [0.5, 0.5]]), *WORDS)).scores
    assert scores[0] == pytest.approx([0.5, 0.5], abs=1e-6)
    assert not scores[1].any()


def test_a_text_of_which_nothing_is_read_is_refused():
    with pytest.raises(MethodError, match="by-hand reads none"):
        transport(by_cosines(np.zeros((3, 2)), *WORDS))


def test_tokens_that_share_a_span_are_two_units():
    """Bytes of one character, as a byte-level tokenizer cuts it."""
    encoding = by_cosines(np.array([[0.6, 0.6], [0.6, 0.6], [0.6, 0.6]]), [(0, 1), (0, 1), (0, 2)], ("token", "token", "text"))
    assert transport(encoding).scores[:2] == pytest.approx(np.full((2, 2), 0.25), abs=1e-6)


@pytest.mark.parametrize("smoothing", [0, -1, 0.0005, 11, float("nan")])
def test_a_smoothing_outside_its_range_is_refused(rng, smoothing):
    with pytest.raises(MethodError, match=r"choose a number from 0\.001 to 10"):
        transport(synthetic.encoding(rng), smoothing=smoothing)


def test_it_is_a_mass_of_which_nothing_is_left_out(rng):
    found = transport(replace(synthetic.encoding(rng), target="context"))
    assert (found.scale, found.left_out.any()) == ("mass", False)


def masses(encoding: Encoding) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What words give and patches take, and what moving it costs: all words but the last row."""
    cost = 1 - encoding.query_embeds[:-1].astype(np.float64) @ encoding.key_embeds.T
    return np.full(len(cost), 1 / len(cost)), np.full(cost.shape[1], 1 / cost.shape[1]), cost


@pytest.mark.parametrize("smoothing", [0.05, 0.3])
def test_sinkhorn_gives_what_pots_plain_sinkhorn_gives(both: Both, smoothing):
    expected = ot.sinkhorn(*masses(both.encoding), smoothing, method="sinkhorn", numItermax=20000, stopThr=1e-12)
    found = transport(both.encoding, smoothing=smoothing)
    assert found.scores[:-1] == pytest.approx(expected, abs=1e-5)


def test_sinkhorn_and_ipot_come_near_the_exact_plan_of_pot(both: Both):
    rows, columns, cost = masses(both.encoding)
    least = (ot.emd(rows, columns, cost) * cost).sum()
    for solver in ("sinkhorn", "ipot"):
        plan = transport(both.encoding, smoothing=0.002, solver=solver).scores[:-1]
        assert (plan * cost).sum() == pytest.approx(least, abs=0.005)


def test_ipot_takes_exactly_its_share_of_each_word_and_brings_nearly_that_of_each_patch(both: Both):
    found = transport(both.encoding, solver="ipot").scores[:-1]
    rows, columns, _ = masses(both.encoding)
    assert found.sum(1) == pytest.approx(rows, abs=1e-6)
    assert found.sum(0) == pytest.approx(columns, abs=5e-3)


def test_ipot_takes_the_steps_of_uniter(rng):
    # UNITER's 50 steps of 0.5, patches down and words across as there
    encoding = synthetic.encoding(rng, "pair")
    rows, columns, cost = masses(encoding)
    kernel, plan, sigma = np.exp(-cost.T / 0.5), np.ones(cost.T.shape), np.full((len(rows), 1), 1 / len(rows))
    for _ in range(50):
        near = kernel * plan
        delta = 1 / (len(columns) * (near @ sigma))
        sigma = 1 / (len(rows) * (near.T @ delta))
        plan = delta * near * sigma.T
    found = transport(encoding, solver="ipot").scores[:-1]
    assert found == pytest.approx(plan.T, abs=1e-6)


def test_a_solver_there_is_not_is_refused(rng):
    with pytest.raises(MethodError, match='solver="exact"; choose from sinkhorn, ipot'):
        transport(synthetic.encoding(rng), solver="exact")
