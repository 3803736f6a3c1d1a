"""TextGrids are read as Praat and praatio write them; what is none is refused in a sentence."""

import numpy as np
import pytest
from praatio import textgrid as praat

from mmviz.errors import MediaError
from mmviz.media import textgrid


@pytest.fixture
def grid():
    made = praat.Textgrid()
    words = [(0.0, 0.5, "one"), (0.75, 1.25, 'say "two"'), (1.25, 2.0, "第三 3 <exists> 4.5")]
    made.addTier(praat.IntervalTier("words", words, 0, 3))
    made.addTier(praat.PointTier("beats", [(0.25, "x"), (1.5, "y")], 0, 3))
    return made


@pytest.mark.parametrize("form", ["long_textgrid", "short_textgrid"])
def test_both_forms_are_read(grid, form, tmp_path):
    grid.save(str(tmp_path / "a.TextGrid"), format=form, includeBlankSpaces=True)
    words, beats = textgrid.parse(tmp_path / "a.TextGrid")
    assert (words.name, beats.name) == ("words", "beats")
    assert words.labels == ("one", "", 'say "two"', "第三 3 <exists> 4.5", "")
    assert words.starts.tolist() == [0, 0.5, 0.75, 1.25, 2]
    assert words.ends.tolist() == [0.5, 0.75, 1.25, 2, 3]
    assert beats.labels == ("x", "y")
    assert np.array_equal(beats.starts, beats.ends)


def test_sixteen_bits_a_sign_are_read_too(grid, tmp_path):
    grid.save(str(tmp_path / "a.TextGrid"), format="long_textgrid", includeBlankSpaces=True)
    text = (tmp_path / "a.TextGrid").read_text("utf-8")
    (tmp_path / "b.TextGrid").write_text(text, "utf-16")
    assert textgrid.parse(tmp_path / "b.TextGrid")[0].labels == textgrid.parse(tmp_path / "a.TextGrid")[0].labels


def test_what_is_no_textgrid_is_refused(grid, tmp_path):
    grid.save(str(tmp_path / "whole.TextGrid"), format="long_textgrid", includeBlankSpaces=True)
    content = (tmp_path / "whole.TextGrid").read_bytes()
    (tmp_path / "half.TextGrid").write_bytes(content[: len(content) // 2])
    (tmp_path / "letter.txt").write_text("Dear Sir", "utf-8")
    (tmp_path / "bytes.TextGrid").write_bytes(b"\xff\x00\x81\x8d")
    back = content.replace(b"xmin = 1.25", b"xmin = 0.1").replace(b"xmax = 1.25", b"xmax = 0.1")
    (tmp_path / "back.TextGrid").write_bytes(back)
    for name, said in {
        "half.TextGrid": "damaged or cut short",
        "letter.txt": "is not a TextGrid",
        "bytes.TextGrid": "neither UTF-8 nor UTF-16",
        "back.TextGrid": "go back",
        "missing.TextGrid": "There is no file",
    }.items():
        with pytest.raises(MediaError, match=said):
            textgrid.parse(tmp_path / name)
