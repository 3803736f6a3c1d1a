"""Scripts that a page fetches when it needs them: those of widgets that most visitors never open."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STATIC = Path(__file__).parent / "static"
#: What all widgets share; the others carry it inside, as one script each.
KIT = "kit.js"
#: Scripts of widgets that others carry inside too: given as modules that mount them.
PLAIN = ("sets.js",)
#: The modules there are; nothing else is given.
MODULES = (KIT, *PLAIN, "speech.js", "speech_paint.js", "speech_panels.js", "speech_progress.js", "speech_batch.js")


def routes() -> list[Route]:
    """Give the routes on which modules are fetched: /mmviz/NAME."""
    return [Route("/mmviz/{name}", _serve, methods=["GET"])]


@lru_cache(maxsize=len(MODULES))
def module(name: str) -> bytes:
    """Read a module; what is a plain script elsewhere is given with its functions exported, or with one that mounts it.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in MODULES:
        raise KeyError(name)
    code = (STATIC / name).read_text("utf-8")
    if name == KIT:
        code += f"\nexport {{ {', '.join(_functions(code))} }};\n"
    if name in PLAIN:
        kit = ", ".join(_functions((STATIC / KIT).read_text("utf-8")))
        code = f'import {{ {kit} }} from "./{KIT}";\nexport function mount({{ element, props, watch, trigger }}) {{\n{code}\n}}\n'
    return code.encode("utf-8")


def _functions(code: str) -> list[str]:
    return re.findall(r"^function (\w+)", code, re.MULTILINE)


async def _serve(request: Request) -> Response:
    """Give a module, or say that the browser's copy is still the same."""
    try:
        code = module(request.path_params["name"])
    except KeyError:
        return Response("Not here.\n", 404, media_type="text/plain")
    tag = f'"{hashlib.sha256(code).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(code, media_type="text/javascript", headers=headers)
