"""Reweighted random walks on the association graph: pairs that agree with many good pairs are visited most."""

import numpy as np

from mmviz.matchings import FREE, LINKED, Constraints, Matching, Order
from mmviz.methods.chain import FIRST_MEAN
from mmviz.methods.deciding import SURE, check_size, checked, matching, odds_alone, shares
from mmviz.registry import matchers

#: Shots and clauses at most: the graph has an edge for every two pairs that are near.
LARGEST = 60
#: Steps in film and text over which two pairs can agree.
REACH = 3
#: As the paper has them: share of the walk's own step, and how sharply good pairs are preferred in the other.
WALK, SHARPNESS = 0.2, 30.0
STEPS, ROUNDS = 60, 10
#: How much agreement counts beside the similarity, and from where on.
AGREEMENT, FLOOR, OFFSET = 1.0, 0.01, 1.0


@matchers.add(
    "rrwm", title="Reweighted random walks", needs={"similarity"}, longest=LARGEST, paper="Cho, Lee and Lee, 2010, ECCV"
)
def rrwm(similarity: np.ndarray, order: Order = LINKED, constraints: Constraints = FREE) -> Matching:
    """Let walkers go from pair to pair that lie alike in film and text, and drive them to one clause a shot.

    Args:
        similarity: shape (S, C), at most 60 x 60, higher is nearer.
        order: the links between neighbours; two pairs agree less over weak ones.
        constraints: pairs fixed and forbidden, and whether the text goes in the film's order.

    Returns:
        The matching; `p` is how often each pair is visited, every shot for itself.

    Raises:
        MethodError: as of `checked`, or the matrix is larger.

    Source:
        Cho, Lee and Lee, 2010, Algorithm 1, Reweighted random walks for graph matching; with a place for none in every row.
    """
    similarity = checked(similarity, order, constraints)
    check_size(*similarity.shape, LARGEST)
    odds = np.clip(odds_alone(similarity, constraints.states(similarity.shape), FIRST_MEAN), -SURE, SURE)
    worth = np.exp(np.clip(odds, -SURE, 6) / 2)  # (S, C), of a pair alone; 1 is as good as none
    graph = _graph(*order.of(similarity.shape))
    visits = _walk(worth, graph)
    agreed = _heard(graph, visits * worth) / max(float((visits * worth).sum()), 1e-12)  # (S, C), share of the walk that is near
    p, null = shares(np.where(odds > -SURE, odds + AGREEMENT * (np.log(agreed + FLOOR) - np.log(FLOOR)) - OFFSET, -np.inf))
    return matching(similarity, (p, null), None, (order, constraints), matcher="rrwm")


def _walk(worth: np.ndarray, graph) -> np.ndarray:
    """Walk until nothing moves; gives how often each pair is visited, shape (S, C), sum 1."""
    visits = np.full(worth.shape, 1.0 / worth.size)
    for _ in range(STEPS):
        walked = worth * (_heard(graph, worth * visits) + worth * visits)
        walked /= walked.sum()
        driven = _bistochastic(np.exp(SHARPNESS * (walked / walked.max() - 1)))
        after = WALK * walked + (1 - WALK) * driven / driven.sum()
        if np.abs(after - visits).sum() < 1e-5:
            break
        visits = after
    return visits


def _heard(graph, visits: np.ndarray) -> np.ndarray:
    return (graph @ visits.ravel()).reshape(visits.shape)


def _graph(shot_links: np.ndarray, clause_links: np.ndarray):
    """Join pairs that lie a few steps apart in film and text alike; sparse, shape (S * C, S * C), symmetric, 0 or more."""
    from scipy.sparse import kron

    rate = (len(clause_links) + 1) / (len(shot_links) + 1)  # clauses a shot
    joined = None
    for step in range(1, REACH + 1):
        ahead = sum(
            np.exp(-0.5 * (over - rate * step) ** 2) * _steps(clause_links, over) for over in range(-1, REACH + 1)
        )  # (C, C)
        part = kron(_steps(shot_links, step) / step, ahead, format="csr")
        joined = part if joined is None else joined + part
    return joined + joined.T


def _steps(links: np.ndarray, by: int):
    """Give the sparse matrix of steps `by` places on, each as firm as the links it goes over."""
    from scipy.sparse import diags

    n = len(links) + 1
    if abs(by) >= n:
        return diags([np.zeros(n)], [0], shape=(n, n))
    firm = np.ones(n - abs(by))
    for over in range(abs(by)):
        firm = firm * links[over : over + n - abs(by)]
    return diags([firm], [by], shape=(n, n))


def _bistochastic(mass: np.ndarray) -> np.ndarray:
    """Scale rows to 1 and columns to as many shots as a clause has on average, in turn (Sinkhorn)."""
    room = mass.shape[0] / mass.shape[1]
    for _ in range(ROUNDS):
        mass = mass / mass.sum(1, keepdims=True)
        mass = mass * np.minimum(room / mass.sum(0, keepdims=True), 1.0)
    return mass
