"""Reels whose transitions are known frame by frame."""

import numpy as np
import pytest

from mmviz.worlds import motion

OLD, NEW = np.full((9, 20, 30, 3), 40, np.uint8), np.full((9, 20, 30, 3), 200, np.uint8)


@pytest.fixture(scope="module")
def reel() -> motion.Reel:
    return motion.reel(np.random.default_rng(4), 6)


def test_transitions_lie_in_the_reel_in_order(reel):
    starts, ends = ([getattr(one, name) for one in reel.transitions] for name in ("start", "end"))
    assert len(starts) == 5
    assert all(a <= b for a, b in zip(starts, ends, strict=True))
    assert all(end + 15 <= start for end, start in zip(ends, starts[1:], strict=False))
    assert ends[-1] + 15 <= len(reel.frames)
    assert (reel.frames.shape[1:], reel.frames.dtype) == ((54, 96, 3), np.uint8)


def test_the_same_stream_gives_the_same_reel(reel):
    assert (motion.reel(np.random.default_rng(4), 6).frames == reel.frames).all()
    assert (motion.reel(np.random.default_rng(5), 1).frames[:15] != reel.frames[:15]).any()


def test_a_dissolve_goes_steadily_from_one_to_the_other(rng):
    means = motion.blend(rng, "dissolve", OLD, NEW).mean((1, 2, 3))
    assert (np.diff(means) > 0).all()
    assert 40 < means[0] < means[4] == pytest.approx(120, abs=1)
    assert means[8] < 200


def test_a_fade_goes_through_one_colour(rng):
    frames = motion.blend(rng, "fade", OLD, NEW)
    middle = frames.mean((1, 2, 3))
    assert min(middle.min(), 255 - middle.max()) < 12
    assert frames.std((1, 2)).max() == 0


def test_a_wipe_shows_either_shot_in_almost_every_pixel(rng):
    frames = motion.blend(rng, "wipe", OLD, NEW)
    pure = ((frames < 48) | (frames > 192)).mean()
    shares = (frames > 120).mean((1, 2, 3))
    assert pure > 0.7
    assert (np.diff(shares) >= 0).all()
    assert shares[-1] - shares[0] > 0.6


def test_a_cut_takes_no_frames(rng):
    assert motion.blend(rng, "cut", OLD[:0], NEW[:0]).shape == (0, 20, 30, 3)
