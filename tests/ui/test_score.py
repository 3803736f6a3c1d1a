"""The score made readable, phrases of one's own, and what is taken along."""

import base64
import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from mmviz import pipeline
from mmviz.results import Alignment
from mmviz.ui import against, pair, reading, weighing
from mmviz.ui.reading import Asked
from mmviz.ui.work import Step
from tests.models.tiny import make_vlm


@pytest.fixture
def own_bank(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("\n".join([f"{word} number {i}" for i, word in enumerate(["cat", "dog", "tree"] * 8)]))
    return str(path)


def seen(photo, target=None, method="relevance", text="a red cat under the tree"):
    return pair.show_pair(Asked(photo, text, "clip-mini", method, (), (), target, "en"), "cpu")[0]


def weigh(found, others="", bank="", own=None, language="en"):
    return [json.loads(said) for said in against.weigh_score(found, others, bank, own, language)]


def test_a_bank_is_read_step_by_step_once_a_checkpoint_and_then_comes_from_the_store(photo, own_bank):
    found = seen(photo)
    first, again = weigh(found, own=own_bank), weigh(found, own=own_bank)
    assert [bool(said["busy"]) for said in first] == [True] * (len(first) - 1) + [False]
    assert len(first) > 1
    assert len(again) == 1
    assert again[0] == first[-1]


def test_the_banks_name_and_size_stand_beside_the_percentile_and_the_verdict_is_in_words(photo, own_bank):
    said = weigh(seen(photo), own=own_bank)[-1]["standing"]
    assert said["said"] == "of 24 sentences of mine.txt score lower"
    assert said["share"].endswith(" %")
    assert ("Above distractors" in said["verdict"]) == said["above"]
    assert len(said["best"]) == 5


def test_the_percentile_is_the_share_of_the_bank_that_scores_lower(photo, own_bank):
    found = seen(photo)
    said = weigh(found, own=own_bank)[-1]["standing"]
    lines = Path(own_bank).read_text("utf-8").splitlines()
    cosines = pipeline.matrix([found.alignment.query.text, *lines], [photo], "clip-mini", "cpu").values[:, 0]
    assert said["share"] == reading.percent(float(np.mean(cosines[1:] < cosines[0])))


def test_probabilities_against_other_captions_sum_to_one_and_the_own_text_comes_first(photo, own_bank):
    said = weigh(seen(photo), "a dog\n\n two trees \na dog\na red cat under the tree", own=own_bank)[-1]["chances"]
    assert [row["text"] for row in said["rows"]] == ["a red cat under the tree", "a dog", "two trees"]
    assert sum(row["share"] for row in said["rows"]) == pytest.approx(1, abs=1e-5)
    assert weigh(seen(photo), " \n", own=own_bank)[-1]["chances"] is None


def test_the_bank_that_suits_a_bundled_model_is_the_drawn_worlds(photo):
    assert weighing.known_bank("", None, seen(photo)) == "drawn-world"
    assert weighing.known_bank("everyday", None, seen(photo)) == "everyday"


@pytest.mark.parametrize("bank", ["/etc/passwd", "../../../README.md", "drawn-world-zh"])
def test_a_bank_is_never_a_file_of_the_server(photo, bank):
    with pytest.raises(gr.Error, match="There is no bank"):
        weigh(seen(photo), bank=bank)


def test_a_bank_that_is_too_small_is_answered_with_a_sentence(photo, tmp_path):
    (tmp_path / "few.txt").write_text("one\ntwo\n")
    with pytest.raises(gr.Error, match="needs at least 20"):
        weigh(seen(photo), own=str(tmp_path / "few.txt"))
    with pytest.raises(gr.Error, match="至少要 20 句"):
        weigh(seen(photo), own=str(tmp_path / "few.txt"), language="zh")


def test_stopping_the_bank_stops_the_work_itself(photo, monkeypatch):
    batches = []

    def slow(*_, progress, cancelled, **__):
        for i in range(200):
            progress(i, 200)
            time.sleep(0.005)
            if cancelled():
                return
            batches.append(i)

    monkeypatch.setattr(pipeline, "standing", slow)
    going = weighing.weigh(seen(photo), "", "drawn-world")
    assert next(going) == Step(0, 200)
    going.close()
    count = len(batches)
    assert count < 100
    assert not [t for t in threading.enumerate() if t.name.startswith("mmviz-work")]


def test_without_an_answer_there_is_no_score():
    assert list(against.weigh_score(None, "", "", None, "en")) == [""]


@pytest.mark.parametrize(("method", "target"), [("relevance", "prompt"), ("similarity", "context"), ("attention", "context")])
def test_a_phrase_of_ones_own_is_a_row_before_the_whole_text(photo, method, target):
    before = seen(photo, target, method)
    found, overlay, table = pair.add_phrase(before, "en", SimpleNamespace(start=2, end=15))
    units = json.loads(overlay)["overlay"]["units"]
    assert [unit["text"] for unit in units][-2:] == ["red cat under", "a red cat under the tree"]
    assert json.loads(overlay)["start"] == len(units) - 2
    assert [unit["text"] for unit in json.loads(table)["tables"][0]["units"]] == [unit["text"] for unit in units]
    kept = [*range(len(units) - 2), len(units) - 1]
    assert np.array_equal(found.alignment.scores[kept], before.alignment.scores)
    assert len(found.boxes) == len(units)


def test_a_phrases_map_is_that_of_the_phrase_read_alone(photo):
    found, *_ = pair.add_phrase(seen(photo), "en", SimpleNamespace(start=2, end=15))
    alone = pipeline.align("red cat under", photo, unit="text")
    assert np.allclose(found.alignment.scores[-2], alone.scores[0], atol=1e-6)


def test_only_the_phrase_is_read_and_the_model_runs_once(photo, monkeypatch):
    before, asked = seen(photo), []
    real = pipeline.align_many
    monkeypatch.setattr(
        pipeline, "align_many", lambda text, *rest, **named: asked.append(str(text)) or real(text, *rest, **named)
    )
    pair.add_phrase(before, "en", SimpleNamespace(start=2, end=15))
    assert asked == ["red cat under"]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (0, 99), ("0", 3), (None, 2), (True, 4)])
