"""The tab for speech and its text: its layout and its wiring."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from mmviz.ui import ending, guard, rooms, speech_batch, speech_menus, speech_work, widgets, words
from mmviz.ui.pair import KEPT, asked_in
from mmviz.ui.speech_words import say
from mmviz.ui.spoken import Asked
from mmviz.ui.widgets import PRIVATE


@dataclass(frozen=True)
class Tab:
    """The laid out tab; nothing of its room is built in the browser before it is first opened."""

    room: rooms.Parts
    fold: gr.HTML
    sound: guard.Sound
    text: gr.Textbox
    spoken: gr.Dropdown
    unit: gr.Dropdown
    aligner: gr.Dropdown
    go: gr.Button
    stop: gr.Button
    examples: gr.HTML
    reference: guard.Files
    batch: speech_batch.Batch
    progress: gr.HTML
    view: gr.HTML
    found: gr.State

    @property
    def asked(self) -> list[gr.components.Component]:
        """What is asked with."""
        return [self.sound, self.text, self.spoken, self.unit, self.aligner]

    @property
    def answer(self) -> list[gr.components.Component]:
        """Where an answer goes."""
        return [self.found, self.view, self.progress]

    @property
    def labelled(self) -> list[gr.components.Component]:
        """Whatever has words of its own."""
        inputs = [self.fold, *self.asked, self.go, self.stop, self.examples, self.reference]
        return [*inputs, *self.batch.labelled, self.view]


def build() -> Tab:
    """Lay out the tab."""
    text = partial(say, language=words.DEFAULT)
    with gr.Row(elem_id="mm-speech", elem_classes="mm-tab") as row:
        with gr.Column(elem_id="mm-speech-in", elem_classes="mm-inputs"):
            fold = widgets.fold("mm-fold-speech", "")
            asked = _asked(text)
            with gr.Row(elem_classes="mm-run"):
                go = gr.Button(text("align"), variant="primary", elem_id="mm-speech-go", scale=3)
                stop = gr.Button(text("stop"), elem_id="mm-speech-stop", scale=1, min_width=60)
            chooser = widgets.speech_examples("")
            reference = guard.Files(label=text("reference"), elem_id="mm-speech-reference", height=120)
            many = speech_batch.build(text)
        with gr.Column(elem_classes="mm-middle"):
            progress, view, table = widgets.speech_progress(""), widgets.speech(""), widgets.speech_batch("")
    batch = speech_batch.Batch(*many, table, gr.State(None, time_to_live=KEPT))
    found = gr.State(None, time_to_live=KEPT)
    return Tab(rooms.close(row), fold, *asked, go, stop, chooser, reference, batch, progress, view, found)


def _asked(text: Callable[..., str]) -> tuple[gr.components.Component, ...]:
    """Lay out what is asked with."""
    sources = {"sources": ["upload", "microphone"], "type": "filepath", "buttons": [], "editable": False}
    sound = guard.Sound(label=text("sound"), elem_id="mm-speech-sound", **sources)
    said = gr.Textbox(label=text("text"), placeholder=text("text_hint"), lines=4, max_lines=10, elem_id="mm-speech-words")
    small = {"min_width": 100}
    with gr.Row(elem_classes="mm-run"):
        choices = speech_menus.languages(words.DEFAULT)
        spoken = gr.Dropdown(choices, value="en", label=text("language"), elem_id="mm-speech-language", **small)
        choices = speech_menus.units(words.DEFAULT)
        unit = gr.Dropdown(choices, value="word", label=text("unit"), elem_id="mm-speech-unit", **small)
    choices = speech_menus.aligners("en", words.DEFAULT)
    aligner = guard.Menu(choices, value=speech_menus.first("en"), label=text("aligner"), elem_id="mm-speech-aligner")
    return sound, said, spoken, unit, aligner


def wire(tab: Tab, bar: gr.HTML, files: gr.HTML, language: gr.BrowserState) -> None:
    """Wire the tab to its handlers.

    Args:
        tab: laid out.
        bar: the top bar, whose event `speech` says that the tab is seen, and whose event `language` changes all texts.
        files: takes what is written out.
        language: the visitor's language.
    """
    _wire_texts(tab, bar, language)
    running = _wire_work(tab, bar, language)
    _wire_changes(tab, files, language)
    asks = [(tab.go.click, running["asked"]), (tab.examples.choose, running["chosen"])]
    ending.newest(asks, running.values())
    running["begun"] = speech_batch.wire(tab.batch, tab.asked[2:], tab.progress, files, language)
    for name, event in running.items():
        widgets.ends_with(event, widgets.ended("speaking", name))
    tab.stop.click(None, js=widgets.ended("speaking"), cancels=list(running.values()), **ending.AT_ONCE)


def _wire_texts(tab: Tab, bar: gr.HTML, language: gr.BrowserState) -> None:
    """Say everything in the visitor's language, first when the tab is opened."""
    chosen = [tab.found, tab.spoken, tab.unit, tab.aligner]

    def relabel(event: gr.EventData, *chosen):
        return speech_work.labels(words.known(event.language), *chosen)

    rooms.opens(bar.open_speech, tab.room[1:])  # the room itself comes with its words
    bar.language(relabel, chosen, tab.labelled, **PRIVATE)
    tab.spoken.input(speech_work.offer, [tab.spoken, tab.aligner, language], [tab.aligner], **PRIVATE)


