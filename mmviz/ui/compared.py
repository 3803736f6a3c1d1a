"""One comparison of sets on the page: made once by the model, written out again whenever the language changes."""

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmviz import pipeline
from mmviz.errors import Stopped
from mmviz.matrices import Matrix, Skipped
from mmviz.registry import views
from mmviz.ui import chinese, menus, reading, widget_words, words
from mmviz.ui.work import Cancelled, Progress, Step, steps

#: Pixels of a thumbnail's side, and how many stand side by side in the picture that holds all of them.
THUMB, ACROSS = 72, 16


@dataclass(frozen=True)
class Compared:
    """What the model said of a set; immutable, one a visitor.

    Attributes:
        matrix: every text against every picture.
        paths: file of every picture of the matrix.
        thumbs: all pictures made small, side by side in one, as a data URL.
    """

    matrix: Matrix
    paths: tuple[str, ...]
    thumbs: str


def compare(
    texts: Sequence[str],
    paths: Sequence[str],
    model: str,
    device: str,
    *,
    by: str | None = None,
    belongs: tuple[int, ...] | None = None,
) -> Iterator[Step | Compared]:
    """Compare every text with every picture.

    Args:
        texts, paths: of a set; those that cannot be used are left out.
        model, device, by: as of `pipeline.matrix`; of models, only those on offer, and of ways, the first where it has no such.
        belongs: for every text the place of its picture, -1 for none; None where text i belongs to picture i.

    Yields:
        A `Step` each time a batch is done, then what was found.

    Raises:
        MmvizError: nothing of it can be used, or the model cannot be run.
    """
    by = menus.way(model, by)

    def work(progress: Progress, cancelled: Cancelled) -> Compared:
        def told(done: int, total: int) -> None:
            progress(done, total + len(paths))

        made = pipeline.matrix(texts, paths, model, device, by=by or None, progress=told, cancelled=cancelled)
        if belongs is not None:
            places = tuple(belongs[place] for place in made.texts.places)
            made = replace(made, texts=replace(made.texts, places=places), paired=True)
        kept = tuple(paths[place] for place in made.images.places)
        begun = pipeline.passes(len(made.texts), len(paths), by)
        return Compared(made, kept, _thumbs(kept, lambda done: progress(begun + done, begun + len(paths)), cancelled))

    yield from steps(work)


def cells_payload(compared: Compared, language: str) -> str:
    """Write what the matrix' widget draws."""
    drawn = views["matrix"].run(compared.matrix)
    thumbs = {"picture": compared.thumbs, "side": THUMB, "across": ACROSS}
    return reading.written({"matrix": drawn, "thumbs": thumbs, "words": widget_words.matrix(language)})


def recall_payload(compared: Compared, language: str) -> str:
    """Write what stands beside the matrix: how often the right one comes first, and what was left out."""
    matrix = compared.matrix
    facts = {"model": menus.known_model(matrix.model).title, "factor": reading.number(matrix.logit_scale)}
    measured = words.say(f"measured_{matrix.kind}", language, **facts)
    return reading.written(
        {
            "size": words.say("matrix_size", language, texts=len(matrix.texts), pictures=len(matrix.images)),
            "recall": _recall(matrix, language),
            "skipped_title": words.say("badges", language),
            "skipped": [_skipped(item, language) for item in matrix.skipped],
            "measured": measured,
        }
    )


def step_payload(step: Step, by: str, language: str) -> str:
    """Write how far a comparison by contrast or by matching is."""
    said = words.say(f"comparing_{by}", language, done=f"{step.done:,}", total=f"{step.total:,}")
    return reading.written({"busy": said, "share": step.done / max(1, step.total)})


def passes_payload(texts: int, pictures: int, model: str, by: str | None, language: str) -> str:
    """Write how many passes a comparison takes, before it is begun: nothing where there is nothing to compare."""
    way = menus.way(model, by)
    if not (texts and pictures and way):
        return reading.written({"said": ""})
    counts = {"texts": texts, "pictures": pictures, "fewer": texts + pictures, "limit": pipeline.MOST}
    counts["passes"] = pipeline.passes(texts, pictures, way)
    numbers = {name: f"{count:,}" for name, count in counts.items()}
    is_too_many = way == "matching" and counts["passes"] > pipeline.MOST
    said = [words.say(f"passes_{way}", language, **numbers)]
    if is_too_many:
        way_out = "passes_fewer_or" if "contrast" in pipeline.ways_of(model) else "passes_fewer"
        said.append(words.say(way_out, language, **numbers))
    return reading.written({"said": " ".join(said), "is_too_many": is_too_many})


def _recall(matrix: Matrix, language: str) -> dict[str, Any]:
    if not matrix.matched.any():
        return {"note": words.say("recall_none", language), "rows": []}
    found = pipeline.recall(matrix)
    rows = [
        {"name": words.say(f"recall_{way}", language), "first": reading.percent(f["r1"]), "five": reading.percent(f["r5"])}
        for way in ("text_to_image", "image_to_text")
        if (f := found[way])
    ]
    heads = ["", words.say("recall_first", language), words.say("recall_five", language)]
    return {"note": words.say("recall_note", language, pairs=found["pairs"]), "heads": heads, "rows": rows}


def _skipped(item: Skipped, language: str) -> str:
    why = chinese.said(item.why) if language == "zh" else item.why
    return words.say(f"skipped_{item.kind}", language, place=item.place + 1, name=item.name, why=why)


def _thumbs(paths: Sequence[str], progress: Any, cancelled: Cancelled) -> str:
    """Make every picture small, square, and lay them side by side."""
    import PIL.Image
    import PIL.ImageOps

    rows = -(-len(paths) // ACROSS)
    sheet = PIL.Image.new("RGB", (min(len(paths), ACROSS) * THUMB, rows * THUMB), "white")
    for place, path in enumerate(paths):
        progress(place)
        if cancelled():
            raise Stopped("Stopped while pictures were made small, as was asked.")
        picture = PIL.Image.fromarray(pipeline.read_image(path).pixels)
        small = PIL.ImageOps.pad(picture, (THUMB, THUMB), color="white")
        sheet.paste(small, (place % ACROSS * THUMB, place // ACROSS * THUMB))
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
