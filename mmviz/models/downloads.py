"""Models of the hub brought onto this machine: size and licence first, then with progress, resumed, and stopped when asked.

Nothing here runs at import or start-up; a user asks for it, and what is fetched lies in the hub's cache as `hf download` lays it.
"""

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import Any, BinaryIO

from mmviz.errors import ModelError, Stopped
from mmviz.models import folders
from mmviz.registry import Family, families

#: Bytes between two looks at whether the work is still wanted.
CHUNK = 2**18
#: What the offline mode was before it was lifted, once for each who needs it lifted; changed under the gate alone.
_lifted: list[bool] = []
_gate = threading.Lock()
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Part:
    """One file of a model: `name`, `size` in bytes, and the hub's `etag`, a hash of its content."""

    name: str
    size: int
    etag: str


@dataclass(frozen=True)
class Offer:
    """What would be fetched, to be shown before anything is.

    Attributes:
        model: as menus name it: "clip:owner/name".
        repository: "owner/name".
        commit: of the hub; all files are those of this commit.
        licence: as the model's card says it ("mit"), with name and address where it has its own, or "" where it says none.
        parts: the files; weights as safetensors only.
        missing: bytes that are not on this machine yet.
    """

    model: str
    repository: str
    commit: str
    licence: str
    parts: tuple[Part, ...]
    missing: int

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(part.size for part in self.parts)


def offer(model: str, *, online: bool = False) -> Offer:
    """Ask the hub what a model weighs and under which licence it is given; no file is fetched.

    Args:
        model: "clip:owner/name".
        online: let the hub's client out for this, although the program keeps it offline otherwise.

    Raises:
        ModelError: there is no such model, no network, no permission, or nothing in it that can be read safely.
    """
    from huggingface_hub import HfApi

    family_name, _, repository = model.partition(":")
    family = families[family_name]
    with _said(repository), _let_out(online):
        info = HfApi().model_info(repository, files_metadata=True)
    _check_family(model, family, info)
    parts = tuple(_part(sibling) for sibling in _wanted(model, info.siblings))
    missing = sum(part.size - _present(repository, part) for part in parts)
    return Offer(model, repository, info.sha, _licence(info.card_data), parts, missing)


def fetch(offered: Offer, progress: Progress | None = None, cancelled: Cancelled | None = None, *, online: bool = False) -> Path:
    """Fetch what was offered into the hub's cache; what was fetched before, a part of a file included, is not fetched again.

    Args:
        offered: what `offer` gave and the user agreed to.
        progress: told (done, total) bytes, those of earlier attempts included.
        cancelled: asked at the same moments; True stops the work, and the next call goes on from there.
        online: as of `offer`.

    Returns:
        The model's folder. It appears when all files are there, and not before.

    Raises:
        ModelError: the hub cannot be reached, a file came damaged, or the disk is full.
        Stopped: `cancelled` said so.
    """
    step = _steps(offered, progress, cancelled)
    with _said(offered.repository), _let_out(online):
        for part in offered.parts:
            _fetch_part(offered, part, step)
        return _show(offered)


def _steps(offered: Offer, progress: Progress | None, cancelled: Cancelled | None) -> Callable[[int], None]:
    """Make the function that is given every count of bytes, tells how far the work is, and ends it when asked."""
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, offered.size)
        if cancelled and cancelled():
            raise Stopped(f"Stopped after {done:,} of {offered.size:,} bytes, as was asked; start again to fetch the rest.")

    return step


def _licence(card: Any) -> str:
    """Read the licence off a model's card, which says "other" of one of its own, and may name several."""
    said = getattr(card, "license", None) or []
    names = [said] if isinstance(said, str) else said
    own = [getattr(card, part, None) for part in ("license_name", "license_link")] if "other" in names else []
    return ", ".join(str(part) for part in [*names, *own] if part)


def _check_family(model: str, family: Family, info: Any) -> None:
    """Refuse another family's model before it is fetched; where the hub does not say, loading will."""
    model_type = (info.config or {}).get("model_type")
    if model_type and model_type not in family.model_types:
        reads = " or ".join(family.model_types)
        raise ModelError(f'{model} is of model_type "{model_type}"; {family.name} reads {reads}. Choose another model or family.')


def _wanted(model: str, siblings: list[Any]) -> list[Any]:
    """Pick what a family reads: weights as safetensors, whole or in shards, and the small files beside them."""
    files = {sibling.rfilename: sibling for sibling in siblings if "/" not in sibling.rfilename}
    weights = [name for name in files if name == folders.WEIGHTS]
    if folders.INDEX in files and not weights:
        weights = [name for name in files if name.startswith("model-") and name.endswith(".safetensors")]
    if not weights:
        rule = f"has no {folders.WEIGHTS}, and other weights can run code when they are read"
        raise ModelError(f"{model} {rule}; choose another model.")
    small = [name for name in files if name.endswith((".json", ".txt")) and (name != folders.INDEX or len(weights) > 1)]
    return [files[name] for name in [*sorted(small), *sorted(weights)]]


