"""The momentum teacher: how it follows, what it asks of the contrast, and what its queue holds."""

import numpy as np
import pytest
import torch

from mmviz.models.nets.albef import AlbefModel
from mmviz.training import albef_mini
from mmviz.training.momentum import Momentum
from tests.models.parts import make_wordpiece_tokenizer
from tests.models.tiny import albef_sizes
from tests.models.tiny_own import albef_config


@pytest.fixture
def model():
    torch.manual_seed(0)
    return AlbefModel(albef_config(make_wordpiece_tokenizer(), albef_sizes()))


def unit(rng, *shape) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.from_numpy(rng.normal(size=shape).astype(np.float32)), dim=-1)


def test_the_teacher_begins_as_the_model_and_follows_what_is_trained(model):
    model.vision_model.embeddings.requires_grad_(False)
    momentum = Momentum(model, 8)
    assert momentum.distance(model) == 0
    before = model.text_proj.weight.detach().clone()
    with torch.no_grad():
        model.text_proj.weight += 1
        model.vision_model.embeddings.class_embedding += 1
    momentum.follow(model, 0.75)
    assert torch.allclose(momentum.teacher.text_proj.weight, before + 0.25, atol=1e-6)
    assert not torch.equal(
        momentum.teacher.vision_model.embeddings.class_embedding, model.vision_model.embeddings.class_embedding
    )
    assert 0 < momentum.distance(model) < 1


@pytest.mark.parametrize("trust", [0.0, 0.4])
def test_the_contrast_is_the_papers_over_batch_and_queue(model, rng, trust):
    momentum, width = Momentum(model, 6), model.config.projection_dim
    earlier = unit(rng, 4, width), unit(rng, 4, width)
    momentum._keep(earlier)
    ours, theirs, scale = [unit(rng, 3, width) for _ in range(2)], [unit(rng, 3, width) for _ in range(2)], 1 / 0.1
    true = torch.zeros(3, 3, dtype=torch.bool)
    true[0, 2] = True  # the first text is true of the third picture too
    losses = []
    for side, other, shut in ((0, 1, true), (1, 0, true.T)):
        against = torch.cat([theirs[other], earlier[other]])
        for i in range(3):
            places = [j for j in range(7) if j >= 3 or not shut[i, j]]
            like, soft = (torch.stack([scale * vectors[side][i] @ against[j] for j in places]) for vectors in (ours, theirs))
            target = trust * soft.softmax(0) + (1 - trust) * torch.tensor([float(j == i) for j in places])
            losses.append(-(target * like.log_softmax(0)).sum())
    found = momentum.contrast(ours, theirs, torch.tensor(0.1), trust, true)
    assert found.item() == pytest.approx(torch.stack(losses).mean().item(), abs=1e-5)


def test_the_queue_keeps_the_latest_and_starts_over_at_its_end(model, rng):
    momentum, width = Momentum(model, 5), model.config.projection_dim
    rows = [unit(rng, 3, width) for _ in range(4)]
    momentum._keep(rows[:2])
    assert int(momentum.filled) == 3
    momentum._keep(rows[2:])
    assert int(momentum.filled) == 5
    assert torch.equal(momentum.texts[[3, 4, 0]], rows[2])
    assert torch.equal(momentum.pictures[[1, 2]], rows[1][1:])


def test_wrong_pictures_are_drawn_by_likeness_and_none_that_is_right():
    torch.manual_seed(0)
    group, true = torch.tensor([0, 0, 1, 2]), torch.zeros(4, 4, dtype=torch.bool)
    true[2, :2] = True
    logits = torch.zeros(4, 4)
    logits[0, 3] = 9
    drawn = torch.stack([albef_mini.likely_wrong({"true": true, "group": group}, logits) for _ in range(60)])
    assert set(drawn[:, 0].tolist()) == {3}
    assert set(drawn[:, 1].tolist()) == {2, 3}
    assert set(drawn[:, 2].tolist()) == {3}
    alone = {"true": torch.zeros(1, 1, dtype=torch.bool), "group": torch.zeros(1)}
    assert albef_mini.likely_wrong(alone, torch.zeros(1, 1)).tolist() == [-1]


def test_short_texts_are_fused_as_they_are_beside_long_ones(model):
    torch.manual_seed(1)
    states, seen = torch.randn(3, 6, 20), torch.randn(3, 26, 24)
    attention = torch.tensor([[1] * 6, [1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0]])
    with torch.no_grad():
        found = albef_mini.fuse(model, states, attention, seen)
        for row, length in enumerate((6, 2, 3)):
            alone = model.fuse(states[row : row + 1, :length], attention[row : row + 1, :length], seen[row : row + 1])
            assert torch.allclose(found[-1][row, :length], alone[0], atol=1e-5)
        assert found[-1].shape == (3, 6, 20)
