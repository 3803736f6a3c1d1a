"""Changed words on the page: replace, drop or swap some, leave each out in turn, and see which edits score higher."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.results import ScoreKind
from mmviz.ui import reading, weighing, why_words, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.reading import Asked, Reading, number, percent
from mmviz.ui.work import Cancelled, Progress, Step, steps
from mmviz.whys import Edit, Edited, Without
from mmviz.worlds import suggestions

#: Rows of a list on the page.
SHOWN = 12
NUMBERS = ("layers", "heads")


@dataclass(frozen=True)
class Moved:
    """A text that was changed: the first one with its score, and what it became; one a visitor."""

    first: str
    score: float
    text: str


@shows_errors
def begin(seen: Reading | None, language: str) -> dict[str, Any]:
    """Show the panel for a new answer."""
    return gr.update(value="" if seen is None else payload(seen, language), visible=seen is not None)


@shows_errors
def change(seen: Reading | None, moved: Moved | None, language: str, event: gr.EventData) -> tuple[Any, ...]:
    """Change the text as was asked and run it: the new text, the reading, the payloads of the answer but for what its tab writes, and what moved."""
    if seen is None:
        raise refusal("no_words", language)
    text = changed_text(seen, event, language)
    found = reading.read(asked_again(seen, text, language), seen.device)
    is_on = moved is not None and moved.text == seen.alignment.query.text
    first = (moved.first, moved.score) if is_on else (seen.alignment.query.text, seen.alignment.score.value)
    return text, found, Moved(*first, text)


@shows_errors
def compare(seen: Reading | None, moved: Moved | None, language: str) -> str:
    """Say how score and percentile moved from the first text to the one on the page."""
    if seen is None:
        return ""
    return payload(seen, language, moved=_compared(seen, moved, language))


@shows_errors
def leave(seen: Reading | None, language: str) -> Iterator[str]:
    """Leave out each word in turn: payloads while the texts are scored and at the end."""
    if seen is None:
        raise refusal("no_words", language)
    alignment, image = seen.alignment, pipeline.read_image(seen.path)

    def work(progress: Progress, cancelled: Cancelled) -> Without:
        said = {"target": alignment.target, "device": seen.device, "progress": progress, "cancelled": cancelled}
        return pipeline.without_each(alignment.query.text, image, alignment.model, **said)

    for found in steps(work):
        is_step = isinstance(found, Step)
        yield payload(seen, language, step=found) if is_step else payload(seen, language, left=_left(found, language))


@shows_errors
def try_edits(seen: Reading | None, language: str) -> Iterator[str]:
    """Score all small edits of the text: payloads while they are scored and at the end."""
    if seen is None:
        raise refusal("no_words", language)
    by = weighing.way_of(seen)
    if by is None:
        raise refusal("no_edits", language)
    alignment, image = seen.alignment, pipeline.read_image(seen.path)

    def work(progress: Progress, cancelled: Cancelled) -> Edited:
        said = {"by": by, "device": seen.device, "progress": progress, "cancelled": cancelled}
        return pipeline.changed(alignment.query.text, all_edits(seen), image, alignment.model, **said)

    for found in steps(work):
        is_step = isinstance(found, Step)
        yield payload(seen, language, step=found) if is_step else payload(seen, language, tried=_tried(found, language))


def all_edits(seen: Reading) -> list[Edit]:
    """List the small edits of a text: what the drawn world suggests, and each word dropped."""
    text = seen.alignment.query.text
    spans = [span for span, kind in _units(seen) if kind == "word"]
    drops = pipeline.every_drop(spans)[: pipeline.MOST_EDITS // 2]
    return [*suggestions.suggested(text, pipeline.MOST_EDITS - len(drops)), *drops]


def asked_again(seen: Reading, text: str, language: str) -> Asked:
    """Ask for another text what was asked for the one on the page."""
    alignment = seen.alignment
    layers, heads = ([str(n) for n in alignment.options.get(name) or ()] for name in NUMBERS)
    return Asked(seen.path, text, alignment.model, alignment.method, layers, heads, alignment.target, language)


def changed_text(seen: Reading, event: Any, language: str) -> str:
    """Write the text as the browser asks for it to be changed.

    Args:
        seen: what is on the page.
        event: `kind` "replace" (with `row` and `text`), "drop" (`row`), "swap" (`row`, `other`) or "take" (`text`, a whole one).
        language: of refusals.

    Raises:
        gr.Error: there is no such word, no new text, or two words overlap.
    """
    text, new = seen.alignment.query.text, str(event.text or "")
    if event.kind in ("take", "replace") and not new.strip():
        raise refusal("no_text", language)
    if event.kind == "take":
        return new
    span = _span(seen, event.row, language)
    if event.kind == "replace":
        return pipeline.edited(text, _replacement(text, span, new.strip()))
    if event.kind != "swap":
        return pipeline.edited(text, pipeline.dropped(span))
    other = _span(seen, event.other, language)
    if span[0] < other[1] and other[0] < span[1]:
        raise refusal("overlap", language)
    return pipeline.edited(text, suggestions.agreeing(text, pipeline.swapped(text, span, other)))


def refusal(name: str, language: str) -> gr.Error:
    """Make an error of one of the panel's texts."""
    title = words.say("error_title", language)
    return gr.Error(why_words.say("changes", name, language=language), title=title, print_exception=False)


