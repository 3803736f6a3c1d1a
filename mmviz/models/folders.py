"""Where a model's files lie, and whether they are all there. Nothing here goes to the network or runs what it reads."""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mmviz.errors import ModelError, UnknownName
from mmviz.models import sharing
from mmviz.registry import Family, detectors, families, listeners

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack")
#: Any one group of these makes a tokenizer.
TOKENIZER_FILES = (("tokenizer.json",), ("vocab.json", "merges.txt"), ("vocab.txt",))
PROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json")
CARD, FIGURES = "mmviz_card.json", "metrics.json"


@dataclass(frozen=True)
class Place:
    """Where a model was found.

    Attributes:
        name: as asked for.
        family: who reads it.
        folder: with its files.
        bundled: it came with mmviz.
        revision: commit of the hub, or None.
    """

    name: str
    family: Family
    folder: Path
    bundled: bool
    revision: str | None = None

    @property
    def card(self) -> dict[str, Any]:
        """What a bundled model says of itself, or nothing."""
        path = self.folder / CARD
        return read_json(path, self.name) if self.bundled and path.exists() else {}


def bundled_root() -> Path:
    """Name the folder of bundled models: beside the package, or MMVIZ_MODELS."""
    return Path(os.environ.get("MMVIZ_MODELS") or Path(__file__).parents[2] / "models")


def bundled_names() -> list[str]:
    """List the bundled models that are there: folders with a card (the backbone has none, it is a beginning, not a model)."""
    root = bundled_root()
    return sorted(p.name for p in root.iterdir() if (p / CARD).is_file()) if root.is_dir() else []


def find(name: str) -> Place:
    """Find a model's folder.

    Args:
        name: "clip-mini" (bundled), "clip:/folder", or "clip:owner/name" (the hub's cache on this machine).

    Raises:
        ModelError: it is not on this machine, or its config.json is not the family's.
        UnknownName: no bundled model and no family has that name.
    """
    family_name, colon, where = name.partition(":")
    place = _find_public(name, family_name, where) if colon else _find_bundled(name)
    model_type = read_json(place.folder / "config.json", name).get("model_type")
    if model_type not in place.family.model_types:
        reads = " or ".join(place.family.model_types)
        raise ModelError(
            f'{name} is of model_type "{model_type}"; {place.family.name} reads {reads}. Choose another folder or family.'
        )
    return place


def family_named(name: str) -> Family:
    """Find a family of image-text models, of detectors or of models that listen.

    Raises:
        UnknownName: there is none.
    """
    known = (registry for registry in (detectors, listeners) if name in [entry.name for entry in registry])
    return next(known, families)[name]


def check_files(place: Place) -> list[Path]:
    """See that weights, tokenizer and image processor, or what the family has in their place, are there, the weights as safetensors.

    Returns:
        The weight files.

    Raises:
        ModelError: a file is missing, or there are only pickled weights, which can run code when read.
    """
    folder, name = place.folder, place.name
    weights = _weights(folder, name)
    for path in weights:
        if not path.is_file():
            raise ModelError(f"{name} lacks {path.name} in {folder}; {remedy(place)}.")
    own = place.family.functions.get("files")
    if own is not None:
        for file in own():
            if not (folder / file).is_file():
                raise ModelError(f"{name} lacks {file} in {folder}; {remedy(place)}.")
        return weights
    if not any(all((folder / file).is_file() for file in group) for group in TOKENIZER_FILES):
        raise ModelError(f"{name} lacks its tokenizer (tokenizer.json) in {folder}; {remedy(place)}.")
    if not any((folder / file).is_file() for file in PROCESSOR_FILES):
        raise ModelError(f"{name} lacks its image processor (preprocessor_config.json) in {folder}; {remedy(place)}.")
    return weights


def identity(place: Place) -> str:
    """Name the very weights: the name, and the hub's revision or a short hash of everything in the folder that counts."""
    if place.revision:
        return f"{place.name}@{place.revision[:12]}"
    return f"{place.name}@{_digest(place.folder, signature(place))[:12]}"


