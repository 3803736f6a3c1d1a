"""A score made readable: beside other captions given, and among the texts of a bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmviz import pipeline
from mmviz.errors import UnknownName
from mmviz.matrices import Standing
from mmviz.results import Score
from mmviz.ui import reading, words
from mmviz.ui.reading import Reading
from mmviz.ui.work import Cancelled, Progress, Step, steps

#: What a bank's Chinese half is called after its own name.
HALF = "-zh"
DRAWN, EVERYDAY = "drawn-world", "everyday"


@dataclass(frozen=True)
class Chance:
    """One caption with its probability, if one of those given had to be true."""

    text: str
    share: float


@dataclass(frozen=True)
class Weighed:
    """What a score was compared with.

    Attributes:
        chances: captions with their probabilities, the text's own first; or none.
        standing: among the texts of a bank, or None.
        waits: a bank can be matched when that is asked for.
    """

    chances: tuple[Chance, ...] = ()
    standing: Standing | None = None
    waits: bool = False


def bank_choices(language: str) -> list[tuple[str, str]]:
    """List (label, name) of the banks on offer; a Chinese half comes in by itself where the text is Chinese."""
    names = [name for name in pipeline.banks() if not name.endswith(HALF)]
    return [(words.say("bank_auto", language), ""), *((bank_title(name, language), name) for name in names)]


def bank_title(name: str, language: str) -> str:
    """Say what a bank holds; one of the visitor's own goes by its file's name."""
    key = f"bank_{name.removesuffix(HALF)}"
    return words.say(key, language) if key in words.TEXTS else words.say("bank_own", language, name=name)


def weigh(seen: Reading, others: str, bank: str | Path, matches: bool = False) -> Iterator[Step | Weighed]:
    """Compare a reading's score with other captions and with a bank, all by the kind of score the reading has.

    Args:
        seen: what is on the page.
        others: captions, one a line; empty lines count for nothing.
        bank: a bank on offer, or path of an upload.
        matches: match texts of the bank too, a pass each; without it a bank waits where it has to be matched.

    Yields:
        A `Step` each time a batch is encoded or matched (of a bank's vectors once a checkpoint), then what was found.

    Raises:
        MmvizError: a caption or the bank cannot be used.
    """
    alignment, by = seen.alignment, way_of(seen)
    text, image = alignment.query.text, pipeline.read_image(seen.path)
    given = [line.strip() for line in (others or "").splitlines()]
    captions = list(dict.fromkeys([text, *(line for line in given if line and line != text.strip())]))
    waits = by == "matching" and not matches

    def work(progress: Progress, cancelled: Cancelled) -> Weighed:
        watched, chances = {"by": by, "progress": progress, "cancelled": cancelled}, ()
        if len(captions) > 1:
            shares = pipeline.choose(captions, image, alignment.model, seen.device, **watched).scores[:, 0]
            chances = tuple(Chance(caption, float(share)) for caption, share in zip(captions, shares, strict=True))
        if waits:
            return Weighed(chances, waits=True)
        return Weighed(chances, pipeline.standing(text, image, alignment.model, bank, device=seen.device, **watched))

    if by is None:  # the score is of an answer, and no other text has one to compare
        yield Weighed()
        return
    yield from steps(work)


def way_of(seen: Reading) -> str | None:
    """Say how the reading's score was made: by contrast, by matching, or None where it is the score of an answer."""
    score = seen.alignment.score
    if score.label:
        return None
    return "contrast" if score.kind == "cosine" else "matching"


def known_bank(bank: str | None, upload: str | None, seen: Reading) -> str | Path:
    """Settle the bank: the visitor's own file where there is one, else one on offer, else the one that suits the model.

    Raises:
        UnknownName: there is no such bank; a name is never read as a path of the server.
    """
    if upload:
        return Path(upload)
    if not bank:
        return DRAWN if seen.is_bundled else EVERYDAY
    names = [name for _, name in bank_choices(words.DEFAULT)]
    if bank not in names:
        raise UnknownName("bank", str(bank), names)
    return bank


def payload(seen: Reading, language: str, weighed: Weighed | None = None, step: Step | None = None) -> str:
    """Write the score, what it is compared with, and how far that is."""
    score, by = seen.alignment.score, way_of(seen)
    own = "ratio" if pipeline.speaks(seen.alignment.model) else score.kind
    facts: dict[str, Any] = {
        **_score(score, language, own),
        "also": None if seen.also is None else _score(seen.also, language, seen.also.kind),
        "note": words.say(f"score_note_{own}", language),
        "stop": words.say("stop", language),
        "busy": "" if step is None else words.say(f"bank_busy_{by}", language, done=f"{step.done:,}", total=f"{step.total:,}"),
        "share": None if step is None else step.done / max(1, step.total),
    }
    if by == "matching":
        facts["again"] = words.say("bank_match", language, count=pipeline.MATCHED)
    if weighed is not None:
        facts |= {"chances": _chances(weighed, language), "standing": _standing(weighed.standing, language)}
        facts["waits"] = weighed.waits
    return reading.written(facts)


def _score(score: Score, language: str, kind: str) -> dict[str, str]:
    """Write a score and what it is; `kind` is its own, or "ratio" where it is one of two chances of the text."""
    kind = "score_sum" if score.parts else f"score_{kind}_of" if score.label else f"score_{kind}"
    return {"score": reading.score_of(score), "kind": words.say(kind, language, label=score.label)}


def _chances(weighed: Weighed, language: str) -> dict[str, Any] | None:
    if not weighed.chances:
        return None
    rows = [{"text": chance.text, "share": chance.share, "said": reading.percent(chance.share)} for chance in weighed.chances]
    best = max(weighed.chances, key=lambda chance: chance.share)
    verdict = "chance_first" if best is weighed.chances[0] else "chance_other"
    said = words.say(verdict, language, share=rows[0]["said"], count=len(rows) - 1)
    return {"title": words.say("chances", language), "rows": rows, "said": said}


def _standing(standing: Standing | None, language: str) -> dict[str, Any] | None:
    if standing is None:
        return None
    share, counts = reading.percent(standing.percentile), {"count": f"{standing.n:,}", "drawn": f"{standing.drawn:,}"}
    bank = bank_title(standing.bank, language)
    return {
        "share": share,
        "said": words.say("bank_lower_of" if standing.drawn else "bank_lower", language, **counts, bank=bank),
        "above": standing.above,
        "verdict": words.say("bank_above" if standing.above else "bank_not_above", language),
        "title": words.say("bank_best", language),
        "best": [{"text": text, "score": reading.score_of(Score(score, standing.kind))} for text, score in standing.best],
    }
