"""Vectors of sets through the pipeline."""

import json

import numpy as np
import PIL.Image
import pytest

from mmviz import cli, pipeline
from mmviz.errors import MediaError, ModelError, Stopped
from mmviz.pipeline import embedding
from tests.models import tiny


@pytest.fixture
def pictures(tmp_path, rng) -> list:
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        PIL.Image.fromarray(rng.integers(0, 256, (40, 50, 3), np.uint8)).save(path)
    return paths


@pytest.fixture
def clip(tiny_clip) -> str:
    return f"clip:{tiny_clip}"


def test_texts_and_pictures_get_unit_vectors_of_one_width(clip, pictures):
    (texts, images), skipped = pipeline.embedded(["a cat", "a dog"], pictures, clip)
    assert texts.vectors.shape[1] == images.vectors.shape[1]
    assert np.allclose(np.linalg.norm(np.concatenate([texts.vectors, images.vectors]), axis=1), 1, atol=1e-5)
    assert (texts.modality, images.modality, images.items.names) == ("text", "image", ("a.png", "b.png", "c.png"))
    assert skipped == []


def test_what_cannot_be_used_is_skipped_and_places_and_pairs_stay_right(clip, pictures):
    pictures[0].write_text("no picture")
    (texts, images), skipped = pipeline.embedded(["a cat", "", "a dog"], pictures, clip)
    assert [(item.kind, item.place) for item in skipped] == [("text", 1), ("picture", 0)]
    assert (texts.items.places, images.items.places) == ((0, 2), (1, 2))
    pairs = pipeline.pairs_by([texts, images], [0, 1, 2])
    assert pairs.tolist() == [[1, 3]]
    assert pipeline.truth_of([texts, images], pairs) == [[], [1]]


def test_nothing_that_can_be_used_is_refused(clip, pictures):
    for path in pictures:
        path.write_text("no picture")
    with pytest.raises(MediaError, match="no pictures that can be used.*a.png"):
        pipeline.embedded(["a cat"], pictures, clip)


def test_steps_are_told_and_the_work_stops(clip, pictures):
    told = []
    pipeline.embedded(["a cat"], pictures, clip, progress=lambda *step: told.append(step))
    assert told[-1] == (4, 4)
    with pytest.raises(Stopped):
        pipeline.embedded(["a cat"], pictures, clip, cancelled=lambda: True)


def test_vectors_are_kept_by_name_where_that_is_wanted(clip, pictures, monkeypatch):
    names = ["scene 0", "scene 1", "scene 2"]
    first, _ = pipeline.embedded(["a cat"], pictures, clip, names=names, store=True)
    monkeypatch.setattr(embedding, "embed", lambda *_, **__: pytest.fail("the model was run again"))
    again, _ = pipeline.embedded(["a cat"], pictures, clip, names=names, store=True)
    assert [np.array_equal(a.vectors, b.vectors) for a, b in zip(first, again, strict=True)] == [True, True]
    assert [part.modality for part in again] == ["text", "image"]
    assert again[1].items == first[1].items


def test_pairs_read_together_have_vectors_of_their_own(tmp_path, pictures):
    model = f"flava:{tiny.make_flava(tmp_path / 'flava')}"
    (texts, images, joint), _ = pipeline.embedded(["a cat", "a dog"], pictures, model, joint=[(0, 0), (1, 2)])
    assert joint.modality == "joint"
    assert (len(joint.items), joint.items.places) == (2, (0, 2))
    assert np.allclose(np.linalg.norm(joint.vectors, axis=1), 1, atol=1e-5)
    assert pipeline.joins(model)


def test_a_model_without_joint_vectors_says_so(clip, pictures):
    with pytest.raises(ModelError, match="leave joint vectors away"):
        pipeline.embedded(["a cat"], pictures, clip, joint=[(0, 0)])


def test_a_folder_with_captions_is_mapped_by_the_command(clip, pictures, tmp_path, capsys):
    (tmp_path / "captions.jsonl").write_text(
        '{"file": "a.png", "captions": ["a cat", "one cat"]}\n{"file": "c.png", "text": "a dog"}'
    )
    code = cli.main(["space", str(tmp_path), "--model", clip, "--method", "pca", "--json"])
    value = json.loads(capsys.readouterr().out)
    assert code == 0
    assert value["modalities"] == ["text"] * 3 + ["image"] * 2


def test_captions_of_pictures_that_are_elsewhere_are_refused(tmp_path):
    (tmp_path / "captions.csv").write_text("file,caption\n../a.png,a cat\n")
    with pytest.raises(MediaError, match="None of the pictures"):
        pipeline.read_captioned(tmp_path)
