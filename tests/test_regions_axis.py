"""Regions as columns: what the value promises, and that files, views and trust carry it."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import PatchAxis, RegionAxis
from mmviz.errors import MethodError
from mmviz.pipeline import grids, judging, regions
from mmviz.pipeline.versus import opposed
from mmviz.results import Alignment, Score
from mmviz.samples import Image
from mmviz.trust import sinks
from mmviz.trust.evidence import Evidence
from mmviz.views.overlay import overlay
from mmviz.views.table import table
from tests import synthetic

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def alignment(rng) -> Alignment:
    encoding = replace(synthetic.encoding(rng, "context"), key=synthetic.region_axis(), key_embeds=None, unit_scores=None)
    made = encoding.alignment(rng.normal(size=(synthetic.Q, synthetic.K)), scale="effect").made_by("contributions", {})
    return replace(made, score=Score(0.3, "logit", parts={"bilinear": 1.0, "query": -0.5, "key": -0.2}))


@pytest.mark.parametrize("box", [(0.2, 0.2, 0.2, 0.4), (-0.1, 0, 0.5, 0.5), (0.5, 0.5, 1.01, 1)])
def test_a_region_that_is_empty_or_reaches_outside_is_no_region(box):
    axis = synthetic.region_axis()
    with pytest.raises(ValueError, match="inside"):
        replace(axis, boxes=np.vstack([axis.boxes[:-1], [box]]))


def test_regions_are_called_by_number_and_name():
    assert synthetic.region_axis().labels == [
        "object 1 cat",
        "object 2 dog",
        "object 3",
        "object 4 tree",
        "object 5 cat",
        "object 6",
    ]


def test_an_alignment_with_regions_survives_its_file(alignment, tmp_path):
    alignment.save(tmp_path / "a.json")
    again = Alignment.load(tmp_path / "a.json")
    assert isinstance(again.key, RegionAxis)
    assert again.to_json() == alignment.to_json()
    assert again.key.names == alignment.key.names
    assert np.array_equal(again.key.boxes, alignment.key.boxes)
    assert again.score.parts == {"bilinear": 1.0, "query": -0.5, "key": -0.2}


def test_a_table_has_a_line_for_every_unit_and_region(alignment):
    lines = pipeline.export(alignment, "csv").decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + synthetic.Q * synthetic.K
    assert ",object 2 dog,0.1,0.1,0.2,0.3," in lines[2]


def test_a_sheet_draws_every_region_at_its_place_the_strongest_on_top(alignment):
    image = Image(np.zeros((60, 90, 3), np.uint8))
    root = ET.fromstring(pipeline.export(alignment, "svg", image))
    cells = [g for g in root.iter(f"{SVG}g") if g.get("clip-path")]
    assert len(cells) == synthetic.Q
    drawn = [rect for rect in cells[0] if rect.tag == f"{SVG}rect"]
    order = np.argsort(np.abs(alignment.scores[0]))
    wanted = alignment.key.boxes[order] * [240, 160, 240, 160]  # the picture is 240 wide on the sheet
    found = [[float(rect.get(side)) for side in ("x", "y", "width", "height")] for rect in drawn]
    np.testing.assert_allclose(found, np.hstack([wanted[:, :2], wanted[:, 2:] - wanted[:, :2]]), atol=1e-2)


def test_the_map_and_the_table_on_the_page_are_told_where_regions_lie(alignment):
    for drawn in (overlay(alignment), table(alignment)):
        assert drawn["regions"]["boxes"] == alignment.key.boxes.tolist()
        assert drawn["regions"]["names"] == list(alignment.key.names)
        assert drawn["grid"] == [1, synthetic.K]
    assert overlay(alignment)["frame"] == [0, 0, 1, 1]


def test_of_patches_there_are_none(rng):
    assert overlay(synthetic.encoding(rng).alignment(np.zeros((synthetic.Q, synthetic.K)), scale="effect"))["regions"] is None


@pytest.mark.parametrize("scale", ["effect", "mass"])
def test_amounts_laid_on_a_grid_add_up_to_what_they_were(alignment, scale):
    given = replace(alignment, scale=scale, scores=np.abs(alignment.scores))
    found = grids.on_grid(given)
    assert isinstance(found.key, PatchAxis)
    assert found.key.grid == (21, 32)  # 90 x 60 pixels, 32 cells along the longer side
    np.testing.assert_allclose(found.scores.sum(1), given.scores.sum(1), rtol=1e-5)


def test_values_laid_on_a_grid_are_means_of_the_regions_there(alignment):
    scores = np.zeros_like(alignment.scores)
    scores[:, 0], scores[:, 1] = 0.2, 0.8
    found = grids.on_grid(replace(alignment, scale="cosine", scores=scores))
    x, y = (found.key.boxes[:, :2] + found.key.boxes[:, 2:]).T / 2
    inside_both = (x > 0.13) & (x < 0.17) & (y > 0.15) & (y < 0.25)
    only_first = (x > 0.25) & (x < 0.35) & (y < 0.3)
    nowhere = (x > 0.65) & (y > 0.3) & (y < 0.8)
    assert found.scores[0, inside_both] == pytest.approx(0.5, abs=1e-6)
    assert found.scores[0, only_first] == pytest.approx(0.2, abs=1e-6)
    assert found.scores[0, nowhere] == pytest.approx(0)
    assert min(mask.sum() for mask in (inside_both, only_first, nowhere)) > 1


def test_a_map_of_patches_is_its_own_grid(rng):
    found = synthetic.encoding(rng).alignment(np.zeros((synthetic.Q, synthetic.K)), scale="effect")
    assert grids.on_grid(found) is found


def test_two_answers_of_regions_are_set_against_each_other_on_a_grid(alignment):
    other = replace(alignment, scores=-alignment.scores)
    found = opposed(alignment, other, "model")
    assert found.common.grid == (21, 32)
    np.testing.assert_allclose(found.change.sum(1), -2 * alignment.scores.sum(1), atol=1e-4)


def test_regions_are_removed_under_one_name(alignment):
    assert judging.fills_of(alignment) == ("removed",)


def test_neighbours_in_the_list_of_regions_are_no_neighbours(alignment):
    scores = np.zeros_like(alignment.scores)
    scores[:, 2] = 1.0  # all of the weight on one region, and no other word to compare with
    only = replace(alignment, scores=scores)
    query = only.query
    one_word = replace(query, spans=query.spans[-1:], kinds=("text",), cut=query.cut[-1:], unknown=query.unknown[-1:])
    only = replace(only, query=one_word, scores=scores[-1:], left_out=only.left_out[-1:])
    assert not sinks.is_sink(Evidence(only, 0))


def test_a_box_without_a_region_is_told_so(alignment):
    with pytest.raises(MethodError, match=r"No object lies in the box.*move it\."):
        regions.looks(alignment, (0.62, 0.62, 0.68, 0.7))


def test_a_box_has_the_share_of_the_regions_in_it(alignment):
    scores = np.zeros_like(alignment.scores)
    scores[:, 3], scores[:, 0] = 3.0, 1.0
    found = regions.looks(replace(alignment, scores=scores), (0.7, 0, 0.9, 0.2))
    assert found.shares[0] == pytest.approx(0.75)


def test_contributions_say_what_the_score_has_beside_them(rng):
    from mmviz.methods.contributions import contributions

    for target in ("prompt", "context", "pair"):
        encoding = synthetic.encoding(rng, target)
        found = contributions(encoding)
        sums = encoding.contributions.sum(1, dtype=float)
        assert found.left_out[-1] == pytest.approx(encoding.score.value - sums[-1], abs=1e-6)
        words = encoding.unit_scores[:-1] - sums[:-1] if target == "prompt" else np.zeros(synthetic.Q - 1)
        np.testing.assert_allclose(found.left_out[:-1], words, atol=1e-6)
    json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_what_the_score_is_the_sum_of(alignment, language):
    from mmviz.ui import completeness
    from mmviz.ui.reading import number

    (block,) = completeness.blocks(alignment, language, number)
    assert [value in block["text"] for value in ("1.0", "−0.50", "−0.20")] == [True] * 3
    assert completeness.column(alignment, language)["values"] == [0.0] * synthetic.Q
