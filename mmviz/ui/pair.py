"""The tab for one picture and one text: its layout, its wiring, and handlers that know no components."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.ui import against, downloads, examples, guard, menus, reading, rooms, versus, weighing, widgets, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.reading import Asked, Reading
from mmviz.ui.widgets import PRIVATE

#: How many inputs there are, and seconds an answer is kept for a visitor who does nothing.
INPUTS, KEPT = 7, 3600


@dataclass(frozen=True)
class Inputs:
    """What a visitor fills in, in the order handlers take it."""

    picture: guard.Upload
    text: gr.Textbox
    model: gr.Dropdown
    method: gr.Dropdown
    layers: gr.Dropdown
    heads: gr.Dropdown
    target: gr.Dropdown

    def __iter__(self) -> Iterator[gr.components.Component]:
        return iter((self.picture, self.text, self.model, self.method, self.layers, self.heads, self.target))

    @property
    def of_method(self) -> list[gr.components.Component]:
        """Those that change with the method."""
        return [self.method, self.layers, self.heads, self.target]


@dataclass(frozen=True)
class Answer:
    """Where an answer goes: what is kept of it, the picture, the table under it, the score, what stands beside."""

    seen: gr.State
    overlay: gr.HTML
    table: gr.HTML
    score: gr.HTML
    side: gr.HTML

    def __iter__(self) -> Iterator[gr.components.Component]:
        return iter((self.seen, *self.shown))

    @property
    def shown(self) -> list[gr.components.Component]:
        """What of it is seen."""
        return [self.overlay, self.table, self.score, self.side]


@dataclass(frozen=True)
class Panels:
    """What asks further: the button "Why?", its panel, small maps, heads, probes, other words, a region, how a changed text moved."""

    ask: gr.HTML
    why: gr.HTML
    multiples: gr.HTML
    heads: gr.HTML
    probes: gr.HTML
    changes: gr.HTML
    region: gr.HTML
    moved: gr.State


@dataclass(frozen=True)
class Pair:
    """The laid out tab; `rest` is made when what asks the first question has been painted."""

    inputs: Inputs
    against: against.Against
    answer: Answer
    fold: gr.HTML
    chooser: gr.HTML
    go: gr.Button
    stop: gr.Button
    trust: gr.HTML
    panels: Panels
    versus: versus.Panel
    fetching: gr.HTML
    rest: rooms.Parts

    @property
    def filled(self) -> list[gr.components.Component]:
        """Whatever choosing an example fills: all inputs and the answer."""
        return [*self.inputs, *self.answer]

    @property
    def labelled(self) -> list[gr.components.Component]:
        """Whatever has words of its own, beside the answer."""
        return [self.fold, self.chooser, *self.inputs, self.go, self.stop, self.panels.ask, self.against.fold, *self.against]


def build() -> Pair:
    """Lay out the tab."""
    say = partial(words.say, language=words.DEFAULT)
    with gr.Row(elem_id="mm-pair", elem_classes="mm-tab"):
        with gr.Column(elem_id="mm-inputs", elem_classes="mm-inputs"):
            fold = widgets.fold("mm-fold-pair", "")
            inputs, fetching = _build_inputs(), widgets.fetching()
            with gr.Row(elem_classes="mm-run"):
                go = gr.Button(say("show"), variant="primary", elem_id="mm-show", scale=3)
                stop = gr.Button(say("stop"), elem_id="mm-stop", scale=1, min_width=60)
            chooser = widgets.examples("")
        with gr.Column(elem_id="mm-middle", elem_classes="mm-middle"):
            overlay = widgets.overlay(reading.message_payload("first", words.DEFAULT))
            table = widgets.table("")
            multiples, heads, probes = widgets.multiples(), widgets.heads(), widgets.probes()
            changes, region = widgets.changes(), widgets.region()
            opposed = versus.build()
        with gr.Column(elem_id="mm-right"):
            score = widgets.score("")
            ask, why = widgets.ask(widgets.ask_payload(words.DEFAULT)), widgets.why()
            trust = widgets.trust()
            side = widgets.side("")
            others = against.build()
    answer = Answer(gr.State(None, time_to_live=KEPT), overlay, table, score, side)
    panels = Panels(ask, why, multiples, heads, probes, changes, region, gr.State(None, time_to_live=KEPT))
    rest = rooms.close(chooser, table, score, side, ask, opposed.fold, others.fold)
    return Pair(inputs, others, answer, fold, chooser, go, stop, trust, panels, opposed, fetching, rest)


def wire(tab: Pair, demo: gr.Blocks, bar: gr.HTML, files: gr.HTML, language: gr.BrowserState, device: str) -> list[Any]:
    """Wire the tab to its handlers.

    Args:
        tab: laid out.
        demo: the page, whose load runs the first example.
        bar: the top bar, whose event `language` changes all texts.
        files: takes what is written out.
        language: the visitor's language, kept in the browser.
        device: where models run.

    Returns:
        The events after which there is another answer, or the same in another language.
    """
    inputs, answer = tab.inputs, tab.answer
    running = {"api_visibility": "private", "show_progress_on": answer.overlay}

    def show(*asked):
        return show_pair(Asked(*asked), device)

    def choose(event: gr.EventData, language):
        return choose_example(event.index, language, device)

    def relabel(event: gr.EventData, seen, model, method, target):
        return relabel_page(event.language, seen, (model, method, target), device)

    def load(language, request: gr.Request):
        return load_page(asked_in(language, request), device)

    asking = [tab.go.click, inputs.text.submit]
    shown = gr.on(asking, show, [*inputs, language], [*answer], js=widgets.begins("running", "shown"), **running)
    chosen = tab.chooser.choose(choose, language, tab.filled, js=widgets.begins("running", "chosen"), **running)
    loaded = demo.load(load, language, [bar, language, *tab.labelled, *answer], **running)
    known = [answer.seen, inputs.model, inputs.method, inputs.target]
    said = bar.language(relabel, known, [bar, language, *tab.labelled, *answer.shown], **PRIVATE)
    picked = gr.State("", time_to_live=KEPT)
    choosing = [inputs.model, inputs.method, picked, language]
    inputs.model.input(choose_model, choosing, [inputs.model, *inputs.of_method], **PRIVATE)
    inputs.method.input(choose_method, [inputs.model, inputs.method, language], [*inputs.of_method, picked], **PRIVATE)
    drawn = [answer.seen, answer.overlay, answer.table]
    phrase = answer.overlay.phrase(add_phrase, [answer.seen, language], drawn, js=widgets.begins("running", "phrase"), **PRIVATE)
    beside = {"show_progress_on": answer.table, "api_visibility": "private"}
    answer.table.beside(add_model, [answer.seen, language], [answer.seen, answer.table], **beside)
    answer.overlay.export(export_pair, [answer.seen, language], files, **PRIVATE)
    for name, event in {"shown": shown, "chosen": chosen, "loaded": loaded, "phrase": phrase}.items():
        widgets.ends_with(event, widgets.ended("running", name))
    return [shown, chosen, loaded, said, phrase]


def _build_inputs() -> Inputs:
    say, model = partial(words.say, language=words.DEFAULT), menus.default_model()
    method = menus.default_method(model)
    upload = {"type": "filepath", "image_mode": None, "sources": ["upload", "clipboard"], "buttons": [], "height": 190}
    return Inputs(
        picture=guard.Upload(label=say("picture"), **upload),
        text=gr.Textbox(label=say("text"), lines=1, max_lines=6, elem_id="mm-text"),
        model=gr.Dropdown(menus.model_choices(words.DEFAULT), value=model, label=say("model"), elem_id="mm-model"),
        method=guard.Menu(menus.method_choices(model, words.DEFAULT), value=method, label=say("method"), elem_id="mm-method"),
        layers=guard.Menu([], multiselect=True, label=say("layers"), visible=False, elem_id="mm-layers"),
        heads=guard.Menu([], multiselect=True, label=say("heads"), visible=False, elem_id="mm-heads"),
        target=guard.Menu([], label=say("target"), visible=False),
    )


@shows_errors
def show_pair(asked: Asked, device: str) -> tuple[Reading, str, str, str, str]:
    """Run the model on what was asked, and write out the answer.

    Returns:
        The reading, and the payloads of the picture's widget, of the table, of the score and of what stands beside.
    """
    for given, missing in ((asked.picture, "no_picture"), (asked.model, "no_model")):
        if not given:
            raise refusal(missing, asked.language)
    found = reading.read(asked, device)
    return (found, *written(found, asked.language))


@shows_errors
def add_phrase(seen: Reading | None, language: str, event: gr.EventData) -> tuple[Reading, str, str]:
    """Read a phrase a visitor chose in the text, and show it: the reading with one row more, and payloads of picture and table."""
    span = (event.start, event.end)
    if (
        seen is None
        or not all(type(place) is int for place in span)
        or not 0 <= span[0] < span[1] <= len(seen.alignment.query.text)
    ):
        raise refusal("phrase_outside", language)
    found = reading.with_phrase(seen, *span)
    start = found.alignment.query.spans.tolist().index(list(span))
    return found, reading.overlay_payload(found, language, start), reading.table_payload(found, language)


@shows_errors
def add_model(seen: Reading | None, language: str, event: gr.EventData) -> tuple[Reading, str]:
    """Ask another model the same, and show it beside: the reading with what it says, and the table's payload."""
    if seen is None:
        raise refusal("no_answer", language)
    found = reading.with_model(seen, str(event.model or ""))
    return found, reading.table_payload(found, language)


