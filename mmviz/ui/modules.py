"""Scripts and styles of the page's widgets, fetched by the browser: scripts as modules, with the page those of what is seen first.

A bundle is one module that holds the widgets of a place of the page, each a function that mounts it. What widgets share stands in the
bundle once, outside of them: `kit.js`, and scripts that know nothing of the widget they draw for.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STATIC = Path(__file__).parent / "static"
#: What all widgets share.
KIT = "kit.js"


@dataclass(frozen=True)
class Bundle:
    """What one module is made of.

    Attributes:
        shared: scripts whose functions all its widgets may use, beside those of the kit.
        widgets: for every widget, by the name of the function that mounts it, the scripts it is made of.
    """

    shared: tuple[str, ...]
    widgets: dict[str, tuple[str, ...]]


#: What is seen first; what asks further about an answer; and one a tab.
PAGE, PANELS, MATRIX, MAP, FILM, METHODS = "page.js", "panels.js", "matrix_tab.js", "map_tab.js", "film_tab.js", "methods_tab.js"
BUNDLES = {
    PAGE: Bundle(
        ("maps.js", "stage.js", "zoom.js", "box.js"),
        {
            "overlay": ("words.js", "pinned.js", "overlay.js"),
            **{name: (f"{name}.js",) for name in ("bar", "fold", "saver", "examples", "sets", "table", "score", "side", "ask")},
        },
    ),
    PANELS: Bundle(
        ("maps.js", "stage.js", "zoom.js", "box.js"),
        {
            **{
                name: (f"{name}.js",)
                for name in ("why", "trust", "changes", "region", "multiples", "heads", "versus", "fetching")
            },
            "probes": ("boxed.js", "probing.js"),
        },
    ),
    MATRIX: Bundle(("canvas.js", "order.js"), {"cells": ("matrix.js",), "recall": ("recall.js",), "passes": ("passes.js",)}),
    MAP: Bundle(("points.js", "planes.js"), {"plane": ("space.js",), "chosen": ("chosen.js",), "facts": ("spacefacts.js",)}),
    FILM: Bundle((), {"film": ("film_graph.js", "film_matrix.js", "film_parts.js", "film.js"), "busy": ("film_busy.js",)}),
    METHODS: Bundle((), {"truth": ("glance.js", "truth.js")}),
}
#: Modules as they are written, each of which mounts one widget or is imported by one that does.
WRITTEN = ("speech.js", "speech_paint.js", "speech_panels.js", "speech_progress.js", "speech_batch.js")
#: The modules there are, and the one sheet with the styles of the page and of all widgets; nothing else is given.
MODULES = (KIT, *BUNDLES, *WRITTEN)
SHEET = "styles.css"
STYLES = (
    "page",
    "overlay",
    "matrix",
    "trust",
    "why",
    "truth",
    "fetching",
    "versus",
    "multiples",
    "probing",
    "space",
    "speech",
    "film",
)
#: Where the page's widgets stand, said so that it outweighs the classes of Gradio's own parts.
INSIDE = ".gradio-container.gradio-container .contain"


def routes() -> list[Route]:
    """Give the routes on which modules and the sheet are fetched: /mmviz/NAME."""
    return [Route("/mmviz/{name}", _serve, methods=["GET"])]


def loader(name: str, mount: str, events: tuple[str, ...]) -> str:
    """Write the script of a widget that fetches a module and lets it mount the widget.

    Args:
        name: a module.
        mount: the function of it.
        events: what the widget tells the page. Gradio knows an event by its quoted name in this script.
    """
    told = f"// It tells of {' '.join(map(_quoted, events))}.\n" if events else ""
    there = f"new URL({_quoted(address(name))}, document.baseURI).href"
    return f"{told}import({there}).then((made) => made.{mount}({{ element, props, watch, trigger }}));"


def address(name: str) -> str:
    """Give where a module or the sheet is fetched, beside the page; it changes with what the module says, so that a browser may keep it."""
    return f"mmviz/{name}?{_tag(name)}"


@lru_cache(maxsize=1)
def sheet() -> bytes:
    """Put the styles together: every rule as it is, and once more inside the page, where it outweighs Gradio's."""
    rules = "\n".join(script(f"{name}.css") for name in STYLES)
    return f"{rules}\n{INSIDE} {{\n{rules}\n}}\n".encode()


@lru_cache(maxsize=len(MODULES))
def module(name: str) -> bytes:
    """Read a module, or put a bundle together.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in MODULES:
        raise KeyError(name)
    if name in BUNDLES:
        return _bundled(BUNDLES[name]).encode("utf-8")
    code = script(name)
    return (code if name != KIT else f"{code}\nexport {{ {', '.join(_functions(code))} }};\n").encode("utf-8")


def script(file: str) -> str:
    """Read one of the page's scripts or styles."""
    return (STATIC / file).read_text("utf-8")


def _bundled(bundle: Bundle) -> str:
    """Put the shared scripts first, then a function a widget."""
    parts = [script(file) for file in (KIT, *bundle.shared)]
    for name, files in bundle.widgets.items():
        code = "\n".join(map(script, files))
        parts.append(f"export function {name}({{ element, props, watch, trigger }}) {{\n{code}\n}}\n")
    return "\n".join(parts)


def _functions(code: str) -> list[str]:
    return re.findall(r"^function (\w+)", code, re.MULTILINE)


def _quoted(text: str) -> str:
    return f'"{text}"'


@lru_cache(maxsize=len(MODULES) + 1)
def _tag(name: str) -> str:
    return hashlib.sha256(_file(name)).hexdigest()[:16]


def _file(name: str) -> bytes:
    return sheet() if name == SHEET else module(name)


async def _serve(request: Request) -> Response:
    """Give a module or the sheet, or say that the browser's copy is still the same; under its own address it may be kept for good."""
    name = request.path_params["name"]
    try:
        code = _file(name)
    except KeyError:
        return Response("Not here.\n", 404, media_type="text/plain")
    tag = _quoted(_tag(name))
    kept = "public, max-age=31536000, immutable" if request.url.query == _tag(name) else "no-cache"
    headers = {"ETag": tag, "Cache-Control": kept}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(code, media_type="text/css" if name == SHEET else "text/javascript", headers=headers)
