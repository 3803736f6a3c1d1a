"""The page and Gradio's own scripts and styles, compressed once and kept in memory.

Its front end is some sixty files a page. Gradio opens, compresses and checks each anew for every visitor, which takes the server longer
than all else of the page's first moment; and it lets no browser keep them, though their names change with what they say. The page itself,
which holds whatever the front end lays out, it does not compress.
"""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmviz.ui.preload import ASSETS

FOLDER = "/assets/"
TYPES = {".js": b"text/javascript; charset=utf-8", ".css": b"text/css; charset=utf-8"}
#: Files kept, and how hard they are compressed (0 to 11): the hardest that takes no longer than a moment.
MOST, QUALITY = 400, 6


class Kept:
    """ASGI middleware: gives the front end's scripts and styles from memory to whoever takes them compressed, and compresses the page."""

    def __init__(self, app: Callable[..., Awaitable[None]]):
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        """Answer what asks for a whole file of `ASSETS`; hand everything else on, and compress it where it is the page."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _takes_brotli(scope["headers"]):
            await self.app(scope, receive, send)
        elif scope["path"] == "/":
            await self.app(scope, receive, _squeezing(send))
        elif _is_kept(scope["path"]):
            name = scope["path"].removeprefix(FOLDER)
            headers = [(b"content-type", TYPES[Path(name).suffix]), (b"cache-control", b"public, max-age=31536000, immutable")]
            await _send(send, {"type": "http.response.start", "status": 200, "headers": headers}, compressed(name))
        else:
            await self.app(scope, receive, send)


@lru_cache(maxsize=MOST)
def compressed(name: str) -> bytes:
    """Compress a file of the front end."""
    return squeezed((ASSETS / name).read_bytes())


@lru_cache(maxsize=4)
def page(body: bytes) -> bytes:
    """Compress the page, once as long as it stays the same."""
    return squeezed(body)


def squeezed(body: bytes) -> bytes:
    """Compress text (Brotli, RFC 7932)."""
    import brotli  # what Gradio itself compresses with

    return brotli.compress(body, mode=brotli.MODE_TEXT, quality=QUALITY)


def _squeezing(send: Callable) -> Callable:
    """Compress an answer that comes in one piece."""
    start: list[dict[str, Any]] = []

    async def squeeze(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
        elif start and message.get("more_body"):
            await send(start.pop())
            await send(message)
        elif start:
            await _send(send, start.pop(), page(message.get("body", b"")))
        else:
            await send(message)

    return squeeze


async def _send(send: Callable, start: dict[str, Any], body: bytes) -> None:
    """Send an answer whose body is compressed."""
    said = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
    more = [(b"content-length", str(len(body)).encode()), (b"content-encoding", b"br"), (b"vary", b"Accept-Encoding")]
    await send({**start, "headers": [*said, *more]})
    await send({"type": "http.response.body", "body": body})


def _is_kept(path: str) -> bool:
    """Say whether a path is that of a script or a style of the front end."""
    name = path.removeprefix(FOLDER)
    return path.startswith(FOLDER) and "/" not in name and Path(name).suffix in TYPES and (ASSETS / name).is_file()


def _takes_brotli(headers: list[tuple[bytes, bytes]]) -> bool:
    """Say whether a client takes Brotli and asks for no part of a file."""
    given = dict(headers)
    return b"br" in given.get(b"accept-encoding", b"").replace(b" ", b"").split(b",") and b"range" not in given
