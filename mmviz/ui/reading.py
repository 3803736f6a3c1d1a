"""One answer of the page: made once by the model, written out again whenever the view or the language changes."""

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mmviz import pipeline
from mmviz.axes import TextAxis
from mmviz.registry import methods, views
from mmviz.results import Alignment, Score, Target
from mmviz.samples import Image, Text
from mmviz.ui import badges, chinese, completeness, menus, widget_words, words
from mmviz.worlds import scenes

Box = tuple[float, float, float, float]
#: Option of an alignment whose average map was taken away.
AVERAGE = "minus_average"
#: The method with which a score of the whole is asked for where a model serves it: it needs no more than that.
WHOLE = "similarity"
#: Pixels of the longer side of what is sent back to the browser.
SHOWN_SIDE = 1280
#: Below this many pixels a picture is sent as PNG, without loss.
EXACT = 420 * 420


@dataclass(frozen=True)
class Rival:
    """A true and a false sentence of one picture, one edit apart, with what the model gives each."""

    true: str
    false: str
    true_score: float
    false_score: float


@dataclass(frozen=True)
class Reading:
    """What the model said of one pair, and what is known of the picture; immutable, one a visitor.

    Attributes:
        alignment: every unit's map.
        picture: the picture as a data URL.
        notes: what had to be done to read it, keys of the page's texts.
        is_drawn: it is one of our own scenes, by redrawing it.
        is_bundled: the model came with mmviz and knows such scenes only.
        boxes: for every unit of the text, where what it names truly is; empty where that is not known.
        rival: for sentences whose one-edit opposite is known.
        also: the pair's score of another kind, where the model has one.
        beside: what another model says of the same pair, by the same method.
        path: file of the picture, for what is asked about it later.
        device: where the model ran.
    """

    alignment: Alignment
    picture: str
    notes: tuple[str, ...]
    is_drawn: bool
    is_bundled: bool
    boxes: tuple[tuple[Box, ...], ...]
    rival: Rival | None = None
    also: Score | None = None
    beside: Alignment | None = None
    path: str = ""
    device: str = "auto"


@dataclass(frozen=True)
class Asked:
    """What a visitor filled in: path of the upload, text, names; `layers` and `heads` as chosen; in which language to answer."""

    picture: str
    text: str
    model: str
    method: str
    layers: Sequence[str] | None
    heads: Sequence[str] | None
    target: str | None
    language: str

    @property
    def options(self) -> dict[str, str]:
        """Of layers and heads, those that are chosen and that the method takes; what is not chosen is left to the method."""
        chosen = {"layers": self.layers, "heads": self.heads}
        return {name: ",".join(numbers) for name, numbers in chosen.items() if numbers and menus.takes(self.method, name)}


def read(asked: Asked, device: str) -> Reading:
    """Run the model on a picture and a text.

    Args:
        asked: of models, only those on offer.
        device: as of `pipeline.align`.

    Raises:
        MmvizError: something of it cannot be used.
    """
    text, model = asked.text or "", asked.model
    info = menus.known_model(model)
    asked = replace(asked, method=menus.served_method(model, asked.method))
    image = pipeline.read_image(asked.picture)
    truth = scenes.truth_of(image)
    told = scenes.phrases_of(truth, text)
    query = pipeline.read_text(text, [tuple(phrase["span"]) for phrase in told])
    image = image if truth is None else replace(image, source="drawn")
    places = {
        "model": model,
        "unit": "phrase",
        "target": menus.served_target(model, asked.method, asked.target),
        "device": device,
    }
    alignment = pipeline.align_many(query, image, [(asked.method, asked.options)], **places)[0]
    return Reading(
        alignment=alignment,
        picture=picture_url(image.pixels),
        notes=image.notes,
        is_drawn=truth is not None,
        is_bundled=info.source == "bundled",
        boxes=_boxes(alignment, truth, told),
        rival=_rival(truth, text, image, alignment, device),
        also=_also(query, image, alignment, device),
        path=asked.picture,
        device=device,
    )


