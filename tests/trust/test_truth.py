"""How true each method is: the benchmark measures every method a model can serve, and what it writes can be read."""

import itertools
import json
import sys
from importlib import util
from pathlib import Path

import pytest

from mmviz import pipeline
from mmviz.storage.truth import measured

PATH = Path(__file__).parents[2] / "benchmarks" / "truth.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = util.spec_from_file_location("benchmark_of_truth", PATH)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_phrases_are_of_fresh_scenes_and_have_boxes(benchmark):
    found = list(itertools.islice(benchmark.phrases(), 4))
    assert len({text.text for text, _, _ in found}) == 4
    assert all(len(boxes) for _, _, boxes in found)
    assert all(text.text[slice(*text.phrases[0])].strip() for text, _, _ in found)


def test_every_method_is_measured_and_what_is_written_can_be_read(benchmark, tiny_clip, tmp_path, monkeypatch, capsys):
    name, path = f"clip:{tiny_clip}", tmp_path / "method_truth.json"
    monkeypatch.setattr(benchmark, "PATH", path)
    monkeypatch.setattr(sys, "argv", ["truth.py", "--phrases", "2", "--models", name, "--write"])
    benchmark.main()
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = measured(path)[name]
    assert set(found["methods"]) == {entry.name for entry in pipeline.methods_of(name)}
    assert len(rows) == len(found["methods"])
    assert all(0 <= value <= 1 for figures in found["methods"].values() for value in figures.values())
    assert (found["phrases"], found["target"]) == (2, "prompt")
