import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmviz.errors import MediaError
from mmviz.media import spoken

MIXED = "Mr. Smith's paid $5.50 (about 3.5%) — at 3:30 p.m. on 12/05/2024, 😀 ok! don’t 你好世界 مرحبا"


def texts(text: str, unit: str, language: str) -> list[str]:
    return [text[a:b] for a, b in spoken.units(text, unit, language)]


def said(text: str, language: str) -> list[str]:
    return [atom.said for atom in spoken.atoms(text, language)]


def test_english_words_are_what_stands_between_white_space():
    assert texts(MIXED, "word", "en") == MIXED.split()


def test_chinese_words_are_jiebas_with_the_signs_that_touch_them():
    assert texts("我用Python写了42行代码，“很好”。价格是￥5.5 好😀", "word", "zh") == [
        "我用", "Python", "写", "了", "42", "行", "代码，", "“很", "好”。", "价格", "是", "￥5.5", "好", "😀",
    ]  # fmt: skip


def test_characters_keep_their_marks_and_joined_emoji():
    assert texts("e\u0301 👨‍👩‍👧x 好，", "char", "zh") == ["e\u0301", "👨‍👩‍👧", "x", "好", "，"]


@pytest.mark.parametrize("language", spoken.LANGUAGES)
@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_units_cover_all_but_white_space_once_and_atoms_stay_inside(text, language):
    kept = "".join(text.split())
    for unit in ("word", "char"):
        assert "".join(texts(text, unit, language)) == kept
    spans = [(atom.start, atom.end) for atom in spoken.atoms(text, language)]
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:]))
    assert all(atom.said.strip() for atom in spoken.atoms(text, language))


def test_everything_with_a_letter_or_digit_is_spoken():
    assert said(MIXED, "en") == [
        "mister", "Smith's", "paid", "five dollars fifty cents", "about", "three point five percent", "at", "three thirty", "P M", "on",
        "December fifth twenty twenty four", "ok", "don't", "你", "好", "世", "界", "مرحبا",
    ]  # fmt: skip
    assert said("用Python写42行", "zh") == ["用", "Python", "写", "四十二", "行"]


def test_each_script_has_a_voice_that_can_read_it():
    assert [atom.voice for atom in spoken.atoms("hello 好 привет שלום 7", "en")] == ["en-us", "cmn", "ru", "he", "en-us"]
    assert [atom.voice for atom in spoken.atoms("hello 好 7", "zh")] == ["en-us", "cmn", "cmn"]


def test_pieces_end_with_sentences_and_voices():
    found = spoken.pieces(spoken.atoms("Mr. Fox ran. He 好 stopped, once", "en"))
    assert [[atom.said for atom in piece] for piece in found] == [["mister", "Fox", "ran"], ["He"], ["好"], ["stopped", "once"]]
    assert found[3][0].pause == ","


def test_no_piece_is_long():
    assert (
        max(sum(len(a.said) + 1 for a in piece) for piece in spoken.pieces(spoken.atoms("word " * 500, "en")))
        <= spoken.PIECE + 20
    )


@pytest.mark.parametrize(
    ("text", "says"), [("", "empty"), (" \n\u200b", "empty"), ("a\ud800", "half a character"), ("a" * 1_000_001, "1,000,001")]
)
def test_texts_that_cannot_be_used_are_refused(text, says):
    with pytest.raises(MediaError, match=says):
        spoken.check(text)


def test_a_file_is_read_with_its_mark_and_refused_where_it_is_no_text(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffgood 好\n".encode())
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    assert spoken.read(tmp_path / "a.txt") == "good 好\n"
    for name, says in (("b.txt", "UTF-8"), ("c.txt", "cannot be read")):
        with pytest.raises(MediaError, match=says):
            spoken.read(tmp_path / name)
