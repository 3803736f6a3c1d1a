"""What the browser does not build before somebody looks at it."""

import gradio as gr
import pytest

from mmviz.ui import app, preload, rooms, widgets
from tests.ui.conftest import closing_loops


@pytest.fixture(scope="module")
def page(bundle):
    with closing_loops(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMVIZ_MODELS", str(bundle))
        yield app.build("cpu")


@pytest.fixture
def laid_out(loops_are_closed):
    with gr.Blocks() as demo, gr.Row() as row:
        with gr.Column():
            text, number = gr.Textbox(), gr.Number(visible=False)
        button = gr.Button()
    return demo, row, text, number, button


def test_a_closed_room_and_what_is_seen_in_it_are_not_made(laid_out):
    _, row, text, number, button = laid_out
    assert rooms.close(row) == (row, text, button)
    assert [one.visible for one in (row, text, number, button)] == [False] * 4
    assert rooms.close(row) == ()


def test_opening_makes_all_of_it_without_asking_the_server(laid_out):
    demo, row, text, _, button = laid_out
    with demo:
        other = gr.Button()
        rooms.opens(other.click, rooms.close(row))
    (opened,) = (fn for fn in demo.fns.values() if fn.targets == [(other._id, "click")])
    assert opened.outputs == opened.inputs == [row, text, button]
    assert opened.fn is None
    assert not opened.queue


def test_only_what_asks_the_first_question_is_made_with_the_page(page):
    assert set(preload.seen(page)) == {
        "row",
        "column",
        "form",
        "html",
        "image",
        "textbox",
        "dropdown",
        "button",
        "browserstate",
        "state",
    }
    names = {one.elem_id for one in page.blocks.values() if isinstance(one, gr.HTML) and _is_seen(one)}
    assert names == {"mm-bar", "mm-fold-pair", "mm-overlay"}


def test_whatever_is_visible_is_laid_out_for_browsers_wait_until_it_is_there(page):
    config = page.get_config_file()

    def ids(part):
        return {part["id"], *(one for child in part.get("children", ()) for one in ids(child))}

    laid_out = ids(config["layout"])
    assert [one["id"] for one in config["components"] if one["props"].get("visible", True) and one["id"] not in laid_out] == []
    assert len(laid_out) < len(config["components"]) - 30  # the doors for programs are no part of it


@pytest.mark.parametrize("name", widgets.TABS[1:])
def test_every_room_is_closed_until_the_bar_says_that_its_tab_is_seen(page, name):
    room, bar = (next(one for one in page.blocks.values() if one.elem_id == f"mm-{which}") for which in (name, "bar"))
    (opened,) = (fn for fn in page.fns.values() if (bar._id, f"open_{name}") in fn.targets)
    closed = {one.elem_id or one for one in (room, *rooms.inside(room)) if not one.visible}
    comes_with_its_words = {room.elem_id} if name in ("speech", "film") else set()
    assert len(closed) > 1
    assert {one.elem_id or one for one in opened.outputs} == closed - {"mm-by"} - comes_with_its_words  # one way is no choice
    assert opened.fn is None


def _is_seen(one) -> bool:
    return one is None or (one.visible is True and _is_seen(one.parent))
