"""Taps on a model while it runs: what is hooked on it, called in it, made by its softmaxes."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from mmviz.results import AttentionBlock


def hooks_on(model: Any) -> int:
    """Count the hooks on all modules."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(module, kind)) for module in model.modules() for kind in kinds)


def leaves_called(model: Any, run: Callable[[], Any]) -> list[Any]:
    """List the innermost modules a run calls, in order."""
    called: list[Any] = []
    inner = [module for module in model.modules() if not list(module.children())]
    handles = [module.register_forward_hook(lambda module, args, out: called.append(module)) for module in inner]
    run()
    for handle in handles:
        handle.remove()
    return called


@contextmanager
def softmaxes(change: Callable[[int, Any], Any] = lambda number, made: made) -> Iterator[list[Any]]:
    """Watch every softmax over four dimensions, which is what attention weights come from.

    Args:
        change: from the call's number and what it made to what is used instead.

    Yields:
        Weak references to what was made, in order.
    """
    import torch

    real, seen = torch.nn.functional.softmax, []

    def softmax(*args, **named):
        made = real(*args, **named)
        if made.ndim != 4:
            return made
        made = change(len(seen), made)
        seen.append(weakref.ref(made))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.functional, "softmax", softmax)
        yield seen


def living_bytes(references: list[Any]) -> int:
    """Add up the tensors that are still held by somebody."""
    alive = [reference() for reference in references]
    return sum(tensor.numel() * tensor.element_size() for tensor in alive if tensor is not None)


def call_of(block: AttentionBlock, place: int, run: Callable[[], Any]) -> int:
    """Find which softmax of a run made the weights at a block's place of a layer."""
    made: list[np.ndarray] = []

    def keep(number: int, tensor: Any) -> Any:
        made.append(tensor.detach().float().cpu().numpy())
        return tensor

    with softmaxes(keep):
        run()
    wanted = block.weights[place]
    same = [n for n, w in enumerate(made) if w.shape[1:] == wanted.shape and np.allclose(w[0], wanted, atol=1e-7)]
    assert same, f"no softmax of the pass made the weights of {block.kind} layer {block.layers[place]}"
    return same[0]


@contextmanager
def silent(model: Any) -> Iterator[None]:
    """Let every attention give no weights, as attention loaded as "sdpa" does without a word."""

    def mute(module, args, output):
        if isinstance(output, tuple) and len(output) > 1 and getattr(output[1], "ndim", 0) == 4:
            return (output[0], None, *output[2:])
        return None

    handles = [module.register_forward_hook(mute) for module in model.modules()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def as_sdpa(model: Any) -> Iterator[None]:
    """Switch the model to the attention Transformers takes by default; skips where its class has no other than eager."""
    try:
        model.set_attn_implementation("sdpa")
    except ValueError as error:
        pytest.skip(f"{type(model).__name__} has eager attention alone: {str(error).splitlines()[0][:100]}")
    try:
        yield
    finally:
        model.set_attn_implementation("eager")
