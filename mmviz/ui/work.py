"""Work that takes a while: told step by step, and stopped itself when nobody waits for it any more."""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

#: Given to the work: whom to tell (done, total), and whom to ask whether to stop.
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Step:
    """How far the work is."""

    done: int
    total: int


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
        running = pool.submit(work, lambda done, total: told.put(Step(done, total)), stop.is_set)
        running.add_done_callback(told.put)
        try:
            while isinstance(step := told.get(), Step):
                yield step
            yield step.result()
        finally:
            stop.set()
