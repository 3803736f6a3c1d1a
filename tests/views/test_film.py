import base64
import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz.matchings import Matching
from mmviz.views.film import DENSE, MOST, film
from tests.films import made


def numbers(packed: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed), "<f4")


def test_all_likely_pairs_are_edges_the_strongest_first_and_the_decided_ones_are_marked(rng):
    found = made(rng)
    edges = film(found)["edges"]
    assert {(s, c) for s, c, _, _ in edges} == {(s, c) for s, c in np.argwhere(found.p >= 0.02).tolist()}
    assert [p for _, _, p, _ in edges] == sorted((p for _, _, p, _ in edges), reverse=True)
    assert {(s, c) for s, c, _, decided in edges if decided} == {(s, c) for s, c, _ in found.edges}
    assert film(found)["left_out"] == 0


def test_matrices_are_those_of_the_matching_and_the_change_sums_to_nothing_in_every_row(rng):
    found = made(rng)
    drawn = film(found)
    assert numbers(drawn["similarity"]).reshape(7, 5) == pytest.approx(found.similarity)
    assert numbers(drawn["p"]).reshape(7, 5) == pytest.approx(found.p)
    change = numbers(drawn["change"]).reshape(7, 5)
    assert change.sum(axis=1) == pytest.approx(np.zeros(7), abs=1e-5)
    assert np.abs(change).max() > 0.05


def test_a_matcher_that_follows_similarity_alone_changes_nothing(rng):
    found = made(rng)
    weights = np.exp(found.similarity / (0.5 * found.similarity.std()))
    p = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    follows = replace(found, p=p, null=np.zeros(7, np.float32), edges=())
    assert numbers(film(follows)["change"]) == pytest.approx(np.zeros(35), abs=1e-5)


def test_steps_before_the_last_are_sent_with_what_has_no_partner(rng):
    found = made(rng)
    steps = np.stack([found.p * 0.25, found.p * 0.5, found.p])
    sent = film(replace(found, steps=steps))["steps"]
    assert len(sent) == 2
    assert numbers(sent[1]["p"]).reshape(7, 5) == pytest.approx(found.p * 0.5)
    assert numbers(sent[0]["none"]) == pytest.approx(1 - 0.25 * found.p.sum(1), abs=1e-6)
    assert film(found)["steps"] == []


def test_above_150_a_side_the_decided_edges_alone_are_drawn_and_the_rest_is_counted(rng):
    found = made(rng, DENSE + 1, 4)
    drawn = film(found)
    assert {(s, c) for s, c, _, _ in drawn["edges"]} == {(s, c) for s, c, _ in found.edges}
    assert drawn["left_out"] == (found.p >= 0.02).sum() - len(found.edges) > 0


def test_of_more_edges_than_can_be_drawn_the_strongest_are(rng):
    found = made(rng, 2 * MOST, 3)
    drawn = film(found)
    assert len(drawn["edges"]) == MOST < len(found.edges)
    weakest = min(p for _, _, p, _ in drawn["edges"])
    assert weakest >= sorted((p for _, _, p in found.edges), reverse=True)[MOST - 1] - 1e-4


def test_a_film_of_3000_shots_is_written_in_under_two_megabytes(rng):
    drawn = film(made(rng, 3000, 200))
    assert drawn["similarity"] == drawn["p"] == drawn["change"] == ""
    assert len(json.dumps(drawn, allow_nan=False)) < 2 * 2**20


def test_long_clauses_are_cut_for_showing_and_similarities_alone_are_drawn_too(rng):
    found = made(rng, text_of=lambda i: "x" * 700 if i == 0 else "and so on.")
    assert film(found)["clauses"][0] == "x" * 600 + "…"
    bare = Matching(found.similarity, found.p, found.null, found.clause_null, found.edges, "hmm")
    assert film(bare)["shots"] == [{"start": None, "end": None}] * 7
    assert film(bare)["clauses"] == [""] * 5
