import json

import pytest

from mmviz.errors import MediaError
from mmviz.media import captions
from mmviz.media.captions import Captioned


@pytest.fixture
def read(tmp_path):
    def read(text: str | bytes, name: str = "captions.csv"):
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return captions.read(tmp_path / name)

    return read


def test_a_table_has_a_picture_and_a_caption_a_line_and_whatever_else(read):
    found = read('file,caption,place\na.png,"a cat, asleep",home\nb.png,一只狗,\na.png,two cats,\n')
    assert found == [
        Captioned("a.png", "a cat, asleep", {"place": "home"}),
        Captioned("b.png", "一只狗", {"place": ""}),
        Captioned("a.png", "two cats", {"place": ""}),
    ]


def test_columns_may_have_the_names_others_give_them_and_be_parted_by_tabs(read):
    assert read("Text\tImage\na cat\ta.png\n") == [Captioned("a.png", "a cat")]


def test_objects_a_line_may_have_several_captions(read):
    lines = [{"file_name": "a.png", "captions": ["a cat", "", "a red cat"]}, {"image": "b.png", "text": "a dog", "n": 3}]
    found = read("\n".join(map(json.dumps, lines)) + "\n", "captions.jsonl")
    assert [(row.file, row.text) for row in found] == [("a.png", "a cat"), ("a.png", "a red cat"), ("b.png", "a dog")]
    assert found[2].tags == {"n": "3"}


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("caption\na cat\n", "c.csv", "no column for the picture in line 2; call it file"),
        ("file\na.png\n", "c.csv", "no column for the caption"),
        ("file,caption\n", "c.csv", "no captions"),
        ("", "c.csv", "no captions"),
        ("file,caption\na.png,\xe9".encode("latin-1"), "c.csv", "not UTF-8 from byte 19"),
        ("{", "c.jsonl", "no JSON in line 1"),
        ('\n"a"', "c.jsonl", "no object in line 2"),
    ],
)
def test_what_is_no_table_of_captions_is_refused(read, text, name, said):
    with pytest.raises(MediaError, match=said):
        read(text, name)


def test_too_many_or_too_large_is_refused(read, monkeypatch):
    monkeypatch.setattr(captions, "MAX_LINES", 2)
    with pytest.raises(MediaError, match="3 captions; a map of pictures takes 2"):
        read("file,caption\n" + "a.png,a\n" * 3)
    monkeypatch.setattr(captions, "MAX_BYTES", 10)
    with pytest.raises(MediaError, match="Give a part"):
        read("file,caption\na.png,a\n")


def test_a_folder_without_a_table_is_told_what_is_missing(tmp_path):
    with pytest.raises(MediaError, match="no captions in .*captions.csv there"):
        captions.beside(tmp_path)
