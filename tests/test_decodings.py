"""What is still recognised of what a model decodes: on planted models that draw and tell the right thing, or nothing."""

import numpy as np
import pytest

from mmviz import decodings
from mmviz.models import checkpoints, recogniser
from mmviz.results import Decoded, Latents
from mmviz.worlds import atlas
from mmviz.worlds.render import render
from mmviz.worlds.spec import compose, rng_of
from tests.models import tiny

COUNT = 12


@pytest.fixture
def leased(tmp_path):
    with checkpoints.lease(f"mvae:{tiny.make_mvae(tmp_path / 'mvae')}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture
def shown():
    """The scenes that seed 3 measures on, their pictures as small as a model draws them, and the things' names."""
    rng = rng_of("evaluate", 3, 8)
    scenes = [compose(rng, "evaluate", counts=(1,), parts=0.0) for _ in range(COUNT)]
    return np.stack([render(scene, 96).pixels for scene in scenes]), [scene.groups[0].thing for scene in scenes]


def planted(monkeypatch, checkpoint, pictures, names):
    """Let the latent be a scene's number; by its text a scene is drawn as it is, by its picture alone as one grey."""
    words = sorted(
        {word for thing in atlas.load().things.values() for word in thing.words["en"][0].lower().replace("-", " - ").split()}
    )
    letters = sorted({letter for thing in atlas.load().things.values() for letter in thing.words["zh"][0]})

    def infer(checkpoint, pairs):
        return Latents(
            np.array([[i, text is not None] for i, (text, _) in enumerate(pairs)], np.float32), np.ones((len(pairs), 2))
        )

    def decode(checkpoint, latents):
        numbers, told = latents[:, 0].astype(int), latents[:, 1].astype(bool)
        own = [atlas.load().things[names[number]].words for number in numbers]
        rows = [
            [0.9 if word in noun["en"][0].lower().replace("-", " - ").split() else 0.1 for word in words] + [0.5] * len(letters)
            for noun in own
        ]
        drawn = np.where(told[:, None, None, None], pictures[numbers], 128).astype(np.uint8)
        return Decoded(drawn, (*words, *letters), np.array(rows))

    for name, function in (("infer", infer), ("decode", decode)):
        monkeypatch.setitem(checkpoint.family.functions, name, function)


def test_a_model_that_draws_what_it_is_told_is_recognised_and_one_that_draws_grey_is_not(monkeypatch, leased, shown):
    planted(monkeypatch, leased, *shown)
    found = decodings.measure_decoding(leased, 3, COUNT)["decoding"]
    for figure in (found["from_text"]["en"], found["from_text"]["zh"], found["from_both"], found["drawn"]):
        assert figure["value"] > 0.8
    assert found["from_picture"]["value"] < 0.3
    assert found["from_text_by_vectors"]["en"]["value"] > 0.8
    assert found["words_from_picture"]["en"]["value"] > 0.8
    assert found["words_from_picture"]["zh"]["value"] < 0.3  # every character is as likely as every other
    assert found["drawn"] == {"value": found["drawn"]["value"], "n": COUNT, "chance": round(1 / 84, 4)}


def test_a_random_model_is_near_chance(leased):
    found = decodings.measure_decoding(leased, 3, COUNT)
    assert found["decoding"]["from_text"]["en"]["value"] < 0.3


def test_a_model_that_does_not_decode_has_no_such_figures(monkeypatch, leased):
    monkeypatch.delitem(leased.family.functions, "decode")
    assert decodings.measure_decoding(leased, 3, COUNT) == {}


def test_without_the_backbone_there_are_no_such_figures(monkeypatch, leased, tmp_path):
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path))
    assert not recogniser.is_there()
    assert decodings.measure_decoding(leased, 3, COUNT) == {}


def test_the_backbone_names_drawn_things_whatever_the_size_of_the_picture(shown):
    pictures, names = shown
    things = list(atlas.load().things)
    for side in (1, 2):
        likely = recogniser.things(pictures.repeat(side, 1).repeat(side, 2))
        assert likely.shape == (COUNT, len(things))
        assert (likely.sum(1) <= 1 + 1e-5).all()
        assert np.mean([things[row.argmax()] == name for row, name in zip(likely, names, strict=True)]) > 0.8
    assert recogniser.things(pictures[:0]).shape == (0, len(things))
