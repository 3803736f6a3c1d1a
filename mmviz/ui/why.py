"""Why: the usual questions about the answer on the page, asked one after the other, each with a link to what shows it."""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.axes import KeyKind
from mmviz.ui import changes, menus, reading, region, weighing, why_words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.pair import refusal
from mmviz.ui.reading import Reading, number, percent
from mmviz.ui.work import Cancelled, Progress, Step, steps
from mmviz.whys import STEPS, Reply
from mmviz.worlds import suggestions

#: Numbers of a finding that are shares.
SHARES = ("percentile", "own", "better")


@shows_errors
def explain(seen: Reading | None, language: str, event: gr.EventData) -> Iterator[dict[str, Any]]:
    """Ask why: the panel after every finding, and while one is being worked at."""
    if seen is None:
        raise refusal("no_answer", language)
    asked, found = question(seen, event.row, event.box, language), []
    for step in STEPS:
        yield shown(asked, found, language, step)
        for answer in _asking(step, asked, found):
            if isinstance(answer, Step):
                yield shown(asked, found, language, step, answer)
            else:
                found.append(answer)
    yield shown(asked, found, language)


def question(seen: Reading, row: Any, box: Any, language: str) -> Any:
    """Put together what is asked about the answer on the page.

    Args:
        seen: the answer.
        row: the unit that is looked at, as the browser has it; anything that is none means the whole text.
        box: drawn by the visitor, where the unit's thing is, or None.
        language: of refusals.
    """
    count = len(seen.alignment.query)
    place = row if type(row) is int and 0 <= row < count else count - 1
    facts = {"bank": weighing.known_bank("", None, seen), "other": menus.other_model(seen.alignment.model), "device": seen.device}
    whole = reading.asked_again(seen)
    spans = reading.spans_of(whole)
    here = {span: index for index, span in enumerate(reading.spans_of(seen.alignment))}
    return pipeline.question(
        whole,
        reading.text_of(seen.alignment),
        pipeline.read_image(seen.path),
        row=spans.index(reading.spans_of(seen.alignment)[place]),
        boxes=[seen.boxes[here[span]] if span in here else () for span in spans],
        box=region.box_of(seen, box, language) if box else None,
        edits=suggestions.suggested(seen.alignment.query.text, pipeline.MOST_EDITS),
        rival=seen.rival and (seen.rival.true, seen.rival.false),
        is_foreign=seen.is_bundled and not seen.is_drawn,
        **facts,
    )


def shown(asked: Any, found: Sequence[Reply], language: str, step: str = "", at: Step | None = None) -> dict[str, Any]:
    """Write the panel and have it seen: what was found, what is being asked, and at the end the verdict."""
    text = asked.alignment.query.text
    facts = {
        "title": why_words.say("why", "title", language=language, text=text),
        "words": why_words.all_of("why", language),
        "of": text,
        "rows": [_row(finding, language, asked.alignment.key.kind) for finding in found],
        "busy": _busy(step, at, language),
        "share": 0 if at is None else at.done / max(1, at.total),
        "verdict": None,
    }
    if not step:
        why = pipeline.concluded(asked, found)
        reason = why.reason.step if why.reason else why.verdict
        keys = (why.reason.key if why.reason else "", f"{reason}_{why.verdict}", reason)
        said = why_words.say("verdict", next(key for key in keys if key in why_words.VERDICTS), language=language)
        facts["verdict"] = {"grade": why.verdict, "said": said}
        facts["json"] = why.to_json()
    return gr.update(value=reading.written(facts), visible=True)


def _asking(step: str, asked: Any, found: Sequence[Reply]) -> Iterator[Step | Reply]:
    def work(progress: Progress, cancelled: Cancelled) -> Reply:
        return pipeline.ask(step, asked, found, progress=progress, cancelled=cancelled)

    return steps(work)


def _busy(step: str, at: Step | None, language: str) -> str:
    if not step:
        return ""
    said = why_words.say("why", f"step_{step}", language=language)
    if at is None:
        return why_words.say("why", "busy", language=language, step=said)
    return why_words.say("why", "busy_of", language=language, step=said, done=f"{at.done:,}", total=f"{at.total:,}")


def _row(finding: Reply, language: str, columns: KeyKind) -> dict[str, str]:
    said = why_words.say("finding", finding.key, language=language, columns=columns, **_written(finding, language, columns))
    if finding.numbers.get("prefers_rival") is not None:
        key = "rival_too" if finding.numbers["prefers_rival"] else "rival_not"
        said += " " + why_words.say("finding", key, language=language, rival=finding.numbers["rival"])
    return {
        "step": finding.step,
        "title": why_words.say("why", f"step_{finding.step}", language=language),
        "said": said,
        "verdict": finding.verdict,
        "view": finding.view,
    }


def _written(finding: Reply, language: str, columns: KeyKind) -> dict[str, str]:
    """Write the numbers of a finding."""
    comma = "、" if language == "zh" else ", "
    written = {}
    for name, value in finding.numbers.items():
        if name in SHARES:
            written[name] = "–" if value is None else percent(value)
        elif name == "methods":
            written[name] = comma.join(menus.method_title(method, language) for method in value)
        elif name == "best" and isinstance(value, list):
            written[name] = value[0]["text"] if value else ""
        elif name in ("words", "missed"):
            written[name] = comma.join(value)
        elif name in ("model", "other"):
            written[name] = menus.known_model(value).title
        else:
            written[name] = number(value) if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    if finding.step == "trust":
        written["doubts"] = _doubts(finding, language, columns, written["better"])
    return written


def _doubts(finding: Reply, language: str, columns: KeyKind, better: str) -> str:
    keys = [remark["key"] for remark in finding.numbers["remarks"] if remark["is_warning"]]
    known = [key if key in why_words.DOUBTS else "other" for key in keys] or ["other"]
    said = [why_words.say("doubt", key, language=language, columns=columns, better=better) for key in dict.fromkeys(known)]
    return ("；" if language == "zh" else "; ").join(said)


@shows_errors
def begin(seen: Reading | None, language: str) -> tuple[dict[str, Any], ...]:
    """Show what can be asked about a new answer, and put away what was asked about the one before: panels of words, region, why."""
    return changes.begin(seen, language), region.begin(seen, language), gr.update(value="", visible=False)
