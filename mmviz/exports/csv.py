"""CSV: tables for spreadsheets."""

import csv
import io
from collections.abc import Iterator

from mmviz.matrices import Matrix
from mmviz.registry import exports
from mmviz.results import Alignment, Palette
from mmviz.samples import Image

#: Cells that begin so would be run as formulas.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@exports.add("csv", title="Table", suffix=".csv", media_type="text/csv", takes=("Alignment", "Matrix"))
def write(result: Alignment | Matrix, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write scores as a table that spreadsheets open.

    A matrix has a line a text and a column a picture. An alignment has a line for each unit and patch: the unit, its span, the
    patch, its box, the score.

    Args:
        result: any.
        image, palette: not needed.

    Returns:
        UTF-8 with the mark by which spreadsheets know it; a text that would be run as a formula has an apostrophe before it.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for row in _matrix(result) if isinstance(result, Matrix) else _alignment(result):
        writer.writerow([_safe(cell) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue().encode("utf-8-sig")


def _matrix(matrix: Matrix) -> Iterator[list]:
    yield [matrix.scale, *matrix.images.labels]
    for name, row in zip(matrix.texts.labels, matrix.scores.tolist(), strict=True):
        yield [name, *row]


def _alignment(alignment: Alignment) -> Iterator[list]:
    yield ["unit", "start", "end", "patch", "x0", "y0", "x1", "y1", alignment.scale]
    patches = alignment.key.to_json()
    for unit, row in zip(alignment.query.to_json(), alignment.scores.tolist(), strict=True):
        for patch, score in zip(patches, row, strict=True):
            yield [unit["text"], *unit["span"], patch["label"], *patch["box"], score]


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
