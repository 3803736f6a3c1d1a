"""A against B on the page: the answer that is there beside one by another model, of another text or of another picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from mmviz import pipeline
from mmviz.axes import KeyKind, RegionAxis
from mmviz.errors import Stopped
from mmviz.results import Alignment
from mmviz.ui import badges, downloads, ending, guard, menus, reading, rooms, versus_words, weighing, widget_words, widgets, words
from mmviz.ui.anew import Anew
from mmviz.ui.boundary import shows_errors
from mmviz.ui.reading import AVERAGE, Reading, number, percent
from mmviz.ui.versus_words import say
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Cancelled, Progress, Step, steps
from mmviz.versus import Versus
from mmviz.views import versus as view
from mmviz.worlds import scenes

if TYPE_CHECKING:
    from mmviz.ui.pair import Pair

#: What B can have another one of, the first chosen at first; seconds an answer is kept for a visitor who does nothing.
DIFFERS, KEPT = ("model", "text", "picture"), 3600


@dataclass(frozen=True)
class Panel:
    """What is asked for B, and where the two are shown; folded away."""

    fold: gr.HTML
    differs: gr.Dropdown
    model: gr.Dropdown
    text: gr.Textbox
    picture: guard.Upload
    go: gr.Button
    stop: gr.Button
    result: gr.HTML
    kept: gr.State
    inside: rooms.Parts

    def __iter__(self) -> Iterator[gr.components.Component]:
        asked = (self.differs, self.model, self.text, self.picture)
        return iter((self.fold, *asked, self.go, self.stop, self.result, self.kept))


@dataclass(frozen=True)
class Opposed:
    """A and B as they are on the page; immutable, one a visitor.

    Attributes:
        seen: the reading A is.
        found: what changed from A to B.
        picture: B's, where it has another one, as a data URL.
        lower: of both, the share of a bank's texts that score lower, and how many texts that are, where it costs no pass of theirs.
    """

    seen: Reading
    found: Versus
    picture: str = ""
    lower: tuple[float, float, int] | None = None


def build() -> Panel:
    """Lay out the panel."""
    said = partial(say, language=words.DEFAULT)
    upload = {"type": "filepath", "image_mode": None, "sources": ["upload", "clipboard"], "buttons": [], "height": 160}
    with gr.Column(elem_id="mm-versus-panel", elem_classes="mm-folded"):
        fold = widgets.fold("mm-fold-versus", "")
        with gr.Row(elem_id="mm-versus-asked") as fields:
            differs = gr.Dropdown(_differs(words.DEFAULT), value=DIFFERS[0], label=said("differs"), elem_id="mm-versus-differs")
            model = gr.Dropdown([], label=said("b_model"), elem_id="mm-versus-model")
            text = gr.Textbox(label=said("b_text"), lines=1, max_lines=6, visible=False, elem_id="mm-versus-text")
            picture = guard.Upload(label=said("b_picture"), visible=False, elem_id="mm-versus-picture", **upload)
        with gr.Row(elem_id="mm-versus-run") as buttons:
            go = gr.Button(said("go"), elem_id="mm-versus-go", scale=0, min_width=200)
            stop = gr.Button(said("stop"), elem_id="mm-versus-stop", scale=0, min_width=80)
        result = widgets.versus()
    kept = gr.State(None, time_to_live=KEPT)
    return Panel(fold, differs, model, text, picture, go, stop, result, kept, rooms.close(fields, buttons, result))


def wire(tab: "Pair", files: gr.HTML, language: gr.BrowserState) -> tuple[Anew, Any]:
    """Wire the panel; a newer question ends the work for B.

    Args:
        tab: laid out.
        files: takes what is written out.
        language: the visitor's language.

    Returns:
        How the panel begins anew, and the work for B.
    """
    panel, seen = tab.versus, tab.answer.seen
    rooms.opens(panel.fold.unfold, panel.inside)
    panel.differs.input(choose, [panel.differs, seen, panel.text], [panel.model, panel.text, panel.picture], **PRIVATE)
    given = [seen, panel.differs, panel.model, panel.text, panel.picture, panel.kept, language]
    asked = gr.on([panel.go.click, panel.text.submit], oppose, given, [panel.result, panel.kept], **PRIVATE)
    widgets.ends_with(asked, widgets.script("opposed.js"))
    panel.result.export(export, [panel.kept, language], files, **PRIVATE)
    tab.trust.average(forget, None, [panel.result, panel.kept], **PRIVATE)
    panel.stop.click(None, js=widgets.script("opposed.js"), cancels=[asked], **ending.AT_ONCE)
    return Anew(begin, [seen, panel.kept, panel.model, language], list(panel)), asked


@shows_errors
def begin(seen: Reading | None, kept: Opposed | None, model: str | None, language: str) -> tuple[Any, ...]:
    """Say everything in a language, offer B's models, and put away what was found of another answer: updates of the panel's parts."""
    is_on = kept is not None and seen is not None and kept.seen.alignment is seen.alignment
    choices = [] if seen is None else menus.rival_choices(seen.alignment, language)
    names = [name for _, name in choices]
    first = menus.other_model(seen.alignment.model) if seen is not None else None
    usual = first if first in names else next(iter(names), None)
    return (
        reading.written({"title": say("title", language)}),
        gr.update(label=say("differs", language), choices=_differs(language)),
        gr.update(label=say("b_model", language), choices=choices, value=model if model in names else usual),
        gr.update(label=say("b_text", language), placeholder=say("b_text_hint", language)),
        gr.update(label=say("b_picture", language)),
        gr.update(value=say("go", language)),
        gr.update(value=say("stop", language)),
        payload(kept, language) if is_on else reading.written({}),
        kept if is_on else None,
    )


def choose(differs: str, seen: Reading | None, text: str) -> tuple[dict[str, Any], ...]:
    """Show the one field of what B has another of, A's text to be changed in it: updates of model, text, picture."""
    updates = {name: gr.update(visible=name == differs) for name in DIFFERS}
    if not (text or "").strip() and seen is not None:
        updates["text"] |= {"value": seen.alignment.query.text}
    return tuple(updates.values())