@shows_errors
def export_pair(seen: Reading | None, language: str, event: gr.EventData) -> str:
    """Write out what is on the page in the format asked for; a PNG is made of the SVG by the browser."""
    if seen is None:
        raise refusal("no_answer", language)
    image = pipeline.read_image(seen.path)
    return downloads.payload(seen.alignment, str(event.format), event.at, image)


def asked_in(language: str, request: gr.Request) -> words.Language:
    """Settle the language of a visitor who may have chosen none yet."""
    return words.known(language, request.headers.get("accept-language", ""))


def refusal(name: str, language: str) -> gr.Error:
    """Make an error of one of the page's texts."""
    return gr.Error(words.say(name, language), title=words.say("error_title", language), print_exception=False)


@shows_errors
def choose_example(index: int, language: str, device: str) -> tuple[Any, ...]:
    """Fill the inputs with an example and run it: values for all inputs, then the answer."""
    all_examples = examples.examples()
    example = all_examples[index] if isinstance(index, int) and 0 <= index < len(all_examples) else all_examples[0]
    offered = [name for _, name in menus.model_choices(language)]
    model = example.model if example.model in offered else menus.default_model()
    method = menus.default_method(model)
    inputs = (example.path, example.text, *model_menus(model, method, language))
    if model is None:
        return (*inputs, None, reading.message_payload("no_model", language), "", "", "")
    return (*inputs, *show_pair(Asked(example.path, example.text, model, method, (), (), None, language), device))


