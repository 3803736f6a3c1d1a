"""From probabilities to a decided matching: which pairs are drawn, and how a known order and known pairs are kept."""

from typing import Any

import numpy as np

from mmviz.errors import MethodError
from mmviz.matchings import Constraints, Matching, Order
from mmviz.methods.chain import ONWARD, log_odds, posterior, standardised

#: Pairs of the largest matrix that is matched, and shots or clauses of its longer side.
LARGEST, LONGEST = 4_000_000, 5_000
#: Share of shots that show a clause, before anything is known.
PRIOR = 0.68
#: Odds that stand for certainty.
SURE = 40.0


def checked(similarity: np.ndarray, order: Order, constraints: Constraints) -> np.ndarray:
    """See that a matrix and what is known of it can be matched.

    Returns:
        The matrix, float32.

    Raises:
        MethodError: it is no matrix of finite numbers, empty, or too large; links are of another number; a pair lies outside,
            is fixed and forbidden, or a shot is fixed twice.
    """
    array = np.asarray(similarity)
    if array.ndim != 2 or array.dtype.kind not in "fiu" or not array.size:
        what = f"an array of shape {array.shape} and type {array.dtype}"
        raise MethodError(f"Similarities are {what}; give numbers in rows of shots and columns of clauses.")
    check_size(*array.shape)
    if not np.isfinite(array).all():
        raise MethodError("A similarity is no finite number; write 0 where nothing is known.")
    for name, links, n in (("shots", order.shots, array.shape[0]), ("clauses", order.clauses, array.shape[1])):
        if links is not None and len(links) != n - 1:
            raise MethodError(f"There are {len(links)} links between {n} {name}; give {n - 1}.")
    _check_pairs(constraints, array.shape)
    return array.astype(np.float32)


def check_size(n_shots: int, n_clauses: int, longest: int | None = None) -> None:
    """See that so many shots and clauses can be matched.

    Args:
        n_shots, n_clauses: how many there are.
        longest: of a side, where the matcher takes fewer than others do.

    Raises:
        MethodError: there are too many.
    """
    given = f"There are {n_shots:,} shots and {n_clauses:,} clauses"
    if longest is not None and max(n_shots, n_clauses) > longest:
        raise MethodError(f"{given}; this matcher takes {longest} of each. Choose gnn or hmm, or give a part.")
    if max(n_shots, n_clauses) > LONGEST or n_shots * n_clauses > LARGEST:
        rule = f"{LONGEST:,} of each and {LARGEST:,} pairs are matched at most"
        raise MethodError(f"{given}; {rule}. Merge neighbours, or give a part.")


def _check_pairs(constraints: Constraints, shape: tuple[int, int]) -> None:
    for kind, least in (("fixed", -1), ("forbidden", 0)):
        for shot, clause in getattr(constraints, kind):
            if not (0 <= shot < shape[0] and least <= clause < shape[1]):
                rule = f"shots are 0 to {shape[0] - 1}, clauses {least} to {shape[1] - 1}"
                raise MethodError(f"The {kind} pair ({shot}, {clause}) lies outside; {rule}.")
    shots = [shot for shot, _ in constraints.fixed]
    twice = next((shot for shot in shots if shots.count(shot) > 1), None)
    if twice is not None:
        raise MethodError(f"Shot {twice} is fixed twice; a shot has one clause at most.")
    both = sorted(set(constraints.fixed) & set(constraints.forbidden))
    if both:
        raise MethodError(f"The pair {both[0]} is fixed and forbidden; take one of these back.")
    clauses = [clause for _, clause in sorted(constraints.fixed) if clause >= 0]
    if constraints.chronological and clauses != sorted(clauses):
        raise MethodError("The fixed pairs go back in the text, which is said to be chronological; take one of these back.")


def odds_alone(similarity: np.ndarray, known: np.ndarray, mean: float) -> np.ndarray:
    """Give the log odds of each pair against none by its similarity alone, shape (S, C); -inf where a pair cannot be."""
    odds = log_odds(standardised(similarity), np.array(mean)) + np.log(PRIOR / (1 - PRIOR) / similarity.shape[1])
    return np.where(known == 1, SURE, np.where(known == -1, -np.inf, odds))


def worth(similarity: np.ndarray, known: np.ndarray, threshold: float) -> np.ndarray:
    """Give what each pair gains, in standard deviations above its row's and column's level and `threshold`; -inf where it cannot be.

    Raises:
        MethodError: `threshold` lies outside of -5 to 5.
    """
    if not -5 <= threshold <= 5:
        raise MethodError(f"threshold is {threshold}; choose a number from -5 to 5.")
    return np.where(known == 1, SURE, np.where(known == -1, -np.inf, standardised(similarity) - threshold))