def _wire_work(tab: Tab, bar: gr.HTML, language: gr.BrowserState) -> dict[str, Any]:
    """Wire what takes long; it can be stopped.

    Returns:
        Its events by name.
    """
    given = [tab.found, language]

    def time_sound(sound, text, spoken, unit, aligner, reference, language, request: gr.Request):
        asked = Asked(sound, text, spoken, unit, aligner, asked_in(language, request))
        yield from speech_work.align_sound(asked, reference)

    def choose(event: gr.EventData, language, request: gr.Request):
        yield from speech_work.choose_example(event.name, asked_in(language, request))

    def compare(event: gr.EventData, found, language, request: gr.Request):
        yield from speech_work.compare(found, str(event.aligner or ""), asked_in(language, request))

    def warp(event: gr.EventData, found, language, request: gr.Request):
        yield from speech_work.warp_otherwise(found, event.given, asked_in(language, request))

    def arrive(found, spoken, unit, aligner, language, request: gr.Request):
        yield from speech_work.arrive(found, asked_in(language, request), spoken, unit, aligner)

    everything = [tab.room[0], *tab.labelled, tab.found, tab.progress]
    asked = tab.go.click(
        time_sound, [*tab.asked, tab.reference, language], tab.answer, js=widgets.begins("speaking", "asked"), **PRIVATE
    )
    chosen = tab.examples.choose(
        choose, [language], [*tab.asked, *tab.answer], js=widgets.begins("speaking", "chosen"), **PRIVATE
    )
    compared = tab.view.compare(compare, given, tab.answer, js=widgets.begins("speaking", "compared"), **PRIVATE)
    warped = tab.view.options(warp, given, tab.answer, js=widgets.begins("speaking", "warped"), **PRIVATE)
    arrived = bar.speech(
        arrive,
        [tab.found, tab.spoken, tab.unit, tab.aligner, language],
        everything,
        js=widgets.begins("speaking", "arrived"),
        **PRIVATE,
    )
    return {"asked": asked, "chosen": chosen, "compared": compared, "warped": warped, "arrived": arrived}


def _wire_changes(tab: Tab, files: gr.HTML, language: gr.BrowserState) -> None:
    """Wire what changes an answer that is there."""
    shown, given = [tab.found, tab.view], [tab.found, language]

    def pin(event: gr.EventData, found, language, request: gr.Request):
        yield from speech_work.pin_unit(found, event.unit, event.start, asked_in(language, request))

    def undo(found, language, request: gr.Request):
        yield from speech_work.undo(found, asked_in(language, request))

    def score(found, reference, language, request: gr.Request):
        return speech_work.score(found, reference, asked_in(language, request))

    def play(found, language, request: gr.Request):
        return speech_work.playable(found, asked_in(language, request))

    tab.view.pin(pin, given, shown, **PRIVATE)
    tab.view.undo(undo, given, shown, **PRIVATE)
    tab.view.sound(play, given, shown, **PRIVATE)
    tab.view.export(speech_work.export, given, files, **PRIVATE)
    tab.reference.change(score, [tab.found, tab.reference, language], shown, **PRIVATE)
