"""The overview of layers and heads on the page: every head ranked by deletion, and any of them made the large map."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from mmviz import pipeline
from mmviz.axes import KeyKind
from mmviz.pipeline import Heads
from mmviz.ui import ending, heads_words, menus, picking, reading, trust_words, trusting
from mmviz.ui.anew import Anew
from mmviz.ui.boundary import shows_errors
from mmviz.ui.heads_words import say
from mmviz.ui.pair import Pair
from mmviz.ui.reading import Reading, number, percent
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Cancelled, Progress, Step, payloads, steps
from mmviz.views import theme


def wire(tab: Pair, language: gr.BrowserState) -> tuple[Anew, Any, Any]:
    """Wire the overview.

    Args:
        tab: laid out.
        language: the visitor's language.

    Returns:
        How the overview begins anew, the testing of heads, and the event after which a head's map is the large one.
    """
    panel, seen = tab.panels.heads, tab.answer.seen
    running = panel.heads(weigh_heads, [seen, language], panel, **PRIVATE)
    panel.stop(None, cancels=[running], **ending.AT_ONCE)
    return Anew(begin, [seen, language], [panel]), running, picking.wire(panel, "picked_head", tab, language)


@shows_errors
def begin(seen: Reading | None, language: str) -> dict[str, Any]:
    """Show the overview for a new answer, nothing tested yet."""
    return gr.update(value="" if seen is None else payload(seen, language, is_new=True), visible=seen is not None)


@shows_errors
def weigh_heads(seen: Reading | None, language: str, event: gr.EventData) -> Iterator[str]:
    """Test every head for the unit `row`: payloads while patches are hidden, and at the end."""
    row = trusting.row_of(seen, event.row, language)
    write = partial(payload, seen, language)
    yield write(step=Step(0, 0))
    yield from payloads(
        judged(seen, row),
        lambda s: write(step=s),
        lambda found: write(view=_view(found, row, language, seen.alignment.key.kind)),
        write,
    )


def judged(seen: Reading, row: int) -> Iterator[Step | Heads]:
    """Judge every head for one unit of the page, or find that in the store.

    Yields:
        A `Step` each time some pictures were seen, then what was found.

    Raises:
        MmvizError: the model cannot be run any more, or has no heads to choose from.
    """
    whole = reading.asked_again(seen)
    text, image = reading.text_of(seen.alignment), pipeline.read_image(seen.path)
    place = reading.spans_of(whole).index(reading.spans_of(seen.alignment)[row])

    def work(progress: Progress, cancelled: Cancelled) -> Heads:
        watched = {"progress": progress, "cancelled": cancelled, "device": seen.device}
        return pipeline.judge_heads(whole, text, image, row=place, **watched)

    return steps(work)


def payload(
    seen: Reading, language: str, *, step: Step | None = None, view: dict[str, Any] | None = None, is_new: bool = False
) -> str:
    """Write the overview: what can be asked and what it costs, how far the work is, and what was found."""
    alignment, query = seen.alignment, seen.alignment.query
    layers, heads = pipeline.depth_of(alignment.model, alignment.target)
    is_able = layers * heads > 1 and bool(pipeline.methods_under(alignment.model, alignment.target, picking.NUMBERS))
    costs = {"layers": layers, "heads": heads, "passes": f"{pipeline.passes_of_heads(alignment):,}"}
    whole = say("whole", language)
    counts = None if step is None else {"done": f"{step.done:,}", "total": f"{step.total:,}"}
    columns = alignment.key.kind
    facts = {
        "words": heads_words.all_of(language, columns),
        "units": [whole if kind == "text" else label for label, kind in zip(query.labels, query.kinds, strict=True)],
        "weigh": say("weigh", language, **costs) if is_able else "",
        "busy": "" if step is None else say("busy", language, columns, **counts) if step.total else say("begun", language),
        "share": 0 if step is None else step.done / max(1, step.total),
        "is_new": is_new,
    }
    return reading.written(facts | ({} if view is None else {"view": view}))


def _view(found: Heads, row: int, language: str, columns: KeyKind) -> dict[str, Any]:
    """Write what was found of unit `row`, whose maps have such columns: the cells with their colours' place, and what the numbers mean."""
    band = {name: number(getattr(found.random, name)) for name in ("mean", "low", "high")}
    named = {"kind": say(f"kind_{found.kind}", language), "fill": trust_words.say(f"fill_{found.fill}", language, columns)}
    said = say("said", language, columns, n=found.random.n, **band, **named)
    known = found.areas[np.isfinite(found.areas)]
    slow, soon = (float(known.max()), float(known.min())) if known.size else (1.0, 0.0)
    title = say("title_of", language, method=menus.method_title(found.method, language), unit=found.unit)
    return {
        "title": title,
        "said": [said, *([say("same_map", language)] if found.kind == "cosine" else [])],
        "row": row,
        "method": found.method,
        "cells": [
            [_cell(found, layer, head, slow - soon) for head in range(found.areas.shape[1])] for layer in range(len(found.areas))
        ],
        "colours": theme.packed(theme.colours("mass")),
        "ends": [number(slow), number(soon)],
        "json": found.to_json(),
    }


def _cell(found: Heads, layer: int, head: int, extent: float) -> dict[str, Any] | None:
    """Write one head, or None where its map is the same everywhere; `at` runs from 0 for the slowest to 1 for the soonest."""
    area = float(found.areas[layer, head])
    if not np.isfinite(area):
        return None
    slowest = float(np.nanmax(found.areas))
    return {
        "area": number(area),
        "rank": int(found.ranks[layer, head]),
        "better": percent(float(found.better[layer, head])),
        "at": (slowest - area) / (extent or 1.0),
        "beyond": area < found.random.low,
    }
