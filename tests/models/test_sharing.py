"""Weights that two models have in common are kept once, and a model is the same with them."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmviz.errors import ModelError
from mmviz.models import checkpoints, folders, forms, sharing

WEIGHTS = sharing.WEIGHTS


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A detector that shares its tower with a backbone beside it, as folders of bundled models."""
    from mmviz.models.folders import bundled_root

    for name in ("backbone", "detector-mini"):
        shutil.copytree(bundled_root() / name, tmp_path / name)
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path))
    return tmp_path


def made_whole(models):
    sharing.whole(models / "detector-mini", models / "detector-mini" / "all.safetensors")
    (models / "detector-mini" / "all.safetensors").replace(models / "detector-mini" / WEIGHTS)
    (models / "detector-mini" / sharing.FILE).unlink()
    return models / "detector-mini"


def state_of(name):
    with checkpoints.lease(name, "cpu") as checkpoint:
        return {key: tensor.clone() for key, tensor in checkpoint.model.state_dict().items()}


def test_a_model_that_shares_is_the_one_that_does_not(models):
    shared = state_of("detector-mini")
    before = made_whole(models).joinpath(WEIGHTS).stat().st_size
    assert shared.keys() == (whole := state_of("detector-mini")).keys()
    assert all(torch.equal(shared[name], whole[name]) for name in shared)
    assert sharing.share(models / "detector-mini", "vision_model.", "backbone", "")
    assert (models / "detector-mini" / WEIGHTS).stat().st_size < before / 2


def test_numbers_that_differ_are_not_shared(models):
    folder = made_whole(models)
    own = load_file(folder / WEIGHTS)
    name = next(key for key in own if key.startswith("vision_model."))
    own[name] = own[name] + 1
    save_file(own, folder / WEIGHTS, metadata={"format": "pt"})
    assert not sharing.share(folder, "vision_model.", "backbone", "")
    assert not (folder / sharing.FILE).exists()
    assert load_file(folder / WEIGHTS).keys() == own.keys()


def test_a_backbone_that_changed_is_said_and_another_identity(models):
    place = folders.find("detector-mini")
    before = folders.identity(place)
    other = {name: tensor + 1 for name, tensor in load_file(models / "backbone" / WEIGHTS).items()}
    save_file(other, models / "backbone" / WEIGHTS, metadata={"format": "pt"})
    assert folders.identity(place) != before
    with pytest.raises(ModelError, match="backbone as it was"), checkpoints.lease("detector-mini", "cpu"):
        pass


def test_a_backbone_that_is_gone_is_said(models):
    shutil.rmtree(models / "backbone")
    with pytest.raises(ModelError, match="not there"), checkpoints.lease("detector-mini", "cpu"):
        pass


@pytest.mark.parametrize(
    "said", ["[", "{}", '[{"prefix": 1}]', json.dumps([{"prefix": "", "folder": "../x", "theirs": "", "sha256": ""}])]
)
def test_a_damaged_note_is_refused(models, said):
    (models / "detector-mini" / sharing.FILE).write_text(said)
    with pytest.raises(ModelError, match=r"shared\.json"), checkpoints.lease("detector-mini", "cpu"):
        pass


def test_a_tower_is_shared_in_another_form_layer_by_layer(models):
    given = forms.blip_tower(load_file(models / "backbone" / WEIGHTS))
    (models / "other").mkdir()
    own = {
        f"tower.{name}": tensor for name, tensor in given.items() if name.startswith(("encoder.layers.0.", "encoder.layers.1."))
    }
    changed = "tower.encoder.layers.1.mlp.fc1.bias"
    save_file(own | {changed: own[changed] + 1}, models / "other" / WEIGHTS, metadata={"format": "pt"})
    said = [
        sharing.share(models / "other", f"tower.encoder.layers.{n}.", "backbone", f"encoder.layers.{n}.", "blip") for n in (0, 1)
    ]
    assert said == [True, False]
    found = sharing.tensors(models / "other")
    assert found.keys() == own.keys()
    assert all(torch.equal(found[name], own[name] + (name == changed)) for name in own)
    assert not any(".0." in name for name in load_file(models / "other" / WEIGHTS))


def test_a_form_nobody_knows_is_said(models):
    path = models / "detector-mini" / sharing.FILE
    path.write_text(json.dumps([part | {"form": "none"} for part in json.loads(path.read_text("utf-8"))]), "utf-8")
    with pytest.raises(ModelError, match="damaged"):
        sharing.parts(models / "detector-mini")
