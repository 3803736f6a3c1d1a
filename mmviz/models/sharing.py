"""Weights that bundled models have in common lie in one folder only; a file beside the others says in which.

The backbone in a detector, the detector in a UNITER are those of `models/backbone` and `models/detector-mini`, number by number. Kept
once, the checked-in models stay small. A folder made whole by `whole` stands by itself again.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmviz.errors import ModelError
from mmviz.models import forms

if TYPE_CHECKING:
    import torch

FILE, WEIGHTS = "shared.json", "model.safetensors"
#: What a tower's tensors may be turned into: as they are, or a CLIP's in the form BLIP has.
FORMS = {"": dict, "blip": forms.blip_tower}


@dataclass(frozen=True)
class Part:
    """Tensors of a model that lie in another one's folder.

    Attributes:
        prefix: how their names begin here.
        folder: name of the other folder, beside this one.
        theirs: how their names begin there.
        sha256: of names and bytes, as they were when the model was written.
        form: what the other's tensors are turned into before, of `FORMS`; "" takes them as they are.
    """

    prefix: str
    folder: str
    theirs: str
    sha256: str
    form: str = ""


def parts(folder: Path) -> list[Part]:
    """Read what a model shares; nothing where the file is not there.

    Raises:
        ModelError: the file is damaged, or names what is no folder beside this one.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        said = json.loads(path.read_text("utf-8"))
        found = [Part(**part) for part in said]
        is_right = (
            isinstance(said, list)
            and all(isinstance(v, str) for p in found for v in asdict(p).values())
            and all(_is_plain(p.folder) and p.form in FORMS for p in found)
        )
    except (ValueError, TypeError, OSError) as error:
        raise ModelError(f"{FILE} of {folder.name} is damaged ({path}); fetch the repository again.") from error
    if not is_right:
        raise ModelError(f"{FILE} of {folder.name} is damaged ({path}); fetch the repository again.")
    return found


def files(folder: Path) -> list[Path]:
    """Name the weight files of other folders that a model needs, those that these need among them."""
    return [
        file for part in parts(folder) for file in (folder.parent / part.folder / WEIGHTS, *files(folder.parent / part.folder))
    ]


def tensors(folder: Path) -> "dict[str, torch.Tensor]":
    """Read all weights of a model, its own and those it shares.

    Raises:
        ModelError: what it shares is not there, or is another than when the model was written.
    """
    from safetensors.torch import load_file

    found = load_file(folder / WEIGHTS)
    for part in parts(folder):
        there = folder.parent / part.folder
        if not (there / WEIGHTS).is_file():
            raise ModelError(f"{folder.name} needs the weights of {there}, which is not there; fetch the repository again.")
        named = dict(_of(part.prefix, part.theirs, FORMS[part.form](tensors(there))))
        if _hash(named) != part.sha256:
            raise ModelError(f"{folder.name} needs {part.folder} as it was, and that has changed; train {folder.name} again.")
        found |= named
    return found


def read(model_class: type, folder: Path, **options: Any) -> Any:
    """Make a model of a folder as `from_pretrained` does, with what it shares.

    Args:
        model_class: of Transformers, or our own in its form.
        folder: of the model.
        options: of `from_pretrained`.
    """
    if not parts(folder):
        return model_class.from_pretrained(folder, **options)
    config = model_class.config_class.from_pretrained(folder, local_files_only=True)
    return model_class.from_pretrained(None, config=config, state_dict=tensors(folder), **options)


def share(folder: Path, prefix: str, other: str, theirs: str, form: str = "") -> bool:
    """Take those tensors out of a written model that another folder beside it has too, and note where they are.

    Args:
        folder: of the model.
        prefix: how their names begin in it.
        other, theirs: the other folder's name, and how they begin there.
        form: of `FORMS`.

    Returns:
        False, and nothing is changed, where the other does not have just these numbers.
    """
    from safetensors.torch import load_file, save_file

    if not (folder.parent / other / WEIGHTS).is_file():
        return False
    own, named = load_file(folder / WEIGHTS), dict(_of(prefix, theirs, FORMS[form](tensors(folder.parent / other))))
    taken = {name: tensor for name, tensor in own.items() if name in named}
    if not taken or any(tensor.dtype != named[name].dtype or not tensor.equal(named[name]) for name, tensor in taken.items()):
        return False
    part = Part(prefix, other, theirs, _hash(named), form)
    save_file({name: tensor for name, tensor in own.items() if name not in taken}, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / WEIGHTS).chmod(0o644)
    said = [asdict(one) for one in (*parts(folder), part)]
    (folder / FILE).write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    return True


def whole(folder: Path, out: Path) -> None:
    """Write all weights of a model into one file, so that its folder can be used without the others."""
    from safetensors.torch import save_file

    save_file(tensors(folder), out, metadata={"format": "pt"})


def _of(prefix: str, theirs: str, found: "dict[str, torch.Tensor]") -> "Iterator[tuple[str, torch.Tensor]]":
    return ((prefix + name[len(theirs) :], tensor) for name, tensor in found.items() if name.startswith(theirs))


def _hash(named: "dict[str, torch.Tensor]") -> str:
    digest = hashlib.sha256()
    for name in sorted(named):
        digest.update(name.encode())
        digest.update(named[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


def _is_plain(name: str) -> bool:
    return bool(name) and Path(name).name == name and name not in (".", "..")
