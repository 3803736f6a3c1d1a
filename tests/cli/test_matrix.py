"""`mmviz matrix`: the contract, files, scales, and what cannot be."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmviz.matrices import SCALES_OF
from tests.cli.reading import read
from tests.fusion import give_matching


@pytest.fixture
def matrix(tiny_clip, tmp_path, rng) -> list[str]:
    from PIL import Image

    (tmp_path / "texts.txt").write_text("a red cat\n\n两只狗\na red cat\n", "utf-8")
    (tmp_path / "pictures").mkdir()
    for name in ("b.png", "a.png"):
        Image.fromarray(rng.integers(0, 256, (4, 5, 3), np.uint8)).save(tmp_path / "pictures" / name)
    (tmp_path / "pictures" / "c.png").write_text("no picture")
    places = ["--texts", str(tmp_path / "texts.txt"), "--images", str(tmp_path / "pictures")]
    return ["matrix", "--model", f"clip:{tiny_clip}", *places]


@pytest.fixture
def similarities(tmp_path, rng) -> tuple[list[str], np.ndarray]:
    array = rng.normal(scale=0.3, size=(4, 4))
    np.save(tmp_path / "s.npy", array)
    return ["matrix", "--scores", str(tmp_path / "s.npy")], array


def test_matrix_prints_the_contracts_keys_and_says_what_it_left_out(run, matrix):
    code, out, err = run(*matrix, "--json")
    value = read(out)
    assert code == 0
    assert (value["texts"], value["images"], value["scale"]) == (
        ["a red cat", "两只狗", "a red cat"],
        ["a.png", "b.png"],
        "cosine",
    )
    assert np.array(value["scores"]).shape == (3, 2)
    assert "left out text 2: The text is empty" in err
    assert "left out c.png: c.png is not a picture" in err
    assert "7 of 7" not in err
    assert "6 of 6" in err


@pytest.mark.parametrize("scale", SCALES_OF["cosine"])
def test_matrix_has_every_scale(run, similarities, scale):
    value = read(run(*similarities[0], "--scale", scale, "--temperature", "0.1", "--json")[1])
    assert value["scale"] == scale
    assert np.isfinite(value["scores"]).all()
    if scale == "softmax-row":
        raised = np.exp(similarities[1] / 0.1)
        assert np.array(value["scores"]) == pytest.approx(raised / raised.sum(1, keepdims=True))


@pytest.mark.parametrize("objective", ["infonce", "triplet", "ranking", "sigmoid"])
def test_matrix_says_what_an_objective_does_to_given_scores(run, similarities, objective, tmp_path):
    arguments, array = similarities
    options = ["--objective", objective, "--temperature", "0.3", "--margin", "0.25", "--json"]
    value = read(run(*arguments, *options)[1])
    array[1, 2] += 1e-5
    np.save(tmp_path / "s.npy", array)
    moved = read(run(*arguments, *options)[1])
    assert (moved["loss"] - value["loss"]) / 1e-5 == pytest.approx(value["gradient"][1][2], abs=1e-4)
    assert np.array(value["gradient"]).shape == (4, 4)
    assert value["recall"]["pairs"] == 4


def test_matrix_writes_its_files_where_asked(run, matrix, tmp_path):
    code, out, _ = run(*matrix, "--out", str(tmp_path / "new"), "--scale", "percentile", "--json")
    written = json.loads((tmp_path / "new" / "matrix.json").read_text("utf-8"))
    with np.load(tmp_path / "new" / "matrix.npz", allow_pickle=False) as arrays:
        assert arrays["scores"] == pytest.approx(np.array(written["scores"]))
    assert code == 0
    assert written.items() <= read(out).items()
    assert (tmp_path / "new" / "matrix.csv").read_text("utf-8-sig").startswith("percentile,a.png,b.png")


def test_matrix_says_beforehand_how_many_passes_matching_takes_and_what_its_numbers_are(run, matrix, monkeypatch):
    give_matching(monkeypatch)
    cheap, asked = run(*matrix), run(*matrix, "--by", "matching")
    assert "passes" not in cheap[2]
    assert asked[2].startswith("by matching: 3 x 3 = 9 passes instead of 6\n0 of 9\n")
    assert [found[1].splitlines()[0].rpartition(" by ")[2] for found in (cheap, asked)] == [
        "contrast: cosine",
        "matching: probability",
    ]
    value = read(run(*matrix, "--by", "matching", "--scale", "logit", "--json")[1])
    assert (value["kind"], value["scale"]) == ("match_probability", "logit")


def test_a_scale_the_numbers_do_not_have_is_refused_before_anything_is_run(run, matrix, similarities, monkeypatch):
    pairs = give_matching(monkeypatch, alone=True)
    for arguments, way, fitting in (
        ([*matrix, "--scale", "sigmoid"], "by matching, and such numbers have no scale sigmoid", "probability, logit"),
        ([*similarities[0], "--scale", "probability"], "have no scale probability", "cosine, logit"),
    ):
        code, out, err = run(*arguments, "--json")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert f"{way}; use: {fitting}, softmax-row" in err
    assert pairs == []


def test_a_logit_that_is_no_probability_is_not_shown_as_one(run, matrix, monkeypatch):
    give_matching(monkeypatch, alone=True, kind="logit")
    assert read(run(*matrix, "--json")[1])["scale"] == "logit"
    code, _, err = run(*matrix, "--scale", "probability")
    assert (
        code,
        err.splitlines()[-1].endswith("(logit) have no scale probability; use: logit, softmax-row, softmax-column, percentile."),
    ) == (2, True)


def test_matrix_without_json_names_the_best_picture_of_every_text(run, matrix, similarities):
    assert run(*matrix)[1].count(".png") == 3
    assert "loss: " in run(*similarities[0], "--objective", "triplet")[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "A matrix needs --texts FILE and --images DIR, or --scores FILE.npy"),
        (["--texts", "t.txt"], "A matrix needs --texts FILE and --images DIR"),
        (["--scores", "s.npy", "--texts", "t.txt"], "--scores are similarities that are there already"),
        (["--texts", "absent.txt", "--images", "."], "There is no file absent.txt"),
        (["--texts", "large.txt", "--images", "."], "large.txt has 5.0 MB; up to 1 MB can be read"),
        (["--texts", "many.txt", "--images", "."], "There are 201 texts; a matrix takes 1 to 200"),
        (["--texts", "t.txt", "--images", "none"], "There is no picture in none"),
        (["--scores", "t.txt"], "not a .npy file of numbers"),
        (["--scores", "s.npy", "--objective", "infonce"], "infonce needs pairs"),
        (["--scores", "s.npy", "--objective", "hope"], 'no objective "hope"; there are: '),
        (["--scores", "s.npy", "--temperature", "0"], '"0" is not above 0'),
        (["--scores", "s.npy", "--scale", "heat"], "--scale: invalid choice: 'heat'"),
    ],
)
def test_a_matrix_that_cannot_be_is_one_sentence_and_exit_code_2(run, tmp_path, monkeypatch, tiny_clip, arguments, sentence):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    (tmp_path / "none").mkdir()
    Image.new("RGB", (5, 4)).save("p.png")
    Path("t.txt").write_text("a cat\n")
    Path("large.txt").write_text("cat\n" * (5 * 2**18))
    Path("many.txt").write_text("cat\n" * 201)
    np.save("s.npy", np.zeros((2, 3)))
    code, out, err = run("matrix", "--model", f"clip:{tiny_clip}", *arguments, "--json")
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
