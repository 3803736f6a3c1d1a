"""A graph network on all pairs of a shot and a clause: trained in torch (`mmviz/training/film_matcher.py`), run in NumPy here."""

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from mmviz.errors import ModelError
from mmviz.matchings import FREE, LINKED, Constraints, Matching, Order
from mmviz.methods.deciding import checked, matching
from mmviz.methods.pair_features import NAMES, Material, columns
from mmviz.methods.pair_grids import Grid, Pruned
from mmviz.registry import matchers

NAME, WEIGHTS = "film-matcher", "model.safetensors"
#: Pairs up to which all are nodes of the graph; of larger matrices each shot keeps its likeliest clauses.
DENSE, KEPT = 250_000, 24


@matchers.add(
    "gnn",
    title="Graph network",
    needs={"similarity"},
    paper="Gilmer et al., 2017, arXiv:1704.01212; Fey et al., 2020, arXiv:2001.09621",
)
def gnn(similarity: np.ndarray, order: Order = LINKED, constraints: Constraints = FREE) -> Matching:
    """Let pairs tell their neighbours in film and text how well they fit, four times over, then decide every shot.

    It reads normalised similarities and the beliefs of three hidden Markov models, not vectors, so that it serves any encoder.

    Args:
        similarity: shape (S, C), higher is nearer, at most 4,000,000 pairs (2,000 x 2,000). Above 250,000 the graph has the 24
            likeliest clauses of every shot.
        order: the links between neighbours, over which messages go.
        constraints: pairs fixed and forbidden, which neighbours hear of; under `chronological` what is told is read in the film's
            order.

    Returns:
        The matching; `p` is calibrated on drawn worlds, `steps` are the probabilities after each of the steps.

    Raises:
        MethodError: as of `checked`.
        ModelError: its weights are not there.

    Source:
        Own; messages between pairs as Gilmer et al., 2017, equations 1 and 2, and Fey et al., 2020, on the association graph.
    """
    similarity = checked(similarity, order, constraints)
    states = constraints.states(similarity.shape)
    told, place = _read(Material(similarity, *order.of(similarity.shape), states))
    steps = list(_steps(weights(), told, place, states))
    found = matching(similarity, steps[-1], None, (order, constraints), matcher="gnn")
    return replace(found, steps=np.stack([*(p for p, _ in steps[:-1]), found.p]).astype(np.float32))


def weights() -> dict[str, np.ndarray]:
    """Read the trained weights, once as long as the file stays.

    Raises:
        ModelError: they are not there or cannot be read.
    """
    path = Path(os.environ.get("MMVIZ_MODELS") or Path(__file__).parents[2] / "models") / NAME / WEIGHTS
    if not path.is_file():
        raise ModelError(f"{NAME} is not in {path.parent.parent}; make it with: make train-{NAME}.")
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return {name: array.astype(np.float32) for name, array in load_file(path).items()}
    except SafetensorError as error:
        raise ModelError(f"{path.name} of {NAME} is damaged; fetch the repository again, or run: make train-{NAME}.") from error


def _read(material: Material) -> tuple[np.ndarray, Grid | Pruned]:
    """Give what is known of each pair that is a node, shape (..., F), float32, and where the nodes are."""
    told, _ = columns([material])
    if material.similarity.size <= DENSE:
        place = Grid(material.similarity.shape, material.shot_links, material.clause_links)
        return np.stack([one[0] for one in told], -1).astype(np.float32), place
    count = min(KEPT, material.similarity.shape[1])
    worth = told[NAMES.index("log_blended")][0] + told[NAMES.index("log_odds")][0]
    kept = np.sort(np.argpartition(-worth, count - 1, axis=1)[:, :count], axis=1)  # (S, count)
    place = Pruned(kept, material.similarity.shape[1], material.shot_links, material.clause_links)
    return np.stack([one[0][place.rows, place.columns] for one in told], -1).astype(np.float32), place


def _steps(
    given: dict[str, np.ndarray], told: np.ndarray, place: Grid | Pruned, states: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pass messages; gives p (S, C) and null (S,) after every step."""
    h = np.maximum(_linear(given, "into", told), 0)
    layers = sorted({name.split(".")[1] for name in given if name.startswith("layers.")}, key=int)
    for layer in layers:
        h = _step(given, f"layers.{layer}", h, place)
        yield _shares(given, h, place, states)


def _step(given: dict[str, np.ndarray], layer: str, h: np.ndarray, place: Grid | Pruned) -> np.ndarray:
    heard = place.neighbours(h, given[f"{layer}.neighbours"])
    heard += place.by_row(_linear(given, f"{layer}.by_row", place.row(h)))
    heard += place.by_column(_linear(given, f"{layer}.by_column", place.column(h)))
    heard += _linear(given, f"{layer}.by_all", place.mean(h))
    h = h + _linear(given, f"{layer}.out", np.maximum(heard, 0, out=heard))
    h -= h.mean(-1, keepdims=True)
    h /= np.sqrt(np.square(h).mean(-1, keepdims=True) + 1e-5)  # layer normalisation, as torch has it
    return h * given[f"{layer}.norm.weight"] + given[f"{layer}.norm.bias"]


def _shares(
    given: dict[str, np.ndarray], h: np.ndarray, place: Grid | Pruned, states: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Read probabilities off what stands in the nodes."""
    pairs = place.matrix(_linear(given, "pair", h)[..., 0], -1e9)
    pairs[states == -1] = -1e9
    row = place.row(h)
    row = np.concatenate([row, np.broadcast_to(place.mean(h), (len(row), h.shape[-1]))], -1)
    none = _linear(given, "none_out", np.maximum(_linear(given, "none_in", row), 0))
    none[(states == 1).any(1)] = -1e9
    logits = np.concatenate([pairs, none], 1) / given["temperature"]
    grown = np.exp(logits - logits.max(1, keepdims=True))
    grown /= grown.sum(1, keepdims=True)
    return grown[:, :-1], grown[:, -1]


def _linear(given: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    return x @ given[f"{name}.weight"].T + given[f"{name}.bias"]
