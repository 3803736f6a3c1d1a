"""Transport with a dustbin: shots send their mass to clauses, and what fits nowhere goes into the dustbin."""

import numpy as np

from mmviz.errors import MethodError
from mmviz.matchings import FREE, LINKED, Constraints, Matching, Order
from mmviz.methods.deciding import SURE, checked, matching, worth
from mmviz.registry import matchers

#: Units of entropy that a standard deviation of similarity is worth.
SHARPNESS = 2.0


@matchers.add(
    "transport", title="Optimal transport with a dustbin", needs={"similarity"}, paper="Sarlin et al., 2020, arXiv:1911.11763"
)
def transport_matcher(
    similarity: np.ndarray,
    order: Order = LINKED,
    constraints: Constraints = FREE,
    *,
    capacity: int = 3,
    threshold: float = 0.5,
) -> Matching:
    """Share the clauses' room out among the shots at the least cost, with a dustbin on either side.

    Order counts for nothing here.

    Args:
        similarity: shape (S, C), higher is nearer.
        order: the links between neighbours; not needed.
        constraints: pairs fixed and forbidden; under `chronological` the plan is read in the film's order.
        capacity: shots a clause has room for, 1 to 100.
        threshold: standard deviations above its row's and column's level from which a pair is worth more than the dustbin.

    Returns:
        The matching; `p` is the plan, whose rows and their null sum to 1.

    Raises:
        MethodError: as of `checked`, or `capacity` lies outside its range.

    Source:
        Sarlin et al., 2020, section 3.2, arXiv:1911.11763, with room for several shots; Cuturi, 2013, arXiv:1306.0895, in
        logarithms, as POT has it.
    """
    import ot

    if not 1 <= capacity <= 100:
        raise MethodError(f"transport has capacity={capacity}; choose a whole number from 1 to 100.")
    similarity = checked(similarity, order, constraints)
    n_shots, n_clauses = similarity.shape
    gains = SHARPNESS * worth(similarity, constraints.states(similarity.shape), threshold)
    costs = np.zeros((n_shots + 1, n_clauses + 1))
    costs[:-1, :-1] = -np.clip(gains, -SURE, SURE)
    rows = np.append(np.ones(n_shots), float(capacity * n_clauses))
    columns = np.append(np.full(n_clauses, float(capacity)), float(n_shots))
    settings = {"method": "sinkhorn_log", "numItermax": 500, "stopThr": 1e-6, "warn": False}
    plan = ot.sinkhorn(rows, columns, costs, 1.0, **settings)[:-1]
    p, null = np.where(np.isfinite(gains), plan[:, :-1], 0), plan[:, -1]
    facts = {"matcher": "transport", "options": {"capacity": capacity, "threshold": threshold}}
    return matching(similarity, (p, null), None, (order, constraints), **facts)
