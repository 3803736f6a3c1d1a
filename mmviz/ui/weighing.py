"""A score made readable: beside other captions given, and among the texts of a bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmviz import pipeline
from mmviz.errors import UnknownName
from mmviz.matrices import Standing
from mmviz.ui import reading, words
from mmviz.ui.reading import Reading
from mmviz.ui.work import Step, steps

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
    """What a score was compared with: captions with their probabilities, the text's own first, and a bank; either may be none."""

    chances: tuple[Chance, ...] = ()
    standing: Standing | None = None


def bank_choices(language: str) -> list[tuple[str, str]]:
    """List (label, name) of the banks on offer; a Chinese half comes in by itself where the text is Chinese."""
    names = [name for name in pipeline.banks() if not name.endswith(HALF)]
    return [(words.say("bank_auto", language), ""), *((bank_title(name, language), name) for name in names)]


def bank_title(name: str, language: str) -> str:
    """Say what a bank holds; one of the visitor's own goes by its file's name."""
    key = f"bank_{name.removesuffix(HALF)}"
    return words.say(key, language) if key in words.TEXTS else words.say("bank_own", language, name=name)


def weigh(seen: Reading, others: str, bank: str | Path) -> Iterator[Step | Weighed]:
    """Compare a reading's score with other captions and with a bank.

    Args:
        seen: what is on the page.
        others: captions, one a line; empty lines count for nothing.
        bank: a bank on offer, or path of an upload.

    Yields:
        A `Step` each time a batch of the bank is encoded, which happens once a checkpoint, then what was found.

    Raises:
        MmvizError: a caption or the bank cannot be used; the model has no vectors of whole texts.
    """
    alignment = seen.alignment
    text, image = alignment.query.text, pipeline.read_image(seen.path)
    given = [line.strip() for line in (others or "").splitlines()]
    captions = list(dict.fromkeys([text, *(line for line in given if line and line != text.strip())]))
    chances: tuple[Chance, ...] = ()
    if len(captions) > 1:
        shares = pipeline.choose(captions, image, alignment.model, seen.device).scores[:, 0]
        chances = tuple(Chance(caption, float(share)) for caption, share in zip(captions, shares, strict=True))

    def work(progress, cancelled):
        return pipeline.standing(
            text, image, alignment.model, bank, device=seen.device, progress=progress, cancelled=cancelled
        )  # fmt: skip

    for step in steps(work):
        yield step if isinstance(step, Step) else Weighed(chances, step)


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
    score = seen.alignment.score
    facts: dict[str, Any] = {
        "score": reading.number(score.value),
        "kind": words.say(f"score_{score.kind}", language),
        "note": words.say("score_note", language),
        "stop": words.say("stop", language),
        "busy": "" if step is None else _told(step, language),
        "share": None if step is None else step.done / max(1, step.total),
    }
    if weighed is not None:
        facts |= {"chances": _chances(weighed, language), "standing": _standing(weighed.standing, language)}
    return reading.written(facts)


def _told(step: Step, language: str) -> str:
    return words.say("bank_busy", language, done=f"{step.done:,}", total=f"{step.total:,}")


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
    share = reading.percent(standing.percentile)
    bank = bank_title(standing.bank, language)
    return {
        "share": share,
        "said": words.say("bank_lower", language, count=f"{standing.n:,}", bank=bank),
        "above": standing.above,
        "verdict": words.say("bank_above" if standing.above else "bank_not_above", language),
        "title": words.say("bank_best", language),
        "best": [{"text": text, "score": reading.number(score)} for text, score in standing.best],
    }
