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

import PIL.Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update".split()
)
#: Milliseconds until an answer is there, on a machine that does other work too.
PATIENCE = 600_000
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def main() -> None:
    """Write pair, pair-dark and pair-phone, and pair-walk, which moves, as WebP beside this file."""
    with served() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        shoot(opened(browser, url, DESK), "pair")
        shoot(opened(browser, url + "?__theme=dark", DESK), "pair-dark")
        shoot(opened(browser, url, PHONE), "pair-phone")
        walk(opened(browser, url, DESK), FOLDER / "pair-walk.webp")
        browser.close()


def opened(browser: Browser, url: str, size: dict[str, int]) -> Page:
    """Open the page and wait until the first example is finished."""
    page = browser.new_page(viewport=size)
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_selector("#mm-overlay canvas")
    page.wait_for_selector(".mm-standing")  # the bank is read
    page.wait_for_function("!document.body.classList.contains('mm-running')")
    return page


def shoot(page: Page, name: str) -> None:
    """Write what is seen of a page."""
    picture = PIL.Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.save(FOLDER / f"{name}.webp", quality=86, method=6)


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
    small[0].save(path, save_all=True, append_images=small[1:], duration=900, loop=0, quality=70, method=6)


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
