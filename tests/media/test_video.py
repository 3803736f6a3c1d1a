"""Films as they are taken in, refused and decoded."""

import os
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from mmviz.errors import MediaError
from mmviz.media import video as media
from tests.media import clips


@pytest.fixture(scope="module")
def corners() -> np.ndarray:
    """Red above left, black above right, blue below; wider than high."""
    picture = np.zeros((72, 128, 3), np.uint8)
    picture[:36, :64], picture[36:] = (255, 0, 0), (0, 0, 255)
    return picture


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Two seconds whose brightness tells the frame: frame n is grey 4 n."""
    return clips.write(tmp_path_factory.mktemp("films") / "grey.mp4", [np.full((72, 128, 3), 4 * n, np.uint8) for n in range(50)])


def names(pixels: np.ndarray) -> list[str]:
    """Name the colours of the four corners, row by row."""
    high, wide = pixels.shape[:2]
    places = [(high // 8, wide // 8), (high // 8, -wide // 8), (-high // 8, wide // 8), (-high // 8, -wide // 8)]
    return ["rgb"[pixels[place].argmax()] if pixels[place].max() > 128 else "black" for place in places]


@pytest.mark.parametrize(
    ("codec", "file", "called"),
    [("libx264", "a.mp4", "h264"), ("libvpx", "a.webm", "vp8"), ("libvpx-vp9", "b.webm", "vp9"), ("libsvtav1", "c.webm", "av1")],
)
def test_every_codec_gives_all_frames_with_their_seconds(tmp_path, codec, file, called):
    grey = [np.full((72, 128, 3), 8 * n, np.uint8) for n in range(20)]
    video = media.parse(clips.write(tmp_path / file, grey, codec))
    rows = list(media.thumbnails(video))
    assert (video.codec, video.width, video.height) == (called, 128, 72)
    assert np.allclose([start for start, _, _ in rows], np.arange(20) / 25, atol=0.002)
    assert rows[-1][0] + rows[-1][1] == pytest.approx(0.8, abs=0.01)
    assert np.allclose([pixels.mean() for _, _, pixels in rows], 8 * np.arange(20), atol=5)


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="priorities are Linux'")
def test_to_write_av1_leaves_the_tests_as_they_were_scheduled(tmp_path):
    before = os.sched_getscheduler(0)
    clips.write(tmp_path / "a.webm", [np.full((72, 128, 3), 8 * n, np.uint8) for n in range(3)], "libsvtav1")
    assert os.sched_getscheduler(0) == before


def test_thumbnails_are_squeezed_to_one_size(film):
    assert next(media.thumbnails(media.parse(film)))[2].shape == (54, 96, 3)


def test_seconds_of_a_variable_rate_are_those_of_the_file(tmp_path):
    times = [0, 10, 12, 50, 51, 90]
    grey = [np.full((72, 128, 3), 40 * n, np.uint8) for n in range(6)]
    video = media.parse(clips.write(tmp_path / "vfr.mp4", grey, times=times))
    assert [round(100 * start) for start, _, _ in media.thumbnails(video)] == times
    shown = [frame.pixels.mean() for frame in media.frames_at(video, [0.11, 0.3, 0.505])]
    assert np.allclose(shown, [40, 80, 120], atol=6)


def test_a_turned_film_is_upright_everywhere(tmp_path, corners):
    video = media.parse(clips.turned(clips.write(tmp_path / "turned.mp4", [corners] * 5)))
    thumbnail = next(media.thumbnails(video))[2]
    frame = next(media.frames_at(video, [0.1])).pixels
    assert (video.width, video.height) == (72, 128)
    assert thumbnail.shape == (54, 96, 3)
    assert frame.shape == (128, 72, 3)
    assert names(thumbnail) == names(frame) == ["b", "r", "b", "black"]


def test_frames_come_from_the_times_asked_for(film):
    video, times = media.parse(film), [0.0, 0.05, 0.39, 0.4, 1.3, 1.99, 7.0]
    shown = [frame.pixels.mean() for frame in media.frames_at(video, times)]
    assert np.allclose(shown, [4 * n for n in (0, 1, 9, 10, 32, 49, 49)], atol=3)


def test_a_far_frame_is_reached_by_a_jump(film, monkeypatch):
    monkeypatch.setattr(media, "NEAR", 0.2)
    shown = [frame.pixels.mean() for frame in media.frames_at(media.parse(film), [0.1, 1.5, 1.6])]
    assert np.allclose(shown, [4 * n for n in (2, 37, 40)], atol=3)


def test_the_longer_side_of_a_frame_is_bounded(film):
    assert next(media.frames_at(media.parse(film), [0.5], side=64)).pixels.shape == (36, 64, 3)


def test_thumbnails_are_not_kept(tmp_path):
    long = clips.write(tmp_path / "long.mp4", (np.full((72, 128, 3), n % 250, np.uint8) for n in range(1500)))
    video = media.parse(long)
    sum(1 for _ in media.thumbnails(video))
    tracemalloc.start()
    count = sum(1 for _ in media.thumbnails(video))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 1500
    assert peak < 2**20  # all thumbnails would be 23 MB


def test_a_film_of_one_frame_is_a_film(tmp_path, corners):
    rows = list(media.thumbnails(media.parse(clips.write(tmp_path / "still.mp4", [corners]))))
    assert len(rows) == 1
    assert rows[0][:2] == (0.0, pytest.approx(0.04, abs=0.01))


def test_what_is_left_of_a_cut_film_is_given(tmp_path, rng):
    whole = clips.write(tmp_path / "whole.webm", clips.scenery(rng, 50), "libvpx")
    part = tmp_path / "part.webm"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert 3 < len(list(media.thumbnails(media.parse(part)))) < 50


def test_a_film_that_claims_nothing_is_an_upload(film):
    assert media.parse(film).claim is None
    assert media.parse(film).source == "upload"


def _picture(path):
    Image.new("RGB", (40, 30)).save(path, "PNG")
    return path


def _headless(path, film):
    path.write_bytes(film.read_bytes()[:-400])
    return path


def _large(path):
    frame = np.zeros((16, 4112, 3), np.uint8)
    return clips.write(path, [frame, frame])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder, film: folder / "none.mp4", "There is no file .*none.mp4; check the path"),
        (lambda folder, film: _written(folder / "empty.mp4", b""), r"empty.mp4 is empty \(0 bytes\)"),
        (lambda folder, film: _written(folder / "text.mp4", b"no film at all " * 50), "text.mp4 is no film that can be read"),
        (
            lambda folder, film: _headless(folder / "cut.mp4", film),
            "cut.mp4 is no film that can be read, or is damaged or cut short",
        ),
        (lambda folder, film: clips.silent_sound(folder / "song.mp4"), "song.mp4 has sound and no pictures"),
        (lambda folder, film: _picture(folder / "photo.mp4"), "photo.mp4 is a picture, not a film"),
        (lambda folder, film: _large(folder / "wide.mp4"), "wide.mp4 has 4112 x 16 pixels; up to 4096 x 2304"),
    ],
)
def test_what_is_no_film_is_refused_in_one_sentence(tmp_path, film, make, says):
    with pytest.raises(MediaError, match=says):
        media.parse(make(tmp_path, film))


def test_a_film_that_does_not_decode_is_refused(film, tmp_path):
    content = film.read_bytes()
    start = content.find(b"mdat") + 4
    end = content.find(b"moov") - 4
    broken = _written(tmp_path / "broken.mp4", content[:start] + bytes(max(0, end - start)) + content[end:])
    with pytest.raises(MediaError, match=r"Not one frame of broken.mp4 \(h264\) can be decoded"):
        list(media.thumbnails(media.parse(broken)))


def test_a_film_of_many_hours_is_refused(film, monkeypatch):
    monkeypatch.setattr(media, "MAX_SECONDS", 1)
    with pytest.raises(MediaError, match=r"grey.mp4 is 0.0 hours long"):
        media.parse(film)


def _written(path, content: bytes):
    path.write_bytes(content)
    return path
