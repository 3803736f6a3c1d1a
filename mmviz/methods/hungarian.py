"""Assignment: the pairs that together have most, where a clause has room for a few shots."""

import numpy as np

from mmviz.errors import MethodError
from mmviz.matchings import FREE, LINKED, Constraints, Matching, Order
from mmviz.methods.chain import FIRST_MEAN
from mmviz.methods.deciding import checked, matching, odds_alone, onward, shares, worth
from mmviz.registry import matchers


@matchers.add(
    "hungarian", title="Assignment", needs={"similarity"}, paper="Kuhn, 1955, Naval Research Logistics 2; solved as Crouse, 2016"
)
def hungarian(
    similarity: np.ndarray,
    order: Order = LINKED,
    constraints: Constraints = FREE,
    *,
    capacity: int = 3,
    threshold: float = 1.4,
) -> Matching:
    """Give every shot at most one clause and every clause a few shots, at the most likelihood in all.

    Order counts for nothing here: the text may tell things in any.

    Args:
        similarity: shape (S, C), higher is nearer.
        order: the links between neighbours; not needed.
        constraints: pairs fixed and forbidden; under `chronological` clauses never go back, and `capacity` is not kept.
        capacity: shots a clause has room for, 1 to 100. With 1 a clause that three shots show loses two of them.
        threshold: standard deviations above its row's and column's level from which a pair is worth having.

    Returns:
        The matching; `p` is how likely each pair is by its similarity alone, its edges are the assignment.

    Raises:
        MethodError: as of `checked`, or `capacity` lies outside its range.

    Source:
        Crouse, 2016, IEEE Transactions on Aerospace and Electronic Systems 52, as scipy has it.
    """
    from scipy.optimize import linear_sum_assignment

    if not 1 <= capacity <= 100:
        raise MethodError(f"hungarian has capacity={capacity}; choose a whole number from 1 to 100.")
    similarity = checked(similarity, order, constraints)
    states = constraints.states(similarity.shape)
    odds = odds_alone(similarity, states, FIRST_MEAN)
    facts = {"matcher": "hungarian", "options": {"capacity": capacity, "threshold": threshold}}
    if constraints.chronological:
        return matching(similarity, onward(odds), None, (order, constraints), **facts)
    gains = np.repeat(np.maximum(worth(similarity, states, threshold), 0), capacity, axis=1)  # (S, C * capacity)
    rows, places = linear_sum_assignment(gains, maximize=True)
    clause_of = np.full(len(similarity), -1)
    kept = gains[rows, places] > 0
    clause_of[rows[kept]] = places[kept] // capacity
    return matching(similarity, shares(odds), clause_of, (order, constraints), **facts)
