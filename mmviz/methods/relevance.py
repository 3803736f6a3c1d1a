"""Relevance of every patch for every text unit, walked through attention from the score back to the patches."""

import numpy as np

from mmviz.methods.attention import looking, picked, positions_of
from mmviz.registry import methods
from mmviz.results import Alignment, AttentionBlock, Encoding


@methods.add(
    "relevance",
    title="Relevance",
    needs={"attention", "attention_grad"},
    targets=("prompt", "pair"),
    paper="Chefer et al., 2021, arXiv:2103.15679",
)
def relevance(encoding: Encoding, *, layers: tuple[int, ...] | None = None) -> Alignment:
    """Follow attention, weighted by its gradient, from each unit's score back to the patches.

    Args:
        encoding: attention and its gradient by each unit's score: of the picture's tower, of text and picture in one
            stream, or of both towers and the attention across.
        layers: the layers to walk in every tower that has them, counted from 0; None walks all.

    Returns:
        Relevance, shape (Q, K), scale "relevance", >= 0. Rows keep their own size: a unit that fits little has little.
        Where units share the pair's score a unit's row is the mean of its tokens' rows, zero where the model
        reads none of them, and the whole text's that of the position the score is read from.

    Raises:
        MethodError: a layer is asked for that the model does not have.

    Source:
        Chefer et al., 2021, arXiv:2103.15679: equations 5 and 6 within a tower or one stream, 5 to 10 across.
    """
    block = looking(encoding, "relevance")
    picked("relevance", layers, block.layers, "layers")
    walk = _across if block.kind == "cross" else _within
    rows = positions_of(block, encoding.query)  # (Q, S)
    if encoding.has_one_score:
        scores = walk(encoding, block, 0, layers, rows)
    else:
        scores = np.concatenate([walk(encoding, block, unit, layers, row[None]) for unit, row in enumerate(rows)])
    return encoding.alignment(scores[:, block.key_positions], scale="relevance")


def _within(encoding: Encoding, block: AttentionBlock, unit: int, layers: tuple[int, ...] | None, rows: np.ndarray) -> np.ndarray:
    """Walk one tower or stream from the top: what rows of its positions, (N, S), owe to every position below, (N, S)."""
    for _, raising in reversed(_raising(encoding, block, unit, layers)):
        rows = rows + rows @ raising  # eq. 6, from the left
    return rows


def _across(encoding: Encoding, cross: AttentionBlock, unit: int, layers: tuple[int, ...] | None, rows: np.ndarray) -> np.ndarray:
    """Walk a picture's tower, then a text's that looks at it: what rows of text positions, (N, S), owe to the picture's, (N, S').

    Nothing flows from the text into the picture's tower, so that equation 11 adds nothing.
    """
    blocks = {block.kind: block for block in encoding.attention}
    seen = np.eye(len(cross.special), dtype=np.float32)
    if "self-key" in blocks:
        seen = _normed(_within(encoding, blocks["self-key"], unit, layers, seen))
    own = dict(_raising(encoding, blocks["self-query"], unit, layers)) if "self-query" in blocks else {}
    text = np.eye(cross.weights.shape[2])
    relevances = np.zeros(cross.weights.shape[2:])
    for layer, raising in _raising(encoding, cross, unit, layers):
        if layer in own:
            text, relevances = text + own[layer] @ text, relevances + own[layer] @ relevances  # eqs. 6, 7
        relevances = relevances + _normed(text).T @ raising @ seen  # eq. 10
    return rows @ relevances


def _raising(
    encoding: Encoding, block: AttentionBlock, unit: int, layers: tuple[int, ...] | None
) -> list[tuple[int, np.ndarray]]:
    """Give a block's layers with the part of their attention that raises the unit's score, shape (S, S') each."""
    index = next(i for i, other in enumerate(encoding.attention) if other is block)
    grad = encoding.attention_grad(unit)[index]
    if grad is None:
        return []
    walked = [(place, layer) for place, layer in enumerate(block.layers) if layers is None or layer in layers]
    # eq. 5: mean over heads of the part of gradient * attention that raises the score
    return [(layer, _part(grad[place], block.weights[place])) for place, layer in walked]


def _part(grad: np.ndarray, weights: np.ndarray) -> np.ndarray:
    raising = grad * weights  # (H, S, S')
    return np.maximum(raising, 0, out=raising).mean(axis=0)


def _normed(relevances: np.ndarray) -> np.ndarray:
    """Scale the rows of what was added to the identity to sum 1, eqs. 8 and 9; a row to which nothing was added stays."""
    added = relevances - np.eye(len(relevances))
    sums = added.sum(1, keepdims=True)
    return np.divide(added, sums, out=np.zeros_like(added), where=sums > 0) + np.eye(len(relevances))