def with_phrase(reading: Reading, start: int, end: int) -> Reading:
    """Add a phrase of the visitor's own as a row before the whole text; one that is a row already changes nothing.

    Where each unit is read as a text of its own, the model reads this phrase alone. Else the whole text is read again.

    Args:
        reading: what is on the page.
        start, end: of the phrase, in code points of its text.

    Raises:
        MediaError: the phrase does not lie in the text.
    """
    alignment = reading.alignment
    if [start, end] in alignment.query.spans.tolist():
        return reading
    if AVERAGE in alignment.options:
        return averaged(with_phrase(averaged(reading, False), start, end), True)
    text = pipeline.read_text(alignment.query.text, [(start, end)]).text
    places = {"model": alignment.model, "target": alignment.target, "device": reading.device}
    request, image = (alignment.method, alignment.options), pipeline.read_image(reading.path)
    if alignment.target == "prompt":
        part = pipeline.align_many(text[start:end], image, [request], unit="text", **places)[0]
    else:
        query = pipeline.read_text(text, [(start, end)])
        whole = pipeline.align_many(query, image, [request], unit="phrase", **places)[0]
        part = rows_of(whole, [whole.query.spans.tolist().index([start, end])])
    boxes = (*reading.boxes[:-1], (), reading.boxes[-1])
    return replace(reading, alignment=_with_row(alignment, part, (start, end)), boxes=boxes)


def with_model(reading: Reading, model: str | None) -> Reading:
    """Ask another model the same of the same pair; None takes away what another one said.

    Raises:
        MmvizError: the model is not on offer, or cannot serve the method or the target.
    """
    if not model:
        return replace(reading, beside=None)
    menus.known_model(model)
    found = asked_again(reading, model)
    return replace(reading, beside=pipeline.minus_average(found) if AVERAGE in reading.alignment.options else found)


def averaged(reading: Reading, on: bool) -> Reading:
    """Take the average map of all words from every map, or give the maps themselves back; another model's go away."""
    whole = asked_again(reading)
    rows = [spans_of(whole).index(span) for span in spans_of(reading.alignment)]
    return replace(reading, alignment=rows_of(pipeline.minus_average(whole) if on else whole, rows), beside=None)


def asked_again(reading: Reading, model: str = "") -> Alignment:
    """Ask the page's model, or another one, what is on the page: units in the text's order, no average taken away.

    Mostly it comes from the store.
    """
    alignment = reading.alignment
    options = {name: value for name, value in alignment.options.items() if value is not None and name != AVERAGE}
    places = {"unit": "phrase", "target": alignment.target, "device": reading.device}
    text, image = text_of(alignment), pipeline.read_image(reading.path)
    return pipeline.align_many(text, image, [(alignment.method, options)], model=model or alignment.model, **places)[0]


def text_of(alignment: Alignment) -> Text:
    """Read the text of an alignment with all its phrases."""
    kinds = alignment.query.kinds
    phrases = [span for span, kind in zip(spans_of(alignment), kinds, strict=True) if kind == "phrase"]
    return pipeline.read_text(alignment.query.text, phrases)


def spans_of(alignment: Alignment) -> list[tuple[int, int]]:
    """List start and end of every unit."""
    return [(start, end) for start, end in alignment.query.spans.tolist()]


def rows_of(alignment: Alignment, rows: list[int]) -> Alignment:
    """Take some rows of an alignment."""
    query, own = alignment.query, alignment.unit_scores
    kinds = tuple(query.kinds[row] for row in rows)
    part = TextAxis(query.text, query.spans[rows], kinds, query.cut[rows], query.unknown[rows])
    scores = {"scores": alignment.scores[rows], "left_out": alignment.left_out[rows]}
    return replace(alignment, query=part, unit_scores=None if own is None else own[rows], **scores)


