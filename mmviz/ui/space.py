"""The tab with the map of a shared space: its layout, its wiring, and handlers that know no components."""

import base64
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from mmviz import pipeline
from mmviz.ui import compared, downloads, guard, mapped, material, matrix, menus, pair, reading, space_words, widgets, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.ending import AT_ONCE, newest
from mmviz.ui.mapped import Mapped, Wanted
from mmviz.ui.pair import KEPT, Pair, asked_in
from mmviz.ui.reading import Asked
from mmviz.ui.rooms import Parts, close, opens
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Step

#: Texts and pictures of chosen points that the matrix takes.
TO_MATRIX = 40
#: What is said where nothing is chosen.
NOTHING = reading.written({"said": [], "rows": 0})


@dataclass(frozen=True)
class Tab:
    """The laid out tab; nothing of its room is built in the browser before it is first opened."""

    room: Parts
    fold: gr.HTML
    model: gr.Dropdown
    method: gr.Radio
    seed: gr.Number
    twice: gr.Checkbox
    centred: gr.Checkbox
    pictures: guard.Files
    captions: guard.Files
    vectors: guard.Files
    go: gr.Button
    stop: gr.Button
    chooser: gr.HTML
    plane: gr.HTML
    chosen: gr.HTML
    facts: gr.HTML
    found: gr.State

    @property
    def how(self) -> list[gr.components.Component]:
        """How a map is laid out."""
        return [self.method, self.seed, self.twice, self.centred]

    @property
    def answer(self) -> list[gr.components.Component]:
        """Where an answer goes."""
        return [self.found, self.plane, self.facts, self.chosen]

    @property
    def labelled(self) -> list[gr.components.Component]:
        """Whatever has words of its own."""
        inputs = [self.fold, self.model, *self.how, self.pictures, self.captions, self.vectors, self.go, self.stop, self.chooser]
        return [*inputs, self.plane, self.facts, self.chosen]


def build() -> Tab:
    """Lay out the tab."""
    say = partial(space_words.say, language=words.DEFAULT)
    with gr.Row(elem_id="mm-map", elem_classes="mm-tab") as row:
        with gr.Column(elem_id="mm-map-in", elem_classes="mm-inputs"):
            fold = widgets.fold("mm-fold-map", "")
            choices = model_choices()
            chosen_model = gr.Dropdown(choices, value=_default(choices), label=say("model"), elem_id="mm-map-model")
            method = gr.Radio([(say(name), name) for name in ("umap", "pca")], value="umap", label=say("method"))
            seed = gr.Number(0, label=say("seed"), precision=0, minimum=0, maximum=2**32 - 1, elem_id="mm-map-seed")
            twice = gr.Checkbox(False, label=say("twice"), elem_id="mm-map-twice")
            centred = gr.Checkbox(False, label=say("centred"), elem_id="mm-map-centred")
            many = {"file_count": "multiple", "height": 96}
            pictures = guard.Files(label=say("pictures"), file_types=["image"], elem_id="mm-map-pictures", **many)
            captions = guard.Files(label=say("captions"), height=116, elem_id="mm-map-captions")
            vectors = guard.Files(label=say("vectors"), elem_id="mm-map-vectors", **{**many, "height": 116})
            with gr.Row(elem_classes="mm-run"):
                go = gr.Button(say("map"), variant="primary", elem_id="mm-map-go", scale=3)
                stop = gr.Button(say("stop"), elem_id="mm-map-stop", scale=1, min_width=60)
            chooser = widgets.sets("", "mm-map-sets")
        with gr.Column(elem_classes="mm-middle"):
            plane, chosen = widgets.plane(message(words.DEFAULT)), widgets.chosen()
        with gr.Column(elem_id="mm-map-right"):
            facts = widgets.space_facts("")
    inputs = (fold, chosen_model, method, seed, twice, centred, pictures, captions, vectors, go, stop, chooser)
    return Tab(close(row), *inputs, plane, chosen, facts, gr.State(None, time_to_live=KEPT))


def wire(
    tab: Tab, others: tuple[Pair, matrix.Tab], demo: gr.Blocks, bar: gr.HTML, said: tuple[gr.HTML, gr.BrowserState, str]
) -> tuple[Any, Any]:
    """Wire the tab to its handlers.

    Args:
        tab: laid out.
        others: the pair tab, where a point opens, and the matrix tab, which takes chosen points.
        demo, bar: the page and its top bar.
        said: what takes files, the language, and where models run.

    Returns:
        The event that opens a pair, and the one that compares chosen points in the matrix.
    """
    files, language, device = said
    _wire_labels(tab, demo, bar, language)
    _wire_making(tab, bar, language, device)
    comparing = _wire_chosen(tab, others[1], files, language, device)
    return _wire_points(tab, others[0], files, language, device), comparing


