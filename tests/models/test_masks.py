"""What stands for hidden patches, and which pixels are hidden."""

import numpy as np
import pytest
import torch

from mmviz.axes import TextAxis
from mmviz.models import masks

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


def canvas(pixels: np.ndarray, grid: tuple[int, int], size: tuple[int, int] | None = None) -> masks.Canvas:
    black = (-np.array(MEAN) / np.array(STD)).astype(np.float32)
    return masks.Canvas(pixels.astype(np.float32), grid, size or pixels.shape[1:], black, "cpu", "float32")


@pytest.fixture
def drawn() -> np.ndarray:
    """A bright thing on a plain background, off the middle: 8 x 12 pixels."""
    pixels = np.empty((3, 8, 12))
    pixels[:] = np.array([0.1, -0.2, 0.3])[:, None, None]
    pixels[:, 2:7, 1:5] = 2
    return pixels


def test_the_mean_is_the_pictures_mean_colour(drawn):
    share = 20 / 96
    expected = np.array([0.1, -0.2, 0.3]) * (1 - share) + 2 * share
    assert canvas(drawn, (2, 3)).filled("mean") == pytest.approx(np.broadcast_to(expected[:, None, None], drawn.shape), abs=1e-6)


def test_the_background_is_the_median_of_the_edge(drawn):
    drawn[:, 0, :3] = 5  # something sticks out over the edge
    assert canvas(drawn, (2, 3)).filled("background")[:, 3, 3] == pytest.approx([0.1, -0.2, 0.3], abs=1e-6)


def test_black_is_what_black_pixels_become(drawn):
    assert canvas(drawn, (2, 3)).filled("black")[:, 0, 0] == pytest.approx([-2, -2, -2], abs=1e-6)


def test_the_blur_keeps_the_colour_and_little_of_the_shape(drawn):
    blurred = canvas(drawn, (2, 3)).filled("blur")
    assert blurred.std() < 0.6 * drawn.std()
    assert blurred[0, 4, 2] > blurred[0, 4, 11]
    plain = np.full((3, 8, 12), 0.7)
    assert canvas(plain, (2, 3)).filled("blur") == pytest.approx(plain, abs=1e-6)


def test_hidden_pixels_are_those_of_the_patch_and_no_others(drawn):
    kept = np.ones((2, 6), bool)
    kept[1, 4] = False  # second row, second column of patches of 4 x 4
    found = canvas(drawn, (2, 3)).hidden(kept, "black").numpy()
    expected = drawn.copy()
    expected[:, 4:8, 4:8] = -2
    assert found[0] == pytest.approx(drawn, abs=1e-6)
    assert found[1] == pytest.approx(expected, abs=1e-6)


def test_what_no_patch_covers_is_added_again_on_the_right_and_below(drawn):
    whole = canvas(drawn, (2, 3), (9, 15)).whole(torch.ones(2, 3, 8, 12))
    assert whole.shape == (2, 3, 9, 15)
    assert whole[:, :, :8, :12].min() == 1
    assert whole.sum() == 2 * drawn.size


def test_a_picture_is_seen_once_however_many_units_ask_for_it(drawn):
    seen = []

    def see(pictures: torch.Tensor) -> torch.Tensor:
        seen.append(len(pictures))
        return pictures.mean((2, 3))  # (B, 3)

    fields = masks.fields(frozenset({"score_masked"}), canvas(drawn, (2, 3)), see, lambda unit, made: made[:, unit])
    kept = np.concatenate([np.eye(6, dtype=bool)] * 9)
    found = [fields["score_masked"](unit, kept, "mean") for unit in (0, 2, None)]
    assert seen == [6]
    assert np.array_equal(found[1], found[2])
    fields["score_masked"](0, ~np.tri(50, 6, dtype=bool), "mean")
    assert seen == [6, 5]  # six are different: they keep the last five patches, four, ... none; the one of one patch was there
    assert set(fields) == {"score_masked"}


def test_no_more_pictures_than_a_pass_takes_are_seen_at_once(drawn, rng):
    seen = []
    see = lambda pictures: seen.append(len(pictures)) or pictures.mean((1, 2, 3))  # noqa: E731
    score_masked = masks.fields(frozenset({"score_masked"}), canvas(drawn, (2, 3)), see, lambda unit, made: made)["score_masked"]
    every = (np.arange(64)[:, None] >> np.arange(6)) % 2 == 1
    assert len(score_masked(None, every, "black")) == 64
    assert seen == [masks.PICTURES, masks.PICTURES]


def test_words_that_are_not_kept_are_cut_out_of_the_text():
    spans, none = np.array([(0, 3), (4, 7), (8, 10), (4, 10), (0, 10)]), np.zeros(5, bool)
    axis = TextAxis("red cat 猫猫", spans, ("word", "word", "word", "phrase", "text"), none, none)
    given = []

    def score(texts):
        given.extend(texts)
        return torch.zeros(len(texts))

    masks.without(frozenset({"score_without"}), axis, score)["score_without"](~np.eye(5, dtype=bool))
    assert given == [" cat 猫猫", "red  猫猫", "red cat ", "red ", ""]
    assert masks.without(frozenset(), axis, score) == {}
