"""Hiding: patches, pixels and words left out, what is drawn, and what a score is made of."""

import numpy as np
import pytest

from tests import subjects
from tests.conformance.given import ENGLISH, FILLS, TEXTS
from tests.subjects import picture


@pytest.mark.parametrize("fill", FILLS)
def test_hiding_nothing_leaves_every_units_score(case, target, fill):
    case.need("score_masked")
    encoding = case.encode(ENGLISH, picture(), target)
    case.need_fill(encoding, fill)
    kept = np.ones((2, len(encoding.key)), bool)
    own = [encoding.score.value] * len(encoding.query) if encoding.unit_scores is None else encoding.unit_scores
    wanted = {None: encoding.score.value, len(encoding.query) - 1: own[-1]} | (
        dict(enumerate(own)) if target != "context" else {}
    )
    for unit, score in wanted.items():
        found = encoding.score_masked(unit, kept, fill)
        assert (found.dtype, found.shape) == (np.float32, (2,))
        np.testing.assert_allclose(found, score, atol=1e-5)


@pytest.mark.parametrize("fill", FILLS)
def test_hiding_the_picture_changes_the_score_and_leaves_one_picture_however_it_is_hidden(case, target, fill):
    case.need("score_masked")
    first, other = (case.encode(ENGLISH, picture(seed=seed), target) for seed in (3, 4))
    case.need_fill(first, fill)
    found = [encoding.score_masked(None, np.zeros((1, len(encoding.key)), bool), fill)[0] for encoding in (first, other)]
    assert abs(found[0] - first.score.value) > 1e-4
    # black owes nothing to the picture, nor does nothing at all
    assert (fill in ("black", "removed")) == (abs(found[1] - found[0]) < 1e-6)


def test_masks_asked_together_give_what_each_gives_alone_in_any_order(case, target, rng):
    case.need("score_masked")
    encoding = case.encode(ENGLISH, picture(90, 30), target)
    kept = rng.uniform(size=(37, len(encoding.key))) < 0.6
    together = encoding.score_masked(0, kept, "mean")
    again = case.encode(ENGLISH, picture(90, 30), target)
    order = rng.permutation(37)
    np.testing.assert_allclose(again.score_masked(0, kept[order], "mean"), together[order], atol=2e-5)
    np.testing.assert_allclose([again.score_masked(0, row[None], "mean")[0] for row in kept[:3]], together[:3], atol=2e-5)
    assert np.ptp(together) > 1e-4
    assert encoding.score_masked(0, kept[:0], "mean").shape == (0,)


def test_hiding_a_patch_is_what_painting_its_pixels_over_is(case, target):
    case.need("score_masked", "picture", "input_grad")
    encoding = case.encode(ENGLISH, picture(90, 30), target)
    seen, rows = encoding.picture(None), encoding.key.grid[0]
    side, place = seen.shape[1] // rows, len(encoding.key) // 2 + 1
    kept = np.ones((1, len(encoding.key)), bool)
    kept[0, place] = False
    row, column = divmod(place, encoding.key.grid[1])
    painted_over = seen.copy()
    cell = np.s_[:, row * side : (row + 1) * side, column * side : (column + 1) * side]
    painted_over[cell] = encoding.picture("mean")[cell]
    # what score_masked says without touching any other patch: the mean slope on the way from the one picture to the other
    shares = (np.arange(64) + 0.5) / 64
    path = seen + shares[:, None, None, None].astype(np.float32) * (painted_over - seen)
    slope = (encoding.input_grad(None, path) * (painted_over - seen)).sum((1, 2, 3)).mean()
    change = encoding.score_masked(None, kept, "mean")[0] - encoding.score.value
    assert change == pytest.approx(slope, abs=2e-4, rel=0.02)


def test_gradients_by_the_picture_are_what_finite_differences_say(case, target, rng):
    case.need("input_grad", "picture", "score_masked")
    encoding = case.encode(ENGLISH, picture(), target)
    unit, seen, blurred = 1, encoding.picture(None), encoding.picture("blur")
    found = encoding.input_grad(unit, np.stack([seen, blurred]))
    assert (found.dtype, found.shape) == (np.float32, (2, *seen.shape))
    direction = found[0] / np.linalg.norm(found[0]) + rng.normal(size=seen.shape).astype(np.float32) / np.sqrt(seen.size)
    slope = subjects.picture_slope(case, ENGLISH, target, unit, direction)
    assert slope == pytest.approx(float((found[0] * direction).sum()), rel=0.02, abs=1e-4)
    np.testing.assert_allclose(encoding.input_grad(unit, seen[None])[0], found[0], atol=1e-5 * np.abs(found[0]).max() + 1e-7)
    assert not np.allclose(found[0], found[1])


def test_the_picture_is_the_models_own_as_far_as_its_patches_reach(case, target):
    case.need("picture")
    encoding = case.encode(ENGLISH, picture(90, 30), target)
    rows, columns = encoding.key.grid
    for fill in (None, *FILLS[:-1]):  # nothing stands for what is removed
        seen = encoding.picture(fill)
        assert (seen.dtype, seen.shape[0]) == (np.float32, 3)
        assert seen.shape[1] / rows == seen.shape[2] / columns == seen.shape[1] // rows
    flat = [encoding.picture(fill).std((1, 2)).max() for fill in ("mean", "background", "black")]
    np.testing.assert_allclose(flat, 0, atol=1e-6)
    np.testing.assert_allclose(encoding.picture("mean")[:, 0, 0], encoding.picture(None).mean((1, 2)), atol=1e-5)


