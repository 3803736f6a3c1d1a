"""What panels do when there is another answer, in one request."""

import gradio as gr
import pytest

from mmviz.ui import anew, app
from tests.ui.conftest import closing_loops

#: Panels that begin anew with every answer, and the two that give answers themselves and keep what they show then.
PANELS, OVERVIEWS = {"mm-trust", "mm-probes", "mm-versus", "mm-region", "mm-why"}, {"mm-multiples", "mm-heads"}
ANSWERS = {
    ("mm-show", "click"),
    ("mm-examples", "choose"),
    ("mm-overlay", "phrase"),
    ("mm-cells", "open"),
    ("mm-plane", "open"),
    ("mm-changes", "change_words"),
    ("mm-probes", "change_words"),
    ("mm-multiples", "pick"),
    ("mm-heads", "pick"),
    ("mm-bar", "language"),
}


@pytest.fixture(scope="module")
def begun(bundle):
    """What gives an answer -> names of all that is updated in one request when it succeeded."""
    with closing_loops(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMVIZ_MODELS", str(bundle))
        page = app.build("cpu")
    found = {}
    for one in page.fns.values():
        if one.trigger_only_on_success and one.name == "begin":
            for number, event in page.fns[one.trigger_after].targets:
                name = getattr(page.blocks.get(number), "elem_id", None)
                found.setdefault((name, event), []).append({out.elem_id for out in one.outputs})
    return found


@pytest.mark.parametrize("answer", sorted(ANSWERS), ids=" ".join)
def test_another_answer_begins_all_panels_anew_in_one_request(begun, answer):
    (names,) = begun[answer]
    assert names >= PANELS
    assert (names >= OVERVIEWS) == (answer[0] not in OVERVIEWS)
    assert ("mm-changes" in names) == (answer[1] != "change_words")  # it shows how the score moved


def test_updates_come_in_the_order_of_outputs_each_from_its_own_inputs(loops_are_closed):
    with gr.Blocks():
        a, b, c = gr.Textbox(), gr.Textbox(), gr.Textbox()
    one = anew.Anew(lambda first, third: f"{first}{third}", [a, c], [a])
    two = anew.Anew(lambda second: (second, second * 2), [b], [b, c])
    assert anew.begun([two, one], {a: "x", b: "y", c: "z"}) == ("y", "yy", "xz")
