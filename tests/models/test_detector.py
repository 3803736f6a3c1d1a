"""The detector against FCOS's equations in plain PyTorch, on a random checkpoint; and how it is told from image-text models."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional as F
from transformers import CLIPVisionConfig, CLIPVisionModel

from mmviz import detections, pipeline
from mmviz.axes import PatchAxis
from mmviz.errors import MethodError, ModelError
from mmviz.models import checkpoints, detector, folders
from mmviz.models.nets.detector import Dense, DetectorModel, keep, overlaps
from mmviz.samples import Image
from mmviz.ui import menus
from tests.models.tiny import make_clip, make_detector

NAMES = ("cat", "dog", "tree")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_detector(tmp_path_factory.mktemp("detector") / "tiny", seed=4)


@pytest.fixture
def root(folder, tmp_path, monkeypatch):
    """A folder of bundled models with a detector and a CLIP."""
    for name, where in (("found-mini", folder), ("clip-mini", make_clip(tmp_path / "clip"))):
        shutil.copytree(where, tmp_path / "models" / name)
        (tmp_path / "models" / name / "mmviz_card.json").write_text(json.dumps({"title": name}))
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path / "models"))


def image(rng, height=40, width=40) -> Image:
    return Image(rng.integers(0, 256, (height, width, 3), np.uint8), "own.png")


def dense_of(boxes, scores, things) -> Dense:
    """What patches would have to say for boxes with scores; the surest thing has all of the probability."""
    quality = torch.logit(torch.tensor([scores], dtype=torch.float64))
    classes = 50.0 * F.one_hot(torch.tensor([things]), 3).double()
    return Dense(classes, torch.tensor([boxes], dtype=torch.float64), quality, torch.zeros(1, len(boxes), 1))


def told_by_equations(folder, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Classes, boxes and quality of every patch, weights read off the file, convolutions as sums over neighbours."""
    weights = {name: tensor.double() for name, tensor in load_file(folder / "model.safetensors").items()}
    config = json.loads((folder / "config.json").read_text("utf-8"))
    tower = CLIPVisionModel(CLIPVisionConfig(**config["vision_config"])).double().eval()
    tower.load_state_dict({k.removeprefix("vision_model."): v for k, v in weights.items() if k.startswith("vision_model.")})
    hidden = tower(pixel_values=pixels.double(), output_hidden_states=True).hidden_states
    read = []
    for layer in config["feature_layers"]:
        states = hidden[layer][0, 1:]
        read.append((states - states.mean(1, keepdim=True)) / (states.var(1, correction=0, keepdim=True) + 1e-5).sqrt())
    side = int(len(read[0]) ** 0.5)
    seen = F.gelu(torch.cat(read, 1) @ weights["reduce.weight"][:, :, 0, 0].T + weights["reduce.bias"])  # (K, width)
    for number in range(3):
        grid, kernel = seen.view(side, side, -1), weights[f"convolutions.{number}.weight"]
        made = weights[f"convolutions.{number}.bias"].expand(side, side, -1).clone()
        for row in range(side):
            for column in range(side):
                for down in (-1, 0, 1):
                    for across in (-1, 0, 1):
                        if 0 <= row + down < side and 0 <= column + across < side:
                            made[row, column] += kernel[:, :, 1 + down, 1 + across] @ grid[row + down, column + across]
        seen = seen + F.gelu(made.view(side * side, -1))
    classes, reach, quality = (
        seen @ weights[f"{head}_head.weight"][:, :, 0, 0].T + weights[f"{head}_head.bias"] for head in ("class", "box", "quality")
    )
    reach = torch.log1p(torch.exp(reach + 1)) / side
    y, x = np.divmod(np.arange(side * side), side)
    middles = torch.tensor(np.stack([(x + 0.5) / side, (y + 0.5) / side], 1))
    return classes, torch.cat([middles - reach[:, :2], middles + reach[:, 2:]], 1), quality[:, 0]


def test_what_patches_say_is_what_the_equations_say(folder, rng):
    pixels = torch.from_numpy(rng.normal(size=(1, 3, 40, 40)))
    model = DetectorModel.from_pretrained(folder, attn_implementation="eager").double().eval()
    with torch.no_grad():
        told = model(pixels)
        classes, boxes, quality = told_by_equations(folder, pixels)
    assert torch.allclose(told.classes[0].double(), classes, atol=1e-5)
    assert torch.allclose(told.boxes[0].double(), boxes, atol=1e-5)
    assert torch.allclose(told.quality[0].double(), quality, atol=1e-5)
    assert torch.allclose(told.scores[0].double(), classes.softmax(1).max(1).values * quality.sigmoid(), atol=1e-5)


def test_pooling_weighs_patches_by_how_much_of_the_box_they_cover(folder):
    model = DetectorModel.from_pretrained(folder)  # 5 x 5 patches
    states = torch.arange(25.0)[:, None]
    boxes = torch.tensor([[0.2, 0.4, 0.4, 0.6], [0.1, 0.0, 0.4, 0.2], [0.0, 0.0, 1.0, 1.0]])
    assert model.pool(states, boxes)[:, 0].tolist() == pytest.approx([11.0, 2 / 3, 12.0], abs=1e-4)


def test_of_boxes_that_overlap_by_more_than_half_the_surest_stays():
    boxes = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 0.9], [0, 0, 1, 0.4], [0, 0, 0.45, 0.5], [0, 0, 0.4, 0.5]], dtype=torch.float64)
    assert overlaps(boxes[:1], boxes)[0].tolist() == pytest.approx([1, 0.9, 0.4, 0.225, 0.2])
    assert keep(boxes, torch.tensor([0.5, 0.9, 0.8, 0.6, 0.7]), 0.0).tolist() == [1, 2, 4]
    assert keep(boxes, torch.tensor([0.5, 0.9, 0.8, 0.6, 0.7]), 0.75).tolist() == [1, 2]
    assert keep(boxes, torch.zeros(5), 0.5).tolist() == []