def _wire_labels(tab: Tab, demo: gr.Blocks, bar: gr.HTML, language: gr.BrowserState) -> None:
    def load(found, language, request: gr.Request):
        return labels(asked_in(language, request), found)

    def relabel(event: gr.EventData, found):
        return labels(words.known(event.language), found)

    opens(bar.open_map, tab.room)
    demo.load(load, [tab.found, language], tab.labelled, **PRIVATE)
    bar.language(relabel, tab.found, tab.labelled, **PRIVATE)


def _wire_making(tab: Tab, bar: gr.HTML, language: gr.BrowserState, device: str) -> None:
    """Wire what makes a map; whatever is begun ends what was begun before, so that no old map is drawn over a new one."""

    def make(method, seed, twice, centred, pictures, captions, vectors, model, language):
        yield from map_own((pictures, captions, vectors), model, Wanted(method, _seed(seed), twice, centred), language, device)

    def choose(event: gr.EventData, method, seed, twice, centred, language):
        yield from choose_example(str(event.name), Wanted(method, _seed(seed), twice, centred), language, device)

    def again(found, method, seed, twice, centred, language):
        yield from lay_out_again(found, Wanted(method, _seed(seed), twice, centred), language, device)

    def arrive(found, method, seed, twice, centred, model, language, request: gr.Request):
        if found is None and model:
            wanted = Wanted(method, _seed(seed), twice, centred)
            yield from choose_example(model, wanted, asked_in(language, request), device)

    how, files = [*tab.how, language], [tab.pictures, tab.captions, tab.vectors]
    asked = tab.go.click(
        make, [*tab.how, *files, tab.model, language], tab.answer, js=widgets.begins("mapping", "asked"), **PRIVATE
    )
    chosen = tab.chooser.choose(choose, how, tab.answer, js=widgets.begins("mapping", "chosen"), **PRIVATE)
    switched = tab.centred.input(again, [tab.found, *how], tab.answer, js=widgets.begins("mapping", "switched"), **PRIVATE)
    arrived = bar.map(
        arrive, [tab.found, *tab.how, tab.model, language], tab.answer, js=widgets.begins("mapping", "arrived"), **PRIVATE
    )
    running = {"asked": asked, "chosen": chosen, "switched": switched, "arrived": arrived}
    for name, event in running.items():
        widgets.ends_with(event, widgets.ended("mapping", name))
    newest([(tab.go.click, asked), (tab.chooser.choose, chosen), (tab.centred.input, switched)], running.values())
    tab.stop.click(None, js=widgets.ended("mapping"), cancels=list(running.values()), **AT_ONCE)


def _wire_chosen(tab: Tab, many: matrix.Tab, files: gr.HTML, language: gr.BrowserState, device: str) -> Any:
    def compare_points(event: gr.EventData, found, by, language):
        yield from compare_chosen(event.rows, found, by, language, device)

    tab.plane.lasso(choose_points, [tab.found, language], tab.chosen, **PRIVATE)
    tab.chosen.export(export_map, [tab.found, language], files, **PRIVATE)
    begins = widgets.begins("comparing", "from_map")
    comparing = tab.chosen.compare(
        compare_points, [tab.found, many.by, language], [many.model, *many.filled], js=begins, **PRIVATE
    )
    widgets.ends_with(comparing, widgets.ended("comparing", "from_map"))
    return comparing


def _wire_points(tab: Tab, shown: Pair, files: gr.HTML, language: gr.BrowserState, device: str) -> Any:
    def open_(event: gr.EventData, found, language):
        return open_item(event.row, found, language, device)

    def place(found, picture, text, language):
        return place_pair(found, picture, text, language, device)

    own = [tab.found, shown.inputs.picture, shown.inputs.text, language]
    tab.plane.place(place, own, [tab.found, tab.plane], **PRIVATE)
    tab.plane.export(export_map, [tab.found, language], files, **PRIVATE)
    opening = {"api_visibility": "private", "js": widgets.begins("running", "on_map"), "show_progress_on": shown.answer.overlay}
    return tab.plane.open(open_, [tab.found, language], shown.filled, **opening)


@shows_errors
def map_own(files: tuple[Any, Any, Any], model: str | None, wanted: Wanted, language: str, device: str) -> Iterator[tuple]:
    """Map what a visitor added; without anything, the drawn scenes under the chosen model: values for the answer, step by step."""
    pictures, captions, vectors = files
    if vectors:
        yield from _written(mapped.lay_out(material.given(vectors, wanted.seed), wanted, device), language)
    elif pictures and captions:
        name = _known(model, language)
        yield from _written(
            mapped.lay_out(lambda *watch: material.own(captions, pictures, name, device, *watch), wanted, device), language
        )
    elif pictures or captions:
        raise gr.Error(space_words.say("nothing", language), print_exception=False)
    else:
        yield from choose_example(_known(model, language), wanted, language, device)


