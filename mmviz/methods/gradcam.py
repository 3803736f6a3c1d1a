"""Grad-CAM on attention: the part of it that raises each unit's score."""

import numpy as np

from mmviz.methods.attention import looking, picked, rows_of
from mmviz.registry import methods
from mmviz.results import Alignment, Encoding


@methods.add(
    "gradcam",
    title="Grad-CAM",
    needs={"attention", "attention_grad"},
    targets=("prompt", "context", "pair"),
    paper="Selvaraju et al., 2017, arXiv:1610.02391",
)
def gradcam(encoding: Encoding, *, layers: tuple[int, ...] | None = None) -> Alignment:
    """Weigh the attention of chosen layers by how much it raises each unit's score.

    Attention maps take the place of the feature maps, heads that of channels; weights stay apart for every patch,
    as is usual for attention, and what lowers the score is left out.

    Args:
        encoding: attention that reaches patches, and its gradient by each unit's score.
        layers: counted from 0, averaged. None takes the last layer of a picture's tower; where words look at patches it
            takes all, because only the position the score is read from has a gradient in the last.

    Returns:
        Shape (Q, K), scale "relevance", >= 0.

    Raises:
        MethodError: a layer is asked for that the model does not have.

    Source:
        Selvaraju et al., 2017, equations 1 and 2, arXiv:1610.02391; on attention: Li et al., 2021, section 5, arXiv:2107.07651.
    """
    block = looking(encoding, "gradcam")
    index = next(i for i, other in enumerate(encoding.attention) if other is block)
    chosen = block.layers[-1:] if layers is None and block.kind == "self-key" else layers
    places = picked("gradcam", chosen, block.layers, "layers")
    rows = rows_of(block, encoding.query)
    maps = [_map(encoding, index, places, unit, rows[unit]) for unit in range(len(rows))]  # (K,) each
    return encoding.alignment(np.stack(maps), scale="relevance")


def _map(encoding: Encoding, index: int, places: list[int], unit: int, positions: slice) -> np.ndarray:
    """Give one unit's map, shape (K,); zero for one the model does not read."""
    block = encoding.attention[index]
    grad = encoding.attention_grad(unit, [block.layers[place] for place in places])[index]
    if grad is None or positions.start == positions.stop:
        return np.zeros(len(block.key_positions), np.float32)
    raising = np.maximum(grad[:, :, positions] * block.weights[places, :, positions], 0).mean((0, 1, 2))  # (S',)
    return raising[block.key_positions]
