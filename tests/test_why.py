"""Why: planted answers to each of its questions."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz import cli, pipeline
from mmviz.axes import PatchAxis, TextAxis
from mmviz.errors import MethodError
from mmviz.matrices import Standing
from mmviz.pipeline import changes, distractors, why
from mmviz.results import Alignment, Score
from mmviz.whys import STEPS, Edited, Reply, Why

TEXT = "a red cat"
BOX = (0.5, 0.0, 1.0, 1.0)


@pytest.fixture
def alignment() -> Alignment:
    """Three words and the text on 1 x 4 patches; "red" looks right, "cat" left, "a" nowhere."""
    boxes = np.array([[k / 4, 0, (k + 1) / 4, 1] for k in range(4)])
    scores = np.array([[0, 0, 0, 0], [0, 1, 0, 9], [9, 0, 1, 0], [1, 2, 3, 4]], np.float32)
    spans, none = np.array([[0, 1], [2, 5], [6, 9], [0, 9]]), np.zeros(4, bool)
    query = TextAxis(TEXT, spans, ("word", "word", "word", "text"), none, none)
    key = PatchAxis(boxes, (1, 4), (0.0, 0.0, 1.0, 1.0), (80, 20))
    said = {"target": "prompt", "score": Score(0.3, "cosine"), "model": "clip-mini", "method": "relevance"}
    return Alignment(scores, query, key, np.zeros(4, np.float32), "relevance", **said)


@pytest.fixture
def picture() -> np.ndarray:
    return np.zeros((20, 80, 3), np.uint8)


@pytest.fixture
def ask(alignment, picture):
    """Ask one step about the planted alignment, with some of its facts changed."""

    def ask(step, before=(), marks=None, **facts):
        marked = replace(alignment, query=replace(alignment.query, **(marks or {})))
        return why.ask(step, why.question(marked, TEXT, picture, **facts), before)

    return ask


def test_a_text_that_was_cut_is_found_with_the_words_that_were_not_read(ask):
    found = ask("cut", marks={"cut": np.array([False, False, True, True])})
    assert (found.key, found.verdict, found.numbers) == ("cut", "bad", {"count": 1, "words": ["cat"]})
    assert ask("cut").verdict == "ok"


@pytest.mark.parametrize(("unknown", "verdict"), [([0, 0, 0], "ok"), ([0, 1, 0], "warn"), ([0, 1, 1], "bad")])
def test_unknown_words_are_the_graver_the_more_there_are(ask, unknown, verdict):
    assert ask("known", marks={"unknown": np.array([*unknown, any(unknown)], bool)}).verdict == verdict


def test_a_picture_the_model_knows_nothing_of_is_said_first(ask):
    found = ask("known", is_foreign=True, marks={"unknown": np.array([True, False, False, True])})
    assert (found.key, found.verdict) == ("foreign", "bad")


@pytest.mark.parametrize(("percentile", "key", "verdict"), [(0.97, "above", "ok"), (0.9, "below", "warn"), (0.2, "below", "bad")])
def test_a_score_is_set_among_distractors(ask, monkeypatch, percentile, key, verdict):
    standing = Standing(bank="drawn-world", n=500, score=0.3, percentile=percentile, best=(("a dog", 0.4),), checkpoint="c")
    monkeypatch.setattr(distractors, "standing", lambda *_, **__: standing)
    found = ask("distractors")
    assert (found.key, found.verdict, found.numbers["best"]) == (key, verdict, "a dog")


def test_the_score_of_an_answer_is_set_among_none(alignment, picture):
    answered = replace(alignment, score=Score(2.0, "logit", label="yes"))
    assert why.ask("distractors", why.question(answered, TEXT, picture), ()).verdict == "none"


@pytest.mark.parametrize(
    ("scores", "key", "verdict", "best"),
    [
        ([0.1, 0.2, 0.9], "none_higher", "ok", "a red"),  # only what drops a word is higher
        ([0.8, 0.9, 0.1], "some_higher", "bad", "a blue cat"),
    ],
)
def test_edits_that_say_something_else_and_score_higher_are_found(ask, monkeypatch, scores, key, verdict, best):
    edits = [changes.replaced((6, 9), "dog"), changes.replaced((2, 5), "blue"), changes.dropped((6, 9))]
    texts = tuple(changes.edited(TEXT, edit) for edit in edits)
    given = Edited(TEXT, tuple(edits), texts, 0.3, np.array(scores), "cosine")
    monkeypatch.setattr(changes, "changed", lambda *_, **__: given)
    found = ask("edits", edits=edits)
    assert (found.key, found.verdict, found.numbers["best"][0]["text"]) == (key, verdict, best)


@pytest.mark.parametrize(("false", "key"), [(0.4, "prefers_false"), (0.2, "none_higher")])
def test_a_false_sentence_that_scores_above_its_true_one_makes_the_model_wrong(ask, monkeypatch, false, key):
    scores = {TEXT: false, "a red dog": 0.3}

    def changed(text, edits, *_, **__):
        text = getattr(text, "text", text)
        texts = tuple(changes.edited(text, edit) for edit in edits)
        found = np.array([scores.get(told, 0.0) for told in texts])
        return Edited(text, tuple(edits), texts, scores[text], found, "cosine")

    monkeypatch.setattr(changes, "changed", changed)
    assert ask("edits", edits=[changes.replaced((2, 5), "blue")], rival=("a red dog", TEXT)).key == key


@pytest.mark.parametrize(
    ("boxes", "verdict", "missed"),
    [
        (((), (BOX,), (), ()), "ok", []),
        (((), (BOX,), (BOX,), ()), "warn", ["cat"]),
        (((), (), (BOX,), ()), "bad", ["cat"]),
        ((((0.0, 0.0, 0.5, 1.0),), (), (), ()), "bad", ["a"]),  # a map that points at nothing hits nothing
        (((), (), (), (BOX,)), "ok", []),
        (((), (), (), ()), "none", None),
    ],
)
def test_maps_that_lie_outside_the_known_boxes_are_found(ask, boxes, verdict, missed):
    found = ask("box", boxes=boxes)
    assert (found.verdict, found.numbers.get("missed")) == (verdict, missed)


@pytest.mark.parametrize(
    ("ranks", "key", "verdict"),
    [
        ([1, 2, 4, 3], "agree", "ok"),  # Spearman .8
        ([1, 4, 2, 3], "agree_in_part", "ok"),  # .4
        ([2, 4, 1, 3], "disagree", "warn"),  # 0
        ([4, 3, 2, 1], "disagree", "bad"),  # -1
    ],
)
def test_maps_of_other_methods_agree_in_part_or_not_at_all(ask, alignment, monkeypatch, ranks, key, verdict):
    def others(query, key, requests, **facts):
        return [replace(alignment, scores=np.tile(np.float32(ranks), (4, 1)), method=name) for name, _ in requests]

    monkeypatch.setattr(why, "align_many", others)
    found = ask("methods")
    assert (found.key, found.verdict) == (key, verdict)
    assert "relevance" not in found.numbers["methods"]


@pytest.mark.parametrize(
    ("own", "other", "key", "verdict"),
    [
        (0.99, 0.98, "both_above", "ok"),
        (0.99, 0.5, "only_own_above", "warn"),
        (0.4, 0.98, "other_above", "warn"),
        (0.4, 0.3, "neither_above", "ok"),
    ],
)
def test_another_model_is_asked_the_same(ask, monkeypatch, own, other, key, verdict):
    standing = Standing(bank="drawn-world", n=500, score=0.3, percentile=other, best=(("a dog", 0.4),), checkpoint="c")
    monkeypatch.setattr(distractors, "standing", lambda *_, **__: standing)
    before = [Reply("distractors", "above", "ok", "score", {"percentile": own})]
    found = ask("model", before, other="clip-plain-mini")
    assert (found.key, found.verdict) == (key, verdict)
    assert ask("model", before).verdict == "none"


@pytest.mark.parametrize("facts", [{"row": 4}, {"row": -1}, {"boxes": ((), ())}])
def test_a_unit_that_is_not_there_is_refused(ask, facts):
    with pytest.raises(MethodError, match="There (is no unit|are boxes of 2 units)"):
        ask("box", **facts)


def finding(step: str, verdict: str) -> Reply:
    return Reply(step, "read", verdict, "words", {})


@pytest.mark.parametrize(
    ("verdicts", "verdict", "reason"),
    [
        (["ok", "ok", "none"], "ok", None),
        (["ok", "warn", "warn"], "warn", "known"),
        (["warn", "ok", "bad"], "bad", "distractors"),
        (["none"], "none", None),
        ([], "none", None),
    ],
)
def test_the_verdict_is_the_gravest_and_its_reason_the_first_that_grave(verdicts, verdict, reason):
    found = tuple(finding(step, said) for step, said in zip(STEPS, verdicts, strict=False))
    concluded = Why(TEXT, "m", "c", "relevance", 3, 0.3, "cosine", found)
    assert (concluded.verdict, concluded.reason and concluded.reason.step) == (verdict, reason)


@pytest.fixture
def shot(tmp_path, rng) -> str:
    from PIL import Image

    Image.fromarray(rng.integers(0, 256, (50, 90, 3), np.uint8)).save(tmp_path / "shot.png")
    return str(tmp_path / "shot.png")


def test_the_command_prints_every_finding_as_json(tiny_clip, shot, capsys):
    said = ["why", "--text", TEXT, "--image", shot, "--model", f"clip:{tiny_clip}", "--device", "cpu"]
    assert cli.main([*said, "--json"]) == 0
    printed = capsys.readouterr()
    value = json.loads(printed.out)
    assert [one["step"] for one in value["findings"]] == list(STEPS)
    assert value["unit"] == len("a red cat".split())
    assert value["verdict"] in ("ok", "warn", "bad")
    assert " of " in printed.err


def test_the_command_says_each_finding_in_a_line_and_takes_a_box(tiny_clip, shot, capsys):
    said = ["why", "--text", TEXT, "--image", shot, "--model", f"clip:{tiny_clip}", "--row", "2", "--box", "0,0,1,1"]
    assert cli.main(said) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(STEPS) + 1
    assert any(line.split()[:3] == ["ok", "box", "hit"] for line in lines)


@pytest.mark.parametrize(
    ("option", "sentence"), [(["--row", "9"], "There is no unit 9"), (["--box", "1,2"], "is not x0,y0,x1,y1")]
)
def test_what_does_not_fit_is_the_users_fault(tiny_clip, shot, capsys, option, sentence):
    with pytest.raises(SystemExit) if "--box" in option else _nothing():
        assert cli.main(["why", "--text", TEXT, "--image", shot, "--model", f"clip:{tiny_clip}", *option]) == 2
    assert sentence in capsys.readouterr().err


def _nothing():
    from contextlib import nullcontext

    return nullcontext()


def test_every_finding_of_a_real_pair_can_be_written_as_json(tiny_clip, shot):
    image = pipeline.read_image(shot)
    found = pipeline.align(TEXT, image, f"clip:{tiny_clip}", device="cpu")
    asked = pipeline.question(found, TEXT, image, edits=[changes.replaced((6, 9), "dog")], device="cpu")
    concluded = pipeline.concluded(asked, list(pipeline.findings(asked)))
    assert json.loads(json.dumps(concluded.to_json(), allow_nan=False))["text"] == TEXT
