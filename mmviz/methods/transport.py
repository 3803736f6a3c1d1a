"""Transport: the cheapest way to bring what the words hold to the patches."""

import numpy as np

from mmviz.axes import TextAxis
from mmviz.errors import MethodError
from mmviz.registry import methods
from mmviz.results import Alignment, Encoding

#: Steps UNITER and ViLT take.
PROXIMAL_STEPS = 50


@methods.add(
    "transport",
    title="Optimal transport",
    needs={"query_embeds", "key_embeds"},
    targets=("pair", "context", "prompt"),
    paper="Chen et al., 2020, arXiv:1909.11740",
)
def transport(encoding: Encoding, *, smoothing: float = 0.01, solver: str = "sinkhorn") -> Alignment:
    """Share the patches out among the units so that like goes to like at the least cost.

    Every unit that is read has the same mass to give, every patch the same to take; moving mass costs 1 - cosine. Phrases
    and the whole text give nothing of their own: their rows are the sums of their words'.

    Args:
        encoding: Q and K vectors of unit norm in one space.
        smoothing: weight of the entropy, 0.001 to 10: the greater, the more evenly a unit's mass is spread. 0.01 is what
            UNITER's and ViLT's 50 proximal steps of 0.5 come to.
        solver: "sinkhorn", which meets the masses; or "ipot", 50 proximal steps of 50 times `smoothing` with one scaling
            each, as UNITER and ViLT take them: words give exactly 1 / U, patches receive 1 / K but for some thousandths.

    Returns:
        The plan, shape (Q, K), scale "mass": the row of each of the U smallest units sums to 1 / U, of one that is not
        read to 0. Every patch receives 1 / K, to a few thousandths of that after at most 1,000 rounds.

    Raises:
        MethodError: `smoothing` lies outside its range, there is no such solver, or the model reads no unit.

    Source:
        Chen et al., 2020 (UNITER), section 3.2, arXiv:1909.11740; Kim et al., 2021 (ViLT), section 3.2, arXiv:2102.03334.
        Solved by POT: Cuturi, 2013, arXiv:1306.0895, in logarithms; or here: Xie et al., 2018, Algorithm 1, arXiv:1802.04307.
    """
    if not 0.001 <= smoothing <= 10:
        raise MethodError(f"transport has smoothing={smoothing}; choose a number from 0.001 to 10.")
    if solver not in SOLVERS:
        raise MethodError(f'transport has solver="{solver}"; choose from {", ".join(SOLVERS)}.')
    parts = _parts(encoding.query, np.linalg.norm(encoding.query_embeds, axis=1) > 0.5)
    if not parts.any():
        raise MethodError(f"transport needs a unit that is read, {encoding.model} reads none; shorten the text.")
    cost = 1 - encoding.query_embeds @ encoding.key_embeds.T  # (Q, K)
    used = np.flatnonzero(parts.any(0))
    plan = np.zeros(cost.shape)
    plan[used] = SOLVERS[solver](cost[used].astype(np.float64), smoothing)
    return encoding.alignment(parts @ plan, scale="mass")


def _parts(query: TextAxis, is_read: np.ndarray) -> np.ndarray:
    """Say which of the smallest units make up each unit, shape (Q, Q), 0 or 1; those that are not read make up none."""
    starts, ends = query.spans[:, :1], query.spans[:, 1:]
    inside = (starts <= starts.T) & (ends >= ends.T)  # (Q, Q): the column's unit lies in the row's
    smallest = np.array([kind == query.kinds[0] for kind in query.kinds])
    inside[smallest] = np.eye(len(query), dtype=bool)[smallest]  # equal spans stay apart
    return (inside & smallest & is_read).astype(np.float64)


def _sinkhorn(cost: np.ndarray, smoothing: float) -> np.ndarray:
    """Find the plan of least cost, shape of `cost`, rows and columns of equal mass."""
    import ot

    rows, columns = (np.full(n, 1 / n) for n in cost.shape)
    return ot.sinkhorn(rows, columns, cost, smoothing, method="sinkhorn_log", numItermax=1000, stopThr=1e-7, warn=False)


def _ipot(cost: np.ndarray, smoothing: float) -> np.ndarray:
    """Come near that plan by proximal steps from one that shares evenly; each starts where the last one ended."""
    kernel = np.exp(-(cost - cost.min()) / (PROXIMAL_STEPS * smoothing))
    n_rows, n_columns = cost.shape
    plan, rows = np.ones_like(cost), np.full(n_rows, 1 / n_rows)
    for _ in range(PROXIMAL_STEPS):
        near = kernel * plan
        columns = 1 / n_columns / (rows @ near)
        rows = 1 / n_rows / (near @ columns)
        plan = rows[:, None] * near * columns
    return plan


SOLVERS = {"sinkhorn": _sinkhorn, "ipot": _ipot}
