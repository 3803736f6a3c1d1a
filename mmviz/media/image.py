"""Pictures: what is taken in, what is refused, and the one form everything after sees: upright RGB."""

import io
import re
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from mmviz.errors import MediaError
from mmviz.media import pixels
from mmviz.samples import Image

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

MAX_BYTES = 25 * 2**20
MAX_PIXELS = 40_000_000
MAX_RATIO = 50
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "ICO", "AVIF")
#: What Pillow's decoders raise on damaged files.
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error, zlib.error)
_CLAIM = re.compile(r"scenes v1 ([a-z]{1,20}) (\d{1,18}) (\d{1,18})")
_TURN = 0x0112  # the EXIF tag Orientation


def parse(source: "str | Path | PIL.Image.Image | np.ndarray", name: str | None = None) -> Image:
    """Take in a picture as upright RGB.

    Sizes are checked before anything is decoded. Of several frames in a file the first is taken, transparency is laid on white,
    16 bits become 8, the EXIF turn is applied; `notes` says which of these happened.

    Args:
        source: a path (at most 25 MB), a PIL image, or an array (height, width[, 1, 3 or 4]) of uint8, uint16 or
            floats from 0 to 1; at most 40 megapixels, at least 2 pixels each way, no side 50 times the other.
        name: for messages and exports; by default the file's name.

    Returns:
        The picture, `source` "upload". What a drawn scene says of itself is in `claim`, unproven.

    Raises:
        MediaError: it is no picture, damaged, empty, too large or too small.
    """
    import PIL.Image

    if isinstance(source, str | Path):
        name = name or Path(source).name
        return _from_file(Path(source), name)
    name = name or "picture"
    if isinstance(source, PIL.Image.Image):
        return _from_pil(source, name)
    picture = pixels.from_array(source, name)
    _check_size(picture.shape[1], picture.shape[0], name)
    return Image(picture, name)


def _from_file(path: Path, name: str) -> Image:
    import PIL.Image

    content = _read(path, name)
    try:
        with PIL.Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            return _from_pil(picture, name)
    except PIL.UnidentifiedImageError as error:
        raise MediaError(f"{name} is not a picture that can be read; use a PNG, JPEG, WebP or GIF file.") from error
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        count = int(re.search(r"\d+", str(error)).group())  # Pillow says it as "Image size (N pixels) exceeds limit ..."
        raise _too_large(count, name) from error
    except DAMAGED as error:
        raise _damaged(name) from error


def _read(path: Path, name: str) -> bytes:
    try:
        if not path.is_file():
            raise MediaError(f"There is no file {path}; check the path.")
        size = path.stat().st_size
        if size == 0:
            raise MediaError(f"{name} is empty (0 bytes); save or upload it again.")
        if size > MAX_BYTES:
            raise MediaError(f"{name} has {size / 2**20:.0f} MB; up to {MAX_BYTES // 2**20} MB can be read. Scale it down.")
        return path.read_bytes()
    except OSError as error:
        raise MediaError(f"{name} cannot be opened ({error.strerror or 'unreadable'}); check the file and its rights.") from error


def _from_pil(picture: "PIL.Image.Image", name: str) -> Image:
    _check_size(*picture.size, name)
    notes = ["first_frame"] if _has_frames(picture) else []
    claim = _claim(picture)
    deep = pixels.is_deep(picture)
    try:
        picture.load()
        turned = _upright(picture)
        rgb, found = pixels.from_pil(turned)
    except DAMAGED as error:
        raise _damaged(name) from error
    notes += sorted(set(found) | ({"sixteen_bit"} if deep else set()))
    return Image(rgb, name, notes=tuple(notes), claim=claim)


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise _too_large(width * height, name)
    if min(width, height) < 2:
        raise MediaError(f"{name} is {width} x {height} pixels; it needs at least 2 each way. Use a larger picture.")
    if max(width, height) > MAX_RATIO * min(width, height):
        raise MediaError(f"{name} is {width} x {height} pixels; one side may be up to {MAX_RATIO} times the other. Crop it.")


def _too_large(count: int, name: str) -> MediaError:
    size = f"{count / 1e6:,.0f}" if count >= MAX_PIXELS + 1e6 else f"{count / 1e6:,.1f}"
    return MediaError(f"{name} has {size} megapixels; up to {MAX_PIXELS / 1e6:.0f} can be shown. Scale it down and try again.")


def _damaged(name: str) -> MediaError:
    return MediaError(f"{name} is damaged or cut short and cannot be read to its end; save or download it again.")


def _has_frames(picture: "PIL.Image.Image") -> bool:
    """Tell animations and many-paged files from single pictures (an MPO's further frames are its own previews)."""
    try:
        return picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1 and picture.tell() == 0
    except DAMAGED:
        return False


def _claim(picture: "PIL.Image.Image") -> tuple[str, int, int] | None:
    match = _CLAIM.fullmatch(str(picture.info.get("mmviz", "")))
    return (match[1], int(match[2]), int(match[3])) if match else None


def _upright(picture: "PIL.Image.Image") -> "PIL.Image.Image":
    """Apply the EXIF turn; an EXIF block that cannot be read turns nothing."""
    from PIL import ImageOps

    try:
        turn = picture.getexif().get(_TURN, 1)
    except DAMAGED:
        return picture
    return picture if turn == 1 else ImageOps.exif_transpose(picture)
