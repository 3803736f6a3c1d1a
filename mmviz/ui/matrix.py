"""The tab for many texts and many pictures: its layout, its wiring, and handlers that know no components."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import gradio as gr

from mmviz import pipeline
from mmviz.matrices import Matrix
from mmviz.ui import compared, downloads, ending, guard, menus, pair, reading, rooms, sets, widget_words, widgets, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.compared import Compared
from mmviz.ui.pair import KEPT, Pair, asked_in, refusal
from mmviz.ui.reading import Asked
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Step

#: A model on offer, and "contrast" or "matching"; either may be None.
Chosen = tuple[str | None, str | None]


@dataclass(frozen=True)
class Tab:
    """The laid out tab; nothing of its room is built in the browser before it is first opened."""

    room: rooms.Parts
    fold: gr.HTML
    texts: gr.Textbox
    file: guard.Files
    pictures: guard.Files
    model: gr.Dropdown
    by: gr.Radio
    passes: gr.HTML
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
        labels = [self.fold, self.texts, self.file, self.pictures, self.model, self.by, self.go, self.stop, self.sets]
        return [*labels, self.cells, self.recall]

    @property
    def counted(self) -> list[gr.components.Component]:
        """Whatever says how many passes there are."""
        return [self.texts, self.file, self.pictures, self.model, self.by]


def build() -> Tab:
    """Lay out the tab."""
    say, model = partial(words.say, language=words.DEFAULT), menus.default_model()
    with gr.Row(elem_id="mm-matrix", elem_classes="mm-tab") as row:
        with gr.Column(elem_id="mm-sets-in", elem_classes="mm-inputs"):
            fold = widgets.fold("mm-fold-matrix", "")
            texts = gr.Textbox("", label=say("texts"), lines=5, max_lines=8, elem_id="mm-texts")
            file = guard.Files(label=say("texts_file"), file_types=["text"], height=96, elem_id="mm-texts-file")
            many = {"file_count": "multiple", "file_types": ["image"], "height": 130}
            pictures = guard.Files(label=say("pictures"), elem_id="mm-pictures", **many)
            choices = menus.model_choices(words.DEFAULT)
            chosen = gr.Dropdown(choices, value=model, label=say("model"), elem_id="mm-matrix-model")
            ways = menus.way_choices(model, words.DEFAULT)
            by = guard.Choice(ways, value=_first(ways), label=say("by"), visible=len(ways) > 1, elem_id="mm-by")
            passes = widgets.passes("")
            with gr.Row(elem_classes="mm-run"):
                go = gr.Button(say("compare"), variant="primary", elem_id="mm-compare", scale=3)
                stop = gr.Button(say("stop"), elem_id="mm-matrix-stop", scale=1, min_width=60)
            chooser = widgets.sets("")
        with gr.Column(elem_classes="mm-middle"):
            cells = widgets.cells(message(words.DEFAULT))
        with gr.Column(elem_id="mm-matrix-right"):
            recall = widgets.recall("")
    found = gr.State(None, time_to_live=KEPT)
    inputs = (fold, texts, file, pictures, chosen, by, passes, go, stop, chooser)
    return Tab(rooms.close(row), *inputs, cells, recall, found)


class Wired(NamedTuple):
    """Events of the tab: the one that opens a pair, and those that compare, which a comparison begun elsewhere ends too."""

    opened: Any
    comparing: list[Any]


def wire(tab: Tab, shown: Pair, demo: gr.Blocks, bar: gr.HTML, files: gr.HTML, language: gr.BrowserState, device: str) -> Wired:
    """Wire the tab to its handlers.

    Args:
        tab: laid out.
        shown: the pair tab, where a cell opens.
        demo, bar, files, language, device: as of the pair tab.
    """
    inputs = [*tab.counted, language]

    def compare(texts, file, pictures, model, by, language):
        yield from compare_sets(texts, file, pictures, (model, by), language, device)

    def choose(event: gr.EventData, model, by, language):
        yield from choose_set(event.name, (model, by), language, device)

    def arrive(found, model, by, language, request: gr.Request):
        if found is None and model:
            yield from choose_set(sets.NAMES[0], (model, by), asked_in(language, request), device)

    def open_(event: gr.EventData, found, language):
        return open_cell(event.row, event.column, found, language, device)

    relabelled = _wire_labels(tab, demo, bar, language)
    asked = tab.go.click(compare, inputs, tab.answer, js=widgets.begins("comparing", "asked"), **PRIVATE)
    chosen = tab.sets.choose(
        choose, [tab.model, tab.by, language], tab.filled, js=widgets.begins("comparing", "chosen"), **PRIVATE
    )
    arrived = bar.matrix(
        arrive, [tab.found, tab.model, tab.by, language], tab.filled, js=widgets.begins("comparing", "arrived"), **PRIVATE
    )
    running = {"asked": asked, "chosen": chosen, "arrived": arrived}
    for name, event in running.items():
        widgets.ends_with(event, widgets.ended("comparing", name))
    ending.newest([(tab.go.click, asked), (tab.sets.choose, chosen)], running.values())
    tab.stop.click(None, js=widgets.ended("comparing"), cancels=list(running.values()), **ending.AT_ONCE)
    asking = tab.model.input(way_menu, [tab.model, language], tab.by, **PRIVATE)
    counting = {"fn": count_passes, "inputs": inputs, "outputs": tab.passes, **PRIVATE}
    gr.on([tab.texts.blur, tab.file.change, tab.pictures.change, tab.by.input], **counting)
    for event in (chosen, arrived, relabelled, asking):
        event.then(**counting)
    tab.cells.export(export_matrix, [tab.found, language], files, **PRIVATE)
    opening = {"api_visibility": "private", "js": widgets.begins("running", "opened"), "show_progress_on": shown.answer.overlay}
    return Wired(tab.cells.open(open_, [tab.found, language], shown.filled, **opening), list(running.values()))


def _wire_labels(tab: Tab, demo: gr.Blocks, bar: gr.HTML, language: gr.BrowserState) -> Any:
    """Say everything in the visitor's language, and open the room when the tab is first seen.

    Returns:
        The event after which all is said in another language.
    """

    def load(found, model, by, language, request: gr.Request):  # this tab may have its answer before the page's labels
        return labels(asked_in(language, request), found, (model, by))

    def relabel(event: gr.EventData, found, model, by):
        return labels(words.known(event.language), found, (model, by))

    rooms.opens(bar.open_matrix, tab.room)
    demo.load(load, [tab.found, tab.model, tab.by, language], tab.labelled, **PRIVATE)
    return bar.language(relabel, [tab.found, tab.model, tab.by], tab.labelled, **PRIVATE)


@shows_errors
def compare_sets(
    texts: str, file: str | None, pictures: list[str] | None, chosen: Chosen, language: str, device: str
) -> Iterator[tuple[Any, ...]]:
    """Compare texts, typed or of a file, with pictures: values for the answer, while it is worked on and at the end."""
    lines = _lines(texts, file)
    for given, missing in ((any(lines), "no_texts"), (pictures, "no_pictures"), (chosen[0], "no_model")):
        if not given:
            raise refusal(missing, language)
    yield from _compare(lines, pictures, chosen, language, device)


@shows_errors
def choose_set(name: str, chosen: Chosen, language: str, device: str) -> Iterator[tuple[Any, ...]]:
    """Fill the inputs with an example set and run it: values for the inputs, then for the answer."""
    if not chosen[0]:
        raise refusal("no_model", language)
    example = sets.find(name)
    inputs = ("\n".join(example.texts), None, list(example.paths))
    for answer in _compare(example.texts, example.paths, chosen, language, device):
        yield (*inputs, *answer)
        inputs = (gr.skip(),) * len(inputs)


@shows_errors
def open_cell(row: int, column: int, found: Compared | None, language: str, device: str) -> tuple[Any, ...]:
    """Fill the pair tab with one cell's text and picture and run it: values for its inputs, then for its answer."""
    shape = (0, 0) if found is None else found.matrix.values.shape
    if not all(type(place) is int and 0 <= place < end for place, end in zip((row, column), shape, strict=True)):
        raise refusal("no_cell", language)
    text, path, model = found.matrix.texts.names[row], found.paths[column], found.matrix.model
    method, target = _opening(found.matrix)
    menus_of = pair.model_menus(model, method, language, target)
    return (path, text, *menus_of, *pair.show_pair(Asked(path, text, model, method, (), (), target, language), device))


