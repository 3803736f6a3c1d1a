"""Vectors of whole texts and pictures, in batches that can be watched and stopped."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mmviz.errors import ModelError, Stopped
from mmviz.pipeline.doors import DEFAULT_MODEL
from mmviz.registry import Family
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

BATCH = 32
#: Pictures in memory at once: each may have 40 megapixels.
PICTURES = 8


@dataclass(frozen=True)
class Watch:
    """Who is told how far the work is, as (done, total), and is asked whether to go on."""

    progress: Callable[[int, int], None] | None = None
    cancelled: Callable[[], bool] | None = None

    def step(self, done: int, total: int) -> None:
        """Tell, then ask.

        Raises:
            Stopped: the work is not wanted any more.
        """
        if self.progress:
            self.progress(done, total)
        if self.cancelled and self.cancelled():
            raise Stopped(f"Stopped after {done:,} of {total:,}, as was asked; start again to have them all.")


def check_vectors(family: Family, model: str) -> None:
    """See that a family has vectors of whole texts and pictures.

    Raises:
        ModelError: it has none.
    """
    if "embed" not in family.functions:
        raise ModelError(f"{model} has no vectors of whole texts and pictures; choose a dual encoder, such as {DEFAULT_MODEL}.")


def embed(
    parts: Iterable[tuple[int, Sequence[Text] | Sequence[Image]]], model: str, device: str, watch: Watch, *, done: int, total: int
) -> tuple[np.ndarray, str]:
    """Embed part by part, the model lent anew for each, so that others' questions come in between.

    Args:
        parts: how many items each part stands for, and those of them that can be used.
        model, device: as of `checkpoints.lease`.
        watch: told and asked before every part and at the end.
        done, total: items finished before, and in all.

    Returns:
        Vectors, shape (N, D), unit norm, and the id of the checkpoint.

    Raises:
        ModelError: the model cannot be run, or its files were exchanged in the middle.
        Stopped: `watch` said so.
    """
    rows, checkpoints = [np.zeros((0, 0), np.float32)], set()
    for count, samples in parts:
        watch.step(done, total)
        if samples:
            made, checkpoint = _embed(samples, model, device)
            rows.append(made)
            checkpoints.add(checkpoint)
        done += count
    watch.step(done, total)
    if len(checkpoints) > 1:
        raise ModelError(f"The files of {model} were exchanged while it ran; ask again.")
    return np.concatenate(rows[1:] or rows), "".join(checkpoints)


def batches(samples: Sequence[Text]) -> Iterable[tuple[int, Sequence[Text]]]:
    """Divide texts into parts."""
    return ((len(part), part) for part in (samples[i : i + BATCH] for i in range(0, len(samples), BATCH)))


def _embed(samples: Sequence[Text] | Sequence[Image], model: str, device: str) -> tuple[np.ndarray, str]:
    from mmviz.models import checkpoints

    def work(checkpoint: "Checkpoint") -> tuple[np.ndarray, str]:
        check_vectors(checkpoint.family, model)
        return checkpoint.family.functions["embed"](checkpoint, samples).vectors, checkpoint.id

    return checkpoints.run(model, device, work)
