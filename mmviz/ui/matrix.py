"""The tab for many texts and many pictures: its layout, its wiring, and handlers that know no components."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.matrices import MATRIX_SCALES
from mmviz.ui import compared, downloads, guard, menus, pair, reading, sets, widgets, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.compared import Compared
from mmviz.ui.pair import KEPT, METHOD, PRIVATE, Pair, asked_in, refusal
from mmviz.ui.reading import ALL, Asked
from mmviz.ui.work import Step


@dataclass(frozen=True)
class Tab:
    """The laid out tab."""

    fold: gr.HTML
    texts: gr.Textbox
    file: guard.Files
    pictures: guard.Files
    model: gr.Dropdown
    go: gr.Button
    stop: gr.Button
    sets: gr.HTML
    cells: gr.HTML
    recall: gr.HTML
    found: gr.State

    @property
    def answer(self) -> list[gr.components.Component]:
        """Where an answer goes."""
        return [self.found, self.cells, self.recall]

    @property
    def filled(self) -> list[gr.components.Component]:
        """Whatever choosing a set fills."""
        return [self.texts, self.file, self.pictures, *self.answer]

    @property
    def labelled(self) -> list[gr.components.Component]:
        """Whatever has words of its own."""
        labels = [self.fold, self.texts, self.file, self.pictures, self.model, self.go, self.stop, self.sets]
        return [*labels, self.cells, self.recall]


def build() -> Tab:
    """Lay out the tab."""
    say, model = partial(words.say, language=words.DEFAULT), menus.default_model()
    with gr.Row(elem_id="mm-matrix", elem_classes="mm-tab"):
        with gr.Column(elem_id="mm-sets-in", elem_classes="mm-inputs"):
            fold = widgets.fold("mm-fold-matrix", "")
            texts = gr.Textbox(label=say("texts"), lines=5, max_lines=8, elem_id="mm-texts")
            file = guard.Files(label=say("texts_file"), file_types=["text"], height=96, elem_id="mm-texts-file")
            many = {"file_count": "multiple", "file_types": ["image"], "height": 130}
            pictures = guard.Files(label=say("pictures"), elem_id="mm-pictures", **many)
            choices = menus.model_choices(words.DEFAULT)
            chosen = gr.Dropdown(choices, value=model, label=say("model"), elem_id="mm-matrix-model")
            with gr.Row(elem_classes="mm-run"):
                go = gr.Button(say("compare"), variant="primary", elem_id="mm-compare", scale=3)
                stop = gr.Button(say("stop"), elem_id="mm-matrix-stop", scale=1, min_width=60)
            chooser = widgets.sets("")
        with gr.Column(elem_classes="mm-middle"):
            cells = widgets.cells(message(words.DEFAULT))
        with gr.Column(elem_id="mm-matrix-right"):
            recall = widgets.recall("")
    return Tab(fold, texts, file, pictures, chosen, go, stop, chooser, cells, recall, gr.State(None, time_to_live=KEPT))


def wire(tab: Tab, shown: Pair, demo: gr.Blocks, bar: gr.HTML, files: gr.HTML, language: gr.BrowserState, device: str) -> Any:
    """Wire the tab to its handlers.

    Args:
        tab: laid out.
        shown: the pair tab, where a cell opens.
        demo, bar, files, language, device: as of the pair tab.

    Returns:
        The event that opens a pair.
    """
    inputs = [tab.texts, tab.file, tab.pictures, tab.model, language]
    begins = {"api_visibility": "private", "show_progress": "hidden", "js": widgets.script("comparing.js")}

    def compare(texts, file, pictures, model, language):
        yield from compare_sets(texts, file, pictures, model, language, device)

    def choose(event: gr.EventData, model, language):
        yield from choose_set(event.name, model, language, device)

    def arrive(found, model, language, request: gr.Request):
        if found is None and model:
            yield from choose_set(sets.NAMES[0], model, asked_in(language, request), device)

    def open_(event: gr.EventData, found, language):
        return open_cell(event.row, event.column, found, language, device)

    def load(found, language, request: gr.Request):  # whoever asks for this tab may have its answer before the page's labels
        return labels(asked_in(language, request), found)

    def relabel(event: gr.EventData, found):
        return labels(words.known(event.language), found)

    asked = tab.go.click(compare, inputs, tab.answer, **begins)
    chosen = tab.sets.choose(choose, [tab.model, language], tab.filled, **begins)
    arrived = bar.matrix(arrive, [tab.found, tab.model, language], tab.filled, **begins)
    for event in (asked, chosen, arrived):
        event.then(None, js=widgets.script("compared.js"), api_visibility="private")
    running = [asked, chosen, arrived]
    tab.stop.click(None, js=widgets.script("compared.js"), cancels=running, api_visibility="private", queue=False)
    demo.load(load, [tab.found, language], tab.labelled, **PRIVATE)
    bar.language(relabel, tab.found, tab.labelled, **PRIVATE)
    tab.cells.export(export_matrix, [tab.found, language], files, **PRIVATE)
    opening = {"api_visibility": "private", "js": widgets.script("running.js"), "show_progress_on": shown.answer.overlay}
    return tab.cells.open(open_, [tab.found, language], shown.filled, **opening)


@shows_errors
def compare_sets(
    texts: str, file: str | None, pictures: list[str] | None, model: str | None, language: str, device: str
) -> Iterator[tuple[Any, ...]]:
    """Compare texts, typed or of a file, with pictures: values for the answer, while it is worked on and at the end."""
    lines = pipeline.read_texts(file) if file else (texts or "").rstrip().split("\n")
    for given, missing in ((any(lines), "no_texts"), (pictures, "no_pictures"), (model, "no_model")):
        if not given:
            raise refusal(missing, language)
    yield from _compare(lines, pictures, model, language, device)


@shows_errors
def choose_set(name: str, model: str | None, language: str, device: str) -> Iterator[tuple[Any, ...]]:
    """Fill the inputs with an example set and run it: values for the inputs, then for the answer."""
    if not model:
        raise refusal("no_model", language)
    chosen = sets.find(name)
    inputs = ("\n".join(chosen.texts), None, list(chosen.paths))
    for answer in _compare(chosen.texts, chosen.paths, model, language, device):
        yield (*inputs, *answer)
        inputs = (gr.skip(),) * len(inputs)


@shows_errors
def open_cell(row: int, column: int, found: Compared | None, language: str, device: str) -> tuple[Any, ...]:
    """Fill the pair tab with one cell's text and picture and run it: values for its inputs, then for its answer."""
    shape = (0, 0) if found is None else found.matrix.cosines.shape
    if not all(type(place) is int and 0 <= place < end for place, end in zip((row, column), shape, strict=True)):
        raise refusal("no_cell", language)
    text, path, model = found.matrix.texts.names[row], found.paths[column], found.matrix.model
    asked = Asked(path, text, model, METHOD, ALL, ALL, None, language)
    return (path, text, *pair.model_menus(model, METHOD, language), *pair.show_pair(asked, device))


