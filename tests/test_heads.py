"""Layers and heads judged by deletion: a planted one that is right, what is shared and kept, progress, and stopping."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import MethodError, ModelError, Stopped
from mmviz.models import checkpoints
from mmviz.pipeline import judging
from mmviz.pipeline.heads import Heads
from mmviz.registry import families
from mmviz.trust import curves
from mmviz.trusts import Random
from tests.models import tiny

TEXT = "a red cat"
LAYERS, HEADS, K = 2, 6, 25
RIGHT = (1, 4)


@pytest.fixture
def model(tiny_clip) -> str:
    return f"clip:{tiny_clip}"


@pytest.fixture
def picture(rng) -> np.ndarray:
    return rng.integers(0, 256, (50, 90, 3), np.uint8)


@pytest.fixture
def worth(rng) -> np.ndarray:
    """What every patch is worth to the score."""
    return rng.permutation(0.6 ** np.arange(K)).astype(np.float32)


@pytest.fixture
def planted(monkeypatch, rng, worth) -> list[bytes]:
    """Have one head look at patches as they are worth and every other one anywhere; notes which pictures were scored."""
    real, scored = families["clip"].functions["encode"], []
    noise = rng.exponential(size=(LAYERS, HEADS, K)).astype(np.float32)
    noise[RIGHT] = worth

    def encode(*given, **named):
        encoding = real(*given, **named)
        blocks = tuple(_looking(block, noise) for block in encoding.attention or ())

        def score_masked(unit, kept, fill):
            scored.extend(row.tobytes() for row in kept)
            return kept @ worth

        return replace(encoding, attention=blocks or None, score_masked=encoding.score_masked and score_masked)

    monkeypatch.setitem(families["clip"].functions, "encode", encode)
    return scored


def _looking(block, noise):
    weights = block.weights.copy()
    weights[:, :, block.readout, block.key_positions] = noise / (2 * noise.sum(-1, keepdims=True))
    return replace(block, weights=weights)


@pytest.fixture
def alignment(model, picture, planted):
    return pipeline.align(TEXT, picture, model, "attention")


def judged(alignment, picture, **said) -> Heads:
    return pipeline.judge_heads(alignment, TEXT, picture, **{"row": 2} | said)


def distinct(scored: list[bytes]) -> int:
    """Count different pictures that show some patches and hide some."""
    return len({kept for kept in scored if len(set(kept)) > 1})


def test_the_head_that_looks_where_the_score_comes_from_is_first(alignment, picture):
    found = judged(alignment, picture)
    assert found.areas.shape == found.ranks.shape == (LAYERS, HEADS)
    assert np.argwhere(found.ranks == 1).tolist() == [list(RIGHT)]
    assert found.areas[RIGHT] < found.random.low
    assert found.better[RIGHT] == 1
    assert (found.unit, found.method, found.fill, found.random.n) == ("cat", "attention", "blur", 20)


def test_its_area_is_that_of_the_scores_on_the_way(alignment, picture, worth):
    """The most worth hidden first: what is left of it at 0, 4, 8, 12, 17, 21 and 25 of 25 patches kept, by trapezoids."""
    sizes, least = np.array([0, 4, 8, 12, 17, 21, 25]), np.sort(worth)
    left = [least[:size].sum() for size in sizes]
    assert judged(alignment, picture).areas[RIGHT] == pytest.approx(np.trapezoid(left, sizes / K), rel=1e-5)


def test_places_count_from_the_soonest_and_equals_share_the_better_one():
    areas = np.array([[0.3, np.nan, 0.1], [0.1, 0.5, 0.2]])
    found = Heads(areas, areas, Random(0.3, 0.2, 0.4, 20), "blur", "cat", "attention", "m", "prompt", "cosine")
    assert found.ranks.tolist() == [[4, 0, 1], [1, 5, 3]]
    written = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert written["areas"] == [[0.3, None, 0.1], [0.1, 0.5, 0.2]]


def test_a_map_that_is_the_same_everywhere_has_no_place(alignment, picture, monkeypatch):
    real = families["clip"].functions["encode"]

    def encode(*given, **named):
        encoding = real(*given, **named)
        for block in encoding.attention or ():
            block.weights[0, 3] = 1 / block.weights.shape[-1]
        return encoding

    monkeypatch.setitem(families["clip"].functions, "encode", encode)
    found = judged(alignment, picture)
    assert np.argwhere(found.ranks == 0).tolist() == np.argwhere(np.isnan(found.areas)).tolist() == [[0, 3]]


def test_pictures_seen_are_as_many_as_was_said_before(alignment, picture, planted):
    assert pipeline.passes_of_heads(alignment) == 5 * (LAYERS * HEADS + 20)
    judged(alignment, picture, store=False)
    assert distinct(planted) == 5 * (LAYERS * HEADS + 20)


def test_random_orders_are_shared_with_trust_and_the_same_question_again_scores_nothing(alignment, picture, planted):
    pipeline.judge(alignment, TEXT, picture, row=2)
    planted.clear()
    first = judged(alignment, picture)
    assert distinct(planted) <= 5 * LAYERS * HEADS
    planted.clear()
    again = judged(alignment, picture)
    assert distinct(planted) == 0
    assert again.to_json() == first.to_json() == judged(alignment, picture, store=False).to_json()


def test_progress_runs_from_nothing_to_all_and_never_back(alignment, picture):
    told: list[tuple[int, int]] = []
    judged(alignment, picture, progress=lambda *at: told.append(at))
    done = [at for at, _ in told]
    assert done == sorted(done)
    assert (told[0], told[-1]) == ((0, 160), (160, 160))
    assert len(told) > 8


def test_it_stops_between_pictures_when_it_is_not_wanted_any_more(alignment, picture, planted):
    told: list[int] = []
    with pytest.raises(Stopped, match="Stopped after"):
        judged(alignment, picture, progress=lambda done, total: told.append(done), cancelled=lambda: len(told) > 3)
    assert distinct(planted) <= 4 * judging.PASSES


@pytest.mark.parametrize(
    ("family", "target"), [("clip", "context"), ("blip", "pair"), ("blip", "prompt"), ("flava", "pair"), ("vilt", "pair")]
)
def test_every_family_and_target_has_its_layers_and_heads_judged(family, target, tmp_path, picture):
    name = f"{family}:{getattr(tiny, f'make_{family}')(tmp_path / family)}"
    found = pipeline.align(TEXT, picture, name, "similarity", target=target)
    heads = judged(found, picture, row=1)
    assert heads.areas.shape == pipeline.depth_of(name, target)
    assert heads.random.n == (curves.ORDERS if found.score.kind == "cosine" else curves.FEW_ORDERS)
    assert np.isfinite(heads.areas).all()


def test_a_unit_or_a_config_that_is_not_there_is_refused(alignment, picture, monkeypatch):
    with pytest.raises(MethodError, match="no unit 4"):
        judged(alignment, picture, row=4)
    monkeypatch.setattr("mmviz.pipeline.heads.depth_of", lambda *_: (0, 0))
    assert pipeline.passes_of_heads(alignment) == 0
    with pytest.raises(ModelError, match="does not say how many layers and heads"):
        judged(alignment, picture)


def test_one_encoding_draws_all_heads_and_one_scores_them(alignment, picture, monkeypatch):
    noted, real = [], checkpoints.run
    monkeypatch.setattr(checkpoints, "run", lambda name, *rest: (noted.append(name), real(name, *rest))[1])
    judged(alignment, picture)
    assert len(noted) == 2
