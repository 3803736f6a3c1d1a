"""What is kept of a forward pass: attention that still has its graph, made into blocks and gradients."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.errors import ModelError
from mmviz.models.tokens import Tokens
from mmviz.results import AttentionBlock

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint

#: Gradients are taken of the score times this and divided again, so that half precision does not lose them; logits reach
#: further than cosines and must not overflow it.
COSINE_SCALE, LOGIT_SCALE = 2.0**10, 2.0**5
#: Bytes of gradients that may be held at once.
HELD = 2**27


@dataclass(frozen=True)
class Look:
    """What to keep of a pass.

    Attributes:
        attention: keep attention weights.
        grad: build the graph for gradients by them.
        layers: of each tower, counted from 0; None means all.
    """

    attention: bool = False
    grad: bool = False
    layers: tuple[int, ...] | None = None

    def picks(self, layers: Sequence[Any]) -> dict[int, Any]:
        """Pick those of a tower's layers whose attention is kept, by their number."""
        return {i: layer for i, layer in enumerate(layers) if self.attention and (self.layers is None or i in self.layers)}


@dataclass(frozen=True)
class Kept:
    """Attention of one tower, in the graph: `attention` is layer -> (1, H, S, S'); the rest is as of an AttentionBlock."""

    kind: str
    attention: dict[int, "torch.Tensor"]
    query_positions: np.ndarray | None
    key_positions: np.ndarray | None
    readout: int
    special: np.ndarray

    def only(self, layers: Sequence[int] | None) -> "Kept":
        """Leave those of its layers that are asked for; None leaves all."""
        own = self.attention.items()
        return self if layers is None else replace(self, attention={n: w for n, w in own if n in layers})

    @property
    def weights(self) -> list["torch.Tensor"]:
        """Weights in the order of layers."""
        return [self.attention[layer] for layer in sorted(self.attention)]

    def block(self) -> AttentionBlock:
        """Copy it out of the graph."""
        weights = np.concatenate([to_numpy(w) for w in self.weights])  # (L, H, S, S')
        layers = tuple(sorted(self.attention))
        return AttentionBlock(self.kind, weights, layers, self.query_positions, self.key_positions, self.readout, self.special)


