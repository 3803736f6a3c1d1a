"""One unit's map by every method of one target and by every layer, on scales that can be compared."""

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import MethodError, Stopped
from mmviz.models import checkpoints
from mmviz.registry import families
from tests import synthetic
from tests.models import tiny

TEXT = "a red cat"


@pytest.fixture
def model(tiny_clip) -> str:
    return f"clip:{tiny_clip}"


@pytest.fixture
def picture(rng) -> np.ndarray:
    return rng.integers(0, 256, (50, 90, 3), np.uint8)


@pytest.fixture
def alignment(model, picture):
    return pipeline.align(TEXT, picture, model, "gradcam")


@pytest.fixture
def runs(monkeypatch) -> list[str]:
    """Note every time a model is lent."""
    noted, real = [], checkpoints.run
    monkeypatch.setattr(checkpoints, "run", lambda name, *rest: (noted.append(name), real(name, *rest))[1])
    return noted


def planted(rng, scores, scale):
    return synthetic.encoding(rng).alignment(np.array(scores, np.float32), scale=scale)


@pytest.mark.parametrize("target", ["prompt", "context", "pair"])
def test_methods_of_one_target_are_all_that_the_model_can_serve_and_no_others(tmp_path, picture, target):
    name = f"blip:{tiny.make_blip(tmp_path / 'blip')}"
    first = pipeline.align(TEXT, picture, name, "similarity", target=target)
    found = pipeline.by_methods(first, TEXT, picture)
    assert {one.target for one in found} == {target}
    assert [one.method for one in found] == [e.name for e in pipeline.methods_of(name) if target in e.targets]
    assert ("relevance" in [one.method for one in found]) == (target != "context")


def test_the_map_that_is_there_is_not_drawn_again_and_cheap_ones_share_an_encoding(model, picture, runs):
    first = pipeline.align(TEXT, picture, model, "attention", layers=(1,))
    runs.clear()
    found = pipeline.by_methods(first, TEXT, picture)
    assert next(one for one in found if one.method == "attention") is first
    assert len(runs) == 3  # the cheap ones, occlusion, integrated gradients


def test_progress_counts_methods_and_it_stops_between_them(alignment, picture, runs):
    told: list[tuple[int, int]] = []
    pipeline.by_methods(alignment, TEXT, picture, progress=lambda *at: told.append(at))
    others = len(pipeline.methods_of(alignment.model)) - 1
    assert (told[0], told[-1]) == ((0, others), (others, others))
    runs.clear()
    with pytest.raises(Stopped):
        pipeline.by_methods(alignment, TEXT, picture, store=False, cancelled=lambda: len(runs) > 0)
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("family", "target"), [("clip", "prompt"), ("blip", "pair"), ("blip", "context"), ("flava", "pair"), ("vilt", "pair")]
)
def test_layer_by_layer_there_is_a_map_for_each_and_each_is_that_layers(tmp_path, picture, family, target):
    name = f"{family}:{getattr(tiny, f'make_{family}')(tmp_path / family)}"
    assert target in families[family].targets
    first = pipeline.align(TEXT, picture, name, "similarity", target=target)
    found = pipeline.by_layers(first, "attention", TEXT, picture)
    assert [one.options["layers"] for one in found] == [[layer] for layer in range(pipeline.depth_of(name, target)[0])]
    alone = pipeline.align(TEXT, picture, name, "attention", target=target, layers=(1,), store=False)
    np.testing.assert_allclose(found[1].scores, alone.scores, atol=1e-6)


def test_chosen_heads_stay_chosen_layer_by_layer(model, picture, runs):
    first = pipeline.align(TEXT, picture, model, "attention", heads=(3,))
    runs.clear()
    found = pipeline.by_layers(first, "attention", TEXT, picture)
    assert [one.options["heads"] for one in found] == [[3], [3]]
    assert len(runs) == 1


def test_a_method_without_layers_is_refused_with_those_that_have_some(alignment, picture):
    with pytest.raises(MethodError, match="occlusion does not go layer by layer .* attention, gradcam, relevance, rollout"):
        pipeline.by_layers(alignment, "occlusion", TEXT, picture)


def test_ranks_run_from_the_weakest_patch_to_the_strongest_whatever_the_scale(rng):
    rows = [[-3, 9, 1, 1, 0, 2], [0, 0, 0, 0, 0, 7], [4, 4, 4, 4, 4, 4], [5, 4, 3, 2, 1, 0]]
    found = pipeline.ranks(planted(rng, rows, "effect"))
    expected = [[0, 1, 0.5, 0.5, 0.2, 0.8], [0.4, 0.4, 0.4, 0.4, 0.4, 1], [0.5] * 6, [1, 0.8, 0.6, 0.4, 0.2, 0]]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(pipeline.ranks(planted(rng, rows, "cost"))[3], expected[3][::-1], atol=1e-6)


def test_shares_are_of_what_speaks_for_the_unit_and_sum_to_one_or_to_nothing(rng):
    rows = [[-3, 6, 1, 1, 0, 2], [0, 0, 0, 0, 0, 7], [-4, -4, -4, -4, -4, -4], [3, 3, 3, 3, 0, 0]]
    expected = [[0, 0.6, 0.1, 0.1, 0, 0.2], [0, 0, 0, 0, 0, 1], [0] * 6, [0.25, 0.25, 0.25, 0.25, 0, 0]]
    np.testing.assert_allclose(pipeline.shares(planted(rng, rows, "effect")), expected, atol=1e-6)
