"""`mmviz shots` and `mmviz clauses`, run in this process."""

import json

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import MediaError
from tests.media import clips


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> str:
    rng = np.random.default_rng(3)
    frames = clips.scenery(rng, 40) + clips.scenery(rng, 35)
    return str(clips.write(tmp_path_factory.mktemp("film") / "two shots.mp4", frames))


def test_shots_prints_the_contracts_value(run, film):
    code, out, _ = run("shots", film, "--json")
    value = json.loads(out)
    assert code == 0
    assert value["shots"] == [{"start": 0.0, "end": pytest.approx(1.6)}, {"start": pytest.approx(1.6), "end": pytest.approx(3.0)}]
    assert (value["seconds"], value["frames"]) == (pytest.approx(3.0), 75)


def test_slow_transitions_are_found_where_they_are_asked_for(run, tmp_path):
    rng = np.random.default_rng(8)
    old, new = (np.stack(clips.scenery(rng, 50)) for _ in range(2))
    mixed = [
        (a * (1 - n / 21) + b * (n / 21)).astype(np.uint8) for n, (a, b) in enumerate(zip(old[30:], new[:20], strict=True), 1)
    ]
    film = str(clips.write(tmp_path / "dissolve.mp4", [*old[:30], *mixed, *new[20:]]))
    plain, slow = (json.loads(run("shots", film, "--json", *rest)[1]) for rest in ((), ("--gradual",)))
    assert len(plain["shots"]) == 1
    assert [shot["end"] for shot in slow["shots"]] == [pytest.approx(1.6, abs=0.25), pytest.approx(3.2, abs=0.01)]
    assert slow["gradual"] == [[pytest.approx(1.2, abs=0.2), pytest.approx(2.0, abs=0.32)]]


def test_shots_are_shown_as_lines(run, film):
    code, out, err = run("shots", film)
    assert code == 0
    assert out.splitlines()[-1] == "2 shots, 3.00 s, 75 frames"
    assert "3 of 3 s" in err


def test_what_is_no_film_is_one_sentence(run, tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    code, out, err = run("shots", str(tmp_path / "a.mp4"))
    assert (code, out) == (2, "")
    assert err.startswith("a.mp4 is no film that can be read")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "rest", "count"),
    [("She sat, and he left. It rained.", (), 3), ("她坐下，他走了。", (), 2), ("她坐下，他走了。", ("--level", "sentence"), 1)],
)
def test_clauses_prints_the_contracts_value_without_loss(run, tmp_path, text, rest, count):
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    code, out, _ = run("clauses", str(path), "--json", *rest)
    clauses = json.loads(out)["clauses"]
    assert (code, len(clauses)) == (0, count)
    assert [row["text"] for row in clauses] == [text[row["start"] : row["end"]] for row in clauses]
    assert "".join(row["text"] for row in clauses) == text


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "The text is empty"), ("她".encode("gb18030"), r"text.txt is no text in UTF-8 \(byte 0\)")]
)
def test_what_is_no_text_is_one_sentence(run, tmp_path, content, says):
    (tmp_path / "text.txt").write_bytes(content)
    with pytest.raises(MediaError, match=says):
        pipeline.read_clauses(tmp_path / "text.txt")
    assert run("clauses", str(tmp_path / "text.txt"))[0] == 2


def test_a_text_that_is_not_there_is_one_sentence(run, tmp_path):
    code, _, err = run("clauses", str(tmp_path / "none.txt"))
    assert code == 2
    assert "none.txt cannot be read" in err
