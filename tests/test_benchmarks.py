"""The benchmarks' own material fits the program: what they draw is what the page is given."""

import json
from contextlib import nullcontext
from importlib import util
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from mmviz.errors import ModelError
from tests.models.tiny_own import make_lmnn

FOLDER = Path(__file__).parents[1] / "benchmarks"


def _load(name: str) -> ModuleType:
    spec = util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_a_benchmark_can_be_loaded_and_says_what_it_measures(path):
    found = _load(path.stem)
    assert callable(found.main)
    assert found.__doc__.splitlines()[0].endswith(".")


def test_the_hovered_widget_is_given_all_its_words():
    payload = json.loads(_load("hover").payload(12))
    assert {"overlay", "picture", "boxes", "words", "language"} <= set(payload)
    assert payload["words"]


def test_the_redrawn_matrix_is_given_all_its_words():
    payload = json.loads(_load("page").payload())
    assert {"matrix", "thumbs", "words"} <= set(payload)
    assert payload["words"]


def test_methods_of_a_model_of_keypoints_are_measured_too(tmp_path):
    truth = _load("truth")
    found = truth.measure(f"lmnn:{make_lmnn(tmp_path / 'lmnn')}", 2)
    assert (found["target"], found["phrases"]) == ("pair", 2)
    assert set(found["methods"]) == {"contributions", "occlusion", "similarity", "transport"}
    assert 0 < found["chance"] < 1
    for figures in found["methods"].values():
        assert set(figures) == set(truth.FIGURES)
        assert all(0 <= share <= 1 for share in figures.values())
    assert found["methods"]["occlusion"]["deletion"] > 0.5


def test_pictures_in_which_a_model_finds_nothing_are_passed_over_and_time_ends_it(monkeypatch):
    truth, seen = _load("truth"), []

    def measured(checkpoint, able, text, image, boxes):
        seen.append(text.text)
        if len(seen) == 1:
            raise ModelError("it finds no region")
        return {"similarity": {"pointing": len(seen) - 2, "insertion": 0.5, "deletion": 1.0}}, 0.25

    fake = SimpleNamespace(id="one@0", family=SimpleNamespace(targets=("pair",)))
    monkeypatch.setattr(truth.checkpoints, "lease", lambda name, device: nullcontext(fake))
    monkeypatch.setattr(truth, "_able", lambda checkpoint: [])
    monkeypatch.setattr(truth, "_measured", measured)
    found = truth.measure("one", 2)
    assert (len(seen), found["phrases"], found["chance"]) == (3, 2, 0.25)
    assert found["methods"]["similarity"] == {"pointing": 0.5, "insertion": 0.5, "deletion": 1.0}
    assert truth.measure("one", 9, minutes=0)["phrases"] == 1


def test_make_bench_measures_methods_on_300_phrases_and_keeps_what_it_found():
    spec = util.spec_from_file_location("write_benchmarks", FOLDER.parent / "docs" / "write_benchmarks.py")
    writer = util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    assert writer.ARGUMENTS == {"truth": ("--phrases", "300", "--write")}
    assert set(writer.ARGUMENTS) <= {path.stem for path in FOLDER.glob("*.py")}
