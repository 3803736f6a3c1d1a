"""Shots of films whose cuts are known."""

import numpy as np
import pytest

from mmviz.errors import MmvizError, Stopped
from mmviz.media import shots as media
from mmviz.media import video as films
from tests.media import clips

#: Frames of each shot of the film of the tests.
LENGTHS = (30, 41, 22, 36)


@pytest.fixture(scope="module")
def parts():
    rng = np.random.default_rng(5)
    return [clips.scenery(rng, count) for count in LENGTHS]


@pytest.fixture(scope="module")
def cut(tmp_path_factory, parts):
    path = clips.write(tmp_path_factory.mktemp("cut") / "cut.mp4", [frame for part in parts for frame in part])
    return films.parse(path)


def found(path) -> list[float]:
    """Seconds of all cuts."""
    return media.find(films.parse(path)).axis.starts[1:].tolist()


def test_every_cut_is_found_at_its_second(cut):
    shots = media.find(cut)
    assert np.allclose(shots.axis.starts, np.cumsum([0, *LENGTHS[:-1]]) / 25, atol=0.01)
    assert np.allclose(shots.axis.ends, np.cumsum(LENGTHS) / 25, atol=0.01)
    assert (shots.frames, shots.notes, shots.gradual.shape) == (sum(LENGTHS), (), (0, 2))


def test_shots_are_written_as_the_contract_has_them(cut):
    value = media.find(cut).to_json()
    assert value["shots"][1] == {"start": pytest.approx(1.2), "end": pytest.approx(2.84)}
    assert value["seconds"] == pytest.approx(5.16, abs=0.01)
    assert value["frames"] == 129


def test_the_frame_that_stands_for_a_shot_lies_in_it(cut):
    axis = media.find(cut).axis
    assert ((axis.starts < axis.keys) & (axis.keys < axis.ends)).all()


def test_a_film_that_only_moves_is_one_shot(tmp_path, rng):
    assert found(clips.write(tmp_path / "one.mp4", clips.scenery(rng, 60))) == []


def test_a_flash_is_no_cut(tmp_path, rng):
    frames = clips.scenery(rng, 60)
    frames[30:32] = [np.full_like(frames[0], 255)] * 2
    assert found(clips.write(tmp_path / "flash.mp4", frames)) == []


def test_a_flash_at_a_cut_does_not_hide_it(tmp_path, rng):
    frames = clips.scenery(rng, 40) + clips.scenery(rng, 40)
    frames[40] = np.full_like(frames[0], 255)
    assert found(clips.write(tmp_path / "flash.mp4", frames)) == [pytest.approx(1.6, abs=0.05)]


def test_a_fade_to_black_at_the_end_is_no_cut(tmp_path, rng):
    frames = clips.scenery(rng, 60)
    dark = [(frame * (1 - n / 10)).astype(np.uint8) for n, frame in enumerate(frames[50:])]
    black = [np.zeros_like(frames[0])] * 6
    assert found(clips.write(tmp_path / "end.mp4", frames[:50] + dark + black)) == []
    assert found(clips.write(tmp_path / "black.mp4", frames + black)) == []


def test_a_short_last_shot_is_one(tmp_path, rng):
    frames = clips.scenery(rng, 50) + clips.scenery(rng, 8)
    assert found(clips.write(tmp_path / "short.mp4", frames)) == [pytest.approx(2.0, abs=0.01)]


def test_a_still_picture_is_one_shot(tmp_path, rng):
    shots = media.find(films.parse(clips.write(tmp_path / "still.mp4", clips.scenery(rng, 1))))
    assert (len(shots.axis), shots.notes) == (1, ("still",))
    assert 0 < shots.axis.ends[0] < 0.1


def test_a_film_that_is_cut_short_says_so(tmp_path, parts):
    whole = clips.write(tmp_path / "whole.webm", [frame for part in parts for frame in part], "libvpx")
    part = tmp_path / "part.webm"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert media.find(films.parse(part)).notes == ("cut_short",)


def test_a_cut_in_a_variable_rate_lies_at_its_second(tmp_path, parts):
    times = np.cumsum([0, *([3, 5] * 40)]).tolist()[: len(parts[0]) + len(parts[1])]
    path = clips.write(tmp_path / "vfr.mp4", parts[0] + parts[1], times=times)
    assert found(path) == [pytest.approx(times[len(parts[0])] / 100, abs=0.011)]


def test_progress_counts_seconds_and_may_stop_the_work(cut):
    told = []
    media.find(cut, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 6), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (6, 6)]

    def stop(done, total):
        raise Stopped("Stopped as was asked.")

    with pytest.raises(MmvizError, match="Stopped"):
        media.find(cut, progress=stop)
