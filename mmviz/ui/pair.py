"""The tab for one picture and one text: its layout, its wiring, and handlers that know no components."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.ui import examples, guard, menus, reading, widgets, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.reading import ALL, Asked, Reading

METHOD = "relevance"
#: How many inputs there are, and seconds an answer is kept for a visitor who does nothing.
INPUTS, KEPT = 7, 3600


@dataclass(frozen=True)
class Inputs:
    """What a visitor fills in, in the order handlers take it."""

    picture: guard.Upload
    text: gr.Textbox
    model: gr.Dropdown
    method: gr.Dropdown
    layers: gr.Textbox
    heads: gr.Textbox
    target: gr.Dropdown

    def __iter__(self) -> Iterator[gr.components.Component]:
        return iter((self.picture, self.text, self.model, self.method, self.layers, self.heads, self.target))

    @property
    def of_method(self) -> list[gr.components.Component]:
        """Those that change with the method."""
        return [self.method, self.layers, self.heads, self.target]


def build(demo: gr.Blocks, bar: gr.HTML, language: gr.BrowserState, device: str) -> None:
    """Lay out the tab and wire it.

    Args:
        demo: the page, whose load runs the first example.
        bar: the top bar, whose event `language` changes all texts.
        language: the visitor's language, kept in the browser.
        device: where models run.
    """
    seen = gr.State(None, time_to_live=KEPT)
    with gr.Row(elem_id="mm-pair"):
        with gr.Column(elem_id="mm-inputs"):
            inputs = _build_inputs()
            with gr.Row(elem_id="mm-run"):
                go = gr.Button(words.say("show", words.DEFAULT), variant="primary", elem_id="mm-show", scale=3)
                stop = gr.Button(words.say("stop", words.DEFAULT), elem_id="mm-stop", scale=1, min_width=60)
            chooser = widgets.examples("")
        with gr.Column(elem_id="mm-middle"):
            overlay = widgets.overlay(reading.message_payload("first", words.DEFAULT))
        with gr.Column(elem_id="mm-right"):
            side = widgets.side("")
    answer = [seen, overlay, side]
    labelled = [bar, chooser, *inputs, go, stop, language]
    running = {"api_visibility": "private", "show_progress_on": overlay}
    quiet = {"api_visibility": "private", "show_progress": "hidden"}

    def show(*asked):
        return show_pair(Asked(*asked), device)

    def choose(event: gr.EventData, language):
        return choose_example(event.index, language, device)

    def relabel(event: gr.EventData, seen, model, method, target):
        return relabel_page(event.language, seen, (model, method, target), device)

    def load(language, request: gr.Request):
        return load_page(words.known(language, request.headers.get("accept-language", "")), device)

    shown = gr.on([go.click, inputs.text.submit], show, [*inputs, language], answer, js=widgets.script("running.js"), **running)
    chosen = chooser.choose(choose, language, [*inputs, *answer], js=widgets.script("running.js"), **running)
    for event in (shown, chosen, demo.load(load, language, [*labelled, *answer], **running)):
        event.then(None, js=widgets.script("done.js"))
    stop.click(None, js=widgets.script("done.js"), cancels=[shown, chosen], api_visibility="private")
    bar.language(relabel, [seen, inputs.model, inputs.method, inputs.target], [*labelled, overlay, side], **quiet)
    inputs.model.input(model_menus, [inputs.model, inputs.method, language], [inputs.model, *inputs.of_method], **quiet)
    inputs.method.input(method_menus, [inputs.model, inputs.method, language], inputs.of_method, **quiet)


def _build_inputs() -> Inputs:
    say, model = partial(words.say, language=words.DEFAULT), menus.default_model()
    upload = {"type": "filepath", "image_mode": None, "sources": ["upload", "clipboard"], "buttons": [], "height": 190}
    return Inputs(
        picture=guard.Upload(label=say("picture"), **upload),
        text=gr.Textbox(label=say("text"), lines=1, max_lines=6, elem_id="mm-text"),
        model=gr.Dropdown(menus.model_choices(words.DEFAULT), value=model, label=say("model"), elem_id="mm-model"),
        method=gr.Dropdown(menus.method_choices(model, words.DEFAULT), value=METHOD, label=say("method"), elem_id="mm-method"),
        layers=gr.Textbox(ALL, label=say("layers"), max_lines=1, visible=menus.takes(METHOD, "layers")),
        heads=gr.Textbox(ALL, label=say("heads"), max_lines=1, visible=menus.takes(METHOD, "heads")),
        target=gr.Dropdown([], label=say("target"), visible=False),
    )


def build_api(device: str) -> None:
    """Add the endpoint /align, its arguments in the order of the command line's; nothing of it is seen on the page."""
    with gr.Group(visible=False):
        text = gr.Textbox(label="text")
        image = guard.Upload(label="image", type="filepath", image_mode=None)
        model = gr.Textbox(menus.FIRST, label="model")
        method = gr.Textbox(METHOD, label="method")
        unit = gr.Textbox("word", label="unit")
        target = gr.Textbox(None, label="target")
        alignment = gr.JSON(label="alignment")
        go = gr.Button()

    def align(text, image, model, method, unit, target):
        return align_pair(Asked(image, text, model, method, ALL, ALL, target, words.DEFAULT), unit, device)

    go.click(align, [text, image, model, method, unit, target], alignment, api_name="align")


