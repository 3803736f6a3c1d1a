"""How far the map on the page can be trusted: measured unit by unit, said in words and numbers."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.axes import KeyKind
from mmviz.registry import scores
from mmviz.results import Alignment
from mmviz.trusts import Agreement, Area, Remark, Trust
from mmviz.ui import downloads, ending, menus, reading, trust_words, words
from mmviz.ui.anew import Anew
from mmviz.ui.boundary import shows_errors
from mmviz.ui.reading import AVERAGE, Reading, number, percent
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Cancelled, Progress, Step, payloads, steps


def wire(panel: gr.HTML, seen: gr.State, drawn: list[gr.HTML], files: gr.HTML, language: gr.BrowserState) -> tuple[Anew, Any]:
    """Wire the panel.

    Args:
        panel: the widget, not seen until there is an answer.
        seen: the answer on the page.
        drawn: widgets of the picture and of its table, drawn anew when the average map is taken away.
        files: takes what is written out.
        language: the visitor's language.

    Returns:
        How the panel begins anew, and the judging.
    """
    running = panel.judge(judge_unit, [seen, language], panel, **PRIVATE)
    panel.average(less_average, [seen, language], [seen, *drawn, panel], **PRIVATE)
    panel.export(export_unit, [seen, language], files, **PRIVATE)
    panel.stop(None, cancels=[running], **ending.AT_ONCE)
    return Anew(begin, [seen, language], [panel]), running


@shows_errors
def begin(seen: Reading | None, language: str) -> dict[str, Any]:
    """Show the panel for a new answer, nothing measured yet."""
    return gr.update(value="" if seen is None else payload(seen, language), visible=seen is not None)


@shows_errors
def judge_unit(seen: Reading | None, language: str, event: gr.EventData) -> Iterator[str]:
    """Measure the map of the unit chosen in the panel: payloads while patches are hidden, and at the end."""
    row = row_of(seen, event.row, language)
    write = partial(payload, seen, language, row)
    yield from payloads(judged(seen, row), lambda s: write(step=s), lambda found: write(found.trust), write)


@shows_errors
def less_average(seen: Reading | None, language: str, event: gr.EventData) -> tuple[Reading, str, str, str]:
    """Take the average map of all words from every map, or give the maps themselves back."""
    if seen is None:
        raise gr.Error(words.say("no_answer", language), title=words.say("error_title", language), print_exception=False)
    found = reading.averaged(seen, event.on is True)
    return found, reading.overlay_payload(found, language), reading.table_payload(found, language), payload(found, language)


@shows_errors
def export_unit(seen: Reading | None, language: str, event: gr.EventData) -> str:
    """Write the alignment with what was measured of one unit's map, as JSON."""
    row = row_of(seen, event.row, language)
    *_, found = judged(seen, row)
    return downloads.payload(found, "json", event.at)


def judged(seen: Reading, row: int) -> Iterator[Step | Alignment]:
    """Measure how far one unit's map can be trusted, or find that in the store.

    Args:
        seen: what is on the page.
        row: of the unit on the page.

    Yields:
        A `Step` each time some pictures were seen, then the alignment with its trust.

    Raises:
        MmvizError: the model cannot be run any more.
    """
    alignment = reading.asked_again(seen)
    text, image = reading.text_of(seen.alignment), pipeline.read_image(seen.path)
    if AVERAGE in seen.alignment.options:
        alignment = pipeline.minus_average(alignment)
    place = reading.spans_of(alignment).index(reading.spans_of(seen.alignment)[row])

    def work(progress: Progress, cancelled: Cancelled) -> Alignment:
        watched = {"progress": progress, "cancelled": cancelled, "device": seen.device}
        return pipeline.judge(alignment, text, image, row=place, boxes=seen.boxes[row], **watched)

    return steps(work)


def row_of(seen: Reading | None, row: Any, language: str) -> int:
    """Check the number of a unit that came from the browser.

    Raises:
        gr.Error: there is no such unit on the page.
    """
    if seen is None or type(row) is not int or not 0 <= row < len(seen.alignment.query):
        raise gr.Error(words.say("no_answer", language), title=words.say("error_title", language), print_exception=False)
    return row


