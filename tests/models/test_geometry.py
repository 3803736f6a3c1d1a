"""Where patches lie on the picture as given."""

import io
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest

from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.models import geometry
from mmviz.samples import Image
from tests.models.tiny import make_image_processor
from tests.planted import PLACES, centre_of, planted

SIDE, PATCH = 40, 8


def checkpoint(side: int = SIDE, patch: int = PATCH, **options) -> SimpleNamespace:
    vision = SimpleNamespace(image_size=side, patch_size=patch)
    processor = make_image_processor(SIDE, **options)
    return SimpleNamespace(name="tiny", image_processor=processor, config=SimpleNamespace(vision_config=vision))


def plain(width: int, height: int) -> Image:
    return Image(np.full((height, width, 3), 90, np.uint8))


def brightest(pixel_values: np.ndarray) -> int:
    """Find the patch of the model's input with the highest mean."""
    cells = pixel_values.mean(0).reshape(5, PATCH, 5, PATCH).mean((1, 3))
    return int(cells.argmax())


SQUASH = {"size": {"height": SIDE, "width": SIDE}, "do_center_crop": False}
PAD = {"size": {"shortest_edge": 20}}
SIZES = [(30, 90), (90, 30), (63, 43), (43, 63), (200, 176), (40, 40), (21, 40)]


@pytest.mark.parametrize("options", [{}, SQUASH], ids=["crop", "squash"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_bright_patch_of_the_picture_is_the_models_bright_patch(options, width, height):
    _, axis = geometry.prepare(checkpoint(**options), plain(width, height))
    for patch in (0, 7, 13, 24):
        x0, y0, x1, y1 = axis.boxes[patch] * [width, height, width, height]
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[max(0, round(y0)) : max(round(y0) + 1, round(y1)), max(0, round(x0)) : max(round(x0) + 1, round(x1))] = 255
        pixel_values, _ = geometry.prepare(checkpoint(**options), Image(pixels))
        assert brightest(pixel_values) == patch


@pytest.mark.parametrize(
    ("width", "height", "seen"),
    [(90, 30, (1 / 3, 0, 2 / 3, 1)), (30, 90, (0, 1 / 3, 1, 2 / 3)), (44, 44, (0, 0, 1, 1)), (80, 40, (0.25, 0, 0.75, 1))],
)
def test_what_the_crop_cuts_away_lies_outside_what_is_seen(width, height, seen):
    _, axis = geometry.prepare(checkpoint(), plain(width, height))
    assert axis.seen == pytest.approx(seen)
    assert axis.size == (width, height)
    assert axis.boxes.min() >= -1e-12
    assert axis.boxes.max() <= 1 + 1e-12


def test_a_squashed_picture_is_seen_whole():
    _, axis = geometry.prepare(checkpoint(**SQUASH), plain(90, 30))
    assert axis.seen == (0, 0, 1, 1)
    np.testing.assert_allclose(axis.boxes[1], [0.2, 0, 0.4, 0.2])


def test_padding_puts_boxes_outside_the_picture():
    _, axis = geometry.prepare(checkpoint(**PAD), plain(44, 44))  # 20 of 40 pixels, 10 black ones around
    np.testing.assert_allclose(axis.boxes[0], [-0.5, -0.5, -0.1, -0.1])
    assert axis.seen == (0, 0, 1, 1)


def test_padding_at_the_end_leaves_the_picture_at_the_top_left():
    options = {"size": {"height": 24, "width": 32}, "do_center_crop": False}
    pad = {"do_pad": True, "pad_size": {"height": SIDE, "width": SIDE}}
    pixel_values, axis = geometry.prepare(checkpoint(**options, **pad), plain(64, 48))
    assert pixel_values.shape == (3, SIDE, SIDE)
    np.testing.assert_allclose(axis.boxes[12], [16 / 32, 16 / 24, 24 / 32, 24 / 24])
    assert axis.boxes[24].min() >= 1


def test_pixels_no_patch_covers_are_not_seen():
    _, axis = geometry.prepare(checkpoint(patch=12), plain(50, 50))  # 3 patches of 12 leave 4 of 40 pixels
    assert axis.grid == (3, 3)
    assert axis.seen == pytest.approx((0, 0, 0.9, 0.9))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("options", [{}, SQUASH, PAD], ids=["crop", "squash", "pad"])
def test_pixels_are_the_hugging_face_processors_where_the_crop_leaves_an_even_surplus(options, width, height):
    rng = np.random.default_rng(width)
    image = Image(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    own, _ = geometry.prepare(checkpoint(**options), image)
    raw = make_image_processor(SIDE, **options)(PIL.Image.fromarray(image.pixels), return_tensors="np")["pixel_values"][0]
    np.testing.assert_allclose(own, raw, atol=1e-6)


def test_an_odd_surplus_is_halved_as_openai_does_it():
    surplus = [geometry._margin(SIDE + n, SIDE) for n in (0, 1, 2, 3, 5, 7, -1, -2, -3)]
    assert surplus == [0, 0, 1, 2, 2, 4, -1, -1, -2]  # half to even: 0.5 -> 0, 1.5 -> 2, 2.5 -> 2, 3.5 -> 4


def test_a_processor_of_another_size_is_refused():
    with pytest.raises(ModelError, match="makes 40 x 40 pixels, the model takes 48 x 48"):
        geometry.prepare(checkpoint(side=48), plain(50, 60))


#: What a camera stores of an upright picture, by the EXIF tag Orientation: which side its first row and column are of.
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],  # first row top, first column right
    3: lambda upright: upright[::-1, ::-1],  # bottom, right
    4: lambda upright: upright[::-1],  # bottom, left
    5: lambda upright: upright.swapaxes(0, 1),  # left, top
    6: lambda upright: upright.swapaxes(0, 1)[::-1],  # right, top
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),  # right, bottom
    8: lambda upright: upright.swapaxes(0, 1)[:, ::-1],  # left, bottom
}
#: (width, height) from 1:3 to 3:1.
ASPECTS = [(70, 210), (84, 126), (101, 101), (126, 84), (210, 70)]
PAD_END = {"size": {"height": 24, "width": 32}, "do_center_crop": False, "do_pad": True}
PAD_END |= {"pad_size": {"height": SIDE, "width": SIDE}}


