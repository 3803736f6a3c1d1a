"""What uniter-mini is trained on, and by: transport, which regions show what, and a step that teaches something."""

import numpy as np
import ot
import pytest
import torch

from mmviz.training import loop, matching, uniter_mini, wordpiece


def test_transport_costs_what_the_cheapest_plan_costs(rng):
    costs = torch.from_numpy(rng.uniform(0, 2, (6, 5, 4)).astype(np.float32))
    every = torch.ones(6, 5, dtype=torch.bool), torch.ones(6, 4, dtype=torch.bool)
    found = uniter_mini.transported(costs, *every, steps=500)
    exact = [ot.emd2(np.full(5, 0.2), np.full(4, 0.25), cost) for cost in costs.numpy().astype(float)]
    assert found.tolist() == pytest.approx(exact, abs=0.01)


def test_what_fills_a_batch_up_is_not_transported(rng):
    costs = torch.from_numpy(rng.uniform(0, 2, (2, 5, 4)).astype(np.float32)).requires_grad_()
    words = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    regions = torch.tensor([[True] * 4, [True] * 2 + [False] * 2])
    together = uniter_mini.transported(costs, words, regions)
    alone = uniter_mini.transported(costs[1:, :3, :2], words[1:, :3], regions[1:, :2])
    assert together[1].item() == pytest.approx(alone[0].item(), abs=1e-5)
    (gradient,) = torch.autograd.grad(together.sum(), costs)
    assert gradient[1, 3:].abs().sum() == gradient[1, :, 2:].abs().sum() == 0
    assert gradient.sum((1, 2)).tolist() == pytest.approx([1, 1], abs=1e-3)  # the gradient is the plan


def test_a_picture_without_a_region_costs_nothing_and_breaks_nothing():
    costs, words = torch.ones(1, 3, 2, requires_grad=True), torch.ones(1, 3, dtype=torch.bool)
    found = uniter_mini.transported(costs, words, torch.zeros(1, 2, dtype=torch.bool))
    assert found.item() == 0
    assert torch.isfinite(torch.autograd.grad(found.sum(), costs)[0]).all()


def test_the_fullest_regions_show_what_a_token_names():
    shares = torch.tensor([[[0.1, 0.9, 0.8], [0.0, 0.0, 0.0], [0.02, 0.0, 0.0]]])
    assert uniter_mini.shown(shares).tolist() == [[[0, 0.5, 0.5], [0, 0, 0], [1, 0, 0]]]


@pytest.fixture
def made():
    torch.manual_seed(0)
    options = uniter_mini.Options()
    model, extra = uniter_mini.from_detector(options), uniter_mini.Extra()
    done = torch.multiprocessing.Value("d", 0.9)
    tokenizer = wordpiece.tokenizer()
    batch = next(iter(matching.Batches(uniter_mini.COURSE, 0.5, (2, 0, 0, 0), done, tokenizer, uniter_mini.ALONE)))
    return model, extra, batch, options


def test_regions_are_those_of_the_detector_and_tokens_have_theirs(made):
    model, _, batch, options = made
    seen = uniter_mini.see(model.detector, batch, options)
    told = batch["regions"].sum(-1) > 0.5
    assert seen.there.any(1).all()
    assert (seen.shows.sum(-1)[told] > 0.5).float().mean() > 0.9
    assert (seen.shows[~told].sum(-1) == 0).all()
    best = seen.shows.argmax(-1)
    thing = seen.beliefs.argmax(-1).gather(1, best) + 1  # (B, T): what the detector says of each token's region
    named = (batch["named"] > 0) & told & (seen.shows.sum(-1) > 0.5)
    assert (thing[named] == batch["named"][named]).float().mean() > 0.8


def test_a_few_steps_on_one_batch_bring_every_loss_down_and_leave_the_detector(made):
    model, extra, batch, options = made
    before = {name: tensor.clone() for name, tensor in model.detector.state_dict().items()}
    opt = loop.optimizer([([*model.parameters(), *extra.parameters()], options.lr)], decay=0.05)
    losses = []
    for _ in range(12):
        loss, figures = uniter_mini.forward(model, extra, batch, options, 0.9)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(figures)
        assert model.match_head.weight.grad.abs().sum() > 0
        assert model.class_head[-1].weight.grad is None or torch.isfinite(model.class_head[-1].weight.grad).all()
    for name in ("told", "words", "local", "things", "roles"):
        assert losses[-1][name] < losses[0][name], name
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.detector.state_dict().items())
