"""A region the detector missed, or put in the wrong place, can be set by hand, and the score says what it changes."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import MethodError
from mmviz.ui import region
from mmviz.ui.reading import Reading
from tests.models.tiny_own import make_uniter

TEXT = "two red cats"


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    return f"uniter:{make_uniter(tmp_path_factory.mktemp('uniter') / 'own', seed=3)}"


@pytest.fixture(scope="module")
def photo(tmp_path_factory) -> str:
    import PIL.Image

    path = tmp_path_factory.mktemp("photo") / "photo.png"
    PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 90, 3), "uint8")).save(path)
    return str(path)


@pytest.fixture(scope="module")
def found(model, photo):
    return pipeline.align(TEXT, photo, model=model, method="similarity", unit="phrase", device="cpu", store=False)


def inside(found) -> list[float]:
    """A box in the middle of what the model sees."""
    x0, y0, x1, y1 = found.key.seen
    return [x0 + 0.3 * (x1 - x0), y0 + 0.2 * (y1 - y0), x0 + 0.6 * (x1 - x0), y0 + 0.7 * (y1 - y0)]


def test_moving_a_region_to_where_it_is_changes_nothing(found, photo):
    for box in found.key.boxes[:2].tolist():
        same = pipeline.corrected(found, box, TEXT, photo, moves=True, device="cpu")
        assert same.change == pytest.approx(0, abs=1e-6)
        assert same.fill == "moved"


def test_a_region_moved_away_and_one_that_is_added_change_the_score_each_in_its_own_way(found, photo):
    moved, added = (pipeline.corrected(found, inside(found), TEXT, photo, moves=way, device="cpu") for way in (True, False))
    assert abs(moved.change) > 1e-6
    assert abs(added.change) > 1e-6
    assert moved.change != pytest.approx(added.change, abs=1e-7)
    assert added.area == pytest.approx(0.15)


def test_a_box_where_the_model_sees_nothing_and_a_model_without_regions_are_refused(found, photo, tiny_clip):
    if found.key.seen[0] > 0.02:
        with pytest.raises(MethodError, match="sees nothing"):
            pipeline.corrected(found, [0, 0, 0.01, 1], TEXT, photo, device="cpu")
    patches = pipeline.align(TEXT, photo, model=f"clip:{tiny_clip}", method="similarity", device="cpu", store=False)
    with pytest.raises(MethodError, match="those of a detector"):
        pipeline.corrected(patches, [0.2, 0.2, 0.6, 0.7], TEXT, photo, device="cpu")


@pytest.mark.parametrize(("act", "said"), [(region.add, "one more region"), (region.move, "moved here")])
def test_the_page_says_what_setting_a_region_changes(found, photo, act, said):
    boxes = tuple(() for _ in range(len(found.query)))
    seen = Reading(found, "", (), is_drawn=False, is_bundled=False, boxes=boxes, path=photo, device="cpu")
    payload = act(seen, "en", SimpleNamespace(box=inside(found)))
    facts = json.loads(payload)
    assert facts["corrects"]
    assert said in " ".join(facts["said"])
    assert facts["rows"] == []
    assert len(facts["said"]) == 2
