"""Small multiples on the page: all methods for one word, all words by one method, or one word layer by layer."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from mmviz import pipeline
from mmviz.results import Alignment
from mmviz.ui import ending, menus, multiples_words, picking, reading, trusting, widget_words, words
from mmviz.ui.anew import Anew
from mmviz.ui.boundary import shows_errors
from mmviz.ui.multiples_words import say
from mmviz.ui.pair import Pair
from mmviz.ui.reading import AVERAGE, Reading
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Cancelled, Progress, Step, payloads, steps
from mmviz.views import theme
from mmviz.views.multiples import multiples as drawn
from mmviz.views.overlay import frame, regions

#: Patches of a map that are listed.
STRONGEST = 3


def wire(tab: Pair, language: gr.BrowserState) -> tuple[Anew, Any, Any]:
    """Wire the panel.

    Args:
        tab: laid out.
        language: the visitor's language.

    Returns:
        How the panel begins anew, the drawing of maps, and the event after which one of them is the large one.
    """
    panel, seen = tab.panels.multiples, tab.answer.seen
    running = panel.multiples(show_maps, [seen, language], panel, **PRIVATE)
    panel.stop(None, cancels=[running], **ending.AT_ONCE)
    return Anew(begin, [seen, language], [panel]), running, picking.wire(panel, "picked", tab, language)


@shows_errors
def begin(seen: Reading | None, language: str) -> dict[str, Any]:
    """Show the panel for a new answer, nothing drawn yet."""
    return gr.update(value="" if seen is None else payload(seen, language, is_new=True), visible=seen is not None)


@shows_errors
def show_maps(seen: Reading | None, language: str, event: gr.EventData) -> Iterator[str]:
    """Draw small maps: `kind` "methods" (of unit `row`), "words", or "layers" (of `row`, by `method`); payloads on the way and at the end."""
    row = trusting.row_of(seen, event.row, language)
    if event.kind == "words":
        yield payload(seen, language, view=words_view(seen, language))
        return
    if event.kind not in ("methods", "layers"):
        raise gr.Error(say("no_choice", language), title=words.say("error_title", language), print_exception=False)
    yield payload(seen, language, step=Step(0, 0))
    write, view = partial(payload, seen, language), methods_view if event.kind == "methods" else layers_view
    found = _drawing(seen, event.kind, str(event.method))
    yield from payloads(found, lambda s: write(step=s), lambda maps: write(view=view(seen, maps, row, language)), write)


def _drawing(seen: Reading, kind: str, method: str) -> Iterator[Step | list[Alignment]]:
    """Draw the answer's pair by all methods or by all layers of one, the average map taken away where the page has it so."""
    whole = reading.asked_again(seen)
    text, image = reading.text_of(seen.alignment), pipeline.read_image(seen.path)

    def work(progress: Progress, cancelled: Cancelled) -> list[Alignment]:
        if kind == "methods":
            watched = {"progress": progress, "cancelled": cancelled, "device": seen.device}
            found = pipeline.by_methods(whole, text, image, **watched)
        else:
            found = pipeline.by_layers(whole, method, text, image, device=seen.device)
        return [pipeline.minus_average(one) for one in found] if AVERAGE in seen.alignment.options else found

    return steps(work)


def methods_view(seen: Reading, found: list[Alignment], row: int, language: str) -> dict[str, Any]:
    """Write one unit's map by every method, coloured by rank and by share, as their units differ."""
    rows = [_row_in(one, seen, row) for one in found]
    cells = [
        {"title": menus.method_title(one.method, language), **_choice(one, row, seen), **_facts(one, at, language)}
        for one, at in zip(found, rows, strict=True)
    ]
    scales = {
        name: np.stack([measure(one)[at] for one, at in zip(found, rows, strict=True)])
        for name, measure in (("shares", pipeline.shares), ("ranks", pipeline.ranks))
    }
    target = words.say(f"target_{seen.alignment.target}", language)
    said = say("said_methods", language, target=target)
    title = say("title_methods", language, unit=_labels(seen, language)[row])
    raw = np.stack([one.scores[at] for one, at in zip(found, rows, strict=True)])
    coloured = [
        {"name": name, "title": say(f"scale_{name}", language, found[0].key.kind), **drawn(maps, "mass")}
        for name, maps in scales.items()
    ]
    return _view(seen, "methods", title, said, language, cells=cells, scales=coloured, raw=raw, ranks=scales["ranks"])


def words_view(seen: Reading, language: str) -> dict[str, Any]:
    """Write the map of every unit on the page, on the large map's scale."""
    alignment = seen.alignment
    cells = [
        {"title": title, "pick": {"row": row}, **_facts(alignment, row, language)}
        for row, title in enumerate(_labels(seen, language))
    ]
    title = say("title_words", language, method=menus.method_title(alignment.method, language))
    said = say("said_words", language)
    return _view(seen, "words", title, said, language, cells=cells, scales=[_common(alignment, alignment.scores, language)])


