"""Matchers find planted matchings, each in the orders it is made for, and say what they cannot take."""

import itertools
import json

import numpy as np
import pytest

from mmviz.errors import MethodError
from mmviz.matchings import LINKED, Constraints, Order
from mmviz.methods import chain, deciding
from mmviz.registry import Entry, matchers

#: Which clause each of 10 shots shows: in order with repeats, and with the last clauses told first.
ONWARD, BLOCK = [0, 0, 1, 2, 2, 3, -1, 4, 5, 5], [3, 3, 4, 5, 5, 0, -1, 1, 2, 2]
each_matcher = pytest.mark.parametrize("entry", list(matchers), ids=lambda e: e.name)
NAMES = ("hungarian", "hmm", "monotone", "rrwm", "transport")


def planted(clause_of: list[int], rng: np.random.Generator, height: float = 0.7, columns: int = 6) -> np.ndarray:
    similarity = rng.normal(0, 0.12, (len(clause_of), columns))
    for shot, clause in enumerate(clause_of):
        if clause >= 0:
            similarity[shot, clause] += height
    return similarity.astype(np.float32)


def clauses(found) -> list[int]:
    decided = dict(pair[:2] for pair in found.edges)
    return [decided.get(shot, -1) for shot in range(len(found.p))]


@pytest.mark.parametrize("name", NAMES)
def test_a_plain_matching_in_order_is_found(name, rng):
    assert clauses(matchers[name].run(planted(ONWARD, rng))) == ONWARD


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"monotone"}))
def test_a_matching_out_of_order_is_found_by_those_that_may_jump(name, rng):
    assert clauses(matchers[name].run(planted(BLOCK, rng))) == BLOCK


@pytest.mark.parametrize("name", NAMES)
def test_a_chronological_text_never_goes_back(name, rng):
    found = clauses(matchers[name].run(planted(BLOCK, rng), LINKED, Constraints(chronological=True)))
    kept = [clause for clause in found if clause >= 0]
    assert kept == sorted(kept)
    assert len(kept) >= 4


@pytest.mark.parametrize("name", ["hungarian", "transport"])
def test_a_clause_has_room_for_so_many_shots(name, rng):
    similarity = planted([0, 0, 0, 1, 2, 3, 4, 5], rng, height=1.2)
    assert clauses(matchers[name].run(similarity, threshold=0.5))[:3] == [0, 0, 0]
    assert clauses(matchers["hungarian"].run(similarity, capacity=1, threshold=0.5)).count(0) == 1


def test_the_chain_carries_a_clause_over_a_shot_that_shows_little(rng):
    similarity = planted([0, 1, 1, 1, 2], rng)
    similarity[2] = 0.05 * np.arange(6)[::-1]
    assert matchers["hmm"].run(similarity).p[2, 1] > 2 * matchers["hungarian"].run(similarity).p[2, 1]


def test_a_fixed_pair_changes_what_its_neighbours_show(rng):
    similarity = planted([0, 1, 2, 3, 4], rng, height=0.15)
    similarity[2] = 0
    free, fixed = (matchers["hmm"].run(similarity, LINKED, Constraints(fixed=pairs)) for pairs in ((), ((2, 5),)))
    assert fixed.p[3, 5] > free.p[3, 5]


def test_a_cut_link_weakens_the_step_over_it(rng):
    odds = np.zeros((2, 2))
    odds[0, 0] = 20
    for shots, clause_links, weaker in (([0.0], [1.0], 0), ([1.0], [0.0], 1)):
        cut = chain.posterior(odds, chain.TIGHT, np.array(shots), np.array(clause_links))[0][1]
        whole = chain.posterior(odds, chain.TIGHT, np.ones(1), np.ones(1))[0][1]
        assert cut[weaker] < whole[weaker]


def test_posteriors_of_the_chain_are_those_of_every_way_it_may_go(rng):
    odds, c = rng.normal(size=(3, 2)), chain.SWAPPED
    p, null, evidence = chain.posterior(odds, c, np.array([1.0, 0.4]), np.array([0.7]))
    moves = chain._Moves(c, np.array([0.7]), np.ones(2))
    eye = np.eye(2)
    states = [(clause, shown) for clause in range(2) for shown in (True, False)]

    def step(state, link):
        on, off = (eye[state[0]] * (state[1] is shown) for shown in (True, False))
        after = moves.forward(on, off, np.array(link))
        return {(clause, shown): after[0 if shown else 1][clause] for clause, shown in states}

    first = moves.first()
    weights = np.zeros((3, 3))
    for path in itertools.product(states, repeat=3):
        weight = first[0 if path[0][1] else 1][path[0][0]] * step(path[0], 1.0)[path[1]] * step(path[1], 0.4)[path[2]]
        weight *= np.exp(sum(odds[t, clause] for t, (clause, shown) in enumerate(path) if shown))
        for t, (clause, shown) in enumerate(path):
            weights[t, clause if shown else 2] += weight
    assert np.c_[p, null] == pytest.approx(weights / weights.sum(1, keepdims=True), abs=1e-9)
    assert evidence == pytest.approx(np.log(weights[0].sum()), abs=1e-9)


