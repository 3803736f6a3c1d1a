"""A matching cut otherwise: shots or clauses split and merged by hand, and the rest matched again."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mmviz.axes import ShotAxis, TextAxis
from mmviz.errors import MethodError
from mmviz.matchings import Constraints, Matching, Order
from mmviz.media.shots import Shots
from mmviz.pipeline import correcting, film_vectors, films
from mmviz.pipeline.cutting import read_video
from mmviz.pipeline.films import rematch

#: A shot may be as short as this, in seconds.
SHORTEST = 0.1


def merge_shots(matching: Matching, first: int) -> Matching:
    """Make one shot of shot `first` and the next: its vector is the mean of theirs by length, its picture that of the longer.

    Raises:
        MethodError: there is no next shot, or the vectors are not known.
    """
    shots, vectors = _shots(matching)
    if not 0 <= first < len(shots) - 1:
        raise MethodError(f"Shot {first + 1} has no next one to be merged with; there are {len(shots)}.")
    lengths = (shots.ends - shots.starts)[first : first + 2]
    kept = first + int(lengths[1] > lengths[0])
    gone = 2 * first + 1 - kept
    mean = lengths @ vectors[first : first + 2]
    vectors = np.delete(vectors, first + 1, 0)
    vectors[first] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    axis = ShotAxis(np.delete(shots.starts, first + 1), np.delete(shots.ends, first), np.delete(shots.keys, gone))
    links, of_clauses = matching.order.of(matching.p.shape)
    pictures = tuple(picture for n, picture in enumerate(matching.pictures) if n != gone)
    changed = replace(matching, **_unmatched(vectors, _clauses(matching)[1]), shots=axis, shot_embeds=vectors, pictures=pictures)
    changed = replace(changed, order=Order(np.delete(links, first), of_clauses))
    return rematch(changed, constraints=correcting.after_merge(matching.constraints, "shots", first))


def split_shot(matching: Matching, film: str | Path, shot: int, time: float, device: str = "auto") -> Matching:
    """Cut a shot in two; both halves are looked at anew.

    Args:
        matching: of `pipeline.film`.
        film: its file.
        shot: which one.
        time: where, in seconds of the film; a place outside of the shot, or less than 0.1 s from its ends, is its middle.
        device: where the model runs.

    Raises:
        MediaError: the film cannot be read any more.
        MethodError: there is no such shot, it is shorter than 0.2 s, or the vectors are not known.
    """
    shots, vectors = _shots(matching)
    if not 0 <= shot < len(shots):
        raise MethodError(f"There is no shot {shot + 1}; there are {len(shots)}.")
    start, end = float(shots.starts[shot]), float(shots.ends[shot])
    if end - start < 2 * SHORTEST:
        raise MethodError(
            f"Shot {shot + 1} is {end - start:.2f} s long and cannot be split; that takes at least {2 * SHORTEST} s."
        )
    place = time if start + SHORTEST <= time <= end - SHORTEST else (start + end) / 2
    halves = ShotAxis(np.array([start, place]), np.array([place, end]), np.array([(start + place) / 2, (place + end) / 2]))
    rows, pictures, _ = film_vectors.of_shots(read_video(film), halves, matching.model, device)
    axis = ShotAxis(*(_spliced(getattr(shots, n), shot, getattr(halves, n)) for n in ("starts", "ends", "keys")))
    links, of_clauses = matching.order.of(matching.p.shape)
    vectors = _spliced(vectors, shot, rows)
    seen = (*matching.pictures[:shot], *pictures, *matching.pictures[shot + 1 :])
    changed = replace(matching, **_unmatched(vectors, _clauses(matching)[1]), shots=axis, shot_embeds=vectors, pictures=seen)
    changed = replace(changed, order=Order(np.insert(links, shot, 1), of_clauses))
    return rematch(changed, constraints=correcting.after_split(matching.constraints, "shots", shot))


def merge_clauses(matching: Matching, first: int, device: str = "auto") -> Matching:
    """Make one clause of clause `first` and the next, and read it anew.

    Raises:
        MethodError: there is no next clause, or the vectors are not known.
    """
    clauses = _clauses(matching)[0]
    if not 0 <= first < len(clauses) - 1:
        raise MethodError(f"Clause {first + 1} has no next one to be merged with; there are {len(clauses)}.")
    bounds = np.delete(clauses.spans[:, 0], first + 1)
    return _reread(
        matching, bounds, slice(first, first + 2), 1, correcting.after_merge(matching.constraints, "clauses", first), device
    )


def split_clause(matching: Matching, clause: int, at: int, device: str = "auto") -> Matching:
    """Begin a new clause inside of one, and read both anew.

    Args:
        matching: of `pipeline.film`.
        clause: which one.
        at: code points from its beginning; neither part may be without a letter or digit.
        device: where the model runs.

    Raises:
        MethodError: there is no such clause, nothing to read is left of a part, or the vectors are not known.
    """
    clauses = _clauses(matching)[0]
    label = clauses.labels[clause] if 0 <= clause < len(clauses) else ""
    if not (any(map(str.isalnum, label[: max(0, at)])) and any(map(str.isalnum, label[max(0, at) :]))):
        raise MethodError(f"Clause {clause + 1} cannot be split at character {at}; a word must be left on both sides.")
    bounds = np.insert(clauses.spans[:, 0], clause + 1, clauses.spans[clause, 0] + at)
    about = correcting.after_split(matching.constraints, "clauses", clause)
    return _reread(matching, bounds, slice(clause, clause + 1), 2, about, device)


def _reread(matching: Matching, bounds: np.ndarray, old: slice, count: int, about: Constraints, device: str) -> Matching:
    """Put `count` clauses in the place of old ones, read them, and match again."""
    clauses, vectors = _clauses(matching)
    spans = np.stack([bounds, [*bounds[1:], len(clauses.text)]], axis=1).astype(int)
    nothing = np.zeros(len(spans), bool)
    axis = TextAxis(clauses.text, spans, ("clause",) * len(spans), nothing, nothing)
    rows, _ = film_vectors.of_clauses(_part(axis, slice(old.start, old.start + count)), matching.model, device)
    vectors = np.concatenate([vectors[: old.start], rows, vectors[old.stop :]])
    found = Shots(_shots(matching)[0], np.empty((0, 2)), 0.0, 0)
    order = Order(matching.order.of(matching.p.shape)[0], films.order_of(found, axis).clauses)
    changed = replace(matching, **_unmatched(_shots(matching)[1], vectors), clauses=axis, clause_embeds=vectors, order=order)
    return rematch(changed, constraints=about)


def _unmatched(shots: np.ndarray, clauses: np.ndarray) -> dict[str, object]:
    """Give similarities of vectors, with nothing decided yet."""
    similarity = (shots @ clauses.T).astype(np.float32)
    nothing, ones = np.zeros_like(similarity), np.ones(len(shots), np.float32)
    alone = np.ones(len(clauses), np.float32)
    known = {"similarity": similarity, "p": nothing, "null": ones, "clause_null": alone, "edges": (), "steps": None}
    return {**known, "constraints": Constraints()}


def _spliced(rows: np.ndarray, place: int, two: np.ndarray) -> np.ndarray:
    return np.concatenate([rows[:place], two, rows[place + 1 :]])


def _shots(matching: Matching) -> tuple[ShotAxis, np.ndarray]:
    if matching.shots is None or matching.shot_embeds is None:
        raise MethodError("This matching has no film behind it, so its shots cannot be cut otherwise; match a film first.")
    return matching.shots, matching.shot_embeds.copy()


def _clauses(matching: Matching) -> tuple[TextAxis, np.ndarray]:
    if matching.clauses is None or matching.clause_embeds is None:
        raise MethodError("This matching has no text behind it, so its clauses cannot be cut otherwise; match a text first.")
    return matching.clauses, matching.clause_embeds


def _part(axis: TextAxis, part: slice) -> TextAxis:
    """Give some of the clauses as an axis of their own."""
    return TextAxis(axis.text, axis.spans[part], axis.kinds[part], axis.cut[part], axis.unknown[part])
