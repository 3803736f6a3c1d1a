"""Work that nobody waits for yet, done so that whoever is here hardly notices."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable

from mmviz.errors import MmvizError

log = logging.getLogger("mmviz")
#: Seconds after which it begins, so that the first visitor's page is there; how much it gives way to other threads, where that can be said.
AFTER, NICE = 4.0, 15


def begin(work: Callable[[], None]) -> threading.Thread:
    """Do work in a thread of its own that gives way to others; what goes wrong is logged, and met again by whoever asks for it."""

    def run() -> None:
        time.sleep(AFTER)
        with contextlib.suppress(OSError, AttributeError):  # only Linux knows how to treat one thread apart
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        try:
            work()
        except MmvizError as error:
            log.warning("%s", error)

    thread = threading.Thread(target=run, name="mmviz-quietly", daemon=True)
    thread.start()
    return thread
