"""Models that read text and picture together: which way a model compares, and pairs scored one by one, watched and stopped."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from mmviz.errors import MediaError, ModelError, UnknownName
from mmviz.matrices import MatrixKind
from mmviz.pipeline.doors import DEFAULT_MODEL, family_of
from mmviz.pipeline.vectors import PICTURES, Watch
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint
    from mmviz.registry import Family

By = Literal["contrast", "matching"]
BYS: tuple[str, ...] = get_args(By)
#: The function of a family each way needs, the cheap way first.
FUNCTIONS: dict[By, str] = {"contrast": "embed", "matching": "score_pairs"}
#: Pairs a loan of the model, after which others' questions come in between and the work can be stopped.
PAIRS = 64
#: Pairs that are matched at one request.
MOST = 10_000


@dataclass(frozen=True)
class Matched:
    """What a model that reads pairs together gave: `logits` (N, M), float32, what they are, and which weights."""

    logits: np.ndarray
    kind: MatrixKind
    checkpoint: str


def ways_of(model: str) -> tuple[By, ...]:
    """List how a model can compare whole texts with whole pictures, the cheap way first; known without its weights.

    Returns:
        "contrast" where each text and each picture has a vector of its own, "matching" where pairs are read together; nothing
        for a model that answers questions.
    """
    from mmviz.models import folders

    family, config = family_of(model), {}
    if "matches" in family.functions:
        with suppress(ModelError):  # not on this machine yet; whoever runs it is told
            config = folders.read_json(folders.find(model).folder / "config.json", model)
    return _ways(family, config)


def settle(model: str, by: str | None = None) -> By:
    """Settle the way a model compares.

    Args:
        model: a name of `mmviz list models`.
        by: "contrast" or "matching"; None takes the first the model has.

    Raises:
        ModelError: the model has no such way, or none at all.
        UnknownName: there is no such way.
    """
    from mmviz.models import folders

    if by is not None and by not in BYS:
        raise UnknownName("way to compare", str(by), list(BYS))
    folders.find(model)
    ways = ways_of(model)
    if not ways:
        lacks = "neither vectors of whole texts and pictures nor a matching head"
        raise ModelError(f"{model} has {lacks}; choose a dual encoder, such as {DEFAULT_MODEL}.")
    if by is not None and by not in ways:
        raise ModelError(f"{model} does not compare by {by}; it compares by: {', '.join(ways)}.")
    return by or ways[0]


def passes(texts: int, pictures: int, by: By) -> int:
    """Count the passes a matrix takes: one an item by contrast, one a pair by matching."""
    return texts + pictures if by == "contrast" else texts * pictures


def check_pairs(texts: int, pictures: int, ways: Sequence[By]) -> None:
    """See that there are not too many pairs to be matched.

    Raises:
        MediaError: there are; says why, and the way out.
    """
    if texts * pictures > MOST:
        has = f"{texts:,} texts and {pictures:,} pictures are {texts * pictures:,} pairs, and by matching each pair is a pass"
        rule = f"of its own (instead of {texts + pictures:,} in all); up to {MOST:,} are run"
        way_out = ", or compare by contrast" if "contrast" in ways else ""
        raise MediaError(f"{has} {rule}. Give fewer, such as 100 and 100{way_out}.")


def match(
    texts: Sequence[Text], parts: Iterable[tuple[int, Sequence[Image]]], model: str, device: str, watch: Watch, *, total: int
) -> Matched:
    """Match every text with every picture, the model lent anew for every 64 pairs, so that others' questions come in between.

    Args:
        texts: N that can be used.
        parts: how many pictures each part stands for, and those of them that can be used.
        model, device: as of `checkpoints.lease`.
        watch: told and asked before every loan and at the end.
        total: pairs in all.

    Raises:
        ModelError: the model cannot be run, or its files were exchanged in the middle.
        Stopped: `watch` said so.
    """
    done, columns, said = 0, [np.zeros((len(texts), 0), np.float32)], set()
    for count, images in parts:
        step, rows = max(1, PAIRS // max(1, len(images))), [np.zeros((0, len(images)), np.float32)]
        for start in range(0, len(texts) if images else 0, step):
            watch.step(done + start * len(images), total)
            logits, *facts = _score(texts[start : start + step], images, model, device)
            rows.append(logits)
            said.add(tuple(facts))
        columns.append(np.concatenate(rows) if images else np.zeros((len(texts), 0), np.float32))
        done += count * len(texts)
    watch.step(done, total)
    if len(said) > 1:
        raise ModelError(f"The files of {model} were exchanged while it ran; ask again.")
    kind, checkpoint = said.pop() if said else ("match_probability", "")
    return Matched(np.concatenate(columns, axis=1), kind, checkpoint)


def pictures_at_once(texts: int) -> int:
    """Say how many pictures are read at once: all texts with them are about one loan's pairs."""
    return max(1, min(PICTURES, PAIRS // max(1, texts)))


def _score(texts: Sequence[Text], images: Sequence[Image], model: str, device: str) -> tuple[np.ndarray, MatrixKind, str]:
    """Score all texts with all pictures in one loan: logits, shape (N, M), what they are, and who gave them."""
    from mmviz.models import checkpoints

    rows, columns = np.indices((len(texts), len(images)))
    pairs = np.stack([rows.ravel(), columns.ravel()], axis=1)  # (N * M, 2)

    def work(checkpoint: "Checkpoint") -> tuple[np.ndarray, MatrixKind, str]:
        logits = checkpoint.family.functions["score_pairs"](checkpoint, texts, images, pairs)
        return logits.reshape(rows.shape), _kind(checkpoint), checkpoint.id

    return checkpoints.run(model, device, work)


def kind_of(model: str, device: str) -> MatrixKind:
    """Say what a model's matching logits are; it is loaded for that, as it has to be in any case."""
    from mmviz.models import checkpoints

    return checkpoints.run(model, device, _kind)


def _kind(checkpoint: "Checkpoint") -> MatrixKind:
    """Ask the family what its logits are; without an answer their sigmoid is a probability."""
    asked = checkpoint.family.functions.get("pair_kind")
    return asked(checkpoint) if asked else "match_probability"


def _ways(family: "Family", config: dict[str, Any]) -> tuple[By, ...]:
    matches = family.functions.get("matches", lambda _: True)(config)
    return tuple(by for by, name in FUNCTIONS.items() if name in family.functions and (by == "contrast" or matches))
