"""An encoding made of random numbers that has every field, no two sizes alike."""

import numpy as np

from mmviz.axes import PatchAxis, TextAxis
from mmviz.results import AttentionBlock, Encoding, Score

Q, K, D, LAYERS, HEADS, TEXT_LAYERS, TEXT_HEADS, TOKENS = 4, 6, 5, 3, 2, 1, 7, 8
GRID = (2, 3)


def encoding(rng: np.random.Generator, target: str = "prompt", order: np.ndarray | None = None) -> Encoding:
    """Make an encoding of Q units and K patches; `order` moves the patches about, which changes nothing but their places.

    Args:
        rng: of all numbers; the same state gives the same encoding.
        target: "prompt", or "context", which brings a block of the text's own attention.
        order: shape (K,), a permutation of patches, or None.
    """
    key_embeds, boxes = _unit(rng.normal(size=(K, D))), rng.uniform(size=(K, 4))
    key = _attention(rng, LAYERS, HEADS, K + 1)
    text = _attention(rng, TEXT_LAYERS, TEXT_HEADS, TOKENS)
    grads = [(rng.normal(size=text.shape).astype(np.float32), rng.normal(size=key.shape).astype(np.float32)) for _ in range(Q)]
    query_embeds = _unit(rng.normal(size=(Q, D)))
    order = np.arange(K) if order is None else order
    places = np.concatenate([[0], 1 + order])
    grads = [(own, grad[:, :, places][..., places]) for own, grad in grads]
    is_prompt = target == "prompt"
    blocks = (_text_block(text), _key_block(key[:, :, places][..., places]))
    return Encoding(
        query=text_axis(),
        key=PatchAxis(boxes[order], GRID, (0.0, 0.1, 1.0, 0.9), (90, 70)),
        target=target,
        model="synthetic",
        checkpoint="synthetic@0",
        score=Score(0.25, "cosine"),
        unit_scores=np.linspace(-0.5, 0.5, Q, dtype=np.float32) if is_prompt else None,
        query_embeds=query_embeds,
        key_embeds=key_embeds[order],
        attention=blocks[1:] if is_prompt else blocks,
        attention_grad=lambda unit: list(grads[unit][1:] if is_prompt else grads[unit]),
    )


def text_axis() -> TextAxis:
    """Give three words and the whole text; the first is unknown, the last is cut."""
    spans = np.array([(0, 3), (4, 7), (8, 10), (0, 10)])
    kinds = ("word", "word", "word", "text")
    return TextAxis("red cat 猫猫", spans, kinds, np.array([0, 0, 1, 1], bool), np.array([1, 0, 0, 1], bool))


def _key_block(weights: np.ndarray) -> AttentionBlock:
    special = np.arange(K + 1) == 0
    return AttentionBlock("self-key", weights, tuple(range(LAYERS)), None, np.arange(1, K + 1), 0, special)


def _text_block(weights: np.ndarray) -> AttentionBlock:
    positions = np.array([(1, 3), (3, 4), (4, 7), (1, 7)])
    special = np.isin(np.arange(TOKENS), (0, TOKENS - 1))
    return AttentionBlock("self-query", weights, tuple(range(TEXT_LAYERS)), positions, None, TOKENS - 1, special)


def _attention(rng: np.random.Generator, layers: int, heads: int, positions: int) -> np.ndarray:
    weights = rng.exponential(size=(layers, heads, positions, positions)).astype(np.float32)
    return weights / weights.sum(-1, keepdims=True)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
