"""Why: the questions to ask when an answer looks wrong, asked one after the other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.errors import MethodError
from mmviz.matrices import ABOVE
from mmviz.pipeline import changes, distractors, judging, matching
from mmviz.pipeline.doors import methods_of, read_image, read_text
from mmviz.pipeline.pairs import align_many
from mmviz.pipeline.vectors import Watch
from mmviz.results import Alignment
from mmviz.samples import Image, Text
from mmviz.trust import agreement, sentence
from mmviz.trust.evidence import Evidence, is_flat, strengths
from mmviz.whys import STEPS, Edit, Reply, Verdict, Why

if TYPE_CHECKING:
    from mmviz.pipeline.doors import Picture

Box = Sequence[float]
#: Words and texts quoted in a finding.
QUOTED = 5
#: Below this share of random maps that do worse, a map is no better than chance.
CHANCE = 0.5
#: Mean rank correlation from which methods are said to agree; from `sentence.AGREED` on they agree in part.
SAME = 0.5


@dataclass(frozen=True)
class Question:
    """One answer that is asked why.

    Attributes:
        alignment: the answer, for `query` and `key`.
        row: whose map is meant.
        boxes: for each unit where what it names is, x0, y0, x1, y1 as fractions; empty where that is not known.
        edits: what the text could say instead, beside each word dropped.
        rival: a true and a false sentence of the picture, one of them the text, one edit apart; or None where that is not known.
        bank: what the score is set among.
        other: another model to be asked the same, or None.
        is_foreign: the model knows nothing of such pictures.
        device, store: as of `align`.
    """

    alignment: Alignment
    query: Text
    key: Image
    row: int
    boxes: tuple[tuple[Box, ...], ...]
    edits: tuple[Edit, ...]
    rival: tuple[str, str] | None = None
    bank: str | Path = "drawn-world"
    other: str | None = None
    is_foreign: bool = False
    device: str = "auto"
    store: bool = True

    @property
    def way(self) -> matching.By | None:
        """How the score was made: by contrast, by matching, or None where it is of an answer and no other text has one."""
        score = self.alignment.score
        if score.label:
            return None
        return "contrast" if score.kind == "cosine" else "matching"

    def words(self, marks: np.ndarray) -> list[str]:
        """List the words that are marked, (Q,)."""
        query = self.alignment.query
        rows = zip(query.labels, query.kinds, marks, strict=True)
        return [label for label, kind, is_marked in rows if is_marked and kind in ("word", "token")]


def question(
    alignment: Alignment,
    text: str | Text,
    image: "Picture",
    *,
    row: int | None = None,
    boxes: Sequence[Sequence[Box]] = (),
    box: Box | None = None,
    **facts: Any,
) -> Question:
    """Put together what is asked.

    Args:
        alignment: what `align` gave for the same text and picture.
        text, image: that pair.
        row: of the unit whose map is meant, counted from 0; None takes the last, which is the whole text.
        boxes: for each unit where what it names is; empty where nothing is known of any.
        box: where that unit's thing is, in place of what `boxes` says of it, or None.
        **facts: the other fields of a Question.

    Raises:
        MethodError: there is no such row, or boxes are not a list for every unit.
    """
    count = len(alignment.query)
    row = count - 1 if row is None else row
    if not 0 <= row < count:
        raise MethodError(f"There is no unit {row} to explain; the text has 0 to {count - 1}.")
    if boxes and len(boxes) != count:
        raise MethodError(f"There are boxes of {len(boxes)} units, and the text has {count}; give a list for each.")
    places = [tuple(found) for found in boxes] or [()] * count
    places[row] = places[row] if box is None else (judging.check_box(box),)
    facts["edits"] = tuple(facts.get("edits", ()))
    return Question(alignment, read_text(text), read_image(image), row, tuple(places), **facts)


def findings(
    asked: Question,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Reply]:
    """Ask every question in turn, and give each finding as soon as it is there.

    Args:
        asked: as of `question`.
        progress: told (done, total) of the step that is being worked at.
        cancelled: asked at the same moments; True stops the work.

    Raises:
        MmvizError: the model cannot be run any more.
        Stopped: `cancelled` said so.
    """
    found: list[Reply] = []
    for step in STEPS:
        found.append(ask(step, asked, found, progress=progress, cancelled=cancelled))
        yield found[-1]


def ask(
    step: str,
    asked: Question,
    before: Sequence[Reply],
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Reply:
    """Ask one of the questions of `STEPS`, given what was found before."""
    return _ASKING[step](asked, before, Watch(progress, cancelled))


def concluded(asked: Question, found: Sequence[Reply]) -> Why:
    """Put findings together, all or those there are."""
    alignment = asked.alignment
    names = {name: getattr(alignment, name) for name in ("model", "checkpoint", "method")}
    score = {"score": alignment.score.value, "kind": alignment.score.kind}
    return Why(alignment.query.text, **names, unit=asked.row, **score, findings=tuple(found))


def _cut(asked: Question, before: Sequence[Reply], watch: Watch) -> Reply:
    words = asked.words(asked.alignment.query.cut)
    numbers = {"count": len(words), "words": words[:QUOTED]}
    return Reply("cut", "cut", "bad", "words", numbers) if words else Reply("cut", "read", "ok", "words", {})


def _known(asked: Question, before: Sequence[Reply], watch: Watch) -> Reply:
    query = asked.alignment.query
    words = asked.words(query.unknown)
    numbers = {"count": len(words), "words": words[:QUOTED]}
    if asked.is_foreign:
        return Reply("known", "foreign", "bad", "side", {"model": asked.alignment.model, **numbers})
    if words:
        half = 2 * len(words) >= len(asked.words(np.ones(len(query), bool)))
        return Reply("known", "unknown", "bad" if half else "warn", "words", numbers)
    return Reply("known", "known", "ok", "words", {})


def _distractors(asked: Question, before: Sequence[Reply], watch: Watch) -> Reply:
    if asked.way is None:
        return Reply("distractors", "answer", "none", "score", {"label": asked.alignment.score.label})
    standing = _standing(asked, asked.alignment.model, asked.way, watch)
    best, score = standing.best[0]
    numbers = {"percentile": standing.percentile, "n": standing.n, "bank": standing.bank, "best": best, "best_score": score}
    if standing.above:
        return Reply("distractors", "above", "ok", "score", numbers)
    return Reply("distractors", "below", "warn" if standing.percentile >= CHANCE else "bad", "score", numbers)


def _standing(asked: Question, model: str, by: matching.By | None, watch: Watch) -> Any:
    said = {"by": by, "device": asked.device, "store": asked.store}
    watched = {"progress": watch.progress, "cancelled": watch.cancelled}
    return distractors.standing(asked.query, asked.key, model, asked.bank, **said, **watched)


def _edits(asked: Question, before: Sequence[Reply], watch: Watch) -> Reply:
    query = asked.alignment.query
    words = [span for span, kind in zip(query.spans.tolist(), query.kinds, strict=True) if kind == "word"]
    drops = changes.every_drop([(start, end) for start, end in words])[: changes.MOST_EDITS // 2] if len(words) > 1 else []
    tried = [*asked.edits[: changes.MOST_EDITS - len(drops)], *drops]
    if asked.way is None or not tried:
        return Reply("edits", "no_edits", "none", "changes", {})
    said = {"by": asked.way, "device": asked.device, "progress": watch.progress, "cancelled": watch.cancelled}
    found = changes.changed(asked.query, tried, asked.key, asked.alignment.model, **said)
    meant = [place for place in found.higher if found.edits[place].kind != "drop"]  # what drops a word says less, not otherwise
    rivals = sum(edit.kind != "drop" for edit in found.edits)
    best = [{"text": found.texts[place], "score": float(found.scores[place])} for place in (meant or found.higher)[:QUOTED]]
    counts = {"tried": len(found.edits), "higher": len(found.higher), "otherwise": len(meant)}
    numbers = {**counts, "score": found.score, "kind": found.kind, "best": best}
    if asked.rival and _prefers_false(asked):
        true, false = asked.rival
        return Reply("edits", "prefers_false", "bad", "side", numbers | {"true": true, "false": false})
    if not meant:
        return Reply("edits", "none_higher", "ok", "changes", numbers)
    return Reply("edits", "some_higher", "bad" if len(meant) > (1 - ABOVE) * rivals else "warn", "changes", numbers)


def _prefers_false(asked: Question) -> bool:
    """Tell whether the model gives a false sentence a higher score than the true one it is an edit of."""
    true, false = asked.rival
    edit, said = changes.replaced((0, len(true)), false), {"by": asked.way, "device": asked.device}
    return bool(changes.changed(true, [edit], asked.key, asked.alignment.model, **said).higher)


def _box(asked: Question, before: Sequence[Reply], watch: Watch) -> Reply:
    alignment, last = asked.alignment, len(asked.boxes) - 1
    rows = [row for row, boxes in enumerate(asked.boxes) if boxes and (row != last or not any(asked.boxes[:-1]))]
    maps = strengths(alignment)
    hits = {row: not is_flat(maps[row]) and _hits(alignment, maps[row], asked.boxes[row]) for row in rows}
    if not rows:
        return Reply("box", "no_box", "none", "region", {})
    missed = [alignment.query.labels[row] for row in rows if not hits[row]]
    numbers = {"units": len(rows), "hits": len(rows) - len(missed), "missed": missed[:QUOTED]}
    if not missed:
        return Reply("box", "hit", "ok", "region", numbers)
    return Reply("box", "missed", "bad" if 2 * len(missed) > len(rows) else "warn", "region", numbers)


def _hits(alignment: Alignment, values: np.ndarray, boxes: Sequence[Box]) -> bool:
    """Tell whether the middle of the strongest patch lies in one of the boxes."""
    x0, y0, x1, y1 = alignment.key.boxes[int(values.argmax())]
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in boxes)


def _methods(asked: Question, before: Sequence[Reply], watch: Watch) -> Reply:
    alignment = asked.alignment
    able = [entry for entry in methods_of(alignment.model) if entry.needs <= judging.CHEAP and alignment.target in entry.targets]
    names = [entry.name for entry in able if entry.name != alignment.method]
    case = judging.Case(alignment, asked.row, asked.query, asked.key, asked.device, asked.store)
    said = {"model": alignment.model, "unit": case.unit, "target": alignment.target, "device": asked.device, "store": asked.store}
    others = tuple(align_many(asked.query, asked.key, [(name, {}) for name in names], **said)) if names else ()
    found = agreement.agreement(Evidence(alignment, asked.row, others=others))
    if found is None or found.mean is None:
        return Reply("methods", "no_methods", "none", "table", {})
    numbers = {"correlation": found.mean, "methods": list(found.methods[1:])}
    verdict: Verdict = "ok" if found.mean >= sentence.AGREED else "warn" if found.mean >= 0 else "bad"
    said = "disagree" if verdict != "ok" else "agree" if found.mean >= SAME else "agree_in_part"
    return Reply("methods", said, verdict, "trust", numbers)


def _model(asked: Question, before: Sequence[Reply], watch: Watch) -> Reply:
    own = next((one.numbers for one in before if one.step == "distractors" and one.verdict != "none"), None)
    if asked.other is None or own is None or not matching.ways_of(asked.other):
        return Reply("model", "no_model", "none", "table", {})
    standing, above = _standing(asked, asked.other, None, watch), own["percentile"] >= ABOVE
    rival = next((one.numbers["best"][0]["text"] for one in before if one.key == "some_higher"), None)
    numbers = {"other": asked.other, "percentile": standing.percentile, "own": own["percentile"], "rival": rival}
    numbers["prefers_rival"] = None if rival is None else _prefers(asked, rival)
    if standing.above == above:
        return Reply("model", "both_above" if above else "neither_above", "ok", "table", numbers)
    return Reply("model", "other_above" if standing.above else "only_own_above", "warn", "table", numbers)


def _prefers(asked: Question, rival: str) -> bool:
    """Tell whether the other model, too, gives an edit of the text a higher score."""
    edit = changes.replaced((0, len(asked.query.text)), rival)
    return bool(changes.changed(asked.query, [edit], asked.key, asked.other, device=asked.device).higher)


def _trust(asked: Question, before: Sequence[Reply], watch: Watch) -> Reply:
    said = {"row": asked.row, "boxes": asked.boxes[asked.row], "device": asked.device, "store": asked.store}
    watched = {"progress": watch.progress, "cancelled": watch.cancelled}
    trust = judging.judge(asked.alignment, asked.query, asked.key, **said, **watched).trust
    remarks = [{"key": r.key, "numbers": r.numbers, "is_warning": r.is_warning} for r in trust.remarks]
    numbers = {
        "unit": asked.alignment.query.labels[asked.row],
        "better": trust.better,
        "sentence": trust.sentence,
        "remarks": remarks,
    }
    is_flat_map = any(remark.key == "flat" for remark in trust.remarks)
    if is_flat_map or (trust.better is not None and trust.better < CHANCE):
        return Reply("trust", "doubted", "bad", "trust", numbers)
    warns = any(remark.is_warning for remark in trust.remarks)
    return Reply("trust", "doubted" if warns else "trusted", "warn" if warns else "ok", "trust", numbers)


_ASKING: dict[str, Callable[[Question, Sequence[Reply], Watch], Reply]] = {
    "cut": _cut,
    "known": _known,
    "distractors": _distractors,
    "edits": _edits,
    "box": _box,
    "methods": _methods,
    "model": _model,
    "trust": _trust,
}
