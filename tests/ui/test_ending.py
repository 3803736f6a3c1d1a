"""Whatever gives another answer ends the work of the answer before: no old result is written over a new one."""

import pytest

from mmviz.ui import app
from tests.ui.conftest import closing_loops

#: What takes long and belongs to the answer on the page, by its handler's name.
LONG = {"judge_unit", "show_maps", "weigh_heads", "look", "oppose", "weigh_score", "match_bank", "explain", "try_edits", "leave"}
#: What gives another answer: the trigger of the page, and the handler it begins.
ANSWERS = {
    ("mm-show", "click"): "show",
    ("mm-text", "submit"): "show",
    ("mm-examples", "choose"): "choose",
    ("mm-overlay", "phrase"): "add_phrase",
    ("mm-cells", "open"): "open_",
    ("mm-changes", "change_words"): "change_pair",
    ("mm-probes", "change_words"): "change_pair",
    ("mm-multiples", "pick"): "pick",
    ("mm-heads", "pick"): "pick",
}


@pytest.fixture(scope="module")
def page(bundle):
    with closing_loops(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMVIZ_MODELS", str(bundle))
        yield app.build("cpu")


@pytest.fixture(scope="module")
def ended(page):
    """Trigger -> names of the handlers that it ends."""
    found = {}
    for one in page.fns.values():
        for number, event in one.targets:
            name = getattr(page.blocks.get(number), "elem_id", None)
            found.setdefault((name, event), []).extend(page.fns[other] for other in one.cancels)
    return found


@pytest.mark.parametrize("trigger", [*ANSWERS, ("mm-trust", "average"), ("mm-bar", "language")], ids=" ".join)
def test_another_answer_ends_all_long_work_of_the_one_before(ended, trigger):
    assert {fn.name for fn in ended[trigger]} >= LONG


@pytest.mark.parametrize("trigger", ANSWERS, ids=" ".join)
def test_a_question_ends_older_questions_but_never_itself(page, ended, trigger):
    begun = [fn for fn in page.fns.values() if fn.fn and any(_of(page, target) == trigger for target in fn.targets)]
    assert ANSWERS[trigger] in {fn.name for fn in begun}
    assert not {fn._id for fn in begun} & {fn._id for fn in ended[trigger]}
    assert {fn.name for fn in ended[trigger]} >= set(ANSWERS.values()) - {ANSWERS[trigger]}


@pytest.mark.parametrize(
    ("trigger", "older"),
    [
        (("mm-compare", "click"), {"choose", "arrive", "compare_points"}),
        (("mm-sets", "choose"), {"compare", "arrive", "compare_points"}),
        (("mm-matrix-stop", "click"), {"compare", "choose", "arrive", "compare_points"}),
        (("mm-chosen", "compare"), {"compare", "choose", "arrive"}),
        (("mm-map-go", "click"), {"choose", "again", "arrive"}),
        (("mm-map-sets", "choose"), {"make", "again", "arrive"}),
        (("mm-map-centred", "input"), {"make", "choose", "arrive"}),
        (("mm-speech-go", "click"), {"choose", "compare", "warp", "arrive"}),
        (("mm-speech-examples", "choose"), {"time_sound", "compare", "warp", "arrive"}),
        (("mm-film-go", "click"), {"choose", "arrive"}),
        (("mm-film-examples", "choose"), {"match", "arrive"}),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_on_every_other_tab_a_question_ends_older_ones_too(ended, trigger, older):
    assert {fn.name for fn in ended[trigger]} == older


def test_older_work_is_ended_before_newer_begins(page):
    ends, begins = {}, {}
    for place, one in enumerate(page.config["dependencies"]):
        for target in map(tuple, one["targets"]):
            (ends if one["cancels"] else begins).setdefault(target, []).append(place)
    both = ends.keys() & begins.keys()
    assert len(both) >= len(ANSWERS)
    assert all(max(ends[target]) < min(begins[target]) for target in both)


def test_stop_ends_every_kind_of_answer(ended):
    assert {fn.name for fn in ended["mm-stop", "click"]} >= set(ANSWERS.values())


def _of(page, target):
    number, event = target
    return getattr(page.blocks.get(number), "elem_id", None), event


def test_the_doors_have_their_names_to_themselves(page):
    doors = {"align", "matrix", "speech", "film", "space"}
    assert {fn.api_name for fn in page.fns.values() if fn.api_visibility == "public"} == doors
