"""Attention rollout: where what a position holds has come from, through all layers."""

import numpy as np

from mmviz.methods.attention import looking, picked, positions_of
from mmviz.registry import methods
from mmviz.results import Alignment, AttentionBlock, Encoding


@methods.add(
    "rollout",
    title="Rollout",
    needs={"attention"},
    targets=("prompt", "context", "pair"),
    paper="Abnar and Zuidema, 2020, arXiv:2005.00928",
)
def rollout(encoding: Encoding, *, layers: tuple[int, ...] | None = None) -> Alignment:
    """Multiply attention through the layers, half of every position staying where it is.

    Args:
        encoding: with attention that reaches patches. Where the text has no part in it (a dual encoder's picture tower),
            every unit has the same row, whatever the word. Elsewhere a unit's row is the mean of its tokens', and the
            whole text's that of the position the score is read from.
        layers: the layers to walk in every tower that has them, counted from 0; None walks all.

    Returns:
        Shape (Q, K), scale "mass": a row and its `left_out` (what rests on words and special positions; of a unit the model
        does not read, everything) sum to 1. Where a text's tower looks at a picture's, a layer mixes in twice: half from
        the text's positions, then half of that from the picture's, as its own tower has rolled them out.

    Raises:
        MethodError: a layer is asked for that the model does not have.

    Source:
        Abnar and Zuidema, 2020, section 3, equations 1 and 2, arXiv:2005.00928; heads are averaged.
    """
    block = looking(encoding, "rollout")
    picked("rollout", layers, block.layers, "layers")
    rows = positions_of(block, encoding.query)  # (Q, S)
    if block.kind == "cross":
        rows = _across(encoding, rows, layers)
    else:
        for attention in reversed(list(_means(block, layers).values())):
            rows = _half(rows, attention)
    scores = rows[:, block.key_positions]
    return encoding.alignment(scores, scale="mass", left_out=1 - scores.sum(1))


def _across(encoding: Encoding, text: np.ndarray, layers: tuple[int, ...] | None) -> np.ndarray:
    """Bring what rows hold of a text's positions, (Q, S), through its layers to the picture's input: (Q, S')."""
    means = {block.kind: _means(block, layers) for block in encoding.attention}
    seen = 0.0
    for layer, attention in reversed(means["cross"].items()):
        seen = seen + text @ attention / 2
        text = text / 2
        if layer in means.get("self-query", {}):
            text = _half(text, means["self-query"][layer])
    for attention in reversed(list(means.get("self-key", {}).values())):
        seen = _half(seen, attention)
    return seen


def _means(block: AttentionBlock, layers: tuple[int, ...] | None) -> dict[int, np.ndarray]:
    """Average the heads of the layers that are walked: layer -> (S, S')."""
    chosen = zip(block.layers, block.weights, strict=True)
    return {layer: weights.mean(0) for layer, weights in chosen if layers is None or layer in layers}


def _half(rows: np.ndarray, attention: np.ndarray) -> np.ndarray:
    """Go one layer down: half stays, half goes where attention looks (eq. 1)."""
    return rows / 2 + rows @ attention / 2
