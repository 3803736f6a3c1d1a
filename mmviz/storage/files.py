"""Files that are kept: written whole or not at all, checked when read, the longest unused dropped first.

A kept file lies in one of 16 folders by the first digit of its name, each with a sixteenth of the budget: making room looks
through one of them only, and needs no memory of what other processes do.
"""

import contextlib
import os
import sys
import time
import uuid
from pathlib import Path

#: Bytes all kept files may take together; MMVIZ_STORE_SIZE says it in MB.
BUDGET = 512 * 2**20
FOLDERS = 16
#: A file half written this many seconds ago belongs to a process that is gone.
ABANDONED = 3600
_PART = ".part"


def data_folder() -> Path:
    """Where results are kept: $MMVIZ_HOME, or the user's data folder."""
    if os.environ.get("MMVIZ_HOME"):
        return Path(os.environ["MMVIZ_HOME"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "mmviz"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "mmviz"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "mmviz"


def trouble() -> str:
    """Try to write where results are kept, and leave nothing behind.

    Returns:
        Why they cannot be kept, in one sentence, or "".
    """
    folder = data_folder()
    trial = folder / f".trial-{uuid.uuid4().hex}"
    try:
        _write(trial, b"mmviz")
        trial.unlink()
    except OSError as error:
        return f"{folder} cannot be written ({error.strerror or error}), so results are not kept; name another by MMVIZ_HOME."
    return ""


def find(name: str) -> bytes | None:
    """Give what was kept under a name, or None; what is asked for counts as used now."""
    path = _path(name)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    with contextlib.suppress(OSError):  # a store that may only be read
        os.utime(path)
    return content


def keep(name: str, content: bytes) -> bool:
    """Keep bytes under a name; whoever reads at the same time sees all of them or those before.

    Args:
        name: hexadecimal digits and a suffix.
        content: the whole file.

    Returns:
        False where it could not be kept: a folder that cannot be written, a full disk, a file beyond a sixteenth of the budget.
    """
    path, room = _path(name), budget() // FOLDERS
    if len(content) > room:
        return False
    try:
        _write(path, content)
        _make_room(path.parent, room)
    except OSError:
        return False
    return True


def budget() -> int:
    """Give the bytes all kept files may take together."""
    return int(float(os.environ.get("MMVIZ_STORE_SIZE") or 0) * 2**20) or BUDGET


def _path(name: str) -> Path:
    return data_folder() / "kept" / name[0] / name


def _write(path: Path, content: bytes) -> None:
    """Write beside the place and move there, which no reader sees half done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}{_PART}")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _make_room(folder: Path, room: int) -> None:
    """Remove what dead processes left half written, then the longest unused files beyond the room there is."""
    now, files = time.time(), []
    for entry in os.scandir(folder):
        try:
            found = entry.stat()
        except FileNotFoundError:  # another process made room too
            continue
        if entry.name.endswith(_PART):
            if now - found.st_mtime > ABANDONED:
                Path(entry.path).unlink(missing_ok=True)
        else:
            files.append((found.st_mtime_ns, found.st_size, entry.path))
    taken = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if taken <= room:
            break
        Path(path).unlink(missing_ok=True)
        taken -= size
