"""The loop: schedule, and a run that can be taken up again."""

import itertools
import time

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from mmviz.training import loop


@pytest.fixture
def ready(tmp_path, monkeypatch):
    """A model of one weight whose loss falls by half a step, and the loop's arguments for it."""
    monkeypatch.setenv("MMVIZ_HOME", str(tmp_path))

    def make():
        torch.manual_seed(0)
        model = nn.Linear(3, 2)
        opt = loop.optimizer([(list(model.parameters()), 0.01)], decay=0.1)

        def loss_of(batch, done):
            loss = model(batch["x"]).square().mean()
            return loss, {"loss": loss.item()}

        return model, opt, loss_of

    return make


def batches(started: list):
    def begin(taken_up: int):
        started.append(taken_up)
        return ({"x": torch.ones(5, 3)} for _ in itertools.count())

    return begin


def test_the_rate_rises_and_then_falls():
    rates = [loop.rate(done / 100) for done in range(101)]
    assert rates[0] == 0
    assert max(rates) == rates[2] == 1
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(0.02)


def test_only_matrices_decay():
    model = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2))
    groups = loop.optimizer([(list(model.parameters()), 0.01)], decay=0.1).param_groups
    assert [(group["weight_decay"], [p.ndim for p in group["params"]]) for group in groups] == [(0.1, [2]), (0.0, [1, 1, 1])]


def test_a_run_ends_on_time_and_is_taken_up_where_it_was(ready):
    started: list[int] = []
    model, opt, loss_of = ready()
    path = loop.run("trial", 0.004, {"model": model}, opt, batches(started), loss_of)
    first = torch.load(path, weights_only=True)
    again, opt, loss_of = ready()
    loop.run("trial", 0.008, {"model": again}, opt, batches(started), loss_of)
    second = torch.load(path, weights_only=True)
    assert started == [0, 1]
    assert 0.24 <= first["used"] < 2 <= 2 + first["step"] <= second["step"] + 2
    assert second["step"] > first["step"] > 0
    assert second["taken_up"] == 1
    assert again.weight.abs().sum() < model.weight.abs().sum()


def test_a_run_that_is_over_changes_nothing_more(ready):
    model, opt, loss_of = ready()
    path = loop.run("trial", 0.004, {"model": model}, opt, batches([]), loss_of)
    step = torch.load(path, weights_only=True)["step"]
    again, opt, loss_of = ready()
    loop.run("trial", 0.004, {"model": again}, opt, batches([]), loss_of)
    assert torch.load(path, weights_only=True)["step"] == step
    assert torch.equal(again.weight, model.weight)


def test_a_run_begins_with_a_trained_checkpoint_and_later_with_its_own_state(ready, tmp_path):
    model, opt, loss_of = ready()
    trained = {"weight": torch.full((2, 3), 7.0), "bias": torch.full((2,), -3.0)}
    save_file(trained, tmp_path / "model.safetensors")
    begun = []

    def watching(batch, done):
        begun.append(model.weight.detach().clone())
        return loss_of(batch, done)

    loop.run("trial", 0.002, {"model": model}, opt, batches([]), watching, start=tmp_path)
    assert torch.equal(begun[0], trained["weight"])
    begun.clear()
    loop.run("trial", 0.004, {"model": model}, opt, batches([]), watching, start=tmp_path)
    assert not torch.equal(begun[0], trained["weight"])


def test_time_spent_waiting_does_not_count(ready):
    model, opt, loss_of = ready()

    def waiting(batch, done):
        time.sleep(0.02)
        return loss_of(batch, done)

    begun = time.monotonic()
    path = loop.run("trial", 0.001, {"model": model}, opt, batches([]), waiting)
    steps = torch.load(path, weights_only=True)["step"]
    assert time.monotonic() - begun >= 0.02 * steps > 0.001 * 60
