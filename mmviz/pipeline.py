"""The one place where stages meet: parse, encode, align."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from mmviz import options as option_values
from mmviz.axes import TextUnit
from mmviz.errors import MethodError, UnknownName
from mmviz.registry import Entry, Family, families, methods
from mmviz.results import Alignment, Encoding, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

    from mmviz.models.checkpoints import ModelInfo

    Picture = str | Path | PIL.Image.Image | np.ndarray | Image

UNITS: tuple[str, ...] = get_args(TextUnit)
TARGETS: tuple[str, ...] = get_args(Target)


def align(
    text: str | Text,
    image: "Picture",
    model: str = "clip-mini",
    method: str = "relevance",
    unit: TextUnit = "word",
    *,
    target: Target | None = None,
    device: str = "auto",
    **options: Any,
) -> Alignment:
    """Align the units of a text with the patches of a picture.

    Args:
        text: up to 2,000 characters.
        image: a path, a PIL image, an array (height, width, 3) or an Image read before.
        model: "clip-mini" (bundled) or "clip:ID-OR-FOLDER" (public).
        method: a name of `mmviz list methods`.
        unit: "token", "word", "phrase" or "text"; the last row is always the whole text.
        target: "prompt" (each unit as a text of its own), "context" (inside the whole text) or "pair";
            None takes the first that method and model share.
        device: "auto", "cpu", "cuda" or "mps".
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
    return align_many(text, image, [request], model=model, unit=unit, target=target, device=device)[0]


def align_many(
    text: str | Text,
    image: "Picture",
    requests: Sequence[tuple[str, dict[str, Any]]],
    *,
    model: str = "clip-mini",
    unit: TextUnit = "word",
    target: Target | None = None,
    device: str = "auto",
) -> list[Alignment]:
    """Align one pair by several methods, with one encoding for all of them.

    Args:
        requests: (method, options) each; see `align` for the rest.

    Returns:
        One alignment a request, in their order, all of one target.
    """
    from mmviz.models import checkpoints

    if unit not in UNITS:
        raise UnknownName("unit", str(unit), list(UNITS))
    entries = [methods[name] for name, _ in requests]
    chosen = [option_values.read(entry, given) for entry, (_, given) in zip(entries, requests, strict=True)]
    query, key = read_text(text), read_image(image)
    with checkpoints.lease(model, device) as checkpoint:
        family = checkpoint.family
        _check_offered(entries, model, family.functions["offers"](checkpoint.config))
        target = _target(entries, family, model, target)
        keep = frozenset().union(*(entry.needs for entry in entries))
        encode = family.functions["encode"]
        encoding = encode(checkpoint, query, key, target=target, unit=unit, keep=keep, layers=_layers(chosen))
        return [_run(entry, encoding, values) for entry, values in zip(entries, chosen, strict=True)]


def models() -> list["ModelInfo"]:
    """List bundled and public models, with what each offers and whether it is ready here."""
    from mmviz.models import checkpoints

    return checkpoints.listing()


def methods_of(model: str) -> list[Entry]:
    """List the methods a model can serve: those whose needs lie within what it offers."""
    return _served_by(_offers(model))


def targets_of(model: str, method: str) -> tuple[Target, ...]:
    """List the targets a method can have with a model, the default first."""
    entry = methods[method]
    _check_offered([entry], model, _offers(model))
    return _shared_targets([entry], _family(model))


def device(asked: str = "auto") -> str:
    """Say which device a model would run on."""
    from mmviz.models import checkpoints

    return checkpoints.resolve_device(asked)


def read_image(source: "Picture", name: str | None = None) -> Image:
    """Read a picture; one that is read already is given back."""
    from mmviz.media import image

    return source if isinstance(source, Image) else image.parse(source, name)


def read_text(source: str | Text, phrases: Sequence[tuple[int, int]] = ()) -> Text:
    """Read a text with its phrases; one that is read already is given back."""
    from mmviz.media import text

    return source if isinstance(source, Text) else text.parse(source, tuple(phrases))


def _run(entry: Entry, encoding: Encoding, values: dict[str, Any]) -> Alignment:
    written = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return entry.run(encoding, **values).made_by(entry.name, written)


def _served_by(offers: frozenset[str]) -> list[Entry]:
    return [entry for entry in methods if entry.needs <= offers]


def _check_offered(entries: list[Entry], model: str, offers: frozenset[str]) -> None:
    for entry in entries:
        missing = sorted(entry.needs - offers)
        if missing:
            fitting = ", ".join(other.name for other in _served_by(offers)) or "no method"
            rule = f"{entry.name} needs {', '.join(missing)}, which {model} does not offer"
            raise MethodError(f"{rule}; with {model} use: {fitting}.")


def _target(entries: list[Entry], family: Family, model: str, asked: str | None) -> Target:
    """Settle the target all methods and the model share."""
    if asked is not None and asked not in TARGETS:
        raise UnknownName("target", str(asked), list(TARGETS))
    shared = _shared_targets(entries, family)
    names = ", ".join(entry.name for entry in entries)
    if not shared:
        raise MethodError(f"{names} share no target with {model}; run them one by one.")
    if asked is not None and asked not in shared:
        raise MethodError(f'{names} with {model} cannot have the target "{asked}"; use: {", ".join(shared)}.')
    return asked or shared[0]


def _shared_targets(entries: list[Entry], family: Family) -> tuple[Target, ...]:
    return tuple(t for t in family.targets if all(t in entry.targets for entry in entries))


def _layers(chosen: list[dict[str, Any]]) -> tuple[int, ...] | None:
    """Unite the layers the methods ask for; None keeps all."""
    asked = [values["layers"] for values in chosen if "layers" in values]
    return None if None in asked or not asked else tuple(sorted({layer for layers in asked for layer in layers}))


def _family(model: str) -> Family:
    """Find a model's family without its weights; a public model need not be on this machine."""
    from mmviz.models import checkpoints, folders

    listed = next((info for info in checkpoints.listing() if info.name == model and info.family), None)
    return families[listed.family] if listed else folders.find(model).family


def _offers(model: str) -> frozenset[str]:
    return _family(model).functions["offers"](None)