def forget() -> tuple[str, None]:
    """Put away what was found, for A is no longer what is on the page."""
    return reading.written({}), None


@shows_errors
def oppose(
    seen: Reading | None, differs: str, model: str | None, text: str, picture: str | None, kept: Opposed | None, language: str
) -> Iterator[tuple[str, Opposed | None]]:
    """Compute B and set it against A: payloads of the widget, and what is kept of both, while B is computed and at the end."""
    if seen is None:
        raise refusal(words.say("no_answer", language), language)
    given = {"model": model or "", "text": (text or "").strip(), "picture": picture or ""}
    _check(seen, differs, given, language)
    named = {"model": given["model"], "text": f"“{given['text']}”", "picture": say("picture", language)}[differs]

    def work(progress: Progress, cancelled: Cancelled) -> Opposed:
        progress(0, 2)
        other = answer_of_b(seen, differs, given[differs])
        progress(1, 2)
        if cancelled():
            raise Stopped("Stopped before A and B were compared, as was asked.")
        url = reading.picture_url(pipeline.read_image(given["picture"]).pixels) if differs == "picture" else ""
        found = pipeline.opposed(seen.alignment, other, differs)
        return Opposed(seen, found, url, _lower(seen, found, given["picture"] or seen.path, cancelled))

    for found in steps(work):
        if isinstance(found, Step):
            busy = {"busy": say("busy", language, name=named), "share": found.done / found.total}
            yield reading.written(busy), kept
        else:
            yield payload(found, language), found


