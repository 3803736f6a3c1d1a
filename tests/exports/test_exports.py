import base64
import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest

from mmviz import pipeline
from mmviz.axes import ItemAxis, PatchAxis, TextAxis
from mmviz.errors import MethodError, UnknownName
from mmviz.matrices import Matrix
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image
from tests import synthetic

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def alignment(rng):
    encoding = synthetic.encoding(rng)
    boxes = np.array([(c / 3, r / 2, (c + 1) / 3, (r + 1) / 2) for r in range(2) for c in range(3)])
    encoding = replace(encoding, key=PatchAxis(boxes, (2, 3), (0, 0, 1, 1), (90, 70)), key_embeds=None)
    return encoding.alignment(rng.uniform(size=(synthetic.Q, 6)), scale="relevance").made_by("m", {})


@pytest.fixture
def matrix() -> Matrix:
    return Matrix(
        np.array([[0.5, -0.25, 0.0], [0.1, 0.2, 0.3]], np.float32),
        ItemAxis(("=1+1", '猫, "a"')),
        ItemAxis(("a.png", "a.png", "b.png")),
    )


@pytest.fixture
def image(rng) -> Image:
    return Image(rng.integers(0, 256, (70, 90, 3), np.uint8))


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def png(url: str) -> np.ndarray:
    return np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def with_words(alignment, words: str):
    spans = np.array([(0, len(words))] * len(alignment.query))
    query = alignment.query
    return replace(alignment, query=TextAxis(words, spans, query.kinds, query.cut, query.unknown))


def test_json_is_the_contracts_file(alignment):
    assert json.loads(pipeline.export(alignment, "json")) == alignment.to_json()


def test_npz_holds_the_arrays_without_pickle(alignment, matrix):
    for result in (alignment, matrix.scaled("logit")):
        with np.load(io.BytesIO(pipeline.export(result, "npz")), allow_pickle=False) as arrays:
            assert set(arrays) == set(result.arrays)
            assert all(np.array_equal(arrays[name], result.arrays[name]) for name in arrays)


def test_the_table_of_a_matrix_has_a_line_a_text_and_a_column_a_picture(matrix):
    table = rows(pipeline.export(matrix.scaled("cosine"), "csv"))
    assert table[0] == ["cosine", "a.png", "a.png", "b.png"]
    assert [row[0] for row in table[1:]] == ["'=1+1", '猫, "a"']
    assert np.array([row[1:] for row in table[1:]], np.float32) == pytest.approx(matrix.values)


def test_the_table_of_an_alignment_has_a_line_for_each_unit_and_patch(alignment):
    table = rows(pipeline.export(alignment, "csv"))
    assert table[0] == ["unit", "start", "end", "patch", "x0", "y0", "x1", "y1", "relevance"]
    assert len(table) == 1 + synthetic.Q * synthetic.K
    assert table[1 + 6 + 4][:4] == ["cat", "4", "7", "row 2 column 2"]
    assert float(table[1 + 6 + 4][8]) == pytest.approx(alignment.scores[1, 4])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_text_is_run_as_a_formula(alignment, start):
    table = rows(pipeline.export(with_words(alignment, f"{start}cmd|' /C calc'!A0"), "csv"))
    assert table[1][0].startswith("'" + start)


def test_the_sheet_shows_the_picture_once_a_unit_with_its_map_in_the_scales_colours(alignment, image):
    root = ET.fromstring(pipeline.export(alignment, "svg", image))
    assert len(root.findall(f".//{SVG}use")) == synthetic.Q
    assert [t.text for t in root.iter(f"{SVG}title")] == alignment.query.labels
    defined, *maps, bar = root.iter(f"{SVG}image")
    assert png(defined.get("href")) == pytest.approx(image.pixels)
    palette = pipeline.doors._palette(alignment)
    for unit, drawn in enumerate(maps):
        levels = np.rint((alignment.scores[unit].astype(float) - palette.low) / (palette.high - palette.low) * 255).astype(int)
        assert np.array_equal(png(drawn.get("href")), palette.colours[levels].reshape(2, 3, 4))
    assert np.array_equal(png(bar.get("href"))[0], palette.colours)
    assert "relevance by m, synthetic, target prompt" in "".join(root.itertext())


def test_a_map_lies_where_its_patches_lie(alignment, image):
    half = replace(alignment.key, boxes=alignment.key.boxes * 0.5 + 0.25)
    drawn = list(ET.fromstring(pipeline.export(replace(alignment, key=half), "svg", image)).iter(f"{SVG}image"))[1]
    wide, high = 240, 240 * 70 / 90
    assert [float(drawn.get(n)) for n in ("x", "y", "width", "height")] == pytest.approx(
        [wide / 4, high / 4, wide / 2, high / 2], abs=0.01
    )


@pytest.mark.parametrize("words", ['<script>alert("x")</script> & more', "]]>&amp;", "bell \x07 and \ufffe", "红" * 400])
def test_what_a_user_wrote_stays_text(alignment, image, words):
    root = ET.fromstring(pipeline.export(with_words(alignment, words), "svg", image))
    assert {element.tag for element in root.iter()} <= {SVG + n for n in "svg rect defs image clipPath g title text use".split()}
    assert next(root.iter(f"{SVG}title")).text == re.sub("[\x07\ufffe]", "\ufffd", words)


def test_the_sheet_needs_no_other_file(alignment, image):
    content = pipeline.export(alignment, "svg", image).decode()
    assert all(url.startswith(("data:image/png;base64,", "#")) for url in re.findall(r'href="([^"]*)"', content))


@pytest.mark.parametrize("size", [(3, 150), (150, 3), (1500, 1000)])
def test_a_sheet_of_any_picture_stays_in_bounds(alignment, size):
    content = pipeline.export(alignment, "svg", Image(np.zeros((*size, 3), np.uint8)))
    root = ET.fromstring(content)
    assert max(float(root.get("width")), float(root.get("height"))) < 2000
    assert len(content) < 200_000


def test_what_a_format_does_not_take_is_refused_with_those_that_do(matrix, alignment):
    with pytest.raises(MethodError, match="svg does not take Matrix; for it use: csv, json, npz"):
        pipeline.export(matrix, "svg")
    with pytest.raises(MethodError, match="give the picture"):
        pipeline.export(alignment, "svg")
    with pytest.raises(
        UnknownName,
        match='no export format "pdf"; there are: ass, audacity, chapters.txt, chapters.vtt, csv, edl, fcpxml, json, npz, otio, parquet, png, srt, svg, textgrid, tsv, vtt',
    ):
        pipeline.export(alignment, "pdf")


def test_the_palette_is_all_that_colours_a_map(alignment, image):
    grey = Palette(np.full((256, 4), 128, np.uint8), 0.0, 1.0)
    drawn = list(ET.fromstring(exports["svg"].run(alignment, image, grey)).iter(f"{SVG}image"))[1]
    assert (png(drawn.get("href")) == 128).all()