@shows_errors
def load_page(language: str, device: str) -> tuple[Any, ...]:
    """Greet a visitor with the first example finished: all labels, the filled inputs, the answer."""
    filled = choose_example(0, language, device)
    inputs, answer = filled[:INPUTS], filled[INPUTS:]
    model = menus.default_model()
    bar, known, fold, chooser, *labels = _labels(language, (model, menus.default_method(model), None), device)
    values = [given if isinstance(given, dict) else {"value": given} for given in inputs]
    both = [label | value for label, value in zip(labels, values, strict=False)]
    return (bar, known, fold, chooser, *both, *labels[INPUTS:], *answer)


@shows_errors
def relabel_page(language: str, seen: Reading | None, chosen: tuple[str | None, str, str | None], device: str) -> tuple[Any, ...]:
    """Say everything in another language; the model is not run again.

    Args:
        language: "en" or "zh".
        seen: what is on the page, or None.
        chosen: model, method and target as they stand.
        device: asked for.
    """
    language = words.known(language)
    labels = _labels(language, chosen, device)
    if seen is None:
        return (*labels, reading.message_payload("no_model", language), "", "", "")
    return (*labels, *written(seen, language))


@shows_errors
def choose_model(model: str | None, method: str, picked: str, language: str) -> tuple[dict[str, Any], ...]:
    """Offer what the chosen model can do, by the method it begins with, or by the one that stands there if that was picked."""
    if model is not None:
        menus.known_model(model)
    return model_menus(model, method if method == picked else menus.default_method(model), language)


