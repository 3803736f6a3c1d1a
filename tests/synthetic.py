"""An encoding made of random numbers that has every field, no two sizes alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmviz.axes import PatchAxis, RegionAxis, TextAxis
from mmviz.results import AttentionBlock, Encoding, Score

Q, K, D, LAYERS, HEADS, TEXT_LAYERS, TEXT_HEADS, TOKENS = 4, 6, 5, 3, 2, 4, 7, 8
GRID = (2, 3)
#: Pixels a patch is wide and high.
SIDE = 2
#: Blocks in order of computation.
BLOCKS = {
    "prompt": ("self-key",),
    "context": ("self-query", "self-key"),
    "pair": ("self-key", "self-query", "cross"),
    "stream": ("joint",),
}
#: Where the units' tokens stand.
POSITIONS = np.array([(1, 3), (3, 4), (4, 7), (1, 7)])


def encoding(rng: np.random.Generator, target: str = "prompt", order: np.ndarray | None = None) -> Encoding:
    """Make an encoding of Q units and K patches; `order` moves the patches about, which changes nothing but their places.

    Args:
        rng: of all numbers; the same state gives the same encoding.
        target: "prompt"; "context", which brings a block of the text's own attention; "pair", which also brings one across;
            or "stream": the target "pair" of a model that has one block for words and patches.
        order: shape (K,), a permutation of patches, or None.
    """
    key_embeds, boxes = _unit(rng.normal(size=(K, D))), rng.uniform(size=(K, 4))
    order = np.arange(K) if order is None else order
    blocks = _blocks(rng, target, order)
    is_pair = target in ("pair", "stream")
    grads = [[rng.normal(size=_shape(kind)).astype(np.float32) for kind in BLOCKS[target]] for _ in range(1 if is_pair else Q)]
    grads = [[_moved(kind, grad, order) for kind, grad in zip(BLOCKS[target], own, strict=True)] for own in grads]
    query_embeds = _unit(rng.normal(size=(Q, D)))
    unit_scores = np.linspace(-0.5, 0.5, Q, dtype=np.float32) if target == "prompt" else None
    seen = Seen(_moved_cells(rng.normal(size=(3, SIDE * GRID[0], SIDE * GRID[1])), order), *_weights(rng, is_pair, order))
    return Encoding(
        query=text_axis(),
        key=PatchAxis(boxes[order], GRID, (0.0, 0.1, 1.0, 0.9), (90, 70)),
        target="pair" if is_pair else target,
        model="synthetic",
        checkpoint="synthetic@0",
        score=Score(0.25, "match_probability" if is_pair else "cosine"),
        unit_scores=unit_scores,
        query_embeds=query_embeds,
        key_embeds=key_embeds[order],
        attention=blocks,
        attention_grad=lambda unit, layers=None: _of_layers(blocks, grads[0 if is_pair else unit], layers),
        picture=seen.picture,
        input_grad=seen.input_grad,
        score_masked=seen.score_masked,
        score_without=lambda kept: (0.25 - (~kept) @ np.arange(1, Q + 1) / 20).astype(np.float32),
        contributions=3 * query_embeds @ key_embeds[order].T + 0.1,
        decoded=seen.decoded,
    )


def region_axis() -> RegionAxis:
    """Give K regions of a wide picture: the second inside the first, the third over its edge, the rest by themselves."""
    boxes = [(0, 0, 0.5, 0.5), (0.1, 0.1, 0.2, 0.3), (0.4, 0.4, 0.6, 0.6), (0.7, 0, 0.9, 0.2), (0, 0.8, 0.1, 1), (0.9, 0.9, 1, 1)]
    names = ("cat", "dog", "", "tree", "cat", "")
    return RegionAxis(np.array(boxes, float), names, np.linspace(0.9, 0.4, K), "object", (0, 0, 1, 1), (90, 60))


@dataclass(frozen=True)
class Seen:
    """A picture and what every unit makes of it: each patch's mean, weighed, and the square of what they come to together.

    Attributes:
        pixels: shape (3, SIDE * rows, SIDE * columns).
        weights: shape (Q, K).
        bends: shape (Q,), how much the square counts.
    """

    pixels: np.ndarray
    weights: np.ndarray
    bends: np.ndarray

    def score(self, unit: int | None, pictures: np.ndarray) -> np.ndarray:
        """Score pictures (B, 3, H, W): (B,)."""
        sums = _cells(pictures).mean(-1) @ self.weights[-1 if unit is None else unit]
        return sums + self.bends[-1 if unit is None else unit] * sums**2

    def picture(self, fill: str | None) -> np.ndarray:
        """Give the picture, or what stands for it."""
        mean = np.broadcast_to(self.pixels.mean((1, 2), keepdims=True), self.pixels.shape)
        fills = {
            None: self.pixels,
            "mean": mean,
            "blur": (self.pixels + mean) / 2,
            "background": mean + 0.1,
            "black": mean * 0 - 1,
        }
        return fills[fill].astype(np.float32)

    def input_grad(self, unit: int | None, pictures: np.ndarray) -> np.ndarray:
        """Give the gradient of each picture's score."""
        unit = -1 if unit is None else unit
        sums = _cells(pictures).mean(-1) @ self.weights[unit]
        by_cell = self.weights[unit] * (1 + 2 * self.bends[unit] * sums[:, None]) / (3 * SIDE**2)  # (B, K)
        grid = by_cell.reshape(-1, 1, *GRID).repeat(SIDE, 2).repeat(SIDE, 3)
        return np.broadcast_to(grid, pictures.shape).astype(np.float32)

    def score_masked(self, unit: int | None, kept: np.ndarray, fill: str) -> np.ndarray:
        """Score the picture with patches hidden."""
        cells = kept.reshape(-1, 1, *GRID).repeat(SIDE, 2).repeat(SIDE, 3)
        return self.score(unit, np.where(cells, self.pixels, self.picture(fill))).astype(np.float32)

    def decoded(self, texts: Sequence[str], with_picture: bool) -> np.ndarray:
        """Draw the picture's own pixels, or a tenth of them, the stronger the longer a text is, between 0 and 1."""
        weights = np.array([len(text.strip()) for text in texts]).reshape(-1, 1, 1, 1) / 20
        return (1 / (1 + np.exp(-self.pixels * (1.0 if with_picture else 0.1) * (1 + weights)))).astype(np.float32)