@shows_errors
def export_matrix(found: Compared | None, language: str, event: gr.EventData) -> str:
    """Write out the matrix on the scale it is shown on."""
    if found is None:
        raise refusal("no_answer", language)
    scale = event.scale if event.scale in MATRIX_SCALES else "cosine"
    return downloads.payload(found.matrix.scaled(scale), str(event.format), event.at)


def labels(language: str, found: Compared | None) -> tuple[Any, ...]:
    """Updates of whatever has words of its own, the answer among it; the model is not run again."""
    say = partial(words.say, language=language)
    return (
        widgets.fold_payload("inputs_matrix", language),
        gr.update(label=say("texts"), info=say("texts_hint")),
        gr.update(label=say("texts_file")),
        gr.update(label=say("pictures")),
        gr.update(label=say("model"), choices=menus.model_choices(language)),
        gr.update(value=say("compare")),
        gr.update(value=say("stop")),
        sets.payload(language),
        message(language) if found is None else compared.cells_payload(found, language),
        "" if found is None else compared.recall_payload(found, language),
    )


def message(language: str) -> str:
    """Write the widget without a matrix: what to do."""
    return reading.written({"message": words.say("matrix_first", language), "words": words.matrix(language)})


def _compare(lines: Any, paths: Any, model: str, language: str, device: str) -> Iterator[tuple[Any, Any, str]]:
    for found in compared.compare(lines, paths, model, device, sets.belongs(lines, len(paths))):
        if isinstance(found, Step):
            yield gr.skip(), gr.skip(), compared.step_payload(found, language)
        else:
            yield found, compared.cells_payload(found, language), compared.recall_payload(found, language)