@shows_errors
def export_matrix(found: Compared | None, language: str, event: gr.EventData) -> str:
    """Write out the matrix on the scale it is shown on."""
    if found is None:
        raise refusal("no_answer", language)
    scale = event.scale if event.scale in found.matrix.scales else found.matrix.scale
    return downloads.payload(found.matrix.scaled(scale), str(event.format), event.at)


@shows_errors
def way_menu(model: str | None, language: str) -> dict[str, Any]:
    """Offer the ways the chosen model compares; one way is no choice."""
    ways = menus.way_choices(model, language)
    return gr.update(choices=ways, value=_first(ways), visible=len(ways) > 1)


@shows_errors
def count_passes(
    texts: str, file: str | None, pictures: list[str] | None, model: str | None, by: str | None, language: str
) -> str:
    """Say how many passes comparing what is filled in would take."""
    if not model:
        return reading.written({"said": ""})
    lines = [line for line in _lines(texts, file) if line.strip()]
    return compared.passes_payload(len(lines), len(pictures or ()), model, by, language)


def labels(language: str, found: Compared | None, chosen: Chosen) -> tuple[Any, ...]:
    """Updates of whatever has words of its own, the answer among it; the model is not run again."""
    say, (model, by) = partial(words.say, language=language), chosen
    ways = menus.way_choices(model, language)
    return (
        widgets.fold_payload("inputs_matrix", language),
        gr.update(label=say("texts"), info=say("texts_hint")),
        gr.update(label=say("texts_file")),
        gr.update(label=say("pictures")),
        gr.update(label=say("model"), choices=menus.model_choices(language)),
        gr.update(label=say("by"), choices=ways, value=by or _first(ways), visible=len(ways) > 1),
        gr.update(value=say("compare")),
        gr.update(value=say("stop")),
        sets.payload(language),
        message(language) if found is None else compared.cells_payload(found, language),
        "" if found is None else compared.recall_payload(found, language),
    )


