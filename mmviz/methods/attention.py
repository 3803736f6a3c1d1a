"""Attention itself, as the model computed it: from each unit (or the readout) to the patches."""

import numpy as np

from mmviz.axes import TextAxis
from mmviz.errors import MethodError
from mmviz.registry import methods
from mmviz.results import Alignment, AttentionBlock, Encoding

#: Blocks in which text units look at patches, then the one in which only the picture's own summary does.
LOOKING = ("cross", "joint", "self-key")


@methods.add(
    "attention",
    title="Attention",
    needs={"attention"},
    targets=("prompt", "context", "pair"),
    paper="Vaswani et al., 2017, arXiv:1706.03762",
)
def attention(encoding: Encoding, *, layers: tuple[int, ...] | None = None, heads: tuple[int, ...] | None = None) -> Alignment:
    """Show the attention weights of chosen layers and heads, averaged.

    Args:
        encoding: with attention that reaches patches. Where the text has no part in it (a dual encoder's picture
            tower), every unit has the same row: what the picture's summary looks at, whatever the word. Elsewhere a
            unit's row is the mean of its tokens', and the whole text's that of the position the score is read from.
        layers: counted from 0; None averages all.
        heads: counted from 0; None averages all.

    Returns:
        Mean weights, shape (Q, K), scale "mass": a row and its `left_out` (special positions and words; of a unit the
        model does not read, everything) sum to 1.

    Raises:
        MethodError: a layer or head is asked for that the model does not have.

    Source:
        Vaswani et al., 2017, equation 1, arXiv:1706.03762.
    """
    block = looking(encoding, "attention")
    rows = positions_of(block, encoding.query)  # (Q, S)
    used = np.flatnonzero(rows.any(0))
    chosen = np.ix_(
        picked("attention", layers, block.layers, "layers"),
        picked("attention", heads, range(block.weights.shape[1]), "heads"),
        used,
        block.key_positions,
    )
    scores = rows[:, used] @ block.weights[chosen].mean((0, 1))  # (Q, K)
    return encoding.alignment(scores, scale="mass", left_out=1 - scores.sum(1))


def looking(encoding: Encoding, method: str) -> AttentionBlock:
    """Pick the block whose attention reaches patches, the one nearest to the text first."""
    for kind in LOOKING:
        for block in encoding.attention:
            if block.kind == kind:
                return block
    kinds = ", ".join(block.kind for block in encoding.attention) or "none"
    raise MethodError(f"{method} reads attention that reaches patches, {encoding.model} has: {kinds}; choose another method.")


def rows_of(block: AttentionBlock, query: TextAxis) -> list[slice]:
    """Say which positions stand for each unit: its tokens; the readout for the whole text, and where the block holds no tokens."""
    readout = slice(block.readout, block.readout + 1)
    if block.query_positions is None:
        return [readout] * len(query)
    own = [slice(start, end) for start, end in block.query_positions]
    return [readout if kind == "text" else places for kind, places in zip(query.kinds, own, strict=True)]


def positions_of(block: AttentionBlock, query: TextAxis) -> np.ndarray:
    """Weigh the positions that stand for each unit, shape (Q, S), float32: rows sum to 1, or to 0 where none is read."""
    weights = np.zeros((len(query), block.weights.shape[2]), np.float32)
    for row, places in zip(weights, rows_of(block, query), strict=True):
        row[places] = 1 / max(places.stop - places.start, 1)
    return weights


def picked(method: str, asked: tuple[int, ...] | None, there, name: str) -> list[int]:
    """Find the places of asked layers or heads."""
    there = list(there)
    if asked is not None and (not asked or set(asked) - set(there)):
        raise MethodError(f"{method} has no {name}={asked}; choose from {there}, or all.")
    return [place for place, number in enumerate(there) if asked is None or number in asked]
