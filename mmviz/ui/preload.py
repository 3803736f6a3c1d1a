"""Tells the browser with the page's first bytes which files of the front end it will ask for once it has read the page.

Gradio's front end learns of each component's script only when its own code runs; until then the line lies idle. HTTP `Link`
headers (RFC 8288, rel=modulepreload and rel=preload) let it fetch them at once. Names are read off Gradio's own table; where that
looks otherwise in another version, there are no headers and the page loads as it did.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import gradio

ASSETS = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
#: One component's row in the table: its name, and the numbers of the files its view needs.
ROW = r"[{{,]{name}:\{{.*?component:\(\)=>\w+\(\(\)=>import\(`\./([^`]+)`\).*?\[([\d,]*)\]"


def files(kinds: Iterable[str]) -> list[str]:
    """List the scripts and styles that components need, each once, in the order the front end asks for them.

    Args:
        kinds: what components call themselves, such as "textbox".

    Returns:
        Names of files in Gradio's assets; empty where its table is not understood.
    """
    core = next(iter(sorted(ASSETS.glob("core-*.js"))), None)
    code = core.read_text("utf-8") if core else ""
    table = re.search(r"__vite__mapDeps=.*?\[(\"[^\]]*\")\]", code)
    names = re.findall(r'"([^"]+)"', table.group(1)) if table else []
    found: dict[str, None] = {}
    for kind in kinds:
        row = re.search(ROW.format(name=re.escape(kind)), code)
        numbers = [int(number) for number in row.group(2).split(",") if number] if row else []
        if row and all(number < len(names) for number in numbers):
            found |= dict.fromkeys([row.group(1), *(names[number].removeprefix("./") for number in numbers)])
    return [name for name in found if (ASSETS / name).is_file()]


def header(names: Iterable[str], first: Iterable[str] = ()) -> bytes:
    """Write a `Link` header.

    Args:
        names: files among Gradio's assets.
        first: addresses beside the page, of scripts and styles that go before those.
    """
    asset = {".js": "rel=modulepreload", ".css": "rel=preload; as=style; crossorigin"}
    own = {".js": "rel=modulepreload", ".css": "rel=preload; as=style"}
    links = [f"<{address}>; {own[Path(address.partition('?')[0]).suffix]}" for address in first]
    links += [f"<assets/{name}>; {asset[Path(name).suffix]}" for name in names if Path(name).suffix in asset]
    return ", ".join(links).encode()


def seen(block: Any) -> list[str]:
    """List what the components are that stand on a page at first, each kind once, in the order of the page.

    Args:
        block: the page, or a part of it that is visible.
    """
    children = [child for child in getattr(block, "children", []) if getattr(child, "visible", True) is True]
    kinds = [kind for child in children for kind in (child.get_block_name(), *seen(child))]
    return list(dict.fromkeys(kinds))


class Preload:
    """ASGI middleware: adds the header to the page itself, and to nothing else.

    Attributes:
        app: what answers.
        names: files among Gradio's assets that the page asks for.
        first: gives the addresses that go before them; some are known only when the page is served.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], kinds: Iterable[str], first: Callable[[], list[str]] = list):
        self.app, self.names, self.first = app, files(kinds), first

    async def __call__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        """Hand everything on; of the page, with the header."""
        if scope["type"] != "http" or scope.get("path") != "/" or not self.names:
            await self.app(scope, receive, send)
            return

        async def with_link(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"link", header(self.names, self.first()))]}
            await send(message)

        await self.app(scope, receive, with_link)
