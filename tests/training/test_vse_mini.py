"""The loss of vse-mini on batches whose answer is known, and the model it begins with."""

import pytest
import torch

from mmviz.training import backbone, material, vse_mini, wordpiece
from mmviz.worlds.spec import rng_of

NEVER = torch.zeros(3, 3, dtype=torch.bool)
#: Captions down, pictures across.
SCORES = torch.tensor([[0.5, 0.4, 0.1], [0.2, 0.6, 0.5], [0.0, 0.3, 0.9]])


def test_the_hardest_alone_is_charged_in_the_end():
    loss, figures = vse_mini.compare(SCORES, NEVER, 1.0, 0.2)
    # along rows: .2 - .5 + .4 = .1, .2 - .6 + .5 = .1, 0; along columns: 0, .2 - .6 + .4 = 0, 0
    assert loss.item() == pytest.approx(0.2 / 3)
    assert figures["right"] == 1


def test_all_within_the_margin_are_charged_at_first():
    loss, _ = vse_mini.compare(SCORES, NEVER, 0.0, 0.6)
    # rows: (.5 + .2) + (.2 + .5) + 0; columns: (.3 + .1) + (.4 + .3) + (0 + .2)
    assert loss.item() == pytest.approx((0.7 + 0.7 + 0.4 + 0.7 + 0.2) / 3)


def test_the_two_are_mixed_by_their_share():
    first, last, mixed = (vse_mini.compare(SCORES, NEVER, hard, 0.6)[0].item() for hard in (0.0, 1.0, 0.25))
    assert mixed == pytest.approx(0.75 * first + 0.25 * last)


def test_a_caption_that_is_true_of_another_scene_is_not_pushed_from_it():
    true = NEVER.clone()
    true[0, 1] = True
    scores = SCORES.clone().requires_grad_()
    for hard in (0.0, 1.0):
        (grad,) = torch.autograd.grad(vse_mini.compare(scores, true, hard, 0.6)[0], scores)
        assert grad[0, 1] == 0
        assert grad[1, 2] > 0


def test_the_hardest_takes_over_between_two_shares_of_the_run():
    easy = (0.1, 0.3)
    found = [vse_mini.hardness(done, easy) for done in (0.0, 0.1, 0.2, 0.3, 1.0)]
    assert found == pytest.approx([0, 0, 0.5, 1, 1])


def test_a_batch_gives_a_loss_that_reaches_every_part():
    rng = rng_of("test", 14)
    options = vse_mini.Options(batch=3, word_dim=10, width=12)
    batch = vse_mini.collate(material.batch(rng, material.Mix(3, 0, 0, 0, 0, 0), 0.0), wordpiece.tokenizer(), rng)
    assert batch["pictures"].shape == (3, 3, 96, 96)
    assert set(batch["texts"]) == {"en", "zh"}
    assert batch["true"].shape == (3, 3)
    torch.manual_seed(0)
    model, heads = vse_mini.from_backbone(options)
    loss, figures = vse_mini.forward(model, heads, batch, options, done=1.0)
    loss.backward()
    assert figures["hard"] == 1
    silent = {name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0}
    assert all(name.endswith("k_proj.bias") for name in silent), silent  # a softmax does not feel it


def test_the_tower_begins_as_the_backbone():
    from transformers import CLIPVisionModel

    model, _ = vse_mini.from_backbone(vse_mini.Options(word_dim=10, width=12))
    tower = CLIPVisionModel.from_pretrained(backbone.FOLDER, dtype=torch.float32)
    for name, weight in tower.state_dict().items():
        assert torch.equal(model.vision_model.state_dict()[name], weight), name
