"""Where an error becomes what a visitor reads; nothing else catches everything."""

import functools
import html
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gradio as gr

from mmviz.errors import MmvizError
from mmviz.ui import chinese, words

log = logging.getLogger("mmviz")
#: Seconds a message stays on the page.
SHOWN = 20


def shows_errors(handler: Callable) -> Callable:
    """Show what a handler raises as one sentence; the page stays as it was. A handler may be a generator.

    An `MmvizError` is shown as it reads. Anything else is a bug: its traceback goes to the log, the visitor is told that
    something broke and that nothing entered is lost. The language is that of the handler's arguments `language` or `asked`.
    """
    signature = inspect.signature(handler)

    def language_of(arguments: tuple, named: dict) -> str:
        given = signature.bind(*arguments, **named).arguments
        return words.known(given.get("language", getattr(given.get("asked"), "language", None)))

    @functools.wraps(handler)
    def guarded(*arguments, **named):
        with _shown_errors(language_of(arguments, named)):
            return handler(*arguments, **named)

    @functools.wraps(handler)
    def guarded_steps(*arguments, **named):
        with _shown_errors(language_of(arguments, named)):
            yield from handler(*arguments, **named)

    return guarded_steps if inspect.isgeneratorfunction(handler) else guarded


@contextmanager
def _shown_errors(language: str) -> Iterator[None]:
    try:
        yield
    except gr.Error:
        raise
    except MmvizError as error:
        raise _shown(chinese.said(str(error)) if language == "zh" else str(error), language) from error
    except Exception as error:  # noqa: BLE001  the one place: whatever broke, the page must stay alive
        log.exception("a handler of the page broke")
        raise _shown(words.say("broke", language), language) from error


def _shown(sentence: str, language: str) -> gr.Error:
    # The page writes messages as HTML, and a sentence may quote what a visitor typed.
    return gr.Error(
        html.escape(sentence, quote=False), duration=SHOWN, title=words.say("error_title", language), print_exception=False
    )
