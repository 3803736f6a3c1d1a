"""The commands of maps, as the contract has them."""

import json

import numpy as np
import pyarrow.parquet
import pytest


@pytest.fixture
def files(tmp_path, rng):
    rows = rng.normal(size=(20, 6))
    np.save(tmp_path / "texts.npy", rows + 0.3 * rng.normal(size=rows.shape) + np.eye(6)[0])
    np.save(tmp_path / "images.npy", rows - np.eye(6)[0])
    return tmp_path / "texts.npy", tmp_path / "images.npy"


def test_space_prints_the_contracts_map_and_writes_its_parquet(run, files, tmp_path):
    code, out, err = run("space", *files, "--seed", 3, "--json", "--out", tmp_path / "new" / "map.parquet")
    value = json.loads(out)
    assert code == 0
    assert set(value) >= {"points", "trustworthiness", "gap", "neighbours_kept", "seed"}
    assert np.array(value["points"]).shape == (40, 2)
    assert (value["seed"], value["method"], value["items"]) == (3, "umap", 40)
    assert 0 < value["gap"] < 2
    assert err.splitlines()[-1] == "100 %"
    table = pyarrow.parquet.read_table(tmp_path / "new" / "map.parquet")
    assert table.column("projection_x").to_pylist() == pytest.approx([x for x, _ in value["points"]], abs=1e-4)


def test_the_same_seed_writes_the_same_bytes(run, files, tmp_path):
    for name in ("a", "b"):
        run("space", files[0], "--seed", 3, "--out", tmp_path / f"{name}.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_space_of_one_file_has_no_gap(run, files):
    code, out, _ = run("space", files[1], "--method", "pca", "--json")
    assert (code, json.loads(out)["gap"]) == (0, None)


def test_space_without_json_says_the_figures_and_no_points(run, files):
    _, out, _ = run("space", files[1], "--method", "pca")
    assert "trustworthiness" in out
    assert "points" not in out


def test_retrieval_prints_the_contracts_figures(run, files):
    code, out, _ = run("retrieval", *files, "--json")
    value = json.loads(out)
    assert code == 0
    assert set(value) == {"text_to_image", "image_to_text", "gap"}
    assert set(value["text_to_image"]) == set(value["image_to_text"]) == {"r1", "r5", "r10", "median_rank", "map"}
    texts, images = (np.load(path) for path in files)
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (texts, images)]
    assert value["gap"] == pytest.approx(np.linalg.norm(unit[0].mean(0) - unit[1].mean(0)), abs=1e-5)
    assert value["text_to_image"]["r1"] == np.mean((unit[0] @ unit[1].T).argmax(1) == np.arange(20))


def test_retrieval_takes_a_truth(run, files, tmp_path):
    (tmp_path / "truth.json").write_text(json.dumps([[(i + 1) % 20] for i in range(20)]))
    _, out, _ = run("retrieval", *files, "--truth", tmp_path / "truth.json", "--json")
    _, own, _ = run("retrieval", *files, "--json")
    assert json.loads(out)["text_to_image"]["r1"] < json.loads(own)["text_to_image"]["r1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("space", "nothing.npy"), "no file nothing.npy"),
        (("space", "{0}", "{1}", "{0}"), "more than the two modalities"),
        (("space", "{0}", "--out", "map.txt"), "none of .parquet, .csv and .json"),
        (("space", "{0}", "--seed", "-1"), "got -1"),
        (("retrieval", "{0}", "{1}", "--truth", "{0}"), "no JSON"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(run, files, arguments, said):
    code, out, err = run(*(argument.format(*files) for argument in arguments))
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