@shows_errors
def choose_example(name: str, wanted: Wanted, language: str, device: str) -> Iterator[tuple]:
    """Map drawn scenes under a model, "NAME" or "NAME joint": values for the answer, step by step."""
    model, _, joint = name.partition(" ")
    model = _known(model, language)
    is_joint = bool(joint) and pipeline.joins(model)
    yield from _written(mapped.lay_out(lambda *watch: material.drawn(model, device, is_joint, *watch), wanted, device), language)


@shows_errors
def lay_out_again(found: Mapped | None, wanted: Wanted, language: str, device: str) -> Iterator[tuple]:
    """Lay out what is on the page in another way; nothing where there is nothing yet."""
    if found is not None:
        yield from _written(mapped.lay_out(found.material, wanted, device), language)


def _written(work: Iterator[Step | Mapped], language: str) -> Iterator[tuple]:
    """Write what work tells of itself: values for state, map, facts and what is chosen."""
    stage = "vectors"
    for found in work:
        if isinstance(found, Step):
            yield gr.skip(), gr.skip(), mapped.step_payload(found, stage, language), gr.skip()
        else:
            stage = "layout"
            yield found, mapped.payload(found, language), mapped.facts_payload(found, language), NOTHING


@shows_errors
def choose_points(found: Mapped | None, language: str, event: gr.EventData) -> str:
    """Say what is known of chosen points."""
    shown = _there(found, language)
    rows = mapped.chosen_rows(event.rows, len(shown.space))
    return mapped.chosen_payload(shown, rows, language)


@shows_errors
def open_item(row: int, found: Mapped | None, language: str, device: str) -> tuple[Any, ...]:
    """Fill the pair tab with an item and what belongs to it, else its nearest of the other modality, and run it."""
    shown = _there(found, language)
    if type(row) is not int or not 0 <= row < len(shown.space):
        raise gr.Error(space_words.say("no_item", language), print_exception=False)
    if shown.material.path_of is None or shown.space.added[row]:
        raise gr.Error(space_words.say("no_pictures_here", language), print_exception=False)
    text, picture = _pair_of(shown, row)
    path = shown.material.path_of(picture)
    model, method = shown.material.model, menus.default_method(shown.material.model)
    target = next((target for target in pipeline.targets_of(model, method) if target != "pair"), None)
    menus_of = pair.model_menus(model, method, language, target)
    return (path, text, *menus_of, *pair.show_pair(Asked(path, text, model, method, (), (), target, language), device))


def _pair_of(shown: Mapped, row: int) -> tuple[str, int]:
    """Find the text and the place of the picture that an item opens."""
    space, places = shown.space, shown.space.items.places
    kind = space.modalities[space.modality[row]]
    if kind == "joint":
        return space.items.names[row], places[row]
    partner = [int(pair[1 - side]) for side in (0, 1) for pair in space.pairs[space.pairs[:, side] == row]]
    others = space.of(1 - int(space.modality[row]))
    other = partner[0] if partner else int(others[(space.vectors[others] @ space.vectors[row]).argmax()])
    text, picture = (row, other) if kind == "text" else (other, row)
    return space.items.names[text], places[picture]


@shows_errors
def compare_chosen(rows: Any, found: Mapped | None, by: str | None, language: str, device: str) -> Iterator[tuple[Any, ...]]:
    """Fill the matrix with chosen texts and pictures and run it: its model, its inputs, then its answer."""
    shown = _there(found, language)
    if shown.material.path_of is None:
        raise gr.Error(space_words.say("no_pictures_here", language), print_exception=False)
    space, chosen = shown.space, mapped.chosen_rows(rows, len(shown.space))
    sides = [chosen[(space.modality[chosen] == side) & ~space.added[chosen]] for side in (0, 1)]
    if not all(len(side) for side in sides):
        raise gr.Error(space_words.say("no_side", language), print_exception=False)
    texts, pictures = (_spread(side) for side in sides)
    told = [space.items.names[row] for row in texts]
    paths = [shown.material.path_of(space.items.places[row]) for row in pictures]
    belongs = {int(text): int(picture) for text, picture in space.pairs}
    place = {int(row): i for i, row in enumerate(pictures)}
    known = tuple(place.get(belongs.get(int(row), -1), -1) for row in texts)
    begun = (gr.update(value=shown.material.model), "\n".join(told), None, paths)
    work = compared.compare(told, paths, shown.material.model, device, by=by, belongs=known)
    for answer in matrix.written(work, shown.material.model, by, language):
        yield (*begun, *answer)
        begun = (gr.skip(),) * len(begun)


