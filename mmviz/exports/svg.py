"""SVG: a sheet of maps, to be printed or put into a paper."""

import base64
import io
import re
from collections.abc import Sequence
from math import ceil, sqrt
from xml.sax.saxutils import escape

import numpy as np

from mmviz.axes import RegionAxis
from mmviz.errors import MethodError
from mmviz.registry import exports
from mmviz.results import Alignment, Palette
from mmviz.samples import Image

#: Longer side of a picture on the sheet, space around, height of a line of text, all in user units.
SIDE, GAP, LINE = 240, 16, 20
#: Pixels of the embedded picture's longer side.
PIXELS = 960
INK, PAPER = "#1a1a1a", "#ffffff"
#: What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@exports.add("svg", title="Sheet of maps", suffix=".svg", media_type="image/svg+xml", takes=("Alignment",))
def write(result: Alignment, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Draw the picture once for every unit with its map on it, all on one scale.

    Args:
        result: of text units and patches or regions.
        image: the picture that was aligned.
        palette: colours of the scale, from its lowest value to its highest.

    Returns:
        One file that needs no other: the picture and the maps are PNG within it, the units' words are text.

    Raises:
        MethodError: the picture or the palette is not given.
    """
    if image is None or palette is None:
        raise MethodError("svg draws maps on the picture in the colours of their scale; give the picture and the palette too.")
    wide, high = _fit(image.width, image.height, SIDE)
    columns = min(len(result.query), max(1, ceil(sqrt(len(result.query) * (high + LINE) / wide))))
    rows = ceil(len(result.query) / columns)
    width = max(columns * (wide + GAP) + GAP, 2 * SIDE)
    bottom = rows * (high + LINE + GAP) + GAP
    parts = [_cell(result, unit, palette, (wide, high), columns) for unit in range(len(result.query))]
    size = f'width="{width:g}" height="{bottom + 3 * LINE:g}" viewBox="0 0 {width:g} {bottom + 3 * LINE:g}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif" font-size="13" fill="{INK}">',
            f'<rect width="100%" height="100%" fill="{PAPER}"/>',
            f'<defs><image id="picture" width="{wide:g}" height="{high:g}" preserveAspectRatio="none" href="{_picture(image)}"/>',
            f'<clipPath id="frame"><rect width="{wide:g}" height="{high:g}"/></clipPath></defs>',
            *parts,
            _bar(result, palette, bottom),
            "</svg>\n",
        ]
    ).encode("utf-8")


def _fit(width: float, height: float, side: float) -> tuple[float, float]:
    scale = side / max(width, height)
    return max(1.0, round(width * scale, 2)), max(1.0, round(height * scale, 2))


def _cell(result: Alignment, unit: int, palette: Palette, size: tuple[float, float], columns: int) -> str:
    """Draw one unit: its words, the picture, its map."""
    wide, high = size
    row, column = divmod(unit, columns)
    words = result.query.labels[unit]
    drawn = _regions(result, unit, palette, size) if isinstance(result.key, RegionAxis) else _patches(result, unit, palette, size)
    place = f"translate({GAP + column * (wide + GAP):g} {GAP + row * (high + LINE + GAP):g})"
    return (
        f'<g transform="{place}"><title>{_text(words)}</title><text y="{LINE - 7}">{_text(_short(words, wide))}</text>'
        f'<g transform="translate(0 {LINE})" clip-path="url(#frame)"><use href="#picture"/>'
        f"{drawn}</g></g>"
    )


def _patches(result: Alignment, unit: int, palette: Palette, size: tuple[float, float]) -> str:
    """Draw a map of patches: a picture of one pixel a patch."""
    boxes = result.key.boxes
    (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    coloured = _png(_coloured(result.scores[unit].reshape(result.key.grid), palette))
    look = 'preserveAspectRatio="none" style="image-rendering: pixelated"'
    return f'<image {_place((x0, y0, x1, y1), size)} {look} href="{coloured}"/>'


def _regions(result: Alignment, unit: int, palette: Palette, size: tuple[float, float]) -> str:
    """Draw a map of regions: a rectangle each, the strongest last and so on top."""
    values, parts = result.scores[unit], []
    colours = _coloured(values, palette)
    for k in np.argsort(np.abs(values), kind="stable"):
        red, green, blue, alpha = (int(part) for part in colours[k])
        look = f'fill="#{red:02x}{green:02x}{blue:02x}" fill-opacity="{alpha / 255:.3g}"'
        parts.append(f"<rect {_place(result.key.boxes[k], size)} {look}/>")
    return "".join(parts)


def _place(box: Sequence[float], size: tuple[float, float]) -> str:
    x0, y0, x1, y1 = box
    wide, high = size
    return f'x="{x0 * wide:.3f}" y="{y0 * high:.3f}" width="{(x1 - x0) * wide:.3f}" height="{(y1 - y0) * high:.3f}"'


def _bar(result: Alignment, palette: Palette, top: float) -> str:
    """Draw the colours with the scale's ends and name, and what made the maps."""
    made = f"{result.scale} by {result.method}, {result.model}, target {result.target}"
    return (
        f'<g transform="translate({GAP} {top:g})">'
        f'<image width="{SIDE / 2:g}" height="{LINE / 2:g}" preserveAspectRatio="none" href="{_png(palette.colours[None])}"/>'
        f'<text y="{LINE + 6}">{palette.low:.2g}</text><text x="{SIDE / 2:g}" y="{LINE + 6}" text-anchor="end">{palette.high:.2g}</text>'
        f'<text x="{SIDE / 2 + GAP:g}" y="{LINE / 2:g}">{_text(made)}</text></g>'
    )


def _coloured(values: np.ndarray, palette: Palette) -> np.ndarray:
    """Give each value its colour, shape (rows, columns, 4), uint8."""
    share = (values.astype(float) - palette.low) / (palette.high - palette.low)
    return palette.colours[np.clip(np.rint(share * 255), 0, 255).astype(int)]


def _picture(image: Image) -> str:
    import PIL.Image

    picture = PIL.Image.fromarray(image.pixels)
    picture.thumbnail((PIXELS, PIXELS))
    return _png(np.asarray(picture))


def _png(pixels: np.ndarray) -> str:
    """Write pixels as a data URL."""
    import PIL.Image

    file = io.BytesIO()
    PIL.Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _text(words: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", words))


def _short(words: str, wide: float) -> str:
    """Cut what would run into the next cell; signs of Chinese are twice as wide."""
    room = max(4, wide / 8)
    for place, character in enumerate(words):
        room -= 2 if character > "\u2e7f" else 1
        if room < 0:
            return words[:place] + "…"
    return words
