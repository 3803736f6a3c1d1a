"""Small random models for the handlers of the page."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import PIL.Image
import pytest

from tests.ui.bundle import make_bundle


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(autouse=True)
def only_small_models(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test depends on what is trained or cached on the machine it runs on."""
    monkeypatch.setenv("MMVIZ_MODELS", str(bundle))
    monkeypatch.setenv("MMVIZ_TRUTH", str(tmp_path / "unmeasured.json"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@contextmanager
def closing_loops() -> Iterator[None]:
    """Close the event loops that Gradio makes for the locks of a page that is built outside of one, and never closes itself."""
    made, new = [], asyncio.new_event_loop

    def make() -> asyncio.AbstractEventLoop:
        made.append(new())
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "new_event_loop", make)
        yield
    for loop in made:
        loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def loops_are_closed() -> Iterator[None]:
    """Close the event loops of a page that the test builds."""
    with closing_loops():
        yield


@pytest.fixture
def photo(tmp_path: Path, rng) -> str:
    path = tmp_path / "photo.png"
    PIL.Image.fromarray(rng.integers(0, 256, (50, 90, 3), "uint8")).save(path)
    return str(path)