def payload(seen: Reading, language: str, *, step: Step | None = None, **parts: Any) -> str:
    """Write the panel: the words and what could stand in their place, how far the work is, and any of `moved`, `left`, `tried`."""
    text = seen.alignment.query.text
    known = {one.span: one for one in suggestions.known_words(text)}
    rows = [
        {"row": row, "text": text[slice(*span)], "kind": kind, "others": list(known[span].word.others) if span in known else []}
        for row, (span, kind) in enumerate(_units(seen))
        if kind != "text"
    ]
    counts = {} if step is None else {"done": f"{step.done:,}", "total": f"{step.total:,}"}
    facts = {
        "text": text,
        "rows": rows,
        "words": why_words.all_of("changes", language),
        "busy": "" if step is None else why_words.say("changes", "busy", language=language, **counts),
        "share": None if step is None else step.done / max(1, step.total),
    }
    return reading.written(facts | parts)


def _units(seen: Reading) -> list[tuple[tuple[int, int], str]]:
    query = seen.alignment.query
    return [((start, end), kind) for (start, end), kind in zip(query.spans.tolist(), query.kinds, strict=True)]


def _span(seen: Reading, row: Any, language: str) -> tuple[int, int]:
    units = _units(seen)
    if type(row) is not int or not 0 <= row < len(units):
        raise refusal("no_words", language)
    return units[row][0]


def _replacement(text: str, span: tuple[int, int], new: str) -> Edit:
    """Put a word in another's place; where the drawn world knows both, what has to agree changes with it."""
    found = next((one for one in suggestions.known_words(text) if one.span == span), None)
    others = [other.casefold() for other in found.word.others] if found else []
    if new.casefold() in others:
        return suggestions.replacements(text, found)[others.index(new.casefold())]
    return suggestions.agreeing(text, pipeline.replaced(span, new))


def _compared(seen: Reading, moved: Moved | None, language: str) -> list[dict[str, str]]:
    """Write a row for the first text and one for the present one, with their percentiles where these cost little."""
    alignment = seen.alignment
    if moved is None or moved.text != alignment.query.text:
        return []
    rows = []
    for name, text, value in (("was", moved.first, moved.score), ("now", moved.text, alignment.score.value)):
        score = _fine(value, alignment.score.kind)
        title = why_words.say("changes", name, language=language)
        rows.append({"name": title, "text": text, "score": score, "lower": _percentile(seen, text, language)})
    return rows


def _percentile(seen: Reading, text: str, language: str) -> str:
    if weighing.way_of(seen) != "contrast":
        return ""
    bank = weighing.known_bank("", None, seen)
    found = pipeline.standing(text, pipeline.read_image(seen.path), seen.alignment.model, bank, by="contrast", device=seen.device)
    return why_words.say("changes", "lower", language=language, share=percent(found.percentile), n=f"{found.n:,}")


def _left(found: Without, language: str) -> dict[str, Any]:
    """Write the words by how much they help, each with the change of the score without it."""
    most = max((abs(float(change)) for change in found.changes), default=0.0) or 1.0
    rows = [
        {
            "text": found.query.labels[row],
            "said": number(float(found.changes[row])),
            "share": abs(float(found.changes[row])) / most,
        }
        for row in found.order[: 2 * SHOWN]
    ]
    return {"said": why_words.say("changes", "left", language=language, score=_fine(found.score, found.kind)), "rows": rows}


def _tried(found: Edited, language: str) -> dict[str, Any]:
    """Write the edits that score higher than the text, the best first."""
    kind, higher = found.kind, found.higher
    numbers = {"tried": len(found.edits), "higher": len(higher), "score": _fine(found.score, kind)}
    said = why_words.say("changes", "tried" if higher else "tried_none", language=language, **numbers)
    rows = [{"text": found.texts[place], "score": _fine(float(found.scores[place]), kind)} for place in higher[:SHOWN]]
    return {"said": said, "rows": rows}


def _fine(value: float, kind: ScoreKind) -> str:
    """Write a score so that small differences show."""
    return percent(value) if kind == "match_probability" else f"{value:.3f}".replace("-", "−")
