"""From a folder to a model that runs: weights, tokenizer and image processor, checked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmviz.errors import ModelError
from mmviz.models import folders, sharing
from mmviz.models.folders import Place
from mmviz.registry import Family


@dataclass(frozen=True)
class Checkpoint:
    """A model that runs.

    Attributes:
        name: as asked for.
        id: name and short hash or revision of the very weights.
        family: who knows how to use it.
        model, tokenizer, image_processor, config: Hugging Face's objects, or what the family has in their place; weights are frozen.
        device: "cpu", "cuda" or "mps".
        dtype: of the weights in memory: "float32", or "float16" for public models under CUDA.
        bundled: it came with mmviz and knows drawn scenes only.
        card: what a bundled model says of itself (`things`, `languages`, `figures`), or {}.
    """

    name: str
    id: str
    family: Family
    model: Any
    tokenizer: Any
    image_processor: Any
    config: Any
    device: str
    dtype: str
    bundled: bool
    card: dict[str, Any]

    @property
    def memory(self) -> int:
        """Bytes of all weights and buffers."""
        tensors = [*self.model.parameters(), *self.model.buffers()]
        return sum(t.numel() * t.element_size() for t in tensors)


def load(place: Place, device: str) -> Checkpoint:
    """Load a model onto a device, in float32 (public models under CUDA: float16), with eager attention.

    Args:
        place: where its files are.
        device: "cpu", "cuda" or "mps".

    Raises:
        ModelError: a file is missing, damaged, or does not fit the others; or only pickled weights are there.
    """
    weights = folders.check_files(place)
    for path in weights:
        _check_header(path, place)
    dtype = "float16" if device == "cuda" and not place.bundled else "float32"
    model = _load_model(place, device, dtype)
    tokenizer, image_processor = _load_processors(place)
    checkpoint = Checkpoint(
        name=place.name,
        id=folders.identity(place),
        family=place.family,
        model=model,
        tokenizer=tokenizer,
        image_processor=image_processor,
        config=model.config,
        device=device,
        dtype=dtype,
        bundled=place.bundled,
        card=place.card,
    )
    try:
        place.family.functions.get("check", lambda _: None)(checkpoint)
    except _unfit() as error:
        raise ModelError(f"{place.name} cannot be used from {place.folder}: {_first_line(error)}") from error
    return checkpoint


def _check_header(path: Path, place: Place) -> None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np"):
            pass
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        raise ModelError(
            f"{path.name} of {place.name} is damaged or cut short ({size:,} bytes); {folders.remedy(place)}."
        ) from error


def _load_model(place: Place, device: str, dtype: str) -> Any:
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        model, found = sharing.read(
            _model_class(place),
            place.folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            attn_implementation="eager",
            dtype=getattr(torch, dtype),
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
        _check_weights(model, found, place)
        return model.to(device).eval().requires_grad_(False)
    except torch.OutOfMemoryError:
        raise  # the lease falls back on the CPU
    except _unfit() as error:
        raise ModelError(f"{place.name} cannot be loaded from {place.folder}: {_first_line(error)}") from error


def _model_class(place: Place) -> Any:
    """Ask the family which class reads the folder; without an answer Transformers knows by itself."""
    from transformers import AutoConfig, AutoModel

    if "own_classes" in place.family.functions:
        config_class, model_class = place.family.functions["own_classes"]()
        AutoConfig.register(config_class.model_type, config_class, exist_ok=True)  # tokenizers ask for it too
        return model_class
    chosen = place.family.functions.get("model_class")
    if chosen is None:
        return AutoModel
    return chosen(AutoConfig.from_pretrained(place.folder, local_files_only=True, trust_remote_code=False))


def architecture(config: Any, known: tuple[str, ...]) -> type:
    """Find the class of Transformers a config names among those a family knows; the first where it names none.

    Raises:
        ModelError: it names another.
    """
    import transformers

    named = (config.architectures or known[:1])[0]
    if named not in known:
        wanted = " or ".join(known)
        raise ModelError(f"{config.name_or_path} is a {named}; what is read here is {wanted}. Choose another checkpoint.")
    return getattr(transformers, named)


def _check_weights(model: Any, found: dict[str, Any], place: Place) -> None:
    """Refuse weights that are absent, left over, of other sizes, or no numbers."""
    import torch

    mismatched = [f"{name} is {tuple(has)}, config.json says {tuple(says)}" for name, has, says in found["mismatched_keys"]]
    faults = {
        "lacks": sorted(found["missing_keys"]),
        "has, and the model does not know,": sorted(k for k in found["unexpected_keys"] if not k.endswith("position_ids")),
        "does not fit:": sorted(mismatched),
        "holds values that are no numbers in": [n for n, p in model.named_parameters() if not torch.isfinite(p).all()],
    }
    for fault, names in faults.items():
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise ModelError(f"{folders.WEIGHTS} of {place.name} {fault} {names[0]}{more}; {folders.remedy(place)}.")


def _load_processors(place: Place) -> tuple[Any, Any]:
    from transformers import AutoTokenizer

    if "processors" in place.family.functions:
        return place.family.functions["processors"](place)
    offline = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(place.folder, **offline)
        if not tokenizer.is_fast:
            raise ModelError(f"The tokenizer of {place.name} gives no places in the text; save it with tokenizer.json.")
    except _unfit() as error:
        raise ModelError(f"The tokenizer of {place.name} cannot be read from {place.folder}: {_first_line(error)}") from error
    return tokenizer, image_processor(place)


def image_processor(place: Place) -> Any:
    """Read a model's image processor.

    Raises:
        ModelError: it cannot be read.
    """
    from transformers import AutoImageProcessor

    try:
        # Pillow's resizing on every machine; where torchvision is installed its own would give other pixels.
        return AutoImageProcessor.from_pretrained(place.folder, backend="pil", local_files_only=True, trust_remote_code=False)
    except _unfit() as error:
        raise ModelError(
            f"The image processor of {place.name} cannot be read from {place.folder}: {_first_line(error)}"
        ) from error


def _unfit() -> tuple[type[Exception], ...]:
    """Name what Transformers raises on files that are damaged or do not fit together."""
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError

    plain = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, ArithmeticError, AssertionError)
    return (*plain, SafetensorError, StrictDataclassError)


def _first_line(error: BaseException) -> str:
    if type(error).__name__.startswith("StrictDataclass") and error.__cause__:
        error = error.__cause__  # its own first line only names the field
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[0][:200].rstrip(".") + "."
