"""A bundled model that is measured again: its figures and its card, the rest kept."""

import json

import pytest

from mmviz import evaluate
from mmviz.errors import ModelError
from mmviz.models import folders
from mmviz.training import export
from tests.models.tiny import make_lmnn

#: As `evaluate` writes a figure.
ALL = {"value": 0.25, "n": 4, "chance": 0.5}


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = make_lmnn(tmp_path / "lmnn-mini", seed=2)
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path))
    facts = {"about": "A match", "things": ["cat"], "languages": ["en", "zh"], "command": "python", "commit": "abc", "seed": 0}
    (folder / folders.CARD).write_text(json.dumps(facts), "utf-8")
    identity = folders.identity(folders.find("lmnn-mini"))
    figures = {"model": identity, "seed": 7, "count": 30, "others": 4, "pairs": {"noun": ALL, "relation": ALL}}
    (folder / folders.FIGURES).write_text(json.dumps(figures), "utf-8")
    return folder, figures


def measured(monkeypatch, model: str, **figures):
    """Plant what is measured, and keep what was asked."""
    asked = {}

    def evaluated(name, *, progress, **said):
        asked.update(said, name=name)
        own = {"model": model, "seed": said["seed"], "count": said["count"], "concepts": 3}
        return own | ({} if said["others"] is None else {"others": said["others"]}) | figures

    monkeypatch.setattr(evaluate, "evaluate", evaluated)
    return asked


def test_a_model_is_measured_again_on_the_same_scenes_and_its_card_says_so(root, monkeypatch):
    folder, figures = root
    weights = (folder / folders.WEIGHTS).read_bytes()
    better = {"value": 0.75, "n": 900, "chance": 0.5}
    asked = measured(monkeypatch, figures["model"], pairs={"noun": better})
    export.main(["lmnn-mini", "--others", "900"])
    assert asked == {"name": "lmnn-mini", "seed": 7, "count": 30, "others": 900, "only": []}
    written = json.loads((folder / folders.FIGURES).read_text("utf-8"))
    assert (written["others"], written["pairs"]) == (900, {"noun": better})
    card = (folder / "README.md").read_text("utf-8")
    assert "| pairs.noun | 0.750 |  | 900 | 0.5 |" in card
    assert "commit abc" in card
    assert "30 fresh scenes" in card
    assert (folder / folders.WEIGHTS).read_bytes() == weights


def test_one_measure_is_made_again_and_the_others_kept(root, monkeypatch):
    folder, figures = root
    asked = measured(monkeypatch, figures["model"], pointing_true_boxes={"similarity": ALL})
    export.main(["lmnn-mini", "--only", "true boxes"])
    assert (asked["others"], asked["only"]) == (4, ["true boxes"])
    written = json.loads((folder / folders.FIGURES).read_text("utf-8"))
    assert written == figures | {"concepts": 3, "pointing_true_boxes": {"similarity": ALL}}


def test_figures_of_other_weights_are_not_mixed(root, monkeypatch):
    folder, figures = root
    before = (folder / folders.FIGURES).read_bytes()
    measured(monkeypatch, "lmnn-mini@another", pairs={"noun": ALL})
    with pytest.raises(ModelError, match=r"of other weights; measure everything again\.$"):
        export.main(["lmnn-mini", "--only", "true boxes"])
    assert (folder / folders.FIGURES).read_bytes() == before
