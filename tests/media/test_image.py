"""Pictures as they are taken in."""

import numpy as np
import PIL.Image
import pytest
from PIL.PngImagePlugin import PngInfo

from mmviz.errors import MediaError
from mmviz.media import image as media


@pytest.fixture
def array(rng) -> np.ndarray:
    return rng.integers(0, 256, (13, 29, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["png", "bmp", "tif", "ppm"])
def test_a_file_gives_its_pixels_and_its_name(tmp_path, array, kind):
    path = tmp_path / f"cat.{kind}"
    PIL.Image.fromarray(array).save(path)
    read = media.parse(str(path))
    np.testing.assert_array_equal(read.pixels, array)
    assert (read.name, read.width, read.height, read.source, read.notes) == (f"cat.{kind}", 29, 13, "upload", ())


def test_a_pil_image_and_an_array_give_the_same_pixels(array):
    np.testing.assert_array_equal(media.parse(PIL.Image.fromarray(array)).pixels, media.parse(array).pixels)


def test_the_given_array_is_copied_not_kept(array):
    read = media.parse(array)
    before = read.pixels.copy()
    array[:] = 0
    np.testing.assert_array_equal(read.pixels, before)


@pytest.mark.parametrize(
    "make",
    [
        lambda a: a[:, :, 0],
        lambda a: a[:, :, :1],
        lambda a: a[:, :, 0].astype(np.uint16) * 257,
        lambda a: a[:, :, 0] / 255,
        lambda a: (a[:, :, 0] / 255).astype(np.float32),
    ],
)
def test_grey_arrays_of_every_type_become_the_same_rgb(array, make):
    read = media.parse(make(array))
    np.testing.assert_array_equal(read.pixels, np.repeat(array[:, :, :1], 3, axis=2))


def test_an_array_of_booleans_becomes_black_and_white():
    read = media.parse(np.eye(3, 4, dtype=bool))
    assert read.pixels[0, :2, 0].tolist() == [255, 0]


def test_an_array_with_alpha_is_laid_on_white(array):
    clear = np.dstack([array, np.zeros((13, 29), np.uint8)])
    assert (media.parse(clear).pixels == 255).all()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (np.zeros((3, 13, 29), np.uint8), "shape"),
        (np.zeros(9, np.uint8), "shape"),
        (np.zeros((0, 4, 3), np.uint8), "shape"),
        (np.full((13, 29, 3), 7.0), "float64"),
        (np.full((13, 29, 3), np.nan), "float64"),
        (np.zeros((13, 29, 3), np.int64), "int64"),
    ],
)
def test_an_array_that_is_no_picture_is_refused(wrong, says):
    with pytest.raises(MediaError, match=says):
        media.parse(wrong, "mine")


@pytest.mark.parametrize("mode", ["1", "L", "LAB", "YCbCr", "HSV", "I", "F", "I;16", "P"])
def test_every_colour_mode_becomes_rgb(mode):
    read = media.parse(PIL.Image.new(mode, (7, 5)))
    assert read.pixels.shape == (5, 7, 3)


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        ("scenes v1 demo 5 12", ("demo", 5, 12)),
        ("scenes v1 demo 5", None),
        ("scenes v2 demo 5 12", None),
        ("scenes v1 demo 5 12 or else", None),
        ("scenes v1 demo 5 " + "9" * 5_000, None),
    ],
)
def test_what_a_drawn_scene_says_of_itself_is_read_and_not_believed(tmp_path, array, said, claim):
    info = PngInfo()
    info.add_text("mmviz", said)
    PIL.Image.fromarray(array).save(tmp_path / "scene.png", pnginfo=info)
    read = media.parse(tmp_path / "scene.png")
    assert read.claim == claim
    assert read.source == "upload"
