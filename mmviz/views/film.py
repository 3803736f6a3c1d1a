"""Shots against clauses: the graph between them, and the matrices beside it."""

from typing import Any

import numpy as np

from mmviz.matchings import Matching
from mmviz.registry import views
from mmviz.views import theme

#: Characters of a clause that are sent to be shown.
SHOWN = 600
#: Shots or clauses up to which likely pairs are drawn beside the decided ones; above, the strongest decided ones only.
DENSE = 150
#: How likely a pair must be to be drawn, and how many edges are drawn at most.
LEAST, MOST = 0.02, 1500
#: Cells up to which whole matrices are sent; cells of all steps together up to which steps are.
CELLS, STEP_CELLS = 90_000, 90_000
#: Standard deviations of the similarities that make a clause e times as good.
SOFT = 0.5


@views.add("film", title="Shots against clauses", takes=("Matching",))
def film(matching: Matching) -> dict[str, Any]:
    """Show which shot belongs to which clause, how likely, and what that changes of the similarities.

    Args:
        matching: S shots, C clauses.

    Returns:
        `shots`: `start`, `end` in seconds, None where only similarities are known; `clauses`: their characters, long ones cut;
        `seconds`: where the last shot ends; `edges`: [shot, clause, p, decided], the strongest first, all pairs of at least `least`
        where neither side has more than 150, else decided ones only; `left_out`: how many pairs of at least `least` are not
        drawn; `none`: how likely each of `shots` and of `clauses` has no partner; `similarity`, `p`, `change`: S * C numbers, base64 of
        little-endian float32, or "" above 90,000; `change` is p minus the share that similarity alone would give: a softmax over the
        shot's row, in which half a standard deviation of all similarities makes a clause e times as good, times the
        probability that the shot has a clause; `steps`: `p` and `none` after each round of message passing but the last, if they
        are known and not too many; `colours`, `diverging`: (256, 4) bytes, base64.
    """
    n_shots, n_clauses = matching.similarity.shape
    edges, left_out = _edges(matching)
    is_small = n_shots * n_clauses <= CELLS
    change = matching.p - _shares(matching) if is_small else None
    return {
        "shots": _shots(matching),
        "clauses": _clauses(matching),
        "seconds": float(matching.shots.ends[-1]) if matching.shots is not None and n_shots else 0.0,
        "edges": edges,
        "left_out": left_out,
        "least": LEAST,
        "none": {"shots": _rounded(matching.null), "clauses": _rounded(matching.clause_null)},
        "similarity": _packed(matching.similarity) if is_small else "",
        "p": _packed(matching.p) if is_small else "",
        "change": _packed(change) if is_small else "",
        "steps": _steps(matching),
        "colours": theme.packed(theme.colours("probability")),
        "diverging": theme.packed(theme.colours("effect")),
    }


def _edges(matching: Matching) -> tuple[list[list[Any]], int]:
    """List the pairs to draw, strongest first, and count the likely ones that are not."""
    decided = {(shot, clause): float(p) for shot, clause, p in matching.edges}
    likely = np.argwhere(matching.p >= LEAST)
    pairs = dict(decided)
    if max(matching.p.shape) <= DENSE:
        pairs |= {(s, c): float(matching.p[s, c]) for s, c in likely.tolist() if (s, c) not in decided}
    ordered = sorted(pairs, key=lambda pair: (pair not in decided, -pairs[pair]) if len(pairs) > MOST else (False, -pairs[pair]))
    drawn = [[s, c, round(pairs[s, c], 4), (s, c) in decided] for s, c in ordered[:MOST]]
    known = {(s, c) for s, c, _, _ in drawn}
    return drawn, sum((s, c) not in known for s, c in likely.tolist())


def _shares(matching: Matching) -> np.ndarray:
    """Give the share of each clause in its shot by similarity alone, shape (S, C); rows sum to 1 - null."""
    similarity = matching.similarity.astype(np.float64)
    logits = similarity / (SOFT * (similarity.std() or 1.0))
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) * (1 - matching.null[:, None])


def _shots(matching: Matching) -> list[dict[str, Any]]:
    if matching.shots is None:
        return [{"start": None, "end": None}] * len(matching.p)
    ends = zip(matching.shots.starts.tolist(), matching.shots.ends.tolist(), strict=True)
    return [{"start": round(start, 3), "end": round(end, 3)} for start, end in ends]


def _clauses(matching: Matching) -> list[str]:
    if matching.clauses is None:
        return [""] * matching.p.shape[1]
    return [label if len(label) <= SHOWN else label[:SHOWN] + "…" for label in matching.clauses.labels]


def _steps(matching: Matching) -> list[dict[str, str]]:
    if matching.steps is None or matching.steps.size > STEP_CELLS:
        return []
    return [{"p": _packed(step), "none": _packed(1 - step.sum(axis=1))} for step in matching.steps[:-1]]


def _rounded(values: np.ndarray) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


def _packed(values: np.ndarray) -> str:
    return theme.packed(values.astype(np.float32))
