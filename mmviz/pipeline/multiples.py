"""One unit's map many times over: by every method under one target, or layer by layer."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.errors import MethodError
from mmviz.pipeline.doors import depth_of, methods_of, read_image, read_text, targets_of
from mmviz.pipeline.judging import CHEAP, Case
from mmviz.pipeline.pairs import align_many
from mmviz.pipeline.vectors import Watch
from mmviz.registry import Entry, methods
from mmviz.results import Alignment, Target
from mmviz.samples import Text
from mmviz.trust.evidence import strengths, weights
from mmviz.trust.ranks import ranks_of

if TYPE_CHECKING:
    from mmviz.pipeline.doors import Picture


def methods_under(model: str, target: Target, options: Sequence[str] = ()) -> list[Entry]:
    """List the methods a model can serve under a target, of those only the ones that take all of some options."""
    able = [entry for entry in methods_of(model) if target in targets_of(model, entry.name)]
    return [entry for entry in able if set(options) <= set(entry.options)]


def by_methods(
    alignment: Alignment,
    text: str | Text,
    image: "Picture",
    *,
    device: str = "auto",
    store: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Alignment]:
    """Draw the same pair by every method that its model can serve under the same target.

    Methods that cost no pass of their own share one encoding; each of the others is one step.

    Args:
        alignment: what `align` gave for the same text and picture; its own method is not run again.
        text, image: that pair.
        device, store: as of `align`.
        progress: told (done, total) in methods, before every step and at the end.
        cancelled: asked at the same moments; True stops the work.

    Returns:
        One alignment a method, in the order of the registry, all of one target, with the defaults of their options; in the
        place of its own method the alignment that was given.

    Raises:
        ModelError: the model cannot be run.
        Stopped: `cancelled` said so.
    """
    case, watch = _case(alignment, text, image, device, store), Watch(progress, cancelled)
    able = [entry for entry in methods_under(alignment.model, alignment.target) if entry.name != alignment.method]
    together = [entry for entry in able if entry.needs <= CHEAP]
    found = {alignment.method: alignment}
    for part in (together, *([entry] for entry in able if not entry.needs <= CHEAP)):
        watch.step(len(found) - 1, len(able))
        names = [entry.name for entry in part]
        found |= dict(zip(names, _asked(case, [(name, {}) for name in names]), strict=True))
    watch.step(len(able), len(able))
    return [found[entry.name] for entry in methods if entry.name in found]


def by_layers(
    alignment: Alignment, method: str, text: str | Text, image: "Picture", *, device: str = "auto", store: bool = True
) -> list[Alignment]:
    """Draw the same pair by one method, once with each layer alone; one encoding serves all.

    Args:
        alignment: what `align` gave for the same text and picture; where it is of this method, its other options stay.
        method: one that takes layers and that the model can serve under the alignment's target.
        text, image: that pair.
        device, store: as of `align`.

    Returns:
        One alignment a layer, from the first on.

    Raises:
        MethodError: the method takes no layers, or does not go with model and target.
        ModelError: the model cannot be run, or does not say how many layers it has.
    """
    able = [entry.name for entry in methods_under(alignment.model, alignment.target, ("layers",))]
    if method not in able:
        way_out = f"choose from: {', '.join(able)}" if able else "choose another model"
        raise MethodError(f"{method} does not go layer by layer with {alignment.model}; {way_out}.")
    others = alignment.options if method == alignment.method else {}
    kept = {name: value for name, value in others.items() if name in methods[method].options and value is not None}
    layers, _ = depth_of(alignment.model, alignment.target)
    return _asked(
        _case(alignment, text, image, device, store), [(method, kept | {"layers": (layer,)}) for layer in range(layers)]
    )


def ranks(alignment: Alignment) -> np.ndarray:
    """Put the patches of every unit's map in order, which says the same of every method, whatever its scale.

    Returns:
        Shape (Q, K), from 0 for the weakest patch to 1 for the strongest; equals share the mean of their ranks.
    """
    most = max(1, len(alignment.key) - 1)
    return np.stack([(ranks_of(row) - 1) / most for row in strengths(alignment)])


def shares(alignment: Alignment) -> np.ndarray:
    """Give every patch its share of the weight of a unit's map.

    Returns:
        Shape (Q, K), >= 0; rows sum to 1, or to 0 where nothing in a map speaks for its unit.
    """
    found = weights(alignment)
    whole = found.sum(1, keepdims=True)
    return np.divide(found, whole, out=np.zeros_like(found), where=whole > 0)


def _case(alignment: Alignment, text: str | Text, image: "Picture", device: str, store: bool) -> Case:
    return Case(alignment, len(alignment.query) - 1, read_text(text), read_image(image), device, store)


def _asked(case: Case, requests: list[tuple[str, dict[str, Any]]]) -> list[Alignment]:
    if not requests:
        return []
    alignment = case.alignment
    said = {"model": alignment.model, "unit": case.unit, "target": alignment.target, "device": case.device, "store": case.store}
    return align_many(case.query, case.key, requests, **said)
