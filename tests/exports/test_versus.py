"""Two answers against each other, written out."""

import csv
import io
import json

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.pipeline.versus import opposed
from tests.test_versus import answer, patches, planted


@pytest.fixture
def found():
    key = patches(3, 5)
    return opposed(answer(planted(key, 1, 2), key), answer(planted(key, 4), key, text="a =cat"), "text")


def test_a_table_has_a_line_a_unit_and_runs_no_formula(found):
    rows = list(csv.DictReader(io.StringIO(pipeline.export(found, "csv").decode("utf-8-sig"))))
    assert [row["unit"] for row in rows] == ["a", "red", "cat", "'=cat", "a red cat"]
    assert [row["in"] for row in rows] == ["both", "A", "A", "B", "both"]
    assert float(rows[0]["patches"]) == pytest.approx(3)
    assert float(rows[0]["moved_right"]) == pytest.approx(3 / 5)
    assert rows[1]["A (strongest)"] == "1.0"
    assert rows[1]["B (strongest)"] == rows[1]["change"] == ""


def test_arrays_and_json_are_those_of_both_answers_and_their_change(found):
    with np.load(io.BytesIO(pipeline.export(found, "npz"))) as arrays:
        np.testing.assert_array_equal(arrays["change"], found.change)
        np.testing.assert_array_equal(arrays["b_scores"], found.other.scores)
    written = json.loads(pipeline.export(found, "json"))
    assert (written["a"]["text"], written["b"]["text"]) == ("a red cat", "a =cat")
    assert written["cells"]["grid"] == [3, 5]
