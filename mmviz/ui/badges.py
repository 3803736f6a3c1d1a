"""What a visitor should mind about one answer, said beside it."""

from mmviz.axes import PatchAxis
from mmviz.results import Alignment
from mmviz.ui import menus, words

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
    model = menus.known_model(alignment.model).title
    warnings = []
    if is_bundled and not is_drawn:
        warnings.append(words.say("badge_photo", language, model=model, public=menus.public_advice(language)))
    for name, marks in (("badge_cut", alignment.query.cut), ("badge_unknown", alignment.query.unknown)):
        units = zip(alignment.query.labels, alignment.query.kinds, marks, strict=True)
        marked = [label for label, kind, is_marked in units if kind == "word" and is_marked]
        if marked:
            warnings.append(words.say(name, language, model=model, count=len(marked), words=_quoted(marked)))
    share = cropped_share(alignment.key)
    crop = [words.say("badge_crop", language, model=model, share=f"{100 * share:.0f}")] if share > 0.01 else []
    said = crop + [words.say(f"note_{note}", language) for note in notes if f"note_{note}" in words.TEXTS]
    return [{"kind": "warning", "text": text} for text in warnings] + [{"kind": "note", "text": text} for text in said]


def cropped_share(key: PatchAxis) -> float:
    """Give the share of the picture the model does not see."""
    x0, y0, x1, y1 = key.seen
    return 1 - (x1 - x0) * (y1 - y0)


def _quoted(found: list[str]) -> str:
    return " ".join(found[:QUOTED]) + (" …" if len(found) > QUOTED else "")
