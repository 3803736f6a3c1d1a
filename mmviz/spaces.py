"""What comes out of mapping a shared space: places on a plane, and how far each can be believed."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from mmviz.axes import ItemAxis

MapMethod = Literal["umap", "pca"]
MAP_METHODS: tuple[MapMethod, ...] = ("umap", "pca")


@dataclass(frozen=True)
class Neighbours:
    """Nearest neighbours in the space itself, which no map can bend.

    Attributes:
        places: shape (N, k), int64; the k nearest other items of every item, nearest first.
        distances: shape (N, k), float32; cosine distances (1 - cosine), 0 to 2.
        recall: share of the true neighbours that are among them: 1 where all pairs were compared, else measured on `measured` items.
        measured: on how many items `recall` was measured; 0 where all pairs were compared.
    """

    places: np.ndarray
    distances: np.ndarray
    recall: float = 1.0
    measured: int = 0

    def __post_init__(self):
        _check("distances", self.distances, *self.places.shape)

    @classmethod
    def none(cls, n: int) -> "Neighbours":
        """Stand for those of n items that were not looked for yet."""
        return cls(np.zeros((n, 0), np.int64), np.zeros((n, 0), np.float32), recall=0.0)

    @property
    def k(self) -> int:
        """How many neighbours each item has; 0 where they were not looked for yet."""
        return self.places.shape[1]


@dataclass(frozen=True)
class Belief:
    """How far a map can be believed.

    Attributes:
        trustworthiness: 1 where all neighbours on the map are neighbours in the space (Venna and Kaski, 2001), by cosine, 0 to 1.
        k: among how many neighbours.
        measured: on how many items, drawn at random where that is fewer than there are.
        kept: shape (N,), float32; of every item the share of its k nearest on the map that are among its k nearest in the space.
    """

    trustworthiness: float
    k: int
    measured: int
    kept: np.ndarray

    @property
    def neighbours_kept(self) -> float:
        """The mean share of neighbours kept, 0 to 1."""
        return float(self.kept.mean())


@dataclass(frozen=True)
class Space:
    """Items of one shared space, laid out on a plane.

    Attributes:
        points: shape (N, 2), float32; places on the map, in no unit.
        vectors: shape (N, D), float32, unit norm; the space itself, after centring where `centred`.
        items: N names; `places` say where each stood among what was given of its modality.
        modalities: the names of the modalities there are.
        modality: shape (N,), uint8; which of them every item has.
        neighbours: in the space.
        belief: how far the map can be believed; None for fewer than 4 items, where nothing can be said, and without neighbours.
        pairs: shape (P, 2), int64; items that belong together, one of the first modality and one of the second.
        gap: Euclidean distance between the means of the first two modalities' unit vectors, 0 to 2; None with one modality.
        method, seed: what laid them out.
        centred: every modality's mean was taken off its vectors, and these were made unit again.
        left_out: how many items were given and are not shown, each reason with its number.
        tags: name -> N values, what was said of the items beside.
        added: shape (N,), bool; placed later on a map that was there.
    """

    points: np.ndarray
    vectors: np.ndarray
    items: ItemAxis
    modalities: tuple[str, ...]
    modality: np.ndarray
    neighbours: Neighbours
    belief: Belief | None
    pairs: np.ndarray
    gap: float | None
    method: MapMethod
    seed: int
    centred: bool = False
    left_out: dict[str, int] = field(default_factory=dict)
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    added: np.ndarray | None = None
    model: str = ""
    checkpoint: str = ""

    def __post_init__(self):
        n = len(self.items)
        _check("points", self.points, n, 2)
        _check("vectors", self.vectors, n, self.vectors.shape[-1])
        _check("modality", self.modality, n)
        _check("neighbours", self.neighbours.places, n, self.neighbours.k)
        _check("pairs", self.pairs, len(self.pairs), 2)
        if self.added is None:
            object.__setattr__(self, "added", np.zeros(n, bool))

    def __len__(self) -> int:
        return len(self.items)

    def of(self, modality: int) -> np.ndarray:
        """Give the indices of one modality's items, those added later left out."""
        return np.flatnonzero((self.modality == modality) & ~self.added)

    def tagged(self, tags: dict[str, tuple[str, ...]]) -> "Space":
        """Return the same map with more said of its items."""
        return replace(self, tags={**self.tags, **tags})

    def to_json(self) -> dict[str, Any]:
        """Write the contract's map as a dictionary: `points` are [x, y] in the order of what was given."""
        belief = self.belief
        return {
            "points": self.points.astype(float).round(5).tolist(),
            "modalities": [self.modalities[m] for m in self.modality],
            "places": list(self.items.places or range(len(self.items))),
            "trustworthiness": belief and belief.trustworthiness,
            "k": belief and belief.k,
            "measured": belief and belief.measured,
            "gap": self.gap,
            "neighbours_kept": belief and belief.neighbours_kept,
            "neighbour_recall": self.neighbours.recall,
            "seed": self.seed,
            "method": self.method,
            "centred": self.centred,
            "items": len(self),
            "left_out": dict(self.left_out),
        }


@dataclass(frozen=True)
class Ranking:
    """At which rank the right ones stand, for every query of one way.

    Attributes:
        ranks: shape (Q,), int64, from 1: of the best-placed right one.
        precision: shape (Q,), float64: average precision over all right ones, 0 to 1.
        queries: shape (Q,), int64: which queries; those without a right one are not asked.
        first: shape (Q,), int64: what stands first for each.
    """

    ranks: np.ndarray
    precision: np.ndarray
    queries: np.ndarray
    first: np.ndarray

    @property
    def figures(self) -> dict[str, float]:
        """Recall at 1, 5 and 10, the median rank and the mean average precision."""
        shares = {f"r{k}": round(float(np.mean(self.ranks <= k)), 4) for k in (1, 5, 10)}
        return {**shares, "median_rank": float(np.median(self.ranks)), "map": round(float(np.mean(self.precision)), 4)}


@dataclass(frozen=True)
class Retrieval:
    """Retrieval both ways in a space of two modalities, and how far these stand apart.

    Attributes:
        text_to_image, image_to_text: the ranks of each way.
        gap: as of a Space.
    """

    text_to_image: Ranking
    image_to_text: Ranking
    gap: float

    def to_json(self) -> dict[str, Any]:
        """Write the contract's retrieval as a dictionary."""
        return {"text_to_image": self.text_to_image.figures, "image_to_text": self.image_to_text.figures, "gap": self.gap}


def _check(name: str, array: np.ndarray, *shape: int) -> None:
    if tuple(array.shape) != shape:
        raise ValueError(f"{name} must have shape {shape}, got {tuple(array.shape)}")
