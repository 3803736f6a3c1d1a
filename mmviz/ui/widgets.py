"""Widgets of our own: one constant template, a payload, and a function of a module of `ui/modules.py` that mounts it.

A payload is one string of JSON in `props.value`; the script builds its nodes with `textContent`, so what a visitor typed
never meets a template or a tag. Each is made by a function, not by a subclass.
"""

from typing import Any

import gradio as gr

from mmviz.ui import modules, reading, why_words, words
from mmviz.ui.modules import script

#: The tabs, the first one seen first; and what else the top bar says.
TABS = ("pair", "matrix", "map", "speech", "film", "methods")
BAR = {"tagline": "tagline", "theme": "light_dark", "views": "tabs"}
#: How events are wired that are no part of the API and dim nothing.
PRIVATE = {"api_visibility": "private", "show_progress": "hidden"}
TEMPLATE = '<div class="mm"></div>'
#: What a page with widgets has in its head: their styles.
HEAD = f'<link rel="stylesheet" href="{modules.address(modules.SHEET)}">'


def overlay(value: str) -> gr.HTML:
    """Words above, the picture with its map below; events `phrase` (`start`, `end`) and `export` (`format`, `at`)."""
    return _widget("mm-overlay", value, modules.PAGE, "overlay", "phrase", "export")


def table(value: str) -> gr.HTML:
    """Units against patches, this model's and another one's; the event `beside` carries the other `model`, or ""."""
    return _widget("mm-table", value, modules.PAGE, "table", "beside")


def score(value: str) -> gr.HTML:
    """The score and what it is compared with; the event `match` begins a comparison that takes long, `stop` ends one."""
    return _widget("mm-score", value, modules.PAGE, "score", "match", "stop")


def trust() -> gr.HTML:
    """How far a unit's map can be trusted; events `judge` and `export` (`row`), `average` (`on`), `stop`. Not seen at first."""
    return _widget("mm-trust", "", modules.PANELS, "trust", "judge", "export", "average", "stop", visible=False)


def ask(value: str) -> gr.HTML:
    """The button "Why?"; the event `why` carries the `row` that is looked at and the `box` drawn, or null."""
    return _widget("mm-ask", value, modules.PAGE, "ask", "why")


def why() -> gr.HTML:
    """What was found when an answer was asked why; the event `stop` ends the asking. Not seen at first."""
    return _widget("mm-why", "", modules.PANELS, "why", "stop", visible=False)


def changes() -> gr.HTML:
    """Other words; events `change_words` (`kind`, `row`, `other`, `text`), `leave`, `try_edits`, `stop`. Not seen at first."""
    return _widget("mm-changes", "", modules.PANELS, "changes", "change_words", "leave", "try_edits", "stop", visible=False)


def region() -> gr.HTML:
    """A box of the picture; events `look`, `hide`, `add_region`, `move_region`, each with the `box`. Not seen at first."""
    events = ("look", "hide", "add_region", "move_region")
    return _widget("mm-region", "", modules.PANELS, "region", *events, visible=False)


def multiples() -> gr.HTML:
    """Small maps; events `multiples` (`kind`, `row`, `method`), `pick` (`method`, `layers`, `heads`, `row`), `stop`. Not seen at first."""
    return _widget("mm-multiples", "", modules.PANELS, "multiples", "multiples", "pick", "stop", visible=False)


def heads() -> gr.HTML:
    """Layers and heads; events `heads` (`row`), `pick` (`method`, `layers`, `heads`, `row`), `stop`. Not seen at first."""
    return _widget("mm-heads", "", modules.PANELS, "heads", "heads", "pick", "stop", visible=False)


def probes() -> gr.HTML:
    """Looks inside the model; events `look` (`probe`, `options`), `change_words` (`kind` "take", `text`), `stop`. Not seen at first."""
    return _widget("mm-probes", "", modules.PANELS, "probes", "look", "change_words", "stop", visible=False)


def versus() -> gr.HTML:
    """A against B: both maps, what changed, a table of all words; the event `export` carries `format` and `at`."""
    return _widget("mm-versus", "", modules.PANELS, "versus", "export")


def film(value: str) -> gr.HTML:
    """Shots against clauses; events `correct` (`kind` and what it is about), `versus` (`matcher`), `export` (`format`, `at`)."""
    return _widget("mm-film-view", value, modules.FILM, "film", "correct", "versus", "export")


def film_busy() -> gr.HTML:
    """How far the matching of a film is."""
    return _widget("mm-film-busy", "", modules.FILM, "busy")


def film_examples(value: str) -> gr.HTML:
    """Drawn films to choose from; the event `choose` carries the `name`."""
    return _widget("mm-film-examples", value, modules.PAGE, "sets", "choose")


def side(value: str) -> gr.HTML:
    """What to mind, and how the answer was found."""
    return _widget("mm-side", value, modules.PAGE, "side")


def cells(value: str) -> gr.HTML:
    """Texts against pictures; events `open` (`row`, `column`) and `export` (`format`, `scale`, `at`)."""
    return _widget("mm-cells", value, modules.MATRIX, "cells", "open", "export")


def recall(value: str) -> gr.HTML:
    """How often the right one comes first, what was left out, and how far the work is."""
    return _widget("mm-recall", value, modules.MATRIX, "recall")


def passes(value: str) -> gr.HTML:
    """How many passes of the model a comparison takes, said before it is begun."""
    return _widget("mm-passes", value, modules.MATRIX, "passes")


def sets(value: str, name: str = "mm-sets") -> gr.HTML:
    """Example sets to choose from; the event `choose` carries the `name`."""
    return _widget(name, value, modules.PAGE, "sets", "choose")


