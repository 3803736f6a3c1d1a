"""What is drawn of speech: nothing narrow is lost by pooling, and an hour stays small."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz.axes import TimeAxis
from mmviz.views import speech
from tests import spoken

HOUR = 3600


def unpacked(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def test_units_are_given_with_their_times_and_places_in_the_text():
    made = spoken.timing()
    drawn = speech.speech(made)
    assert drawn["names"] == "the grey cat sat on the mat".split()
    assert np.allclose(unpacked(drawn["starts"], "<f4"), made.starts)
    assert unpacked(drawn["spoken"], "u1").tolist() == made.spoken.tolist()
    assert unpacked(drawn["sure"], "u1")[:2].tolist() == [230, 102]
    assert unpacked(drawn["spans"], "<i4").reshape(-1, 2).tolist() == made.query.spans.tolist()
    assert drawn["gaps"] == [[3.7, 4.1]]


def test_without_a_path_there_is_none_to_draw():
    assert speech.speech(replace(spoken.timing(), warp=None))["warp"] is None


def test_the_path_is_given_where_it_turns_and_lies_on_the_lowest_costs():
    made = spoken.timing().warp
    drawn = speech.warp(made)
    path = unpacked(drawn["path"], "<f4").reshape(-1, 2)
    assert len(path) < len(made.path)
    assert path[0].tolist() == [0, 0]
    assert np.allclose(path[-1], [made.key.starts[-1], made.query.starts[-1]])
    assert np.allclose(
        np.interp(made.key.starts[made.path[:, 1]], path[:, 0], path[:, 1]), made.query.starts[made.path[:, 0]], atol=0.021
    )
    costs = unpacked(drawn["costs"], "u1").reshape(drawn["rows"], drawn["columns"])
    across = (path[:, 0] - drawn["left"]) / (drawn["right"] - drawn["left"]) * drawn["columns"]
    down = (path[:, 1] - drawn["top"]) / (drawn["bottom"] - drawn["top"]) * drawn["rows"]
    assert (costs[(down + 0.01).astype(int), (across + 0.01).astype(int)] == 0).mean() > 0.9
    assert costs.max() == 255


def test_pooling_keeps_the_least_so_that_a_thin_path_stays():
    picture = np.full((997, 1301), 9.0)
    picture[np.arange(997), np.arange(997)] = 1
    small, (tall, wide) = speech.pooled(picture, 10_000)
    assert small.size <= 10_000
    assert (tall, wide) == (12, 12)
    assert (small[np.arange(997) // tall, np.arange(997) // wide] == 1).all()
    assert small[0, -1] == 9


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (3, 7)])
def test_pictures_of_odd_shapes_are_pooled_too(shape):
    small, _ = speech.pooled(np.ones(shape), 100)
    assert small.size <= 100


def test_edges_stay_where_they_are_when_the_last_cell_stands_for_less(monkeypatch):
    made = spoken.warp(100, 101)
    monkeypatch.setattr(speech, "CELLS", 2600)
    drawn = speech.warp(made)
    assert (drawn["rows"], drawn["columns"]) == (50, 51)
    assert drawn["right"] == pytest.approx(1.02)
    assert drawn["bottom"] == pytest.approx(1.0)


def test_cells_of_unequal_length_are_laid_on_even_ones_and_the_lowest_is_kept():
    made = spoken.warp(4, 4)
    uneven = TimeAxis(np.array([0, 0.01, 0.02, 0.05]), np.array([0.01, 0.02, 0.05, 0.06]))
    picture = np.array([[9, 9, 9, 9], [9, 1, 9, 9], [9, 9, 2, 9], [9, 9, 9, 3]], np.float32)
    even = speech._even(picture, uneven, made.preview_key)
    assert even.tolist() == [[9, 1, 9, 9], [9, 1, 2, 9], [9, 9, 2, 9], [9, 9, 2, 3]]


def test_an_hour_of_speech_stays_under_two_megabytes():
    text = " ".join(f"word{i}" for i in range(10_883))
    made = spoken.timing(text, HOUR, warp=spoken.warp(2000, 3000, 900))
    steps = np.random.default_rng(0).integers(0, 2, (400_000, 2))
    path = np.cumsum(np.maximum(steps, [0, 1]), 0)
    long = replace(
        made.warp,
        path=path,
        local=np.ones(len(path), np.float32),
        query=spoken.frames(path[-1, 0] + 1),
        key=spoken.frames(path[-1, 1] + 1),
    )
    peaks, spectrum = np.full((speech.PEAKS, 2), 128, np.uint8), np.zeros((speech.BANDS, speech.COLUMNS), np.uint8)
    written = json.dumps([speech.speech(replace(made, warp=long)), speech.sound(peaks, spectrum)], allow_nan=False)
    assert len(written) < 2 * 2**20


def test_a_sound_is_given_as_it_is(rng):
    peaks, spectrum = rng.integers(0, 256, (9, 2)).astype(np.uint8), rng.integers(0, 256, (4, 7)).astype(np.uint8)
    drawn = speech.sound(peaks, spectrum)
    assert np.array_equal(unpacked(drawn["peaks"], "u1").reshape(9, 2), peaks)
    assert np.array_equal(unpacked(drawn["spectrum"], "u1").reshape(drawn["bands"], drawn["columns"]), spectrum)
