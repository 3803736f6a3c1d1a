import logging
import threading

from mmviz.errors import ModelError
from mmviz.ui import quietly


def test_work_is_done_by_a_thread_of_its_own_later(monkeypatch):
    monkeypatch.setattr(quietly, "AFTER", 0.01)
    done = []
    quietly.begin(lambda: done.append(threading.current_thread().name)).join(10)
    assert done == ["mmviz-quietly"]


def test_what_goes_wrong_is_logged_and_nobody_is_bothered(monkeypatch, caplog):
    monkeypatch.setattr(quietly, "AFTER", 0.0)

    def fail() -> None:
        raise ModelError("There is no model.")

    with caplog.at_level(logging.WARNING, "mmviz"):
        quietly.begin(fail).join(10)
    assert "There is no model." in caplog.text
