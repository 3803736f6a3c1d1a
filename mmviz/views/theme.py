"""The only place with colours of data: which colour a value has, by the scale it is on."""

import base64

import numpy as np

from mmviz.results import Scale

#: Scales whose values have a sign: their colours diverge around 0.
SIGNED: frozenset[Scale] = frozenset({"cosine", "effect"})
#: Scales on which lower is nearer.
LOWER_IS_NEARER: frozenset[Scale] = frozenset({"cost"})
STEPS = 256

#: Viridis (van der Walt and Smith, 2015): evenly lighter, told apart by colour-blind eyes.
SEQUENTIAL = ("440154", "482878", "3e4a89", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725")
#: PRGn (Brewer): purple below 0, green above, neutral at 0.
DIVERGING = ("40004b", "762a83", "9970ab", "c2a5cf", "e7d4e8", "f7f7f7", "d9f0d3", "a6dba0", "5aae61", "1b7837", "00441b")
#: Kinds without an order, each at least 3 : 1 against a light and a dark page; what is none of them is grey.
CLASSES = ("4477aa", "e0566a", "228833", "aa4499", "a87708", "008faa", "cc6a2b", "7f63c9", "7c8a2c", "c7568f")
OTHERS = "888888"
#: Kinds with an order, from green to violet, as far from a light page as from a dark one.
ORDER = ("2a9d66", "1d9187", "2a83a4", "4a72c2", "8a5dc8")
#: How solid the strongest colour lies on a picture, and how fast colours get there from nothing.
SOLID, BEND = 0.92, 0.6


def limits(scale: Scale, values: np.ndarray) -> tuple[float, float]:
    """Give the lowest and highest value the colours of a scale span.

    Args:
        scale: what the values mean.
        values: any shape, finite.

    Returns:
        Symmetric around 0 for signed scales, from 0 for the others; never of no extent.
    """
    top = float(np.abs(values).max(initial=0)) or 1.0
    return (-top, top) if scale in SIGNED else (0.0, top)


def colours(scale: Scale) -> np.ndarray:
    """Give the colours from the lowest value of a scale to the highest.

    Returns:
        Shape (256, 4), uint8: red, green, blue, and how solid the colour lies on a picture (0 where nothing is said).
    """
    place = np.linspace(0, 1, STEPS)
    names = DIVERGING if scale in SIGNED else SEQUENTIAL
    anchors = np.array([[int(name[i : i + 2], 16) for i in (0, 2, 4)] for name in names], float)  # (N, 3)
    stops = np.linspace(0, 1, len(names))
    rgb = np.stack([np.interp(place, stops, anchors[:, channel]) for channel in range(3)], axis=1)
    strength = np.abs(2 * place - 1) if scale in SIGNED else place
    alpha = 255 * SOLID * strength**BEND
    return np.concatenate([rgb, alpha[:, None]], axis=1).round().astype(np.uint8)


def steps(count: int) -> tuple[str, ...]:
    """Give colours for up to 5 kinds with an order."""
    return tuple(ORDER[place] for place in np.linspace(0, len(ORDER) - 1, max(count, 1)).round().astype(int))


def packed(array: np.ndarray) -> str:
    """Write an array's bytes, lowest first, as base64."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(np.ascontiguousarray(little).tobytes()).decode("ascii")
