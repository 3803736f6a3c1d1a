"""What ends work on the page: a newer question, so that no old answer is written over a new one, and Stop."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr

from mmviz.ui import widgets

if TYPE_CHECKING:
    from mmviz.ui.pair import Pair

#: How events are wired that only end others.
AT_ONCE = {"api_visibility": "private", "queue": False}


class Answers(NamedTuple):
    """The events that give another answer: a question, an example, a phrase, a cell of the matrix, a point of the map, other words, what a model said, a small map, a head."""

    shown: Any
    chosen: Any
    phrase: Any
    opened: Any
    on_map: Any
    changed: Any
    taken: Any
    picked: Any
    picked_head: Any


def newest(begun: list[tuple[Any, Any]], running: Iterable[Any]) -> None:
    """Let every trigger end what else runs before its own work begins, so that no older answer is written over a newer one.

    Args:
        begun: triggers with the work that each begins.
        running: all work of the place that writes its answer.
    """
    others = list(running)
    for trigger, own in begun:
        trigger(None, cancels=[event for event in others if event is not own], **AT_ONCE)


def wire(tab: "Pair", bar: gr.HTML, cells: tuple[gr.HTML, gr.HTML], answers: Answers, beside: list[Any]) -> None:
    """Let every newer question end what older ones left running.

    Each trigger gets a listener of its own, for a chained event cannot end others; it ends all but the work it begins itself, and
    before that begins (`widgets.ends_others_first`).

    Args:
        tab: laid out.
        bar: the top bar; another language says everything anew.
        cells: the matrix and the map, which open a pair.
        answers: events that give another answer.
        beside: the long work of panels, which belongs to the answer on the page.
    """
    panels, script = tab.panels, widgets.script("opposed.js")
    begins = [
        (tab.go.click, answers.shown),
        (tab.inputs.text.submit, answers.shown),
        (tab.chooser.choose, answers.chosen),
        (tab.answer.overlay.phrase, answers.phrase),
        (cells[0].open, answers.opened),
        (cells[1].open, answers.on_map),
        (panels.changes.change_words, answers.changed),
        (panels.probes.change_words, answers.taken),
        (panels.multiples.pick, answers.picked),
        (panels.heads.pick, answers.picked_head),
        (tab.trust.average, None),
    ]
    for trigger, begun in begins:
        trigger(None, js=script, cancels=[*(one for one in answers if one is not begun), *beside], **AT_ONCE)
    bar.language(None, js=script, cancels=beside, **AT_ONCE)
    tab.stop.click(None, js=widgets.ended("running"), cancels=list(answers), **AT_ONCE)