def answer_of_b(seen: Reading, differs: str, given: str) -> Alignment:
    """Ask for B what was asked for A, with the same method, options and target.

    Args:
        seen: A.
        differs: "model", "text" or "picture".
        given: name of another model, another text, or path of another picture.

    Raises:
        MmvizError: the model cannot serve method or target and says what it can, or text or picture cannot be used.
    """
    if differs == "model":
        found = reading.asked_again(seen, menus.known_model(given).name)
    else:
        alignment = seen.alignment
        image = pipeline.read_image(given if differs == "picture" else seen.path)
        text = reading.text_of(alignment)
        if differs == "text":
            told = scenes.phrases_of(scenes.truth_of(image), given)
            text = pipeline.read_text(given, [tuple(phrase["span"]) for phrase in told])
        options = {name: value for name, value in alignment.options.items() if value is not None and name != AVERAGE}
        places = {"model": alignment.model, "unit": "phrase", "target": alignment.target, "device": seen.device}
        found = pipeline.align_many(text, image, [(alignment.method, options)], **places)[0]
    return pipeline.minus_average(found) if AVERAGE in seen.alignment.options else found


@shows_errors
def export(kept: Opposed | None, language: str, event: gr.EventData) -> str:
    """Write out A, B and what changed in the format asked for."""
    if kept is None:
        raise refusal(words.say("no_answer", language), language)
    return downloads.payload(kept.found, str(event.format), event.at)


def refusal(sentence: str, language: str) -> gr.Error:
    """Make an error of a sentence."""
    return gr.Error(sentence, title=words.say("error_title", language), print_exception=False)


def payload(kept: Opposed, language: str) -> str:
    """Write what the widget draws and says of A and B."""
    found, shown = kept.found, view.versus(kept.found)
    names = [_name(kept, side, language) for side in (found.one, found.other)]
    return reading.written(
        {
            "versus": shown,
            "differs": found.differs,
            "pictures": [kept.seen.picture, kept.picture or kept.seen.picture],
            "names": names,
            "score": _score(kept, language),
            "about": _about(kept, language),
            "scale": _scale(found, found.measure, language),
            "raw_scale": _scale(found, "raw", language),
            "table": _table(kept, language),
            "words": versus_words.shown(language, _columns(kept)),
        }
    )


def _lower(seen: Reading, found: Versus, picture: str, cancelled: Cancelled) -> tuple[float, float, int] | None:
    """Stand both among the texts of the bank, where these were encoded for A already and B compares by vectors too."""
    if found.differs == "model" or weighing.way_of(seen) != "contrast":
        return None
    said = {"by": "contrast", "device": seen.device, "cancelled": cancelled}
    bank, model = weighing.known_bank("", None, seen), found.one.model
    pairs = ((found.one.query.text, seen.path), (found.other.query.text, picture))
    one, other = (pipeline.standing(text, pipeline.read_image(path), model, bank, **said) for text, path in pairs)
    is_same_bank = (one.bank, one.n) == (other.bank, other.n)  # a text in another language has a bank of its own
    return (one.percentile, other.percentile, one.n) if is_same_bank else None


def _check(seen: Reading, differs: str, given: dict[str, str], language: str) -> None:
    """Refuse what lacks its other model, text or picture, or has A's."""
    alignment, missing = seen.alignment, ""
    if differs not in DIFFERS or not given[differs] or (differs == "model" and given["model"] == alignment.model):
        missing = f"no_{differs if differs in DIFFERS else DIFFERS[0]}"
    elif differs == "text" and given["text"] == alignment.query.text.strip():
        missing = "same_text"
    if missing:
        raise refusal(say(missing, language), language)


def _differs(language: str) -> list[tuple[str, str]]:
    return [(say(name, language), name) for name in DIFFERS]


def _name(kept: Opposed, side: Alignment, language: str) -> str:
    """Name a side by what tells it from the other one."""
    if kept.found.differs == "model":
        return menus.known_model(side.model).title
    if kept.found.differs == "text":
        return side.query.text
    return " × ".join(str(length) for length in side.key.size)


def _score(kept: Opposed, language: str) -> dict[str, Any]:
    found, lower = kept.found, kept.lower
    kinds = [say(f"kind_{side.score.kind}", language) for side in (found.one, found.other)]
    change = found.score_change
    return {
        "title": say("score", language) + (f" ({kinds[0]})" if change is not None else ""),
        "a": _fine(found.one.score.value, found.one.score.kind),
        "b": _fine(found.other.score.value, found.other.score.kind),
        "change": "" if change is None else _signed(change, found.one.score.kind),
        "note": "" if change is not None else say("kinds_apart", language, a=kinds[0], b=kinds[1]),
        "lower": lower and say("lower", language, a=percent(lower[0]), b=percent(lower[1]), n=f"{lower[2]:,}"),
    }


