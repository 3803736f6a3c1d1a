"""Two answers against each other: words matched, maps brought on one measure and one grid, and what changed of each word."""

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np

from mmviz.axes import PatchAxis, TextAxis
from mmviz.errors import MethodError
from mmviz.pipeline import grids
from mmviz.pipeline.multiples import shares
from mmviz.results import Alignment
from mmviz.trust.evidence import is_flat, strengths
from mmviz.versus import Differs, Measure, Versus

#: Pictures whose ratios of width to height differ by less than this share have the same places.
SAME_RATIO = 0.02
#: Kinds of units that make up the sentence; phrases are matched among themselves.
SMALLEST = ("word", "token")


def opposed(one: Alignment, other: Alignment, differs: Differs) -> Versus:
    """Set answer B against answer A: match their units, and say of each how value and map changed.

    Args:
        one, other: A and B, by the same method under the same target.
        differs: what is another one in B.

    Returns:
        Both with their maps on one measure, maps of regions laid on a grid, and what changed. Two pictures of another shape have no change by place.

    Raises:
        MethodError: the methods or the targets are not the same.
    """
    if (one.method, one.target) != (other.method, other.target):
        made = [f"{found.method} of the target {found.target}" for found in (one, other)]
        raise MethodError(f"A is {made[0]}, B is {made[1]}, and these mean different things; use one method and one target.")
    one, other = grids.on_grid(one), grids.on_grid(other)
    rows = matched(one.query, other.query)
    measure = measure_of(one, other)
    maps = tuple(measured(found, measure) for found in (one, other))
    cells = grids.common(one.key, other.key) if differs != "picture" or has_same_shape(one.key, other.key) else None
    value, values = _values(one, other, rows, measure)
    return Versus(
        one=one,
        other=other,
        differs=differs,
        rows=rows,
        measure=measure,
        maps=maps,
        common=cells,
        change=None if cells is None else _change((one, other), maps, rows, cells),
        value=value,
        values=values,
        **_moves(one, other, rows, cells),
    )


def matched(one: TextAxis, other: TextAxis) -> tuple[tuple[int | None, int | None], ...]:
    """Match the units of two texts by their characters, in order; the whole text matches the whole text.

    Of one text the same places match. Of two, words are matched with words and phrases with phrases, letters' case apart,
    by the longest run they have in common and so on before and behind it.

    Returns:
        Pairs (row of `one` or None, row of `other` or None): words in reading order, then phrases, then the whole text.

    Source:
        Ratcliff and Metzener, 1988, Dr. Dobb's Journal 13(7), as in Python's difflib.
    """
    if one.text == other.text:
        return _same_places(one, other)
    found: list[tuple[int | None, int | None]] = []
    for kinds in (SMALLEST, ("phrase",)):
        places = [[row for row, kind in enumerate(axis.kinds) if kind in kinds] for axis in (one, other)]
        names = [[axis.labels[row].casefold() for row in rows] for axis, rows in zip((one, other), places, strict=True)]
        for tag, i0, i1, j0, j1 in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
            mine, theirs = places[0][i0:i1], places[1][j0:j1]
            found += (
                zip(mine, theirs, strict=True) if tag == "equal" else [*((i, None) for i in mine), *((None, j) for j in theirs)]
            )
    return (*found, (len(one) - 1, len(other) - 1))


def measure_of(one: Alignment, other: Alignment) -> Measure:
    """Settle on what two maps can be compared: their own unit where both have it, else shares, or ranks where maps are signed.

    A cosine or a probability at a place is the same thing in every model. A share of attention depends on how large patches
    are, relevance has a unit of its own in every model, an effect that of its score and of what was hidden, less an average that of its map.
    """
    is_same_grid, is_same_model = grids.is_same(one.key, other.key), one.checkpoint == other.checkpoint
    is_in_score = one.score.kind == other.score.kind and "minus_average" not in one.options
    is_raw = {
        "cosine": True,
        "probability": True,
        "mass": is_same_grid,
        "relevance": is_same_grid and is_same_model,
        "effect": is_same_grid and (is_same_model or is_in_score),
        "cost": is_same_grid and is_same_model,
        "change": is_same_grid,
    }
    if one.scale == other.scale and is_raw[one.scale]:
        return "raw"
    return "share" if {one.scale, other.scale} <= {"mass", "relevance", "change"} else "rank"


def measured(alignment: Alignment, measure: Measure) -> np.ndarray:
    """Give all maps on a measure of `Versus`, shape (Q, K), float32."""
    sizes = grids.areas(alignment.key)
    if measure == "raw":
        return alignment.scores
    if measure == "share":
        return (shares(alignment) / sizes).astype(np.float32)
    return np.stack([ranks(row, sizes) for row in strengths(alignment)]).astype(np.float32)


