"""Matchings of shots and clauses made up for tests: every pair's probability known, pictures and all."""

from collections.abc import Callable

import numpy as np

from mmviz.axes import ShotAxis, TextAxis
from mmviz.matchings import Matching


def made(rng: np.random.Generator, n_shots: int = 7, n_clauses: int = 5, text_of: Callable[[int], str] | None = None) -> Matching:
    """Make a matching of shots of 1 to 3 seconds; a shot belongs to the clause it is likeliest of, if that beats none."""
    labels = [(text_of or (lambda i: f"clause {i} is told here,"))(i) for i in range(n_clauses)]
    similarity = rng.uniform(0.1, 0.5, (n_shots, n_clauses)).astype(np.float32)
    shares = rng.dirichlet(np.full(n_clauses + 1, 0.4), n_shots).astype(np.float32)
    p, null = shares[:, :-1], 1 - shares[:, :-1].sum(1)
    best = p.argmax(1)
    edges = tuple((s, int(c), float(p[s, c])) for s, c in enumerate(best) if p[s, c] > null[s])
    bounds = np.concatenate([[0], rng.uniform(1, 3, n_shots).cumsum()])
    shots = ShotAxis(bounds[:-1], bounds[1:], bounds[:-1] + np.diff(bounds) / 2)
    pictures = tuple(rng.integers(0, 256, (54, 96, 3), np.uint8) for _ in range(n_shots))
    return Matching(similarity, p, null, (1 - p).prod(0), edges, "gnn", shots=shots, clauses=clauses(labels), pictures=pictures)


def clauses(labels: list[str]) -> TextAxis:
    """Set clauses side by side, without loss."""
    ends = np.cumsum([0, *map(len, labels)])
    n = len(labels)
    none = np.zeros(n, bool)
    return TextAxis("".join(labels), np.stack([ends[:-1], ends[1:]], 1), ("clause",) * n, none, none)