@shows_errors
def choose_method(model: str | None, method: str, language: str) -> tuple[Any, ...]:
    """Offer what the chosen method takes: updates of method, layers, heads, target; and note that it was picked."""
    return (*method_menus(model, method, language), method)


@shows_errors
def model_menus(model: str | None, method: str, language: str, target: str | None = None) -> tuple[dict[str, Any], ...]:
    """Offer what the chosen model can do: updates of model, method, layers, heads, target."""
    offered = method_menus(model, method, language, target)
    return (gr.update(value=model, info=menus.model_note(model, language)), *offered)


@shows_errors
def method_menus(model: str | None, method: str, language: str, target: str | None = None) -> tuple[dict[str, Any], ...]:
    """Offer what the chosen method takes with the model, nothing of it chosen: updates of method, layers, heads, target."""
    if model is not None:
        menus.known_model(model)
    choices = menus.method_choices(model, language)
    names = [name for _, name in choices]
    method = method if method in names else menus.default_method(model)
    targets = menus.target_choices(model, method, language)
    target = target if target in [name for _, name in targets] else targets[0][1]
    numbers = [menus.number_choices(model, method, option, target) for option in ("layers", "heads")]
    return (
        gr.update(choices=choices, value=method, info=menus.method_info(model, method, language)),
        *(gr.update(choices=found, value=[], visible=len(found) > 1) for found in numbers),
        gr.update(choices=targets, value=target, visible=len(targets) > 1),
    )


def written(found: Reading, language: str) -> tuple[str, str, str, str]:
    """Payloads of the picture's widget, of the table, of the score and of what stands beside."""
    drawn = reading.overlay_payload(found, language), reading.table_payload(found, language)
    return (*drawn, weighing.payload(found, language), reading.side_payload(found, language))


def _labels(language: str, chosen: tuple[str | None, str, str | None], device: str) -> tuple[Any, ...]:
    """Updates of the bar, the language, and whatever has words of its own."""
    say = partial(words.say, language=language)
    model, method, target = chosen
    models, methods, layers, heads, targets = model_menus(model, method, language, target)
    layers, heads = ({name: fact for name, fact in menu.items() if name != "value"} for menu in (layers, heads))
    return (
        widgets.bar_payload(language, pipeline.device(device)),
        language,
        widgets.fold_payload("inputs_pair", language),
        reading.written(examples.payload(language)),
        gr.update(label=say("picture")),
        gr.update(label=say("text"), placeholder=say("text_hint")),
        models | {"label": say("model"), "choices": menus.model_choices(language)},
        methods | {"label": say("method")},
        layers | {"label": say("layers"), "info": say("layers_hint")},
        heads | {"label": say("heads"), "info": say("layers_hint")},
        targets | {"label": say("target")},
        gr.update(value=say("show")),
        gr.update(value=say("stop")),
        widgets.ask_payload(language),
        widgets.fold_payload("against", language),
        gr.update(label=say("others"), info=say("others_hint")),
        gr.update(label=say("bank"), choices=weighing.bank_choices(language)),
        gr.update(label=say("bank_file")),
    )
