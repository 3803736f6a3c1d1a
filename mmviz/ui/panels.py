"""The panels that ask further about an answer: why, other words, a region of the picture; their wiring."""

from typing import Any

import gradio as gr

from mmviz.ui import changes, ending, pair, region, why, widgets
from mmviz.ui.anew import Anew
from mmviz.ui.boundary import shows_errors
from mmviz.ui.changes import Moved
from mmviz.ui.pair import Pair
from mmviz.ui.reading import Reading
from mmviz.ui.widgets import PRIVATE


def wire_changes(tab: Pair, language: gr.BrowserState) -> tuple[Any, Any, list[Any]]:
    """Wire the panel of words, and what a model said of the picture, which can be taken as the text too.

    Returns:
        The two events after which there is an answer for another text, and the trying of words, which takes long.
    """
    panel, seen, moved = tab.panels.changes, tab.answer.seen, tab.panels.moved
    running = {"api_visibility": "private", "show_progress_on": tab.answer.overlay}
    given, filled = [seen, moved, language], [tab.inputs.text, *tab.answer, moved]
    changed = panel.change_words(change_pair, given, filled, js=widgets.begins("running", "changed"), **running)
    taken = tab.panels.probes.change_words(change_pair, given, filled, js=widgets.begins("running", "taken"), **running)
    for name, event in {"changed": changed, "taken": taken}.items():
        event.success(changes.compare, [seen, moved, language], panel, **PRIVATE)
        widgets.ends_with(event, widgets.ended("running", name))
    left = panel.leave(changes.leave, [seen, language], panel, **PRIVATE)
    tried = panel.try_edits(changes.try_edits, [seen, language], panel, **PRIVATE)
    panel.stop(None, cancels=[left, tried], **ending.AT_ONCE)
    return changed, taken, [left, tried]


def wire(tab: Pair, language: gr.BrowserState) -> tuple[Anew, Anew, Any]:
    """Wire why and region.

    Args:
        tab: laid out.
        language: the visitor's language.

    Returns:
        How all panels begin anew, how they do after the panel of words changed the text, and the asking why.
    """
    panels, seen = tab.panels, tab.answer.seen
    asked = panels.ask.why(why.explain, [seen, language], panels.why, **PRIVATE)
    panels.why.stop(None, cancels=[asked], **ending.AT_ONCE)
    region.wire(panels.region, seen, language)
    shown = [panels.changes, panels.region, panels.why]
    return Anew(why.begin, [seen, language], shown), Anew(begin_rest, [seen, language], shown[1:]), asked


@shows_errors
def change_pair(seen: Reading | None, moved: Moved | None, language: str, event: gr.EventData) -> tuple[Any, ...]:
    """Change the text and run it: the new text, the reading, the payloads of the answer, and what moved."""
    text, found, moved = changes.change(seen, moved, language, event)
    return text, found, *pair.written(found, language), moved


@shows_errors
def begin_rest(seen: Reading | None, language: str) -> tuple[dict[str, Any], ...]:
    """Begin anew with what does not show how the score moved: panels of region and why."""
    return why.begin(seen, language)[1:]
