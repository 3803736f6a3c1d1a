"""Relevance of every patch for every text unit, walked through the attention of the picture's tower."""

import numpy as np

from mmviz.errors import MethodError
from mmviz.registry import methods
from mmviz.results import Alignment, AttentionBlock, Encoding


@methods.add(
    "relevance",
    title="Relevance",
    needs={"attention", "attention_grad"},
    targets=("prompt",),
    paper="Chefer et al., 2021, arXiv:2103.15679",
)
def relevance(encoding: Encoding, *, layers: tuple[int, ...] | None = None) -> Alignment:
    """Follow attention, weighted by its gradient, from each unit's score back to the patches.

    Args:
        encoding: attention of the key side's tower and its gradient by each unit's score.
        layers: the layers to walk, counted from 0; None walks all.

    Returns:
        Relevance, shape (Q, K), scale "relevance", >= 0. Rows keep their own size: a unit that fits little has little.

    Raises:
        MethodError: a layer is asked for that the model does not have.

    Source:
        Chefer et al., 2021, equations 5 and 6, arXiv:2103.15679.
    """
    index, block = _tower(encoding)
    picked = _picked(block, layers)
    rows = [_walk(block, encoding.attention_grad(unit)[index], picked) for unit in range(len(encoding.query))]
    return encoding.alignment(np.stack(rows), scale="relevance")


def _tower(encoding: Encoding) -> tuple[int, AttentionBlock]:
    found = [(i, block) for i, block in enumerate(encoding.attention) if block.kind == "self-key"]
    if len(found) != 1:
        kinds = ", ".join(block.kind for block in encoding.attention) or "none"
        raise MethodError(f"relevance walks one self-key block, {encoding.model} has: {kinds}; choose another method.")
    return found[0]


def _picked(block: AttentionBlock, layers: tuple[int, ...] | None) -> list[int]:
    """Find the places of the asked layers in a block, in order of computation."""
    missing = layers is not None and (not layers or set(layers) - set(block.layers))
    if missing:
        raise MethodError(f"relevance cannot walk layers={layers}; choose from {list(block.layers)}, or None for all.")
    return [i for i, layer in enumerate(block.layers) if layers is None or layer in layers]


def _walk(block: AttentionBlock, grad: np.ndarray, picked: list[int]) -> np.ndarray:
    """Go from a tower's first layer to its last and read what its readout owes to every key unit, shape (K,)."""
    relevances = np.eye(len(block.special))  # (S, S)
    for layer in picked:
        # eq. 5: mean over heads of the part of gradient * attention that raises the score
        raising = np.clip(grad[layer] * block.weights[layer], 0, None).mean(axis=0)  # (S, S)
        relevances = relevances + raising @ relevances  # eq. 6
    return relevances[block.readout, block.key_positions]
