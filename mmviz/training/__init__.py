"""The scripts that train the bundled models."""

import importlib
import inspect
from pathlib import Path
from typing import Any

from mmviz.errors import ModelError, UnknownName


def run(name: str, seed: int, minutes: float | None = None, start: Path | None = None) -> dict[str, Any]:
    """Run one training script.

    Args:
        name: of the model it makes.
        seed: of everything random.
        minutes: of processor time; None for the script's own number.
        start: folder of a trained checkpoint to go on from; None to begin as the script says.

    Returns:
        The model's figures.

    Raises:
        UnknownName: no script makes that model.
        ModelError: the script cannot go on from a checkpoint.
    """
    scripts = sorted(
        f.stem.replace("_", "-") for f in Path(__file__).parent.glob("*.py") if "\ndef main(" in f.read_text("utf-8")
    )
    if name not in scripts:
        raise UnknownName("training script", name, scripts)
    script = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    said = {"minutes": minutes, "start": start}
    if start and "start" not in inspect.signature(script.main).parameters:
        raise ModelError(f'Training {name} cannot go on from "{start}", it begins with the backbone; leave --start out.')
    return script.main(seed=seed, **{k: v for k, v in said.items() if v is not None})
