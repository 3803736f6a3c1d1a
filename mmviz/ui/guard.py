"""What the page takes in from strangers: uploads of its own and nothing else, no paths of the server, no addresses."""

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import utils
from gradio.data_classes import FileData, ImageData, ListFiles

from mmviz.ui import words

#: Largest upload, a film's: at home, and on a page open to strangers.
MAX_UPLOAD, PUBLIC_UPLOAD = "1gb", "100mb"
#: Where Gradio and FastAPI describe the API; closed on a page for strangers.
DESCRIPTIONS = ("/info", "/openapi.json", "/api/openapi.json", "/docs", "/redoc", "/monitoring")
#: A scheme such as http: or file: (two letters or more, so that a drive's C: is none).
ADDRESS = re.compile(r"\s*[a-z][a-z0-9+.-]+:", re.IGNORECASE)


class Upload(gr.Image):
    """A picture's component that gives its handler the path of an upload, and refuses everything else.

    Gradio 6.31 opens any file of the server whose path an API call names without `meta`, and fetches addresses. Here a
    path must lie in the cache of uploads, and an address is refused before it is fetched. The file is handed over
    untouched: reading and refusing pictures is the work of `media`.

    A class, because Gradio makes components anew for a session whenever one is updated: what is set on an instance is lost.
    """

    def get_block_name(self) -> str:
        """Name the part of the front end that draws it."""
        return "image"

    async def async_move_resource_to_block_cache(self, url_or_path: str | Path | None) -> str | None:
        """Refuse addresses; a path goes the usual way, where Gradio checks it too."""
        if ADDRESS.match(str(url_or_path or "")):
            raise _refusal()
        return await super().async_move_resource_to_block_cache(url_or_path)

    def preprocess(self, payload: ImageData | None) -> str | None:
        """Give the path of the upload."""
        return uploaded(payload, self.GRADIO_CACHE)


class Sound(gr.Audio):
    """A component for a recording or a file of sound that gives the path of an upload and refuses everything else, as `Upload` does.

    The file is handed over as it came: Gradio would turn it into another kind with a program that may not be there.
    """

    @classmethod
    def cache(cls) -> str:
        """Name the folder of uploads."""
        return utils.get_upload_folder()

    def get_block_name(self) -> str:
        """Name the part of the front end that draws it."""
        return "audio"

    async def async_move_resource_to_block_cache(self, url_or_path: str | Path | None) -> str | None:
        """Refuse addresses; a path goes the usual way, where Gradio checks it too."""
        if ADDRESS.match(str(url_or_path or "")):
            raise _refusal()
        return await super().async_move_resource_to_block_cache(url_or_path)

    def preprocess(self, payload: FileData | None) -> str | None:
        """Give the path of the upload or of the recording."""
        return uploaded(payload, self.GRADIO_CACHE)


class Files(gr.File):
    """A component for one file or many that gives paths of uploads and refuses everything else, as `Upload` does."""

    def get_block_name(self) -> str:
        """Name the part of the front end that draws it."""
        return "file"

    async def async_move_resource_to_block_cache(self, url_or_path: str | Path | None) -> str | None:
        """Refuse addresses; a path goes the usual way, where Gradio checks it too."""
        if ADDRESS.match(str(url_or_path or "")):
            raise _refusal()
        return await super().async_move_resource_to_block_cache(url_or_path)

    def preprocess(self, payload: ListFiles | FileData | None) -> str | list[str] | None:
        """Give the path of the upload, or the paths of all."""
        several = payload.root if isinstance(payload, ListFiles) else [payload]
        paths = [path for path in (uploaded(one, self.GRADIO_CACHE) for one in several) if path]
        if self.file_count == "single":
            return paths[0] if paths else None
        return paths


class Menu(gr.Dropdown):
    """A menu whose choices follow another menu's: what stood in it a moment ago is handed over, for the handler to replace."""

    def get_block_name(self) -> str:
        """Name the part of the front end that draws it."""
        return "dropdown"

    def preprocess(self, payload: Any) -> Any:
        """Give one name as it is, on offer or not; of several those on offer."""
        if isinstance(payload, list):
            offered = [value for _, value in self.choices]
            return [name for name in payload if name in offered]
        return payload if isinstance(payload, str) else super().preprocess(payload)


class Choice(gr.Radio):
    """Buttons of which one is chosen, whose choices follow a menu's, as those of `Menu` do."""

    def get_block_name(self) -> str:
        """Name the part of the front end that draws it."""
        return "radio"

    def preprocess(self, payload: Any) -> Any:
        """Give one name as it is, on offer or not."""
        return payload if isinstance(payload, str) else super().preprocess(payload)


def max_upload(public: bool) -> str:
    """Give the largest upload: what MMVIZ_MAX_UPLOAD says ("25mb"), else as much as a film may have."""
    return os.environ.get("MMVIZ_MAX_UPLOAD") or (PUBLIC_UPLOAD if public else MAX_UPLOAD)


def uploaded(payload: ImageData | FileData | None, cache: str) -> str | None:
    """Give the path of an upload.

    Args:
        payload: what a browser or an API call sent.
        cache: folder of uploads.

    Raises:
        gr.Error: the path does not lie in that folder, links followed.
    """
    if payload is None or not (payload.path or payload.url):
        return None
    if not payload.path:
        raise _refusal()
    try:
        path = Path(payload.path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # not there; a null byte; links in a circle
        raise _refusal() from None
    if not path.is_relative_to(Path(cache).resolve()):
        raise _refusal()
    return str(path)


def _refusal() -> gr.Error:
    return gr.Error(words.say("not_here", words.DEFAULT), print_exception=False)


class NoAddresses:
    """ASGI middleware: the page serves its own files and fetches nothing for anybody; in public it describes no API either."""

    def __init__(self, app: Callable[..., Awaitable[None]], public: bool = False):
        self.app, self.public = app, public

    async def __call__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        """Answer 403 to /file=http… and /proxy=…, in public 404 to what describes the API, hand everything else on."""
        path = scope.get("path", "")
        if scope["type"] == "http" and _asks_for_address(path):
            await _answer(send, 403, b"Addresses are not fetched here.\n")
        elif scope["type"] == "http" and self.public and path.rstrip("/").endswith(DESCRIPTIONS):
            await _answer(send, 404, b"Not here.\n")
        else:
            await self.app(scope, receive, send)


async def _answer(send: Callable, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


def _asks_for_address(path: str) -> bool:
    _, marker, rest = path.partition("/file=")
    return "/proxy=" in path or (bool(marker) and ADDRESS.match(rest) is not None)
