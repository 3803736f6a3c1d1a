"""What the surveyed families are given at their edges: one word, and several visitors under a memory that holds one model."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.models import checkpoints
from mmviz.registry import families
from mmviz.samples import Image

#: Models of two families whose weights share nothing, and how often each is asked.
PAIR, TIMES = ("lmnn", "vse"), 6


@pytest.fixture
def image(rng) -> Image:
    return Image(rng.integers(0, 256, (41, 57, 3), np.uint8), "own.png")


def align(model: str, image: Image, text: str = "cat"):
    method = pipeline.methods_of(model)[0].name
    return pipeline.align(text, image, model, method, device="cpu", store=False)


@pytest.mark.parametrize("family", [entry.name for entry in families])
def test_a_text_of_one_word_has_its_word_and_itself(models, image, family):
    found = align(models[family], image)
    assert found.query.labels == ["cat", "cat"]
    assert found.query.kinds == ("word", "text")
    assert np.isfinite(found.scores).all()
    assert np.isfinite(found.score.value)


def test_two_visitors_with_two_models_are_answered_as_if_alone_where_memory_holds_one_model(models, image, monkeypatch):
    alone = {family: align(models[family], image).scores for family in PAIR}
    pool, loaded, real = checkpoints.Pool(budget=1), [], checkpoints.load
    monkeypatch.setattr(checkpoints, "_pool", pool)
    monkeypatch.setattr(checkpoints, "load", lambda place, device: loaded.append(place.name) or real(place, device))

    def visit(family: str) -> list[np.ndarray]:
        return [align(models[family], image).scores for _ in range(TIMES)]

    with ThreadPoolExecutor(3) as visitors:
        found = dict(zip((*PAIR, "again"), visitors.map(visit, (*PAIR, PAIR[0])), strict=True))
    for family, scores in found.items():
        assert len(scores) == TIMES
        assert all(np.array_equal(own, alone[PAIR[0] if family == "again" else family]) for own in scores)
    assert pool.memory == 0  # nobody is there any more, and the budget holds nothing
    assert len(loaded) > len(PAIR)  # they were dropped on the way, and loaded anew
