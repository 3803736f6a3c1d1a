"""The shared space of a public CLIP, from vectors of 500 captions and 100 photographs; skipped where these are not at hand."""

from pathlib import Path

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.results import Embeds
from mmviz.space import gap as gaps
from mmviz.space import neighbours
from mmviz.spaces import Space

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "clip_vectors"
pytestmark = [pytest.mark.real, pytest.mark.skipif(not FOLDER.is_dir(), reason=f"needs {FOLDER}")]


@pytest.fixture(scope="module")
def both() -> tuple[Embeds, Embeds]:
    return pipeline.read_pair(FOLDER / "text_embeddings.npy", FOLDER / "image_embeddings.npy")


@pytest.fixture(scope="module")
def shown(both) -> Space:
    return pipeline.space(both, "umap", pairs=pipeline.pairs_of(both))


def test_the_gap_is_the_one_known(both, shown):
    assert round(gaps.gap(*(part.vectors for part in both)), 3) == round(shown.gap, 3) == 0.843


def test_pairs_are_nearer_than_others(both):
    cosines = both[0].vectors @ both[1].vectors.T
    same = np.eye(500, dtype=bool)
    others = cosines[np.arange(500)[:, None] // 5 != np.arange(500) // 5]
    assert round(float(cosines[same].mean()), 3) == 0.325
    assert round(float(others.mean()), 3) == 0.175


def test_captions_find_their_photograph_as_often_as_is_known(both):
    texts, images = both
    different = Embeds(images.vectors[::5], type(images.items)(images.items.names[::5]), "image", "")
    found = pipeline.retrieval(texts, different, [[row // 5] for row in range(500)])
    assert found.text_to_image.figures["r1"] == 0.832
    assert found.text_to_image.figures["r5"] == 0.990
    assert len(found.image_to_text.ranks) == 100


def test_its_map_keeps_the_modalities_apart_and_is_to_be_believed(shown):
    assert (shown.neighbours.places[:500] < 500).all()
    assert shown.belief.trustworthiness > 0.92


def test_centring_closes_the_gap_and_texts_have_pictures_beside_them(both, shown):
    centred = pipeline.space(both, "pca", centred=True)
    assert centred.gap < 0.05
    pictures_beside_texts = [(space.neighbours.places[:500] >= 500).mean() for space in (shown, centred)]
    assert pictures_beside_texts[0] == 0.0
    assert round(float(pictures_beside_texts[1]), 2) == 0.14


def test_nearest_neighbour_descent_finds_enough(both, monkeypatch):
    monkeypatch.setattr(neighbours, "EXACT", 900)
    monkeypatch.setattr(neighbours, "MEASURED", 300)
    vectors = np.concatenate([part.vectors for part in both])
    vectors = gaps.unit(vectors + 0.02 * np.random.default_rng(0).normal(size=vectors.shape))  # no picture five times
    found, again = (neighbours.neighbours(vectors, 15, seed=1) for _ in range(2))
    assert found.recall >= 0.98
    assert found.measured == 300
    assert np.array_equal(found.places, again.places)