@shows_errors
def show_pair(asked: Asked, device: str) -> tuple[Reading, str, str]:
    """Run the model on what was asked, and write out the answer.

    Returns:
        The reading, and the payloads of the picture's widget and of what stands beside it.
    """
    for given, missing in ((asked.picture, "no_picture"), (asked.model, "no_model")):
        if not given:
            raise gr.Error(
                words.say(missing, asked.language), title=words.say("error_title", asked.language), print_exception=False
            )
    found = reading.read(asked, device)
    return found, reading.overlay_payload(found, asked.language), reading.side_payload(found, asked.language)


@shows_errors
def choose_example(index: int, language: str, device: str) -> tuple[Any, ...]:
    """Fill the inputs with an example and run it: values for all inputs, then the answer."""
    all_examples = examples.examples()
    example = all_examples[index] if isinstance(index, int) and 0 <= index < len(all_examples) else all_examples[0]
    offered = [name for _, name in menus.model_choices(language)]
    model = example.model if example.model in offered else menus.default_model()
    inputs = (example.path, example.text, *model_menus(model, METHOD, language))
    if model is None:
        return (*inputs, None, reading.message_payload("no_model", language), "")
    return (*inputs, *show_pair(Asked(example.path, example.text, model, METHOD, ALL, ALL, None, language), device))


@shows_errors
def load_page(language: str, device: str) -> tuple[Any, ...]:
    """Greet a visitor with the first example finished: all labels, the filled inputs, the answer."""
    filled = choose_example(0, language, device)
    inputs, answer = filled[:INPUTS], filled[INPUTS:]
    bar, chooser, *labels = _labels(language, (menus.default_model(), METHOD, None), device)
    values = [given if isinstance(given, dict) else {"value": given} for given in inputs]
    both = [label | value for label, value in zip(labels, values, strict=False)]
    return (bar, chooser, *both, *labels[INPUTS:], *answer)


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
        return (*labels, reading.message_payload("no_model", language), "")
    return (*labels, reading.overlay_payload(seen, language), reading.side_payload(seen, language))


@shows_errors
def model_menus(model: str | None, method: str, language: str) -> tuple[dict[str, Any], ...]:
    """Offer what the chosen model can do: updates of model, method, layers, heads, target."""
    if model is not None:
        menus.known_model(model)
    return (gr.update(value=model, info=menus.model_note(model, language)), *method_menus(model, method, language))


@shows_errors
def method_menus(model: str | None, method: str, language: str) -> tuple[dict[str, Any], ...]:
    """Offer what the chosen method takes: updates of method, layers, heads, target."""
    choices = menus.method_choices(model, language)
    names = [name for _, name in choices]
    method = method if method in names else names[0]
    targets = menus.target_choices(model, method, language)
    return (
        gr.update(choices=choices, value=method, info=menus.method_note(method, language)),
        gr.update(visible=menus.takes(method, "layers")),
        gr.update(visible=menus.takes(method, "heads")),
        gr.update(choices=targets, value=targets[0][1], visible=len(targets) > 1),
    )


@shows_errors
def align_pair(asked: Asked, unit: str, device: str) -> dict[str, Any]:
    """Align one pair and give the contract's alignment.json."""
    menus.known_model(asked.model)
    if not asked.picture:
        raise gr.Error(words.say("no_picture", words.DEFAULT), print_exception=False)
    places = {"model": asked.model, "unit": unit, "target": asked.target or None, "device": device}
    return pipeline.align_many(asked.text, asked.picture, [(asked.method, {})], **places)[0].to_json()


def bar_payload(language: str, device: str) -> str:
    """Write what the top bar shows; an empty device is one not known yet."""
    facts = {"language": language, "tagline": words.say("tagline", language), "theme": words.say("light_dark", language)}
    return reading.written({**facts, "device": device and words.say("device", language, device=device)})


def _labels(language: str, chosen: tuple[str | None, str, str | None], device: str) -> tuple[Any, ...]:
    """Updates of bar, chooser, all inputs, both buttons, and the language itself."""
    say = partial(words.say, language=language)
    model, method, target = chosen
    models, methods, layers, heads, targets = model_menus(model, method, language)
    if target in [name for _, name in targets["choices"]]:
        targets = targets | {"value": target}
    return (
        bar_payload(language, pipeline.device(device)),
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
        language,
    )