def free() -> SimpleNamespace:
    """A model that takes pictures of any shape, as ViLT does."""
    from transformers.models.vilt.image_processing_pil_vilt import ViltImageProcessorPil

    processor = ViltImageProcessorPil(size={"shortest_edge": 48}, size_divisor=PATCH)
    return SimpleNamespace(name="free", image_processor=processor, config=SimpleNamespace(patch_size=PATCH))


#: Every way a picture becomes what a model sees: what makes it so, for which model, with patches how wide.
WAYS: dict[str, tuple[Callable, SimpleNamespace, int]] = {
    "crop": (geometry.prepare, checkpoint(), PATCH),
    "resize": (geometry.prepare, checkpoint(**SQUASH), PATCH),
    "pad": (geometry.prepare, checkpoint(**PAD), PATCH),
    "pad at the end": (geometry.prepare, checkpoint(**PAD_END), PATCH),
    "pixels no patch covers": (geometry.prepare, checkpoint(patch=12), 12),
    "free": (geometry.prepare_free, free(), PATCH),
}


def stored(upright: np.ndarray, turn: int) -> Image:
    """Write a picture as a camera held sideways does, and read it as an upload."""
    file, exif = io.BytesIO(), PIL.Image.Exif()
    exif[0x0112] = turn
    PIL.Image.fromarray(np.ascontiguousarray(TURNS[turn](upright))).save(file, "PNG", exif=exif)
    file.seek(0)
    return image_media.parse(PIL.Image.open(file))


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize(("width", "height"), ASPECTS)
@pytest.mark.parametrize("way", WAYS)
def test_an_overlay_lies_within_half_a_patch_of_what_it_is_of_on_the_upright_upload(way, width, height, turn):
    prepare, model, patch = WAYS[way]
    dark, axis = prepare(model, Image(np.zeros((height, width, 3), np.uint8)))
    half = (axis.boxes[0, 2:] - axis.boxes[0, :2]) / 2
    rows, columns = axis.grid
    for place in PLACES:
        upright, wanted = planted(axis, place)
        image = stored(upright.pixels, turn)
        assert (image.width, image.height) == (width, height)
        pixel_values, found = prepare(model, image)
        brightness = (pixel_values - dark).mean(0)[: rows * patch, : columns * patch]
        off = np.abs(centre_of(brightness, found) - wanted) / half
        assert off.max() <= 1, (place, off)
