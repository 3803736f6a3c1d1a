import base64

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import ItemAxis
from mmviz.registry import views
from mmviz.results import Embeds
from mmviz.space.gap import unit
from mmviz.views import theme
from mmviz.views.space import space as view


@pytest.fixture
def shown(rng):
    sides = [("text", 9), ("image", 5)]
    rows = [unit(rng.normal(size=(n, 6)) + 3 * (1 - 2 * i) * np.eye(6)[0]) for i, (_, n) in enumerate(sides)]
    parts = [
        Embeds(made, ItemAxis(tuple(f"{kind} {i}" for i in range(len(made)))), kind, "") for made, (kind, _) in zip(rows, sides)
    ]
    return pipeline.space(parts, "pca", pairs=np.array([[0, 9], [3, 11]]))


def read(packed: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed), kind)


def test_places_are_whole_numbers_by_one_measure(shown):
    xy = read(view(shown)["xy"], "<u2").reshape(-1, 2).astype(float)
    extent = np.ptp(shown.points, axis=0)
    assert xy.max() == 65535
    assert xy.min() == 0
    assert np.allclose(np.ptp(xy, axis=0) / 65535, extent / extent.max(), atol=1e-4)
    assert np.corrcoef(xy[:, 0], shown.points[:, 0])[0, 1] > 0.9999


def test_neighbours_pairs_and_what_is_kept_are_there(shown):
    drawn = view(shown)
    near = read(drawn["neighbours"], "<u4").reshape(14, drawn["near"])
    assert np.array_equal(near, shown.neighbours.places[:, : drawn["near"]])
    assert read(drawn["pairs"], "<u4").tolist() == [0, 9, 3, 11]
    assert np.allclose(read(drawn["kept"], "u1") / 255, shown.belief.kept, atol=0.002)
    assert read(drawn["modality"], "u1").tolist() == [0] * 9 + [1] * 5
    assert drawn["trustworthiness"] == shown.belief.trustworthiness


def test_the_gaps_arrow_runs_from_middle_to_middle(shown):
    drawn = view(shown)
    xy = read(drawn["xy"], "<u2").reshape(-1, 2) / 65535
    assert np.allclose(drawn["means"], [xy[:9].mean(0), xy[9:].mean(0)], atol=1e-3)


def test_a_tag_of_many_values_has_colours_for_the_most_frequent_and_one_for_others(shown):
    kinds = [f"kind {i}" for i in range(len(theme.CLASSES) + 1)]
    colouring = view(shown.tagged({"concept": (*kinds, "", "kind 3", "kind 3")[:14]}))["colourings"][1]
    values = read(colouring["values"], "u1")
    assert colouring["name"] == "concept"
    assert colouring["labels"][0] == "kind 3"
    assert colouring["labels"][-1] == ""
    assert colouring["colours"][-1] == f"#{theme.OTHERS}"
    assert values[3] == values[12] == values[13] == 0
    assert values[11] == 255


def test_ranks_keep_their_order_and_have_the_colours_of_a_scale(shown):
    colouring = view(shown.tagged({"rank": ("101+", "1", "2-5", *[""] * 11)}))["colourings"][1]
    assert colouring["labels"] == ["1", "2-5", "101+"]
    assert read(colouring["values"], "u1")[:4].tolist() == [2, 0, 1, 255]
    assert len(set(colouring["colours"])) == 3


@pytest.mark.parametrize("colour", [*theme.CLASSES, *theme.ORDER, theme.OTHERS])
@pytest.mark.parametrize("ground", ["ffffff", "0b0f19"])
def test_a_kinds_colour_stands_out_from_a_light_and_a_dark_page(colour, ground):
    def light(hexed: str) -> float:
        parts = [int(hexed[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        return float(
            np.dot([0.2126, 0.7152, 0.0722], [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts])
        )

    high, low = sorted((light(colour), light(ground)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 3


def test_a_hundred_thousand_points_stay_under_three_megabytes(rng):
    points = rng.normal(size=(100_000, 2)).astype(np.float32)
    import json

    from mmviz.spaces import Neighbours, Space

    near = Neighbours(rng.integers(0, 100_000, (100_000, 15)), np.zeros((100_000, 15), np.float32))
    large = Space(
        points,
        points,
        ItemAxis(("",) * 100_000),
        ("v",),
        np.zeros(100_000, np.uint8),
        near,
        None,
        np.zeros((0, 2), int),
        None,
        "umap",
        0,
    )
    assert views["space"].run is view
    assert len(json.dumps(view(large))) < 3 * 2**20