def test_leaving_out_no_word_leaves_the_score(case, target):
    case.need("score_without")
    encoding = case.encode(ENGLISH, picture(), target)
    found = encoding.score_without(np.ones((2, len(encoding.query)), bool))
    assert (found.dtype, found.shape) == (np.float32, (2,))
    np.testing.assert_allclose(found, [encoding.score.value] * 2, atol=1e-5)
    assert encoding.score_without(np.ones((0, len(encoding.query)), bool)).shape == (0,)


def test_a_text_without_a_word_scores_as_that_text(case, target):
    case.need("score_without")
    encoding = case.encode(ENGLISH, picture(), target)
    if encoding.score.label:
        pytest.skip(f"the strongest answer of {case.checkpoint.name} may change with the text")
    kept = ~np.eye(len(encoding.query), dtype=bool)[[1, 3]]
    kept[1, 4] = False
    texts = ["two  cats under a tree", "two red cats   tree"]
    np.testing.assert_allclose(encoding.score_without(kept), [case.score(t, picture(), target) for t in texts], atol=2e-5)


def test_what_is_drawn_depends_on_text_and_picture_and_a_blank_text_is_none(case, target):
    case.need("decoded")
    first, other = (case.encode(ENGLISH, picture(seed=seed), target) for seed in (3, 4))
    rows, columns = first.key.grid
    with_picture, alone = first.decoded([ENGLISH, "", " "], True), first.decoded([ENGLISH, "a small blue dog", ""], False)
    for drawn in (with_picture, alone):
        assert (drawn.dtype, drawn.shape[:2]) == (np.float32, (3, 3))
        assert drawn.shape[2] % rows == drawn.shape[3] % columns == 0
        assert 0 <= drawn.min() <= drawn.max() <= 1
    np.testing.assert_allclose(with_picture[1], with_picture[2], atol=1e-5)
    pairs = [(with_picture[0], with_picture[1]), (alone[0], alone[1]), (alone[0], alone[2])]
    assert min(np.abs(one - two).max() for one, two in pairs) > 1e-3
    assert np.abs(with_picture[0] - alone[0]).max() > 1e-3
    np.testing.assert_allclose(other.decoded([ENGLISH, "a small blue dog", ""], False), alone, atol=1e-6)
    assert np.abs(other.decoded([ENGLISH], True)[0] - with_picture[0]).max() > 1e-3
    assert first.decoded([], True).shape == (0, *alone.shape[1:])


def test_what_is_drawn_of_many_texts_is_what_is_drawn_of_each(case, target):
    case.need("decoded")
    encoding, told = case.encode(ENGLISH, picture(), target), [*TEXTS, "", *(f"{text} {i}" for i in range(9) for text in TEXTS)]
    alone = np.concatenate([encoding.decoded([text], True) for text in told])
    # random weights make steep sigmoids after five layers: sums in another order moved a pixel by 1.4e-5
    np.testing.assert_allclose(encoding.decoded(told, True), alone, atol=1e-4)


def test_one_layer_takes_an_eighth_of_the_memory_of_all(subject, tmp_path):
    if subject.made is None:
        pytest.skip("only random checkpoints are made deep")
    with subjects.on_lease(subjects.deep(subject).write(tmp_path / "deep")) as case:
        case.need("attention")
        target = subject.targets[-1]
        assert max(layers for layers, _ in subjects.stacks(case.checkpoint.config)) == subjects.DEEP
        one, every = (subjects.held(case, target, layers) for layers in ((subjects.DEEP - 1,), None))
    assert one <= every / 8


def test_contributions_and_what_is_beside_them_sum_up_to_the_score(case, target):
    case.need("contributions")
    encoding = case.encode(ENGLISH, picture(), target)
    parts = {"bilinear": float(encoding.contributions[-1].sum(dtype=float))} | {
        name: value for name, value in encoding.score.parts.items() if name != "bilinear"
    }
    assert sum(parts.values()) == pytest.approx(encoding.score.value, abs=1e-5)
    assert sum(encoding.score.parts.values()) == pytest.approx(encoding.score.value if encoding.score.parts else 0, abs=1e-5)
    assert np.abs(encoding.contributions).max() > 1e-4


def test_contributions_of_words_sum_up_to_those_of_the_text_or_each_to_its_own_score(case, target):
    case.need("contributions")
    encoding = case.encode("a red cat under a red tree", picture(), target)
    words, whole = encoding.contributions[:-1], encoding.contributions[-1]
    if target == "prompt" and not encoding.score.parts:
        np.testing.assert_allclose(words.sum(1), encoding.unit_scores[:-1], atol=1e-5)
    elif target != "prompt":
        np.testing.assert_allclose(words.sum(0), whole, atol=1e-5)
        np.testing.assert_array_equal(words[1], words[5])  # "red" twice: one term, equal shares
