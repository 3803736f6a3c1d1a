"""The benchmarks' own material fits the program: what they draw is what the page is given."""

import json
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

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


def test_make_bench_measures_methods_on_300_phrases_and_keeps_what_it_found():
    spec = util.spec_from_file_location("write_benchmarks", FOLDER.parent / "docs" / "write_benchmarks.py")
    writer = util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    assert writer.ARGUMENTS == {"truth": ("--phrases", "300", "--write")}
    assert set(writer.ARGUMENTS) <= {path.stem for path in FOLDER.glob("*.py")}
