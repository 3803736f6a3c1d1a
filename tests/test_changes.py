"""Words changed, regions hidden: planted edits and a planted box."""

from dataclasses import replace

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import PatchAxis, TextAxis
from mmviz.errors import MediaError, MethodError, Stopped
from mmviz.pipeline import changes, regions
from mmviz.results import Alignment, Score
from mmviz.whys import EQUAL, Edit, Edited, Without

TEXT = "a red cat, under the tree"


@pytest.fixture
def model(tiny_clip) -> str:
    return f"clip:{tiny_clip}"


@pytest.fixture
def picture(rng) -> np.ndarray:
    return rng.integers(0, 256, (50, 90, 3), np.uint8)


@pytest.mark.parametrize(
    ("text", "span", "left"),
    [
        (TEXT, (2, 5), "a cat, under the tree"),
        (TEXT, (0, 1), "red cat, under the tree"),
        (TEXT, (6, 9), "a red, under the tree"),
        (TEXT, (21, 25), "a red cat, under the"),
        ("一只红色的猫。", (2, 4), "一只的猫。"),
        ("一只红色的猫 在树下", (5, 6), "一只红色的 在树下"),
        ("a  red  cat", (3, 6), "a  cat"),
        ("cat", (0, 3), ""),
        ("a 😀 cat", (2, 3), "a cat"),
    ],
)
def test_a_word_that_is_dropped_leaves_no_gap(text, span, left):
    assert changes.edited(text, changes.dropped(span)) == left


@pytest.mark.parametrize("spans", [((2, 5), (21, 25)), ((21, 25), (2, 5))])
def test_two_words_change_places_whichever_is_named_first(spans):
    assert changes.edited(TEXT, changes.swapped(TEXT, *spans)) == "a tree cat, under the red"


def test_a_word_is_replaced_by_several_and_nothing_else_is_touched():
    assert changes.edited(TEXT, changes.replaced((2, 5), "very large")) == "a very large cat, under the tree"


def test_words_that_do_not_lie_in_the_text_are_refused():
    with pytest.raises(MediaError, match="do not lie in the text of 25 characters"):
        changes.edited(TEXT, changes.dropped((20, 26)))


@pytest.mark.parametrize("spans", [((5, 9), (2, 6)), ((2, 5), (4, 9)), ()])
def test_spans_of_an_edit_follow_each_other(spans):
    with pytest.raises(ValueError, match="spans|span"):
        Edit("swap", spans, ("x",) * len(spans))


def test_edits_score_as_the_model_scores_their_texts_alone(model, picture):
    edits = [changes.replaced((2, 5), "blue"), changes.dropped((2, 5)), changes.swapped(TEXT, (6, 9), (21, 25))]
    found = pipeline.changed(TEXT, edits, picture, model, device="cpu")
    alone = [pipeline.align(text, picture, model, "similarity", "text").score.value for text in (TEXT, *found.texts)]
    assert found.texts == ("a blue cat, under the tree", "a cat, under the tree", "a red tree, under the cat")
    np.testing.assert_allclose([found.score, *found.scores], alone, atol=1e-5)


def test_edits_above_the_text_come_best_first_and_equal_ones_are_not_above():
    scores = np.array([0.2, 0.5, 0.3 + EQUAL / 2, 0.9])
    edits = tuple(changes.dropped((place, place + 1)) for place in range(4))
    found = Edited("word", edits, ("ord", "wrd", "wod", "wor"), 0.3, scores, "cosine")
    assert found.higher == (3, 1)


def test_an_edit_that_changes_nothing_or_leaves_nothing_is_not_scored(model, picture):
    edits = [changes.dropped((0, 3)), changes.replaced((0, 3), "cat"), changes.replaced((0, 3), "dog")]
    assert pipeline.changed("cat", edits, picture, model, device="cpu").texts == ("dog",)


def test_more_than_200_edits_are_refused(model, picture):
    with pytest.raises(MediaError, match="There are 201 edits; up to 200"):
        pipeline.changed(TEXT, [changes.dropped((2, 5))] * 201, picture, model)


def test_each_word_is_left_out_in_turn_and_the_picture_is_seen_once(model, picture, monkeypatch):
    from mmviz.models import clip_towers

    seen, see = [], clip_towers.see
    monkeypatch.setattr(clip_towers, "see", lambda *rest: seen.append(1) or see(*rest))
    found = pipeline.without_each("a red cat", picture, model, device="cpu")
    texts = ("a red cat", " red cat", "a  cat", "a red ")
    alone = [pipeline.align(text, picture, model, "similarity", "text", store=False).score.value for text in texts]
    assert found.query.labels == ["a", "red", "cat"]
    np.testing.assert_allclose([found.score, *found.scores], alone, atol=1e-5)
    assert len(seen) == 1 + len(texts)


