"""Widgets of our own: one constant template, a script and a payload each.

A payload is one string of JSON in `props.value`; the script builds its nodes with `textContent`, so what a visitor typed
never meets a template or a tag. Each is made by a function, not by a subclass.
"""

from pathlib import Path

import gradio as gr

STATIC = Path(__file__).parent / "static"
TEMPLATE = '<div class="mm"></div>'
#: Styles of the page and of all widgets.
STYLES = (STATIC / "page.css", STATIC / "overlay.css")


def overlay(value: str) -> gr.HTML:
    """Words above, the picture with its map below."""
    return _widget("mm-overlay", value, "kit.js", "words.js", "stage.js", "overlay.js")


def side(value: str) -> gr.HTML:
    """The score and what to mind."""
    return _widget("mm-side", value, "kit.js", "side.js")


def examples(value: str) -> gr.HTML:
    """Pictures to choose from; the event `choose` carries the `index`."""
    return _widget("mm-examples", value, "kit.js", "examples.js")


def bar(value: str) -> gr.HTML:
    """The top bar; the event `language` carries the `language`."""
    return _widget("mm-bar", value, "kit.js", "bar.js")


def script(file: str) -> str:
    """Read one of the page's scripts."""
    return (STATIC / file).read_text("utf-8")


def _widget(name: str, value: str, *scripts: str) -> gr.HTML:
    code = "\n".join(script(file) for file in scripts)
    return gr.HTML(value, html_template=TEMPLATE, js_on_load=code, apply_default_css=False, elem_id=name)
