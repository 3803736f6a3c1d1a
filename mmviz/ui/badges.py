"""What a visitor should mind about one answer, said beside it."""

from mmviz import pipeline
from mmviz.axes import PictureAxis, RegionAxis
from mmviz.results import Alignment
from mmviz.ui import chinese, menus, words

#: Words quoted in one badge.
QUOTED = 6


def badges(alignment: Alignment, notes: tuple[str, ...], is_drawn: bool, is_bundled: bool, language: str) -> list[dict[str, str]]:
    """List what limits an answer, the gravest first.

    Args:
        alignment: the answer.
        notes: what had to be done to read the picture.
        is_drawn, is_bundled: where picture and model come from.
        language: "en" or "zh".

    Returns:
        `kind` ("warning" or "note") and `text` of each.
    """
    info = menus.known_model(alignment.model)
    model = info.title
    warnings = []
    if is_bundled and not is_drawn:
        warnings.append(words.say("badge_photo", language, model=model, public=menus.public_advice(info.family, language)))
    for name, marks in (("badge_cut", alignment.query.cut), ("badge_unknown", alignment.query.unknown)):
        units = zip(alignment.query.labels, alignment.query.kinds, marks, strict=True)
        marked = [label for label, kind, is_marked in units if kind == "word" and is_marked]
        if marked:
            warnings.append(words.say(name, language, model=model, count=len(marked), words=_quoted(marked)))
    silent = [alignment.query.labels[row] for row in silent_rows(alignment)]
    if silent:
        warnings.append(words.say("badge_silent", language, words=_quoted(silent)))
    slow = pipeline.moved(alignment.model)
    if slow:
        warnings.append(chinese.said(slow) if language == "zh" else slow)
    share = cropped_share(alignment.key)
    crop = [words.say("badge_crop", language, model=model, share=f"{100 * share:.0f}")] if share > 0.01 else []
    found = alignment.key
    if isinstance(found, RegionAxis):
        crop.append(words.say(f"regions_{found.kind}", language, model=model, count=len(found)))
    said = crop + [words.say(f"note_{note}", language) for note in notes if f"note_{note}" in words.TEXTS]
    return [{"kind": "warning", "text": text} for text in warnings] + [{"kind": "note", "text": text} for text in said]


def silent_rows(alignment: Alignment) -> list[int]:
    """Find words that the model reads and whose map is zero everywhere, where text and picture are read together.

    The score is read off one position. What the words' own positions take in in the last layer no longer reaches it, so
    that a gradient by their attention there is exactly zero.
    """
    query = alignment.query
    if alignment.target != "pair":
        return []
    is_read = ~(query.cut | query.unknown)
    is_zero = ~alignment.scores.any(axis=1)
    return [row for row, kind in enumerate(query.kinds) if kind != "text" and is_read[row] and is_zero[row]]


def cropped_share(key: PictureAxis) -> float:
    """Give the share of the picture the model does not see."""
    x0, y0, x1, y1 = key.seen
    return 1 - (x1 - x0) * (y1 - y0)


def _quoted(found: list[str]) -> str:
    return " ".join(found[:QUOTED]) + (" …" if len(found) > QUOTED else "")
