"""Times of units carry their axes, and say themselves as the contract has it."""

import json

import numpy as np
import pytest

from mmviz.axes import ShotAxis, TextAxis, TimeAxis
from mmviz.timings import Timing, Warp

SPANS = np.array([[0, 3], [4, 8], [9, 12]])


def axis() -> TextAxis:
    return TextAxis("the grey cat", SPANS, ("word",) * 3, np.zeros(3, bool), np.zeros(3, bool))


def timing(**changed) -> Timing:
    about = {
        "query": axis(),
        "names": ("the", "grey", "cat"),
        "starts": np.array([0.1, 0.4, 0.4]),
        "ends": np.array([0.3, 0.4, 0.9]),
        "confidence": np.array([0.9, 0.2, 0.8]),
        "spoken": np.array([True, False, True]),
        "gaps": np.array([[1.0, 1.5]]),
        "matches": 0.75,
    }
    return Timing(**{**about, **changed}, aligner="dtw", language="en", unit="word", seconds=2.0)


def test_every_unit_is_said_with_its_times_and_its_place_in_the_text():
    said = json.loads(json.dumps(timing().to_json(), allow_nan=False))
    assert said["units"][1] == {"text": "grey", "start": 0.4, "end": 0.4, "confidence": 0.2, "spoken": False, "span": [4, 8]}
    assert (said["aligner"], said["matches"], said["seconds"], said["gaps"]) == ("dtw", 0.75, 2.0, [[1.0, 1.5]])


@pytest.mark.parametrize(
    "changed",
    [
        {"starts": np.array([0.4, 0.1, 0.4])},
        {"ends": np.array([0.3, 0.39, 0.9])},
        {"confidence": np.ones(2)},
        {"names": ("the", "grey")},
    ],
)
def test_times_that_go_back_or_lack_a_unit_are_refused(changed):
    with pytest.raises(ValueError, match="must"):
        timing(**changed)


def test_stretches_of_time_increase_and_say_their_seconds():
    assert TimeAxis(np.array([0.0, 0.5]), np.array([0.5, 1.25])).labels == ["0.00-0.50 s", "0.50-1.25 s"]
    assert ShotAxis(np.array([0.0]), np.array([2.0]), np.array([0.8])).labels == ["shot 1, 0.00-2.00 s"]
    with pytest.raises(ValueError, match="increase"):
        TimeAxis(np.array([0.5, 0.5]), np.array([0.6, 0.7]))


def test_a_path_carries_both_of_its_axes():
    frames = [TimeAxis(np.arange(n) * 0.01, np.arange(n) * 0.01 + 0.01) for n in (3, 4)]
    path = np.array([[0, 0], [1, 1], [1, 2], [2, 3]])
    about = {"path": path, "query": frames[0], "key": frames[1], "cost": 3.0, "local": np.ones(4, np.float32)}
    pooled = {"preview_query": frames[0], "preview_key": frames[1], "metric": "euclidean"}
    assert Warp(**about, **pooled, preview=np.ones((3, 4), np.float32)).cost == 3
    with pytest.raises(ValueError, match="preview"):
        Warp(**about, **pooled, preview=np.ones((4, 3), np.float32))
