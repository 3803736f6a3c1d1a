"""Changed words: edits of a text as operations on spans, and what they do to a pair's score."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmviz.axes import TextAxis
from mmviz.errors import MediaError, MethodError, ModelError
from mmviz.pipeline import matching
from mmviz.pipeline.doors import DEFAULT_MODEL, read_image, read_text
from mmviz.pipeline.matching import By
from mmviz.pipeline.vectors import Watch, batches, embed
from mmviz.results import Encoding, ScoreKind, Target
from mmviz.samples import Image, Text
from mmviz.whys import Edit, Edited, Without

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint
    from mmviz.pipeline.doors import Picture

#: Edits of one text that are scored at one request.
MOST_EDITS = 200
#: Texts between two questions whether to stop, while words are left out.
TEXTS = 32
#: Signs before which no white space stays.
CLOSING = ",.;:!?，。；：！？、"
Span = tuple[int, int]


def replaced(span: Span, new: str) -> Edit:
    """Put other words into the place of a span."""
    return Edit("replace", (span,), (new,))


def dropped(span: Span) -> Edit:
    """Leave a span out."""
    return Edit("drop", (span,), ("",))


def swapped(text: str, first: Span, second: Span) -> Edit:
    """Exchange two spans of a text that do not overlap."""
    one, other = sorted((first, second))
    return Edit("swap", (one, other), (text[slice(*other)], text[slice(*one)]))


def edited(text: str, edit: Edit) -> str:
    """Carry an edit out.

    Where something is dropped, the white space around it is made one, and before a comma or the end it goes; nothing else of
    the text is touched.

    Args:
        text: as given.
        edit: its spans lie in the text.

    Raises:
        MediaError: a span does not lie in the text.
    """
    if edit.spans[-1][1] > len(text):
        raise MediaError(
            f"The words {edit.spans[-1][0]} to {edit.spans[-1][1]} do not lie in the text of {len(text)} characters."
        )
    whole, place = "", 0
    for (start, end), new in zip(edit.spans, edit.new, strict=True):
        whole, place = whole + text[place:start] + new, end
        if not new:
            whole, place = _closed(whole, text, place)
    return whole + text[place:]


def every_drop(words: TextAxis | Sequence[Span]) -> list[Edit]:
    """Drop each word in turn."""
    spans = words.spans.tolist() if isinstance(words, TextAxis) else words
    return [dropped((start, end)) for start, end in spans]


def changed(
    text: str | Text,
    edits: Sequence[Edit],
    image: "Picture",
    model: str = DEFAULT_MODEL,
    *,
    by: By | None = None,
    device: str = "auto",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Edited:
    """Score a text and what becomes of it by some edits with one picture, which a dual encoder sees once.

    Args:
        text, image, model, device: as of `align`.
        edits: up to 200; those that leave no word are left out.
        by: "contrast" or "matching"; None takes the first of `ways_of` the model.
        progress: told (done, total) texts before every batch and at the end.
        cancelled: asked at the same moments; True stops the work.

    Returns:
        The scores of the text and of every edit: cosines, match probabilities, or logits.

    Raises:
        MediaError: the text or the picture cannot be used, or there are too many edits.
        ModelError: the model cannot be run, or compares no whole texts with whole pictures.
        Stopped: `cancelled` said so.
    """
    if len(edits) > MOST_EDITS:
        raise MediaError(f"There are {len(edits):,} edits; up to {MOST_EDITS} are scored at once. Give fewer.")
    query, key = read_text(text), read_image(image)
    made = [(edit, edited(query.text, edit)) for edit in edits]
    made = [(edit, told) for edit, told in made if told.strip() and told != query.text]
    texts = [query, *(read_text(told) for _, told in made)]
    way, watch = matching.settle(model, by), Watch(progress, cancelled)
    scores, kind = (_cosines if way == "contrast" else _matches)(texts, key, model, device, watch)
    told = {"edits": tuple(edit for edit, _ in made), "texts": tuple(words for _, words in made)}
    return Edited(query.text, **told, score=float(scores[0]), scores=scores[1:], kind=kind)


def without_each(
    text: str | Text,
    image: "Picture",
    model: str = DEFAULT_MODEL,
    *,
    target: Target | None = None,
    device: str = "auto",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Without:
    """Leave out each word of a text in turn and see what that does to the pair's score; the picture is seen once.

    Args:
        text, image, model, device: as of `align`.
        target: "prompt", "context" or "pair"; None takes the model's first.
        progress: told (done, total) texts.
        cancelled: asked at the same moments; True stops the work.

    Returns:
        The words with the score without each of them; the score of an answer stays that answer's.

    Raises:
        MediaError: the text or the picture cannot be used.
        MethodError: the model does not score texts with words left out.
        ModelError: the model cannot be run.
        Stopped: `cancelled` said so.
    """
    from mmviz.models import checkpoints

    query, key, watch = read_text(text), read_image(image), Watch(progress, cancelled)
    needed = frozenset({"score_without"})

    def work(checkpoint: "Checkpoint") -> Without:
        functions = checkpoint.family.functions
        if not needed <= functions["offers"](checkpoint.config):
            raise MethodError(f"{model} does not score texts with words left out; choose another model, such as {DEFAULT_MODEL}.")
        aim = target or checkpoint.family.targets[0]
        return _without(functions["encode"](checkpoint, query, key, target=aim, unit="word", keep=needed, layers=None), watch)

    return checkpoints.run(model, device, work)


def _closed(before: str, text: str, place: int) -> tuple[str, int]:
    """Close the gap where something was dropped: what stands before it, and where the text goes on."""
    if place == len(text) or text[place] in CLOSING:
        return before.rstrip(), place
    while (not before or before[-1].isspace()) and place < len(text) and text[place].isspace():
        place += 1
    return before, place


def _without(encoding: Encoding, watch: Watch) -> Without:
    axis = encoding.query
    words = np.array([row for row, kind in enumerate(axis.kinds) if kind != "text"], int)
    kept = np.ones((1 + len(words), len(axis)), bool)
    kept[1 + np.arange(len(words)), words] = False
    parts = [np.zeros(0, np.float32)]
    for start in range(0, len(kept), TEXTS):
        watch.step(start, len(kept))
        parts.append(encoding.score_without(kept[start : start + TEXTS]))
    watch.step(len(kept), len(kept))
    scores, kinds = np.concatenate(parts), tuple(axis.kinds[row] for row in words)
    query = TextAxis(axis.text, axis.spans[words], kinds, axis.cut[words], axis.unknown[words])
    return Without(query, float(scores[0]), scores[1:], encoding.score.kind)


def _cosines(texts: list[Text], key: Image, model: str, device: str, watch: Watch) -> tuple[np.ndarray, ScoreKind]:
    """Compare texts with a picture by their vectors: (N,), float64."""
    total = len(texts) + 1
    (image_embed,), one = embed([(1, [key])], model, device, watch, done=0, total=total)
    text_embeds, other = embed(batches(texts), model, device, watch, done=1, total=total)
    _check_same({one, other}, model)
    return text_embeds.astype(np.float64) @ image_embed, "cosine"


def _matches(texts: list[Text], key: Image, model: str, device: str, watch: Watch) -> tuple[np.ndarray, ScoreKind]:
    """Match texts with a picture, a pass each: (N,), float64."""
    found = matching.match(texts, [(1, [key])], model, device, watch, total=len(texts))
    logits = found.logits[:, 0].astype(np.float64)
    return (1 / (1 + np.exp(-logits)) if found.kind == "match_probability" else logits), found.kind


def _check_same(checkpoints: set[str], model: str) -> None:
    if len(checkpoints) > 1:
        raise ModelError(f"The files of {model} were exchanged while it ran; ask again.")