def payload(seen: Reading, language: str, row: int | None = None, trust: Trust | None = None, step: Step | None = None) -> str:
    """Write the panel: what can be asked, how far the work is, and what was found of unit `row`."""
    alignment, columns = seen.alignment, seen.alignment.key.kind
    whole = trust_words.say("whole", language)
    labels = [
        whole if kind == "text" else label for label, kind in zip(alignment.query.labels, alignment.query.kinds, strict=True)
    ]
    is_cheap = alignment.score.kind == "cosine"
    passes = f"{pipeline.passes_of_trust(alignment):,}"
    facts: dict[str, Any] = {
        **{
            name: trust_words.say(name, language, columns)
            for name in ("title", "unit", "stop", "average", "export", "numbers", "note")
        },
        "judge": trust_words.say("judge_passes" if not is_cheap else "judge", language, passes=passes),
        "units": labels,
        "row": row,
        "itself": is_cheap and seen.is_bundled,
        "is_average": AVERAGE in alignment.options,
        "busy": ""
        if step is None
        else trust_words.say("busy", language, columns, done=f"{step.done:,}", total=f"{step.total:,}"),
        "share": None if step is None else step.done / max(1, step.total),
    }
    if trust is not None:
        facts |= {
            "remarks": _remarks(trust, language, columns),
            "rows": _rows(trust, language, columns),
            "agreement": _agreement(trust, language),
        }
    return reading.written(facts)


def _remarks(trust: Trust, language: str, columns: KeyKind) -> list[dict[str, Any]]:
    said = [(remark, _written(remark, language, columns)) for remark in trust.remarks]
    return [{"text": trust_words.remark(remark, language, columns, **how), "warns": remark.is_warning} for remark, how in said]


def _written(remark: Remark, language: str, columns: KeyKind) -> dict[str, str]:
    """Write the numbers of a remark."""
    written = {}
    for name, value in remark.numbers.items():
        if name in ("share", "iou"):
            written[name] = "–" if value is None else percent(value)
        elif name == "names":
            known = [trust_words.say(score, language, columns, fill="{") for score in value if score in trust_words.TEXTS]
            written[name] = (", " if language != "zh" else "、").join(word.partition("{")[0].rstrip(" ,，") for word in known)
        else:
            written[name] = str(value) if isinstance(value, int) else number(value)
    return written


def _rows(trust: Trust, language: str, columns: KeyKind) -> list[dict[str, Any]]:
    """List the measured numbers: name, value in words, and the band of random maps where there is one."""
    rows = []
    for entry in scores:
        value = getattr(trust, entry.name, None)
        if isinstance(value, dict):
            rows += [_area(entry.name, area, language, columns) for area in value.values()]
        elif isinstance(value, float | int):
            name = trust_words.say(entry.name, language, columns)
            rows.append({"name": name, "said": _said(entry.name, float(value), language)})
    return rows


def _said(name: str, value: float, language: str) -> str:
    if name == "pointing":
        return trust_words.say("yes" if value >= 0.5 else "no", language)
    return percent(value) if name in ("iou", "sinks") else trust_words.say("rank", language, value=number(value))


def _area(name: str, area: Area, language: str, columns: KeyKind) -> dict[str, Any]:
    band = area.random
    low, high = min(band.low, area.value), max(band.high, area.value)
    span = (high - low) or 1.0
    said = trust_words.say(
        "area",
        language,
        value=number(area.value),
        low=number(band.low),
        high=number(band.high),
        n=band.n,
        share=percent(area.better),
    )
    places = {"low": (band.low - low) / span, "high": (band.high - low) / span, "at": (area.value - low) / span}
    return {
        "name": trust_words.say(name, language, fill=trust_words.say(f"fill_{area.fill}", language, columns)),
        "said": said,
        "band": places,
    }


def _agreement(trust: Trust, language: str) -> dict[str, Any] | None:
    found: Agreement | None = trust.agreement
    if found is None:
        return None
    data = found.to_json()
    titles = [menus.method_title(name, language) for name in data["methods"]]
    rows = [[None if value is None else round(value, 3) for value in row] for row in data["correlations"]]
    return {
        "title": trust_words.say("agreement", language),
        "methods": titles,
        "rows": rows,
    }