def text_axis() -> TextAxis:
    """Give three words and the whole text; the first is unknown, the last is cut."""
    spans = np.array([(0, 3), (4, 7), (8, 10), (0, 10)])
    kinds = ("word", "word", "word", "text")
    return TextAxis("red cat 猫猫", spans, kinds, np.array([0, 0, 1, 1], bool), np.array([1, 0, 0, 1], bool))


def _weights(rng: np.random.Generator, is_pair: bool, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weights, bends = rng.normal(size=(Q, K))[:, order], rng.normal(size=Q)
    return (np.repeat(weights[:1], Q, 0), np.repeat(bends[:1], Q)) if is_pair else (weights, bends)


def _cells(pictures: np.ndarray) -> np.ndarray:
    """Gather the pixels of every patch of pictures (..., 3, H, W): (..., K, 3 * SIDE * SIDE)."""
    cells = pictures.reshape(*pictures.shape[:-2], GRID[0], SIDE, GRID[1], SIDE)
    cells = np.moveaxis(cells, (-4, -2), (-5, -4))  # (..., rows, columns, 3, SIDE, SIDE)
    return cells.reshape(*pictures.shape[:-3], K, -1)


def _moved_cells(pixels: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Move the patches of a picture (3, H, W) about."""
    cells = _cells(pixels)[order].reshape(*GRID, 3, SIDE, SIDE)
    return cells.transpose(2, 0, 3, 1, 4).reshape(pixels.shape)


def _of_layers(
    blocks: tuple[AttentionBlock, ...], grads: list[np.ndarray], layers: Sequence[int] | None
) -> list[np.ndarray | None]:
    """Give the gradients by weights of some layers, None of a block that has none of them."""
    places = [[place for place, layer in enumerate(block.layers) if layers is None or layer in layers] for block in blocks]
    return [grad[own] if own else None for grad, own in zip(grads, places, strict=True)]


def _blocks(rng: np.random.Generator, target: str, order: np.ndarray) -> tuple[AttentionBlock, ...]:
    return tuple(_block(kind, _moved(kind, _attention(rng, _shape(kind)), order)) for kind in BLOCKS[target])


def _block(kind: str, weights: np.ndarray) -> AttentionBlock:
    patches, words = np.arange(K + 1), np.isin(np.arange(TOKENS), (0, TOKENS - 1))
    places = {  # positions of units, of patches, readout, special
        "self-key": (None, patches[1:], 0, patches == 0),
        "self-query": (POSITIONS, None, TOKENS - 1, words),
        "cross": (POSITIONS, patches[1:], 0, patches == 0),
        "joint": (POSITIONS, TOKENS + patches[1:], 0, np.concatenate([words, patches == 0])),
    }
    return AttentionBlock(kind, weights, tuple(range(len(weights))), *places[kind])


def _shape(kind: str) -> tuple[int, int, int, int]:
    """Say how many layers, heads and positions a block has."""
    text, key = (TEXT_LAYERS, TEXT_HEADS), (LAYERS, HEADS)
    return {
        "self-key": (*key, K + 1, K + 1),
        "self-query": (*text, TOKENS, TOKENS),
        "cross": (*text, TOKENS, K + 1),
        "joint": (*key, TOKENS + K + 1, TOKENS + K + 1),
    }[kind]


def _moved(kind: str, weights: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Move the patches of a block about."""
    before = {"self-key": 1, "cross": 1, "joint": TOKENS + 1, "self-query": None}[kind]
    if before is None:
        return weights
    places = np.concatenate([np.arange(before), before + order])
    return weights[..., places] if kind == "cross" else weights[:, :, places][..., places]


def _attention(rng: np.random.Generator, shape: tuple[int, int, int, int]) -> np.ndarray:
    weights = rng.exponential(size=shape).astype(np.float32)
    return weights / weights.sum(-1, keepdims=True)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
