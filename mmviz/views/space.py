"""A shared space on a plane: points, what belongs together, who is near whom, and what can be believed."""

from typing import Any

import numpy as np

from mmviz.registry import views
from mmviz.spaces import Space
from mmviz.views import theme

#: Places are sent in so many steps along the longer side.
STEPS = 65535
#: Neighbours that are sent of every item: up to 8, fewer where items are many.
MOST_NEAR, ALL_NEAR = 8, 240_000
#: Tags whose values have an order; their colours are those of a scale.
ORDERED = {"rank": ("1", "2-5", "6-10", "11-100", "101+")}


@views.add("space", title="Shared space", takes=("Space",))
def space(space: Space) -> dict[str, Any]:
    """Show items where a map has them, with their neighbours in the space itself.

    Args:
        space: N items.

    Returns:
        Arrays as base64, lowest byte first: `xy`, N x 2 uint16, both directions by one measure; `modality`, N uint8; `kept`, N uint8, the
        share of neighbours kept times 255, or ""; `pairs`, P x 2 uint32; `neighbours`, N x `near` uint32. `colourings`: by
        modality and by every tag, each with `name`, `labels`, `colours` (of CSS) and `values`, N uint8, 255 for none. `means`, where the first two
        modalities have their middles on the map, as fractions of it; `added`, items placed later; and the figures as of `Space.to_json`.
    """
    xy, means = _placed(space)
    near = min(space.neighbours.k, max(2, min(MOST_NEAR, ALL_NEAR // max(len(space), 1))))
    kept = np.zeros(0) if space.belief is None else space.belief.kept
    kept = np.concatenate([kept, np.ones(len(space) - len(kept))]) if len(kept) else kept
    figures = {name: value for name, value in space.to_json().items() if name not in ("points", "modalities", "places")}
    return {
        **figures,
        "xy": theme.packed(xy),
        "modality": theme.packed(space.modality),
        "modalities": list(space.modalities),
        "kept": theme.packed(np.round(255 * kept).astype(np.uint8)),
        "pairs": theme.packed(space.pairs.astype(np.uint32)),
        "near": near,
        "neighbours": theme.packed(space.neighbours.places[:, :near].astype(np.uint32)),
        "colourings": [_by_modality(space), *(_by_tag(name, values) for name, values in space.tags.items())],
        "means": means,
        "added": np.flatnonzero(space.added).tolist(),
    }


def _placed(space: Space) -> tuple[np.ndarray, list[list[float]]]:
    """Put points on a grid of whole numbers, y upwards, and find the middles of the first two modalities on it."""
    low, high = space.points.min(0), space.points.max(0)
    extent = float((high - low).max()) or 1.0
    fractions = (space.points - (low + high) / 2) / extent + 0.5
    xy = np.clip(np.round(fractions * STEPS), 0, STEPS).astype(np.uint16)
    found = [space.of(modality) for modality in range(min(2, len(space.modalities)))]
    return xy, [fractions[rows].mean(0).astype(float).round(4).tolist() for rows in found if len(rows)]


def _by_modality(space: Space) -> dict[str, Any]:
    return _colouring("modality", list(space.modalities), space.modality.copy(), theme.CLASSES)


def _by_tag(name: str, values: tuple[str, ...]) -> dict[str, Any]:
    """Colour by the values of a tag: those with an order by a scale; of others the most frequent ones, the rest together."""
    kinds, rows, counts = np.unique(np.array(values, str), return_inverse=True, return_counts=True)
    if name in ORDERED:
        labels = [label for label in ORDERED[name] if label in kinds]
        colours = theme.steps(len(labels))
    else:
        common = [i for i in np.argsort(-counts, kind="stable") if kinds[i]]
        labels, colours = [str(kinds[i]) for i in common[: len(theme.CLASSES)]], theme.CLASSES
        if len(common) > len(labels):
            labels, colours = [*labels, ""], (*theme.CLASSES, theme.OTHERS)
    place = {label: i for i, label in enumerate(labels)}
    of_kind = np.array([255 if not kind else place.get(str(kind), place.get("", 255)) for kind in kinds], np.uint8)
    return _colouring(name, labels, of_kind[rows], colours)


def _colouring(name: str, labels: list[str], values: np.ndarray, colours: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": name,
        "labels": labels,
        "values": theme.packed(values),
        "colours": [f"#{colours[i % len(colours)]}" for i in range(len(labels))],
    }