def shares(odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn log odds against none into probabilities, every shot for itself: p (S, C) and null (S,)."""
    top = np.maximum(odds.max(1, keepdims=True), 0)
    grown, none = np.exp(odds - top), np.exp(-top)
    total = grown.sum(1, keepdims=True) + none
    return grown / total, (none / total)[:, 0]


def onward(odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the probabilities under the condition that the text never goes back: p (S, C) and null (S,)."""
    ones = (np.ones(max(n - 1, 0)) for n in odds.shape)
    p, null, _ = posterior(odds - np.log(PRIOR / (1 - PRIOR) / odds.shape[1]), ONWARD, *ones)
    return p, null


def best_onward(gains: np.ndarray) -> np.ndarray:
    """Find the clauses of most gain that never go back; a shot may have none.

    Args:
        gains: of each pair, shape (S, C); a shot without a clause gains 0.

    Returns:
        Shape (S,), int, -1 for none.

    Source:
        Needleman and Wunsch, 1970, Journal of Molecular Biology 48, with gaps that cost nothing and clauses that may be kept.
    """
    n_shots, n_clauses = gains.shape
    best, came = np.zeros(n_clauses), np.zeros((n_shots, n_clauses), np.int32)
    taken = np.zeros((n_shots, n_clauses), bool)
    for shot in range(n_shots):
        top = np.maximum.accumulate(best)
        came[shot] = np.maximum.accumulate(np.where(best >= top, np.arange(n_clauses), 0))
        taken[shot] = gains[shot] > 0
        best = top + np.maximum(gains[shot], 0)
    clause_of, clause = np.full(n_shots, -1), int(best.argmax())
    for shot in range(n_shots - 1, -1, -1):
        if taken[shot, clause]:
            clause_of[shot] = clause
        clause = int(came[shot, clause])
    return clause_of


def most_expected(p: np.ndarray, null: np.ndarray, is_onward: bool = False) -> np.ndarray:
    """Decide for the pairs by which the expected F1 is greatest.

    Args:
        p, null: shapes (S, C) and (S,).
        is_onward: the clauses may not go back.

    Returns:
        The clause of each shot, shape (S,), int, -1 for none.

    Source:
        Lipton, Elkan and Naryanaswamy, 2014, arXiv:1402.1892: the best threshold is half of the best F1.
    """
    tops = np.sort(p.max(1))[::-1]
    reached = 2 * np.cumsum(tops) / np.maximum(np.arange(1, len(p) + 1) + (1 - null).sum(), 1e-9)
    least = reached.max() / 2
    if is_onward:
        return best_onward(p - least)
    return np.where(p.max(1) >= least, p.argmax(1), -1)


def matching(
    similarity: np.ndarray,
    probabilities: tuple[np.ndarray, np.ndarray],
    clause_of: np.ndarray | None,
    known: tuple[Order, Constraints],
    **facts: Any,
) -> Matching:
    """Put a Matching together.

    Args:
        similarity: shape (S, C).
        probabilities: p (S, C) and null (S,).
        clause_of: what was decided, shape (S,), -1 for none; None to decide here by the most expected F1.
        known: what the matcher was told.
        **facts: other fields.

    Returns:
        The matching; fixed pairs are among its edges, and under `chronological` its clauses never go back.
    """
    order, constraints = known
    states = constraints.states(similarity.shape)
    p, null = (array.astype(np.float64) for array in probabilities)
    if constraints.chronological:
        floor = 1e-9
        odds = np.where(states == -1, -np.inf, np.log(p + floor) - np.log(null + floor)[:, None])
        p, null = onward(np.where(states == 1, SURE, odds))
        clause_of = most_expected(p, null, True) if clause_of is None else clause_of
    clause_of = most_expected(p, null) if clause_of is None else clause_of
    clause_of = np.where((states == 1).any(1), states.argmax(1), clause_of)
    total = p.sum(1) + null
    p, null = (p / total[:, None]).astype(np.float32), (null / total).astype(np.float32)
    edges = tuple((shot, int(clause), float(p[shot, clause])) for shot, clause in enumerate(clause_of) if clause >= 0)
    clause_null = np.exp(np.log1p(-np.minimum(p, 1 - 1e-7).astype(np.float64)).sum(0)).astype(np.float32)
    places = {"order": order, "constraints": constraints}
    return Matching(similarity, p, null, clause_null, edges, **places, **facts)
