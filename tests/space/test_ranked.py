"""Ranks of many, a block at a time."""

import numpy as np
import pytest

from mmviz.errors import Stopped
from mmviz.space import retrieval
from mmviz.space.retrieval import ranked, retrieve


def by_hand(cosines: np.ndarray, own: list[int]) -> tuple[list[int], float]:
    """Ranks of the right ones in order, and average precision."""
    order = np.argsort(-cosines, kind="stable").tolist()
    found = sorted(order.index(key) + 1 for key in own)
    return found, float(np.mean([(i + 1) / rank for i, rank in enumerate(found)]))


@pytest.mark.parametrize("block", [2**24, 40])
def test_ranks_and_precision_are_those_of_a_whole_sort(rng, monkeypatch, block):
    monkeypatch.setattr(retrieval, "BLOCK", block)
    queries, keys = (np.round(rng.normal(size=(n, 4)), 1).astype(np.float32) for n in (13, 17))  # rounded, so that some tie
    keys[5] = keys[11]
    truth = [rng.choice(17, rng.integers(0, 4), replace=False).tolist() for _ in range(13)]
    truth[0] = [11, 5]
    found = ranked(queries, keys, truth)
    asked = [i for i, own in enumerate(truth) if own]
    expected = [by_hand(queries[i] @ keys.T, truth[i]) for i in asked]
    assert found.queries.tolist() == asked
    assert found.ranks.tolist() == [ranks[0] for ranks, _ in expected]
    assert found.precision == pytest.approx([precision for _, precision in expected])
    assert found.first.tolist() == (queries[asked] @ keys.T).argmax(1).tolist()


def test_equal_ones_rank_by_index():
    keys = np.array([[1, 0], [1, 0], [1, 0]], np.float32)
    assert ranked(np.repeat(keys[:1], 3, 0), keys, [[0], [1], [2]]).ranks.tolist() == [1, 2, 3]


def test_figures_are_worked_out_by_hand():
    # texts along 0, 1, 2 quarters of a right angle; pictures likewise, two of text 0
    angles = np.array([0, 30, 60, 90]) * np.pi / 180
    rows = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    found = retrieve(rows[[0, 3]], rows, [[0, 2], [1]])
    # text 0: order 0 1 2 3, right at ranks 1 and 3: precision (1 + 2/3) / 2; text 1: order 3 2 1 0, right at rank 3: 1/3
    assert found.text_to_image.figures == {
        "r1": 0.5,
        "r5": 1.0,
        "r10": 1.0,
        "median_rank": 2.0,
        "map": round((5 / 6 + 1 / 3) / 2, 4),
    }
    # picture 3 belongs to no text and is not asked; 0: right text first; 1: text 1 second; 2: text 0 second
    assert found.image_to_text.queries.tolist() == [0, 1, 2]
    assert found.image_to_text.ranks.tolist() == [1, 2, 2]
    assert found.image_to_text.figures["r1"] == 0.3333


def test_it_can_be_stopped_and_tells_how_far_it_is(rng, monkeypatch):
    monkeypatch.setattr(retrieval, "BLOCK", 30)
    rows, told = rng.normal(size=(6, 3)).astype(np.float32), []

    def step(done: int, total: int) -> None:
        told.append((done, total))
        if done == 11:
            raise Stopped("enough")

    with pytest.raises(Stopped):
        retrieve(rows, rows, [[i] for i in range(6)], step)
    assert told == [(0, 12), (5, 12), (6, 12), (11, 12)]