def test_a_box_lies_on_the_upload_where_it_lies_in_the_square():
    side, size = 4, (300, 100)  # the middle square of a wide picture
    y, x = np.divmod(np.arange(side * side), side)
    boxes = np.stack([1 / 3 + x / 12, y / 4, 1 / 3 + (x + 1) / 12, (y + 1) / 4], 1)
    axis = PatchAxis(boxes, (side, side), (1 / 3, 0, 2 / 3, 1), size)
    told = dense_of([[0.5, 0.5, 1.2, 0.75], [0, 0, 0.25, 0.25]], [0.8, 0.9], [2, 0])
    found = detector.laid_back(detector.choose(told, 0, 0.3), axis, NAMED)
    assert found.names == ("cat", "tree")
    assert found.scores == pytest.approx([0.9, 0.8])
    assert found.boxes == pytest.approx(np.array([[1 / 3, 0, 1 / 3 + 1 / 12, 0.25], [0.5, 0.5, 2 / 3, 0.75]]))
    assert detector.in_square(found.boxes, axis) == pytest.approx(np.array([[0, 0, 0.25, 0.25], [0.5, 0.5, 1, 0.75]]))


class NAMED:
    """A config that names things."""

    id2label = dict(enumerate(NAMES))


@pytest.mark.parametrize(("height", "width"), [(40, 40), (31, 97), (97, 31), (2, 3)])
def test_regions_of_any_picture_lie_in_what_is_seen(folder, rng, height, width):
    with checkpoints.lease(f"detector:{folder}", "cpu") as checkpoint:
        pictures = [image(rng, height, width), image(rng)]
        together = detector.detect(checkpoint, pictures, threshold=0.0)
        alone = [detector.detect(checkpoint, [picture], threshold=0.0)[0] for picture in pictures]
    assert all(len(axis) for axis in together)
    for many, one in zip(together, alone, strict=True):
        assert many.names == one.names
        assert many.boxes == pytest.approx(one.boxes, abs=1e-4)
        assert set(many.names) <= set(NAMES)
        assert (np.diff(many.scores) <= 0).all()


def test_nothing_is_found_where_nothing_is_sure_enough(folder, rng):
    with checkpoints.lease(f"detector:{folder}", "cpu") as checkpoint:
        (axis,) = detector.detect(checkpoint, [image(rng)], threshold=1.0)
    assert len(axis) == 0
    assert axis.to_json() == []


def test_a_detector_is_listed_apart_and_no_menu_has_it(root):
    assert [info.name for info in pipeline.models() if info.source == "bundled"] == ["clip-mini"]
    (info,) = pipeline.detectors()
    assert (info.name, info.kind, info.ready, info.offers) == ("found-mini", "detector", True, ())
    assert "found-mini" not in [name for _, name in menus.model_choices("en")]
    with pytest.raises(ModelError, match="no model"):
        menus.known_model("found-mini")


def test_the_command_lists_it_with_its_kind(root, capsys):
    from mmviz import cli

    assert cli.main(["list", "models", "--json"]) == 0
    kinds = {row["name"]: row["kind"] for row in json.loads(capsys.readouterr().out)}
    assert (kinds["found-mini"], kinds["clip-mini"]) == ("detector", "image-text")


def test_it_aligns_and_compares_nothing_and_says_so(root, rng):
    with pytest.raises(MethodError, match="found-mini does not offer"):
        pipeline.align("a cat", image(rng), "found-mini", store=False)
    with pytest.raises(ModelError, match="found-mini has neither vectors"):
        pipeline.matrix(["a cat"], [image(rng)], "found-mini")


@pytest.mark.parametrize("file", ["preprocessor_config.json", "model.safetensors", "config.json"])
def test_a_missing_file_is_named(folder, tmp_path, file):
    shutil.copytree(folder, tmp_path / "broken")
    (tmp_path / "broken" / file).unlink()
    with pytest.raises(ModelError, match=file.replace(".", r"\.")), checkpoints.lease(f"detector:{tmp_path / 'broken'}", "cpu"):
        pass


@pytest.mark.parametrize("layers", [[], [0, 2], [3, 1]])
def test_layers_that_are_not_there_are_refused(folder, tmp_path, layers):
    shutil.copytree(folder, tmp_path / "odd")
    config = json.loads((folder / "config.json").read_text("utf-8")) | {"feature_layers": layers}
    (tmp_path / "odd" / "config.json").write_text(json.dumps(config))
    with (
        pytest.raises(ModelError, match="feature_layers must be some of 1 to 2"),
        checkpoints.lease(f"detector:{tmp_path / 'odd'}", "cpu"),
    ):
        pass


def test_the_bundled_detector_finds_what_its_figures_say(monkeypatch):
    monkeypatch.delenv("MMVIZ_MODELS", raising=False)
    figures = json.loads((folders.bundled_root() / "detector-mini" / "metrics.json").read_text("utf-8"))
    with checkpoints.lease("detector-mini", "cpu") as checkpoint:
        found = detections.measure_detection(checkpoint, 77, 25)["detection"]
        assert figures["model"] == checkpoint.id
    assert figures["count"] >= 1000
    assert found["ap50"]["value"] > 0.88
    assert abs(found["ap50"]["value"] - figures["detection"]["ap50"]["value"]) < 0.07
