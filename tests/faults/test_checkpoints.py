"""Checkpoint folders that are incomplete, damaged or unsafe, each with a sentence and nothing run."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmviz.errors import ModelError
from mmviz.models import checkpoints

WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tiny_clip, tmp_path):
    return shutil.copytree(tiny_clip, tmp_path / "broken")


def refusal(folder) -> str:
    """Load the folder and give the sentence it is refused with."""
    with pytest.raises(ModelError) as caught, checkpoints.lease(f"clip:{folder}", "cpu"):
        pass
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def change_config(folder, **parts) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for name, values in parts.items():
        config[name] = config[name] | values if isinstance(values, dict) else values
    path.write_text(json.dumps(config))


def change_weights(folder, change) -> None:
    weights = load_file(folder / WEIGHTS)
    change(weights)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})


@pytest.mark.parametrize("name", ["config.json", WEIGHTS, "tokenizer.json", "preprocessor_config.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    assert f"lacks {name}" in refusal(folder).replace("its tokenizer (", "").replace("its image processor (", "")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "preprocessor_config.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe\x00", b"null", b"[" * 100_000], ids=range(6))
def test_a_corrupt_json_file_is_refused(folder, name, content):
    (folder / name).write_bytes(content)
    sentence = refusal(folder)
    assert any(word in sentence for word in ("damaged", "cannot be read"))


@pytest.mark.parametrize("keep", [0, 4, 300, -100])
def test_weights_cut_short_are_called_damaged(folder, keep):
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[:keep])
    assert "model.safetensors of" in refusal(folder)
    assert "is damaged or cut short" in refusal(folder)


def test_weights_that_are_no_safetensors_are_called_damaged(folder):
    (folder / WEIGHTS).write_bytes(b"PK\x03\x04" + bytes(5000))
    assert "is damaged" in refusal(folder)


class Bomb:
    """Runs when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl", "model.ckpt"])
def test_a_pickle_is_refused_and_not_run(folder, tmp_path, name):
    import pickle

    (folder / WEIGHTS).unlink()
    (folder / name).write_bytes(pickle.dumps({"weights": Bomb(tmp_path / "ran")}))
    sentence = refusal(folder)
    assert name in sentence
    assert "can run code" in sentence
    assert not (tmp_path / "ran").exists()


def test_a_pickle_named_safetensors_is_refused_and_not_run(folder, tmp_path):
    import pickle

    (folder / WEIGHTS).write_bytes(pickle.dumps({"weights": Bomb(tmp_path / "ran")}))
    assert "is damaged" in refusal(folder)
    assert not (tmp_path / "ran").exists()


def test_a_pickle_beside_good_weights_is_not_touched(folder, tmp_path):
    import pickle

    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    with checkpoints.lease(f"clip:{folder}", "cpu"):
        pass
    assert not (tmp_path / "ran").exists()


def test_code_in_a_folder_is_not_run(folder, tmp_path):
    path = folder / "config.json"
    code = {"auto_map": {"AutoModel": "evil.Evil", "AutoTokenizer": "evil.Evil", "AutoConfig": "evil.Evil"}}
    path.write_text(json.dumps(json.loads(path.read_text()) | code))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Evil: pass\n")
    with checkpoints.lease(f"clip:{folder}", "cpu"):
        pass
    assert not (tmp_path / "ran").exists()


def test_a_missing_weight_is_named(folder):
    change_weights(folder, lambda w: w.pop("visual_projection.weight"))
    assert "lacks visual_projection.weight" in refusal(folder)


def test_a_weight_the_model_does_not_know_is_named(folder):
    change_weights(folder, lambda w: w.update(extra=torch.ones(2)))
    assert "does not know, extra" in refusal(folder)


def test_a_weight_of_another_size_is_named_with_both_sizes(folder):
    change_weights(folder, lambda w: w.update({"text_projection.weight": torch.ones(3, 20)}))
    assert "text_projection.weight is (3, 20), config.json says (14, 20)" in refusal(folder)


def test_positions_old_files_carry_are_no_fault(folder):
    change_weights(folder, lambda w: w.update({"text_model.embeddings.position_ids": torch.arange(18)[None]}))
    with checkpoints.lease(f"clip:{folder}", "cpu"):
        pass


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(folder, value):
    change_weights(folder, lambda w: w["visual_projection.weight"].fill_(value))
    assert "no numbers in visual_projection.weight" in refusal(folder)


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")  # torch's remark on a patch of no pixels
@pytest.mark.parametrize(
    "parts",
    [
        {"vision_config": {"hidden_size": 25}},
        {"vision_config": {"num_attention_heads": 7}},
        {"vision_config": {"patch_size": 0}},
        {"vision_config": {"image_size": "large"}},
        {"text_config": {"hidden_act": "no such function"}},
        {"projection_dim": None},
        {"text_config": 7},
    ],
    ids=str,
)
def test_a_config_that_fits_nothing_is_refused(folder, parts):
    change_config(folder, **parts)
    assert str(folder) in refusal(folder)


def test_a_model_of_another_kind_is_refused(folder):
    change_config(folder, model_type="bert")
    assert 'is of model_type "bert"; clip reads clip' in refusal(folder)


def test_a_tokenizer_of_another_model_is_refused(folder, tmp_path):
    from tests.models.tiny import make_bpe_tokenizer

    make_bpe_tokenizer().save_pretrained(folder)
    assert "tokens, the model" in refusal(folder)


def test_an_end_token_the_tokenizer_does_not_use_is_refused(folder):
    change_config(folder, text_config={"eos_token_id": 9})
    assert "ends a text with token 3, the model looks for 9" in refusal(folder)


def test_an_image_processor_of_another_size_is_refused(folder):
    from tests.models.tiny import make_image_processor

    make_image_processor(56).save_pretrained(folder)
    assert "makes 56 x 56 pixels, the model takes 40 x 40" in refusal(folder)


def test_shards_outside_the_folder_are_refused(folder):
    (folder / WEIGHTS).unlink()
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../../etc/passwd"}}')
    assert "index.json of" in refusal(folder)


def test_weights_in_shards_are_read(folder):
    from transformers import CLIPModel

    model = CLIPModel.from_pretrained(folder)
    (folder / WEIGHTS).unlink()
    model.save_pretrained(folder, max_shard_size="50KB")
    assert not (folder / WEIGHTS).exists()
    with checkpoints.lease(f"clip:{folder}", "cpu"):
        pass
    sorted(folder.glob("model-*.safetensors"))[1].unlink()
    assert "lacks model-00002" in refusal(folder)
