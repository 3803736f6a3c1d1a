"""Alignments and vectors that are kept: the same question, the same answer, and no model."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import ItemAxis
from mmviz.models import checkpoints
from mmviz.results import Embeds
from mmviz.samples import Image, Text
from mmviz.storage import files, results, vectors
from tests import synthetic

ASKED = {
    "checkpoint": "c@1",
    "unit": "word",
    "target": "prompt",
    "device": "cpu",
    "method": "relevance",
    "options": {"layers": [1]},
}


@pytest.fixture
def alignment(rng):
    return (
        synthetic.encoding(rng)
        .alignment(rng.normal(size=(synthetic.Q, synthetic.K)), scale="effect")
        .made_by("m", {"layers": [1]})
    )


@pytest.fixture
def picture(rng) -> Image:
    return Image(rng.integers(0, 256, (5, 9, 3), np.uint8))


@pytest.fixture
def model(tiny_clip) -> str:
    return f"clip:{tiny_clip}"


def test_a_kept_alignment_comes_back_to_the_last_bit_and_says_that_it_was_stored(alignment):
    results.keep("a0", alignment)
    found = results.find("a0")
    assert found.to_json() == alignment.to_json()
    assert all(np.array_equal(found.arrays[name], array) for name, array in alignment.arrays.items())
    assert (alignment.stored, found.stored) == (False, True)


@pytest.mark.parametrize("part", list(ASKED))
def test_another_question_has_another_name(picture, part):
    names = results.names_of(Text("cat"), picture, [ASKED, ASKED, {**ASKED, part: "other"}])
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    ("text", "image"),
    [
        (Text("cats"), None),
        (Text("a cat", ((0, 5),)), None),
        (None, Image(np.zeros((9, 5, 3), np.uint8))),
        (None, Image(np.eye(5, 9, dtype=np.uint8)[..., None].repeat(3, 2))),
    ],
)
def test_another_pair_has_another_name(text, image):
    plain = Text("a cat"), Image(np.zeros((5, 9, 3), np.uint8))
    assert results.names_of(*plain, [ASKED]) != results.names_of(text or plain[0], image or plain[1], [ASKED])


def test_the_files_name_of_a_picture_changes_nothing(picture):
    assert results.names_of(Text("cat"), picture, [ASKED]) == results.names_of(Text("cat"), replace(picture, name="b"), [ASKED])


@pytest.mark.parametrize("damage", [lambda c: c[:-9], lambda c: b"", lambda c: c[:50] + b"\0\1\2" + c[53:], lambda c: b"{}"])
def test_a_damaged_answer_is_none_and_is_replaced(alignment, damage):
    results.keep("a0", alignment)
    files.keep("a0", damage(files.find("a0")))
    assert results.find("a0") is None
    results.keep("a0", alignment)
    assert results.find("a0") is not None


@pytest.mark.parametrize("damage", [lambda c: c[:-9], lambda c: b"", lambda c: c[:200] + b"\0\1\2" + c[203:]])
def test_damaged_vectors_are_none(damage, rng):
    texts = tuple(f"text {i}" for i in range(7))
    kept = Embeds(rng.normal(size=(7, 3)).astype(np.float32), ItemAxis(texts), "text", "c@1")
    vectors.keep(kept)
    assert np.array_equal(vectors.find("c@1", texts).vectors, kept.vectors)
    assert vectors.find("c@2", texts) is None
    assert vectors.find("c@1", texts[::-1]) is None
    name = vectors._name("c@1", texts)
    files.keep(name, damage(files.find(name)))
    assert vectors.find("c@1", texts) is None


def test_the_same_question_again_needs_no_model_and_a_tenth_of_a_second(model, picture, monkeypatch):
    first = pipeline.align("a red cat", picture, model)

    @contextmanager
    def no_lease(*arguments):
        raise AssertionError("a stored answer loaded a model")
        yield

    monkeypatch.setattr(checkpoints, "lease", no_lease)
    started = time.perf_counter()
    again = pipeline.align("a red cat", picture, model)
    assert time.perf_counter() - started < 0.1
    assert (first.stored, again.stored) == (False, True)
    assert again.to_json() == first.to_json()


def test_of_many_methods_only_those_not_stored_are_computed(model, picture):
    pipeline.align("a red cat", picture, model, "similarity")
    found = pipeline.align_many(
        "a red cat", picture, [("relevance", {}), ("similarity", {}), ("relevance", {"layers": "1"})], model=model
    )
    assert [a.stored for a in found] == [False, True, False]
    assert [a.options for a in found] == [{"layers": None}, {"centred": False}, {"layers": [1]}]


def test_asked_without_the_store_nothing_is_read_or_kept(model, picture, home):
    assert not pipeline.align("cat", picture, model, store=False).stored
    assert not home.exists()
    pipeline.align("cat", picture, model)
    assert not pipeline.align("cat", picture, model, store=False).stored


def test_a_changed_program_gives_no_old_answer(model, picture, monkeypatch):
    pipeline.align("cat", picture, model)
    monkeypatch.setattr(results, "sources", lambda: "another")
    assert not pipeline.align("cat", picture, model).stored


def test_every_source_that_makes_results_counts_those_in_deeper_folders_too(monkeypatch):
    package, own = Path(results.__file__).parents[1], results.sources.__wrapped__
    sources, read = own(), Path.read_bytes
    made = [path for part in results.MADE_BY for path in (package / part).rglob("*.py")]
    assert package / "models" / "nets" / "vse.py" in made
    for changed in made:
        monkeypatch.setattr(Path, "read_bytes", lambda path, changed=changed: read(path) + (b"#" if path == changed else b""))
        assert own() != sources, changed


def test_exchanged_weights_give_no_old_answer(tmp_path, picture):
    from tests.models.tiny import make_clip

    first = pipeline.align("cat", picture, f"clip:{make_clip(tmp_path / 'm', seed=1)}")
    second = pipeline.align("cat", picture, f"clip:{make_clip(tmp_path / 'm', seed=2)}")
    assert not second.stored
    assert not np.array_equal(first.scores, second.scores)


def test_a_store_that_cannot_be_written_is_no_error(model, picture, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MMVIZ_HOME", str(tmp_path / "file"))
    assert [pipeline.align("cat", picture, model).stored for _ in range(2)] == [False, False]
    assert "results are not kept" in pipeline.store_trouble()


def test_two_visitors_at_once_get_the_same_answer(model, picture):
    found = []
    askers = [threading.Thread(target=lambda: found.append(pipeline.align("a red cat", picture, model))) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len({str(a.to_json()) for a in found}) == 1
    assert len(found) == 4


def test_every_method_is_stored_as_it_was(model, picture):
    requests = [(entry.name, {}) for entry in pipeline.methods_of(model)]
    first, again = (pipeline.align_many("a 猫", picture, requests, model=model, target="prompt") for _ in range(2))
    assert all(a.stored for a in again)
    assert [a.to_json() for a in again] == [a.to_json() for a in first]


def test_a_page_open_to_strangers_keeps_nothing_they_ask(alignment, monkeypatch):
    results.keep("a0", alignment)
    monkeypatch.setenv("MMVIZ_KEEP_RESULTS", "0")
    assert results.find("a0") is None
    assert not results.keep("a1", alignment)
    assert files.find("a1") is None
