"""What is done for the film tab: matching a film with a text, and matching again what was corrected."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import gradio as gr

from mmviz import pipeline
from mmviz.errors import Stopped
from mmviz.matchings import Matching
from mmviz.pipeline import correcting
from mmviz.ui import film_words, films, menus, reading
from mmviz.ui.filmed import Watched
from mmviz.ui.work import Cancelled, Progress, Step, steps

#: Where the page's own server gives a file, as seen from the page.
FILE = "gradio_api/file="


@dataclass(frozen=True)
class Asked:
    """What a visitor filled in: paths of uploads, text, names; in which language to answer."""

    video: str | None
    text: str
    file: str | None
    model: str
    matcher: str
    level: str
    gradual: bool
    language: str

    def with_example(self, video: str, text: str, gradual: bool) -> "Asked":
        """Ask the same of an example."""
        return replace(self, video=video, text=text, file=None, gradual=gradual)


def watch(asked: Asked, device: str, plays: bool = False) -> Iterator[Step | Watched]:
    """Match a film with a text.

    Args:
        asked: of models, only those on offer; the file's text counts where there is one.
        device: as of `pipeline.film`.
        plays: it is an example, which begins to play by itself.

    Yields:
        A `Step` with its stage each time the work tells one, then what was found.

    Raises:
        MmvizError: something of it cannot be used.
    """
    model = menus.known_model(asked.model).name
    text = pipeline.read_script(asked.file) if asked.file else asked.text

    def work(progress: Progress, cancelled: Cancelled) -> Watched:
        def told(stage: str, done: int, total: int) -> None:
            if cancelled():
                raise Stopped("Stopped while the film was matched, as was asked.")
            progress(done, total, stage)

        options = {"level": asked.level, "gradual": asked.gradual, "device": device, "progress": told}
        film = films.proven(asked.video)
        matching = pipeline.film(film, text, model, asked.matcher, **options)
        return Watched(matching, asked.video, link(asked.video), device, plays)

    yield from steps(work)


def corrected(watched: Watched, event: gr.EventData) -> Watched | None:
    """Match again under a correction.

    Args:
        watched: what is on the page.
        event: its `kind`, and the `shot`, `clause`, `time`, `at`, `from`, `to` or `on` it is about.

    Returns:
        What is on the page then; None where the correction is about something that is not there.

    Raises:
        MmvizError: it cannot be matched like that.
    """
    kind, matching = str(getattr(event, "kind", "")), watched.matching
    if kind == "undo":
        return watched.undone()
    if kind in RECUTS:
        made = RECUTS[kind](watched, event)
        return None if made is None else watched.corrected(made)
    about = _constrained(matching, kind, event)
    return None if about is None else watched.corrected(pipeline.rematch(matching, constraints=about))


def compared(watched: Watched, matcher: str) -> Watched:
    """Match the same by another matcher under the same corrections, to stand beside; "" takes it away."""
    if not matcher:
        return replace(watched, versus=None)
    return replace(watched, versus=pipeline.rematch(watched.matching, matcher=matcher))


def link(path: str) -> str:
    """Give the address at which the browser finds a film that was uploaded, or one of the examples."""
    from gradio import processing_utils, utils

    return FILE + quote(processing_utils.save_file_to_cache(path, utils.get_upload_folder()))


def step_payload(step: Step, language: str) -> str:
    """Write how far the work is: its stages, the one it is at, and how much of that is done."""
    said = film_words.stage(step.stage, language, done=f"{step.done:,}", total=f"{step.total:,}")
    now = list(film_words.STAGES).index(step.stage)
    share = step.done / max(1, step.total)
    return reading.written({"stages": film_words.stages(language), "now": now, "said": said, "share": share})


def _merge_shots(watched: Watched, event: gr.EventData) -> Matching | None:
    shot = _place(event, "shot", len(watched.matching.p) - 1)
    return None if shot is None else pipeline.merge_shots(watched.matching, shot)


def _split_shot(watched: Watched, event: gr.EventData) -> Matching | None:
    shot, time = _place(event, "shot", len(watched.matching.p)), getattr(event, "time", None)
    if shot is None or not isinstance(time, int | float):
        return None
    return pipeline.split_shot(watched.matching, watched.path, shot, float(time), watched.device)


def _merge_clauses(watched: Watched, event: gr.EventData) -> Matching | None:
    clause = _place(event, "clause", watched.matching.p.shape[1] - 1)
    return None if clause is None else pipeline.merge_clauses(watched.matching, clause, watched.device)


def _split_clause(watched: Watched, event: gr.EventData) -> Matching | None:
    clause, at = _place(event, "clause", watched.matching.p.shape[1]), getattr(event, "at", None)
    if clause is None or type(at) is not int:
        return None
    return pipeline.split_clause(watched.matching, clause, at, watched.device)


RECUTS = {
    "merge_shots": _merge_shots,
    "split_shot": _split_shot,
    "merge_clauses": _merge_clauses,
    "split_clause": _split_clause,
}


def _place(event: gr.EventData, side: str, count: int) -> int | None:
    """Take the number of a shot or clause that an event names, if there is one."""
    place = getattr(event, side, None)
    return place if type(place) is int and 0 <= place < count else None


def _constrained(matching: Matching, kind: str, event: gr.EventData) -> Any:
    """Give what is known after a correction of pairs; None where there is no such pair, or no such correction."""
    about, shape = matching.constraints, matching.p.shape
    if kind == "chronological":
        return replace(about, chronological=bool(getattr(event, "on", False)))
    if kind == "move":
        old, new = (_pair(getattr(event, end, None), shape) for end in ("from", "to"))
        return None if new is None else correcting.move(about, old, new)
    pair = _pair([getattr(event, side, None) for side in ("shot", "clause")], shape, lone=kind in ("fix", "free"))
    change = {"fix": correcting.fix, "forbid": correcting.forbid, "free": correcting.free}.get(kind)
    return None if pair is None or change is None else change(about, *pair)


def _pair(given: Any, shape: tuple[int, int], lone: bool = False) -> tuple[int, int] | None:
    """Take a pair that an event names, if there is one; with `lone` also that of a shot and no clause."""
    if not isinstance(given, list | tuple) or len(given) != 2:
        return None
    lowest = (0, correcting.NONE if lone else 0)
    is_there = (type(n) is int and low <= n < end for n, low, end in zip(given, lowest, shape, strict=True))
    return (given[0], given[1]) if all(is_there) else None
