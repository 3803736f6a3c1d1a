"""Widgets of our own: one constant template, a script and a payload each.

A payload is one string of JSON in `props.value`; the script builds its nodes with `textContent`, so what a visitor typed
never meets a template or a tag. Each is made by a function, not by a subclass.
"""

from pathlib import Path
from typing import Any

import gradio as gr

from mmviz.ui import reading, why_words, words

STATIC = Path(__file__).parent / "static"
#: The tabs, the first one seen first; and what else the top bar says.
TABS = ("pair", "matrix", "map", "speech", "film", "methods")
BAR = {"tagline": "tagline", "theme": "light_dark", "views": "tabs"}
#: How events are wired that are no part of the API and dim nothing.
PRIVATE = {"api_visibility": "private", "show_progress": "hidden"}
TEMPLATE = '<div class="mm"></div>'
#: Styles of the page and of all widgets.
STYLES = tuple(
    STATIC / name
    for name in (
        "page.css",
        "overlay.css",
        "matrix.css",
        "trust.css",
        "why.css",
        "truth.css",
        "fetching.css",
        "versus.css",
        "multiples.css",
        "probing.css",
        "space.css",
        "speech.css",
        "film.css",
    )
)


def overlay(value: str) -> gr.HTML:
    """Words above, the picture with its map below; events `phrase` (`start`, `end`) and `export` (`format`, `at`)."""
    return _widget(
        "mm-overlay", value, "kit.js", "maps.js", "words.js", "zoom.js", "box.js", "stage.js", "pinned.js", "overlay.js"
    )


def table(value: str) -> gr.HTML:
    """Units against patches, this model's and another one's; the event `beside` carries the other `model`, or ""."""
    return _widget("mm-table", value, "kit.js", "maps.js", "table.js")


def score(value: str) -> gr.HTML:
    """The score and what it is compared with; the event `match` begins a comparison that takes long, `stop` ends one."""
    return _widget("mm-score", value, "kit.js", "score.js")


def trust() -> gr.HTML:
    """How far a unit's map can be trusted; events `judge` and `export` (`row`), `average` (`on`), `stop`. Not seen at first."""
    return _widget("mm-trust", "", "kit.js", "trust.js", visible=False)


def ask(value: str) -> gr.HTML:
    """The button "Why?"; the event `why` carries the `row` that is looked at and the `box` drawn, or null."""
    return _widget("mm-ask", value, "kit.js", "ask.js")


def why() -> gr.HTML:
    """What was found when an answer was asked why; the event `stop` ends the asking. Not seen at first."""
    return _widget("mm-why", "", "kit.js", "why.js", visible=False)


def changes() -> gr.HTML:
    """Other words; events `change_words` (`kind`, `row`, `other`, `text`), `leave`, `try_edits`, `stop`. Not seen at first."""
    return _widget("mm-changes", "", "kit.js", "changes.js", visible=False)


def region() -> gr.HTML:
    """A box of the picture; events `look` and `hide`, each with the `box`. Not seen at first."""
    return _widget("mm-region", "", "kit.js", "region.js", visible=False)


def multiples() -> gr.HTML:
    """Small maps; events `multiples` (`kind`, `row`, `method`), `pick` (`method`, `layers`, `heads`, `row`), `stop`. Not seen at first."""
    return _widget("mm-multiples", "", "kit.js", "maps.js", "stage.js", "multiples.js", visible=False)


def heads() -> gr.HTML:
    """Layers and heads; events `heads` (`row`), `pick` (`method`, `layers`, `heads`, `row`), `stop`. Not seen at first."""
    return _widget("mm-heads", "", "kit.js", "heads.js", visible=False)


def probes() -> gr.HTML:
    """Looks inside the model; events `look` (`probe`, `options`), `change_words` (`kind` "take", `text`), `stop`. Not seen at first."""
    return _widget("mm-probes", "", "kit.js", "boxed.js", "probing.js", visible=False)


def versus() -> gr.HTML:
    """A against B: both maps, what changed, a table of all words; the event `export` carries `format` and `at`."""
    return _widget("mm-versus", "", "kit.js", "maps.js", "stage.js", "versus.js")


def film(value: str) -> gr.HTML:
    """Shots against clauses; events `correct` (`kind` and what it is about), `versus` (`matcher`), `export` (`format`, `at`).

    Its script is long and comes when the tab is opened, by `film_script`; until then only its events are known.
    """
    code = "// 'correct', 'versus', 'export'"
    return gr.HTML(value, html_template=TEMPLATE, js_on_load=code, apply_default_css=False, elem_id="mm-film-view")


def film_script() -> str:
    """Give the script of the film's widget."""
    return "\n".join(map(script, ("kit.js", "film_graph.js", "film_matrix.js", "film_parts.js", "film.js")))