def test_several_chains_at_once_are_what_each_is_alone(rng):
    odds, links = rng.normal(size=(4, 3)), (np.ones(3), np.ones(2))
    both = (chain.TIGHT, chain.LOOSE)
    at_once = chain.posterior(np.broadcast_to(odds, (2, 4, 3)), chain.together(both), *links)[0]
    assert at_once == pytest.approx(np.stack([chain.posterior(odds, one, *links)[0] for one in both]))


def test_the_best_way_on_is_the_best_of_all(rng):
    gains = rng.normal(size=(4, 3))
    ways = [w for w in itertools.product(range(-1, 3), repeat=4) if (k := [c for c in w if c >= 0]) == sorted(k)]
    worth = [sum(gains[shot, clause] for shot, clause in enumerate(way) if clause >= 0) for way in ways]
    assert deciding.best_onward(gains).tolist() == list(ways[int(np.argmax(worth))])


def test_pairs_are_drawn_as_far_as_the_expected_f1_grows():
    p = np.array([[0.9, 0.0], [0.45, 0.05], [0.05, 0.1]])
    assert deciding.most_expected(p, 1 - p.sum(1)).tolist() == [0, 0, -1]


@pytest.mark.parametrize(
    ("similarity", "order", "constraints", "said"),
    [
        (np.zeros((2, 3, 4)), LINKED, Constraints(), "shape"),
        (np.zeros((0, 3)), LINKED, Constraints(), "shape"),
        (np.array([["a"]]), LINKED, Constraints(), "type"),
        (np.full((2, 2), np.nan), LINKED, Constraints(), "finite"),
        (np.zeros((5001, 2), np.int8), LINKED, Constraints(), "5,001 shots"),
        (np.zeros((2001, 2000), np.int8), LINKED, Constraints(), "4,000,000 pairs"),
        (np.eye(3), Order(clauses=np.ones(1)), Constraints(), "links"),
        (np.eye(3), LINKED, Constraints(fixed=((3, 0),)), "outside"),
        (np.eye(3), LINKED, Constraints(fixed=((0, 0), (0, 1))), "twice"),
        (np.eye(3), LINKED, Constraints(fixed=((0, 0),), forbidden=((0, 0),)), "forbidden"),
        (np.eye(3), LINKED, Constraints(fixed=((0, 2), (1, 0)), chronological=True), "chronological"),
    ],
)
def test_what_cannot_be_matched_is_said_in_one_sentence(similarity, order, constraints, said):
    with pytest.raises(MethodError, match=said):
        matchers["hmm"].run(similarity, order, constraints)


@pytest.mark.parametrize(
    ("name", "option"), [("hungarian", {"capacity": 0}), ("transport", {"capacity": 0}), ("monotone", {"threshold": 9.0})]
)
def test_options_out_of_range_are_refused(name, option):
    with pytest.raises(MethodError, match="choose"):
        matchers[name].run(np.eye(3), **option)


def test_random_walks_say_where_they_end():
    with pytest.raises(MethodError, match="61 shots .* takes 60"):
        matchers["rrwm"].run(np.zeros((61, 3)))
    assert matchers["rrwm"].run(np.eye(60)).p.shape == (60, 60)


def test_one_shot_and_one_clause_are_a_matching_too():
    for name in NAMES:
        assert matchers[name].run(np.ones((1, 1), np.float32)).p.shape == (1, 1)


@each_matcher
def test_a_matcher_gives_probabilities_with_a_null_and_at_most_one_clause_a_shot(entry: Entry, rng):
    similarity = rng.normal(size=(9, 5)).astype(np.float32)
    before = similarity.copy()
    found, again = entry.run(similarity), entry.run(similarity)
    assert np.array_equal(similarity, before)
    assert (found.matcher, set(found.options)) == (entry.name, set(entry.options))
    assert found.p.shape == (9, 5)
    assert found.p.min() >= 0
    assert found.p.sum(1) + found.null == pytest.approx(1, abs=1e-5)
    assert len({shot for shot, _, _ in found.edges}) == len(found.edges)
    assert json.dumps(found.to_json(), allow_nan=False) == json.dumps(again.to_json(), allow_nan=False)


@each_matcher
def test_a_matcher_keeps_to_what_is_known(entry: Entry, rng):
    similarity = rng.normal(size=(9, 5)).astype(np.float32)
    known = Constraints(fixed=((2, 1), (6, -1)), forbidden=((4, 3), (5, 0)), chronological=True)
    found = entry.run(similarity, LINKED, known)
    clause_of = dict(pair[:2] for pair in found.edges)
    assert clause_of[2] == 1
    assert found.p[2, 1] == pytest.approx(1, abs=1e-3)
    assert 6 not in clause_of
    assert found.p[[4, 5], [3, 0]].max() < 1e-6
    clauses = [clause for _, clause, _ in found.edges]
    assert clauses == sorted(clauses)