def _columns(kept: Opposed) -> KeyKind:
    """Say what A's maps have as columns here, where regions lie on a grid."""
    return "cell" if isinstance(kept.seen.alignment.key, RegionAxis) else kept.seen.alignment.key.kind


def _about(kept: Opposed, language: str) -> list[str]:
    """Say what the numbers are, and how places are compared."""
    found = kept.found
    said = [say(f"about_{found.measure}", language, _columns(kept), scale=_scale(found, "raw", language))]
    if found.differs == "text" and found.one.target == "prompt":
        said.append(say("about_prompt", language))
    if found.common is None:
        sizes = {name: " × ".join(map(str, side.key.size)) for name, side in (("a", found.one), ("b", found.other))}
        said.append(say("no_places", language, **sizes))
    elif found.differs == "picture":
        said.append(say("about_places", language))
    if any(badges.cropped_share(side.key) > 0 for side in (found.one, found.other)):
        said.append(say("unseen", language))
    return said


def _scale(found: Versus, measure: str, language: str) -> str:
    if measure != "raw":
        return say(f"scale_{measure}", language)
    return widget_words.OVERLAY[f"scale_{found.one.scale}"][words.column(language)]


def _table(kept: Opposed, language: str) -> dict[str, Any]:
    """Write the rows, each with its cells as they read and as numbers to sort by."""
    found = kept.found
    heads = ["unit", f"a_{found.value}", f"b_{found.value}", "change", "moved", "correlation", "overlap"]
    whole, changes, rows = say("whole", language), found.changes, []
    for r, ((text, kind), side) in enumerate(zip(found.units, found.sides, strict=True)):
        values, change = found.values[r], changes[r]
        rows.append(
            {
                "text": whole if kind == "text" else text,
                "in": "" if side == "both" else say(f"in_{side}", language),
                "cells": [
                    *(_said(value, partial(_value, found)) for value in values),
                    _said(change, partial(_value_change, found)),
                    _moved(kept, r, language),
                    _said(found.correlation[r], number),
                    _said(found.overlap[r], percent),
                ],
                "sizes": [_size(value) for value in (*values, change, found.patches[r], found.correlation[r], found.overlap[r])],
            }
        )
    return {"heads": [say(head, language) for head in heads], "rows": rows}


def _said(value: float, write: Any) -> str:
    return write(float(value)) if np.isfinite(value) else "–"


def _size(value: float) -> float | None:
    return abs(float(value)) if np.isfinite(value) else None


def _moved(kept: Opposed, row: int, language: str) -> str:
    found = kept.found
    if not np.isfinite(found.patches[row]):
        return "–"
    if found.patches[row] < 1e-6:
        return say("stays", language)
    right, down = found.moved[row].tolist()
    arrows = [("→" if right > 0 else "←", right), ("↓" if down > 0 else "↑", down)]
    way = " ".join(f"{sign} {abs(share):.0%}".replace("%", " %") for sign, share in arrows if abs(share) > 0.005)
    return say("moved_by", language, _columns(kept), patches=number(float(found.patches[row])), way=way)


def _value(found: Versus, value: float) -> str:
    return _fine(value, found.one.score.kind) if found.value == "own" else number(value)


def _value_change(found: Versus, value: float) -> str:
    return _signed(value, found.one.score.kind) if found.value == "own" else f"{'+' if value > 0 else ''}{number(value)}"


def _fine(value: float, kind: str) -> str:
    """Write a score so that small differences show."""
    return percent(value) if kind == "match_probability" else f"{value:.3f}".replace("-", "−")


def _signed(value: float, kind: str) -> str:
    """Write a change of scores with its sign; of probabilities, in hundredths."""
    if abs(value) < 5e-5:
        return "0"
    return (f"{100 * value:+.2g} %" if kind == "match_probability" else f"{value:+.{3 if abs(value) >= 0.0005 else 4}f}").replace(
        "-", "−"
    )
