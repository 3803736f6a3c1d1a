"""What a model reads of a film and its text: one vector a shot, of a few of its frames, and one a clause."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from mmviz.axes import ShotAxis, TextAxis
from mmviz.media import clauses as clause_media
from mmviz.media import video as films
from mmviz.media.stills import SIDE, Stills
from mmviz.pipeline.vectors import PICTURES, Watch, batches, embed
from mmviz.samples import Image, Text, Video

#: Where frames are taken from a shot, as shares of it; from one shorter than BRIEF seconds only the middle one.
PLACES, BRIEF = (0.2, 0.5, 0.8), 1.0
#: Pixels of the longer side of the picture that stands for a shot, at most.
SHOWN = 160
#: Words (or Chinese characters) of a clause that are read at once; of a longer one the parts' vectors are averaged.
PART = 30
#: Told (stage, done, total); the stages are "clauses", "shots", "frames" and "match". What it raises ends the work.
Progress = Callable[[str, int, int], None]


class _Place(NamedTuple):
    """Where a shot is looked at, how far from there a frame may lie (seconds), and whether this is its middle."""

    shot: int
    second: float
    within: float
    is_middle: bool


def quiet(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def of_shots(
    video: Video, axis: ShotAxis, model: str, device: str = "auto", tell: Progress = quiet, *, stills: Stills | None = None
) -> tuple[np.ndarray, tuple[np.ndarray, ...], str]:
    """Look at shots: up to three frames of each.

    Args:
        video: a parsed film.
        axis: S of its shots, in order.
        model: a name of `mmviz list models` that has vectors of pictures.
        device: "auto", "cpu", "cuda" or "mps".
        tell: told ("frames", done, total) before every eight frames.
        stills: frames that were kept while shots were found; what lies near enough to one is not decoded again.

    Returns:
        The mean of each shot's vectors, shape (S, D), float32, at length 1; S pictures of the middle frames, (h, w, 3), uint8, their
        longer side at most 160 pixels; and the id of the checkpoint.

    Raises:
        MmvizError: frames cannot be decoded, or the model cannot be run.
    """
    places = [place for shot in range(len(axis)) for place in _places(axis, shot)]
    pictures: list[np.ndarray] = []

    def parts() -> Iterator[tuple[int, list[Image]]]:
        part: list[Image] = []
        for place, image in zip(places, _frames(video, places, stills or Stills()), strict=True):
            part.append(image)
            if place.is_middle:
                pictures.append(_small(image.pixels))
            if len(part) == PICTURES:
                yield len(part), part
                part = []
        yield len(part), part

    watch = Watch(lambda done, total: tell("frames", done, total))
    vectors, checkpoint = embed(parts(), model, device, watch, done=0, total=len(places))
    return _pooled(vectors, [place.shot for place in places], len(axis)), tuple(pictures), checkpoint


def of_clauses(clauses: TextAxis, model: str, device: str = "auto", tell: Progress = quiet) -> tuple[np.ndarray, int]:
    """Read clauses, a long one in parts.

    Args:
        clauses: C of them.
        model, device: as of `of_shots`.
        tell: told ("clauses", done, total) before every 32 parts.

    Returns:
        The mean of the vectors of each clause's parts, shape (C, D), float32, at length 1; and how many clauses were long.

    Raises:
        ModelError: the model cannot be run.
    """
    parts = [(row, part) for row, label in enumerate(clauses.labels) for part in _parts(label)]
    watch = Watch(lambda done, total: tell("clauses", done, total))
    vectors, _ = embed(batches([Text(part) for _, part in parts]), model, device, watch, done=0, total=len(parts))
    rows = [row for row, _ in parts]
    return _pooled(vectors, rows, len(clauses)), int((np.bincount(rows, minlength=len(clauses)) > 1).sum())


def _places(axis: ShotAxis, shot: int) -> list[_Place]:
    """Say where a shot is looked at; a frame half way from there to its nearer end will do as well."""
    start, end = float(axis.starts[shot]), float(axis.ends[shot])
    shares = (0.5,) if end - start < BRIEF else PLACES
    return [_Place(shot, start + s * (end - start), min(s, 1 - s) / 2 * (end - start), s == 0.5) for s in shares]


def _frames(video: Video, places: list[_Place], stills: Stills) -> Iterator[Image]:
    """Give the frame of every place: one that was kept, else decode it."""
    kept = [stills.find(place.second, place.within) for place in places]
    rest = films.frames_at(video, [p.second for p, number in zip(places, kept, strict=True) if number is None], SIDE)
    for place, number in zip(places, kept, strict=True):
        name = f"{video.name} at {place.second:.2f} s"
        yield next(rest) if number is None else Image(stills.read(number), name, source=video.source)


def _parts(clause: str) -> list[str]:
    """Divide a clause that is too long for a model's text side into parts of equal length, at white space or between characters."""
    is_chinese = clause_media.language_of(clause) == "zh"
    units = list(clause.strip()) if is_chinese else clause.split()
    count = max(1, -(-len(units) // PART))
    size = -(-len(units) // count)
    return [("" if is_chinese else " ").join(units[at : at + size]) for at in range(0, max(len(units), 1), size or 1)]


def _pooled(vectors: np.ndarray, rows: list[int], count: int) -> np.ndarray:
    """Average vectors that belong to one row, and scale to length 1; shape (count, D)."""
    pooled = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(pooled, rows, vectors)
    return pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-9)


def _small(pixels: np.ndarray) -> np.ndarray:
    """Make a picture small by averaging squares of pixels."""
    step = max(1, -(-max(pixels.shape[:2]) // SHOWN))
    height, width = (max(1, n // step) for n in pixels.shape[:2])
    part = pixels[: height * step, : width * step] if min(pixels.shape[:2]) >= step else pixels[:1, :1]
    return part.reshape(height, step, width, step, 3).mean((1, 3)).round().astype(np.uint8)
