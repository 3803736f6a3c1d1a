"""Work that takes a while: told step by step, and stopped itself when nobody waits for it any more."""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mmviz.errors import MmvizError

#: Given to the work: whom to tell (done, total, and in work of several stages which one), and whom to ask whether to stop.
Progress = Callable[..., None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Step:
    """How far the work is; `stage` names the part of it, in work of several."""

    done: int
    total: int
    stage: str = ""


def payloads(
    found: Iterator[Any], on_step: Callable[[Step], str], at_end: Callable[[Any], str], idle: Callable[[], str]
) -> Iterator[str]:
    """Write what work tells of itself.

    Args:
        found: by `steps`.
        on_step, at_end: write a step, and what the work returned.
        idle: writes that nothing runs, so that it can be asked again where the work was refused.
    """
    try:
        for one in found:
            yield on_step(one) if isinstance(one, Step) else at_end(one)
    except MmvizError:
        yield idle()
        raise


def steps(work: Callable[[Progress, Cancelled], Any]) -> Iterator[Any]:
    """Run work in a thread of its own.

    Args:
        work: tells how far it is, and asks at the same moments whether to stop.

    Yields:
        A `Step` each time the work tells one, and at last what the work returned. Closing the generator, as Gradio does when
        an event is cancelled or its visitor leaves, makes the work stop at its next question, and waits until it did.

    Raises:
        Exception: whatever the work raised.
    """
    told: queue.SimpleQueue[Step | Future] = queue.SimpleQueue()
    stop = threading.Event()
    with ThreadPoolExecutor(1, "mmviz-work") as pool:
        running = pool.submit(work, lambda done, total, stage="": told.put(Step(done, total, stage)), stop.is_set)
        running.add_done_callback(told.put)
        try:
            while isinstance(step := told.get(), Step):
                yield step
            yield step.result()
        finally:
            stop.set()
