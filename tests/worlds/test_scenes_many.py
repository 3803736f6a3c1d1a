"""Scenes of `draw` told and drawn without their truth, as maps of many need them."""

import PIL.Image
import pytest

from mmviz.errors import StorageError
from mmviz.media import image as image_media
from mmviz.worlds import scenes


def test_a_scene_is_told_as_its_truth_has_it():
    _, truth = scenes.draw(7, 3)
    told = scenes.told(7, 3)
    assert {language: told[language] for language in ("en", "zh")} == {
        language: truth["captions"][language]["text"] for language in ("en", "zh")
    }
    assert told["background"] == truth["background"]


def test_a_small_picture_is_the_scene_at_another_size():
    whole, _ = scenes.draw(7, 3)
    small = scenes.small(7, 3, 48)
    assert small.pixels.shape == (48, 48, 3)
    shrunk = PIL.Image.fromarray(whole.pixels).resize((48, 48), PIL.Image.Resampling.BOX)
    assert abs(small.pixels.astype(int) - shrunk).mean() < 12


def test_a_file_of_one_scene_proves_what_it_is_and_is_written_once(tmp_path):
    path = scenes.write_one(7, 3, tmp_path)
    assert path.endswith("scene-7-0003.png")
    assert scenes.prove(image_media.parse(path)).source == "drawn"
    before = (tmp_path / "scene-7-0003.png").stat().st_mtime_ns
    assert scenes.write_one(7, 3, tmp_path) == path
    assert (tmp_path / "scene-7-0003.png").stat().st_mtime_ns == before


def test_a_folder_that_takes_nothing_is_said(tmp_path):
    with pytest.raises(StorageError, match="cannot take more files"):
        scenes.write_one(7, 3, tmp_path / "none")


def test_a_file_that_is_written_again_is_never_seen_half(tmp_path, monkeypatch):
    path, seen = tmp_path / "scene-7-0003.png", []
    scenes.write_one(7, 3, tmp_path)
    whole, save = path.read_bytes(), PIL.Image.Image.save
    monkeypatch.setattr(PIL.Image.Image, "save", lambda *given, **named: (seen.append(path.read_bytes()), save(*given, **named)))
    image, _ = scenes.draw(7, 3)
    scenes._write_png(image, path)
    assert seen == [whole]
    assert path.read_bytes() == whole
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
