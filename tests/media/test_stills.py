"""Frames that are kept while a film is decoded."""

import numpy as np
import pytest

from mmviz.media import stills, video
from mmviz.media.stills import Stills
from tests.media import clips


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> video.Video:
    """Four seconds whose brightness tells the frame: frame n is grey 2 n; turned by 90 degrees."""
    frames = [np.full((72, 128, 3), 2 * n, np.uint8) for n in range(100)]
    return video.parse(clips.turned(clips.write(tmp_path_factory.mktemp("films") / "grey.mp4", frames)))


def seen(film: video.Video) -> Stills:
    kept = Stills()
    for _ in video.thumbnails(film, kept):
        pass
    return kept


def test_one_frame_is_kept_every_fifth_of_a_second_upright(film):
    kept = seen(film)
    assert len(kept) == 20
    pictures = [kept.read(n) for n in range(20)]
    assert pictures[0].shape == (128, 72, 3)
    assert np.allclose([picture.mean() for picture in pictures], 10 * np.arange(20), atol=3)


@pytest.mark.parametrize(
    ("second", "within", "found"), [(0.0, 0, 0), (0.31, 0.1, 2), (0.29, 0.1, 1), (0.31, 0.05, None), (9.0, 6, 19), (9.0, 5, None)]
)
def test_the_nearest_is_found_where_one_is_near_enough(film, second, within, found):
    assert seen(film).find(second, within) == found


def test_too_many_are_thinned_evenly(film, monkeypatch):
    monkeypatch.setattr(stills, "MOST", 7)
    kept = seen(film)
    assert len(kept) <= 7
    assert kept.step == pytest.approx(0.8)
    assert np.allclose([kept.read(n).mean() for n in range(len(kept))], 40 * np.arange(len(kept)), atol=3)


def test_a_frame_in_colour_is_given_back_but_for_what_packing_loses(rng):
    pixels = np.stack(clips.scenery(rng, 1, (90, 160)))[0]
    kept = Stills()
    kept.keep(0.0, pixels)
    assert np.abs(kept.read(0).astype(int) - pixels).mean() < 2


def test_nothing_is_found_where_nothing_was_kept():
    assert Stills().find(1.0, 9.0) is None