def gradient(
    kept: Sequence[Kept], scores: "torch.Tensor", scale: float = COSINE_SCALE, rows: Sequence[int] | None = None
) -> Callable[..., list[np.ndarray | None]]:
    """Make the function from a unit to the gradient of its score by every block's weights.

    One pass back serves many scores: as many as `HELD` bytes of gradients allow, kept until another is asked for. It goes no
    further down than the lowest layer that is asked for.

    Args:
        kept: the blocks, in their order.
        scores: shape (N,), in the graph.
        scale: see `COSINE_SCALE`.
        rows: which score is each unit's, shape (Q,); None has one a unit. Units that share a score share its pass.

    Returns:
        unit, layers (None: all) -> for every block the gradient by its weights of those layers, shape (L, H, S, S'), float32; None
        of a block that has none of them.
    """
    of = list(range(len(scores)) if rows is None else rows)
    held: dict[tuple, list[np.ndarray | None]] = {}

    def attention_grad(unit: int, layers: Sequence[int] | None = None) -> list[np.ndarray | None]:
        row, asked = of[unit], None if layers is None else tuple(layers)
        if (row, asked) not in held:
            some = [tower.only(asked) for tower in kept]
            together = max(1, int(HELD // max(sum(4 * w.numel() for tower in some for w in tower.weights), 1)))
            first = row - row % together
            served = range(len(scores))[first : first + together]
            held.clear()
            held.update(zip(((other, asked) for other in served), _gradients(some, scores, served, scale), strict=True))
        return list(held[row, asked])

    return attention_grad


def gradient_of_pair(kept: Sequence[Kept], logit: "torch.Tensor") -> Callable[..., list[np.ndarray | None]]:
    """Make the same function where one score, the logit of the whole pair, is every unit's.

    It is taken at once: a graph that was kept for later would hold the attention of layers nobody asked for.
    """
    whole = gradient(kept, logit[None], LOGIT_SCALE)(0)
    numbers = [sorted(tower.attention) for tower in kept]  # and not `kept`, which holds the graph

    def attention_grad(unit: int, layers: Sequence[int] | None = None) -> list[np.ndarray | None]:
        if layers is None:
            return list(whole)
        places = [[place for place, layer in enumerate(own) if layer in layers] for own in numbers]
        return [found[own] if own else None for found, own in zip(whole, places, strict=True)]

    return attention_grad


def _gradients(kept: Sequence[Kept], scores: "torch.Tensor", rows: Sequence[int], scale: float) -> list[list[np.ndarray | None]]:
    """Go back from some scores at once: for each, every block's gradient, (L, H, S, S')."""
    import torch

    weights = [w for tower in kept for w in tower.weights]
    starts = scale * torch.eye(len(scores), dtype=scores.dtype, device=scores.device)[list(rows)]  # (G, N)
    many, given = len(rows) > 1, {"retain_graph": True, "allow_unused": True}
    found = torch.autograd.grad(scores, weights, starts if many else starts[0], is_grads_batched=many, **given) if weights else ()
    ends = np.cumsum([len(tower.attention) for tower in kept])
    blocks = [
        _stacked(found[end - len(tower.attention) : end], tower.weights, len(rows), scale)
        for tower, end in zip(kept, ends, strict=True)
    ]
    return [[None if block is None else block[place] for block in blocks] for place in range(len(rows))]


def _stacked(
    found: Sequence["torch.Tensor | None"], weights: Sequence["torch.Tensor"], count: int, scale: float
) -> np.ndarray | None:
    """Put the gradients of a block's layers together, unscaled: (G, L, H, S, S'), float32, 0 where nothing depends; None without a layer."""
    import torch

    if not weights:
        return None
    shapes = [(count, *w.shape[1:]) for w in weights]  # (G, H, S, S') each
    layers = [w.new_zeros(shape) if g is None else g.reshape(shape) for g, w, shape in zip(found, weights, shapes, strict=True)]
    return to_numpy(torch.stack(layers, 1).float().div_(scale))


def check_layers(checkpoint: "Checkpoint", layers: tuple[int, ...] | None, depth: int, where: str) -> None:
    """See that the asked layers are there.

    Raises:
        ModelError: none is asked for, or one that is not among 0 to `depth` - 1.
    """
    if layers == ():
        raise ModelError(f"{checkpoint.name} was asked for no layer at all; choose from 0 to {depth - 1}, or all.")
    wrong = [layer for layer in layers or () if not 0 <= layer < depth]
    if wrong:
        raise ModelError(f"{checkpoint.name} has no layer {wrong[0]} in its {where}; there are 0 to {depth - 1}.")


def check_target(checkpoint: "Checkpoint", target: str) -> None:
    """See that the family knows a target.

    Raises:
        ModelError: it does not.
    """
    if target not in checkpoint.family.targets:
        raise ModelError(f'{checkpoint.name} has no target "{target}"; use: {", ".join(checkpoint.family.targets)}.')


def check_known(checkpoint: "Checkpoint", tokens: Tokens, text: str) -> None:
    """See that the model has a token for some part of a text.

    Raises:
        ModelError: it knows no part of it.
    """
    if tokens.unknown.all():
        short = text if len(text) <= 40 else text[:39] + "…"
        raise ModelError(f'{checkpoint.name} knows no part of "{short}"; use other words or another model.')


def check_vocabulary(checkpoint: "Checkpoint", size: int) -> None:
    """See that no token lies beyond the model's vocabulary of `size`.

    Raises:
        ModelError: the tokenizer has more tokens than the model.
    """
    if len(checkpoint.tokenizer) > size:
        sizes = f"{len(checkpoint.tokenizer)} tokens, the model {size}"
        raise ModelError(f"The tokenizer of {checkpoint.name} has {sizes}; give both from one checkpoint.")


def cosines(texts: "torch.Tensor", image: "torch.Tensor") -> "torch.Tensor":
    """Compare each text (Q, D) with one picture (1, D) in float32: (Q,)."""
    return (unit_norm(texts) * unit_norm(image)).sum(-1)


def unit_norm(vectors: "torch.Tensor") -> "torch.Tensor":
    """Scale rows to length 1, in float32; a zero row stays zero."""
    vectors = vectors.float()
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(1e-12)


def to_numpy(tensor: "torch.Tensor") -> np.ndarray:
    """Copy to the CPU as float32."""
    return tensor.detach().float().cpu().numpy()


def unit_states(states: "torch.Tensor", positions: np.ndarray, whole: "torch.Tensor") -> "torch.Tensor":
    """Average the states (S, D) of each unit's tokens: (Q, D), zero where none is read; the last unit's is `whole`, (D,)."""
    import torch

    rows = [states[a:b].mean(0) if b > a else torch.zeros_like(whole) for a, b in positions[:-1]]
    return torch.stack([*rows, whole])


def batches_of_like(sizes: Sequence[Any], most: int) -> Iterator[np.ndarray]:
    """Split what is to be run into batches of like sizes, so that little is computed on padding.

    Args:
        sizes: what each is sorted by, shape (N,): a number, or a tuple of them.
        most: in a batch.

    Yields:
        Places in `sizes`, the smallest first, each once.
    """
    order = np.array(sorted(range(len(sizes)), key=sizes.__getitem__), int)
    yield from (order[start : start + most] for start in range(0, len(order), most))
