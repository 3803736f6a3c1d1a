"""Boxes with a planted detector: what is shown, what is left out, and what is said of it."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.axes import RegionAxis
from mmviz.errors import MethodError
from mmviz.probes.boxes import boxes
from mmviz.probes.given import Given
from mmviz.probes.thumbnails import cut, small
from mmviz.samples import Image, Text

BOXES = np.array([[0.0, 0.0, 0.5, 0.5], [0.25, 0.25, 1.0, 0.75], [0.5, 0.5, 1.0, 1.0]])
SCORES = np.array([0.25, 0.875, 0.5])
PIXELS = np.arange(40 * 60 * 3).reshape(40, 60, 3).astype(np.uint8)


def look(scores=SCORES, **options):
    asked = []

    def detect(checkpoint, images, threshold):
        asked.append(threshold)
        stays = scores >= threshold
        names = tuple(np.array(["cat", "dog", "tree"])[stays])
        return [RegionAxis(BOXES[stays], names, scores[stays], "object", (0, 0, 1, 1), (60, 40))]

    planted = SimpleNamespace(name="planted", id="planted@1", family=SimpleNamespace(functions={"detect": detect}))
    return boxes(planted, Given(Text("a cat"), Image(PIXELS)), **options), asked


def test_all_boxes_are_listed_by_score_with_what_they_cover():
    found, _ = look(threshold=0.4)
    (ranking,) = found.rankings
    assert ranking.items.names == ("dog", "tree", "cat")
    assert ranking.values == pytest.approx(np.array([[0.875, 0.375], [0.5, 0.25], [0.25, 0.25]]))
    assert ranking.pictures[1].shape == (20, 30, 3)
    assert np.array_equal(ranking.pictures[1], PIXELS[20:, 30:])


def test_what_lies_below_the_threshold_is_said_and_counted():
    found, _ = look(threshold=0.4)
    assert [(r.key, r.is_warning) for r in found.remarks] == [("boxes_found", False), ("next_box", False)]
    assert found.remarks[1].numbers == {"name": "cat", "score": 0.25, "rest": 1}
    (plot,) = found.plots
    assert plot.values.sum() == 3
    assert plot.lines == (("threshold", 0.4),)
    assert [place for place, count in enumerate(plot.values) if count] == [5, 10, 17]


def test_the_picture_has_all_boxes_the_surest_first_and_the_threshold_to_begin_with():
    (shown,) = look(threshold=0.4)[0].pictures
    assert np.array_equal(shown.pixels, PIXELS)
    assert (shown.boxed.threshold, shown.boxed.ranking) == (0.4, "found_boxes")
    assert shown.boxed.axis.names == ("dog", "tree", "cat")
    assert shown.boxed.axis.boxes.tolist() == BOXES[[1, 2, 0]].tolist()
    assert [box["score"] for box in shown.to_json()["boxed"]["boxes"]] == [0.875, 0.5, 0.25]


def test_a_picture_without_any_box_is_shown_with_a_warning():
    found, _ = look(np.zeros(3), threshold=0.3)
    assert found.rankings == ()
    assert [(r.key, r.is_warning) for r in found.remarks] == [("no_box_found", True)]


def test_a_threshold_below_the_faintest_looks_at_all():
    assert look(threshold=0.0)[1] == [0.0]
    assert look(threshold=0.5)[1] == [0.02]


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(MethodError, match="from 0 to 1"):
        look(threshold=threshold)


def test_tiny_boxes_are_a_pixel_and_large_pictures_are_made_small():
    assert cut(PIXELS, np.array([0.999, 0.999, 1.0, 1.0])).shape == (1, 1, 3)
    assert cut(PIXELS, np.array([1.0, 0.0, 1.0, 0.001])).shape == (1, 1, 3)
    assert small(np.zeros((400, 250, 3), np.uint8), 128).shape == (100, 63, 3)
