"""A region of the picture on the page: which words look into a box, and what hiding it changes."""

from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from mmviz import pipeline
from mmviz.axes import KeyKind
from mmviz.ui import reading, why_words, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.reading import Reading, number, percent
from mmviz.ui.widgets import PRIVATE
from mmviz.whys import Region

#: What a visitor may do to the regions a detector found, beside leaving them out.
CORRECTED = ("added", "moved")


def wire(panel: gr.HTML, seen: gr.State, language: gr.BrowserState) -> None:
    """Wire the panel's own events."""
    panel.look(look, [seen, language], panel, **PRIVATE)
    panel.hide(hide, [seen, language], panel, **PRIVATE)
    panel.add_region(add, [seen, language], panel, **PRIVATE)
    panel.move_region(move, [seen, language], panel, **PRIVATE)


@shows_errors
def begin(seen: Reading | None, language: str) -> dict[str, Any]:
    """Show the panel for a new answer."""
    return gr.update(value="" if seen is None else payload(seen, language), visible=seen is not None)


@shows_errors
def look(seen: Reading | None, language: str, event: gr.EventData) -> str:
    """Say which words look into the box."""
    box = box_of(seen, event.box, language)
    return payload(seen, language, pipeline.looks(seen.alignment, box))


@shows_errors
def hide(seen: Reading | None, language: str, event: gr.EventData) -> str:
    """Hide the box, and say what changes."""
    box = box_of(seen, event.box, language)
    whole = reading.asked_again(seen)
    text, image = reading.text_of(seen.alignment), pipeline.read_image(seen.path)
    found, shown = pipeline.hidden(whole, box, text, image, device=seen.device), pipeline.looks(seen.alignment, box)
    rows = [reading.spans_of(whole).index(span) for span in reading.spans_of(seen.alignment)]
    own = None if found.changes is None else found.changes[rows]
    return payload(seen, language, replace(shown, hidden=found.hidden, change=found.change, changes=own, fill=found.fill))


@shows_errors
def add(seen: Reading | None, language: str, event: gr.EventData) -> str:
    """Read the box as a region that the detector missed, and say what changes."""
    return _corrected(seen, event.box, language, moves=False)


@shows_errors
def move(seen: Reading | None, language: str, event: gr.EventData) -> str:
    """Move the nearest region to the box, and say what changes."""
    return _corrected(seen, event.box, language, moves=True)


def _corrected(seen: Reading | None, given: Any, language: str, moves: bool) -> str:
    box = box_of(seen, given, language)
    text, image = reading.text_of(seen.alignment), pipeline.read_image(seen.path)
    found = pipeline.corrected(seen.alignment, box, text, image, moves=moves, device=seen.device)
    return payload(seen, language, found)


def box_of(seen: Reading | None, box: Any, language: str) -> tuple[float, ...]:
    """Check a box that came from the browser.

    Raises:
        gr.Error: there is no answer, or no box.
    """
    is_box = isinstance(box, list) and len(box) == 4 and all(isinstance(place, int | float) for place in box)
    if seen is None or not is_box:
        title = words.say("error_title", language)
        raise gr.Error(why_words.say("region", "no_box", language=language), title=title, print_exception=False)
    return tuple(float(place) for place in box)


def payload(seen: Reading, language: str, found: Region | None = None) -> str:
    """Write the panel, and what was found of a box."""
    columns = seen.alignment.key.kind
    facts: dict[str, Any] = {"text": seen.alignment.query.text, "words": why_words.all_of("region", language, columns)}
    facts["corrects"] = pipeline.corrects(seen.alignment.model)
    if found is not None:
        rows = [] if found.fill in CORRECTED else _rows(found, language)
        facts |= {"box": list(found.box), "said": _said(found, language, columns), "rows": rows}
        facts["is_hidden"] = found.change is not None
    return reading.written(facts)


def _said(found: Region, language: str, columns: KeyKind) -> list[str]:
    said = [why_words.say("region", "area", language=language, area=percent(found.area))]
    if found.change is not None:
        change = number(found.change)
        name = found.fill if found.fill in ("removed", *CORRECTED) else "hidden"
        said.append(why_words.say("region", name, language=language, columns=columns, count=found.hidden, change=change))
        if found.changes is None and found.fill not in CORRECTED:
            said.append(why_words.say("region", "no_own", language=language))
    return said


def _rows(found: Region, language: str) -> list[dict[str, Any]]:
    """Write the units, the one whose map lies most in the box first."""
    whole = why_words.say("region", "whole", language=language)
    shares = np.nan_to_num(found.shares, nan=-1.0)
    rows = []
    for row in np.argsort(-shares, kind="stable").tolist():
        share, kind = float(found.shares[row]), found.query.kinds[row]
        is_known = np.isfinite(share)
        rows.append(
            {
                "text": whole if kind == "text" else found.query.labels[row],
                "share": percent(share) if is_known else "–",
                "bar": share if is_known else 0.0,
                "times": f"{number(share / found.area)} ×" if is_known and found.area > 0 else "–",
                "change": "" if found.changes is None else number(float(found.changes[row])),
            }
        )
    return rows
