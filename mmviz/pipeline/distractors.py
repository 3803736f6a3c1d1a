"""A score made readable: against the texts of a bank, and against the other captions given."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MediaError, UnknownName
from mmviz.matrices import Matrix, Standing
from mmviz.pipeline import matching
from mmviz.pipeline.doors import DEFAULT_MODEL, read_image, read_text
from mmviz.pipeline.matching import By
from mmviz.pipeline.sets import matrix
from mmviz.pipeline.vectors import Watch, batches, embed
from mmviz.results import Embeds
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from mmviz.pipeline.doors import Picture

BANKS = Path(__file__).parents[2] / "assets" / "banks"
#: Fewer texts could not show that a score is higher than 95 % of them.
SMALLEST = 20
#: Texts of a bank that are matched with a picture, a pass each.
MATCHED = 64
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def banks() -> list[str]:
    """List the banks that come with mmviz."""
    return sorted(path.stem for path in BANKS.glob("*.txt"))


def standing(
    text: str | Text,
    image: "Picture",
    model: str = DEFAULT_MODEL,
    bank: str | Path = "drawn-world",
    *,
    by: By | None = None,
    device: str = "auto",
    store: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Standing:
    """Say where a text's score with a picture stands among those of a bank's texts.

    A text is above distractors when it scores higher than at least 95 % of the bank. By contrast the whole bank is compared,
    and encoded once a checkpoint and stored; by matching each text of it would be a pass with every picture anew, so that
    64 are drawn, the same at every time. A bank of mmviz that has a Chinese half ("drawn-world" has "drawn-world-zh") lends
    that to a text with Chinese signs.

    Args:
        text, image, model, device: as of `align`.
        bank: a name of `banks()`, or a text file with one sentence a line, at least 20.
        by: "contrast" or "matching"; None takes the first of `ways_of` the model.
        store: take the bank's vectors from the store where they are there, and keep them there.
        progress: told (done, total) texts of the bank while it is encoded or matched.
        cancelled: asked at the same moments; True stops the work.

    Returns:
        Percentile and the strongest distractors; the text itself, where the bank has it, is left out.

    Raises:
        MediaError: text, picture or bank cannot be used.
        ModelError: the model cannot be run, or does not compare so.
        Stopped: `cancelled` said so.
        UnknownName: there is no such bank and no such file.
    """
    from mmviz.space.standing import stand

    query, key = read_text(text), read_image(image)
    way, watch = matching.settle(model, by), Watch(progress, cancelled)
    if way == "matching":
        name, texts = _bank(bank, query.text)
        others = [told for told, is_other in zip(texts, _are_others(texts, query.text), strict=True) if is_other]
        return _matched(query, key, model, device, watch, bank=(name, others))
    name, encoded = rivals(query, bank, model, device=device, store=store, watch=watch)
    (text_embed, _), (image_embed, _) = (
        embed([(1, [sample])], model, device, Watch(), done=0, total=1) for sample in (query, key)
    )
    return stand(text_embed[0], image_embed[0], encoded, name)


def rivals(query: Text, bank: str | Path, model: str, *, device: str, store: bool, watch: Watch) -> tuple[str, Embeds]:
    """Give a bank's name, and the vectors of its texts but for one that is the text itself; arguments as of `standing`."""
    name, texts = _bank(bank, query.text)
    return name, _part(_vectors(texts, model, device, store, watch), _are_others(texts, query.text))


def rival_texts(query: Text, bank: str | Path) -> tuple[Text, ...]:
    """Give a bank's texts but for one that is the text itself; arguments as of `standing`."""
    texts = _bank(bank, query.text)[1]
    return tuple(Text(text) for text, is_other in zip(texts, _are_others(texts, query.text), strict=True) if is_other)


def choose(
    texts: Sequence[str | Text],
    image: "Picture",
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    *,
    by: By | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Matrix:
    """Give the probability of each of some captions for one picture, if one of them had to be true.

    Args:
        texts: 1 to 200 captions, none of which is left out.
        image, model, device, by, progress, cancelled: as of `matrix`.

    Returns:
        A matrix of N texts and one picture on the scale "softmax-column": exp(logit), the column summing to 1. Of matching
        logits z it is what follows from each caption's own odds, exp(z), when exactly one of them is true.

    Raises:
        MediaError: a caption or the picture cannot be used.
        ModelError, Stopped: as of `matrix`.
    """
    read, watched = [read_text(text) for text in texts], {"progress": progress, "cancelled": cancelled}
    return matrix(read, [read_image(image)], model, device, by=by, **watched).scaled("softmax-column")


def _matched(query: Text, key: Image, model: str, device: str, watch: Watch, *, bank: tuple[str, list[str]]) -> Standing:
    """Match a text and some of a bank's texts with a picture; probabilities where the logits are such."""
    from mmviz.space.standing import place

    name, texts = bank
    drawn = random.Random(0).sample(texts, min(MATCHED, len(texts)))
    read = [query, *(Text(text) for text in drawn)]
    found = matching.match(read, [(1, [key])], model, device, watch, total=len(read))
    logits = found.logits[:, 0].astype(np.float64)  # a probability of float32 is 1 from a logit of 17 on
    scores = 1 / (1 + np.exp(-logits)) if found.kind == "match_probability" else logits
    facts = {"bank": name, "checkpoint": found.checkpoint, "kind": found.kind, "drawn": len(texts)}
    return place(float(scores[0]), scores[1:], drawn, **facts)


def _bank(bank: str | Path, text: str) -> tuple[str, list[str]]:
    """Find a bank's name and its distinct texts."""
    from mmviz.media import sets

    known, name = banks(), str(bank)
    if name in known:
        name = f"{name}-zh" if f"{name}-zh" in known and _HAN.search(text) else name
        path = BANKS / f"{name}.txt"
    elif _is_file(bank):
        name, path = Path(bank).name, Path(bank)
    else:
        raise UnknownName("bank", name, [*known, "a text file with one sentence a line"])
    texts = list(dict.fromkeys(line.strip() for line in sets.lines(path) if line.strip()))
    if len(texts) < SMALLEST:
        raise MediaError(f"The bank {name} has {len(texts)} different texts; it needs at least {SMALLEST}, one a line.")
    return name, [read_text(line).text for line in texts]


def _are_others(texts: Sequence[str], text: str) -> np.ndarray:
    """Tell which texts, (n,), say something else than the text, letter case apart."""
    return np.array([told.casefold() != text.strip().casefold() for told in texts])


def _is_file(name: str | Path) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # too long for a path
        return False


def _vectors(texts: list[str], model: str, device: str, store: bool, watch: Watch) -> Embeds:
    """Find the bank's vectors in the store, or encode and keep them."""
    from mmviz.models import checkpoints
    from mmviz.storage import vectors

    found = vectors.find(checkpoints.identity(model), texts) if store else None
    if found is None:
        rows, checkpoint = embed(batches([Text(text) for text in texts]), model, device, watch, done=0, total=len(texts))
        found = Embeds(rows, ItemAxis(tuple(texts)), "text", checkpoint)
        if store:
            vectors.keep(found)
    return found


def _part(embeds: Embeds, kept: np.ndarray) -> Embeds:
    names = tuple(name for name, stays in zip(embeds.items.names, kept, strict=True) if stays)
    return replace(embeds, vectors=embeds.vectors[kept], items=ItemAxis(names))
