"""Colour keypoints: where they lie, what they tell apart, and that an even picture has none."""

import numpy as np
import pytest

from mmviz.models import sift
from mmviz.samples import Image
from tests import planted


def spot(colour: tuple[int, int, int], ground: tuple[int, int, int], width: int = 96, height: int = 64) -> Image:
    """Paint a round spot of radius 8 at (30, 40)."""
    y, x = np.indices((height, width))
    pixels = np.full((height, width, 3), ground, np.uint8)
    pixels[(x - 29.5) ** 2 + (y - 39.5) ** 2 <= 64] = colour
    return Image(pixels)


@pytest.mark.parametrize("pixels", [np.full((40, 60, 3), 128), np.linspace(0, 255, 60)[None, :, None] * np.ones((40, 60, 3))])
def test_an_even_picture_has_none(pixels):
    found = sift.find(Image(pixels.astype(np.uint8)))
    assert len(found) == 0
    assert found.descriptors.shape == (0, sift.WIDTH)


def test_a_spot_has_one_of_its_size_where_it_is():
    found = sift.find(spot((250, 250, 250), (20, 20, 20)))
    middle, side = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2 * [96, 64], (found.boxes[:, 2:] - found.boxes[:, :2]) * [96, 64]
    off = np.abs(middle - [30, 40]).max(1)
    assert off.min() < 0.5
    # a disc of radius r answers strongest at sigma = r / root 2; OpenCV calls two sigmas its size
    assert side[off.argmin()] == pytest.approx([2 * 8 / np.sqrt(2)] * 2, rel=0.2)


def test_descriptors_have_unit_norm_and_boxes_lie_in_the_picture(rng):
    image, _ = planted.lone(200, 90, (0.5, 0.5))
    found = sift.find(image)
    np.testing.assert_allclose(np.linalg.norm(found.descriptors, axis=1), 1, atol=1e-5)
    assert (found.boxes >= 0).all()
    assert (found.boxes <= 1).all()
    assert (np.diff(found.responses) <= 0).all()


def test_red_and_green_of_one_lightness_look_different_and_grey_has_no_colour():
    ground, described = (20, 20, 20), {}
    for name, colour in {"red": (240, 60, 60), "green": (60, 240, 60), "grey": (120, 120, 120)}.items():
        found = sift.find(spot(colour, ground))
        middle = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2 * [96, 64]
        described[name] = found.descriptors[np.abs(middle - [30, 40]).max(1).argmin()]
    assert described["red"] @ described["green"] < 0.8
    assert np.linalg.norm(described["grey"][:256]) < 0.05
    assert np.linalg.norm(described["red"][:256]) > 0.5


def test_a_picture_moved_aside_has_its_keypoints_moved_with_it(rng):
    ground = np.full((96, 96, 3), 90, np.uint8)
    patch = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8).repeat(6, 0).repeat(6, 1)  # 36 x 36
    here, there = ground.copy(), ground.copy()
    here[12:48, 12:48], there[36:72, 48:84] = patch, patch
    one, other = (sift.find(Image(p)) for p in (here, there))
    wanted = one.boxes[:20] + np.array([36, 24, 36, 24]) / 96
    off = np.abs(wanted[:, None] - other.boxes[None]).max(2).min(1)  # (20,): how far the nearest box is from where it should be
    assert len(one) > 20
    assert (off < 0.01).mean() >= 0.9  # one at the edge may come or go


def test_the_same_is_found_again():
    image, _ = planted.lone(63, 43, (0.5, 0.5))
    assert np.array_equal(sift.find(image).descriptors, sift.find(image).descriptors)


def test_no_more_than_the_strongest_are_kept(rng):
    found = sift.find(Image(rng.integers(0, 256, (128, 128, 3), dtype=np.uint8).repeat(2, 0).repeat(2, 1)))
    assert len(found) == sift.MOST
