"""A film as a chain: a hidden Markov model whose states are clauses, with a null beside each and jumps between all.

All arrays may have leading dimensions (several matrices of one size at once). Work and memory grow with S x C.
"""

from dataclasses import dataclass

import numpy as np

#: Share of a shot's pairs whose score tells anything; the rest is as it is anywhere.
TELLING = 0.95
#: Rounds in which the mean score of pairs that belong together is estimated.
ROUNDS = 3
#: Score from which the estimate begins, in standard deviations.
FIRST_MEAN = 2.5
#: No probability is taken for less.
LEAST = 1e-30


@dataclass(frozen=True)
class Chain:
    """How a film goes on from the clause it shows. Numbers; or arrays of shape (K, 1), `skip` excepted, for K chains at once.

    Attributes:
        stay: chance that the next shot shows the same clause, after a shot that shows it.
        again: the same after shots between that show none.
        jump: of the rest, the share that goes to any clause.
        back: of the rest, the share that goes to the clause just before.
        skip: each clause left out on the way forward makes a step so many times less likely.
        leave: chance that a shot that shows none follows one that shows a clause.
        out: chance that another follows it.
    """

    stay: float = 0.5
    again: float = 0.08
    jump: float | np.ndarray = 0.15
    back: float | np.ndarray = 0.05
    skip: float = 0.2
    leave: float = 0.19
    out: float = 0.46


#: What a first guess is made with.
PLAIN = Chain()
#: A text in the film's order, one with neighbours exchanged, and one that follows no order.
TIGHT, SWAPPED, LOOSE = Chain(jump=0.03, back=0.02), Chain(jump=0.05, back=0.3), Chain(jump=0.6, back=0.05)
#: The text is in the film's order: no step back and no jump.
ONWARD = Chain(jump=0.0, back=0.0)


def together(chains: tuple[Chain, ...]) -> Chain:
    """Lay K chains side by side, so that one pass serves all."""
    return Chain(jump=np.array([[c.jump] for c in chains]), back=np.array([[c.back] for c in chains]))


def standardised(similarity: np.ndarray) -> np.ndarray:
    """Take every row's and column's own level out and measure the rest in standard deviations.

    Args:
        similarity: shape (..., S, C).

    Returns:
        The same shape, float64, mean 0 and standard deviation 1 over each matrix.
    """
    x = similarity.astype(np.float64)
    x = x - x.mean(-1, keepdims=True) - x.mean(-2, keepdims=True) + x.mean((-2, -1), keepdims=True)
    return x / np.maximum(x.std((-2, -1), keepdims=True), 1e-9)


