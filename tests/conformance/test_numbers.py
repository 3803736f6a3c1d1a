"""Numbers: what attention, vectors and scores must be, and that a family gives what it offers and nothing else."""

import numpy as np
import pytest

from mmviz.errors import ModelError
from mmviz.registry import methods
from tests import subjects
from tests.conformance.given import ENGLISH
from tests.subjects import picture


def test_attention_rows_and_what_is_left_out_sum_to_one(case, target):
    case.need("attention")
    for block in case.encode(ENGLISH, picture(), target, unit="token").attention:
        units = subjects.units_of(block)
        left_out = block.weights[..., block.special].sum(-1)
        np.testing.assert_allclose(block.weights[..., units].sum(-1) + left_out, 1, atol=1e-4)
        assert (block.weights >= 0).all()


def test_a_position_is_either_a_unit_or_special(case, target):
    case.need("attention")
    for block in case.encode(ENGLISH, picture(), target, unit="token").attention:
        assert sorted([*subjects.units_of(block), *np.flatnonzero(block.special)]) == list(range(len(block.special)))


def test_layers_and_heads_are_those_of_the_config(case, target):
    case.need("attention")
    known = subjects.stacks(case.checkpoint.config)
    for block in case.encode(ENGLISH, picture(), target).attention:
        assert (len(block.layers), block.weights.shape[1]) in known
        assert block.layers == tuple(range(len(block.layers)))


def test_only_the_asked_layers_are_kept(case, target):
    case.need("attention")
    whole = case.encode(ENGLISH, picture(), target)
    last = min(len(block.layers) for block in whole.attention) - 1
    for block, full in zip(case.encode(ENGLISH, picture(), target, layers=(last,)).attention, whole.attention, strict=True):
        assert block.layers == (last,)
        np.testing.assert_allclose(block.weights[0], full.weights[last], atol=1e-6)


def test_vectors_have_unit_norm_and_one_space(case, target):
    case.need("query_embeds", "key_embeds")
    encoding = case.encode(ENGLISH, picture(), target)
    assert encoding.query_embeds.shape == (len(encoding.query), encoding.key_embeds.shape[1])
    known = encoding.query_embeds[~encoding.query.unknown]
    assert len(known) >= len(encoding.query) - 1
    for vectors in (known, encoding.key_embeds):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_everything_is_float32_and_finite_on_the_cpu(case, target):
    encoding = case.encode(ENGLISH, picture(), target)
    arrays = [
        a for a in (encoding.query_embeds, encoding.key_embeds, encoding.unit_scores, encoding.contributions) if a is not None
    ]
    arrays += [block.weights for block in encoding.attention or ()]
    arrays += [g for g in (encoding.attention_grad(0) if encoding.attention_grad else ()) if g is not None]
    assert {array.dtype for array in arrays} <= {np.dtype(np.float32)}
    assert all(np.isfinite(array).all() for array in arrays)
    assert np.isfinite(encoding.score.value)


def test_weights_of_half_precision_are_computed_in_float32(case, name, tmp_path):
    import torch

    half = subjects.halved(name, tmp_path / "half")
    target = case.checkpoint.family.targets[0]
    with subjects.on_lease(half) as other:
        assert {p.dtype for p in other.checkpoint.model.parameters()} == {torch.float32}
        assert other.checkpoint.dtype == "float32"
        assert other.score(ENGLISH, picture(), target) == pytest.approx(case.score(ENGLISH, picture(), target), abs=0.02)


def test_picture_and_text_both_matter(case, target):
    score = case.score(ENGLISH, picture(), target)
    assert abs(case.score(ENGLISH, picture(seed=4), target) - score) > 1e-4
    assert abs(case.score("a small blue dog", picture(), target) - score) > 1e-4


def test_a_score_lies_in_the_range_of_its_kind(case, target):
    score = case.encode(ENGLISH, picture(), target, keep=frozenset()).score
    low, high = {"cosine": (-1, 1), "match_probability": (0, 1), "logit": (-np.inf, np.inf)}[score.kind]
    assert low <= score.value <= high


def test_what_is_offered_is_there_and_nothing_else(case, target):
    cheap = {"query_embeds", "key_embeds", "attention", "attention_grad", "contributions"}
    every = frozenset(cheap | {"picture", "input_grad", "score_masked", "score_without", "decoded"})
    encoding = case.encode(ENGLISH, picture(), target, keep=every | case.offers)
    there = {field for field in every | case.offers if getattr(encoding, field, None) is not None}
    assert there == case.offers
    assert encoding.key.kind == case.checkpoint.family.columns


def test_a_field_is_given_alone_where_it_is_asked_alone(case, target):
    for field in case.offers:
        encoding = case.encode(ENGLISH, picture(), target, keep=frozenset({field}))
        assert {other for other in case.offers if getattr(encoding, other) is not None} == {field}


def test_every_method_the_menu_shows_runs(case, target):
    shown = [entry for entry in methods if entry.needs <= case.offers and target in entry.targets]
    encoding = case.encode(ENGLISH, picture(), target)
    for entry in shown:
        found = entry.run(encoding)
        assert found.scores.shape == (len(encoding.query), len(encoding.key))
        if found.scale == "mass":
            rows = found.scores.sum(1) + found.left_out
            # all of each unit's attention; or a plan, of which every word has its share and the whole text all
            assert np.allclose(rows, 1, atol=1e-4) or np.allclose([rows[:-1].sum(), rows[-1]], 1, atol=1e-4), entry.name
    if not shown:
        pytest.skip(f"no method knows the target {target} with what {case.checkpoint.name} offers")


def test_a_target_or_a_layer_that_is_not_there_is_refused(case, target):
    with pytest.raises(ModelError, match="target"):
        case.encode(ENGLISH, picture(), "nowhere")
    for layers in ((99,), (-1,), ()):
        with pytest.raises(ModelError, match="layer"):
            case.encode(ENGLISH, picture(), target, layers=layers)


@pytest.mark.parametrize("text", ["😀", "Ж", "!!!", "é́", "a" * 2000], ids=["emoji", "script", "signs", "marks", "long"])
def test_a_strange_text_is_read_or_refused_with_a_sentence(case, target, text):
    try:
        assert np.isfinite(case.score(text, picture(), target))
    except ModelError as error:
        assert str(error).endswith(".")  # noqa: PT017


@pytest.mark.parametrize(("width", "height"), [(2, 2), (2, 40), (100, 2)])
def test_a_tiny_or_narrow_picture_is_seen_or_refused_with_a_sentence(case, target, width, height):
    try:
        assert np.isfinite(case.score(ENGLISH, picture(width, height), target))
    except ModelError as error:
        assert str(error).endswith(".")  # noqa: PT017
