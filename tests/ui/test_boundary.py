import logging

import gradio as gr
import pytest

from mmviz.errors import MediaError
from mmviz.ui.boundary import shows_errors


@shows_errors
def handler(error: Exception, language: str = "en") -> None:
    raise error


def test_an_error_of_ours_is_shown_as_it_reads():
    with pytest.raises(gr.Error, match="the picture is blue; make it red") as shown:
        handler(MediaError("the picture is blue; make it red"))
    assert shown.value.print_exception is False


def test_a_bug_is_logged_with_its_traceback_and_shown_as_one(caplog):
    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error, match="Something broke here; what you entered is kept"):
        handler(ZeroDivisionError("secret path /srv"))
    assert "ZeroDivisionError: secret path /srv" in caplog.text


def test_a_bug_says_nothing_of_itself_to_the_visitor():
    with pytest.raises(gr.Error) as shown:
        handler(ZeroDivisionError("secret path /srv"), language="zh")
    assert shown.value.message == "这里出了故障；您填的内容都还在。"


def test_what_a_visitor_typed_does_not_become_a_tag():
    with pytest.raises(gr.Error) as shown:
        handler(MediaError('no "<img src=x onerror=alert(1)>" here'))
    assert "<" not in shown.value.message


def test_what_a_handler_gives_passes_through():
    assert shows_errors(lambda language: language.upper())("zh") == "ZH"
