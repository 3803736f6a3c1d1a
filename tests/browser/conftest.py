"""The page, served by a process of its own with small random models, and Chromium to look at it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import truths
from tests.browser.serve import OUTSIDE
from tests.ui.bundle import make_bundle

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
#: Milliseconds a test waits for what the page is to show: other work may share the machine. MMVIZ_PATIENCE says how many.
PATIENCE = int(os.environ.get("MMVIZ_PATIENCE", 60_000))
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
    " --use-fake-device-for-media-stream --use-fake-ui-for-media-stream --autoplay-policy=no-user-gesture-required"
).split()


@dataclass(frozen=True)
class Served:
    url: str
    log: Path


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    models = make_bundle(folder / "models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMVIZ_MODELS", str(models))
        measured = truths.plant(folder / "truth.json")
        truths.plant_skill(models / "clip-mini")
    with serving(folder, {"MMVIZ_TRUTH": str(measured)}) as served:
        yield served


@contextmanager
def serving(folder: Path, more: dict[str, str]) -> Iterator[Served]:
    """Serve the page from the models of a folder, everything it keeps beside them; `more` goes into the environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"},  # the page sets that itself
        "MMVIZ_MODELS": str(folder / "models"),
        "MMVIZ_HOME": str(folder / "home"),
        "GRADIO_TEMP_DIR": str(folder / "cache"),
        "HF_HUB_CACHE": str(folder / "hub"),
        "HF_ENDPOINT": "http://127.0.0.1:9",  # a hub that is not there
        "OMP_NUM_THREADS": "1",
        "MMVIZ_MAX_UPLOAD": "25mb",
        **more,
    }
    command = [sys.executable, "-m", "tests.browser.serve", "serve", "--port", str(port), "--device", "cpu"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            yield Served(_wait(f"http://127.0.0.1:{port}/", process, folder / "log"), folder / "log")
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(url: str, process: subprocess.Popen, log: Path) -> str:
    deadline = time.monotonic() + PATIENCE / 500
    while time.monotonic() < deadline and process.poll() is None:
        try:
            is_there = httpx.get(url, trust_env=False, timeout=10).status_code == 200
        except httpx.TransportError:
            is_there = False
        if is_there and "mmviz is at" in log.read_text():  # it answers a little before it takes events
            return url
        time.sleep(0.1)
    raise RuntimeError(f"the page did not come up:\n{log.read_text()}")


@pytest.fixture(scope="module")  # its loop must be gone before other tests run loops of their own
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page with what it asked for and what broke on it."""

    page: Page
    requests: list[str]
    errors: list[str]

    def rest(self) -> int:
        """Wait until all is there that an opened page asks for by itself, the trust of its first answer last; how many requests that took."""
        self.page.wait_for_selector(".mm-remarks", state="attached")  # hidden where another tab is seen
        count = -1
        while count != len(self.requests):
            count = len(self.requests)
            self.page.wait_for_timeout(1000)
        return count


@pytest.fixture
def open_page(chromium: Browser, served: Served):
    """Open the page and wait for its first example; keyword arguments are those of a browser context."""
    contexts = []

    def open_one(query: str = "", **context) -> Opened:
        contexts.append(chromium.new_context(**({"viewport": {"width": 1440, "height": 900}, "locale": "en-US"} | context)))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        opened = Opened(page, [], [])
        page.on("request", lambda request: opened.requests.append(request.url))
        page.on("pageerror", lambda error: opened.errors.append(str(error)))
        page.goto(served.url + query)
        page.wait_for_selector(".mm-stage img", state="attached")  # hidden where the matrix is asked for
        page.wait_for_selector("#mm-inputs img", state="attached")  # on a phone the inputs are folded away
        return opened

    yield open_one
    for context in contexts:
        context.close()
    assert OUTSIDE not in served.log.read_text()
