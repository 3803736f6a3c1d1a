"""What the program needs on this machine, checked one by one, each with the command that mends it."""

import shutil
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from mmviz import pipeline
from mmviz.errors import MmvizError
from mmviz.storage import files

ROOT = Path(__file__).resolve().parents[1]
PORT = 7860


def check_all(device: str = "auto") -> list[dict[str, Any]]:
    """Check this machine.

    Args:
        device: the device models are meant to run on.

    Returns:
        One row a check: `check`, `ok`, `found` (what there is) and `hint` (what mends it; empty where nothing need be).
    """
    rows = [
        _python(),
        *_packages(),
        _device(device),
        *_models(),
        _voice(),
        _atlas(),
        _data_folder(),
        _port(),
        _chromium(),
        _fonts(),
    ]
    return [dict(zip(("check", "ok", "found", "hint"), row, strict=True)) for row in rows]


Row = tuple[str, bool, str, str]


def _row(check: str, ok: bool, found: str, hint: str) -> Row:
    return check, ok, found, "" if ok else hint


def _python() -> Row:
    found = ".".join(map(str, sys.version_info[:3]))
    return _row("python", sys.version_info >= (3, 11), found, "Install Python 3.11 or later, remove .venv, then: make install")


def _packages() -> list[Row]:
    """Compare what is installed with what is pinned."""
    rows = []
    for name, version in sorted(_pinned().items()):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = "absent"
        same = found.partition("+")[0] == version  # torch says its build after a plus
        rows.append(_row(f"package {name}", same, found, f"pip install {name}=={version}"))
    return rows


def _pinned() -> dict[str, str]:
    """Read the pins from requirements.txt, or, once installed, from what the package asks for."""
    file = ROOT / "requirements.txt"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else metadata.requires("mmviz") or []
    pairs = (line.partition(";")[0].partition("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name.strip(): version.strip() for name, _, version in pairs}


def _device(asked: str) -> Row:
    try:
        return _row("device", True, pipeline.device(asked), "")
    except MmvizError as error:
        return _row("device", False, "absent", str(error))


def _models() -> list[Row]:
    """Load every bundled checkpoint."""
    bundled = [info.name for info in (*pipeline.models(), *pipeline.detectors()) if info.source == "bundled"]
    if not bundled:
        return [_row("bundled models", False, "none", "Fetch the folder models/ again: git checkout models")]
    return [_model(name) for name in bundled]


def _model(name: str) -> Row:
    from mmviz.models import checkpoints

    hint = f"git checkout models/{name}, or train it again: make train-{name}"
    try:
        with checkpoints.lease(name, "cpu") as checkpoint:
            return _row(f"model {name}", True, f"{checkpoint.id}, loads", "")
    except MmvizError as error:
        return _row(f"model {name}", False, "does not load", f"{error} {hint}")


def _voice() -> Row:
    """See whether speech can be aligned with a synthetic voice: espeak-ng, which is left to choice."""
    from mmviz.media import speech

    found = "espeak-ng" if speech.is_there() else "absent"
    return _row("voice for speech", speech.is_there(), found, f"Speech is aligned in English alone; {speech.HOW_TO_GET_IT}.")


def _atlas() -> Row:
    from mmviz.worlds import atlas

    missing = [name for name in ("atlas.json", "atlas.npz") if not (atlas.ASSETS / name).is_file()]
    hint = "git checkout assets, or make it again: make drawings"
    if missing:
        return _row("atlas of drawings", False, f"without {', '.join(missing)}", hint)
    return _row("atlas of drawings", True, f"{len(atlas.load().things)} things", hint)


def _data_folder() -> Row:
    """Try to write where results are kept."""
    why_not = files.trouble()
    return _row("data folder", not why_not, why_not or str(files.data_folder()), "Name another: export MMVIZ_HOME=FOLDER")


def _port() -> Row:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            return _row(f"port {PORT}", False, "taken", f"The page may be open already; else: mmviz serve --port {PORT + 1}")
    return _row(f"port {PORT}", True, "free", "")


def _chromium() -> Row:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    hint = "Only browser tests need it: apt-get install chromium chromium-driver"
    return _row("chromium (tests only)", bool(found), found or "absent", hint)


def _fonts() -> Row:
    lister = shutil.which("fc-list")
    listed = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout if lister else ""
    hint = "Only screenshots need it: apt-get install fonts-noto-cjk"
    return _row("Chinese font (tests only)", bool(listed.strip()), listed.partition("\n")[0] or "absent", hint)
