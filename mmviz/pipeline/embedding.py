"""Vectors of sets: every text, every picture, and pairs read together where a model does that."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MediaError, ModelError
from mmviz.matrices import Skipped
from mmviz.pipeline.doors import DEFAULT_MODEL, family_of, models, read_image, read_text
from mmviz.pipeline.vectors import BATCH, PICTURES, Watch, batches, check_vectors, embed
from mmviz.results import Embeds
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from mmviz.media.captions import Captioned
    from mmviz.pipeline.doors import Picture


def embedders() -> list[str]:
    """List the models that are ready here and give texts and pictures vectors of one space."""
    return [info.name for info in models() if info.ready and "embed" in family_of(info.name).functions]


def joins(model: str) -> bool:
    """Tell whether a model also gives pairs that are read together a vector each."""
    return "joint" in family_of(model).functions


def embedded(
    texts: Sequence[str | Text],
    images: "Sequence[Picture]",
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    *,
    names: Sequence[str] = (),
    joint: Sequence[tuple[int, int]] = (),
    store: bool = False,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[list[Embeds], list[Skipped]]:
    """Give every text and every picture its vector, and pairs read together theirs.

    Args:
        texts, images: at least one of either; pictures are read a few at a time.
        model, device: as of `align`; a model with vectors of whole texts and pictures.
        names: of the pictures; those of their files where there are none.
        joint: pairs (text, picture) that are to be read together.
        store: find vectors in the store by the names of what they are of, and keep them there: for material of which a name says all.
        progress: told (done, total) items before every batch and at the end.
        cancelled: asked at the same moments; True stops the work.

    Returns:
        "text", "image" and "joint", those asked for, unit norm, their `places` those of what was given; and what could not be used.

    Raises:
        MediaError: nothing of one kind can be used.
        ModelError: the model cannot be run, or has no such vectors.
        Stopped: `cancelled` said so.
    """
    check_vectors(family_of(model), model)
    if joint and not joins(model):
        raise ModelError(f"{model} gives pairs that are read together no vector of their own; leave joint vectors away.")
    watch, total, skipped = Watch(progress, cancelled), len(texts) + len(images) + len(joint), []
    read = list(_texts(texts, skipped))
    parts = []
    if texts:
        parts.append(_kept(read, model, device, watch, total=total, store=store))
    if images:
        named = list(names) or [_name(images[place], place) for place in range(len(images))]
        parts.append(_pictures(images, named, skipped, (model, device, watch), done=len(texts), total=total, store=store))
    if joint:
        parts.append(
            _joint([text for _, text in read], images, joint, (model, device, watch), done=total - len(joint), total=total)
        )
    for part, kind in zip(parts, ("texts", "pictures")):
        if not len(part.items):
            raise MediaError(f"There are no {kind} that can be used ({skipped[0].name}: {skipped[0].why}); give others.")
    return parts, skipped


def read_captions(path: str | Path) -> "list[Captioned]":
    """Read a table of captions (.csv, .jsonl)."""
    from mmviz.media import captions

    return captions.read(path)


def read_captioned(folder: str | Path) -> "tuple[list[Captioned], list[Path]]":
    """Read a folder of pictures with its table of captions: the captions, and the pictures they name, each once.

    Raises:
        MediaError: there is no table, or none of its pictures is there.
    """
    from mmviz.media import captions

    path = captions.beside(folder)
    found = captions.read(path)
    files = list(dict.fromkeys(row.file for row in found))
    inside = [Path(folder) / name for name in files if ".." not in Path(name).parts and not Path(name).is_absolute()]
    if not any(file.is_file() for file in inside):
        raise MediaError(f"None of the pictures that {path.name} names is in {folder}; name them as their files are called.")
    return found, inside


def _texts(texts: Sequence[str | Text], skipped: list[Skipped]) -> Iterator[tuple[int, Text]]:
    for place, given in enumerate(texts):
        try:
            yield place, read_text(given)
        except MediaError as error:
            skipped.append(Skipped("text", place, f"text {place + 1}", str(error)))


def _kept(read: list[tuple[int, Text]], model: str, device: str, watch: Watch, *, total: int, store: bool) -> Embeds:
    """Embed texts, or find their vectors in the store."""
    items = ItemAxis(tuple(text.text for _, text in read), tuple(place for place, _ in read))
    found = _find(model, items.names) if store else None
    if found is None:
        rows, checkpoint = embed(batches([text for _, text in read]), model, device, watch, done=0, total=total)
        found = _keep(Embeds(rows, ItemAxis(items.names), "text", checkpoint), store)
    return replace(found, items=items, modality="text")


def _pictures(
    images: "Sequence[Picture]", names: list[str], skipped: list[Skipped], run: tuple, *, done: int, total: int, store: bool
) -> Embeds:
    model, device, watch = run
    found = _find(model, tuple(names)) if store else None
    seen: list[int] = list(range(len(images)))
    if found is None:
        seen = []
        rows, checkpoint = embed(_read(images, names, seen, skipped), model, device, watch, done=done, total=total)
        found = Embeds(rows, ItemAxis(tuple(names[place] for place in seen)), "image", checkpoint)
        found = _keep(found, store and len(seen) == len(images))
    return replace(found, items=ItemAxis(tuple(names[place] for place in seen), tuple(seen)), modality="image")


def _read(
    images: "Sequence[Picture]", names: list[str], seen: list[int], skipped: list[Skipped]
) -> Iterator[tuple[int, list[Image]]]:
    for start in range(0, len(images), PICTURES):
        part = []
        for place in range(start, min(start + PICTURES, len(images))):
            try:
                part.append(read_image(images[place], names[place]))
                seen.append(place)
            except MediaError as error:
                skipped.append(Skipped("picture", place, names[place], str(error)))
        yield min(PICTURES, len(images) - start), part


def _joint(
    texts: list[Text], images: "Sequence[Picture]", pairs: Sequence[tuple[int, int]], run: tuple, *, done: int, total: int
) -> Embeds:
    """Read pairs together, a batch of pictures at a time."""
    from mmviz.models import checkpoints

    (model, device, watch), rows, ids = run, [], set()
    for start in range(0, len(pairs), BATCH):
        watch.step(done + start, total)
        part = pairs[start : start + BATCH]
        said, shown = [texts[text] for text, _ in part], [read_image(images[image]) for _, image in part]
        each = np.repeat(np.arange(len(part))[:, None], 2, 1)
        made, checkpoint = checkpoints.run(
            model, device, lambda leased, s=said, p=shown, e=each: (leased.family.functions["joint"](leased, s, p, e), leased.id)
        )
        rows.append(made)
        ids.add(checkpoint)
    watch.step(total, total)
    items = ItemAxis(tuple(texts[text].text for text, _ in pairs), tuple(image for _, image in pairs))
    return Embeds(np.concatenate(rows), items, "joint", ids.pop())


def _find(model: str, names: tuple[str, ...]) -> Embeds | None:
    from mmviz.models import checkpoints
    from mmviz.storage import vectors

    return vectors.find(checkpoints.identity(model), names)


def _keep(made: Embeds, store: bool) -> Embeds:
    from mmviz.storage import vectors

    if store:
        vectors.keep(made)
    return made


def _name(image: "Picture", place: int) -> str:
    return Path(image).name if isinstance(image, str | Path) else getattr(image, "name", None) or f"picture {place + 1}"
