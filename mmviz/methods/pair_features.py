"""What a matcher that has learned reads of every pair of a shot and a clause: normalised similarities and the chains' beliefs.

Nothing here depends on the model whose vectors were compared, nor on how many numbers these have.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mmviz.methods.chain import LOOSE, SWAPPED, TIGHT, estimated, log_odds, posterior, standardised, together

CHAINS = together((TIGHT, SWAPPED, LOOSE))
#: Numbers of every pair, in this order.
NAMES = (
    *("centred", "by_row", "by_column", "dual_softmax", "log_odds", "known"),
    *("tight", "swapped", "loose", "blended", "log_blended"),
    *("tight_null", "swapped_null", "loose_null", "tight_weight", "swapped_weight", "loose_weight", "mean"),
)
#: Where the beliefs of the chains stand among them.
BELIEFS = slice(6, 17)
#: Log odds of a pair that is fixed.
SURE = 40.0
#: Pairs of the largest matrix for which what the chains make of it is kept, and for how many: a matcher asks, then whoever says what is to
#: be said of the matching, and that again after every correction.
KEPT_PAIRS, KEPT = 100_000, 8


@dataclass(frozen=True)
class Material:
    """One matrix and what is known of it.

    Attributes:
        similarity: shape (S, C).
        shot_links, clause_links: shapes (S - 1,) and (C - 1,), 0 to 1.
        known: shape (S, C), int8, as `Constraints.states` gives it.
    """

    similarity: np.ndarray
    shot_links: np.ndarray
    clause_links: np.ndarray
    known: np.ndarray


@dataclass(frozen=True)
class Beliefs:
    """What the chains make of B matrices filled up to one size.

    Attributes:
        p, null: shapes (B, K, S, C) and (B, K, S), one for each chain.
        weights: shape (B, K); how likely each chain is, given the matrix.
        mean: shape (B,); the estimated score of pairs that belong together, in standard deviations.
        odds: shape (B, S, C), log odds of each pair, -inf where it cannot be.
    """

    p: np.ndarray
    null: np.ndarray
    weights: np.ndarray
    mean: np.ndarray
    odds: np.ndarray


def features(materials: list[Material]) -> tuple[np.ndarray, np.ndarray]:
    """Normalise matrices, fill them up to the largest, and ask the chains.

    Args:
        materials: B of them.

    Returns:
        Shape (B, S, C, F), float32, F as in `NAMES`; and what is there, shape (B, S, C), bool.
    """
    told, there = columns(materials)
    return np.stack(told, -1).astype(np.float32) * there[..., None], there


def columns(materials: list[Material]) -> tuple[list[np.ndarray], np.ndarray]:
    """Give the features one by one, each of shape (B, S, C), float64, in the order of `NAMES`; and what is there."""
    there = _filled([np.ones(m.similarity.shape, bool) for m in materials], False)
    known = _filled([m.known for m in materials], -1)
    z = _filled([standardised(m.similarity) for m in materials], 0.0)
    believed = of_one(materials[0]) if len(materials) == 1 else beliefs(z, known, there, *_links(materials, there.shape))
    by_row, by_column = (_filled([_by(m.similarity, axis) for m in materials], 0.0) for axis in (1, 0))
    blended = np.einsum("bk,bksc->bsc", believed.weights, believed.p)
    cells = [
        *(np.where(known == 1, 2.0, np.where(known == -1, -1.0, score / 3)) for score in (z, by_row, by_column)),
        _dual_softmax(z, believed, there),
        np.clip(believed.odds, -8, 8) / 4,
        known.astype(np.float64),
        *believed.p.swapaxes(0, 1),
        blended,
        np.log(blended + 1e-4) / 4 + 1,
    ]
    rows = [np.broadcast_to(null[..., None], z.shape) for null in believed.null.swapaxes(0, 1)]
    alone = [np.broadcast_to(one[:, None, None], z.shape) for one in (*believed.weights.T, believed.mean / 4 - 1)]
    return [*cells, *rows, *alone], there


def of_one(material: Material) -> Beliefs:
    """Ask the chains of one matrix, B = 1; asked for the same again they have answered already.

    Args:
        material: the matrix and what is known of it.

    Returns:
        As of `beliefs`; its arrays cannot be written to.
    """
    if material.similarity.size > KEPT_PAIRS:
        return _asked(material)
    return _kept(*((array.tobytes(), array.dtype.str, array.shape) for array in vars(material).values()))


@lru_cache(maxsize=KEPT)
def _kept(*parts: tuple[bytes, str, tuple[int, ...]]) -> Beliefs:
    return _asked(Material(*(np.frombuffer(content, kind).reshape(shape) for content, kind, shape in parts)))


def _asked(material: Material) -> Beliefs:
    there, links = np.ones((1, *material.similarity.shape), bool), (material.shot_links[None], material.clause_links[None])
    found = beliefs(standardised(material.similarity)[None], material.known[None], there, *links)
    for array in vars(found).values():
        array.setflags(write=False)
    return found


def beliefs(z: np.ndarray, known: np.ndarray, there: np.ndarray, shot_links: np.ndarray, clause_links: np.ndarray) -> Beliefs:
    """Ask the chains.

    Args:
        z: standardised scores, shape (B, S, C).
        known: shape (B, S, C), as of `Material`.
        there: shape (B, S, C), bool; what is no filling. Shots that are filled in tell nothing, clauses are never shown.
        shot_links, clause_links: as of `chain.posterior`, each with B first.
    """
    barred = np.where(known == -1, -np.inf, np.where(known == 1, SURE, 0.0))
    mean = estimated(z, barred, shot_links, clause_links, there)
    odds = np.where(there, log_odds(z, mean) + barred, 0.0)
    many = np.broadcast_to(odds[:, None], (len(odds), len(CHAINS.jump), *odds.shape[1:]))
    p, null, evidence = posterior(many, CHAINS, *(array[:, None] for array in (shot_links, clause_links, there.any(1))))
    weights = np.exp(evidence - evidence.max(-1, keepdims=True))
    return Beliefs(p, null, weights / weights.sum(-1, keepdims=True), mean, odds)


def _links(materials: list[Material], shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    sides = []
    for name, n in (("shot_links", shape[1]), ("clause_links", shape[2])):
        full = np.ones((len(materials), max(n - 1, 0)))
        for row, material in zip(full, materials, strict=True):
            links = getattr(material, name)
            row[: len(links)] = links
        sides.append(full)
    return sides[0], sides[1]


def _dual_softmax(z: np.ndarray, believed: Beliefs, there: np.ndarray) -> np.ndarray:
    """Give how much of its row and of its column each pair takes, the geometric mean of both."""
    raw = np.where(there, np.clip(believed.mean[:, None, None] * z, -30, 30), -np.inf)
    shares = []
    for axis in (1, 2):
        top = raw.max(axis, keepdims=True)
        grown = np.exp(raw - np.where(np.isfinite(top), top, 0))
        shares.append(grown / np.maximum(grown.sum(axis, keepdims=True), 1e-9))
    return np.sqrt(shares[0] * shares[1])


def _by(similarity: np.ndarray, axis: int) -> np.ndarray:
    x = similarity.astype(np.float64)
    return (x - x.mean(axis, keepdims=True)) / np.maximum(x.std(axis, keepdims=True), 1e-9)


def _filled(arrays: list[np.ndarray], value: float) -> np.ndarray:
    """Stack matrices, each filled up to the largest by one value."""
    size = tuple(max(array.shape[axis] for array in arrays) for axis in (0, 1))
    full = np.full((len(arrays), *size), value, arrays[0].dtype)
    for whole, array in zip(full, arrays, strict=True):
        whole[: array.shape[0], : array.shape[1]] = array
    return full