def log_odds(z: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Say how much likelier a score is where a pair belongs together, in natural logarithms.

    Args:
        z: standardised scores, shape (..., S, C).
        mean: of pairs that belong together, shape (...,).
    """
    apart = np.exp(np.minimum(mean[..., None, None] * (z - mean[..., None, None] / 2), 60))  # both of standard deviation 1
    return np.log(TELLING * apart + 1 - TELLING)


def posterior(
    odds: np.ndarray, chain: Chain, shot_links: np.ndarray, clause_links: np.ndarray, possible: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give how likely each shot shows each clause, all other shots considered, by the forward-backward recursion.

    Args:
        odds: logarithms of the odds of each pair against none, shape (..., S, C); -inf where it cannot be.
        chain: how a film goes on.
        shot_links: shape (..., S - 1), 0 to 1; where 0 the next shot does not show the same clause.
        clause_links: shape (..., C - 1), 0 to 1; where 0 the next clause is no step forward.
        possible: shape (..., C), bool; clauses that exist (matrices of several sizes are filled up to one); None for all.

    Returns:
        p, shape (..., S, C), and null, shape (..., S), which sum to 1; and shape (...,), the logarithm of how likely the whole is
        under this chain, up to a constant that is the same for every chain.

    Source:
        Rabiner, 1989, A tutorial on hidden Markov models, equations 19 to 27.
    """
    here = np.ones(odds.shape[:-2] + odds.shape[-1:])
    here = here if possible is None else here * possible
    moves = _Moves(chain, clause_links, here)
    top = np.maximum(odds.max(-1, keepdims=True), 0)
    shown, none = np.exp(odds - top) * here[..., None, :], np.exp(-top[..., 0])  # (..., S, C), (..., S)
    on, off, evidence = _forward(shown, none, moves, shot_links)
    back_on, back_off = np.ones_like(here), np.ones_like(here)
    p, null = np.zeros(odds.shape), np.zeros(odds.shape[:-1])
    for t in range(odds.shape[-2] - 1, -1, -1):
        together, apart = on[t] * back_on, off[t] * back_off
        total = np.maximum((together + apart).sum(-1), LEAST)
        p[..., t, :], null[..., t] = together / total[..., None], apart.sum(-1) / total
        if t:
            seen, unseen = shown[..., t, :] * back_on, none[..., t, None] * back_off
            back_on, back_off = moves.backward(seen, unseen, shot_links[..., t - 1])
            scale = np.maximum((back_on + back_off).max(-1, keepdims=True), LEAST)
            back_on, back_off = back_on / scale, back_off / scale
    return p, np.maximum(null, 1 - p.sum(-1)), evidence + top[..., 0].sum(-1)


def estimated(
    z: np.ndarray, barred: np.ndarray, shot_links: np.ndarray, clause_links: np.ndarray, there: np.ndarray
) -> np.ndarray:
    """Estimate the mean score of pairs that belong together, from what a chain makes of a first guess.

    Args:
        z: standardised scores, shape (..., S, C).
        barred: shape (..., S, C); what is added to the log odds: 0, -inf where a pair cannot be.
        shot_links, clause_links: as of `posterior`.
        there: shape (..., S, C), bool; what is no filling.

    Returns:
        Shape (...,), from 1 to 8.
    """
    mean = np.full(z.shape[:-2], FIRST_MEAN)
    for _ in range(ROUNDS):
        odds = np.where(there, log_odds(z, mean) + barred, 0.0)
        weights = posterior(odds, PLAIN, shot_links, clause_links, there.any(-2))[0] * there
        mean = np.clip(((weights * z).sum((-2, -1)) + FIRST_MEAN) / (weights.sum((-2, -1)) + 1), 1.0, 8.0)
    return mean


def _forward(shown: np.ndarray, none: np.ndarray, moves: "_Moves", shot_links: np.ndarray) -> tuple[list, list, np.ndarray]:
    """Give the scaled forward variables of every shot, showing a clause and showing none after it, and the log of all scales."""
    ons, offs, evidence = [], [], np.zeros(none.shape[:-1])
    on, off = moves.first()
    for t in range(shown.shape[-2]):
        if t:
            on, off = moves.forward(on, off, shot_links[..., t - 1])
        on, off = on * shown[..., t, :], off * none[..., t, None]
        total = np.maximum((on + off).sum(-1, keepdims=True), LEAST)
        on, off, evidence = on / total, off / total, evidence + np.log(total[..., 0])
        ons.append(on)
        offs.append(off)
    return ons, offs, evidence


class _Moves:
    """Steps of the chain from clause to clause, and the same steps backwards."""

    def __init__(self, chain: Chain, clause_links: np.ndarray, here: np.ndarray):
        self.chain, self.here = chain, here
        self.count = np.maximum(here.sum(-1, keepdims=True), 1)
        ones = np.ones(here.shape[:-1] + (1,))
        links = np.broadcast_to(clause_links, here.shape[:-1] + clause_links.shape[-1:])
        self.into = np.concatenate([ones, links], -1) * here  # into clause k from k - 1
        self.back_into = np.concatenate([links, 0 * ones], -1) * here  # into clause k from k + 1

    def first(self) -> tuple[np.ndarray, np.ndarray]:
        """Where a film begins: with any clause, likelier the first ones."""
        begins = 0.5 * self.here / self.count
        begins = begins + 0.5 * _after(_impulse(self.here), 0.5) * self.here
        begins = begins / np.maximum(begins.sum(-1, keepdims=True), LEAST)
        return (1 - self.chain.leave) * begins, self.chain.leave * begins

    def forward(self, on: np.ndarray, off: np.ndarray, link: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Go one shot on: from where one may be, shape (..., C) each, to where one may be then."""
        c, stay = self.chain, (self.chain.stay * link)[..., None]
        moving, resting = (1 - c.leave) * on, (1 - c.out) * off
        stays = stay * moving + c.again * resting
        goes = (1 - stay) * moving + (1 - c.again) * resting
        return (stays + self._spread(goes)) * self.here, c.leave * on + c.out * off

    def backward(self, on: np.ndarray, off: np.ndarray, link: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Go one shot back: the transpose of `forward`."""
        c, stay = self.chain, (self.chain.stay * link)[..., None]
        gathered = self._gather(on * self.here)
        from_on = (1 - c.leave) * (stay * on * self.here + (1 - stay) * gathered) + c.leave * off
        return from_on, (1 - c.out) * (c.again * on * self.here + (1 - c.again) * gathered) + c.out * off

    def _spread(self, mass: np.ndarray) -> np.ndarray:
        c = self.chain
        near = (1 - c.jump - c.back) * (1 - c.skip) * mass
        ahead = self.into * _shift(_after(near, c.skip), 1)
        behind = self.back_into * _shift(c.back * mass, -1)
        lost = np.maximum(mass.sum(-1, keepdims=True) - (ahead + behind).sum(-1, keepdims=True), 0) * (c.jump > 0)
        return ahead + behind + lost * self.here / self.count

    def _gather(self, mass: np.ndarray) -> np.ndarray:
        """Do the transpose of `_spread`: what is lost on the way goes to any clause."""
        c = self.chain
        weight = (1 - c.jump - c.back) * (1 - c.skip)
        any_clause = (mass * self.here).sum(-1, keepdims=True) / self.count * (c.jump > 0)
        rest = mass - any_clause
        ahead = _before(_shift(self.into * rest, -1), c.skip)
        return any_clause + weight * ahead + c.back * _shift(self.back_into * rest, 1)


def _impulse(here: np.ndarray) -> np.ndarray:
    first = np.zeros_like(here)
    first[..., 0] = 1
    return first


def _after(mass: np.ndarray, ratio: float) -> np.ndarray:
    """Let what stands at each place fade over the places after it."""
    from scipy.signal import lfilter

    return lfilter([1.0], [1.0, -ratio], mass)


def _before(mass: np.ndarray, ratio: float) -> np.ndarray:
    return _after(mass[..., ::-1], ratio)[..., ::-1]


def _shift(mass: np.ndarray, by: int) -> np.ndarray:
    moved = np.zeros_like(mass)
    if by > 0:
        moved[..., by:] = mass[..., :-by]
    else:
        moved[..., :by] = mass[..., -by:]
    return moved
