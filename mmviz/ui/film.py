"""The tab for a film and a text: its layout, its wiring, and handlers that know no components."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.registry import matchers
from mmviz.ui import downloads, ending, film_words, filmed, films, guard, menus, reading, rooms, watching, widgets, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.filmed import Watched
from mmviz.ui.pair import KEPT, asked_in
from mmviz.ui.watching import Asked
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Step

LEVELS = ("fine", "normal", "sentence")
#: What a visitor may upload here.
FILMS, TEXTS = [".mp4", ".webm", ".mov", ".mkv", ".m4v", ".avi"], [".txt", ".srt", ".vtt"]


@dataclass(frozen=True)
class Tab:
    """The laid out tab."""

    room: rooms.Parts
    fold: gr.HTML
    video: guard.Files
    text: gr.Textbox
    file: guard.Files
    model: gr.Dropdown
    matcher: gr.Dropdown
    level: gr.Radio
    gradual: gr.Checkbox
    go: gr.Button
    stop: gr.Button
    examples: gr.HTML
    busy: gr.HTML
    view: gr.HTML
    found: gr.State

    @property
    def inputs(self) -> list[gr.components.Component]:
        """What a visitor fills in, in the order of `Asked`."""
        return [self.video, self.text, self.file, self.model, self.matcher, self.level, self.gradual]

    @property
    def answer(self) -> list[gr.components.Component]:
        """Where an answer goes."""
        return [self.found, self.view, self.busy]

    @property
    def filled(self) -> list[gr.components.Component]:
        """Whatever choosing an example fills."""
        return [self.video, self.text, self.file, self.gradual, *self.answer]

    @property
    def labelled(self) -> list[gr.components.Component]:
        """Whatever has words of its own."""
        return [self.fold, *self.inputs, self.go, self.stop, self.examples, self.view]


def build() -> Tab:
    """Lay out the tab; nothing of it is made in the browser before it is opened."""
    say, model = partial(film_words.say, language=words.DEFAULT), menus.default_model()
    with gr.Row(elem_id="mm-film", elem_classes="mm-tab") as row:
        with gr.Column(elem_id="mm-film-in", elem_classes="mm-inputs"):
            fold = widgets.fold("mm-fold-film", "")
            video = guard.Files(label=say("video"), file_types=FILMS, height=110, elem_id="mm-film-video")
            text = gr.Textbox(label=say("text"), lines=5, max_lines=12, elem_id="mm-film-text")
            file = guard.Files(label=say("file"), file_types=TEXTS, height=96, elem_id="mm-film-file")
            chosen = gr.Dropdown(_models(words.DEFAULT), value=model, label=say("model"), elem_id="mm-film-model")
            matcher = gr.Dropdown(
                _matchers(words.DEFAULT), value=_default_matcher(), label=say("matcher"), elem_id="mm-film-matcher"
            )
            level = gr.Radio(_levels(words.DEFAULT), value="normal", label=say("level"), elem_id="mm-film-level")
            gradual = gr.Checkbox(False, label=say("gradual"), elem_id="mm-film-gradual")
            with gr.Row(elem_classes="mm-run"):
                go = gr.Button(say("go"), variant="primary", elem_id="mm-film-go", scale=3)
                stop = gr.Button(say("stop"), elem_id="mm-film-stop", scale=1, min_width=60)
            chooser = widgets.film_examples("")
        with gr.Column(elem_classes="mm-middle"):
            busy = widgets.film_busy()
            view = widgets.film(filmed.message(words.DEFAULT))
    found = gr.State(None, time_to_live=KEPT)
    return Tab(rooms.close(row), fold, video, text, file, chosen, matcher, level, gradual, go, stop, chooser, busy, view, found)


def wire(tab: Tab, bar: gr.HTML, files: gr.HTML, language: gr.BrowserState, device: str) -> None:
    """Wire the tab to its handlers.

    Args:
        tab: laid out.
        bar: the top bar, whose event `film` says that the tab is seen, and whose event `language` changes all texts.
        files: takes what is written out.
        language: the visitor's language.
        device: where models run.
    """

    def match(video, text, file, model, matcher, level, gradual, language):
        yield from match_film(Asked(video, text, file, model, matcher, level, gradual, language), device)

    def choose(event: gr.EventData, model, matcher, level, gradual, language):
        yield from choose_film(event.name, Asked(None, "", None, model, matcher, level, gradual, language), device)

    def open_(language, request: gr.Request):
        return gr.update(visible=True), *labels(asked_in(language, request), None)

    def arrive(found, model, matcher, level, gradual, language, request: gr.Request):
        if found is None and model:
            asked = Asked(None, "", None, model, matcher, level, gradual, asked_in(language, request))
            yield from choose_film(films.NAMES[0], asked, device)

    def relabel(event: gr.EventData, found):
        return labels(words.known(event.language), found)

    settings = [tab.model, tab.matcher, tab.level, tab.gradual, language]
    asked = tab.go.click(match, [*tab.inputs, language], tab.answer, js=widgets.begins("filming", "asked"), **PRIVATE)
    chosen = tab.examples.choose(choose, settings, tab.filled, js=widgets.begins("filming", "chosen"), **PRIVATE)
    rooms.opens(bar.open_film, tab.room[1:])  # the room itself comes with its words
    opened = bar.film(open_, [language], [tab.room[0], *tab.labelled], **PRIVATE)
    arrived = opened.success(arrive, [tab.found, *settings], tab.filled, js=widgets.begins("filming", "arrived"), **PRIVATE)
    corrected = tab.view.correct(
        correct, [tab.found, language], [tab.found, tab.view], js=widgets.begins("filming", "corrected"), **PRIVATE
    )
    compared = tab.view.versus(
        compare, [tab.found, language], [tab.found, tab.view], js=widgets.begins("filming", "compared"), **PRIVATE
    )
    running = {"asked": asked, "chosen": chosen, "arrived": arrived}
    for name, event in {**running, "corrected": corrected, "compared": compared}.items():
        widgets.ends_with(event, widgets.ended("filming", name))
    ending.newest([(tab.go.click, asked), (tab.examples.choose, chosen)], running.values())
    tab.stop.click(None, js=widgets.ended("filming"), cancels=list(running.values()), **ending.AT_ONCE)
    bar.language(relabel, [tab.found], tab.labelled, **PRIVATE)
    tab.view.export(export, [tab.found, language], files, **PRIVATE)


@shows_errors
def match_film(asked: Asked, device: str) -> Iterator[tuple[Any, ...]]:
    """Match a film with a text: values for the answer, while it is worked on and at the end."""
    for given, missing in ((asked.video, "no_film"), ((asked.text or "").strip() or asked.file, "no_text")):
        if not given:
            raise _refusal(missing, asked.language)
    if not asked.model:
        raise gr.Error(words.say("no_model", asked.language), print_exception=False)
    yield from _watch(asked, device)


@shows_errors
def choose_film(name: str, asked: Asked, device: str) -> Iterator[tuple[Any, ...]]:
    """Fill the inputs with an example and run it: values for the inputs, then for the answer."""
    example = films.find(name, asked.language)
    inputs: tuple[Any, ...] = (example.path, example.text, None, example.gradual)
    for answer in _watch(asked.with_example(example.path, example.text, example.gradual), device, plays=True):
        yield (*inputs, *answer)
        inputs = (gr.skip(),) * len(inputs)


@shows_errors
def correct(found: Watched | None, language: str, event: gr.EventData) -> tuple[Watched, str]:
    """Match again under a correction, or take one back: what is kept, and what the widget draws."""
    if found is None:
        raise _refusal("no_matching", language)
    if getattr(event, "kind", "") == "undo" and not found.before:
        raise _refusal("no_undo", language)
    made = watching.corrected(found, event)
    if made is None:
        raise _refusal("no_place", language)
    return made, filmed.payload(made, language)


@shows_errors
def compare(found: Watched | None, language: str, event: gr.EventData) -> tuple[Watched, str]:
    """Match the same by another matcher, to stand beside; "" takes it away."""
    if found is None:
        raise _refusal("no_matching", language)
    made = watching.compared(found, str(event.matcher))
    return made, filmed.payload(made, language)


@shows_errors
def export(found: Watched | None, language: str, event: gr.EventData) -> str:
    """Write the matching out in the format asked for."""
    if found is None:
        raise _refusal("no_matching", language)
    return downloads.payload(found.matching, str(event.format), event.at)


def labels(language: str, found: Watched | None) -> tuple[Any, ...]:
    """Updates of whatever has words of its own, the answer among it; nothing is matched again."""
    say = partial(film_words.say, language=language)
    return (
        reading.written({"title": say("inputs")}),
        gr.update(label=say("video")),
        gr.update(label=say("text"), info=say("text_hint")),
        gr.update(label=say("file")),
        gr.update(label=say("model"), choices=_models(language)),
        gr.update(label=say("matcher"), choices=_matchers(language)),
        gr.update(label=say("level"), choices=_levels(language)),
        gr.update(label=say("gradual")),
        gr.update(value=say("go")),
        gr.update(value=say("stop")),
        films.payload(language),
        filmed.message(language) if found is None else filmed.payload(found, language),
    )


def _watch(asked: Asked, device: str, plays: bool = False) -> Iterator[tuple[Any, Any, Any]]:
    for made in watching.watch(asked, device, plays):
        if isinstance(made, Step):
            yield gr.skip(), gr.skip(), watching.step_payload(made, asked.language)
        else:
            yield made, filmed.payload(made, asked.language), ""


def _models(language: str) -> list[tuple[str, str]]:
    """List (label, name) of the models that have vectors of whole texts and pictures."""
    return [(label, name) for label, name in menus.model_choices(language) if "contrast" in pipeline.ways_of(name)]


def _matchers(language: str) -> list[tuple[str, str]]:
    return [(film_words.matcher(entry, language), entry.name) for entry in matchers]


def _default_matcher() -> str:
    """Name the matcher to begin with: the graph network where its weights are there."""
    return pipeline.DEFAULT_MATCHER if any(net.ready for net in pipeline.nets()) else "hmm"


def _levels(language: str) -> list[tuple[str, str]]:
    return [(film_words.say(f"level_{level}", language), level) for level in LEVELS]


def _refusal(name: str, language: str) -> gr.Error:
    return gr.Error(film_words.say(name, language), title=words.say("error_title", language), print_exception=False)