def plane(value: str) -> gr.HTML:
    """A map; events `lasso` (`rows`), `open` (`row`), `place`, `export` (`format`, `at`)."""
    return _widget("mm-plane", value, modules.MAP, "plane", "lasso", "open", "place", "export")


def chosen() -> gr.HTML:
    """What is chosen on the map; events `compare` (`rows`) and `export` (`format`, `rows`, `at`)."""
    return _widget("mm-chosen", "", modules.MAP, "chosen", "compare", "export")


def space_facts(value: str) -> gr.HTML:
    """How far to believe a map, its gap, retrieval before and after centring, and how far the work is."""
    return _widget("mm-space-facts", value, modules.MAP, "facts")


def fold(name: str, value: str) -> gr.HTML:
    """A button that shows or hides what follows it in its column; the event `unfold` says that it was shown for the first time."""
    return _widget(name, value, modules.PAGE, "fold", "unfold")


def saver() -> gr.HTML:
    """What saves files; nothing of it is seen."""
    return _widget("mm-saver", "", modules.PAGE, "saver")


def examples(value: str) -> gr.HTML:
    """Pictures to choose from; the event `choose` carries the `index`."""
    return _widget("mm-examples", value, modules.PAGE, "examples", "choose")


def fetching() -> gr.HTML:
    """A public model that is not here; events `ask_hub`, `get_model`, `stop`. Not seen at first."""
    return _widget("mm-fetching", "", modules.PANELS, "fetching", "ask_hub", "get_model", "stop", visible=False)


def truth(value: str) -> gr.HTML:
    """How true each method was measured to be; the event `export` carries `format` and `at`."""
    return _widget("mm-truth", value, modules.METHODS, "truth", "export")


def speech(value: str) -> gr.HTML:
    """Speech and its text on one axis of time.

    Events `pin` (`unit`, `start`), `undo`, `export` (`format`, `at`), `compare` (`aligner`), `options` (`given`) and `sound`, which
    says that the browser cannot play the file.
    """
    events = ("pin", "undo", "export", "compare", "options", "sound")
    return _widget("mm-speech-view", value, "speech.js", "mount", *events)


def speech_progress(value: str) -> gr.HTML:
    """How far aligning is."""
    return _widget("mm-speech-progress", value, "speech_progress.js", "mount")


def speech_batch(value: str) -> gr.HTML:
    """Files aligned at once; the event `zip` carries `at`."""
    return _widget("mm-speech-batch", value, "speech_batch.js", "mount", "zip")


def speech_examples(value: str) -> gr.HTML:
    """Spoken examples to choose from; the event `choose` carries the `name`."""
    return _widget("mm-speech-examples", value, modules.PAGE, "sets", "choose")


def bar(value: str) -> gr.HTML:
    """The top bar; the event `language` carries the `language`.

    `matrix`, `map`, `speech`, `film`, `methods` say that this tab is seen for the first time and nothing was brought there; before
    it, `open_matrix` and its like say that its room is needed.
    """
    return _widget("mm-bar", value, modules.PAGE, "bar", "language", *TABS[1:], *(f"open_{name}" for name in TABS[1:]))


def begins(work: str, name: str) -> str:
    """Write the script with which an event begins: the page shows that such work goes on, until all events of it are over.

    Args:
        work: what goes on: "running", "comparing", "mapping", "speaking" or "filming"; the page's body has the class mm-WORK.
        name: of the event among those of this work.
    """
    return _work("begun.js", work, name, {"running": "in_sight.js"})


def ended(work: str, name: str = "") -> str:
    """Write the script with which an event is over, or, without a name, all events of this work."""
    return _work("ended.js", work, name, {"running": "to_words.js"})


def ends_with(event: Any, js: str) -> None:
    """Run a script of the page when an event is over: answered, cancelled or refused (Gradio's `then` leaves the last out)."""
    for listener in (event.then, event.failure):
        listener(None, js=js, api_visibility="private")


def ends_others_first(demo: gr.Blocks) -> None:
    """Put what only ends other work before what begins some, under every trigger.

    Gradio's page goes through a trigger's listeners in their order and waits for each to be over: work that is ended after what
    was begun in its place would go on beside it, and hold the model it waits for.
    """
    demo.default_config.fns = dict(sorted(demo.fns.items(), key=lambda item: not item[1].cancels))


def _work(file: str, work: str, name: str, also: dict[str, str]) -> str:
    more = script(also[work]) if work in also else ""
    return script(file).replace("ALSO", more).replace("WORK", work).replace("NAME", name)


def bar_payload(language: str, device: str) -> str:
    """Write what the top bar shows; an empty device is one not known yet."""
    tabs = [{"name": name, "title": words.say(f"tab_{name}", language)} for name in TABS]
    facts = {name: words.say(key, language) for name, key in BAR.items()}
    device = device and words.say("device", language, device=device)
    return reading.written({"language": language, "tabs": tabs, "device": device, **facts})


def ask_payload(language: str) -> str:
    """Write what the button "Why?" says."""
    return reading.written({name: why_words.say("why", name, language=language) for name in ("ask", "about")})


def fold_payload(name: str, language: str) -> str:
    """Write what a fold's button says."""
    return reading.written({"title": words.say(name, language)})


def _widget(name: str, value: str, module: str, mount: str, *events: str, visible: bool = True) -> gr.HTML:
    code = modules.loader(module, mount, events)
    return gr.HTML(value, html_template=TEMPLATE, js_on_load=code, apply_default_css=False, elem_id=name, visible=visible)
