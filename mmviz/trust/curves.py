"""Which patches are kept step by step, and the area under the scores that follow."""

import numpy as np

from mmviz.trusts import Area, Random

#: Steps of a curve, and random orders beside it; a model that reads text and picture together gets by with fewer.
STEPS, ORDERS, FEW_ORDERS = 6, 20, 10
#: Of all random orders: the same for every word, method and picture of as many patches.
SEED = 0
#: Between these quantiles lie 90 % of the random maps.
LOW, HIGH = 0.05, 0.95


def sizes(n_patches: int, steps: int = STEPS) -> np.ndarray:
    """Say how many patches are kept at every step: from none to all, shape (S + 1,), int."""
    return np.round(np.linspace(0, n_patches, steps + 1)).astype(int)


def random_orders(n_patches: int, count: int) -> np.ndarray:
    """Shuffle the patches, shape (count, K), int; the same every time, the first of many are those of few."""
    rng = np.random.default_rng((SEED, n_patches))
    return np.stack([rng.permutation(n_patches) for _ in range(count)])


def strongest_first(strengths: np.ndarray) -> np.ndarray:
    """Put patches in order, the strongest first, shape (K,), int; equals stand in an order of chance, not of place."""
    shuffled = np.random.default_rng((SEED, len(strengths), 1)).permutation(len(strengths))
    return shuffled[np.argsort(-strengths[shuffled], kind="stable")]


def kept_first(orders: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Keep the first patches of every order.

    Args:
        orders: shape (N, K), int.
        kept: how many at every step, shape (S,), int.

    Returns:
        Shape (N, S, K), bool. What an order keeps first, its reverse deletes last: random orders serve both curves.
    """
    places = np.argsort(orders, axis=1)  # (N, K): where each patch stands
    return places[:, None, :] < kept[None, :, None]


def area(scores: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Average scores along a curve over the share of patches that is kept, by trapezoids: shape (..., S + 1) to (...)."""
    return np.trapezoid(scores, kept / kept[-1], axis=-1)


def compared(value: float, random: np.ndarray, fill: str, *, more_is_better: bool) -> Area:
    """Put an area beside those of random maps, shape (N,)."""
    ahead = value - random if more_is_better else random - value
    better = np.where(ahead > 0, 1.0, np.where(ahead == 0, 0.5, 0.0)).mean()
    low, high = np.quantile(random, (LOW, HIGH))
    band = Random(float(random.mean()), float(low), float(high), len(random))
    return Area(float(value), band, fill, float(better))
