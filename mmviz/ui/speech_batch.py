"""Many sounds with their texts: aligned one after the other, shown as a table, taken along as a zip."""

import base64
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.errors import MmvizError, Stopped
from mmviz.registry import exports
from mmviz.timings import Timing
from mmviz.ui import chinese, guard, reading, speech_menus, speech_words, widgets, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.pair import asked_in
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Step, steps

TEXT = ".txt"
#: Formats that are ticked at first, and the bytes of all files' sentences that are kept for a zip.
FIRST = ("srt", "textgrid", "json")
HEADS = ("batch_file", "batch_units", "batch_seconds", "batch_matches", "batch_missing", "batch_sure")


@dataclass(frozen=True)
class Batch:
    """The part of the tab for many files."""

    fold: gr.Accordion
    files: guard.Files
    formats: gr.CheckboxGroup
    go: gr.Button
    table: gr.HTML
    found: gr.State

    @property
    def labelled(self) -> list[gr.components.Component]:
        """Whatever has words of its own."""
        return [self.fold, self.files, self.formats, self.go]


@dataclass(frozen=True)
class Row:
    """One file: its times, or why it has none."""

    name: str
    timing: Timing | None
    why: str = ""


def build(text: Callable[..., str]) -> tuple[gr.components.Component, ...]:
    """Lay out what is given: the fold, files, formats and the button."""
    with gr.Accordion(text("batch"), open=False, elem_id="mm-speech-many") as fold:
        files = guard.Files(label=text("batch_files"), file_count="multiple", elem_id="mm-speech-files", height=140)
        names = formats()
        ticked = [name for name in FIRST if name in [known for _, known in names]]
        formats_ = gr.CheckboxGroup(names, value=ticked, label=text("batch_formats"), elem_id="mm-speech-formats")
        go = gr.Button(text("batch_go"), elem_id="mm-speech-all")
    return fold, files, formats_, go


def formats() -> list[tuple[str, str]]:
    """List (title, name) of the formats that take times."""
    return [(entry.title, entry.name) for entry in exports if "Timing" in entry.facts["takes"]]


def wire(batch: Batch, chosen: list[Any], progress: gr.HTML, files: gr.HTML, language: gr.BrowserState) -> Any:
    """Wire it; `chosen` are the menus of language, unit and aligner. Gives the event that takes long."""

    def time_files(paths, spoken, unit, aligner, language, request: gr.Request):
        yield from align_all(paths, (spoken, unit, aligner), asked_in(language, request))

    begun = batch.go.click(
        time_files,
        [batch.files, *chosen, language],
        [batch.found, batch.table, progress],
        js=widgets.begins("speaking", "begun"),
        **PRIVATE,
    )
    batch.table.zip(save, [batch.found, batch.formats, language], files, **PRIVATE)
    return begun


@shows_errors
def align_all(paths: list[str] | None, chosen: tuple[str, str, str], language: str) -> Iterator[tuple[Any, ...]]:
    """Align every pair of files: what is kept, the table, and progress; while it is worked on, and at the end.

    Args:
        paths: of uploads; a sound and a text of the same name belong together.
        chosen: language that is spoken, unit, aligner.
        language: of the page.
    """
    pairs, alone = paired(paths or [])
    if not pairs:
        raise gr.Error(speech_words.say("batch_none", language), title=words.say("error_title", language), print_exception=False)
    speech_menus.known_aligner(chosen[2], chosen[0])
    rows: list[Row] = []
    for one in steps(partial(_work, pairs, chosen, rows)):
        if isinstance(one, Step) and one.done < len(pairs):
            facts = {"done": one.done + 1, "of": one.total, "name": pairs[one.done][0].name}
            said = reading.written({"said": speech_words.say("step_batch", language, **facts), "share": one.done / one.total})
            yield gr.skip(), payload(rows, alone, language), said
    yield tuple(rows), payload(rows, alone, language), reading.written({"said": "", "share": 0})


@shows_errors
def save(rows: Sequence[Row] | None, formats: list[str], language: str, event: gr.EventData) -> str:
    """Write all times out in the formats ticked, in one zip."""
    content = base64.b64encode(zipped(rows or (), formats)).decode("ascii")
    facts = {"name": "mmviz-speech", "format": "zip", "suffix": "zip", "kind": "application/zip"}
    return reading.written({**facts, "content": content, "at": event.at})


def paired(paths: Sequence[str]) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Find sounds with their texts by their names.

    Returns:
        Pairs of sound and text in the order of their names, and the names of files without a partner.
    """
    texts = {path.stem: path for path in map(Path, paths) if path.suffix.lower() == TEXT}
    sounds = sorted((path for path in map(Path, paths) if path.suffix.lower() != TEXT), key=lambda path: path.name)
    pairs = [(sound, texts[sound.stem]) for sound in sounds if sound.stem in texts]
    used = {path for pair in pairs for path in pair}
    return pairs, sorted(Path(path).name for path in paths if Path(path) not in used)


def payload(rows: Sequence[Row], alone: Sequence[str], language: str) -> str:
    """Write the table."""
    say = partial(speech_words.say, language=language)
    lines = [_line(row, language) for row in rows]
    heads = [say(name) for name in HEADS]
    left = [say("batch_alone", name=name) for name in alone]
    zip_ = say("batch_zip") if any(row.timing for row in rows) else ""
    return reading.written({"title": say("batch_title"), "heads": heads, "rows": lines, "left": left, "zip": zip_})


def zipped(rows: Sequence[Row], formats: Sequence[str]) -> bytes:
    """Write times in several formats into one zip; files of the same name are told apart by a number.

    Raises:
        UnknownName: there is no such format.
    """
    file, names = io.BytesIO(), set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for row in rows:
            stem, count = Path(row.name).stem, 1
            while (name := stem if count == 1 else f"{stem}-{count}") in names:
                count += 1
            names.add(name)
            for format_ in formats if row.timing else ():
                made.writestr(f"{name}{exports[format_].facts['suffix']}", pipeline.export(row.timing, format_))
    return file.getvalue()


def _work(
    pairs: Sequence[tuple[Path, Path]], chosen: tuple[str, str, str], rows: list[Row], progress: Any, cancelled: Any
) -> None:
    """Align the pairs, a row each; what fails has its reason, and the rest goes on."""

    def tell(stage: str, done: int, of: int) -> None:
        if cancelled():
            raise Stopped("The work was stopped.")

    for place, (sound, text) in enumerate(pairs):
        progress(place, len(pairs))
        tell("", 0, 0)
        try:
            rows.append(Row(sound.name, pipeline.speech(str(sound), pipeline.read_transcript(text), *chosen, progress=tell)))
        except Stopped:
            raise
        except MmvizError as error:
            rows.append(Row(sound.name, None, str(error)))
    progress(len(pairs), len(pairs))


def _line(row: Row, language: str) -> dict[str, Any]:
    if row.timing is None:
        why = chinese.said(row.why) if words.known(language) == "zh" else row.why
        return {"name": row.name, "cells": [], "why": speech_words.say("batch_failed", language, why=why)}
    timing = row.timing
    sure = f"{100 * float(timing.confidence.mean()):.0f} %" if len(timing.query) else "–"
    cells = [
        f"{len(timing.query):,}",
        f"{timing.seconds:.1f}",
        f"{100 * timing.matches:.0f} %",
        f"{int((~timing.spoken).sum()):,}",
        sure,
    ]
    return {"name": row.name, "cells": cells, "why": ""}