def _part(sibling: Any) -> Part:
    """Read a file's size and hash: SHA-256 where it is large, else Git's. The hub's cache names it so."""
    etag = sibling.lfs.sha256 if sibling.lfs else sibling.blob_id
    if not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", etag or "") or sibling.size is None:
        raise ModelError(f"The hub does not say what {sibling.rfilename} has to be; fetch the model by hand into a folder.")
    return Part(sibling.rfilename, sibling.size, etag)


def _blob(repository: str, part: Part) -> Path:
    return cache() / _folder(repository) / "blobs" / part.etag


def cache() -> Path:
    """Name the folder in which the hub's client keeps models on this machine."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _folder(repository: str) -> str:
    from huggingface_hub.file_download import repo_folder_name

    return repo_folder_name(repo_id=repository, repo_type="model")


def _begun(blob: Path) -> Path:
    """Name the file in which a download grows. The hub's own client throws half a file away; this one is kept."""
    return blob.with_name(blob.name + ".mmviz")


def _present(repository: str, part: Part) -> int:
    """Count the bytes of a file that are on this machine."""
    blob = _blob(repository, part)
    return part.size if blob.is_file() else _length(_begun(blob))


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _fetch_part(offered: Offer, part: Part, step: Callable[[int], None]) -> None:
    """Fetch what is missing of a file, see that it is whole, and give it its name in the cache."""
    from huggingface_hub.utils import WeakFileLock

    blob, lock = _blob(offered.repository, part), cache() / ".locks" / _folder(offered.repository) / f"{part.etag}.lock"
    begun = _begun(blob)
    for path in (blob, lock):
        path.parent.mkdir(parents=True, exist_ok=True)
    with WeakFileLock(lock):  # the hub's own client waits at the same lock
        if blob.is_file():
            step(part.size)
            return
        with begun.open("ab") as file:
            step(file.tell())
            if file.tell() < part.size:
                _check_room(offered, part.size - file.tell())
                _stream(offered, part, file, step)
        if _hash(begun, part.etag) != part.etag:
            begun.unlink()
            raise ModelError(f"{part.name} of {offered.model} came damaged and was thrown away; fetch it again.")
        os.replace(begun, blob)


def _check_room(offered: Offer, needed: int) -> None:
    free = shutil.disk_usage(cache()).free
    if free < needed:
        has = f"{offered.model} needs {needed / 1e6:,.0f} MB more in {cache()}, where {free / 1e6:,.0f} MB are free"
        raise ModelError(f"{has}; make room, or name another folder by HF_HOME.")


def _stream(offered: Offer, part: Part, file: BinaryIO, step: Callable[[int], None]) -> None:
    """Append what is missing of a file."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_stream_backoff

    url = hf_hub_url(offered.repository, part.name, revision=offered.commit)
    headers = build_hf_headers() | {"Accept-Encoding": "identity", "Range": f"bytes={file.tell()}-"}
    with http_stream_backoff("GET", url, headers=headers, timeout=30, retry_on_exceptions=()) as response:
        hf_raise_for_status(response)
        if response.status_code != 206:  # a server that gives the whole file anew
            step(-file.tell())
            file.seek(0)
            file.truncate()
        for chunk in response.iter_bytes(CHUNK):
            file.write(chunk)
            step(len(chunk))


def _hash(path: Path, etag: str) -> str:
    """Hash a file as its etag was made: SHA-256, or Git's SHA-1 of a header and the content."""
    digest = hashlib.sha256() if len(etag) == 64 else hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


def _show(offered: Offer) -> Path:
    """Let the hub's client lay out the folder, now that all files are there; the name "main", by which it is found, comes last."""
    from huggingface_hub import hf_hub_download

    for part in offered.parts:
        hf_hub_download(offered.repository, part.name, revision=offered.commit)
    folder = Path(hf_hub_download(offered.repository, "config.json")).parent
    if folder.name != offered.commit:
        raise ModelError(f"{offered.repository} was changed on the hub while it was fetched; fetch it again.")
    return folder


@contextmanager
def _let_out(online: bool) -> Iterator[None]:
    """Lift the offline mode of the hub's client while somebody needs it lifted, if it is to be lifted."""
    from huggingface_hub import constants

    if not online:
        yield
        return
    with _gate:
        _lifted.append(_lifted[0] if _lifted else constants.HF_HUB_OFFLINE)
        constants.HF_HUB_OFFLINE = False
    try:
        yield
    finally:
        with _gate:
            was = _lifted.pop()
            if not _lifted:
                constants.HF_HUB_OFFLINE = was


@contextmanager
def _said(repository: str) -> Iterator[None]:
    """Turn what the hub's client raises into one sentence."""
    from httpx2 import HTTPError
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{repository} is given only to who accepted its terms on the hub; do so and run hf auth login."
        ) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise ModelError(f"The hub has no model {repository} for you; look for its name on the hub.") from error
    except errors.OfflineModeIsEnabled as error:
        raise ModelError(f"HF_HUB_OFFLINE is set, so the hub is not asked for {repository}; unset it and start again.") from error
    except (HTTPError, errors.LocalEntryNotFoundError, JSONDecodeError) as error:
        raise ModelError(
            f"The hub cannot be reached for {repository} ({type(error).__name__}); try again with a network."
        ) from error
    except OSError as error:
        raise ModelError(
            f"{repository} cannot be kept ({error.strerror}); make room, or name another folder by HF_HOME."
        ) from error
