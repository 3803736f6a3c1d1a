"""Fixtures for all tests; no test reaches beyond this machine."""

import ipaddress
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest


class NetworkUse(AssertionError):
    """Something wanted to reach another machine; no library mistakes this for an ordinary connection error."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a user prove an adapter of their own."""
    about = "a checkpoint for tests/conformance, instead of random ones of every family; may be given more than once"
    parser.addoption("--model", action="append", metavar="FAMILY:FOLDER", help=about)


@pytest.fixture
def rng() -> np.random.Generator:
    """The only source of randomness in tests."""
    return np.random.default_rng(20240229)


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random CLIP with a bilingual tokenizer, as a Hugging Face folder."""
    from tests.models.tiny import make_clip

    return make_clip(tmp_path_factory.mktemp("models") / "tiny-clip", seed=7)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A random model of every family, by the family's name."""
    from mmviz.registry import families
    from tests.models import tiny

    root = tmp_path_factory.mktemp("families")
    return {e.name: f"{e.name}:{getattr(tiny, f'make_{e.name}')(root / e.name)}" for e in families}


@pytest.fixture(scope="session", autouse=True)
def home_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep results away from the user's own folder, for what is made once a session too."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("MMVIZ_HOME", str(folder / "session"))
        yield folder


@pytest.fixture(autouse=True)
def home(home_of_the_session: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a store of its own, which is not there before something is kept."""
    folder = home_of_the_session / uuid.uuid4().hex
    monkeypatch.setenv("MMVIZ_HOME", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """Let sockets connect to loopback addresses only, and names resolve for none but this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        real = socket.getaddrinfo

        def getaddrinfo(host, *rest, **named):
            _check(host)
            return real(host, *rest, **named)

        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


def _guarded(method):
    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _check(address[0])
        return method(self, address)

    return connect


def _check(host: str | bytes | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", "0.0.0.0", "::", socket.gethostname()):
        return
    try:
        if ipaddress.ip_address(name).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkUse(f"a test tried to reach {name}")
