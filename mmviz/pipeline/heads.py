"""Which layer and head is right: every one's map judged by how soon the score goes when its strongest patches are hidden."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.errors import MethodError, ModelError
from mmviz.pipeline import judging
from mmviz.pipeline.doors import depth_of, read_image, read_text
from mmviz.pipeline.judging import Case
from mmviz.pipeline.multiples import methods_under
from mmviz.pipeline.pairs import align_many
from mmviz.pipeline.vectors import Watch
from mmviz.results import Alignment
from mmviz.samples import Text
from mmviz.trust import curves
from mmviz.trust.evidence import is_flat, strengths
from mmviz.trusts import Random

if TYPE_CHECKING:
    from mmviz.pipeline.doors import Picture

#: Options a method must take for its map to be had of one head of one layer.
OPTIONS = ("layers", "heads")


@dataclass(frozen=True)
class Heads:
    """The deletion of one unit's map of every layer and head.

    Attributes:
        areas: shape (L, H), float32, in the unit of the score: its mean while the head's strongest patches are hidden first;
            less is better. NaN where a map is the same everywhere and has no strongest patch.
        better: shape (L, H), share of random orders that do worse, 0 to 1; NaN as above.
        random: the same mean along random orders.
        fill: what stands where patches are hidden.
        unit: the judged unit's text.
        method, model, target: what drew the maps.
        kind: of the score, "cosine", "match_probability" or "logit".
    """

    areas: np.ndarray
    better: np.ndarray
    random: Random
    fill: str
    unit: str
    method: str
    model: str
    target: str
    kind: str

    def __post_init__(self):
        if self.areas.ndim != 2 or self.better.shape != self.areas.shape:
            raise ValueError(f"areas and better must be layers x heads, got {self.areas.shape} and {self.better.shape}")

    @property
    def ranks(self) -> np.ndarray:
        """Place of every head, shape (L, H), int: 1 where the score goes soonest, equals share the better place; 0 for flat maps."""
        known = self.areas[np.isfinite(self.areas)]
        places = 1 + (known[None, None, :] < self.areas[:, :, None]).sum(-1)
        return np.where(np.isfinite(self.areas), places, 0)

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary, null for flat maps."""
        names = ("fill", "unit", "method", "model", "target", "kind")
        band = {name: getattr(self.random, name) for name in ("mean", "low", "high", "n")}
        tables = {name: _nulled(getattr(self, name)) for name in ("areas", "better")}
        return {name: getattr(self, name) for name in names} | tables | {"ranks": self.ranks.tolist(), "random": band}


def judge_heads(
    alignment: Alignment,
    text: str | Text,
    image: "Picture",
    *,
    row: int | None = None,
    device: str = "auto",
    store: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Heads:
    """Judge the map of every layer and head by deletion.

    All maps come out of one encoding. Every head has the picture seen with patches hidden in steps; nothing and everything
    hidden are seen once, and the random orders beside them are those of `judge`, kept for both.

    Args:
        alignment: what `align` gave for the same text and picture, by any method.
        text, image: that pair.
        row: of the judged unit, counted from 0; None takes the last, which is the whole text.
        device, store: as of `align`.
        progress: told (done, total) in pictures seen.
        cancelled: asked between pictures whether to stop.

    Returns:
        Areas of L layers and H heads of the first method that takes both, the alignment's own before others.

    Raises:
        MethodError: there is no such row, or no method takes layers and heads with model and target.
        ModelError: the model cannot be run, does not say how many layers it has, or is no longer the one that made the map.
        Stopped: `cancelled` said so.

    Source:
        Petsiuk et al., 2018, section 4.3, arXiv:1806.07421, of each head's map.
    """
    case = Case(alignment, judging.check_row(alignment, row), read_text(text), read_image(image), device, store)
    method, cells = method_of_heads(alignment), _cells(alignment)
    fill, watch = judging.fills_of(alignment)[0], Watch(progress, cancelled)
    maps = _maps(case, method, cells)  # (L * H, K)
    scores, random = _scores(case, method, maps, fill, watch)
    sizes = curves.sizes(maps.shape[1])
    areas, chance = curves.area(scores, sizes), curves.area(random, sizes)  # (L * H,), (N,)
    judged = [curves.compared(area, chance, fill, more_is_better=False) for area in areas]
    flat, shape = np.array([is_flat(found) for found in maps]), (1 + cells[-1][0], 1 + cells[-1][1])
    table = {
        "areas": np.where(flat, np.nan, areas).astype(np.float32).reshape(shape),
        "better": np.where(flat, np.nan, [area.better for area in judged]).reshape(shape),
    }
    made = {"unit": alignment.query.labels[case.row], "method": method, "model": alignment.model, "target": alignment.target}
    return Heads(**table, random=judged[0].random, fill=fill, kind=alignment.score.kind, **made)


def method_of_heads(alignment: Alignment) -> str:
    """Name the method whose map can be had of one head of one layer: the alignment's own where it can, else the first that can.

    Raises:
        MethodError: none can with its model and target.
    """
    able = [entry.name for entry in methods_under(alignment.model, alignment.target, OPTIONS)]
    if not able:
        raise MethodError(f"No method takes layers and heads with {alignment.model}; choose another model.")
    return alignment.method if alignment.method in able else able[0]


def passes_of_heads(alignment: Alignment) -> int:
    """Count the pictures with hidden patches a model sees for all heads, when nothing of it is kept yet; 0 without any head."""
    layers, count = depth_of(alignment.model, alignment.target)
    random = judging.orders_of(alignment) if layers * count else 0
    return (curves.STEPS - 1) * (layers * count + random)


def _cells(alignment: Alignment) -> list[tuple[int, int]]:
    layers, count = depth_of(alignment.model, alignment.target)
    if not layers * count:
        raise ModelError(f"The config of {alignment.model} does not say how many layers and heads it has; choose another model.")
    return [(layer, head) for layer in range(layers) for head in range(count)]


def _maps(case: Case, method: str, cells: list[tuple[int, int]]) -> np.ndarray:
    """Draw the judged unit's map of every head, (L * H, K), the more the nearer."""
    alignment, requests = case.alignment, [(method, {"layers": (layer,), "heads": (head,)}) for layer, head in cells]
    said = {"model": alignment.model, "unit": case.unit, "target": alignment.target, "device": case.device, "store": False}
    return np.stack([strengths(found)[case.row] for found in align_many(case.query, case.key, requests, **said)])


def _scores(case: Case, method: str, maps: np.ndarray, fill: str, watch: Watch) -> tuple[np.ndarray, np.ndarray]:
    """Score the unit with every head's weakest patches kept, (L * H, S + 1), beside random ones, (N, S + 1), or find both kept."""
    from mmviz.storage import tables

    name = case.name(heads=method, row=case.row, fill=fill, steps=curves.STEPS, seed=curves.SEED) if case.store else ""
    table, known = judging.kept_table(case, fill), tables.find(name) if case.store else None
    if known is not None and table is not None and known.shape == (len(maps), curves.STEPS + 1):
        return known, table[case.row]
    total = (curves.STEPS - 1) * (len(maps) + (0 if table is not None else judging.orders_of(case.alignment)))
    weakest = np.stack([curves.strongest_first(found)[::-1] for found in maps])  # (L * H, K)
    scores, random = judging.beside_random(case, fill, weakest, table, lambda done: watch.step(done, total))
    watch.step(total, total)
    if case.store:
        tables.keep(name, scores)
    return scores, random


def _nulled(values: np.ndarray) -> list[list[float | None]]:
    return [[value if np.isfinite(value) else None for value in row] for row in values.astype(float).tolist()]