def _spread(rows: np.ndarray) -> np.ndarray:
    """Take so many rows as the matrix takes, evenly."""
    return rows[np.linspace(0, len(rows) - 1, min(len(rows), TO_MATRIX)).round().astype(int)]


@shows_errors
def place_pair(found: Mapped | None, picture: str | None, text: str | None, language: str, device: str) -> tuple[Mapped, str]:
    """Place the pair of the pair tab on the map."""
    shown = _there(found, language)
    if not picture or not (text or "").strip() or not shown.material.model:
        raise gr.Error(space_words.say("no_own" if shown.material.model else "no_pictures_here", language), print_exception=False)
    more = mapped.with_pair(shown, text, picture, device)
    return more, mapped.payload(more, language)


@shows_errors
def export_map(found: Mapped | None, language: str, event: gr.EventData) -> str:
    """Write out the map, or the lines of a table that were chosen."""
    shown = _there(found, language)
    made = downloads.payload(shown.space, str(event.format), event.at)
    rows = getattr(event, "rows", None)
    return made if rows is None else _lines_of(made, mapped.chosen_rows(rows, len(shown.space)))


def _lines_of(made: str, rows: np.ndarray) -> str:
    """Keep the head and the chosen lines of a table."""
    whole = json.loads(made)
    lines = list(csv.reader(io.StringIO(base64.b64decode(whole["content"]).decode("utf-8-sig"), newline="")))
    file = io.StringIO(newline="")
    csv.writer(file).writerows([lines[0], *(lines[row + 1] for row in rows.tolist())])
    return reading.written({**whole, "content": base64.b64encode(file.getvalue().encode("utf-8-sig")).decode("ascii")})


def labels(language: str, found: Mapped | None) -> tuple[Any, ...]:
    """Updates of whatever has words of its own, the answer among it; nothing is laid out again."""
    say = partial(space_words.say, language=language)
    return (
        widgets.fold_payload("inputs_map", language),
        gr.update(label=say("model")),
        gr.update(label=say("method"), choices=[(say(name), name) for name in ("umap", "pca")]),
        *(gr.update(label=say(name)) for name in ("seed", "twice", "centred", "pictures", "captions", "vectors")),
        gr.update(value=say("map")),
        gr.update(value=say("stop")),
        examples_payload(language),
        message(language) if found is None else mapped.payload(found, language),
        "" if found is None else mapped.facts_payload(found, language),
        NOTHING,
    )


def examples_payload(language: str) -> str:
    """Write the list of examples: every bundled model with vectors, and those that also read pairs together."""
    items = []
    for title, name in model_choices(bundled=True):
        kinds = [("", ""), (" joint", "_joint")] if pipeline.joins(name) else [("", "")]
        for suffix, key in kinds:
            named = space_words.say(f"example{key}", language, title=title)
            items.append({"name": name + suffix, "title": named, "hint": space_words.say(f"example{key}_hint", language)})
    hints = {"title": space_words.say("scenes", language), "hint": space_words.say("scenes_hint", language)}
    return reading.written({**hints, "items": items})


def model_choices(bundled: bool = False) -> list[tuple[str, str]]:
    """List (title, name) of the models that are ready here and give vectors of one space; all, or the bundled ones."""
    able = pipeline.embedders()
    return [(i.title, i.name) for i in pipeline.models() if i.name in able and (i.source == "bundled" or not bundled)]


def message(language: str) -> str:
    """Write the widget without a map: what to do."""
    return reading.written({"message": space_words.say("first", language), "words": space_words.widget(language)})


def warm(device: str) -> None:
    """Load and compile what a map needs, and make the first example's vectors, before anybody asks."""
    pipeline.warm()
    model = _default(model_choices())
    if model:
        material.drawn(model, device, False, lambda done, total: None, lambda: False)


def _default(choices: list[tuple[str, str]]) -> str | None:
    names = [name for _, name in choices]
    return pipeline.DEFAULT_MODEL if pipeline.DEFAULT_MODEL in names else next(iter(names), None)


def _known(model: str | None, language: str) -> str:
    """Give a model that visitors may map with."""
    if not model:
        raise gr.Error(space_words.say("no_model", language), print_exception=False)
    return menus.known_model(model).name


def _seed(number: Any) -> int:
    return int(number) if isinstance(number, int | float) and 0 <= number < 2**32 else 0


def _there(found: Mapped | None, language: str) -> Mapped:
    if found is None:
        raise gr.Error(space_words.say("no_map", language), print_exception=False)
    return found
