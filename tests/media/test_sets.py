import numpy as np
import pytest

from mmviz.errors import MediaError
from mmviz.media import sets


def test_lines_keep_their_places(tmp_path):
    (tmp_path / "t.txt").write_bytes("\ufeffa cat\r\n\r\n红 猫\r a line \u2028 with odd signs\n".encode())
    assert sets.lines(tmp_path / "t.txt") == ["a cat", "", "红 猫", " a line \u2028 with odd signs"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"x" * 5 * 2**20, "t.txt has 5.0 MB; up to 1 MB can be read. Give fewer"),
        (b"caf\xe9", "is not UTF-8 from byte 3 on; save it as UTF-8"),
        (None, "There is no file"),
    ],
)
def test_a_text_file_that_cannot_be_used_is_refused(tmp_path, content, sentence):
    if content is not None:
        (tmp_path / "t.txt").write_bytes(content)
    with pytest.raises(MediaError, match=sentence):
        sets.lines(tmp_path / "t.txt")


def test_pictures_of_a_folder_come_by_name_and_other_files_are_left(tmp_path):
    for name in ("b.PNG", "a.jpg", "truth.json", ".hidden.png", "c.webp"):
        (tmp_path / name).touch()
    assert [path.name for path in sets.pictures(tmp_path)] == ["a.jpg", "b.PNG", "c.webp"]


@pytest.mark.parametrize("name", ["absent", "file", "empty"])
def test_a_folder_without_pictures_is_refused(tmp_path, name):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(MediaError, match="no folder that can be read|There is no picture in"):
        sets.pictures(tmp_path / name)


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros(3), "has shape .3,. and type float64; a matrix has two axes"),
        (np.zeros((2, 0)), "a matrix has two axes"),
        (np.array([["a", "b"]]), "real numbers"),
        (np.array([[1j]]), "real numbers"),
        (np.array([[0.1, np.nan]]), "no finite numbers"),
        (np.array([[None]], object), "not a .npy file of numbers"),
        (b"hello", "not a .npy file of numbers"),
        (b"", "not a .npy file of numbers"),
    ],
)
def test_similarities_that_are_none_are_refused(tmp_path, array, sentence):
    path = tmp_path / "s.npy"
    path.write_bytes(array) if isinstance(array, bytes) else np.save(path, array, allow_pickle=True)
    with pytest.raises(MediaError, match=sentence):
        sets.scores(path)


def test_several_arrays_are_refused(tmp_path):
    with (tmp_path / "s.npy").open("wb") as file:
        np.savez(file, a=np.zeros((2, 3)))
    with pytest.raises(MediaError, match="has several arrays"):
        sets.scores(tmp_path / "s.npy")