def _with_row(alignment: Alignment, part: Alignment, span: tuple[int, int]) -> Alignment:
    """Put the row of `part` before the last one of `alignment`, as a phrase at `span`."""
    query, place = alignment.query, len(alignment.query) - 1

    def put(array: np.ndarray, row: Any) -> np.ndarray:
        return np.insert(array, place, row, axis=0)

    own = None if alignment.unit_scores is None else put(alignment.unit_scores, part.unit_scores[0])
    axis = TextAxis(
        text=query.text,
        spans=put(query.spans, span),
        kinds=(*query.kinds[:-1], "phrase", query.kinds[-1]),
        cut=put(query.cut, part.query.cut[0]),
        unknown=put(query.unknown, part.query.unknown[0]),
    )
    rows = {"scores": put(alignment.scores, part.scores[0]), "left_out": put(alignment.left_out, part.left_out[0])}
    return replace(alignment, query=axis, unit_scores=own, **rows)


def overlay_payload(reading: Reading, language: str, start: int | None = None) -> str:
    """Write what the picture's widget draws; `start` is the unit to begin with, where it is not the strongest one."""
    drawn = views["overlay"].run(reading.alignment)
    extra = {"start": start, "missing": completeness.column(reading.alignment, language)}
    said = widget_words.overlay(language, reading.alignment.key.kind)
    extra |= {"picture": reading.picture, "boxes": [list(map(list, boxes)) for boxes in reading.boxes]}
    return written({"overlay": drawn, **extra, "words": said, "language": words.known(language)})


def table_payload(reading: Reading, language: str) -> str:
    """Write what the table of units and patches draws: this model's, another one's beside it, and which others there are."""
    alignments = [found for found in (reading.alignment, reading.beside) if found]
    tables = [{"title": _title(found.model), **views["table"].run(found)} for found in alignments]
    others = [{"title": title, "name": name} for title, name in menus.rival_choices(reading.alignment, language)]
    beside = reading.beside.model if reading.beside else ""
    said = widget_words.table(language, reading.alignment.key.kind)
    return written({"tables": tables, "others": others, "beside": beside, "words": said})


def side_payload(reading: Reading, language: str) -> str:
    """Write what stands beside the picture: what to mind, and how it was found."""
    alignment, model = reading.alignment, _title(reading.alignment.model)
    meant = words.say(f"reading_{alignment.target}", language, model=model)
    by_gradient = alignment.target == "pair" and "attention_grad" in methods[alignment.method].needs
    blocks = [
        {"title": words.say("reading_target", language), "text": meant},
        {
            "title": words.say("reading_method", language),
            "text": menus.method_note(alignment.method, language, alignment.key.kind),
        },
        *(
            [{"title": words.say("reading_zero_title", language), "text": words.say("reading_zero", language)}]
            if by_gradient
            else []
        ),
        *completeness.blocks(alignment, language, number),
    ]
    return written(
        {
            "rival": _rival_lines(reading.rival, model, language),
            "badges_title": words.say("badges", language),
            "badges": badges.badges(alignment, reading.notes, reading.is_drawn, reading.is_bundled, language),
            "blocks": blocks,
            "stored": _stored(alignment, language),
        }
    )


def message_payload(name: str, language: str) -> str:
    """Write a widget that holds one sentence instead of a picture."""
    return written(
        {"message": words.say(name, language), "words": widget_words.overlay(language), "language": words.known(language)}
    )


