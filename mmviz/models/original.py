"""Checkpoints as their authors published them: tensors read without running anything, renamed, and compared with a model of ours."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmviz.errors import ModelError

if TYPE_CHECKING:
    import torch


def tensors(path: Path, example: str, inside: str = "") -> "dict[str, torch.Tensor]":
    """Read a table of tensors written by `torch.save`; nothing in the file is run.

    Args:
        path: of the file.
        example: a file of the layout, for the message.
        inside: the key under which the table lies, "" where the file is the table.

    Raises:
        ModelError: it cannot be read safely, or is no table of tensors.
    """
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise ModelError(f"{path} cannot be read as tensors alone ({said}); give the file as it was published.") from error
    if inside and isinstance(state, dict):
        state = state.get(inside, state)
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ModelError(f"{path} is no table of tensors; give a state dict such as {example}.")
    return state


def renamed(state: "Mapping[str, torch.Tensor]", names: Mapping[str, str], path: Path, example: str) -> "dict[str, torch.Tensor]":
    """Give tensors our names, in float32.

    Args:
        state: by their names in the file.
        names: beginning of a name there -> here; the longest that fits is taken.
        path, example: for the message.

    Raises:
        ModelError: a name begins as none does.
    """
    made = {}
    for name, tensor in state.items():
        start = max((start for start in names if name.startswith(start)), key=len, default=None)
        if start is None:
            raise ModelError(f"{path} has {name}, which is no part of the model's pre-training; give a file such as {example}.")
        made[names[start] + name.removeprefix(start)] = tensor.float()
    return made


def compare(expected: "Mapping[str, torch.Tensor]", state: "Mapping[str, torch.Tensor]", path: Path, example: str) -> None:
    """See that a file has the tensors a model of its sizes has, of their shapes, and no others.

    Raises:
        ModelError: it has not.
    """
    faults = [f"lacks {name}" for name in expected if name not in state]
    faults += [f"has {name}, which there is no place for" for name in state if name not in expected]
    faults += [
        f"has {name} of {tuple(state[name].shape)}, its other sizes ask for {tuple(shape.shape)}"
        for name, shape in expected.items()
        if name in state and state[name].shape != shape.shape
    ]
    if faults:
        more = f" ({len(faults) - 1} faults more)" if len(faults) > 1 else ""
        raise ModelError(f"{path} {faults[0]}{more}; give a file such as {example}.")


def write(
    model_class: type, config: Any, state: "Mapping[str, torch.Tensor]", tokenizer: Any, *, path: Path, folder: Path, example: str
) -> None:
    """Write a file's tensors as a model of ours, with its tokenizer.

    Args:
        model_class, config: of the model.
        state: the file's tensors by our names.
        tokenizer: Hugging Face's, with as many tokens as the checkpoint has vectors.
        path: of the file, for messages.
        folder: made if absent.
        example: a file of the layout, for messages.

    Raises:
        ModelError: the tokenizer is another model's, or the tensors are not those of the sizes in `config`.
    """
    import torch

    if len(tokenizer) > config.text_config.vocab_size:
        sizes = f"{len(tokenizer)} tokens, {path} {config.text_config.vocab_size}"
        raise ModelError(f"The tokenizer has {sizes}; give the one the checkpoint was trained with.")
    with torch.device("meta"):
        expected = model_class(config).state_dict()
    compare(expected, state, path, example)
    model = model_class(config)
    model.load_state_dict(state)
    model.save_pretrained(folder)
    tokenizer.model_max_length = config.text_config.max_position_embeddings
    tokenizer.save_pretrained(folder)


def vocabulary(path: Path, model: str) -> dict[str, int]:
    """Read a BERT's `vocab.txt`, one token a line.

    Raises:
        ModelError: there is none; `model` says whose it should be.
    """
    if not path.is_file():
        raise ModelError(f"There is no {path}; give the vocab.txt of {model}.")
    return {piece: number for number, piece in enumerate(piece for piece in path.read_text("utf-8").split("\n") if piece)}
