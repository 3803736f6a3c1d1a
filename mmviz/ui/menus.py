"""What the menus offer: models, methods, targets, in the visitor's language."""

from typing import Any

from mmviz import pipeline
from mmviz.axes import KeyKind
from mmviz.errors import ModelError
from mmviz.registry import families, methods
from mmviz.results import Alignment
from mmviz.ui import truth_words, words


def known_model(name: str) -> Any:
    """Find a model that visitors may use, bundled or one of the public ones on offer.

    Returns:
        Its row of `pipeline.models()`.

    Raises:
        ModelError: anything else, folders of the server above all.
    """
    offered = pipeline.models()
    found = next((info for info in offered if info.name == name), None)
    if found is None:
        raise ModelError(f'There is no model "{name}" on this page; there are: {", ".join(i.name for i in offered)}.')
    return found


def default_model() -> str | None:
    """Name the bundled model to begin with, or None where there is none."""
    ready = [info.name for info in pipeline.models() if info.source == "bundled" and info.ready]
    return pipeline.DEFAULT_MODEL if pipeline.DEFAULT_MODEL in ready else next(iter(ready), None)


def model_choices(language: str) -> list[tuple[str, str]]:
    """List (label, name) of all models on offer."""
    rows = ((info.title, info.name, info.ready) for info in pipeline.models())
    return [(title if ready else words.say("absent", language, title=title), name) for title, name, ready in rows]


def model_note(name: str | None, language: str) -> str:
    """Say what a model is good for, where it is chosen."""
    info = next((info for info in pipeline.models() if info.name == name), None)
    if info is None:
        return words.say("no_model", language)
    if info.source == "public":
        size = next(size for known, _, size in public_models() if known == name)
        return words.say("model_public", language, title=info.title, size=f"{size:,}")
    things = info.card.get("things")
    facts = {"title": info.title, "public": public_advice(info.family, language, 1)}
    if not things:
        return words.say("model_bundled_plain", language, **facts)
    return words.say("model_bundled", language, things=len(things) if isinstance(things, list) else things, **facts)


def other_model(model: str) -> str | None:
    """Name another model of the same kind that is ready and compares texts, the default before others; None without one."""
    own = known_model(model)
    able = [
        i.name for i in pipeline.models() if i.ready and i.source == own.source and i.name != model and pipeline.ways_of(i.name)
    ]
    return pipeline.DEFAULT_MODEL if pipeline.DEFAULT_MODEL in able else next(iter(able), None)


def rival_choices(alignment: Alignment, language: str) -> list[tuple[str, str]]:
    """List (label, name) of the other models that can be asked the same: by the same method, under the same target."""
    return [(label, name) for label, name in model_choices(language) if name != alignment.model and _can_answer(name, alignment)]


def _can_answer(model: str, alignment: Alignment) -> bool:
    return alignment.method in [entry.name for entry in pipeline.methods_under(model, alignment.target)]


def way_choices(model: str | None, language: str) -> list[tuple[str, str]]:
    """List (label, way) how a model compares whole texts and pictures, the cheap way first."""
    ways = pipeline.ways_of(known_model(model).name) if model else ()
    return [(words.say(f"by_{way}", language), way) for way in ways]


def way(model: str, asked: str | None) -> str:
    """Settle how a model compares: as was asked where it can, else the first way it has, or "" without any."""
    ways = pipeline.ways_of(known_model(model).name)
    return asked if asked in ways else next(iter(ways), "")


def public_models() -> list[tuple[str, str, int]]:
    """List the public models on offer: name, title, megabytes."""
    return [(f"{e.name}:{known}", title, size) for e in families for known, title, size in families[e.name].public]


def public_advice(family: str, language: str, count: int = 2) -> str:
    """Name the first public models with their sizes, those of a family before others."""
    ordered = sorted(public_models(), key=lambda known: not known[0].startswith(f"{family}:"))
    named = (words.say("public_size", language, title=title, size=f"{size:,}") for _, title, size in ordered[:count])
    return words.say("or", language).join(named)


def method_choices(model: str | None, language: str) -> list[tuple[str, str]]:
    """List (label, name) of the methods a model can serve: as `Truth.ranking` has them, then those that were not measured.

    A label says how often a method pointed right, where that was measured of these weights.
    """
    if model is None:
        return [(method_title(entry.name, language), entry.name) for entry in methods]
    truth, served = pipeline.truth_of_methods(model), [entry.name for entry in pipeline.methods_of(model)]
    titles = {name: method_title(name, language) for name in served}
    for name in truth.ranking:
        share = truth_words.percent(truth.figures[name]["pointing"])
        titles[name] = truth_words.say("hits", language, title=method_title(name, language), share=share)
    ordered = dict.fromkeys([*(name for name in truth.ranking if name in served), *served])
    return [(titles[name], name) for name in ordered]


def default_method(model: str | None) -> str:
    """Name the method to begin with: `pipeline.best_method`."""
    return pipeline.best_method(model).method if model else pipeline.DEFAULT_METHOD


def served_method(model: str, method: str) -> str:
    """Name a method of the model: the one that was asked for where the model serves it, else the one to begin with.

    A method that there is not is left for the pipeline to refuse.
    """
    known = [entry.name for entry in methods]
    return method if method not in known or method in [e.name for e in pipeline.methods_of(model)] else default_method(model)


def served_target(model: str, method: str, target: str | None) -> str | None:
    """Name the target that was asked for where method and model have it, else None, for the first they share.

    A target that there is not is left for the pipeline to refuse.
    """
    return None if target in pipeline.TARGETS and target not in pipeline.targets_of(model, method) else target or None


def method_title(name: str, language: str) -> str:
    """Give a method's title, in Chinese where it has one."""
    key = f"title_{name}"
    return words.say(key, language) if key in words.TEXTS else methods[name].title


def method_note(name: str, language: str, columns: KeyKind = "patch") -> str:
    """Say in a sentence what a method does, of maps with such columns."""
    key = f"method_{name}"
    return words.say(key, language, columns) if key in words.TEXTS else methods[name].summary


def method_info(model: str | None, method: str, language: str) -> str:
    """Say what a method does and how the menu came by its order, with a way to the figures; Markdown."""
    if model is None:
        return method_note(method, language)
    note = method_note(method, language, pipeline.columns_of(model))
    truth, best, title = pipeline.truth_of_methods(model), pipeline.best_method(model), known_model(model).title
    name, facts = {"none": "menu_none", "old": "menu_old", "measured": "menu_order"}[truth.state], {"model": title}
    if best.measured and method == best.method:
        name = "menu_quick" if best.slower else "menu_best"
        facts["slower"] = method_title(best.slower, language) if best.slower else ""
    link = f"[{truth_words.say('menu_link', language)}](#methods)"
    return f"{note} {truth_words.say(name, language, **facts)} {link}"


def target_choices(model: str | None, method: str, language: str) -> list[tuple[str, str]]:
    """List (label, target) a method can have with a model, the default first."""
    targets = pipeline.targets_of(model, method) if model else methods[method].targets[:1]
    return [(words.say(f"target_{target}", language), target) for target in targets]


def number_choices(model: str | None, method: str, option: str, target: str | None = None) -> list[tuple[str, str]]:
    """List (label, number) of the layers or heads a method takes with a model under a target, from 0; none where it takes none."""
    if model is None or not takes(method, option):
        return []
    counts = dict(zip(("layers", "heads"), pipeline.depth_of(model, target), strict=True))
    return [(str(number), str(number)) for number in range(counts[option])]


def takes(method: str, option: str) -> bool:
    """Tell whether a method has an option."""
    return option in methods[method].options