def message(language: str) -> str:
    """Write the widget without a matrix: what to do."""
    return reading.written({"message": words.say("matrix_first", language), "words": widget_words.matrix(language)})


def _lines(texts: str | None, file: str | None) -> list[str]:
    """Take the texts of the file where there is one, else those that were typed."""
    return pipeline.read_texts(file) if file else (texts or "").rstrip().split("\n")


def _first(ways: list[tuple[str, str]]) -> str | None:
    return ways[0][1] if ways else None


def _opening(matrix: Matrix) -> tuple[str, str | None]:
    """Choose the method, and the target under which a pair has the kind of score its cell has."""
    method = menus.default_method(matrix.model)
    is_pair = matrix.kind != "cosine"
    fitting = [target for target in pipeline.targets_of(matrix.model, method) if (target == "pair") == is_pair]
    return method, next(iter(fitting), None)


def _compare(lines: Any, paths: Any, chosen: Chosen, language: str, device: str) -> Iterator[tuple[Any, Any, str]]:
    model, by = chosen
    work = compared.compare(lines, paths, model, device, by=by, belongs=sets.belongs(lines, len(paths)))
    yield from written(work, model, by, language)


def written(work: Iterator[Step | Compared], model: str, by: str | None, language: str) -> Iterator[tuple[Any, Any, str]]:
    """Write what a comparison tells of itself: values for the answer, while it is worked on and at the end."""
    for found in work:
        if isinstance(found, Step):
            yield gr.skip(), gr.skip(), compared.step_payload(found, menus.way(model, by), language)
        else:
            yield found, compared.cells_payload(found, language), compared.recall_payload(found, language)
