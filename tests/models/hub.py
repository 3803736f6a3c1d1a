"""A hub on this machine: one model, served as far as huggingface_hub asks, and able to fail in the ways a network does."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REPOSITORY = "someone/tiny"
COMMIT = "89abcdef0123456789abcdef0123456789abcdef"


@dataclass
class Hub:
    """What the server has and does.

    Attributes:
        files: name -> content.
        licence, model_type: as the hub says them; the licence is what the model's card has of it.
        refusal: (status, error code) given for everything, or None.
        break_off: close the connection of weights after so many bytes, once; 0 never does.
        knows_ranges: it can give a part of a file.
        damage: turn over a bit of what is sent of weights.
        asked: method, path and range of every request so far.
        sent: bytes of weights that left.
    """

    files: dict[str, bytes]
    licence: dict = field(default_factory=lambda: {"license": "mit"})
    model_type: str = "clip"
    refusal: tuple[int, str] | None = None
    break_off: int = 0
    knows_ranges: bool = True
    damage: bool = False
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    sent: int = 0
    address: str = ""

    def info(self) -> dict:
        """Describe the model as the hub's API does; safetensors are large files, the others lie in Git."""
        siblings = [
            {"rfilename": name, "size": len(content), "blobId": git_hash(content), **self._lfs(name, content)}
            for name, content in self.files.items()
        ]
        config = {"model_type": self.model_type}
        return {
            "id": REPOSITORY,
            "sha": COMMIT,
            "siblings": siblings,
            "cardData": self.licence,
            "config": config,
            "private": False,
        }

    def _lfs(self, name: str, content: bytes) -> dict:
        large = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
        return {"lfs": large} if name.endswith(".safetensors") else {}


def git_hash(content: bytes) -> str:
    """Hash a file as Git does."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@contextmanager
def serve(folder: Path) -> Iterator[Hub]:
    """Serve the files of a folder as the model `someone/tiny`."""
    hub = Hub({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self):  # noqa: N802
        self._answer()

    def do_GET(self):  # noqa: N802
        self._answer()

    def _answer(self):
        hub, path = self.hub, self.path.partition("?")[0]
        hub.asked.append((self.command, path, self.headers.get("Range", "")))
        name = path.rpartition("/")[2]
        if hub.refusal:
            self._send(hub.refusal[0], b"", {"X-Error-Code": hub.refusal[1], "X-Error-Message": "no"})
        elif path == f"/api/models/{REPOSITORY}":
            self._send(200, json.dumps(hub.info()).encode(), {"Content-Type": "application/json"})
        elif path.startswith(f"/{REPOSITORY}/resolve/") and name in hub.files:
            self._file(name, hub.files[name])
        else:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    def _file(self, name: str, content: bytes):
        hub = self.hub
        large = hub._lfs(name, content)
        etag = large["lfs"]["sha256"] if large else git_hash(content)
        facts = {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"'}
        if self.command == "HEAD":
            self._send(200, content, facts)
            return
        start = int(self.headers.get("Range", "bytes=0-")[6:].rstrip("-")) if hub.knows_ranges else 0
        if hub.damage and large:
            content = content[:-1] + bytes([content[-1] ^ 1])
        if start:
            facts["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._send(206 if start else 200, content[start:], facts, stop=hub.break_off if large else 0)

    def _send(self, status: int, body: bytes, facts: dict[str, str], stop: int = 0):
        self.send_response(status)
        for name, value in {**facts, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if stop:
            body, self.hub.break_off, self.close_connection = body[:stop], 0, True
        self.wfile.write(body)
        self.hub.sent += len(body)

    def log_message(self, *_):
        pass
