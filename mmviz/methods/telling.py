"""What is to be said of a matching beside its edges: that the text has no order, that shots look alike."""

import numpy as np

from mmviz.matchings import Matching
from mmviz.methods.pair_features import Material, of_one
from mmviz.trusts import Remark

#: How likely the chain that jumps must be for a text to have no order; shots and clauses from which it is asked.
NO_ORDER, ASKED = 0.8, 5
#: Pairs up to which the chains are asked once more.
CELLS = 250_000
#: Cosine of two shots that look alike, and correlation of their rows where vectors are not known; groups that are named.
ALIKE, ALIKE_ROWS, GROUPS = 0.97, 0.95, 20
#: Pairs of shots that look alike are looked at up to so many.
PAIRS = 20_000
#: Shots a clause from which it is said that the graph network learned shorter runs: on made-up films it is level with the chain at three,
#: behind it by .2 at six.
MANY = 4
#: A clause is a rival from this share of the decided one's probability.
RIVAL = 0.5


def remarks(matching: Matching) -> tuple[Remark, ...]:
    """Say what asks for care.

    Args:
        matching: any; vectors of its shots are used where they are known.

    Returns:
        "no_order", with `p`, how likely the text tells things in no order at all: then order helps nothing; "ambiguous_shots", with
        `groups` of shots that look alike, lie apart and could change clauses, and `n` of these; "few_clauses", with `shots` a clause,
        where there are more than the graph network has learned runs of; "nothing_matches" where no pair is decided.
    """
    found = []
    if matching.matcher == "gnn" and len(matching.p) >= MANY * matching.p.shape[1]:
        found.append(Remark("few_clauses", {"shots": round(len(matching.p) / matching.p.shape[1])}))
    if min(matching.p.shape) >= ASKED and matching.p.size <= CELLS and not matching.constraints.chronological:
        loose = _loose(matching)
        if loose > NO_ORDER:
            found.append(Remark("no_order", {"p": round(loose, 3)}, True))
    groups = _alike(matching)
    if groups:
        found.append(Remark("ambiguous_shots", {"n": len(groups), "groups": groups[:GROUPS]}, True))
    if not matching.edges:
        found.append(Remark("nothing_matches", {}, True))
    return tuple(found)


def _loose(matching: Matching) -> float:
    """Say how likely the chain of a text in no order is, beside the others."""
    shape = matching.similarity.shape
    return float(of_one(Material(matching.similarity, *matching.order.of(shape), np.zeros(shape, np.int8))).weights[0, -1])


def _alike(matching: Matching) -> list[list[int]]:
    """Find shots that look alike, have others between them, and of which one could show another's clause."""
    likeness, least = _likeness(matching)
    if likeness is None:
        return []
    decided = {shot: clause for shot, clause, _ in matching.edges}
    joined = {shot: {shot} for shot in range(len(likeness))}
    for a, b in np.argwhere(np.triu(likeness >= least, 2))[:PAIRS].tolist():
        if decided.get(a) != decided.get(b) and (_could(matching, a, decided.get(b)) or _could(matching, b, decided.get(a))):
            both = joined[a] | joined[b]
            joined |= dict.fromkeys(both, both)
    groups = {tuple(sorted(group)) for group in joined.values() if len(group) > 1}
    return [list(group) for group in sorted(groups)]


def _likeness(matching: Matching) -> tuple[np.ndarray | None, float]:
    if matching.shot_embeds is not None:
        return matching.shot_embeds @ matching.shot_embeds.T, ALIKE
    if matching.p.shape[1] < ASKED or len(matching.p) < 2:
        return None, ALIKE_ROWS
    rows = matching.similarity - matching.similarity.mean(1, keepdims=True)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows @ rows.T, ALIKE_ROWS


def _could(matching: Matching, shot: int, clause: int | None) -> bool:
    """Tell whether a shot could as well show another's clause."""
    return clause is not None and bool(matching.p[shot, clause] >= RIVAL * matching.p[shot].max() > 0)
