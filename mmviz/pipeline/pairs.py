"""One pair: a text and a picture, aligned by one method or several, or found in the store."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

from mmviz import options as option_values
from mmviz.axes import TextUnit
from mmviz.errors import MethodError, UnknownName
from mmviz.pipeline.doors import DEFAULT_MODEL, check_offered, read_image, read_text, shared_targets
from mmviz.registry import Entry, Family, methods
from mmviz.results import Alignment, Encoding, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint
    from mmviz.pipeline.doors import Picture

UNITS: tuple[str, ...] = get_args(TextUnit)
TARGETS: tuple[str, ...] = get_args(Target)


def align(
    text: str | Text,
    image: "Picture",
    model: str = DEFAULT_MODEL,
    method: str = "relevance",
    unit: TextUnit = "word",
    *,
    target: Target | None = None,
    device: str = "auto",
    store: bool = True,
    **options: Any,
) -> Alignment:
    """Align the units of a text with the patches of a picture.

    Args:
        text: up to 2,000 characters.
        image: a path, a PIL image, an array (height, width, 3) or an Image read before.
        model: a bundled model's name, or "FAMILY:ID-OR-FOLDER" (public).
        method: a name of `mmviz list methods`.
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        target: "prompt" (each unit as a text of its own), "context" (inside the whole text) or "pair";
            None takes the first that method and model share.
        device: "auto", "cpu", "cuda" or "mps".
        store: take the answer from the store where it is there, and keep it there; `stored` says which it was.
        **options: of the method.

    Returns:
        Scores between Q units and K patches, with both axes.

    Raises:
        MediaError: the text or the picture cannot be used.
        ModelError: the model cannot be found, loaded or run.
        MethodError: method, target or option does not fit the model.
        UnknownName: a name stands for nothing.
    """
    request = (method, options)
    return align_many(text, image, [request], model=model, unit=unit, target=target, device=device, store=store)[0]


def align_many(
    text: str | Text,
    image: "Picture",
    requests: Sequence[tuple[str, dict[str, Any]]],
    *,
    model: str = DEFAULT_MODEL,
    unit: TextUnit = "word",
    target: Target | None = None,
    device: str = "auto",
    store: bool = True,
) -> list[Alignment]:
    """Align one pair by several methods, with one encoding for all that the store does not have.

    Args:
        requests: (method, options) each; see `align` for the rest.

    Returns:
        One alignment a request, in their order, all of one target.
    """
    from mmviz.models import folders
    from mmviz.storage import results

    if unit not in UNITS:
        raise UnknownName("unit", str(unit), list(UNITS))
    entries = [methods[name] for name, _ in requests]
    chosen = [option_values.read(entry, given) for entry, (_, given) in zip(entries, requests, strict=True)]
    query, key = read_text(text), read_image(image)
    family = folders.find(model).family
    check_offered(entries, model, family.functions["offers"](None))
    places = {"unit": unit, "target": _target(entries, family, model, target), "device": device}
    asked = list(zip(entries, chosen, strict=True))
    names = _names(query, key, asked, model, places) if store else []
    found = [results.find(name) for name in names] or [None] * len(asked)
    missing = [place for place, alignment in enumerate(found) if alignment is None]
    made = _compute(query, key, [asked[place] for place in missing], model, **places) if missing else []
    for place, alignment in zip(missing, made, strict=True):
        found[place] = alignment
        if store:
            results.keep(names[place], alignment)
    return found


def _names(query: Text, key: Image, asked: list[tuple[Entry, dict]], model: str, places: dict[str, str]) -> list[str]:
    """Name the questions as the store knows them."""
    from mmviz.models import checkpoints
    from mmviz.storage import results

    every = {"checkpoint": checkpoints.identity(model), "beside": checkpoints.beside(model, key), **places}
    questions = [{**every, "method": entry.name, "options": _written(values)} for entry, values in asked]
    return results.names_of(query, key, questions)


def _compute(query: Text, key: Image, asked: list, model: str, *, unit: TextUnit, target: Target, device: str) -> list[Alignment]:
    """Encode the pair once, and run every (method, options) on it."""
    from mmviz.models import checkpoints

    entries, chosen = [entry for entry, _ in asked], [values for _, values in asked]

    def work(checkpoint: "Checkpoint") -> list[Alignment]:
        functions = checkpoint.family.functions
        check_offered(entries, model, functions["offers"](checkpoint.config))
        keep = frozenset().union(*(entry.needs for entry in entries))
        encoding = functions["encode"](checkpoint, query, key, target=target, unit=unit, keep=keep, layers=_layers(chosen))
        return [_run(entry, encoding, values) for entry, values in asked]

    return checkpoints.run(model, device, work)


def _run(entry: Entry, encoding: Encoding, values: dict[str, Any]) -> Alignment:
    return entry.run(encoding, **values).made_by(entry.name, _written(values))


def _written(values: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _target(entries: list[Entry], family: Family, model: str, asked: str | None) -> Target:
    """Settle the target all methods and the model share."""
    if asked is not None and asked not in TARGETS:
        raise UnknownName("target", str(asked), list(TARGETS))
    shared = shared_targets(entries, family)
    names = ", ".join(entry.name for entry in entries)
    if not shared:
        raise MethodError(f"{names} share no target with {model}; run them one by one.")
    if asked is not None and asked not in shared:
        raise MethodError(f'{names} with {model} cannot have the target "{asked}"; use: {", ".join(shared)}.')
    return asked or shared[0]


def _layers(chosen: list[dict[str, Any]]) -> tuple[int, ...] | None:
    """Unite the layers the methods ask for; None keeps all."""
    asked = [values["layers"] for values in chosen if "layers" in values]
    return None if None in asked or not asked else tuple(sorted({layer for layers in asked for layer in layers}))
