"""What a map is judged by: everything a score may read, made before and handed in."""

from dataclasses import dataclass

import numpy as np

from mmviz.results import Alignment


@dataclass(frozen=True)
class Masked:
    """One unit's scores while parts of the picture are hidden under one fill.

    Attributes:
        sizes: shape (S + 1,), int: how many patches are kept at every step, from 0 to all.
        strongest: shape (S + 1,): with the strongest patches of the judged map kept.
        weakest: shape (S + 1,): with its weakest kept.
        random: shape (N, S + 1): with the first of N random orders kept.
    """

    sizes: np.ndarray
    strongest: np.ndarray
    weakest: np.ndarray
    random: np.ndarray

    def __post_init__(self):
        steps = self.sizes.shape
        shapes = {"strongest": self.strongest.shape, "weakest": self.weakest.shape, "random": self.random.shape[1:]}
        wrong = {name: shape for name, shape in shapes.items() if shape != steps}
        if wrong:
            raise ValueError(f"there must be {len(self.sizes)} steps, got {wrong}")


@dataclass(frozen=True)
class Evidence:
    """One unit's map with all that it is judged by; what is not there is None.

    Attributes:
        alignment: the maps of all units.
        row: of the judged one.
        masked: fill -> scores while parts of the picture are hidden.
        boxes: shape (N, 4): where the unit's things are, x0, y0, x1, y1 as fractions of the picture.
        shuffled: shape (K,): the same method's map, the more the nearer, of a model whose blocks are random.
        others: the alignments of other methods.
    """

    alignment: Alignment
    row: int
    masked: dict[str, Masked] | None = None
    boxes: np.ndarray | None = None
    shuffled: np.ndarray | None = None
    others: tuple[Alignment, ...] | None = None

    @property
    def strengths(self) -> np.ndarray:
        """The judged map, shape (K,), the more the nearer."""
        return strengths(self.alignment)[self.row]

    @property
    def is_flat(self) -> bool:
        """The map is the same everywhere and points at nothing, as that of a word the model does not read."""
        return is_flat(self.strengths)


def strengths(alignment: Alignment) -> np.ndarray:
    """Give maps as "the more, the nearer", shape (Q, K): costs are turned round."""
    return -alignment.scores if alignment.scale == "cost" else alignment.scores


def weights(alignment: Alignment) -> np.ndarray:
    """Give maps as weights, shape (Q, K), >= 0.

    Masses, relevance and probabilities are weights as they are; of an effect what raises the score is. Cosines and costs
    have no zero that means nothing, so of them what lies above the map's own mean counts.
    """
    maps = strengths(alignment)
    if alignment.scale in ("cosine", "cost"):
        maps = maps - maps.mean(1, keepdims=True)
    return np.clip(maps, 0, None)


def is_flat(values: np.ndarray) -> bool:
    """Tell whether a map is the same everywhere."""
    return bool(np.ptp(values) == 0)