def test_a_phrase_outside_the_text_is_refused(photo, start, end):
    with pytest.raises(gr.Error, match="does not lie in the text"):
        pair.add_phrase(seen(photo), "en", SimpleNamespace(start=start, end=end))


def test_a_phrase_that_is_a_row_already_is_shown_and_not_added(photo):
    before = seen(photo)
    found, overlay, table = pair.add_phrase(before, "en", SimpleNamespace(start=2, end=5))
    assert found is before
    assert json.loads(overlay)["start"] == 1


@pytest.mark.parametrize("format_", ["svg", "json", "npz", "csv", "png"])
def test_an_answer_is_written_out_in_every_format(photo, format_):
    said = json.loads(pair.export_pair(seen(photo), "en", SimpleNamespace(format=format_, at=7)))
    content = base64.b64decode(said["content"])
    begins = {"svg": b"<svg", "png": b"<svg", "json": b"{", "npz": b"PK", "csv": b"\xef\xbb\xbfunit"}
    assert content.startswith(begins[format_])
    assert (said["name"], said["format"], said["at"]) == ("mmviz-clip-mini-relevance", format_, 7)


def test_what_is_written_out_is_what_is_on_the_page(photo):
    found = seen(photo)
    said = json.loads(pair.export_pair(found, "en", SimpleNamespace(format="json", at=7)))
    assert Alignment.from_json(json.loads(base64.b64decode(said["content"]))).to_json() == found.alignment.to_json()


@pytest.mark.parametrize("format_", ["exe", "../../x", ""])
def test_a_format_that_is_none_is_answered_with_a_sentence(photo, format_):
    with pytest.raises(gr.Error, match="There is no export format"):
        pair.export_pair(seen(photo), "en", SimpleNamespace(format=format_, at=7))


def test_nothing_to_write_out_is_said():
    with pytest.raises(gr.Error, match="还没有可导出的结果"):
        pair.export_pair(None, "zh", SimpleNamespace(format="json", at=7))


def test_an_answer_from_the_store_says_so_quietly(photo):
    first, again = (pair.show_pair(Asked(photo, "a cat", "clip-mini", "relevance", (), (), None, "en"), "cpu") for _ in "12")
    assert json.loads(first[-1])["stored"] == ""
    assert json.loads(again[-1])["stored"].startswith("Answered from the store")


@pytest.mark.parametrize(("language", "said"), [("en", "so results are not kept"), ("zh", "结果没有存下")])
def test_a_store_that_cannot_be_written_is_said_and_the_answer_comes_all_the_same(photo, tmp_path, monkeypatch, language, said):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("MMVIZ_HOME", str(tmp_path / "file" / "store"))
    found = pair.show_pair(Asked(photo, "a cat", "clip-mini", "relevance", (), (), None, language), "cpu")
    assert said in json.loads(found[-1])["stored"]
    assert json.loads(found[1])["overlay"]["units"]


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (0.0002, "< 0.1 %"), (0.0123, "1.2 %"), (0.5, "50 %"), (0.997, "99.7 %"), (0.9996, "> 99.9 %"), (1, "100 %")],
)
def test_a_share_is_never_all_or_nothing_when_it_is_not(share, said):
    assert reading.percent(share) == said


@pytest.mark.parametrize(("language", "kind"), [("en", "log p(text | picture)"), ("zh", "空白图")])
def test_the_score_of_a_model_that_speaks_says_what_it_is_and_that_its_words_add_up(photo, tmp_path, language, kind):
    model = f"vlm:{make_vlm(tmp_path / 'vlm')}"
    found = pipeline.align("a red cat", photo, model, "attention", device="cpu")
    said = json.loads(weighing.payload(reading.Reading(found, "", (), False, False, ()), language))
    assert kind in said["kind"]
    assert "blank" in said["note"] if language == "en" else "每个词" in said["note"]
    assert found.unit_scores[:-1].sum() == pytest.approx(found.score.value, abs=1e-4)
