"""Inside the model, on the page: what probes find for the pair that is there."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.findings import Finding
from mmviz.registry import probes
from mmviz.ui import ending, examples, probe_words, reading, weighing, words
from mmviz.ui.anew import Anew
from mmviz.ui.boundary import shows_errors
from mmviz.ui.pair import Pair
from mmviz.ui.probe_words import say
from mmviz.ui.reading import Reading, percent
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Cancelled, Progress, Step, payloads, steps
from mmviz.views.finding import finding as drawn

#: Numbers of a remark that are shares.
SHARES = ("share",)
#: What is said of boxes on a picture follows its slider, in the browser: those that are shown, none, and the next one; and the option it is.
FOLLOWED = {"found": "boxes_found", "none": "no_box_found", "next": "next_box"}
SLIDER = "threshold"
#: The remark whose text can be taken as the pair's.
TAKEN = "to_take"


def wire(tab: Pair, language: gr.BrowserState) -> tuple[Anew, Any]:
    """Wire the panel.

    Args:
        tab: laid out.
        language: the visitor's language.

    Returns:
        How the panel begins anew, and the looking.
    """
    panel, seen = tab.panels.probes, tab.answer.seen
    running = panel.look(look, [seen, language], panel, **PRIVATE)
    panel.stop(None, cancels=[running], **ending.AT_ONCE)
    return Anew(begin, [seen, language], [panel]), running


@shows_errors
def begin(seen: Reading | None, language: str) -> dict[str, Any]:
    """Show the panel for a new answer where its model has a probe, nothing looked at yet."""
    is_offered = seen is not None and bool(pipeline.probes_of(seen.alignment.model))
    return gr.update(value=payload(seen, language, is_new=True) if is_offered else "", visible=is_offered)


@shows_errors
def look(seen: Reading | None, language: str, event: gr.EventData) -> Iterator[str]:
    """Look by `probe` with `options`: payloads on the way and at the end."""
    name, given = event.probe, event.options
    if seen is None or name not in [entry.name for entry in pipeline.probes_of(seen.alignment.model)] or type(given) is not dict:
        raise gr.Error(say("text", "no_probe", language), title=words.say("error_title", language), print_exception=False)
    options = {str(option): str(value) for option, value in given.items()}
    write = partial(payload, seen, language)
    yield write(step=Step(0, 0))
    yield from payloads(looked(seen, name, options), lambda s: write(step=s), lambda finding: write(found=finding), write)


def looked(seen: Reading, name: str, options: dict[str, str]) -> Iterator[Step | Finding]:
    """Look by one probe at the pair on the page, held against the bank that suits the model and the page's examples.

    Yields:
        A `Step` each time some texts were encoded, then what was found.

    Raises:
        MmvizError: the model cannot be run any more, or an option is out of its range.
    """
    text, image = reading.text_of(seen.alignment), pipeline.read_image(seen.path)
    held = {
        "bank": weighing.known_bank("", None, seen),
        "pictures": dict.fromkeys(example.path for example in examples.examples()),
        "device": seen.device,
    }

    def work(progress: Progress, cancelled: Cancelled) -> Finding:
        watched = {"options": options, "progress": progress, "cancelled": cancelled}
        return pipeline.probe(name, text, image, seen.alignment.model, **held, **watched)

    return steps(work)


def payload(seen: Reading, language: str, *, step: Step | None = None, found: Finding | None = None, is_new: bool = False) -> str:
    """Write the panel: what can be looked at, how far the work is, and what was found."""
    counts = None if step is None else {"done": f"{step.done:,}", "total": f"{step.total:,}"}
    facts = {
        "words": probe_words.all_of(language),
        "probes": [
            {
                "name": entry.name,
                "title": probe_words.title_of(entry, language),
                "about": probe_words.about(entry, language),
                "options": [
                    {
                        "name": option,
                        "title": say("option", option, language),
                        "value": str(value),
                        "is_text": isinstance(value, str),
                    }
                    for option, value in entry.options.items()
                    if option != SLIDER
                ],
            }
            for entry in pipeline.probes_of(seen.alignment.model)
        ],
        "busy": "" if step is None else say("text", "busy" if step.total > 1 else "begun", language, **counts),
        "share": 0 if step is None else step.done / max(1, step.total),
        "is_new": is_new,
    }
    return reading.written(facts | ({} if found is None else {"view": view(found, language)}))


def view(found: Finding, language: str) -> dict[str, Any]:
    """Write what was found: the drawing with its keys put into words, and the file to be saved."""
    made = drawn(found)
    for ranking in made["rankings"]:
        ranking["title"] = say("label", ranking["key"], language)
        ranking["columns"] = [say("label", key, language) for key in ranking["columns"]]
        for row in ranking["rows"]:
            row["values"] = ["–" if value is None else digits(value) for value in row["values"]]
            row["said"] = say("label", row["mark"], language) if row["mark"] else ""
    for plot in made["plots"]:
        plot |= {name: say("label", plot[name], language) for name in ("axis", "value")}
        plot |= {"title": say("label", plot["key"], language)}
        for line in plot["lines"]:
            line["said"] = f"{say('label', line['key'], language)} {digits(line['value'])}"
    for picture in made["pictures"]:
        picture["said"] = say("label", picture["key"], language)
        if picture["boxed"]:
            picture["boxed"]["words"] = _slider(language)
    follow = set(FOLLOWED.values()) if any(picture["boxed"] for picture in made["pictures"]) else ()
    remarks = [
        {
            "said": _remark(r.key, r.numbers, language),
            "is_warning": r.is_warning,
            "take": r.numbers["text"] if r.key == TAKEN else "",
        }
        for r in found.remarks
        if r.key not in follow
    ]
    title = probe_words.title_of(probes[found.probe], language)
    return {"title": title, "remarks": remarks, **made, "json": found.to_json(), "file": f"mmviz-{found.probe}.json"}


def _slider(language: str) -> dict[str, str]:
    """Give what is said of boxes as the slider moves, with places for its numbers."""
    said = {name: probe_words.raw("remark", key, language) for name, key in FOLLOWED.items()}
    return said | {"title": say("option", SLIDER, language)}


def digits(value: float) -> str:
    """Write a figure with three decimals and a true minus sign."""
    return f"{value:.3f}".replace("-", "−")


def _remark(key: str, numbers: dict[str, Any], language: str) -> str:
    written = {}
    for name, value in numbers.items():
        if name in SHARES:
            written[name] = percent(value)
        else:
            written[name] = digits(value) if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    return say("remark", key, language, **written)
