"""How true each method was measured to be, and which one a model begins with."""

from dataclasses import dataclass

from mmviz.errors import ModelError, UnknownName
from mmviz.pipeline.doors import methods_of, models
from mmviz.pipeline.judging import CHEAP
from mmviz.registry import methods
from mmviz.trusts import Skill, Skills, Truth, Truths

#: The method to begin with where nothing was measured.
DEFAULT_METHOD = "relevance"


@dataclass(frozen=True)
class Best:
    """The method a model begins with.

    Attributes:
        method: its name.
        measured: it was chosen by what was measured of the very weights that are here.
        slower: a method that was measured to be truer and takes many passes, or "".
    """

    method: str
    measured: bool = False
    slower: str = ""


def truth_of_methods(model: str) -> Truth:
    """Tell how true a model's methods were measured to be.

    Args:
        model: a name of `mmviz list models`.

    Returns:
        Its figures, of registered methods alone; none for a model that was not measured, as public ones are not.
    """
    from mmviz.storage import truth

    found = truth.measured().get(model, {})
    known = {entry.name for entry in methods}
    figures = {name: shares for name, shares in found.get("methods", {}).items() if name in known}
    facts = {name: found[name] for name in ("checkpoint", "target", "phrases", "chance") if name in found}
    return Truth(model, _present(model), **facts, figures=figures)


def truths() -> Truths:
    """Tell it of every bundled model that can run, measured or not."""
    return Truths(tuple(truth_of_methods(info.name) for info in models() if info.source == "bundled" and info.ready))


def skills() -> Skills:
    """Tell how often every bundled model that can run was right on fresh drawn scenes, as `mmviz evaluate` wrote it, and what a pair costs it."""
    from mmviz.models import folders
    from mmviz.storage import costs
    from mmviz.storage import skills as kept

    names = [info.name for info in models() if info.source == "bundled" and info.ready]
    found = {name: kept.measured(folders.find(name).folder / folders.FIGURES) for name in names}
    taken, present = costs.measured(), {name: _present(name) for name in names}
    own = {name: times for name, (checkpoint, times) in taken.items() if checkpoint == present.get(name)}
    return Skills(tuple(Skill(name, present[name], *found[name], costs=own.get(name, {})) for name in names))


def best_method(model: str) -> Best:
    """Choose the method a model begins with: the truest of those that take no passes of their own, by `Truth.ranking`.

    One that hides patches one after the other, or fades the picture in, may be truer and costs many times more: it is named, not
    begun with. Where nothing was measured of these weights it is "relevance", or the first the model can serve.
    """
    served = [entry.name for entry in methods_of(model)]
    ranking = [name for name in truth_of_methods(model).ranking if name in served]
    quick = next((name for name in ranking if is_quick(name)), None)
    if quick is None:
        return Best(DEFAULT_METHOD if DEFAULT_METHOD in served else served[0])
    return Best(quick, True, ranking[0] if ranking[0] != quick else "")


def _present(model: str) -> str:
    from mmviz.models import checkpoints

    try:
        return checkpoints.identity(model)
    except (ModelError, UnknownName):  # whoever runs it is told
        return ""


def is_quick(method: str) -> bool:
    """Tell whether a method draws every map of a pair without passes of its own."""
    return methods[method].needs <= CHEAP
