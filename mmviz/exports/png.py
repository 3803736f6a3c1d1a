"""PNG: a sheet of a film's shots with what each shows."""

import io
from typing import TYPE_CHECKING

from mmviz.errors import MethodError
from mmviz.exports.shot_lists import Shown, shown
from mmviz.matchings import Matching
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image

if TYPE_CHECKING:
    import PIL.ImageDraw

#: Pixels of a cell across, of the picture in it and of the lines below; cells side by side; shots on a sheet at most.
WIDTH, HEIGHT, BELOW, ACROSS, MOST = 176, 100, 46, 6, 600
EDGE, SIZE = 8, 12
PAPER, INK, FAINT = (255, 255, 255), (28, 28, 28), (120, 120, 120)


@exports.add("png", title="Contact sheet", suffix=".png", media_type="image/png", takes=("Matching",))
def write(result: Matching, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Draw the frame of every shot with its time, its clause and how sure that is.

    Args:
        result: a matching of a film, with its pictures, at most 600 shots.
        image, palette: not needed.

    Returns:
        The sheet, six shots a row. A clause in signs that the drawing's own font lacks is named by its number alone.
    """
    import PIL.Image
    import PIL.ImageDraw

    shots = shown(result, "png")
    if not result.pictures:
        raise MethodError("png needs a picture of every shot, and this matching has none; match the film again, or write csv.")
    if len(shots) > MOST:
        raise MethodError(f"There are {len(shots):,} shots; a sheet takes {MOST} at most. Write csv, or merge shots.")
    rows = -(-len(shots) // ACROSS)
    size = (EDGE + ACROSS * (WIDTH + EDGE), EDGE + rows * (HEIGHT + BELOW + EDGE))
    sheet = PIL.Image.new("RGB", size, PAPER)
    draw = PIL.ImageDraw.Draw(sheet)
    for place, (shot, pixels) in enumerate(zip(shots, result.pictures, strict=True)):
        x, y = EDGE + place % ACROSS * (WIDTH + EDGE), EDGE + place // ACROSS * (HEIGHT + BELOW + EDGE)
        picture = PIL.Image.fromarray(pixels)
        picture.thumbnail((WIDTH, HEIGHT))
        sheet.paste(picture, (x, y))
        _label(draw, shot, (x, y + HEIGHT + 2))
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def _label(draw: "PIL.ImageDraw.ImageDraw", shot: Shown, place: tuple[int, int]) -> None:
    """Write number and seconds of a shot, and below what it shows."""
    from PIL import ImageFont

    font = ImageFont.load_default(SIZE)
    x, y = place
    draw.text((x, y), f"{shot.first + 1}   {shot.start:.1f} - {shot.end:.1f} s", INK, font)
    if shot.clause is None:
        draw.text((x, y + SIZE + 2), "no clause", FAINT, font)
        return
    draw.text((x, y + SIZE + 2), f"clause {shot.clause + 1}   {shot.p:.2f}", INK, font)
    if shot.text.isascii():
        draw.text((x, y + 2 * SIZE + 4), _fitting(draw, shot.text, font), INK, font)


def _fitting(draw: "PIL.ImageDraw.ImageDraw", text: str, font) -> str:
    """Cut a text where it would leave its cell."""
    if draw.textlength(text, font) <= WIDTH:
        return text
    while text and draw.textlength(text + "...", font) > WIDTH:
        text = text[:-1]
    return text.rstrip() + "..."
