"""A film against a text: shots and clauses through a model's vectors, matched, and matched again under what is known."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mmviz import options as option_values
from mmviz.axes import ShotAxis, TextAxis
from mmviz.errors import MethodError
from mmviz.matchings import FREE, LINKED, Constraints, Matching, Order
from mmviz.media import markers, subtitles
from mmviz.media import shots as shot_media
from mmviz.media import video as films
from mmviz.media.stills import Stills
from mmviz.methods.deciding import check_size
from mmviz.methods.telling import remarks
from mmviz.pipeline import film_vectors
from mmviz.pipeline.cutting import clauses as clauses_of
from mmviz.pipeline.cutting import shots as shots_of
from mmviz.pipeline.doors import DEFAULT_MODEL, family_of, is_bundled
from mmviz.pipeline.film_vectors import Progress, quiet
from mmviz.pipeline.vectors import check_vectors
from mmviz.registry import Entry, matchers
from mmviz.samples import Video
from mmviz.trusts import Remark

DEFAULT_MATCHER = "gnn"
#: How firmly a clause follows by the marker it begins with; any other 1.
FIRM = {"earlier": 0.0, "same": 0.5}
#: Seconds between two shots over which what links them halves.
HALF = 2.0


def film(
    video: str | Path | Video,
    text: str | TextAxis,
    model: str = DEFAULT_MODEL,
    matcher: str = DEFAULT_MATCHER,
    *,
    gradual: bool = False,
    level: str = "normal",
    constraints: Constraints = FREE,
    shots: ShotAxis | None = None,
    device: str = "auto",
    progress: Progress | None = None,
    **options: Any,
) -> Matching:
    """Match the shots of a film with the clauses of a text.

    Args:
        video: path of a file, or a film that is read.
        text: up to 100,000 characters, also of an SRT or WebVTT file; or its clauses as they were corrected.
        model: a name of `mmviz list models` that has vectors of whole texts and pictures.
        matcher: a name of the registry `matchers`.
        gradual: also look for cuts that take time (dissolves, fades).
        level: how finely a text is divided: "fine", "normal" or "sentence".
        constraints: what is known before; numbers of shots and clauses count from 0.
        shots: the shots as they were corrected; None to find them.
        device: "auto", "cpu", "cuda" or "mps".
        progress: told the stage, what is done of it, and its total.
        **options: of the matcher.

    Returns:
        The matching, with both axes, a small picture a shot, the vectors, and remarks: those of `telling.remarks`;
        "bundled_on_real" where a model that knows drawn scenes only was shown another film; "long_clauses" with `n`, how many were read
        in parts; "cut_short" where the file ends before it says.

    Raises:
        MmvizError: the film or the text cannot be used, the model has no vectors, or the matcher cannot take so many.
    """
    entry = matchers[matcher]
    option_values.read(entry, options)
    check_vectors(family_of(model), model)
    tell = progress or quiet
    video = take_in(video)
    clauses = text if isinstance(text, TextAxis) else clauses_of(subtitles.plain(text), level=level)
    check_size(1, len(clauses), entry.facts.get("longest"))
    # clauses first: a model that cannot be run says so at once
    clause_embeds, n_long = film_vectors.of_clauses(clauses, model, device, tell)
    stills = Stills()
    found = _shots(video, shots, gradual, tell, stills)
    check_size(len(found.axis), len(clauses), entry.facts.get("longest"))  # before pictures are read in vain
    shot_embeds, pictures, checkpoint = film_vectors.of_shots(video, found.axis, model, device, tell, stills=stills)
    about = {"shots": found.axis, "clauses": clauses, "model": model, "checkpoint": checkpoint, "pictures": pictures}
    about |= {"film": video, "shot_embeds": shot_embeds, "clause_embeds": clause_embeds}
    tell("match", 0, 1)
    made = match(
        np.clip(shot_embeds @ clause_embeds.T, -1, 1), matcher, order=order_of(found, clauses), constraints=constraints,
        about=about, said=_said(video, model, n_long, found), **options,
    )  # fmt: skip
    tell("match", 1, 1)
    return made


def match(
    similarity: np.ndarray,
    matcher: str = DEFAULT_MATCHER,
    *,
    order: Order = LINKED,
    constraints: Constraints = FREE,
    about: dict[str, Any] | None = None,
    said: Sequence[Remark] = (),
    **options: Any,
) -> Matching:
    """Match the rows of similarities with their columns.

    Args:
        similarity: shape (S, C), shots down and clauses across, higher is nearer, at most 5,000 of each and 4,000,000 pairs.
        matcher: a name of the registry `matchers`.
        order, constraints: how neighbours follow one another, and what is known before.
        about: fields of the matching that say what was compared.
        said: remarks to begin with.
        **options: of the matcher.

    Returns:
        The matching, with remarks.

    Raises:
        MethodError: the similarities, constraints or options do not fit.
        UnknownName: there is no such matcher.
    """
    entry = matchers[matcher]
    made = entry.run(similarity, order, constraints, **option_values.read(entry, options))
    made = replace(made, **(about or {}))
    return replace(made, remarks=(*said, *remarks(made)))


def rematch(
    matching: Matching, *, matcher: str | None = None, constraints: Constraints | None = None, **options: Any
) -> Matching:
    """Match the same similarities again, by another matcher or under other constraints; no model runs.

    Args:
        matching: what was made before.
        matcher: another one, or None for the same with its options.
        constraints: what is known now, or None for the same.
        **options: of the matcher.

    Returns:
        The matching of the same shots and clauses.

    Raises:
        MethodError, UnknownName: as of `match`.
    """
    kept = ("film", "shots", "clauses", "model", "checkpoint", "pictures", "shot_embeds", "clause_embeds")
    about = {name: getattr(matching, name) for name in kept}
    said = [remark for remark in matching.remarks if remark.key in FILM_REMARKS]
    known = matching.constraints if constraints is None else constraints
    same = matcher in (None, matching.matcher) and not options
    options = matching.options if same else options
    places = {"order": matching.order, "constraints": known, "about": about, "said": said}
    return match(matching.similarity, matcher or matching.matcher, **places, **options)


def take_in(video: str | Path | Video) -> Video:
    """Take in a film; one that is read already is given back."""
    return video if isinstance(video, Video) else films.parse(video)


#: Remarks that hold of film, text and model, whatever matches them.
FILM_REMARKS = ("bundled_on_real", "long_clauses", "cut_short")


def matchers_of() -> list[Entry]:
    """List the matchers."""
    return list(matchers)


def read_similarity(path: str | Path) -> np.ndarray:
    """Read a matrix of similarities from a .npy file, shots down and clauses across.

    Raises:
        MethodError: there is no such file, it is no array, or it would have to be unpickled.
    """
    try:
        return np.load(path, allow_pickle=False)
    except OSError as error:
        raise MethodError(f"{path} cannot be read ({error.strerror or 'no file of numpy.save'}); check the path.") from error
    except (ValueError, EOFError) as error:
        raise MethodError(f"{path} is no plain array of numbers; write one with numpy.save.") from error


def order_of(found: shot_media.Shots, clauses: TextAxis) -> Order:
    """Say how firmly neighbours follow one another.

    Args:
        found: shots; one that begins in a slow transition breaks off from the one before, one after a pause hangs on it less.
        clauses: one that begins with a marker such as "before that" or "meanwhile" does not go on.

    Returns:
        The links of both sides.
    """
    starts, ends = found.axis.starts[1:], found.axis.ends[:-1]
    shot_links = 0.5 ** (np.maximum(starts - ends, 0) / HALF)
    for start, end in found.gradual:
        shot_links[(starts >= start) & (starts <= end)] = 0
    clause_links = np.array([FIRM.get(marker, 1.0) for marker in markers.find(clauses)[1:]], np.float32)
    return Order(shot_links.astype(np.float32), clause_links)


def _shots(video: Video, given: ShotAxis | None, gradual: bool, tell: Progress, stills: Stills) -> shot_media.Shots:
    if given is not None:
        return shot_media.Shots(given, np.empty((0, 2)), float(given.ends[-1]), 0)
    return shots_of(video, gradual=gradual, progress=lambda done, total: tell("shots", done, total), stills=stills)


def _said(video: Video, model: str, n_long: int, found: shot_media.Shots) -> list[Remark]:
    said = [Remark("bundled_on_real", {}, True)] if video.source != "drawn" and is_bundled(model) else []
    said += [Remark("long_clauses", {"n": n_long})] if n_long else []
    return said + ([Remark("cut_short", {}, True)] if "cut_short" in found.notes else [])
