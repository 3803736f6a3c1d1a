import json

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from mmviz.errors import MediaError
from mmviz.media import vectors


@pytest.fixture
def kept(tmp_path):
    """Write an array and give its path."""

    def write(array, name="v.npy"):
        np.save(tmp_path / name, array, allow_pickle=True)
        return tmp_path / name

    return write


def test_rows_are_read_in_order_as_float32(kept, rng):
    array = rng.normal(size=(5, 3))
    found = vectors.read(kept(array))
    assert found.rows.dtype == np.float32
    assert np.allclose(found.rows, array)
    assert (found.total, found.places.tolist(), found.names) == (5, [0, 1, 2, 3, 4], ())


def test_of_too_many_rows_some_are_drawn_the_same_for_files_as_long(kept, rng):
    array = rng.normal(size=(50, 2))
    one, two = (vectors.read(kept(array + i, f"{i}.npy"), seed=4, most=20) for i in range(2))
    other = vectors.read(kept(array), seed=5, most=20)
    assert (len(one.rows), one.total) == (20, 50)
    assert np.allclose(one.rows, array[one.places])
    assert one.places.tolist() == two.places.tolist() == sorted(set(one.places.tolist())) != other.places.tolist()


def test_two_million_rows_are_sampled_without_being_held(tmp_path):
    table = np.lib.format.open_memmap(tmp_path / "v.npy", "w+", np.float32, (2_000_000, 1))
    table[:, 0] = np.arange(2_000_000) + 1
    table.flush()
    found = vectors.read(tmp_path / "v.npy")
    assert len(found.rows) == vectors.MOST == 200_000
    assert np.array_equal(found.rows[:, 0], (found.places + 1).astype(np.float32))


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([[1.0, np.nan], [0, 1]]), "row 1, column 2; replace"),
        (np.zeros((2, 3, 4)), "shape .2, 3, 4.* two axes"),
        (np.zeros((0, 4)), "shape .0, 4."),
        (np.array([["a"]]), "real numbers"),
        (np.array([[{}]], object), "not a .npy file of numbers"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(kept, array, said):
    with pytest.raises(MediaError, match=said):
        vectors.read(kept(array))


def test_parquet_has_vectors_names_and_modalities(tmp_path):
    table = {"name": ["a", "b"], "modality": ["text", "image"], "embedding": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]}
    pyarrow.parquet.write_table(pyarrow.table(table), tmp_path / "v.parquet")
    found = vectors.read(tmp_path / "v.parquet")
    assert found.rows.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert (found.names, found.modality) == (("a", "b"), ("text", "image"))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"name": ["a"], "x": [1.0]}, "no column of vectors .columns: name, x.*called vector"),
        ({"vector": [1.0, 2.0]}, "no column of vectors"),
        ({"vector": [[1.0], [1.0, 2.0]]}, "not all of one width"),
        ({"vector": [[1.0], None]}, "not all of one width"),
        ({"vector": [["a"], ["b"]]}, "no numbers"),
    ],
)
def test_parquet_without_vectors_of_one_width_is_refused(tmp_path, table, said):
    pyarrow.parquet.write_table(pyarrow.table(table), tmp_path / "v.parquet")
    with pytest.raises(MediaError, match=said):
        vectors.read(tmp_path / "v.parquet")


@pytest.mark.parametrize("name", ["v.npy", "v.parquet"])
def test_another_kind_of_file_is_refused(tmp_path, name):
    (tmp_path / name).write_text("no vectors here")
    with pytest.raises(MediaError, match=r"not a (\.npy|Parquet) file"):
        vectors.read(tmp_path / name)


def test_a_truth_is_read(tmp_path):
    (tmp_path / "t.json").write_text("[[0, 2], [], [1]]")
    assert vectors.truth(tmp_path / "t.json", 3, 3) == [[0, 2], [], [1]]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([[0]], "1 entries and there are 2 texts"),
        ({"0": [1]}, "no list and there are 2 texts"),
        ([[0], [3]], "text 1.*0 to 2"),
        ([[0], [True]], "text 1"),
        ([[0], 1], "text 1"),
        ([[0], [-1]], "text 1"),
    ],
)
def test_a_truth_that_does_not_fit_is_refused(tmp_path, said, why):
    (tmp_path / "t.json").write_text(json.dumps(said))
    with pytest.raises(MediaError, match=why):
        vectors.truth(tmp_path / "t.json", 2, 3)
