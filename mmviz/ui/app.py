"""The page: built, guarded and served."""

import logging
import os
import threading
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from mmviz import pipeline
from mmviz.errors import MmvizError
from mmviz.ui import (
    against,
    anew,
    api,
    ending,
    examples,
    fetching,
    film,
    guard,
    heads,
    kept,
    matrix,
    menus,
    modules,
    multiples,
    pair,
    panels,
    preload,
    probing,
    quietly,
    rooms,
    space,
    speech,
    speech_work,
    trusting,
    truth,
    versus,
    widgets,
    words,
)
from mmviz.ui.anew import Anew

log = logging.getLogger("mmviz")
#: Visitors who may wait in line: at home, and on a page open to strangers.
LINE, PUBLIC_LINE = 40, 20
#: Uploads are looked through every hour and removed after a day.
CLEAN_UP = (3600, 86400)


def build(device: str = "auto", public: bool = False) -> gr.Blocks:
    """Lay out the page; `device` and `public` as of `launch`."""
    with gr.Blocks(title="mmviz", fill_width=True, analytics_enabled=False, delete_cache=CLEAN_UP) as demo:
        language = gr.BrowserState("", storage_key="mmviz-language", secret="mmviz")
        bar = widgets.bar(widgets.bar_payload(words.DEFAULT, ""))
        files = widgets.saver()
        closed = rooms.close(files)
        one, many, plane, spoken = pair.build(), matrix.build(), space.build(), speech.build()
        watched, methods = film.build(), truth.build()
        rooms.opens(demo.load, (*one.rest, *closed), "rest.js")
        events = pair.wire(one, demo, bar, files, language, device)
        opened, comparing = matrix.wire(many, one, demo, bar, files, language, device)
        widgets.ends_with(opened, widgets.ended("running", "opened"))
        on_map, from_map = space.wire(plane, (one, many), demo, bar, (files, language, device))
        ending.newest([(plane.chosen.compare, from_map)], comparing)
        ending.newest([(many.go.click, None), (many.sets.choose, None), (many.stop.click, None)], [from_map])
        widgets.ends_with(on_map, widgets.ended("running", "on_map"))
        changed, taken, tried = panels.wire_changes(one, language)
        fetched = fetching.wire(one.fetching, one.inputs.model, [many.model], language, public)
        picked, beside = _wire_panels(one, [*events, opened, on_map], ([changed, taken], fetched), files, language)
        shown, chosen, _, _, phrase = events
        answers = ending.Answers(shown, chosen, phrase, opened, on_map, changed, taken, *picked)
        ending.wire(one, bar, (many.cells, plane.plane), answers, [*tried, *beside])
        speech.wire(spoken, bar, files, language)
        film.wire(watched, bar, files, language, device)
        truth.wire(methods, bar, files, language)
        api.build(device)
        widgets.ends_others_first(demo)
    return demo


def _wire_panels(
    one: pair.Pair, answers: list[Any], also: tuple[list[Any], Anew], files: gr.HTML, language: gr.BrowserState
) -> tuple[list[Any], list[Any]]:
    """Wire what stands beside an answer, and let it begin anew whenever there is another one.

    Args:
        one: the pair tab.
        answers: events that give an answer or say it in another language, but for those of panels.
        also: the events of the panel of words and of a text that a model said, which give one too; and how the panel of a model
            that is not here begins anew.
        files: takes what is written out.
        language: the visitor's language.

    Returns:
        The events by which the overviews give an answer, and all work that takes long.
    """
    changed, fetched = also
    (maps, drawn, picked), (ranks, tested, picked_head) = (view.wire(one, language) for view in (multiples, heads))
    shown = [one.answer.overlay, one.answer.table]
    trust, judging = trusting.wire(one.trust, one.answer.seen, shown, files, language)
    (asking, rest, why), (looks, looking) = panels.wire(one, language), probing.wire(one, language)
    other, opposing = versus.wire(one, files, language)
    always, overviews = [trust, looks, other], [picked, picked_head]
    for event in answers:
        anew.wire(event, [fetched, maps, ranks, asking, *always])
    for event in changed:
        anew.wire(event, [maps, ranks, rest, *always])
    for event in overviews:
        anew.wire(event, [asking, *always])
    weighed = against.wire(one, [*answers, *changed, *overviews], language)
    return overviews, [drawn, tested, *weighed, judging, why, looking, opposing]


def launch(host: str = "127.0.0.1", port: int = 7860, public: bool = False, device: str = "auto") -> None:
    """Serve the page until interrupted.

    Args:
        host, port: where to listen; port 0 takes any that is free.
        public: strangers may come: a shorter line, no pages about the API, and nothing they ask is kept on disk, and they fetch no models.
        device: where models run: "auto", "cpu", "cuda" or "mps".

    Raises:
        MmvizError: the address or port cannot be had.
    """
    if public:
        os.environ["MMVIZ_KEEP_RESULTS"] = "0"
    demo = build(device, public)
    demo.queue(max_size=PUBLIC_LINE if public else LINE, default_concurrency_limit=2)
    docs = {"docs_url": None, "redoc_url": None, "openapi_url": None} if public else {}
    try:
        _, url, _ = demo.launch(
            server_name=host,
            server_port=port or None,
            share=False,
            ssr_mode=False,
            run_history=False,
            prevent_thread_lock=True,
            quiet=True,
            max_file_size=guard.max_upload(public),
            footer_links=[] if public else ["api"],
            app_kwargs={"middleware": _middleware(demo, public), "routes": modules.routes(), **docs},
            theme=_theme(),
            head=widgets.HEAD,
            favicon_path=modules.STATIC / "icon.svg",
        )
    except OSError as error:
        raise MmvizError(
            f"The page cannot listen on {host} port {port}; end what listens there, or give another --port."
        ) from error
    print(f"mmviz is at {url} (Ctrl+C ends it)", flush=True)
    threading.Thread(target=_warm, args=(device,), daemon=True).start()
    demo.block_thread()


def _middleware(demo: gr.Blocks, public: bool) -> list[Middleware]:
    """Refuse what the page has no use for, keep the front end's files in memory, and say at once which of them it will ask for."""

    def first() -> list[str]:
        return [f"theme.css?v={demo.theme_hash}", modules.address(modules.SHEET), modules.address(modules.PAGE)]

    return [
        Middleware(guard.NoAddresses, public=public),
        Middleware(kept.Kept),
        Middleware(preload.Preload, kinds=preload.seen(demo), first=first),
    ]


def _warm(device: str) -> None:
    """Load the first model while the page is on its way to the first visitor."""
    model = menus.default_model()
    if model is None:
        return
    try:
        first = examples.examples()[0]
        pipeline.align(first.text, first.path, model=model, method=menus.default_method(model), device=device)
    except MmvizError as error:  # the visitor who asks for it reads this sentence
        log.warning("%s", error)
    quietly.begin(lambda: space.warm(device))
    quietly.begin(speech_work.warm)


def _theme() -> gr.themes.Base:
    """Greys and one accent; the system's own type, so that nothing is fetched."""
    sans, mono = ["system-ui", "sans-serif"], ["ui-monospace", "monospace"]
    theme = gr.themes.Default(primary_hue="blue", neutral_hue="gray", radius_size="sm", font=sans, font_mono=mono)
    return theme.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        block_shadow="none",
        block_border_width="1px",
    )
