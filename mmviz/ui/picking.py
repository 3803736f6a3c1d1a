"""What is chosen in an overview becomes the large map: a method, a layer or a head, for the text and picture on the page."""

from dataclasses import replace
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.errors import MethodError
from mmviz.ui import menus, pair, reading, trusting, weighing, widgets
from mmviz.ui.boundary import shows_errors
from mmviz.ui.pair import Pair
from mmviz.ui.reading import AVERAGE, Reading

NUMBERS = ("layers", "heads")


def wire(panel: gr.HTML, name: str, tab: Pair, language: gr.BrowserState) -> Any:
    """Wire a panel's event `pick`, which carries `method`, `layers` and `heads` (lists or null) and the `row` that is looked at.

    Args:
        panel: whose event it is.
        name: of the event among those that give an answer.
        tab: laid out.
        language: the visitor's language.

    Returns:
        The event after which there is another answer.
    """
    running = {"api_visibility": "private", "show_progress_on": tab.answer.overlay}
    filled = [tab.inputs.model, *tab.inputs.of_method, *tab.answer]
    picked = panel.pick(pick, [tab.answer.seen, language], filled, js=widgets.begins("running", name), **running)
    widgets.ends_with(picked, widgets.ended("running", name))
    return picked


@shows_errors
def pick(seen: Reading | None, language: str, event: gr.EventData) -> tuple[Any, ...]:
    """Show what was chosen as the large map: updates of model, method, layers, heads and target, then the answer."""
    row = trusting.row_of(seen, event.row, language)
    found = with_method(seen, str(event.method), _numbers(event))
    alignment = found.alignment
    model, method, *numbers, target = pair.model_menus(alignment.model, alignment.method, language, alignment.target)
    chosen = [[str(number) for number in alignment.options.get(name) or ()] for name in NUMBERS]
    numbers = [menu | {"value": value} for menu, value in zip(numbers, chosen, strict=True)]
    drawn = reading.overlay_payload(found, language, row), reading.table_payload(found, language)
    beside = weighing.payload(found, language), reading.side_payload(found, language)
    return (model, method, *numbers, target, found, *drawn, *beside)


def with_method(seen: Reading, method: str, options: dict[str, tuple[int, ...]]) -> Reading:
    """Ask the page's model the same by another method, or of other layers and heads; another model's answer goes away.

    Args:
        seen: what is on the page; its units, phrases of the visitor's own among them, and its target stay.
        method: one the model can serve under that target.
        options: `layers` and `heads` as numbers, those that are chosen.

    Raises:
        MmvizError: the model cannot serve the method, or has no such layer or head.
    """
    alignment = seen.alignment
    places = {"model": alignment.model, "unit": "phrase", "target": alignment.target, "device": seen.device}
    text, image = reading.text_of(alignment), pipeline.read_image(seen.path)
    whole = pipeline.align_many(text, image, [(method, options)], **places)[0]
    if AVERAGE in alignment.options:
        whole = pipeline.minus_average(whole)
    spans = reading.spans_of(whole)
    rows = [spans.index(span) for span in reading.spans_of(alignment)]
    return replace(seen, alignment=reading.rows_of(whole, rows), beside=None)


def _numbers(event: Any) -> dict[str, tuple[int, ...]]:
    """Check the layers and heads that came from the browser."""
    chosen = {}
    for name in NUMBERS:
        value = getattr(event, name)
        if value is None or not menus.takes(str(event.method), name):
            continue
        if not isinstance(value, list) or not value or not all(type(number) is int for number in value):
            raise MethodError(f"{event.method} cannot use {name}={value!r}; give whole numbers.")
        chosen[name] = tuple(value)
    return chosen
