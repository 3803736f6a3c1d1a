"""Monotone alignment: film and text run side by side, and neither goes back."""

import numpy as np

from mmviz.matchings import FREE, LINKED, Constraints, Matching, Order
from mmviz.methods.chain import FIRST_MEAN
from mmviz.methods.deciding import best_onward, checked, matching, odds_alone, shares, worth
from mmviz.registry import matchers


@matchers.add(
    "monotone", title="Monotone path", needs={"similarity"}, paper="Needleman and Wunsch, 1970, Journal of Molecular Biology 48"
)
def monotone(
    similarity: np.ndarray, order: Order = LINKED, constraints: Constraints = FREE, *, threshold: float = 0.75
) -> Matching:
    """Find the path of most likelihood that never goes back; shots and clauses may be left out.

    Args:
        similarity: shape (S, C), higher is nearer.
        order: the links between neighbours; not needed.
        constraints: pairs fixed and forbidden; the text is taken as chronological anyway. Fixed pairs that go back are kept, the
            path beside them does not see them.
        threshold: standard deviations above its row's and column's level from which a pair is worth having.

    Returns:
        The matching; `p` is how likely each pair is by its similarity alone, its edges are the path.

    Raises:
        MethodError: as of `checked`.

    Source:
        Needleman and Wunsch, 1970, with gaps that cost nothing.
    """
    similarity = checked(similarity, order, constraints)
    states = constraints.states(similarity.shape)
    odds = odds_alone(similarity, states, FIRST_MEAN)
    clause_of = best_onward(worth(similarity, states, threshold))
    about = {"matcher": "monotone", "options": {"threshold": threshold}}
    return matching(similarity, shares(odds), clause_of, (order, constraints), **about)
