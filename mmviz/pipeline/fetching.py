"""Public models brought onto this machine, by a user who was told size and licence first."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmviz.models.downloads import Offer


def offer(model: str, *, online: bool = False) -> "Offer":
    """Ask the hub what a model weighs and under which licence it is given; no file is fetched.

    Args:
        model: "clip:owner/name".
        online: let the hub's client out for this, although the program keeps it offline otherwise.

    Raises:
        ModelError: the hub cannot be reached, or has nothing of that name that can be read safely.
        UnknownName: no family has that name.
    """
    from mmviz.models import downloads

    return downloads.offer(model, online=online)


def fetch(
    offered: "Offer",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    *,
    online: bool = False,
) -> Path:
    """Fetch what was offered; what was fetched before, a part of a file included, is not fetched again.

    Args:
        offered: what `offer` gave and the user agreed to.
        progress: told (done, total) in bytes.
        cancelled: asked at the same moments whether to stop.
        online: as of `offer`.

    Returns:
        The model's folder.

    Raises:
        ModelError: the hub cannot be reached, a file came damaged, or the disk is full.
        Stopped: `cancelled` said so.
    """
    from mmviz.models import downloads

    return downloads.fetch(offered, progress, cancelled, online=online)


def fetched_to() -> Path:
    """Name the folder in which fetched models are kept: the hub's cache on this machine."""
    from mmviz.models import downloads

    return downloads.cache()


def fetch_command(model: str) -> str:
    """Say by which command a public model comes into that folder without this program."""
    from mmviz.models import folders

    return folders.download_command(model.partition(":")[2])
