"""What the detector is trained on, and by: which patch answers for which box, and losses of known boxes."""

import numpy as np
import pytest
import torch

from mmviz.models.nets.detector import Dense
from mmviz.training import detector_mini
from mmviz.training.patches import picture
from mmviz.worlds import atlas
from mmviz.worlds.spec import compose, rng_of

SIDE = 12


def middles() -> torch.Tensor:
    y, x = np.divmod(np.arange(SIDE * SIDE), SIDE)
    return torch.tensor(np.stack([(x + 0.5) / SIDE, (y + 0.5) / SIDE], 1), dtype=torch.float32)


def answers(boxes, things, reach=1.5 / SIDE) -> np.ndarray:
    found = detector_mini.answers(middles(), torch.tensor([boxes], dtype=torch.float32), torch.tensor([things]), reach)
    return found[0].view(SIDE, SIDE).numpy()


def test_every_object_that_is_seen_has_its_box_and_its_thing():
    rng = rng_of("train", 5)
    scenes = [compose(rng, "train", counts=(1, 2)) for _ in range(6)]
    drawn = [picture(scene, rng) for scene in scenes]
    batch, names = detector_mini.collate(scenes, drawn), list(atlas.load().things)
    assert batch["pictures"].shape == (6, 3, 96, 96)
    for row, (scene, shown) in enumerate(zip(scenes, drawn, strict=True)):
        told = [names[thing] for thing in batch["things"][row] if thing >= 0]
        assert told == [group.thing for group in scene.groups for _ in group.placed]
        for place in range(len(told)):
            x0, y0, x1, y1 = (96 * batch["boxes"][row, place]).round().int().tolist()
            mask = shown.owner == place + 1
            assert mask[y0:y1, x0:x1].sum() == mask.sum() > 0
            assert all(edge.any() for edge in (mask[y0], mask[y1 - 1], mask[:, x0], mask[:, x1 - 1]))


def test_patches_near_the_middle_and_inside_answer_for_a_box():
    found = answers([[0.25, 0.25, 0.75, 0.75]], [3])  # its middle is the corner of four patches
    assert set(zip(*np.nonzero(found == 0), strict=True)) == {(r, c) for r in range(5, 7) for c in range(5, 7)} | {
        (r, c) for r in (4, 5, 6, 7) for c in (4, 5, 6, 7)
    }


def test_a_box_smaller_than_a_patch_has_the_nearest_one_alone():
    found = answers([[0.51, 0.51, 0.53, 0.53]], [3])
    assert (found >= 0).sum() == 1
    assert found[6, 6] == 0


def test_the_smaller_box_has_what_both_could_and_each_has_its_own_middle():
    found = answers([[0.0, 0.0, 1.0, 1.0], [0.45, 0.45, 0.68, 0.68]], [1, 2])
    assert found[6, 6] == 1
    assert (found == 0).any()
    assert answers([[0.1, 0.1, 0.4, 0.4]], [-1]).max() == -1


def test_generalised_overlap_is_below_zero_for_boxes_that_lie_apart():
    first = torch.tensor([[0.0, 0.0, 0.5, 1.0], [0.0, 0.0, 0.25, 1.0], [0.0, 0.0, 1.0, 1.0]])
    second = torch.tensor([[0.0, 0.0, 0.5, 1.0], [0.75, 0.0, 1.0, 1.0], [0.0, 0.0, 0.5, 1.0]])
    overlap, general = detector_mini.generalised(first, second)
    assert overlap.tolist() == pytest.approx([1, 0, 0.5])
    assert general.tolist() == pytest.approx([1, -0.5, 0.5])


def test_the_loss_is_small_where_everything_is_right_and_each_fault_adds_to_it():
    boxes, things = torch.tensor([[[0.3, 0.3, 0.6, 0.6]]]), torch.tensor([[2]])
    batch, reach = {"boxes": boxes, "things": things}, 1.5 / SIDE
    own = detector_mini.answers(middles(), boxes, things, reach)[0] >= 0  # (K,)
    classes = torch.zeros(1, SIDE * SIDE, 4)
    classes[..., 2] = 20.0
    told = boxes.expand(1, SIDE * SIDE, 4).clone()
    quality = torch.where(own, 20.0, -20.0)[None]

    def loss(**changed) -> float:
        said = {"classes": classes, "boxes": told, "quality": quality, "states": classes} | changed
        return detector_mini.loss_of(Dense(**said), middles(), batch, reach)[0].item()

    assert loss() < 1e-3
    assert loss(classes=classes.roll(1, -1)) > 5
    assert loss(boxes=told + 0.2) > 1
    assert loss(quality=-quality) > 5


def test_the_tower_stays_as_it_is():
    model = detector_mini.from_backbone()
    batch = next(iter(detector_mini.Scenes(detector_mini.Options(batch=2), (0,))))
    told = model(batch["pictures"] / 127.5 - 1)
    detector_mini.loss_of(told, model.middles(), batch, 0.125)[0].backward()
    with_grad = {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    assert with_grad == {"reduce", "convolutions", "class_head", "box_head", "quality_head"}
    assert model.config.id2label[0] == next(iter(atlas.load().things))
