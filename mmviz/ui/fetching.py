"""The panel that fetches a public model: size, licence and place first, then with progress, stopped when asked."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr

from mmviz import pipeline, ui
from mmviz.errors import ModelError
from mmviz.ui import chinese, fetching_words, menus, reading, words
from mmviz.ui.anew import Anew
from mmviz.ui.boundary import shows_errors
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Cancelled, Progress, Step, steps

#: The page is told of progress once for each such part of the whole.
PART = 0.005


def wire(panel: gr.HTML, model: gr.Dropdown, others: list[gr.Dropdown], language: gr.BrowserState, public: bool) -> Anew:
    """Wire the panel.

    Args:
        panel: the widget, seen while the chosen model is a public one that is not here.
        model: the menu in which it is chosen.
        others: further menus of models, to which a fetched one is ready too.
        language: the visitor's language.
        public: strangers may come: they fetch nothing.

    Returns:
        How the panel begins anew.
    """
    offered = gr.State(None)

    def show(model, language):
        return begin(model, language, public)

    def look(model, language):
        return ask(model, language, public)

    def take(offered, language):
        yield from get(offered, language, public)

    model.input(show, [model, language], panel, **PRIVATE)
    panel.ask_hub(look, [model, language], [offered, panel], **PRIVATE)
    running = panel.get_model(take, [offered, language], [panel, model, *others], **PRIVATE)
    panel.stop(None, cancels=[running], api_visibility="private", queue=False)
    return Anew(show, [model, language], [panel])


@shows_errors
def begin(model: str | None, language: str, public: bool) -> dict[str, Any]:
    """Show the panel where the chosen model is a public one that is not here; the hub is not asked."""
    info = menus.known_model(model) if model else None
    if info is None or info.source != "public" or info.ready:
        return gr.update(value="", visible=False)
    return gr.update(value=payload(model, language, public=public), visible=True)


@shows_errors
def ask(model: str, language: str, public: bool) -> tuple[Any, str]:
    """Ask the hub for size and licence: what it offers, and the panel with it, or with why it could not be asked."""
    _check_open(model, language, public)
    try:
        offered = pipeline.offer(model, online=ui.KEEPS_OFFLINE)
    except ModelError as error:
        return None, payload(model, language, trouble=error)
    return offered, payload(model, language, offered)


@shows_errors
def get(offered: Any, language: str, public: bool) -> Iterator[tuple[Any, ...]]:
    """Fetch what the hub offered: the panel while it comes, and at the end with all menus of models, in which it is ready."""
    if offered is None:
        raise gr.Error(fetching_words.say("ask", language), print_exception=False)
    _check_open(offered.model, language, public)
    told = -PART

    def work(progress: Progress, cancelled: Cancelled) -> Any:
        return pipeline.fetch(offered, progress, cancelled, online=ui.KEEPS_OFFLINE)

    try:
        for found in steps(work):
            share = found.done / max(1, found.total) if isinstance(found, Step) else 1.0
            if isinstance(found, Step) and share >= told + PART:
                told = share
                yield payload(offered.model, language, offered, step=found), gr.skip(), gr.skip()
    except ModelError as error:
        yield payload(offered.model, language, trouble=error), gr.skip(), gr.skip()
        return
    menu = gr.update(choices=menus.model_choices(language))
    yield payload(offered.model, language, ready=True), menu, menu


def payload(
    model: str,
    language: str,
    offered: Any = None,
    *,
    step: Step | None = None,
    trouble: ModelError | None = None,
    ready: bool = False,
    public: bool = False,
) -> str:
    """Write the panel.

    Args:
        model: a public one.
        language: "en" or "zh".
        offered: what the hub said, as `pipeline.offer` gives it, or None before it was asked.
        step: how far the download is, in bytes.
        trouble: why it could not go on.
        ready: it is all there.
        public: strangers may come.
    """
    say, title = partial(fetching_words.say, language=language), menus.known_model(model).title
    if ready:
        return reading.written({"ready": say("ready", title=title, show=words.say("show", language))})
    closed = say("closed", command=pipeline.fetch_command(model)) if public else ""
    button = {"event": "ask_hub", "text": say("ask")}
    if offered is not None:
        button = {"event": "get_model", "text": say("get", left=megabytes(offered.missing))}
    return reading.written(
        {
            "title": say("title", title=title),
            "facts": _facts(model, offered, language),
            "button": None if closed else button,
            "note": closed or say("ask_note" if offered is None else "stopped_note"),
            "busy": "" if step is None else say("busy", done=megabytes(step.done), total=megabytes(step.total)),
            "share": None if step is None else step.done / max(1, step.total),
            "trouble": _trouble(model, trouble, language),
            "words": {name: say(name) for name in ("stop", "asking")},
        }
    )


def megabytes(count: int) -> str:
    """Write a count of bytes in MB, those of a million bytes; below 10 with two digits."""
    size = count / 1e6
    return f"{size:,.0f} MB" if size >= 10 or size == 0 else f"{size:.2g} MB"


def _facts(model: str, offered: Any, language: str) -> list[list[str]]:
    """List what is known of the model: where it is, its size, its licence, where it will be kept."""
    say = partial(fetching_words.say, language=language)
    about = next(size for known, _, size in menus.public_models() if known == model)
    size, licence = say("about_size", size=f"{about:,} MB"), say("licence_unasked")
    if offered is not None:
        left = say("size_left", size=megabytes(offered.size), left=megabytes(offered.missing))
        size = left if offered.missing < offered.size else megabytes(offered.size)
        licence = offered.licence or say("licence_none")
    values = {"repository": model.partition(":")[2], "size": size, "licence": licence, "folder": str(pipeline.fetched_to())}
    return [[say(name), value] for name, value in values.items()]


def _trouble(model: str, trouble: ModelError | None, language: str) -> list[str]:
    """Say what went wrong, and what can be done without the hub."""
    if trouble is None:
        return []
    facts = {"command": pipeline.fetch_command(model), "folder": pipeline.fetched_to(), "family": model.partition(":")[0]}
    said = chinese.said(str(trouble)) if language == "zh" else str(trouble)
    return [said, fetching_words.say("ways", language, **facts)]


def _check_open(model: str, language: str, public: bool) -> None:
    """See that a visitor may fetch a model: one of those on offer, and not on a page for strangers.

    Raises:
        gr.Error: strangers may come.
        ModelError: the model is none of those on offer, or a bundled one.
    """
    if public:
        said = fetching_words.say("closed", language, command=pipeline.fetch_command(model))
        raise gr.Error(said, title=words.say("error_title", language), print_exception=False)
    if menus.known_model(model).source != "public":
        raise ModelError(f"{model} came with mmviz; there is nothing to fetch.")