def film_busy() -> gr.HTML:
    """How far the matching of a film is."""
    return _widget("mm-film-busy", "", "kit.js", "film_busy.js")


def film_examples(value: str) -> gr.HTML:
    """Drawn films to choose from; the event `choose` carries the `name`."""
    return _widget("mm-film-examples", value, "kit.js", "sets.js")


def side(value: str) -> gr.HTML:
    """What to mind, and how the answer was found."""
    return _widget("mm-side", value, "kit.js", "side.js")


def cells(value: str) -> gr.HTML:
    """Texts against pictures; events `open` (`row`, `column`) and `export` (`format`, `scale`, `at`)."""
    return _widget("mm-cells", value, "kit.js", "canvas.js", "order.js", "matrix.js")


def recall(value: str) -> gr.HTML:
    """How often the right one comes first, what was left out, and how far the work is."""
    return _widget("mm-recall", value, "kit.js", "recall.js")


def passes(value: str) -> gr.HTML:
    """How many passes of the model a comparison takes, said before it is begun."""
    return _widget("mm-passes", value, "kit.js", "passes.js")


def sets(value: str, name: str = "mm-sets") -> gr.HTML:
    """Example sets to choose from; the event `choose` carries the `name`."""
    return _widget(name, value, "kit.js", "sets.js")


def plane(value: str) -> gr.HTML:
    """A map; events `lasso` (`rows`), `open` (`row`), `place`, `export` (`format`, `at`)."""
    return _widget("mm-plane", value, "kit.js", "points.js", "planes.js", "space.js")


def chosen() -> gr.HTML:
    """What is chosen on the map; events `compare` (`rows`) and `export` (`format`, `rows`, `at`)."""
    return _widget("mm-chosen", "", "kit.js", "chosen.js")


def space_facts(value: str) -> gr.HTML:
    """How far to believe a map, its gap, retrieval before and after centring, and how far the work is."""
    return _widget("mm-space-facts", value, "kit.js", "spacefacts.js")


def fold(name: str, value: str) -> gr.HTML:
    """A button that shows or hides what follows it in its column."""
    return _widget(name, value, "kit.js", "fold.js")


def saver() -> gr.HTML:
    """What saves files; nothing of it is seen."""
    return _widget("mm-saver", "", "kit.js", "saver.js")


def examples(value: str) -> gr.HTML:
    """Pictures to choose from; the event `choose` carries the `index`."""
    return _widget("mm-examples", value, "kit.js", "examples.js")


def fetching() -> gr.HTML:
    """A public model that is not here; events `ask_hub`, `get_model`, `stop`. Not seen at first."""
    return _widget("mm-fetching", "", "kit.js", "fetching.js", visible=False)


def truth(value: str) -> gr.HTML:
    """How true each method was measured to be; the event `export` carries `format` and `at`."""
    return _widget("mm-truth", value, "kit.js", "truth.js")


def speech(value: str) -> gr.HTML:
    """Speech and its text on one axis of time; its script is fetched when it is first drawn.

    Events `pin` (`unit`, `start`), `undo`, `export` (`format`, `at`), `compare` (`aligner`), `options` (`given`) and `sound`, which
    says that the browser cannot play the file.
    """
    return _widget("mm-speech-view", value, "speech_load.js")


def speech_progress(value: str) -> gr.HTML:
    """How far aligning is; its script is fetched when it is first drawn."""
    return _widget("mm-speech-progress", value, "speech_progress_load.js")


def speech_batch(value: str) -> gr.HTML:
    """Files aligned at once; the event `zip` carries `at`. Its script is fetched when it is first drawn."""
    return _widget("mm-speech-batch", value, "speech_batch_load.js")


def speech_examples(value: str) -> gr.HTML:
    """Spoken examples to choose from; the event `choose` carries the `name`."""
    return _widget("mm-speech-examples", value, "speech_examples_load.js")


def bar(value: str) -> gr.HTML:
    """The top bar; the event `language` carries the `language`; `matrix`, `map`, `speech`, `film`, `methods` say that this tab is seen."""
    return _widget("mm-bar", value, "kit.js", "bar.js")


def ends_with(event: Any, file: str) -> None:
    """Run a script of the page when an event is over: answered, cancelled or refused (Gradio's `then` leaves the last out)."""
    for ended in (event.then, event.failure):
        ended(None, js=script(file), api_visibility="private")


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


def script(file: str) -> str:
    """Read one of the page's scripts."""
    return (STATIC / file).read_text("utf-8")


def _widget(name: str, value: str, *scripts: str, visible: bool = True) -> gr.HTML:
    code = "\n".join(script(file) for file in scripts)
    return gr.HTML(value, html_template=TEMPLATE, js_on_load=code, apply_default_css=False, elem_id=name, visible=visible)