@lru_cache(maxsize=64)
def _digest(folder: Path, signature: tuple[tuple[str, int, int], ...]) -> str:
    """Hash the files of a folder, once as long as their signature stays."""
    digest = hashlib.sha256()
    for name in (name for name, _, _ in signature if name not in (CARD, FIGURES)):
        digest.update(name.encode())
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def signature(place: Place) -> tuple[tuple[str, int, int], ...]:
    """Tell cheaply whether files changed since: name, time and size of each."""
    files = sorted(p for p in place.folder.iterdir() if p.suffix in (".json", ".txt", ".safetensors"))
    named = [(p.name, p) for p in files] + [
        (f"../{p.parent.name}/{p.name}", p) for p in sharing.files(place.folder) if p.is_file()
    ]
    return tuple((name, p.stat().st_mtime_ns, p.stat().st_size) for name, p in named)


def read_json(path: Path, name: str) -> dict[str, Any]:
    """Read a JSON object of a model, or say what is wrong with the file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{name} lacks {path.name} in {path.parent}; give a folder written by save_pretrained.") from error
    except (ValueError, OSError, RecursionError) as error:
        raise ModelError(f"{path.name} of {name} is damaged ({path}); fetch or write it again.") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path.name} of {name} is damaged ({path}); fetch or write it again.")
    return value


def download_command(repository: str) -> str:
    """Say how a model of the hub comes onto this machine."""
    return f'hf download {repository} --include "*.json" --include "*.txt" --include "model*.safetensors"'


def remedy(place: Place) -> str:
    """Say how missing files come back."""
    if place.bundled:
        return "fetch the repository again, or train it with: " + _train_command(place.name)
    if place.revision:
        return "run: " + download_command(place.name.partition(":")[2])
    return "give a folder written by save_pretrained"


def cached(repository: str) -> Path | None:
    """Find a repository's snapshot in the hub's cache on this machine, without asking the network."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(repository, "config.json")
    except HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None


def _find_bundled(name: str) -> Place:
    folder = bundled_root() / name
    if name in bundled_names():
        model_type = read_json(folder / "config.json", name).get("model_type", "")
        family = families.of_model_type(model_type) or detectors.of_model_type(model_type)
        if family is None:
            raise ModelError(f'{name} is of model_type "{model_type}", which no family reads; choose another model.')
        return Place(name, family, folder, bundled=True)
    if name and name.replace("-", "_").isidentifier() and find_spec("mmviz.training." + name.replace("-", "_")):
        raise ModelError(f"{name} is not in {bundled_root()}; make it with: {_train_command(name)}.")
    public = [f"{entry.name}:{known[0]}" for entry in families for known in families[entry.name].public]
    raise UnknownName("model", name, [*bundled_names(), *public])


def _find_public(name: str, family_name: str, where: str) -> Place:
    family = family_named(family_name)
    folder = _existing_folder(where)
    if folder:
        return Place(name, family, folder, bundled=False)
    if not where or where[0] in "/.~" or where.count("/") != 1:
        raise ModelError(
            f'There is no folder "{where}" for {name}; give a folder with a checkpoint, or an id such as owner/name.'
        )
    snapshot = cached(where)
    if snapshot is None:
        way = f"run {download_command(where)} once with a network, or give a folder: {family_name}:/folder"
        raise ModelError(f"{where} is not on this machine; {way}.")
    return Place(name, family, snapshot, bundled=False, revision=snapshot.name)


def _existing_folder(where: str) -> Path | None:
    try:
        folder = Path(where).expanduser()
        return folder.resolve() if where and folder.is_dir() else None
    except (OSError, RuntimeError):  # too long for a path; a home that is not known
        return None


def _weights(folder: Path, name: str) -> list[Path]:
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        shards = read_json(folder / INDEX, name).get("weight_map")
        if not isinstance(shards, dict) or not shards or any(Path(str(s)).name != s for s in shards.values()):
            raise ModelError(f"{INDEX} of {name} is damaged ({folder}); fetch it again.")
        return [folder / shard for shard in sorted(set(shards.values()))]
    pickled = sorted(p.name for p in folder.iterdir() if p.suffix in PICKLED)
    if pickled:
        rule = "pickled weights can run code when they are read and are refused"
        raise ModelError(f"{name} has {pickled[0]} but no {WEIGHTS}; {rule}. Save it as safetensors, or choose another model.")
    return [folder / WEIGHTS]


def _train_command(name: str) -> str:
    return f"make train-{name}"
