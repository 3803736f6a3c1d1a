"""Truth figures of matchers on fresh worlds whose matching is known: pairs that are right, and how sure they rightly are.

Worlds come from the split "evaluate", which no training has seen.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mmviz.matchings import Matching
from mmviz.registry import matchers
from mmviz.space.figures import Figure
from mmviz.worlds.matches import NOISES, ORDERS, MatchWorld, generator, world

SPLIT = "evaluate"
NET = "gnn"
#: Bins of probabilities in which decided pairs are compared with how many of them are right.
BINS = 15
#: What worlds are made otherwise in, to see whether a matcher that learned still holds: at one noise, in every order.
OTHERWISE: dict[str, dict[str, Any]] = {
    "dimension_16": {"dimension": 16},
    "dimension_128": {"dimension": 128},
    "dimension_512": {"dimension": 512},
    "hubness_0.75": {"hubness": 0.75},
    "hubness_1.5": {"hubness": 1.5},
    "events_60": {"events": (55, 65)},
}
NOISE = 0.8


def evaluate(model: str, *, seed: int, count: int, progress: Callable[[str], None] = lambda what: None) -> dict[str, Any]:
    """Measure the bundled matcher beside all others; see `figures`."""
    return {"model": model, "seed": seed, "count": count, **figures(seed, count, progress=progress)}


def figures(
    seed: int, count: int, names: Sequence[str] = (), progress: Callable[[str], None] = lambda what: None
) -> dict[str, Any]:
    """Measure matchers.

    Args:
        seed: of the worlds.
        count: worlds in all, over four orders and four noises; the others, robustness, take a third of as many.
        names: of matchers; none for all of them.
        progress: told what comes next.

    Returns:
        `f1`: order -> matcher -> the mean over worlds and noises; `calibration` of the network: `error`, the expected calibration error
        of its decided pairs, and `sure_right`, how many of those of at least .8 are right; `robust`: condition -> matcher -> F1, the mean
        over orders. Each figure is `{value, n, chance}`, n the worlds (of calibration, the pairs).
    """
    names = list(names) or [entry.name for entry in matchers]
    cell = max(1, count // (len(ORDERS) * len(NOISES)))
    f1: dict[str, Any] = {}
    decided = []
    for o, order in enumerate(ORDERS):
        progress(f"order {order}")
        worlds = [world(generator(SPLIT, 13, seed, o, n, i), order, noise) for n, noise in enumerate(NOISES) for i in range(cell)]
        made = {name: [matchers[name].run(one.similarity) for one in worlds] for name in names}
        f1[order] = {name: mean_f1(worlds, found) for name, found in made.items()}
        decided += zip(worlds, made.get(NET, ()), strict=False)
    found: dict[str, Any] = {"f1": f1}
    if decided:
        found["calibration"] = calibration(decided)
    return found | {"robust": _robust(seed, max(1, cell // 3), [n for n in names if n in ("gnn", "hmm", "hungarian")], progress)}


def mean_f1(worlds: list[MatchWorld], found: list[Matching]) -> Figure:
    """Give the mean F1 of decided pairs over worlds; a wrong clause is a false positive and a false negative."""
    values = [f1_of(clauses_of(one), truth.clause_of) for one, truth in zip(found, worlds, strict=True)]
    chance = [f1_at_random(truth) for truth in worlds]
    return {"value": round(float(np.mean(values)), 4), "n": len(values), "chance": float(f"{np.mean(chance):.4g}")}


def clauses_of(found: Matching) -> np.ndarray:
    """Give the decided clause of every shot, shape (S,), -1 for none."""
    clause_of = np.full(len(found.p), -1)
    for shot, clause, _ in found.edges:
        clause_of[shot] = clause
    return clause_of


def f1_of(decided: np.ndarray, truth: np.ndarray) -> float:
    """Give the F1 of decided clauses, shape (S,), -1 for none; 1 where nothing is to be found and nothing is decided."""
    right = ((decided == truth) & (truth >= 0)).sum()
    count = (decided >= 0).sum() + (truth >= 0).sum()
    return float(2 * right / count) if count else 1.0


def f1_at_random(one: MatchWorld) -> float:
    """Give the F1 that is expected of a clause drawn for every shot."""
    n_shots, n_clauses = one.similarity.shape
    true = (one.clause_of >= 0).sum()
    return float(2 * true / n_clauses / (n_shots + true))


def calibration(decided: list[tuple[MatchWorld, Matching]]) -> dict[str, Figure]:
    """Compare how sure decided pairs are with how many are right.

    Source:
        Naeini, Cooper and Hauskrecht, 2015, AAAI: expected calibration error, over bins of equal width.
    """
    rows = [(p, truth.clause_of[shot] == clause) for truth, found in decided for shot, clause, p in found.edges]
    sure, right = np.array([p for p, _ in rows]), np.array([is_right for _, is_right in rows])
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [(bins == b).mean() * abs(sure[bins == b].mean() - right[bins == b].mean()) for b in np.unique(bins)]
    high = right[sure >= 0.8]
    return {
        "error": {"value": round(float(np.sum(gaps)), 4), "n": len(rows), "chance": 0.0},
        "sure_right": {"value": round(float(high.mean()), 4) if len(high) else 0.0, "n": len(high), "chance": 0.0},
    }


def _robust(seed: int, cell: int, names: list[str], progress: Callable[[str], None]) -> dict[str, Any]:
    found = {}
    for c, (condition, said) in enumerate(OTHERWISE.items()):
        progress(condition)
        places = [(o, order, i) for o, order in enumerate(ORDERS) for i in range(cell)]
        worlds = [world(generator(SPLIT, 14, seed, c, o, i), order, NOISE, **said) for o, order, i in places]
        found[condition] = {name: mean_f1(worlds, [matchers[name].run(one.similarity) for one in worlds]) for name in names}
    return found
