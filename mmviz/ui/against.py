"""What the score on the page is set among: other captions, a bank, a bank of the visitor's own; the fold, and its handlers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from mmviz.ui import ending, guard, rooms, weighing, widgets, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.reading import Reading
from mmviz.ui.widgets import PRIVATE
from mmviz.ui.work import Step

if TYPE_CHECKING:
    from mmviz.ui.pair import Pair


@dataclass(frozen=True)
class Against:
    """What a score is compared with: other captions, a bank, a bank of the visitor's own; folded away."""

    fold: gr.HTML
    others: gr.Textbox
    bank: gr.Dropdown
    own: guard.Files
    inside: rooms.Parts

    def __iter__(self) -> Iterator[gr.components.Component]:
        return iter((self.others, self.bank, self.own))


def build() -> Against:
    """Lay out the fold."""
    say = partial(words.say, language=words.DEFAULT)
    with gr.Column(elem_id="mm-against", elem_classes="mm-folded"):
        fold = widgets.fold("mm-fold-against", "")
        others = gr.Textbox("", label=say("others"), lines=3, max_lines=8, elem_id="mm-others")
        bank = gr.Dropdown(weighing.bank_choices(words.DEFAULT), value="", label=say("bank"), elem_id="mm-bank")
        own = guard.Files(label=say("bank_file"), file_types=["text"], height=116, elem_id="mm-own")
    return Against(fold, others, bank, own, rooms.close(others, bank, own))


def wire(tab: "Pair", events: list[Any], language: gr.BrowserState) -> list[Any]:
    """Weigh the score after whatever ran a model, and whenever what it is compared with changes; a newer question ends it.

    Args:
        tab: laid out.
        events: that give an answer.
        language: the visitor's language.

    Returns:
        The weighings.
    """
    against, given = tab.against, [tab.answer.seen, *tab.against, language]
    rooms.opens(against.fold.unfold, against.inside)
    weighed = [event.success(weigh_score, given, tab.answer.score, **PRIVATE) for event in events]
    changes = [against.others.blur, against.others.submit, against.bank.input, against.own.upload, against.own.clear]
    weighed.append(gr.on(changes, weigh_score, given, tab.answer.score, **PRIVATE))
    weighed.append(tab.answer.score.match(match_bank, given, tab.answer.score, **PRIVATE))
    tab.answer.score.stop(None, cancels=weighed, **ending.AT_ONCE)
    return weighed


@shows_errors
def weigh_score(seen: Reading | None, others: str, bank: str, own: str | None, language: str) -> Iterator[str]:
    """Set the score among other captions and the texts of a bank: payloads of the score, while the bank is read and at the end.

    Where every text of a bank would be a pass with the picture, the bank waits until it is asked for.
    """
    yield from _weighed(seen, others, (bank, own), language, matches=False)


@shows_errors
def match_bank(seen: Reading | None, others: str, bank: str, own: str | None, language: str) -> Iterator[str]:
    """Match texts of a bank with the picture because that was asked for: payloads of the score, as of `weigh_score`."""
    yield from _weighed(seen, others, (bank, own), language, matches=True)


def _weighed(seen: Reading | None, others: str, bank: tuple[str, str | None], language: str, matches: bool) -> Iterator[str]:
    if seen is None:
        yield ""
        return
    for found in weighing.weigh(seen, others, weighing.known_bank(*bank, seen), matches):
        is_step = isinstance(found, Step)
        yield weighing.payload(seen, language, step=found) if is_step else weighing.payload(seen, language, found)
