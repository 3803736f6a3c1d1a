"""A Matching carries what it was made of, refuses what does not fit, and says itself as the contract has it."""

import json

import numpy as np
import pytest

from mmviz.axes import ShotAxis, TextAxis
from mmviz.matchings import Constraints, Matching, Order

P = np.array([[0.7, 0.1], [0.25, 0.5], [0.0, 0.25]], np.float32)


def matching(**changed) -> Matching:
    spans = np.array([[0, 5], [5, 9]])
    about = {
        "similarity": np.arange(6, dtype=np.float32).reshape(3, 2) / 8,
        "p": P,
        "null": 1 - P.sum(1),
        "clause_null": (1 - P).prod(0),
        "edges": ((0, 0, 0.7), (1, 1, 0.5)),
        "shots": ShotAxis(np.array([0.0, 1, 2]), np.array([1.0, 2, 3]), np.array([0.5, 1.5, 2.5])),
        "clauses": TextAxis("One, two.", spans, ("clause",) * 2, np.zeros(2, bool), np.zeros(2, bool)),
    }
    return Matching(**{**about, **changed}, matcher="planted")


def test_it_says_edges_and_what_has_no_partner_as_the_contract_has_it():
    said = json.loads(json.dumps(matching(edges=((0, 0, 0.7),)).to_json(), allow_nan=False))
    assert said["edges"] == [{"shot": 0, "clause": 0, "p": 0.7}]
    assert (said["unmatched_shots"], said["unmatched_clauses"]) == ([1, 2], [1])
    assert said["clauses"][1] == {"text": "two.", "start": 5, "end": 9}
    assert said["shots"][2]["start"] == 2.0
    assert np.shape(said["p"]) == (3, 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"p": P.T},
        {"null": np.zeros(3, np.float32)},
        {"edges": ((1, 0, 0.5), (1, 1, 0.5))},
        {"edges": ((1, 1, 0.5), (0, 0, 0.5))},
        {"edges": ((0, 2, 0.5),)},
        {"shots": ShotAxis(np.zeros(0), np.zeros(0), np.zeros(0))},
        {"pictures": (np.zeros((2, 3, 3), np.uint8),)},
        {"steps": np.zeros((2, 2, 3), np.float32)},
    ],
)
def test_what_does_not_fit_is_refused(changed):
    with pytest.raises(ValueError, match="must"):
        matching(**changed)


def test_constraints_say_of_every_pair_what_is_known():
    known = Constraints(fixed=((0, 1), (2, -1)), forbidden=((1, 0),)).states((3, 2))
    assert known.tolist() == [[-1, 1], [-1, 0], [-1, -1]]


def test_neighbours_are_linked_where_nothing_is_said():
    shots, clauses = Order(clauses=np.array([0.25])).of((3, 2))
    assert (shots.tolist(), clauses.tolist()) == ([1, 1], [0.25])
    with pytest.raises(ValueError, match="from 0 to 1"):
        Order(shots=np.array([1.5]))
