"""What the speech tab does when it is asked: align, put right, compare, score; its handlers, which know no components."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.errors import MediaError, MmvizError, Stopped
from mmviz.timings import Timing, Warp
from mmviz.ui import downloads, reading, speech_examples, speech_menus, speech_sound, spoken, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.compared_times import known, of_intervals, of_path, of_timing
from mmviz.ui.speech_words import say
from mmviz.ui.spoken import Asked, Pin, Spoken
from mmviz.ui.work import Step, steps

#: Changes of beginnings that can be taken back.
HISTORY = 50
#: Seconds between two words of progress; nobody reads faster.
PAUSE = 0.15
SKIP = gr.skip()
#: What of the work is told by which sentence.
STAGES = {"read": "step_reading", "speak": "step_speaking", "align": "step_aligning", "warp": "step_warping"}
#: Called with the stage, how much of it is done, and of how much.
Tell = Callable[[str, int, int], None]


@shows_errors
def align_sound(asked: Asked, reference: str | None) -> Iterator[tuple[Any, ...]]:
    """Align a sound with its text: values for the answer, while it is worked on and at the end."""
    for given, missing in ((asked.sound, "no_sound"), ((asked.text or "").strip(), "no_text")):
        if not given:
            raise refusal(missing, asked.language)
    yield from _align(asked, reference)


@shows_errors
def choose_example(name: str, language: str) -> Iterator[tuple[Any, ...]]:
    """Fill the inputs with an example and run it: values for the inputs, then for the answer."""
    yield from _example(name, language)


@shows_errors
def arrive(found: Spoken | None, language: str, spoken_: str, unit: str, aligner: str) -> Iterator[tuple[Any, ...]]:
    """Open the tab: values for its room, for whatever has words, for what is kept and for progress; the first visit runs an example."""
    texts = labels(language, found, spoken_, unit, aligner)
    room = gr.update(visible=True)
    yield (room, *texts, SKIP, SKIP)
    if found is not None or speech_examples.why_not():
        return
    fold, *rest = texts
    inputs, others = list(rest[:5]), rest[5:-1]
    for step in _example(speech_examples.NAMES[0], language):
        given, (kept, view, told) = step[:5], step[5:]
        inputs = [one | ({"value": value} if value is not SKIP else {}) for one, value in zip(inputs, given, strict=True)]
        yield (room, fold, *inputs, *others, view, kept, told)


@shows_errors
def pin_unit(found: Spoken | None, unit: Any, start: Any, language: str) -> Iterator[tuple[Spoken, str]]:
    """Set a beginning by hand; the rest is aligned anew around it. What is kept, and the view's payload."""
    count = 0 if found is None else len(found.timing.query)
    if not (type(unit) is int and 0 <= unit < count and isinstance(start, int | float) and 0 <= start <= found.timing.seconds):
        raise refusal("no_unit", language)
    pins = tuple(sorted({**dict(found.pins), unit: float(start)}.items()))
    yield from _again(replace(found, pins=pins, earlier=(*found.earlier, found.pins)[-HISTORY:]), found, language)


@shows_errors
def undo(found: Spoken | None, language: str) -> Iterator[tuple[Spoken, str]]:
    """Take the last change of a beginning back."""
    if found is None or not found.earlier:
        raise refusal("no_answer", language)
    yield from _again(replace(found, pins=found.earlier[-1], earlier=found.earlier[:-1]), found, language)


@shows_errors
def warp_otherwise(found: Spoken | None, given: Any, language: str) -> Iterator[tuple[Any, ...]]:
    """Lay a plain path beside, found in the way that was chosen: values for the answer."""
    if found is None:
        raise refusal("no_answer", language)
    ways = speech_menus.known_ways(given)
    kept = tuple(other for other in found.others if other.warp is None)
    path = []
    if ways.get("plain"):
        path = yield from _beside(found, partial(_warped, found.asked, ways), language)
    plain = tuple(of_path(found.timing, one, say("plain_title", language)) for one in path)
    found = replace(found, others=(*plain, *kept), ways=tuple(ways.items()))
    yield found, _written(found, language), told("", 0)


