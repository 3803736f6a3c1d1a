import csv
import io
import json

import numpy as np
import pyarrow.parquet
import pytest

from mmviz import pipeline
from mmviz.axes import ItemAxis
from mmviz.results import Embeds
from mmviz.space.gap import unit


@pytest.fixture
def shown(rng):
    texts = Embeds(unit(rng.normal(size=(9, 6))), ItemAxis(("=1+1", "猫", *"abcdefg")), "text", "")
    images = Embeds(unit(rng.normal(size=(7, 6))), ItemAxis(tuple(f"{i}.png" for i in range(7))), "image", "")
    made = pipeline.space([texts, images], "pca", pairs=np.array([[0, 9], [8, 9], [1, 12]]))
    return made.tagged({"concept": tuple("xy" * 8)})


def read(shown):
    return pyarrow.parquet.read_table(io.BytesIO(pipeline.export(shown, "parquet")))


def test_parquet_has_the_contracts_columns(shown):
    table = read(shown)
    assert table.column_names[:6] == ["name", "modality", "projection_x", "projection_y", "vector", "neighbours"]
    rows = table.to_pylist()
    assert [row["name"] for row in rows] == list(shown.items.names)
    assert [row["modality"] for row in rows] == ["text"] * 9 + ["image"] * 7
    assert np.allclose([[row["projection_x"], row["projection_y"]] for row in rows], shown.points)
    assert np.allclose([row["vector"] for row in rows], shown.vectors)
    assert [row["neighbours"]["ids"] for row in rows] == shown.neighbours.places.tolist()
    assert np.allclose([row["neighbours"]["distances"] for row in rows], shown.neighbours.distances)
    assert [row["concept"] for row in rows] == list("xy" * 8)


def test_parquet_says_what_belongs_together_and_what_is_known_of_the_map(shown):
    table = read(shown)
    partners = table.column("pair").to_pylist()
    assert [partners[row] for row in (0, 8, 1, 9, 12, 2)] == [9, 9, 12, 0, 1, None]
    about = json.loads(table.schema.metadata[b"mmviz"])
    assert about["trustworthiness"] == shown.belief.trustworthiness
    assert (about["gap"], about["seed"], about["method"]) == (shown.gap, 0, "pca")


def test_what_parquet_holds_is_read_as_vectors_again(shown, tmp_path):
    (tmp_path / "a.parquet").write_bytes(pipeline.export(shown, "parquet"))
    parts, left_out = pipeline.read_vectors([tmp_path / "a.parquet"])
    assert [(part.modality, part.items.names) for part in parts] == [
        ("text", shown.items.names[:9]),
        ("image", shown.items.names[9:]),
    ]
    assert np.allclose(np.concatenate([part.vectors for part in parts]), shown.vectors, atol=1e-6)
    assert not any(left_out.values())


def test_csv_has_a_line_an_item_and_no_formula(shown):
    lines = list(csv.DictReader(io.StringIO(pipeline.export(shown, "csv").decode("utf-8-sig"), newline="")))
    assert len(lines) == 16
    assert lines[0]["name"] == "'=1+1"
    assert float(lines[3]["x"]) == pytest.approx(shown.points[3, 0])
    nearest = shown.neighbours.places[5, 0]
    assert lines[5]["nearest"] == shown.items.names[nearest]
    assert float(lines[5]["nearest_cosine"]) == pytest.approx(shown.vectors[5] @ shown.vectors[nearest], abs=1e-5)
    assert float(lines[5]["kept"]) == pytest.approx(shown.belief.kept[5], abs=1e-4)
    assert lines[5]["concept"] == "y"
