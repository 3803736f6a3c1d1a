"""Draw the pictures of the pair tab: the page in light and dark, on a phone, and a walk over the words that moves."""

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import PIL.Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

FOLDER = Path(__file__).parent
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update".split()
)
#: Milliseconds until an answer is there, on a machine that does other work too.
PATIENCE = 600_000
#: Of WebP, 0 to 100: the letters stay sharp, and all pictures together light enough to travel with the sources.
QUALITY = 72
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def main() -> None:
    """Write pair, pair-dark and pair-phone, and pair-walk, which moves, as WebP beside this file."""
    with looked_at() as (browser, url):
        shoot(opened(browser, url, DESK), "pair")
        shoot(opened(browser, url + "?__theme=dark", DESK), "pair-dark")
        shoot(opened(browser, url, PHONE), "pair-phone")
        walk(opened(browser, url, DESK), FOLDER / "pair-walk.webp")


def opened(browser: Browser, url: str, size: dict[str, int]) -> Page:
    """Open the page and wait until the first example is finished."""
    page = browser.new_page(viewport=size)
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_selector("#mm-overlay canvas")
    page.wait_for_selector(".mm-standing")  # the bank is read
    page.wait_for_function("!document.body.classList.contains('mm-running')")
    return page


def tab(browser: Browser, url: str, name: str, stage: str, size: dict[str, int], locale: str = "en-GB", **more: Any) -> Page:
    """Open another tab and wait until its first example has a picture.

    Args:
        browser, url: where; the address may ask for a theme.
        name: of the tab.
        stage: selector of the picture.
        size: of the window.
        locale: the visitor's.
        more: as of a browser's `new_page`.
    """
    page = browser.new_page(viewport=size, locale=locale, **more)
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}#{name}")
    page.wait_for_selector(stage)
    return page


def shoot(shown: Page | Locator, name: str) -> None:
    """Write what is seen of a page, or of a part of it."""
    picture = PIL.Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
    picture.save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)


def walk(page: Page, path: Path) -> None:
    """Point at one word and phrase after another, and write what is seen as a moving picture."""
    frames = []
    for unit in page.locator("#mm-overlay [data-unit]").all():
        unit.hover()
        page.wait_for_timeout(150)  # the fade
        frames.append(PIL.Image.open(io.BytesIO(page.locator("#mm-overlay").screenshot())).convert("RGB"))
    width = min(frame.width for frame in frames)
    height = min(frame.height for frame in frames)
    small = [frame.crop((0, 0, width, height)).resize((width * 2 // 3, height * 2 // 3)) for frame in frames]
    small[0].save(path, save_all=True, append_images=small[1:], duration=900, loop=0, quality=QUALITY, method=6)


@contextmanager
def looked_at() -> Iterator[tuple[Browser, str]]:
    """Serve the page and open Chromium: the browser, and the page's address."""
    with served() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser, url
        browser.close()


@contextmanager
def served() -> Iterator[str]:
    """Serve the page on a free port, with its own bundled models."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mmviz", "serve", "--port", str(port), "--device", "cpu"]
    environment = {name: value for name, value in os.environ.items() if name != "MMVIZ_MODELS"}
    process = subprocess.Popen(command, cwd=FOLDER.parents[1], env=environment)
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(3000):  # a busy machine takes its time
            try:
                urllib.request.urlopen(url, timeout=10).close()
                break
            except OSError:
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
