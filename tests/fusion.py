"""A matching head for tests: the dual encoder that is there anyway learns to score pairs, so that no other model is needed."""

from collections.abc import Callable

import numpy as np
import pytest

from mmviz.registry import families

FACTOR, SHIFT = 9.0, -1.0


def give_matching(monkeypatch: pytest.MonkeyPatch, *, alone: bool = False, kind: str | None = None) -> list[int]:
    """Let CLIP score pairs: the logit is 9 times the cosine, less 1.

    Args:
        monkeypatch: undoes it.
        alone: take its vectors from it, as a model that only matches has none.
        kind: what it says its logits are, or None for nothing.

    Returns:
        How many pairs every call scored, filled while it is called.
    """
    counts: list[int] = []
    functions = families["clip"].functions
    embed: Callable = functions["embed"]

    def score_pairs(checkpoint, texts, images, pairs):
        counts.append(len(pairs))
        rows, columns = embed(checkpoint, texts).vectors, embed(checkpoint, images).vectors
        return (FACTOR * (rows[pairs[:, 0]] * columns[pairs[:, 1]]).sum(1) + SHIFT).astype(np.float32)

    monkeypatch.setitem(functions, "score_pairs", score_pairs)
    if kind:
        monkeypatch.setitem(functions, "pair_kind", lambda checkpoint: kind)
    if alone:
        monkeypatch.delitem(functions, "embed")
    return counts