def layers_view(seen: Reading, found: list[Alignment], row: int, language: str) -> dict[str, Any]:
    """Write one unit's map by one method of every layer, all on one scale."""
    rows = [_row_in(one, seen, row) for one in found]
    cells = [
        {"title": say("layer", language, n=layer), **_choice(one, row, seen), **_facts(one, at, language)}
        for layer, (one, at) in enumerate(zip(found, rows, strict=True))
    ]
    method = menus.method_title(found[0].method, language)
    title = say("title_layers", language, unit=_labels(seen, language)[row], method=method)
    raw = np.stack([one.scores[at] for one, at in zip(found, rows, strict=True)])
    said = say("said_layers", language)
    return _view(seen, "layers", title, said, language, cells=cells, scales=[_common(found[0], raw, language)], raw=raw)


def payload(
    seen: Reading, language: str, *, step: Step | None = None, view: dict[str, Any] | None = None, is_new: bool = False
) -> str:
    """Write the panel: what can be asked, how far the work is, and what was drawn."""
    alignment = seen.alignment
    able = pipeline.methods_under(alignment.model, alignment.target, ("layers",))
    deep = pipeline.depth_of(alignment.model, alignment.target)[0] > 1
    counts = None if step is None else {"done": step.done, "total": step.total}
    busy = "" if step is None else say("busy", language, **counts) if step.total else say("begun", language)
    facts = {
        "words": multiples_words.all_of(language, alignment.key.kind),
        "units": _labels(seen, language),
        "layered": [{"name": one.name, "title": menus.method_title(one.name, language)} for one in able] if deep else [],
        "method": alignment.method,
        "busy": busy,
        "share": 0 if step is None else step.done / max(1, step.total),
        "is_new": is_new,
    }
    return reading.written(facts | ({} if view is None else {"view": view}))


def _view(
    seen: Reading,
    kind: str,
    title: str,
    said: str,
    language: str,
    *,
    cells: list[dict[str, Any]],
    scales: list[dict[str, Any]],
    raw: np.ndarray | None = None,
    ranks: np.ndarray | None = None,
) -> dict[str, Any]:
    """Put a view together; `raw` and `ranks` have shape (M, K), a row a cell."""
    alignment = seen.alignment
    raw = alignment.scores if raw is None else raw
    is_less = AVERAGE in alignment.options
    return {
        "kind": kind,
        "title": title,
        "said": [said, *([say("less_average", language)] if is_less else [])],
        "cells": cells,
        "scales": scales,
        "raw": theme.packed(raw.astype(np.float32)),
        "ranks": None if ranks is None else theme.packed(ranks.astype(np.float32)),
        "grid": list(alignment.key.grid),
        "frame": frame(alignment.key),
        "regions": regions(alignment.key),
        "size": list(alignment.key.size),
        "file": {"text": alignment.query.text, "model": alignment.model, "target": alignment.target, "minus_average": is_less},
    }


def _common(alignment: Alignment, maps: np.ndarray, language: str) -> dict[str, Any]:
    """Colour maps of one unit of measure on one scale."""
    return {"name": "values", "title": _measure(alignment, language), **drawn(maps, alignment.scale)}


def _measure(alignment: Alignment, language: str) -> str:
    return widget_words.overlay(language)[f"scale_{alignment.scale}"]


def _facts(alignment: Alignment, row: int, language: str) -> dict[str, Any]:
    """Write what is known of one map: its measure, strongest patches as [patch, value], and what stands in its file."""
    scores = alignment.scores[row]
    nearest = np.argsort(scores if alignment.scale in theme.LOWER_IS_NEARER else -scores, kind="stable")[:STRONGEST]
    options = {name: value for name, value in alignment.options.items() if value is not None}
    unit = {"text": alignment.query.labels[row], "span": alignment.query.spans[row].tolist()}
    return {
        "measure": _measure(alignment, language),
        "strongest": [[int(patch), float(scores[patch])] for patch in nearest],
        "flat": bool(np.ptp(scores) == 0),
        "file": {"unit": unit, "method": alignment.method, "options": options, "scale": alignment.scale},
    }


def _choice(alignment: Alignment, row: int, seen: Reading) -> dict[str, Any]:
    """Say what a click on a map asks for, and whether it is the large one already."""
    numbers = {name: alignment.options.get(name) for name in picking.NUMBERS}
    large = {name: seen.alignment.options.get(name) for name in picking.NUMBERS}
    is_shown = (alignment.method, numbers) == (seen.alignment.method, large)
    return {"pick": {"method": alignment.method, "row": row, **numbers}, "is_shown": is_shown}


def _row_in(alignment: Alignment, seen: Reading, row: int) -> int:
    """Find a unit of the page in an alignment of the whole text."""
    return reading.spans_of(alignment).index(reading.spans_of(seen.alignment)[row])


def _labels(seen: Reading, language: str) -> list[str]:
    query = seen.alignment.query
    whole = say("whole", language)
    return [whole if kind == "text" else label for label, kind in zip(query.labels, query.kinds, strict=True)]
