"""`mmviz match` and `mmviz film`, run in this process."""

import json

import numpy as np
import pytest

from tests.media import clips


@pytest.fixture
def similarity(tmp_path, rng) -> list[str]:
    for name, truth in (("on", [0, 0, 1, 2, 3]), ("back", [2, 2, 3, 0, 1])):
        np.save(tmp_path / f"{name}.npy", rng.normal(0, 0.1, (5, 4)) + np.eye(4)[truth])
    return [str(tmp_path / "on.npy"), str(tmp_path / "back.npy")]


def test_matrices_are_matched_as_contracted(run, similarity):
    code, out, err = run("match", *similarity, "--json")
    results = json.loads(out)["results"]
    assert (code, err) == (0, "")
    assert [[edge["clause"] for edge in result["edges"]] for result in results] == [[0, 0, 1, 2, 3], [2, 2, 3, 0, 1]]
    assert np.shape(results[0]["p"]) == (5, 4)
    assert set(results[0]["edges"][0]) == {"shot", "clause", "p"}


def test_a_chronological_text_never_goes_back(run, similarity):
    _, out, _ = run("match", similarity[1], "--chronological", "--matcher", "hmm", "--json")
    clauses = [edge["clause"] for edge in json.loads(out)["results"][0]["edges"]]
    assert clauses == sorted(clauses)


def test_a_matching_is_shown_as_a_line(run, similarity):
    code, out, _ = run("match", *similarity, "--matcher", "monotone")
    assert code == 0
    assert out.splitlines()[0].startswith("   1  0-0 (")
    assert "clauses alone: 0" in out


@pytest.mark.parametrize(("array", "said"), [(np.zeros(3), "shape"), (np.full((2, 2), np.inf), "finite")])
def test_what_is_no_matrix_is_said_in_one_sentence(run, tmp_path, array, said):
    np.save(tmp_path / "bad.npy", array)
    code, out, err = run("match", str(tmp_path / "bad.npy"))
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_film_is_matched_and_written(run, tmp_path, rng):
    film = clips.write(tmp_path / "two.mp4", clips.scenery(rng, 30) + clips.scenery(rng, 30))
    (tmp_path / "text.txt").write_text("A red cat. Two blue cars.", "utf-8")
    told = ("film", str(film), str(tmp_path / "text.txt"), "--matcher", "hmm")
    code, out, err = run(*told, "--out", str(tmp_path / "out"), "--to", "json", "--json")
    value = json.loads(out)
    assert code == 0
    assert {"shots", "clauses", "p", "edges", "unmatched_shots", "unmatched_clauses"} <= set(value)
    assert len(value["shots"]) == 2
    assert [clause["text"].strip() for clause in value["clauses"]] == ["A red cat.", "Two blue cars."]
    assert json.loads((tmp_path / "out" / "film.json").read_text("utf-8")) == value
    assert "frames" in err


def test_a_format_that_does_not_fit_is_refused_before_the_film_is_read(run, tmp_path):
    code, _, err = run("film", "absent.mp4", "absent.txt", "--to", "parquet", "--out", str(tmp_path))
    assert code == 2
    assert "parquet does not take Matching" in err
    assert "--out" in run("film", "absent.mp4", "absent.txt", "--to", "json")[2]
