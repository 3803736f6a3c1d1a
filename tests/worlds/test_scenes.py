"""Drawn scenes by seed, what is written of them, and the proof that a picture is one."""

import errno
import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz.errors import StorageError
from mmviz.media import image as media
from mmviz.worlds import scenes
from mmviz.worlds.lexicon import COLOURS, EDITS
from mmviz.worlds.render import render
from mmviz.worlds.spec import compose, held_out, rng_of
from tests.worlds.scenery import cat_and_cars


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        scenes.write(5, 3, folder)
    names = sorted(path.name for path in folders[0].iterdir())
    assert len(names) == 4
    assert all((folders[0] / name).read_bytes() == (folders[1] / name).read_bytes() for name in names)


def test_truth_json_is_the_contracts(tmp_path):
    said = scenes.write(5, 4, tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    assert said == {"files": [str(tmp_path / item["file"]) for item in truth["items"]], "truth": str(tmp_path / "truth.json")}
    assert {name: truth[name] for name in ("version", "kind", "split", "seed")} == {
        "version": 1,
        "kind": "scenes",
        "split": "draw",
        "seed": 5,
    }
    for item in truth["items"]:
        for language in ("en", "zh"):
            text = item["captions"][language]["text"]
            assert all(0 <= start < end <= len(text) for start, end in (p["span"] for p in item["captions"][language]["phrases"]))
            assert {row["kind"] for row in item["negatives"][language]} <= set(EDITS)
            assert all(row["text"] != row["of"] for row in item["negatives"][language])


@pytest.mark.parametrize("index", range(8))
def test_a_phrases_boxes_are_as_many_as_its_objects_and_lie_in_the_picture(index):
    _, item = scenes.draw(7, index)
    for phrase in item["captions"]["en"]["phrases"]:
        boxes = np.array(phrase["boxes"]).reshape(-1, 4)
        assert (boxes >= 0).all()
        assert (boxes <= 1).all()
        assert (boxes[:, 2:] > boxes[:, :2]).all()
        assert isinstance(phrase["part"], bool)


def test_splits_and_seeds_draw_different_scenes():
    made = {scenes.draw(seed, 0, split)[0].pixels.tobytes() for split in ("draw", "evaluate", "train") for seed in (0, 1)}
    assert len(made) == 6


def test_training_never_paints_a_thing_in_a_colour_held_out():
    rng = rng_of("train", 9)
    made = {(g.thing, g.colour) for _ in range(1500) for g in compose(rng, "train").groups}
    assert not [pair for pair in made if pair[1] and held_out(*pair)]
    assert [pair for pair in ((t, c) for t, _ in made for c in COLOURS) if held_out(*pair)]


def test_a_written_scene_is_known_again_and_proven(tmp_path):
    scenes.write(5, 2, tmp_path)
    read = media.parse(tmp_path / "scene-5-0001.png")
    assert (read.source, read.claim) == ("upload", ("draw", 5, 1))
    assert scenes.prove(read).source == "drawn"
    assert scenes.truth_of(read)["captions"] == scenes.draw(5, 1)[1]["captions"]


@pytest.mark.parametrize("change", ["pixels", "claim", "size"])
def test_a_picture_that_only_claims_to_be_drawn_stays_an_upload(change, tmp_path):
    drawn, _ = scenes.draw(5, 1)
    image = replace(drawn, source="upload")
    if change == "pixels":
        pixels = drawn.pixels.copy()
        pixels[200, 100] ^= 1
        image = replace(image, pixels=pixels)
    elif change == "claim":
        image = replace(image, claim=("draw", 5, 2))
    else:
        image = replace(image, pixels=drawn.pixels[:-1])
    assert scenes.prove(image).source == "upload"
    assert scenes.truth_of(image) is None


def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(scenes, "_write_png", full)
    with pytest.raises(StorageError, match=r"cannot take more files \(No space left on device\); 0 of 3 were written"):
        scenes.write(5, 3, tmp_path)


def test_masks_and_boxes_belong_to_the_object_that_is_seen():
    drawn = render(cat_and_cars(), 192)
    x0, y0, x1, y1 = drawn.box(0)
    assert x0 < 0.2 < x1
    assert y0 < 0.5 < y1
    assert not (drawn.mask(0) & drawn.mask(1)).any()
    tail = drawn.mask(0, 1)
    assert tail.any()
    assert tail.sum() < drawn.mask(0).sum() / 2
    red = drawn.pixels[tail].mean(0)
    assert red[0] > red[2] + 40  # the tail is red, the cat blue


def test_a_colour_changes_no_shape():
    blue = cat_and_cars()
    green = blue.with_group(0, replace(blue.groups[0], colour="green"))
    assert np.array_equal(render(blue).owner, render(green).owner)
    assert not np.array_equal(render(blue).pixels, render(green).pixels)


def test_a_larger_picture_shows_the_same_scene():
    small, large = render(cat_and_cars(), 96), render(cat_and_cars(), 384)
    shrunk = large.pixels.reshape(96, 4, 96, 4, 3).mean((1, 3))
    assert np.abs(shrunk - small.pixels).mean() < 6
    assert (large.owner[2::4, 2::4] == small.owner).mean() > 0.98


def test_the_boxes_of_a_drawn_scene_are_found_by_text_and_span():
    _, truth = scenes.draw(0, 5)
    caption = truth["captions"]["en"]
    phrase = next(phrase for phrase in caption["phrases"] if phrase["boxes"])
    assert scenes.boxes_in(truth, caption["text"], phrase["span"]) == phrase["boxes"]
    assert scenes.boxes_in(truth, caption["text"] + ".", phrase["span"]) == []
    assert scenes.boxes_in(truth, caption["text"], (0, 1)) == []
    assert scenes.boxes_in(None, caption["text"], phrase["span"]) == []