def written(value: dict[str, Any]) -> str:
    """Write a payload as one string with no tag in it; the widget's own script reads it, no template does."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def picture_url(pixels: np.ndarray) -> str:
    """Write a picture, shape (height, width, 3), uint8, as a data URL no larger than the page shows it."""
    import PIL.Image

    picture = PIL.Image.fromarray(pixels)
    exact = picture.width * picture.height <= EXACT
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    file = io.BytesIO()
    kind, quality = ("png", {}) if exact else ("jpeg", {"quality": 88})
    picture.save(file, kind, **quality)
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def number(value: float) -> str:
    """Write a number with two significant digits and a true minus sign."""
    small = value != 0 and abs(value) < 0.001
    return (f"{value:.1e}" if small else f"{value:#.2g}".rstrip(".")).replace("-", "−")


def score_of(score: Score) -> str:
    """Write a score: a probability as a share, anything else as a number."""
    return percent(score.value) if score.kind == "match_probability" else number(score.value)


def _stored(alignment: Alignment, language: str) -> str:
    """Say that an answer came from the store, or why none can be kept there."""
    if alignment.stored:
        return words.say("stored", language)
    trouble = pipeline.store_trouble()
    return chinese.said(trouble) if trouble and language == "zh" else trouble


def percent(share: float) -> str:
    """Write a share with two significant digits, never as all or nothing when it is not."""
    if 0 < share < 0.001 or 0.999 < share < 1:
        return "< 0.1 %" if share < 0.5 else "> 99.9 %"
    return f"{100 * share:#.2g}".rstrip(".") + " %" if 0 < share < 0.995 else f"{100 * share:.3g} %"


def _title(model: str) -> str:
    return menus.known_model(model).title


def _captions(truth: dict[str, Any] | None) -> list[dict[str, Any]]:
    if truth is None:
        return []
    sentences = [truth["captions"], *truth.get("partial", ())]
    return [sentence[language] for sentence in sentences for language in words.LANGUAGES]


def _boxes(alignment: Alignment, truth: dict[str, Any] | None, told: list[dict[str, Any]]) -> tuple[tuple[Box, ...], ...]:
    """Give every unit the boxes of the phrase it is, by its place in a known sentence, else by its words."""
    by_span = {tuple(phrase["span"]): phrase["boxes"] for phrase in told}
    by_words = {
        caption["text"][slice(*phrase["span"])]: phrase["boxes"] for caption in _captions(truth) for phrase in caption["phrases"]
    }
    spans = [tuple(span) for span in alignment.query.spans.tolist()]
    found = [by_span.get(span, by_words.get(label, ())) for span, label in zip(spans, alignment.query.labels, strict=True)]
    if truth is not None:  # the whole text: everything that is named
        found[-1] = [box for boxes in (by_span or by_words).values() for box in boxes]
    return tuple(tuple(dict.fromkeys(map(tuple, boxes))) for boxes in found)


def _rival(truth: dict[str, Any] | None, text: str, image: Image, alignment: Alignment, device: str) -> Rival | None:
    found = scenes.rival_of(truth, text)
    target = _target_of_whole(alignment, alignment.target == "pair")
    if found is None or target is None or alignment.score.label:
        return None
    true, false = (_score(sentence, image, alignment.model, target, device) for sentence in found)
    return Rival(*found, true.value, false.value)


def _also(query: Text, image: Image, alignment: Alignment, device: str) -> Score | None:
    """Ask for the score of the other kind: the cosine beside a match, the match beside a cosine."""
    target = _target_of_whole(alignment, alignment.target != "pair")
    return None if target is None else _score(query, image, alignment.model, target, device)


def _target_of_whole(alignment: Alignment, is_pair: bool) -> Target | None:
    """Find the target under which the model's score is of a pair read together, or of two vectors; None where it has no such."""
    targets = pipeline.targets_of(alignment.model, _whole(alignment.model))
    return next((target for target in targets if (target == "pair") == is_pair), None)


def _whole(model: str) -> str:
    """Name the method with which a model's score of the whole is asked for: `WHOLE`, or the first it has that takes no passes of its own."""
    quick = [entry.name for entry in pipeline.methods_of(model) if pipeline.is_quick(entry.name)]
    return WHOLE if WHOLE in quick else quick[0]


def _score(text: str | Text, image: Image, model: str, target: Target, device: str) -> Score:
    return pipeline.align(text, image, model=model, method=_whole(model), unit="text", target=target, device=device).score


def _rival_lines(rival: Rival | None, model: str, language: str) -> dict[str, Any] | None:
    if rival is None:
        return None
    margin = rival.true_score - rival.false_score
    verdict = words.say("rival_right" if margin > 0 else "rival_wrong", language, model=model, margin=number(abs(margin)))
    sentences = ((rival.true, rival.true_score, "rival_true"), (rival.false, rival.false_score, "rival_false"))
    return {
        "title": words.say("rival", language),
        "rows": [{"text": t, "score": f"{s:.3f}".replace("-", "−"), "mark": words.say(m, language)} for t, s, m in sentences],
        "verdict": verdict,
        "is_right": margin > 0,
    }
