"""Looking in: hooks, gradients, and that nothing is changed by it."""

import numpy as np
import pytest

from mmviz.errors import ModelError
from tests import subjects, taps
from tests.conformance.given import ENGLISH
from tests.subjects import picture


def test_looking_in_leaves_the_score_as_it_was(case, target):
    seen = case.encode(ENGLISH, picture(), target).score.value
    assert case.encode(ENGLISH, picture(), target, keep=frozenset()).score.value == pytest.approx(seen, abs=1e-5)


def test_hooks_come_off(case, target):
    before = taps.hooks_on(case.checkpoint.model)
    encoding = case.encode(ENGLISH, picture(), target)
    if encoding.attention_grad:
        encoding.attention_grad(0)
    assert taps.hooks_on(case.checkpoint.model) == before


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_hooks_come_off_when_a_pass_fails(case, target, share, monkeypatch):
    leaves = taps.leaves_called(case.checkpoint.model, lambda: case.encode(ENGLISH, picture(), target))
    broken = leaves[int(share * (len(leaves) - 1))]

    def fail(*args, **named):
        raise ZeroDivisionError("the kit broke this layer")

    before = taps.hooks_on(case.checkpoint.model)
    with monkeypatch.context() as patch:
        patch.setattr(broken, "forward", fail)
        with pytest.raises(ZeroDivisionError):
            case.encode(ENGLISH, picture(), target)
    assert taps.hooks_on(case.checkpoint.model) == before


@pytest.mark.parametrize(("tap", "apart"), [(taps.silent, 0.0), (taps.as_sdpa, 1e-5)], ids=["empty", "sdpa"])
def test_attention_that_does_not_come_out_is_noticed(case, target, tap, apart):
    case.need("attention")
    full = case.encode(ENGLISH, picture(), target).attention
    with tap(case.checkpoint.model):
        try:
            found = case.encode(ENGLISH, picture(), target).attention
        except ModelError as error:
            assert "attention" in str(error)  # noqa: PT017
            return
    for block, expected in zip(found, full, strict=True):
        np.testing.assert_allclose(block.weights, expected.weights, rtol=0, atol=apart)


def test_nothing_of_model_text_or_picture_is_changed(case, target):
    image, before = picture(), subjects.weights_of(case)
    pixels = image.pixels.copy()
    encoding = case.encode(ENGLISH, image, target)
    if encoding.attention_grad:
        encoding.attention_grad(0)
    assert np.array_equal(image.pixels, pixels)
    assert subjects.weights_of(case) == before
    assert not case.checkpoint.model.training
    assert all(p.grad is None and not p.requires_grad for p in case.checkpoint.model.parameters())


def test_the_same_is_given_again_whatever_the_state_of_chance(case, target):
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        first = subjects.numbers(case.encode(ENGLISH, picture(), target))
        torch.manual_seed(2)
        second = subjects.numbers(case.encode(ENGLISH, picture(), target))
    assert first.keys() == second.keys()
    assert [field for field in first if not np.array_equal(first[field], second[field])] == []


def test_gradients_are_what_finite_differences_say(case, target, rng):
    case.need("attention", "attention_grad")
    encoding = case.encode(ENGLISH, picture(), target)
    unit = len(encoding.query) - 1
    for block, gradient in zip(encoding.attention, encoding.attention_grad(unit), strict=True):
        norms = [0.0] if gradient is None else [float(np.linalg.norm(layer)) for layer in gradient]
        place = int(np.argmax(norms))
        direction = rng.normal(size=block.weights.shape[1:]).astype(np.float32)
        expected = 0.0 if gradient is None else float((gradient[place] * direction).sum())
        found = subjects.slope(case, ENGLISH, target, (block, place), direction)
        # the score is known to 1e-6, over two steps of 1e-3; what is left is curvature, a share of the gradient
        assert found == pytest.approx(expected, rel=0.01, abs=5e-4 + 2e-3 * max(norms))


def test_some_gradient_is_not_zero(case, target):
    case.need("attention", "attention_grad")
    encoding = case.encode(ENGLISH, picture(), target)
    found = [g for g in encoding.attention_grad(len(encoding.query) - 1) if g is not None]
    assert max(np.abs(g).max() for g in found) > 1e-4


def test_gradients_have_the_shape_of_weights_and_can_be_asked_again(case, target):
    case.need("attention", "attention_grad")
    encoding = case.encode(ENGLISH, picture(), target)
    first, other, again = (encoding.attention_grad(unit) for unit in (0, 1, 0))
    assert len(first) == len(other) == len(encoding.attention)
    for gradient, repeated, block in zip(first, again, encoding.attention, strict=True):
        assert (gradient is None) == (repeated is None)
        if gradient is not None:
            assert gradient.shape == block.weights.shape
            np.testing.assert_array_equal(gradient, repeated)


def test_gradients_of_one_layer_are_those_it_has_among_all(case, target):
    case.need("attention", "attention_grad")
    encoding = case.encode(ENGLISH, picture(), target)
    last = max(block.layers[-1] for block in encoding.attention)
    parts = encoding.attention_grad(1, (last,))  # before all of them are there
    for part, whole, block in zip(parts, encoding.attention_grad(1), encoding.attention, strict=True):
        if last not in block.layers:
            assert part is None
        else:
            np.testing.assert_allclose(part, whole[[block.layers.index(last)]], atol=1e-6, rtol=1e-5)
