"""A hidden Markov model of the film: each shot shows a clause or none, mostly the same or the next, sometimes any."""

import numpy as np

from mmviz.matchings import FREE, LINKED, Constraints, Matching, Order
from mmviz.methods.deciding import checked, matching
from mmviz.methods.pair_features import Material, of_one
from mmviz.registry import matchers


@matchers.add("hmm", title="Hidden Markov model", needs={"similarity"}, paper="Rabiner, 1989, Proceedings of the IEEE 77")
def hmm(similarity: np.ndarray, order: Order = LINKED, constraints: Constraints = FREE) -> Matching:
    """Take shots as steps through the text, with a null and with jumps, and weigh every way they may go.

    Three chains are asked, of a text in the film's order, of one with neighbours exchanged and of one in no order; each counts
    as far as it explains the similarities.

    Args:
        similarity: shape (S, C), higher is nearer.
        order: the links between neighbours; steps forward and repeated clauses are less likely over weak ones.
        constraints: pairs fixed and forbidden, and whether the text goes in the film's order.

    Returns:
        The matching; `p` are the chains' posteriors, its edges those of the most expected F1.

    Raises:
        MethodError: as of `checked`.

    Source:
        Rabiner, 1989, A tutorial on hidden Markov models, equations 19 to 27; the mean of what belongs together is estimated as
        in equation 53.
    """
    similarity = checked(similarity, order, constraints)
    found = of_one(Material(similarity, *order.of(similarity.shape), constraints.states(similarity.shape)))
    p, null = (np.einsum("k,k...->...", found.weights[0], array[0]) for array in (found.p, found.null))
    return matching(similarity, (p, null), None, (order, constraints), matcher="hmm")