def test_the_word_that_helps_most_comes_first():
    none = np.zeros(3, bool)
    axis = TextAxis("a b c", np.array([[0, 1], [2, 3], [4, 5]]), ("word",) * 3, none, none)
    found = Without(axis, 0.5, np.array([0.4, 0.6, 0.1], np.float32), "cosine")
    assert found.order.tolist() == [2, 0, 1]
    np.testing.assert_allclose(found.changes, [-0.1, 0.1, -0.4], atol=1e-6)


def test_leaving_out_words_can_be_stopped(model, picture):
    with pytest.raises(Stopped):
        pipeline.without_each(TEXT, picture, model, device="cpu", cancelled=lambda: True)


@pytest.fixture
def planted() -> Alignment:
    """Two words on a grid of 2 x 4 patches over a picture 4 wide and 2 high: one looks at the last column, one nowhere."""
    columns, rows = np.meshgrid(np.arange(4) / 4, np.arange(2) / 2)
    boxes = np.stack([columns, rows, columns + 1 / 4, rows + 1 / 2], axis=-1).reshape(-1, 4)
    scores = np.zeros((3, 8), np.float32)
    scores[0, [3, 7]] = [3, 1]
    scores[2] = 1
    none = np.zeros(3, bool)
    query = TextAxis("a cat", np.array([[0, 1], [2, 5], [0, 5]]), ("word", "word", "text"), none, none)
    key = PatchAxis(boxes, (2, 4), (0.0, 0.0, 1.0, 1.0), (400, 200))
    return Alignment(scores, query, key, np.zeros(3, np.float32), "relevance", "prompt", Score(0.5, "cosine"))


@pytest.mark.parametrize(
    ("box", "area", "shares"),
    [
        ((0.75, 0, 1, 1), 0.25, [1, np.nan, 0.25]),
        ((0.75, 0, 1, 0.5), 0.125, [0.75, np.nan, 0.125]),
        ((0.875, 0, 1, 1), 0.125, [0.5, np.nan, 0.125]),
        ((0, 0, 0.5, 1), 0.5, [0, np.nan, 0.5]),
    ],
)
def test_a_box_holds_its_share_of_each_map(planted, box, area, shares):
    found = regions.looks(planted, box)
    assert found.area == pytest.approx(area)
    np.testing.assert_allclose(found.shares, shares, atol=1e-6)


@pytest.mark.parametrize("box", [(0.5, 0, 0.5, 1), (0, 0, 1), (-0.1, 0, 1, 1), (0, 0.9, 1, 0.1), (0, 0, float("nan"), 1)])
def test_four_numbers_that_are_no_box_are_refused(planted, box):
    with pytest.raises(MethodError, match="A box is x0, y0, x1, y1 as fractions"):
        regions.looks(planted, box)


def test_a_box_where_the_model_sees_nothing_is_refused(planted):
    boxes = planted.key.boxes * [0.5, 1, 0.5, 1]
    cropped = replace(planted, key=replace(planted.key, boxes=boxes, seen=(0.0, 0.0, 0.5, 1.0)))
    with pytest.raises(MethodError, match="cropped away"):
        regions.looks(cropped, (0.6, 0, 0.9, 1))


@pytest.mark.parametrize(("box", "count"), [((0.32, 0, 0.46, 1), 5), ((0.31, 0.01, 0.34, 0.05), 1)])
def test_hiding_a_box_changes_scores_as_hiding_its_patches_does(model, picture, box, count):
    from mmviz.models import checkpoints

    text, image = pipeline.read_text("a red cat"), pipeline.read_image(picture)
    alignment = pipeline.align(text, image, model, device="cpu")
    found = pipeline.hidden(alignment, box, text, image, device="cpu")
    inside = regions.covered(alignment.key, box)
    kept = np.stack([np.ones(25, bool), inside < min(0.5, inside.max())])

    def work(checkpoint):
        said = {"target": "prompt", "unit": "word", "keep": frozenset({"score_masked"}), "layers": None}
        encoding = checkpoint.family.functions["encode"](checkpoint, text, image, **said)
        return [np.diff(encoding.score_masked(unit, kept, "mean"))[0] for unit in (None, 0, 1, 2, 3)]

    change, *own = checkpoints.run(model, "cpu", work)
    assert found.hidden == count
    assert found.change == pytest.approx(change)
    np.testing.assert_allclose(found.changes, own, atol=1e-6)