def ranks(values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Give for each of K values the share of all area that is weaker, what is equal counting half, shape (K,), 0 to 1."""
    _, places = np.unique(values, return_inverse=True)
    areas = np.bincount(places, sizes)
    return ((np.cumsum(areas) - areas / 2) / areas.sum())[places]


def correlation(one: np.ndarray, other: np.ndarray, sizes: np.ndarray) -> float | None:
    """Correlate the ranks of two maps of C cells, each as heavy as it is large.

    Returns:
        -1 to 1, Spearman's where all cells have one size; None where a map is the same everywhere.
    """
    a, b = (ranks(values, sizes) - 0.5 for values in (one, other))  # by area, the mean rank is a half
    power = np.sqrt((sizes @ a**2) * (sizes @ b**2))
    return float(np.clip(sizes @ (a * b) / power, -1, 1)) if power > 1e-12 else None


def has_same_shape(one: PatchAxis, other: PatchAxis) -> bool:
    """Tell whether two pictures have the same ratio of width to height, nearly."""
    ratios = [width / height for width, height in (one.size, other.size)]
    return abs(np.log(ratios[0] / ratios[1])) < SAME_RATIO


def _same_places(one: TextAxis, other: TextAxis) -> tuple[tuple[int | None, int | None], ...]:
    """Match units of the same text by their places, A's first, whatever order phrases have."""
    theirs = {tuple(span): row for row, span in enumerate(other.spans[:-1].tolist())}
    mine = [(row, theirs.pop(tuple(span), None)) for row, span in enumerate(one.spans[:-1].tolist())]
    return (*mine, *((None, row) for row in theirs.values()), (len(one) - 1, len(other) - 1))


def _change(sides: Sequence[Alignment], maps: Sequence[np.ndarray], rows: Sequence, cells: PatchAxis) -> np.ndarray:
    """Take A's maps from B's, on common cells, for all rows that are in both: (R, C)."""
    one, other = (grids.resampled(found, side.key, cells, shares=False) for found, side in zip(maps, sides, strict=True))
    nothing = np.full(len(cells), np.nan)
    return np.array([nothing if None in (a, b) else other[b] - one[a] for a, b in rows], np.float32).reshape(-1, len(cells))


def _values(one: Alignment, other: Alignment, rows: Sequence, measure: Measure) -> tuple[str, np.ndarray]:
    """Give every unit's own score, or its strongest patch where units have no score that both share: (R, 2)."""
    if one.unit_scores is not None and other.unit_scores is not None and one.score.kind == other.score.kind:
        value, found = "own", [one.unit_scores, other.unit_scores]
    else:
        value = "apart" if measure == "rank" else "strongest"
        found = [_strongest(side, side.scores if value == "apart" else measured(side, measure)) for side in (one, other)]
    return value, np.array([[np.nan if row is None else found[s][row] for s, row in enumerate(pair)] for pair in rows]).reshape(
        -1, 2
    )


def _strongest(side: Alignment, maps: np.ndarray) -> np.ndarray:
    return np.take_along_axis(maps, strengths(side).argmax(1)[:, None], 1)[:, 0]


def _moves(one: Alignment, other: Alignment, rows: Sequence, cells: PatchAxis | None) -> dict[str, np.ndarray]:
    """Measure how the maps of each row that is in both differ: the strongest patch, the ranks, the weight's places."""
    count = len(rows)
    moved, found = np.full((count, 2), np.nan), {name: np.full(count, np.nan) for name in ("patches", "correlation", "overlap")}
    if cells is None:
        return {"moved": moved, **found}
    sizes, side = grids.areas(cells), one.key.boxes[0, 2:] - one.key.boxes[0, :2]
    ones, others = (strengths(a) for a in (one, other))
    on_cells = [grids.resampled(strengths(a), a.key, cells, shares=False) for a in (one, other)]
    parts = [grids.resampled(shares(a), a.key, cells, shares=True) for a in (one, other)]
    seen = np.isfinite(on_cells[0][0]) & np.isfinite(on_cells[1][0])
    for place, (a, b) in enumerate(rows):
        if a is None or b is None or is_flat(ones[a]) or is_flat(others[b]):
            continue
        moved[place] = _centre(other.key, others[b].argmax()) - _centre(one.key, ones[a].argmax())
        found["patches"][place] = np.hypot(*(moved[place] / side))
        alike = correlation(on_cells[0][a][seen], on_cells[1][b][seen], sizes[seen]) if seen.any() else None
        found["correlation"][place] = np.nan if alike is None else alike
        if parts[0][a].any() and parts[1][b].any():
            found["overlap"][place] = np.minimum(parts[0][a], parts[1][b]).sum()
    return {"moved": moved, **found}


def _centre(key: PatchAxis, patch: int) -> np.ndarray:
    x0, y0, x1, y1 = key.boxes[patch]
    return np.array([(x0 + x1) / 2, (y0 + y1) / 2])
