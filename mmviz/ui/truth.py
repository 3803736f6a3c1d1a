"""The tab that says how true each method is: a table of models and methods, measured where the answer is known."""

from functools import partial
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.trusts import FIGURES, Skills, Truth, Truths
from mmviz.ui import downloads, menus, reading, rooms, skills, truth_words, widgets, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.truth_words import percent
from mmviz.ui.widgets import PRIVATE
from mmviz.views import theme

#: How measurements are made: of all bundled models, and of one.
COMMAND = "make bench"
COMMAND_OF_ONE = "python benchmarks/truth.py --phrases 300 --write --models {model}"


def build() -> tuple[rooms.Parts, gr.HTML]:
    """Lay out the tab: its room, of which nothing is built in the browser before it is first opened, and its table."""
    with gr.Column(elem_id="mm-methods") as room:
        table = widgets.truth("")
    return rooms.close(room), table


def wire(tab: tuple[rooms.Parts, gr.HTML], bar: gr.HTML, files: gr.HTML, language: gr.BrowserState) -> None:
    """Wire the tab.

    Args:
        tab: its room, and its table, filled when the tab is first seen.
        bar: the top bar, whose event `methods` says that, and whose event `language` changes all texts.
        files: takes what is written out.
        language: the visitor's language.
    """

    def arrive(language, request: gr.Request):
        return show(words.known(language, request.headers.get("accept-language", "")))

    def relabel(event: gr.EventData):
        return show(words.known(event.language))

    room, table = tab
    rooms.opens(bar.open_methods, room)
    bar.methods(arrive, [language], table, **PRIVATE)
    bar.language(relabel, None, table, **PRIVATE)
    table.export(export, [language], files, **PRIVATE)


@shows_errors
def show(language: str) -> str:
    """Write the table as it was measured until now."""
    return payload(pipeline.truths(), pipeline.skills(), language)


@shows_errors
def export(language: str, event: gr.EventData) -> str:
    """Write all figures of the methods or of the models out, in the format asked for."""
    made = pipeline.skills() if event.of == "models" else pipeline.truths()
    return downloads.payload(made, str(event.format), event.at)


def payload(truths: Truths, measured: Skills, language: str) -> str:
    """Write the tables: what the columns mean, for every model its methods with their shares, and how often it is right itself."""
    say = partial(truth_words.say, language=language)
    names = ("title", "lead", "rule", "method", "best", "begins", "slow", "table", "sort", "sorted_down", "sorted_up")
    glance = ("glance", "glance_how", "figure", "open", "impossible", "unfold")
    exports = ("export", "export_csv", "export_json")
    columns = [{"name": name, "title": say(name), "about": say(f"about_{name}")} for name in FIGURES]
    facts = {
        "words": {name: truth_words.TEXTS[name][words.column(language)] for name in (*names, *glance, *exports)},
        "columns": columns,
        "colours": theme.packed(theme.colours("probability")),
        "groups": [_group(truth, language) for truth in truths.models],
        "skills": skills.table(measured, language),
        "empty": "" if truths.models else say("no_models"),
    }
    return reading.written(facts)


def _group(truth: Truth, language: str) -> dict[str, Any]:
    """Write what is known of one model's methods."""
    say = partial(truth_words.say, language=language)
    facts = {"checkpoint": truth.checkpoint, "present": truth.present}
    target = say(f"target_{truth.target}") if truth.target else ""
    margin = f"{100 * truth.margin:.0f}"
    measured = say("measured", phrases=f"{truth.phrases:,}", margin=margin, target=target, checkpoint=truth.checkpoint)
    makes = [say("make", command=COMMAND), say("make_one", command=COMMAND_OF_ONE.format(model=truth.model))]
    is_measured = truth.state == "measured"
    return {
        "model": truth.model,
        "title": menus.known_model(truth.model).title,
        "state": truth.state,
        "notes": [measured] if is_measured else [say(truth.state, **facts), *makes],
        "rows": [_row(truth, method, language) for method in truth.ranking or sorted(truth.figures)],
        "chances": {figure: truth.chance_of(figure) for figure in FIGURES},
        "chances_said": {figure: say("chance", share=percent(truth.chance_of(figure))) for figure in FIGURES},
    }


def _row(truth: Truth, method: str, language: str) -> dict[str, Any]:
    shares, is_measured = truth.figures[method], truth.state == "measured"
    return {
        "method": method,
        "title": menus.method_title(method, language),
        "begins": is_measured and method == pipeline.best_method(truth.model).method,
        "slow": not pipeline.is_quick(method),
        "shares": shares,
        "said": {figure: percent(share) for figure, share in shares.items()},
        "best": [figure for figure in FIGURES if is_measured and method in truth.best(figure)],
    }
