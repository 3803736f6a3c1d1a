"""What doors ask beside results: which models and methods there are, samples read, results written out."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mmviz.axes import KeyKind
from mmviz.errors import MethodError, ModelError
from mmviz.findings import Finding
from mmviz.matchings import Matching
from mmviz.matrices import Matrix
from mmviz.registry import Entry, Family, exports, families, methods
from mmviz.results import Alignment, Palette, Target
from mmviz.samples import Image, Text
from mmviz.spaces import Space
from mmviz.timings import Timing
from mmviz.trusts import Skills, Truths
from mmviz.versus import Versus

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

    from mmviz.media.textgrid import Tier
    from mmviz.models.checkpoints import ModelInfo

    Picture = str | Path | PIL.Image.Image | np.ndarray | Image

#: The model that answers where none is named; the one place outside `models` and `training` that knows a model by name.
DEFAULT_MODEL = "clip-mini"


def models() -> list["ModelInfo"]:
    """List bundled and public image-text models, with what each offers and whether it is ready here."""
    return _listed("image-text")


def detectors() -> list["ModelInfo"]:
    """List the detectors, which find regions in pictures and read no text."""
    return _listed("detector")


def nets() -> list["ModelInfo"]:
    """List the bundled nets that no family reads: what matches shots with clauses."""
    from mmviz.models import checkpoints

    return [info for info in checkpoints.listing() if info.kind not in ("image-text", "detector")]


def _listed(kind: str) -> list["ModelInfo"]:
    from mmviz.models import checkpoints

    return [info for info in checkpoints.listing() if info.kind == kind]


def is_bundled(model: str) -> bool:
    """Tell whether a model came with mmviz and so knows drawn scenes only."""
    return any(info.name == model and info.source == "bundled" for info in models())


def methods_of(model: str) -> list[Entry]:
    """List the methods a model can serve: those whose needs lie within what it offers."""
    return _served_by(_offers(model))


def targets_of(model: str, method: str) -> tuple[Target, ...]:
    """List the targets a method can have with a model, the default first."""
    entry = methods[method]
    check_offered([entry], model, _offers(model))
    return shared_targets([entry], family_of(model))


def columns_of(model: str) -> KeyKind:
    """Say what a model's maps have as columns, without its weights: the `kind` of their axis."""
    return family_of(model).columns


def depth_of(model: str, target: Target | None = None) -> tuple[int, int]:
    """Count layers and heads of the attention that reaches patches, read off the model's config without its weights.

    Args:
        model: a name of `mmviz list models`.
        target: a model that can read text and picture together or apart looks with another tower; None is its default.

    Returns:
        (0, 0) where the model is not on this machine, or its config leaves that to defaults.
    """
    from mmviz.models import folders

    try:
        place = folders.find(model)
        config = folders.read_json(place.folder / "config.json", model)
    except ModelError:  # whoever runs it is told
        return 0, 0
    attributes = json.loads(json.dumps(config), object_hook=lambda named: SimpleNamespace(**named))
    try:
        return place.family.functions["looking"](attributes, target or place.family.targets[0])
    except AttributeError:
        return 0, 0


def device(asked: str = "auto") -> str:
    """Say which device a model would run on."""
    from mmviz.models import checkpoints

    return checkpoints.resolve_device(asked)


def moved(model: str) -> str:
    """Say in one sentence that a model runs on the CPU because the GPU's memory did not suffice, or give ""."""
    from mmviz.models import checkpoints

    return checkpoints.moved(model)


def read_image(source: "Picture", name: str | None = None) -> Image:
    """Read a picture; one that is read already is given back."""
    from mmviz.media import image

    return source if isinstance(source, Image) else image.parse(source, name)


def read_text(source: str | Text, phrases: Sequence[tuple[int, int]] = ()) -> Text:
    """Read a text with its phrases; one that is read already is given back."""
    from mmviz.media import text

    return source if isinstance(source, Text) else text.parse(source, tuple(phrases))


def read_textgrid(source: str | Path) -> "tuple[Tier, ...]":
    """Read the tiers of a TextGrid that somebody marked by ear."""
    from mmviz.media import textgrid

    return textgrid.parse(source)


def export(
    result: Alignment | Matrix | Matching | Skills | Truths | Versus | Finding | Space | Timing,
    format_: str,
    image: Image | None = None,
) -> bytes:
    """Write a result in a format of `mmviz list exports`, with the colours the views have.

    Args:
        result: an alignment, a matrix, what was measured of models or methods, two answers against each other, what a probe found, a map,
            times of a text, or shots matched with clauses.
        format_: a name of `mmviz list exports` that takes it.
        image: the picture that was aligned; "svg" draws on it.

    Returns:
        The file's content.

    Raises:
        MethodError: the format does not take such a result, or lacks the picture.
        UnknownName: there is no such format.
    """
    kind = type(result).__name__
    check_export(format_, kind)
    return exports[format_].run(result, image, _palette(result) if kind == "Alignment" else None)


def check_export(format_: str, kind: str) -> None:
    """See that a format takes a kind of result, by the name of its class.

    Raises:
        MethodError: it does not.
        UnknownName: there is no such format.
    """
    if kind not in exports[format_].facts["takes"]:
        fitting = ", ".join(other.name for other in exports if kind in other.facts["takes"])
        raise MethodError(f"{format_} does not take {kind}; for it use: {fitting}.")


def recall(matrix: Matrix) -> dict[str, Any]:
    """Rank pictures for texts and texts for pictures, where text and picture of the same place belong together.

    Returns:
        `pairs`, how many there are; `text_to_image` and `image_to_text`, each `{r1, r5, median_rank}`, shares from 0 to 1.
    """
    from mmviz.space import retrieval

    return retrieval.recall_of(matrix.values, matrix.matched)


def store_trouble() -> str:
    """Say in one sentence why results cannot be kept, or give "" when they can."""
    from mmviz.storage import files

    return files.trouble()


def check_offered(entries: list[Entry], model: str, offers: frozenset[str]) -> None:
    """See that a model offers what the methods need.

    Raises:
        MethodError: it does not.
    """
    for entry in entries:
        missing = sorted(entry.needs - offers)
        if missing:
            fitting = ", ".join(other.name for other in _served_by(offers)) or "no method"
            rule = f"{entry.name} needs {', '.join(missing)}, which {model} does not offer"
            raise MethodError(f"{rule}; with {model} use: {fitting}.")


def shared_targets(entries: list[Entry], family: Family) -> tuple[Target, ...]:
    """List the targets that a family and all the methods know, the family's default first."""
    return tuple(t for t in family.targets if all(t in entry.targets for entry in entries))


def family_of(model: str) -> Family:
    """Find a model's family without its weights; a public model need not be on this machine."""
    from mmviz.models import folders

    name, _, repository = model.partition(":")
    offered = [known for entry in families if entry.name == name for known, *_ in families[name].public]
    return families[name] if repository in offered else folders.find(model).family


def _palette(alignment: Alignment) -> Palette:
    from mmviz.views import theme

    return Palette(theme.colours(alignment.scale), *theme.limits(alignment.scale, alignment.scores))


def _served_by(offers: frozenset[str]) -> list[Entry]:
    return [entry for entry in methods if entry.needs <= offers]


def _offers(model: str) -> frozenset[str]:
    return family_of(model).functions["offers"](None)
