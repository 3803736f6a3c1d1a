"""Looks inside a model: which there are for one, and what one finds."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz import options as option_values
from mmviz.errors import MethodError
from mmviz.findings import Finding
from mmviz.media.words import find_words
from mmviz.pipeline import distractors
from mmviz.pipeline.doors import DEFAULT_MODEL, family_of, read_image, read_text
from mmviz.pipeline.vectors import Watch
from mmviz.pipeline.ways import ways_like
from mmviz.probes.given import Given
from mmviz.registry import Entry, probes
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from mmviz.pipeline.doors import Picture


def probes_of(model: str) -> list[Entry]:
    """List the probes a model can serve: those whose needs lie within what its family does."""
    functions = set(family_of(model).functions)
    return [entry for entry in probes if entry.needs <= functions]


def speaks(model: str) -> bool:
    """Tell whether a model says texts, so that its score is how much likelier the picture makes one than a blank picture does."""
    return "likelihood" in family_of(model).functions


def probe(
    name: str,
    text: str | Text,
    image: "Picture",
    model: str = DEFAULT_MODEL,
    *,
    bank: str | Path = "drawn-world",
    pictures: "Iterable[Picture]" = (),
    options: dict[str, Any] | None = None,
    device: str = "auto",
    store: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Finding:
    """Look inside a model by one probe, with one text and one picture.

    Args:
        name: of `mmviz list probes`.
        text, image, model, device: as of `align`.
        bank: of texts the pair is held against, as of `standing`.
        pictures: others it is held against; the pair's own among them, by its pixels, is left out.
        options: of the probe; texts are read by their type.
        store: take the bank's vectors from the store where they are there, and keep them there.
        progress: told (done, total).
        cancelled: asked at the same moments; True stops the work.

    Raises:
        MediaError: text, pictures or bank cannot be used.
        MethodError: the model does not do what the probe needs, or an option is none of its.
        ModelError: the model cannot be run.
        Stopped: `cancelled` said so.
        UnknownName: there is no such probe, model or bank.
    """
    from mmviz.models import checkpoints

    entry, watch = probes[name], Watch(progress, cancelled)
    _check(entry, model)
    chosen = option_values.read(entry, options or {})
    query, key = read_text(text), read_image(image)
    made = {"step": watch.step}
    if "bank" in entry.facts["takes"]:
        made["bank"] = distractors.rivals(query, bank, model, device=device, store=store, watch=watch)[1]
    if "texts" in entry.facts["takes"]:
        made["texts"] = distractors.rival_texts(query, bank)
    given = _given(entry, query, key, pictures, made)
    watch.step(0, 1)
    found = checkpoints.run(model, device, lambda checkpoint: entry.run(checkpoint, given, **chosen))
    watch.step(1, 1)
    return replace(found, probe=name, options=chosen)


def _check(entry: Entry, model: str) -> None:
    served = probes_of(model)
    if entry not in served:
        way_out = f"with {model} use: {', '.join(e.name for e in served)}" if served else "choose another model"
        needs = ", ".join(sorted(entry.needs))
        raise MethodError(f"{entry.name} needs {needs}, which {model} does not do; {way_out}.")


def _given(entry: Entry, query: Text, key: Image, pictures: "Iterable[Picture]", made: dict[str, Any]) -> Given:
    """Put together what a probe takes, and nothing else; `made` is what is there already."""
    takes = entry.facts["takes"]
    if "pictures" in takes:
        read = [read_image(picture) for picture in pictures]
        made["pictures"] = tuple(one for one in read if not np.array_equal(one.pixels, key.pixels))
    if "words" in takes:
        made["words"] = tuple(find_words(query.text))
    if "ways" in takes:
        made["ways"] = ways_like(query.text)
    return Given(query, key, **made)