@shows_errors
def compare(found: Spoken | None, aligner: str, language: str) -> Iterator[tuple[Any, ...]]:
    """Lay another aligner's times beside: values for the answer. An empty name takes them away."""
    if found is None:
        raise refusal("no_answer", language)
    kept = tuple(other for other in found.others if not other.is_aligner)
    times = []
    if aligner:
        asked = replace(found.asked, aligner=speech_menus.known_aligner(aligner, found.asked.spoken))
        times = yield from _beside(found, partial(_timed, asked, ()), language)
    others = tuple(of_timing(found.timing, one, spoken.aligner_title(aligner, language)) for one in times)
    found = replace(found, others=(*others, *kept))
    yield found, _written(found, language), told("", 0)


@shows_errors
def score(found: Spoken | None, reference: str | None, language: str) -> tuple[Any, Any]:
    """Lay the times of a TextGrid beside, or take them away: what is kept, and the view's payload."""
    if found is None:
        return SKIP, SKIP
    found = _scored(found, reference)
    return found, _written(found, language)


@shows_errors
def playable(found: Spoken | None, language: str) -> tuple[Any, Any]:
    """Write a sound that the browser cannot play as one that every browser can; once."""
    if found is None or not found.file or speech_sound.is_plain(found.file):
        return SKIP, SKIP
    found = replace(found, file=speech_sound.plain(found.asked.sound))
    return found, _written(found, language)


@shows_errors
def export(found: Spoken | None, language: str, event: gr.EventData) -> str:
    """Write the times out in the format asked for."""
    if found is None:
        raise refusal("no_answer", language)
    return downloads.payload(found.timing, str(event.format), event.at)


@shows_errors
def labels(language: str, found: Spoken | None, spoken_: str, unit: str, aligner: str) -> tuple[Any, ...]:
    """Updates of whatever has words of its own; nothing is aligned anew."""
    text = partial(say, language=language)
    units, languages = speech_menus.units(language), speech_menus.languages(language)
    view = first(language) if found is None else _written(found, language)
    return (
        reading.written({"title": text("inputs")}),
        gr.update(label=text("sound")),
        gr.update(label=text("text"), placeholder=text("text_hint")),
        gr.update(label=text("language"), choices=languages, value=spoken_),
        gr.update(label=text("unit"), choices=units, value=unit),
        gr.update(label=text("aligner"), choices=speech_menus.aligners(spoken_, language), value=aligner),
        gr.update(value=text("align")),
        gr.update(value=text("stop")),
        speech_examples.payload(language),
        gr.update(label=text("reference")),
        gr.update(label=text("batch")),
        gr.update(label=text("batch_files")),
        gr.update(label=text("batch_formats")),
        gr.update(value=text("batch_go")),
        view,
    )


@shows_errors
def offer(spoken_: str, aligner: str, language: str) -> dict[str, Any]:
    """Offer the aligners for another language that is spoken."""
    return speech_menus.of_language(spoken_, aligner, language)


def warm() -> None:
    """Align the first example, so that what has to be compiled is before a visitor asks; nothing where there is no synthesiser."""
    if not speech_examples.why_not():
        example = speech_examples.find(speech_examples.NAMES[0])
        pipeline.speech(example.path, example.text, example.language, example.unit, speech_menus.first(example.language))


def first(language: str) -> str:
    """Write what stands in the place of the first answer: what to do, and why there is no example if there is none."""
    why = speech_examples.why_not()
    lines = [say("first", language), say("first_then", language)]
    return spoken.message([*lines, *([say("no_examples", language, why=why)] if why else [])])


def refusal(name: str, language: str) -> gr.Error:
    """Make an error of one of the tab's texts."""
    title = words.say("error_title", language)
    return gr.Error(say(name, language), title=title, print_exception=False)


def told(said: str, share: float) -> str:
    """Write how far the work is."""
    return reading.written({"said": said, "share": share})


def _example(name: str, language: str) -> Iterator[tuple[Any, ...]]:
    example = speech_examples.find(name)
    asked = Asked(example.path, example.text, example.language, example.unit, speech_menus.first(example.language), language)
    inputs = (asked.sound, asked.text, asked.spoken, asked.unit, asked.aligner)
    found = None
    for count, step in enumerate(_align(asked, None)):
        found = step[0]
        is_seen = count and not isinstance(
            found, Spoken
        )  # with the first and the last: a busy browser may leave out what is between
        yield (*((SKIP,) * len(inputs) if is_seen else inputs), *step)
    if example.is_warped and found.timing.warp is not None:
        for step in warp_otherwise(found, {"plain": "on"}, language):
            yield (*(inputs if isinstance(step[0], Spoken) else (SKIP,) * len(inputs)), *step)


