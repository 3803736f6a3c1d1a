import threading

import pytest

from mmviz.ui.work import Step, steps


def test_steps_are_told_and_the_result_comes_last():
    def work(progress, cancelled):
        progress(0, 2)
        progress(1, 2)
        return "done"

    assert list(steps(work)) == [Step(0, 2), Step(1, 2), "done"]


def test_what_the_work_raises_is_raised_where_it_is_watched():
    def work(progress, cancelled):
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        list(steps(work))


def test_closing_stops_the_work_itself_at_its_next_question_and_waits_for_it():
    done, may_go_on = [], threading.Event()

    def work(progress, cancelled):
        for i in range(100):
            progress(i, 100)
            may_go_on.wait(5)
            if cancelled():
                return
            done.append(i)

    watched = steps(work)
    assert next(watched) == Step(0, 100)
    threading.Timer(0.05, may_go_on.set).start()
    watched.close()
    assert len(done) < 100
    before = len(done)
    assert not [t for t in threading.enumerate() if t.name.startswith("mmviz-work")]
    assert len(done) == before
