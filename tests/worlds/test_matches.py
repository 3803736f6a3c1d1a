"""Worlds of matchings: fresh by seed, true to what they say, in the orders they name."""

import json

import numpy as np
import pytest

from mmviz.worlds import matches


def test_the_same_seed_makes_the_same_world_and_another_split_another():
    first, again, other = (matches.world(matches.generator(s, 1), "block", 0.8) for s in ("a", "a", "b"))
    assert np.array_equal(first.similarity, again.similarity)
    assert first.similarity.shape != other.similarity.shape or not np.array_equal(first.similarity, other.similarity)


def test_without_noise_the_clause_a_shot_shows_is_the_nearest():
    made = matches.world(matches.generator("t", 2), "shuffle", 1e-6)
    shown = made.clause_of >= 0
    assert shown.any()
    assert (made.similarity.argmax(1) == made.clause_of)[shown].all()
    assert made.similarity[shown].max(1) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("order", matches.ORDERS)
def test_clauses_stand_in_the_order_that_is_said(order):
    rng = np.random.default_rng(3)
    placed = [matches.arrange(rng, 12, order) for _ in range(200)]
    assert all(sorted(places) == list(range(12)) for places in placed)
    steps = np.array([np.diff(places) for places in placed])
    breaks = (steps != 1).sum(1)
    swapped = np.mean([(places[:-1] - 1 == places[1:]).sum() for places in placed])
    expected = {"mono": (0, 0), "swap": (3, 9), "block": (1, 3), "shuffle": (8, 11)}[order]
    assert expected[0] <= breaks.mean() <= expected[1]
    assert order != "block" or (breaks >= 1).all()
    assert order != "swap" or 2 < swapped < 3.3


def test_shares_are_those_of_the_recipe():
    rng = matches.generator("t", 4)
    worlds = [matches.world(rng, "mono", 0.4) for _ in range(300)]
    events = np.concatenate([np.unique(w.event_of[w.event_of >= 0], return_counts=True)[1] for w in worlds])
    assert np.bincount(events)[1:] / len(events) == pytest.approx([0.5, 0.3, 0.2], abs=0.03)
    assert np.mean([(w.event_of < 0).sum() for w in worlds]) == pytest.approx(13 * 0.25, abs=0.4)
    assert np.mean([len(np.unique(w.clause_of[w.clause_of >= 0])) / (w.event_of.max() + 1) for w in worlds]) == pytest.approx(
        0.85, abs=0.02
    )


def test_files_and_their_truth_are_written_as_contracted(tmp_path):
    said = matches.write(5, 6, tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    assert said["files"] == [item["file"] for item in truth["items"]]
    assert {item["order"] for item in truth["items"]} == set(matches.ORDERS)
    similarity = np.load(tmp_path / said["files"][0], allow_pickle=False)
    assert all(0 <= s < similarity.shape[0] and 0 <= c < similarity.shape[1] for s, c in truth["items"][0]["pairs"])
    assert truth["kind"] == "matches"