def _align(asked: Asked, reference: str | None) -> Iterator[tuple[Any, ...]]:
    """Align and write it: values for the answer; the sentence on what is done comes first."""
    yield SKIP, SKIP, told(say("step_reading", asked.language), 0)
    speech_menus.known_aligner(asked.aligner, asked.spoken)
    looks, file = speech_sound.looks(asked.sound), speech_sound.served(asked.sound)
    for one in _told(partial(_timed, asked, ()), asked.language):
        if isinstance(one, str):
            yield SKIP, SKIP, one
        else:
            found = _scored(Spoken(asked, one, looks, file), reference)
            yield found, _written(found, asked.language), told("", 0)


def _again(changed: Spoken, before: Spoken, language: str) -> Iterator[tuple[Spoken, str]]:
    """Align what was changed anew; where that is refused, what was there before is shown again."""
    try:
        timing = _timed(changed.asked, changed.pins, None)
    except MmvizError:
        yield before, _written(before, language, is_same=True)
        raise
    changed = replace(changed, timing=timing)
    yield changed, _written(changed, language, is_same=True)


def _timed(asked: Asked, pins: tuple[Pin, ...], tell: Tell | None) -> Timing:
    return pipeline.speech(asked.sound, asked.text, asked.spoken, asked.unit, asked.aligner, fixed=pins, progress=tell)


def _warped(asked: Asked, ways: dict[str, str], tell: Tell | None) -> Warp:
    options = {name: value for name, value in ways.items() if name != "plain" and value}
    if "band" in options:
        options["band"] = float(options["band"])
    return pipeline.plain_path(asked.sound, asked.text, asked.spoken, progress=tell, **options)


def _beside(found: Spoken, run: Callable[[Tell], Any], language: str) -> Iterator[tuple[Any, ...]]:
    """Run what is to stand beside an answer, telling how far it is; where it is refused, the answer is shown as it was.

    Returns:
        A list of the one thing it gave.
    """
    try:
        for one in _told(run, language):
            if not isinstance(one, str):
                return [one]
            yield SKIP, SKIP, one
    except MmvizError:
        yield found, _written(found, language), told("", 0)
        raise
    return []


def _told(run: Callable[[Tell], Timing], language: str) -> Iterator[Any]:
    """Run work that tells its stages: payloads of progress, at last what it returned. Closing it stops the work itself."""
    stages, last = [""], [0.0]  # a stage for every step that was told

    def work(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Timing:
        def tell(name: str, done: int, of: int) -> None:
            if cancelled():
                raise Stopped("The work was stopped.")
            if time.monotonic() - last[0] > PAUSE or name != stages[-1]:
                stages.append(name)
                last[0] = time.monotonic()
                progress(done, of)

        return run(tell)

    for count, one in enumerate(steps(work), 1):
        if isinstance(one, Step):
            yield told(_stage(stages[count], one, language), one.done / max(1, one.total))
        else:
            yield one


def _stage(name: str, step: Step, language: str) -> str:
    what = say(STAGES[name], language) if name in STAGES else say("step_other", language, stage=name)
    return what if step.total <= 1 else say("step_of", language, what=what, done=step.done, of=step.total)


def _scored(found: Spoken, reference: str | None) -> Spoken:
    """Lay a TextGrid's times beside, in the place of those that were there."""
    others = tuple(other for other in found.others if other.is_aligner or other.warp is not None)
    if not reference:
        return replace(found, others=others)
    name = Path(reference).name
    tiers = [of_intervals(found.timing, t.labels, t.starts, t.ends, name) for t in pipeline.read_textgrid(reference)]
    other = max(tiers, key=known, default=None)  # a tier of phones beside one of words has few of their names
    if other is None or not known(other):
        raise MediaError(f"No unit of {name} has the text of one here; use a TextGrid of the same words.")
    return replace(found, others=(*others, other))


def _written(found: Spoken, language: str, is_same: bool = False) -> str:
    asked = found.asked
    beside = [
        {"name": name, "title": title} for title, name in speech_menus.ready(asked.spoken, language) if name != asked.aligner
    ]
    ways = speech_menus.ways(dict(found.ways), language) if found.timing.warp is not None else []
    return spoken.payload(found, language, beside, ways, is_same)
