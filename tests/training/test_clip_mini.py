"""The loss of clip-mini on batches whose answer is known."""

from dataclasses import replace

import pytest
import torch

from mmviz.training import clip_mini, contrast, material, wordpiece
from mmviz.worlds.spec import rng_of

OPTIONS = clip_mini.Options()


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    """Five captions: one alone, a pair, a pair; the first is true of the last scene too."""
    true = torch.zeros(5, 5, dtype=torch.bool)
    true[0, 4] = True
    return {"true": true, "group": torch.tensor([0, 1, 1, 2, 2]), "relations": torch.zeros(5, 4)}


def test_the_right_diagonal_costs_nothing_and_chance_its_logarithm(batch):
    perfect, figures = clip_mini.compare(100 * torch.eye(5), batch, OPTIONS)
    even, _ = clip_mini.compare(torch.zeros(5, 5), batch, replace(OPTIONS, group=0.0))
    assert perfect.item() == pytest.approx(0, abs=1e-5)
    assert figures["right"] == figures["group_right"] == 1
    assert even.item() == pytest.approx(
        (0.8 * torch.log(torch.tensor(5.0)) + 0.2 * torch.log(torch.tensor(4.0))).item(), abs=1e-5
    )


def test_a_caption_that_is_true_of_another_scene_is_not_pushed_from_it(batch):
    similarity = torch.zeros(5, 5, requires_grad=True)
    loss, _ = clip_mini.compare(similarity, batch, OPTIONS)
    loss.backward()
    assert similarity.grad[0, 4] == 0
    assert similarity.grad[0, 3] > 0


def test_groups_add_to_the_push_between_edits(batch):
    pushes = []
    for weight in (0.0, 1.0):
        similarity = torch.zeros(5, 5, requires_grad=True)
        clip_mini.compare(similarity, batch, replace(OPTIONS, group=weight))[0].backward()
        pushes.append((similarity.grad[1, 2] / similarity.grad[1, 3]).item())
    assert pushes[0] == pytest.approx(1, abs=0.1)
    assert pushes[1] > 2


def test_a_collated_batch_fits_the_model():
    rng = rng_of("test", 13)
    items = material.batch(rng, material.Mix(alone=2, bits=1, siblings=1, quads=0, relations=1, pairs=1))
    made = clip_mini.collate(items, wordpiece.tokenizer(), rng)
    assert made["pictures"].shape == (11, 3, 96, 96)
    assert made["input_ids"].shape == made["attention_mask"].shape
    assert made["true"].shape == (11, 11)
    assert made["seen"].shape == made["told"].shape == (11, 85, 25)
    assert (made["input_ids"] == wordpiece.tokenizer().sep_token_id).sum(1).tolist() == [1] * 11


def test_the_shape_of_the_bundled_clip_stays_small():
    from transformers import CLIPModel

    model = CLIPModel(clip_mini.config())
    assert model.num_parameters() <= 3.5e6
    assert 2 * model.num_parameters() <= 8e6


def test_groups_are_contrasted_among_themselves_alone(batch):
    similarity = torch.randn(5, 5, generator=torch.Generator().manual_seed(2))
    loss, grouped, right = contrast.within(similarity, batch["true"], batch["group"])
    blocks = [similarity[1:3, 1:3], similarity[3:, 3:]]
    rows = torch.cat([torch.nn.functional.cross_entropy(b, torch.arange(2), reduction="none") for b in blocks])
    columns = torch.cat([torch.nn.functional.cross_entropy(b.T, torch.arange(2), reduction="none") for b in blocks])
    assert loss.item() == pytest.approx(((rows + columns) / 2).mean().item(), abs=1e-5)
    assert grouped.tolist() == [False, True, True, True, True]
    assert right.tolist() == [bool(b[i].argmax() == i) for b in blocks for i in range(2)]
    alone, _, none = contrast.within(similarity, batch["true"], torch.arange(5))
    assert alone == 0
    assert len(none) == 0
