"""Looks inside a forward pass; every hook comes off again, also when the pass raises."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mmviz.errors import ModelError

if TYPE_CHECKING:
    import torch
    from torch import nn


@contextmanager
def attention_of(modules: Mapping[int, "nn.Module"], model: str) -> Iterator[dict[int, "torch.Tensor"]]:
    """Keep the attention weights of some layers' attention modules during a forward pass.

    Args:
        modules: layer -> module that returns (output, weights), weights of shape (B, H, S, S').
        model: its name, for the message.

    Yields:
        layer -> weights, filled while the pass runs; still in the graph where one is built.

    Raises:
        ModelError: a module gives no weights (an attention that was not loaded as "eager" keeps none, silently).
    """
    kept: dict[int, torch.Tensor] = {}

    def keep(layer: int):
        def hook(module, args, output):
            if not isinstance(output, tuple) or len(output) < 2 or output[1] is None:
                raise ModelError(
                    f'Layer {layer} of {model} gives no attention; it must be loaded with attn_implementation="eager".'
                )
            kept[layer] = output[1]

        return hook

    handles = [module.register_forward_hook(keep(layer)) for layer, module in modules.items()]
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def called_with(modules: "Iterable[nn.Module]", **named: Any) -> Iterator[None]:
    """Call some modules with other keyword arguments than their caller's during a forward pass."""
    handles = [m.register_forward_pre_hook(lambda _, args, given: (args, given | named), with_kwargs=True) for m in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def graph_from(module: "nn.Module | None", joins: bool = False) -> Iterator[None]:
    """Build a graph for gradients from the first input of `module` on, and only there; None builds none.

    Weights need no gradient: they are frozen, so that nothing before `module` is kept.

    Args:
        module: where it begins.
        joins: a graph of another tower that reaches `module`'s first input goes on through it, instead of being cut there.
    """
    import torch

    if module is None:
        with torch.no_grad():
            yield
        return

    def start(module, args):
        first = args[0] if joins and args[0].requires_grad else args[0].detach().requires_grad_()
        return (first, *args[1:])

    handle = module.register_forward_pre_hook(start)
    try:
        with torch.enable_grad():
            yield
    finally:
        handle.remove()
