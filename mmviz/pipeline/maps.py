"""Maps of a shared space, and retrieval in it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MediaError, MethodError
from mmviz.pipeline import doors
from mmviz.pipeline.vectors import Watch
from mmviz.results import Embeds
from mmviz.spaces import MAP_METHODS, Neighbours, Retrieval, Space

if TYPE_CHECKING:
    from mmviz.media.vectors import Vectors

#: Neighbours that are found of every item.
K = 15
#: Of the work: how much finding neighbours and measuring the map count beside 100 of the layout.
BEFORE, AFTER = 25, 10


def read_vectors(paths: Sequence[str | Path], seed: int = 0) -> tuple[list[Embeds], dict[str, int]]:
    """Read vectors of one or two modalities, each a .npy file, or a Parquet file with a column `vector`.

    Args:
        paths: 1 or 2 files; a Parquet file that says the modality of its items may hold several.
        seed: of the rows drawn where there are more than 200,000 in all.

    Returns:
        The vectors of each modality, unit norm, and how many rows are left out: "sampled", "zero".

    Raises:
        MediaError: a file cannot be used, or the widths differ.
    """
    from mmviz.media import vectors

    read = [vectors.read(path, seed=seed, most=vectors.MOST // len(paths)) for path in paths]
    widths = {one.rows.shape[1]: one.path for one in read}
    if len(widths) > 1:
        said = " and ".join(f"{width:,} numbers in {path}" for width, path in widths.items())
        raise MediaError(f"The vectors have {said}; one space has one width, so give vectors of one model.")
    stems = [Path(path).stem for path in paths]
    names = [f"{stem} {i + 1}" if stems.count(stem) > 1 else stem for i, stem in enumerate(stems)]
    zero = sum(int((~one.rows.any(1)).sum()) for one in read)
    left_out = {"sampled": sum(one.total - len(one.rows) for one in read), "zero": zero}
    return [part for one, name in zip(read, names, strict=True) for part in _parts(one, name)], left_out


def pairs_of(parts: Sequence[Embeds]) -> np.ndarray:
    """Pair items of the first two modalities that stand at the same place, shape (P, 2), as indices into all items in order."""
    if len(parts) < 2:
        return np.zeros((0, 2), np.int64)
    first, second = (np.array(part.items.places or range(len(part.items)), np.int64) for part in parts[:2])
    _, here, there = np.intersect1d(first, second, return_indices=True)
    return np.stack([here, there + len(first)], 1)


def pairs_by(parts: Sequence[Embeds], belongs: Sequence[int]) -> np.ndarray:
    """Pair texts with the pictures they belong to, shape (P, 2), as indices into all items in order.

    Args:
        parts: texts and pictures, whose `places` are those of what was given.
        belongs: for every text that was given the place of its picture, -1 for none.
    """
    places = {place: row + len(parts[0].items) for row, place in enumerate(parts[1].items.places)}
    found = [(row, places[belongs[place]]) for row, place in enumerate(parts[0].items.places) if belongs[place] in places]
    return np.array(found, np.int64).reshape(-1, 2)


def truth_of(parts: Sequence[Embeds], pairs: np.ndarray) -> list[list[int]]:
    """Say for each text which pictures belong to it, as `retrieval` asks."""
    found: list[list[int]] = [[] for _ in range(len(parts[0].items))]
    for text, image in pairs.tolist():
        found[text].append(image - len(parts[0].items))
    return found


def space(
    parts: Sequence[Embeds],
    method: str = "umap",
    seed: int = 0,
    *,
    pairs: np.ndarray | None = None,
    centred: bool = False,
    left_out: dict[str, int] | None = None,
    found: Neighbours | None = None,
    device: str = "cpu",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Space:
    """Lay the items of a shared space out on a plane, and measure how far that can be believed.

    Args:
        parts: unit vectors of each modality, all of one width.
        method: "umap", or "pca", which takes no time.
        seed: of the layout and of what is measured on a part; 0 to 2**32 - 1.
        pairs: shape (P, 2), indices of items of all modalities in order that belong together; None where nothing is known.
        centred: take each modality's mean off first.
        left_out: what was given and is not among them, each reason with its number.
        found: the neighbours, where another map of the same vectors has found them; `Neighbours.none` leaves them for later, and a map
            by "pca" is there at once.
        device: where neighbours are looked for: "auto", "cpu", "cuda" or "mps".
        progress: told (done, total) at every block of neighbours and every epoch of the layout.
        cancelled: asked at the same moments; True stops the work.

    Returns:
        The map. Neighbours are those of the space, never of the map.

    Raises:
        MediaError: there is nothing to map.
        MethodError: there is no such method, the seed is out of range, or the method has too few different items.
        ModelError: there is no such device here.
        Stopped: `cancelled` said so.
    """
    from mmviz.space import belief, gap, neighbours, projection

    _check(parts, method, seed)
    given = [part.vectors for part in parts]
    vectors, watch = np.concatenate(gap.centred(given) if centred else given), Watch(progress, cancelled)
    before, laid, after, total = _stages(watch, projection.epochs_of(len(vectors)) if method == "umap" else 100)
    if found is None:
        found = neighbours.neighbours(vectors, min(K, len(vectors) - 1), seed=seed, step=before, device=doors.device(device))
    points = projection.umap(vectors, found, seed=seed, step=laid) if method == "umap" else projection.pca(vectors)
    measured = belief.believe(vectors, points, found, seed=seed, step=after)
    watch.step(total, total)
    return Space(
        points,
        vectors,
        _items(parts),
        tuple(part.modality for part in parts),
        np.repeat(np.arange(len(parts), dtype=np.uint8), [len(part.items) for part in parts]),
        found,
        measured,
        np.zeros((0, 2), np.int64) if pairs is None else pairs,
        gap.gap(*(vectors[start:end] for start, end in _spans(parts)[:2])) if len(parts) > 1 else None,
        method,
        seed,
        centred=centred,
        left_out={name: count for name, count in (left_out or {}).items() if count},
        checkpoint=parts[0].checkpoint,
    )


def placed(shown: Space, parts: Sequence[Embeds]) -> Space:
    """Place items on a map that is there, and mark them as added; what is on it stays.

    Args:
        shown: a map by UMAP that is not centred, or by PCA.
        parts: one Embeds a modality of the map, of one item each, which belong together.

    Returns:
        The map with the items at its end; the figures are still those of the map without them.

    Raises:
        MethodError: the map cannot take them.
    """
    from mmviz.space import neighbours, projection

    if shown.centred:
        raise MethodError("A centred map has no place for a pair of your own, which has no mean to take off; turn centring off.")
    added = np.concatenate([part.vectors for part in parts])
    if added.shape[1] != shown.vectors.shape[1]:
        raise MethodError(
            f"The pair has vectors of {added.shape[1]} numbers and the map of {shown.vectors.shape[1]}; use its model."
        )
    laid = projection.place if shown.method == "umap" else projection.along
    points = laid(shown.points, shown.vectors, added)
    near, n = neighbours.nearest(shown.vectors, added, shown.neighbours.k), len(shown)
    rows = [shown.modalities.index(part.modality) for part in parts]
    return replace(
        shown,
        points=np.concatenate([shown.points, points]),
        vectors=np.concatenate([shown.vectors, added]),
        items=ItemAxis((*shown.items.names, *(name for part in parts for name in part.items.names))),
        modality=np.concatenate([shown.modality, np.array(rows, np.uint8)]),
        neighbours=_joined(shown.neighbours, near),
        pairs=np.concatenate([shown.pairs, [[n, n + 1]]]) if len(parts) > 1 else shown.pairs,
        added=np.concatenate([shown.added, np.ones(len(added), bool)]),
        tags={name: (*values, *[""] * len(added)) for name, values in shown.tags.items()},
    )


def retrieval(
    texts: Embeds,
    images: Embeds,
    truth: Sequence[Sequence[int]] | None = None,
    *,
    centred: bool = False,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Retrieval:
    """Rank pictures for texts and texts for pictures by cosine, ties by index.

    Args:
        texts, images: unit vectors of one width.
        truth: for each text the pictures that belong to it; None: the one at the same place.
        centred: take each modality's mean off first; the gap is that of the vectors that are ranked.
        progress, cancelled: as of `space`, in queries.

    Raises:
        MediaError: the widths differ, or without a truth the numbers do.
        Stopped: `cancelled` said so.
    """
    from mmviz.space import gap
    from mmviz.space.retrieval import retrieve

    (n, width), (m, other) = texts.vectors.shape, images.vectors.shape
    if width != other:
        raise MediaError(f"The texts have {width:,} numbers each and the pictures {other:,}; give vectors of one model.")
    if truth is None and n != m:
        raise MediaError(
            f"There are {n:,} texts and {m:,} pictures; give as many of both, or say by --truth what belongs together."
        )
    both = gap.centred([texts.vectors, images.vectors]) if centred else [texts.vectors, images.vectors]
    return retrieve(*both, [[place] for place in range(n)] if truth is None else truth, Watch(progress, cancelled).step)


def read_pair(texts: str | Path, images: str | Path) -> tuple[Embeds, Embeds]:
    """Read the vectors of texts and of pictures whole, none left out.

    Raises:
        MediaError: a file cannot be used, or a vector is all zeros.
    """
    from mmviz.media import vectors
    from mmviz.space import gap

    read = [vectors.read(path, most=None) for path in (texts, images)]
    made = [gap.unit(one.rows, str(path)) for one, path in zip(read, (texts, images), strict=True)]
    axes = [
        ItemAxis(one.names or tuple(f"{name} {i + 1}" for i in range(one.total))) for one, name in zip(read, ("text", "picture"))
    ]
    return Embeds(made[0], axes[0], "text", ""), Embeds(made[1], axes[1], "image", "")


def read_truth(path: str | Path, texts: int, images: int) -> list[list[int]]:
    """Read which of so many pictures belong to each of so many texts, from JSON."""
    from mmviz.media import vectors

    return vectors.truth(path, texts, images)


def warm() -> None:
    """Load and compile what a map by UMAP needs, so that the first one does not wait for it."""
    from mmviz.space import projection

    projection.warm()


def _parts(read: "Vectors", name: str) -> list[Embeds]:
    from mmviz.space import gap

    whole = read.rows.any(1)
    kinds = np.array(read.modality or [name] * len(read.rows))
    made = []
    for kind in dict.fromkeys(kinds.tolist()):
        rows = np.flatnonzero(whole & (kinds == kind))
        if len(rows):
            names = tuple(read.names[row] if read.names else f"{kind} {read.places[row] + 1}" for row in rows)
            items = ItemAxis(names, tuple(read.places[rows].tolist()))
            made.append(Embeds(gap.unit(read.rows[rows]), items, kind, ""))
    return made


def _check(parts: Sequence[Embeds], method: str, seed: int) -> None:
    if sum(len(part.items) for part in parts) < 2:
        raise MediaError("A map needs at least 2 items with a direction; give more vectors that are not all zeros.")
    if method not in MAP_METHODS:
        raise MethodError(f'There is no way to lay a space out called "{method}"; there are: {", ".join(MAP_METHODS)}.')
    if not 0 <= seed < 2**32:
        raise MethodError(f"A map's seed is a whole number from 0 to {2**32 - 1:,}, got {seed}; name another.")


def _items(parts: Sequence[Embeds]) -> ItemAxis:
    places = tuple(place for part in parts for place in (part.items.places or range(len(part.items))))
    return ItemAxis(tuple(name for part in parts for name in part.items.names), places)


def _spans(parts: Sequence[Embeds]) -> list[tuple[int, int]]:
    ends = np.cumsum([len(part.items) for part in parts]).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _stages(watch: Watch, steps: int) -> tuple[Callable, Callable, Callable, int]:
    """Share the bar out among neighbours, `steps` of the layout, and what is measured; how long it is in all."""
    total = steps * (100 + BEFORE + AFTER) // 100
    begin, end = steps * BEFORE // 100, total - steps * AFTER // 100
    return _stage(watch, 0, begin, total), _stage(watch, begin, end, total), _stage(watch, end, total, total), total


def _stage(watch: Watch, begin: int, end: int, total: int) -> Callable[[int, int], None]:
    return lambda done, whole: watch.step(begin + (end - begin) * done // max(whole, 1), total)


def _joined(first: Neighbours, second: Neighbours) -> Neighbours:
    places, distances = np.concatenate([first.places, second.places]), np.concatenate([first.distances, second.distances])
    return replace(first, places=places, distances=distances)
