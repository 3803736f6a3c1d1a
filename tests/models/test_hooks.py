"""Hooks that come off again."""

import pytest
import torch
from torch import nn

from mmviz.errors import ModelError
from mmviz.models import hooks


class Attending(nn.Module):
    """Gives (output, weights), or fails, or gives no weights."""

    def __init__(self, fails: bool = False, weights: bool = True):
        super().__init__()
        self.fails, self.weights = fails, weights

    def forward(self, states):
        if self.fails:
            raise RuntimeError("out of memory")
        weights = torch.softmax(states @ states.T, -1)
        return weights @ states, weights if self.weights else None


def hooked(module: nn.Module) -> int:
    return len(module._forward_hooks) + len(module._forward_pre_hooks)


def test_weights_of_the_asked_modules_are_kept():
    first, second = Attending(), Attending()
    with hooks.attention_of({5: second}, "tiny") as kept:
        out, _ = first(torch.eye(3, 4))
        _, weights = second(out)
    assert list(kept) == [5]
    assert kept[5] is weights
    assert hooked(second) == 0


def test_hooks_come_off_when_the_pass_raises():
    module = Attending(fails=True)
    during = []
    module.register_forward_pre_hook(lambda *_: during.append(hooked(module)))
    with pytest.raises(RuntimeError, match="memory"), hooks.attention_of({0: module}, "tiny"), hooks.graph_from(module):
        module(torch.eye(3, 4))
    assert during == [3]
    assert hooked(module) == 1
    assert not torch.is_inference_mode_enabled()


def test_attention_that_comes_back_empty_is_an_error_not_silence():
    module = Attending(weights=False)
    with pytest.raises(ModelError, match='Layer 3 of tiny gives no attention.*"eager"'), hooks.attention_of({3: module}, "tiny"):
        module(torch.eye(3, 4))
    assert hooked(module) == 0


def test_a_graph_begins_at_the_module_and_not_before():
    first, second = nn.Linear(4, 4).requires_grad_(False), Attending()
    start = torch.ones(3, 4, requires_grad=True)
    with hooks.graph_from(second):
        _, weights = second(first(start))
    assert weights.requires_grad
    assert torch.autograd.grad(weights.sum(), start, allow_unused=True) == (None,)


def test_a_graph_that_reaches_the_module_goes_on_through_it_where_it_joins():
    first, second = nn.Linear(4, 4).requires_grad_(False), Attending()
    start = torch.ones(3, 4, requires_grad=True)
    with hooks.graph_from(second, joins=True):
        out, _ = second(first(start))
    (gradient,) = torch.autograd.grad(out.sum(), start)
    assert gradient.any()


def test_a_graph_that_is_to_join_begins_at_the_module_where_none_reaches_it():
    module = Attending()
    with hooks.graph_from(module, joins=True):
        _, weights = module(torch.ones(3, 4))
    assert weights.requires_grad


def test_a_module_is_called_with_other_arguments_only_inside():
    module = Asked()
    with hooks.called_with([module], wanted=True):
        inside = module(torch.ones(1), wanted=False)
    assert (inside, module(torch.ones(1), wanted=False)) == (True, False)
    assert hooked(module) == 0


def test_a_module_is_called_as_before_after_a_pass_that_failed():
    module = Asked()
    with pytest.raises(RuntimeError, match="full"), hooks.called_with([module], wanted=True):
        raise RuntimeError("full")
    assert hooked(module) == 0


class Asked(nn.Module):
    """Tells what it was asked for."""

    def forward(self, states, wanted):
        return wanted


def test_without_a_module_no_graph_is_built():
    with hooks.graph_from(None):
        _, weights = Attending()(torch.ones(3, 4, requires_grad=True))
    assert not weights.requires_grad
