"""Pictures that cannot be read or need a remark, each with a sentence or a note."""

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest

from mmviz.errors import MediaError
from mmviz.media import image as media

WIDTH, HEIGHT = 31, 17


@pytest.fixture
def photo(rng) -> PIL.Image.Image:
    return PIL.Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))


def saved(picture: PIL.Image.Image, path, **options):
    picture.save(path, **options)
    return path


def png_header(width: int, height: int) -> bytes:
    """Write a PNG that says its size and has next to no content."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    size = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + size + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("content", [b"hello, this is no picture", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_no_picture_is_called_so(tmp_path, content):
    path = tmp_path / "notes.jpg"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"notes.jpg is not a picture .* PNG, JPEG"):
        media.parse(path)


def test_an_empty_file_is_called_empty(tmp_path):
    path = tmp_path / "nothing.png"
    path.touch()
    with pytest.raises(MediaError, match=r"nothing.png is empty \(0 bytes\)"):
        media.parse(path)


@pytest.mark.parametrize("kind", ["missing.png", "folder", "x" * 300 + ".png", "nul\0.png"])
def test_a_path_that_leads_to_no_file_is_said(tmp_path, kind):
    (tmp_path / "folder").mkdir()
    with pytest.raises(MediaError, match="no file|cannot be opened"):
        media.parse(tmp_path / kind)


@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "webp", "bmp", "tif"])
def test_a_file_cut_short_is_called_damaged(tmp_path, photo, kind):
    path = saved(photo.resize((311, 173)), tmp_path / f"cut.{kind}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"cut\.\w+ is (damaged|not a picture)"):
        media.parse(path)


def test_a_truncated_jpeg_is_called_damaged(tmp_path, photo):
    path = saved(photo.resize((311, 173)), tmp_path / "cut.jpg")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(MediaError, match="cut.jpg is damaged or cut short"):
        media.parse(path)


def test_a_hundred_megapixels_are_refused_before_decoding(tmp_path):
    path = tmp_path / "wall.png"
    path.write_bytes(png_header(12_500, 8_000))
    with pytest.raises(MediaError, match=r"wall.png has 100 megapixels; up to 40 can be shown. Scale it down"):
        media.parse(path)


@pytest.mark.parametrize(("width", "height", "says"), [(8_000, 5_001, "40.0 meg"), (60_000, 60_000, "3,600 meg")])
def test_other_large_pictures_are_refused_before_decoding(tmp_path, width, height, says):
    path = tmp_path / "wall.png"
    path.write_bytes(png_header(width, height))
    with pytest.raises(MediaError, match=says):
        media.parse(path)


def test_a_file_beyond_25_megabytes_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "long.png"
    with path.open("wb") as file:
        file.truncate(30 * 2**20)
    with pytest.raises(MediaError, match=r"30 MB; up to 25 MB"):
        media.parse(path)


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1)])
def test_a_picture_one_pixel_wide_is_refused(size):
    with pytest.raises(MediaError, match=f"{size[0]} x {size[1]} pixels; it needs at least 2"):
        media.parse(PIL.Image.new("RGB", size))


def test_a_picture_as_thin_as_a_thread_is_refused():
    with pytest.raises(MediaError, match="3 x 400 pixels; one side may be up to 50 times"):
        media.parse(PIL.Image.new("RGB", (3, 400)))


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "tif"])
def test_of_an_animation_the_first_frame_is_read_and_said(tmp_path, kind):
    frames = [PIL.Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ("red", "blue", "lime")]
    path = tmp_path / f"moving.{kind}"
    options = {"lossless": True} if kind == "webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    picture = media.parse(path)
    assert picture.notes == ("first_frame",)
    assert picture.pixels[3, 4].tolist() == [255, 0, 0]


def test_a_still_gif_has_no_remark(tmp_path, photo):
    assert media.parse(saved(photo, tmp_path / "still.gif")).notes == ()


def test_cmyk_is_read_and_said(tmp_path):
    path = saved(PIL.Image.new("CMYK", (WIDTH, HEIGHT), (0, 255, 255, 0)), tmp_path / "print.jpg")
    picture = media.parse(path)
    assert picture.notes == ("cmyk",)
    assert np.abs(picture.pixels.astype(int) - [255, 0, 0]).max() < 8  # JPEG loses a little


def test_sixteen_bits_of_grey_keep_their_whole_range(tmp_path):
    ramp = np.linspace(0, 65_535, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.uint16)
    path = saved(PIL.Image.fromarray(ramp), tmp_path / "deep.png")
    picture = media.parse(path)
    assert picture.notes == ("sixteen_bit",)
    np.testing.assert_array_equal(picture.pixels[:, :, 1], np.rint(ramp / 257).astype(np.uint8))


def test_sixteen_bits_a_colour_are_said(tmp_path):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = b"\0" + struct.pack(">3H", 0xFFFF, 0x8080, 0) * 3
    size = chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, 16, 2, 0, 0, 0))
    path = tmp_path / "deep.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + size + chunk(b"IDAT", zlib.compress(row * 2)) + chunk(b"IEND", b""))
    picture = media.parse(path)
    assert picture.notes == ("sixteen_bit",)
    assert picture.pixels[1, 2].tolist() == [255, 128, 0]


def test_a_palette_with_transparency_is_laid_on_white_and_said(tmp_path):
    picture = PIL.Image.new("P", (WIDTH, HEIGHT), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])
    picture.paste(0, (0, 0, 5, 5))
    path = saved(picture, tmp_path / "icon.png", transparency=bytes([0, 255]))
    read = media.parse(path)
    assert read.notes == ("alpha",)
    assert read.pixels[2, 2].tolist() == [255, 255, 255]
    assert read.pixels[9, 9].tolist() == [10, 20, 30]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_on_white_by_its_share(mode):
    picture = PIL.Image.new(mode, (WIDTH, HEIGHT), (0,) * (len(mode) - 1) + (51,))
    read = media.parse(picture)
    assert read.notes == ("alpha",)
    assert read.pixels[0, 0].tolist() == [204, 204, 204]


def test_an_alpha_channel_that_hides_nothing_is_not_mentioned(photo):
    read = media.parse(photo.convert("RGBA"))
    assert read.notes == ()
    np.testing.assert_array_equal(read.pixels, np.asarray(photo))


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_turned_by_exif_stands_upright(tmp_path, turn):
    upright = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    upright[:5, :9] = (250, 0, 0)  # red at the top left
    undone = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[turn]  # Pillow's operations that undo each turn
    stored = PIL.Image.fromarray(upright) if undone is None else PIL.Image.fromarray(upright).transpose(undone)
    exif = PIL.Image.Exif()
    exif[0x0112] = turn
    read = media.parse(saved(stored, tmp_path / "turned.png", exif=exif))
    np.testing.assert_array_equal(read.pixels, upright)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it finds in damaged files; the test is that nothing else comes
@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "webp", "bmp", "tif", "ppm", "ico"])
def test_no_damage_to_a_file_makes_anything_but_a_picture_or_a_sentence(tmp_path, rng, kind):
    buffer = io.BytesIO()
    photo = PIL.Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8))
    photo.save(buffer, PIL.Image.registered_extensions()["." + kind])
    path = tmp_path / f"damaged.{kind}"
    for _ in range(60):
        content = np.frombuffer(buffer.getvalue(), np.uint8).copy()
        content[rng.integers(0, min(len(content), 400), 6)] = rng.integers(0, 256, 6)
        path.write_bytes(content.tobytes())
        try:
            found = media.parse(path).pixels.dtype.name
        except MediaError as error:
            found = str(error)
        assert found == "uint8" or found.startswith("damaged.")
