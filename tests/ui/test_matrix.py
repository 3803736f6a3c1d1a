import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import PIL.Image
import pytest

from mmviz import pipeline
from mmviz.ui import api, compared, matrix, sets
from mmviz.ui.compared import Compared
from tests.fusion import give_matching

CHOSEN = ("clip-mini", None)


@pytest.fixture
def pictures(tmp_path, rng):
    def make(count: int) -> list[str]:
        paths = [tmp_path / f"picture-{i:03}.png" for i in range(count)]
        for path in paths:
            PIL.Image.fromarray(rng.integers(0, 256, (24, 40, 3), "uint8")).save(path)
        return [str(path) for path in paths]

    return make


def compare(texts, paths, file=None, model="clip-mini", language="en", by=None):
    """All that the handler gives, one after the other."""
    return list(matrix.compare_sets(texts, file, paths, (model, by), language, "cpu"))


def values(payload: str, name: str) -> np.ndarray:
    drawn = json.loads(payload)["matrix"]
    scale = next(scale for scale in drawn["scales"] if scale["name"] == name)
    return np.frombuffer(base64.b64decode(scale["values"]), "<f4").reshape(len(drawn["texts"]), len(drawn["images"]))


def test_texts_and_pictures_give_a_matrix_on_every_scale(pictures):
    paths = pictures(5)
    found, cells, _ = compare("a cat\ntwo dogs\na tree", paths)[-1]
    expected = pipeline.matrix(["a cat", "two dogs", "a tree"], paths, "clip-mini", "cpu")
    for scale in ("cosine", "logit", "softmax-row", "softmax-column", "sigmoid", "percentile"):
        assert np.allclose(values(cells, scale), expected.scaled(scale).scores, atol=1e-5)
    assert found.matrix.values.shape == (3, 5)


def test_progress_is_told_while_the_answer_stays(pictures):
    *steps, last = compare("a cat\ntwo dogs", pictures(9))
    shares = [json.loads(said)["share"] for _, _, said in steps]
    assert shares == sorted(shares)
    assert len(shares) > 9
    assert all(kept == gr.skip() for found, cells, _ in steps for kept in (found, cells))
    assert isinstance(last[0], Compared)


def test_closing_stops_the_work_itself(pictures, monkeypatch):
    read, real = [], pipeline.read_image
    monkeypatch.setattr(compared.pipeline, "read_image", lambda path: read.append(path) or real(path))
    going = matrix.compare_sets("a cat", None, pictures(40), CHOSEN, "en", "cpu")
    next(going)
    going.close()
    assert read == []
    assert not [t for t in threading.enumerate() if t.name.startswith("mmviz-work")]


def test_one_text_and_one_picture_are_a_matrix(pictures):
    found, cells, beside = compare("a cat", pictures(1))[-1]
    assert found.matrix.values.shape == (1, 1)
    assert json.loads(beside)["recall"]["rows"][0]["first"] == "100 %"
    assert all(scale["low"] < scale["high"] for scale in json.loads(cells)["matrix"]["scales"])


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "There are 201 texts; a matrix takes 1 to 200"), ("zh", "有 201 句文字")]
)
def test_too_many_texts_are_answered_with_a_sentence(pictures, language, sentence):
    with pytest.raises(gr.Error, match=sentence):
        compare("\n".join(f"cat {i}" for i in range(201)), pictures(2), language=language)


@pytest.mark.parametrize(("language", "sentence"), [("en", "There are 201 pictures"), ("zh", "有 201 张图")])
def test_too_many_pictures_are_answered_with_a_sentence(pictures, language, sentence):
    with pytest.raises(gr.Error, match=sentence):
        compare("a cat", pictures(1) * 201, language=language)


def test_equal_texts_stay_apart(pictures):
    found, cells, _ = compare("a cat\na cat", pictures(2))[-1]
    assert json.loads(cells)["matrix"]["texts"] == ["a cat", "a cat"]
    assert np.array_equal(found.matrix.values[0], found.matrix.values[1])


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Line 2 was left out: The text is empty"), ("zh", "第 2 行未用：还没有文字")]
)
def test_an_empty_line_is_named(pictures, language, said):
    found, _, beside = compare("a cat\n\na dog", pictures(2), language=language)[-1]
    assert json.loads(beside)["skipped"][0].startswith(said)
    assert found.matrix.texts.names == ("a cat", "a dog")


def test_one_broken_picture_among_fifty_is_named_and_skipped_and_the_others_keep_their_files(pictures):
    paths = pictures(50)
    Path(paths[7]).write_bytes(b"this is no picture")
    found, _, beside = compare("a cat\na dog", paths)[-1]
    assert json.loads(beside)["skipped"] == [
        said for said in json.loads(beside)["skipped"] if said.startswith("picture-007.png was left out: ")
    ]
    assert found.matrix.values.shape == (2, 49)
    assert found.paths == tuple(path for path in paths if path != paths[7])


def test_a_text_file_of_five_megabytes_is_answered_with_a_sentence(pictures, tmp_path):
    (tmp_path / "big.txt").write_bytes(b"a cat\n" * (5 * 2**20 // 6))
    for language, sentence in (("en", "big.txt has 5.0 MB; up to 1 MB"), ("zh", "big.txt 有 5.0 MB，最多 1 MB")):
        with pytest.raises(gr.Error, match=sentence):
            compare("", pictures(1), str(tmp_path / "big.txt"), language=language)


def test_a_text_file_goes_before_what_is_typed(pictures, tmp_path):
    (tmp_path / "texts.txt").write_text("a dog\na tree\n", "utf-8")
    found = compare("a cat", pictures(1), str(tmp_path / "texts.txt"))[-1][0]
    assert found.matrix.texts.names == ("a dog", "a tree")


@pytest.mark.parametrize(
    ("texts", "count", "sentence"),
    [("", 1, "There are no texts"), ("\n \n", 1, "There are no texts"), ("a cat", 0, "There are no pictures")],
)
def test_what_is_missing_is_said(pictures, texts, count, sentence):
    with pytest.raises(gr.Error, match=sentence):
        compare(texts, pictures(count))


@pytest.mark.parametrize("model", ["clip:/etc", "/etc", "clip:someone/else"])
def test_models_are_those_on_offer(pictures, model):
    with pytest.raises(gr.Error, match="There is no model"):
        compare("a cat", pictures(1), model=model)


def test_recall_is_that_of_the_pairs(pictures):
    found, _, beside = compare("\n".join(["a cat", "two dogs", "a tree", "the tail"]), pictures(4))[-1]
    expected = pipeline.recall(found.matrix)["text_to_image"]["r1"]
    assert json.loads(beside)["recall"]["rows"][0]["first"] == f"{100 * expected:.0f} %"
    assert "of 4 pairs" in json.loads(beside)["recall"]["note"]


def test_without_pairs_there_is_no_recall_and_it_is_said_why(pictures):
    beside = json.loads(compare("a cat\na dog", pictures(3))[-1][2])
    assert beside["recall"]["rows"] == []
    assert "not equally many" in beside["recall"]["note"]


@pytest.mark.parametrize("name", sets.NAMES)
def test_an_example_set_fills_the_inputs_and_marks_what_belongs_together(name):
    *_, last = matrix.choose_set(name, CHOSEN, "en", "cpu")
    example = sets.find(name)
    found = last[3]
    first = next(matrix.choose_set(name, CHOSEN, "en", "cpu"))
    assert first[0].split("\n") == list(example.texts)
    assert found.matrix.values.shape == (len(example.texts), len(example.paths))
    assert [row.nonzero()[0].tolist() for row in found.matrix.matched] == [[b] if b >= 0 else [] for b in example.belongs]


def test_comparing_an_example_set_again_keeps_what_belongs_together():
    example = sets.find("edits")
    found = compare("\n".join(example.texts), list(example.paths))[-1][0]
    assert found.matrix.matched.sum() == len(example.paths)


def test_one_word_is_changed_in_every_pair_of_the_edited_set():
    texts = sets.find("edits").texts
    for true, false in zip(texts[::2], texts[1::2], strict=True):
        assert sum(a != b for a, b in zip(true.split(), false.split(), strict=True)) == 1


def test_a_cell_opens_its_text_and_picture_in_the_pair_tab(pictures):
    found = compare("a red cat\ntwo dogs", pictures(3))[-1][0]
    path, text, *menus, seen, overlay, table, score, side = matrix.open_cell(1, 2, found, "en", "cpu")
    assert (path, text) == (found.paths[2], "two dogs")
    assert seen.alignment.query.text == "two dogs"
    assert float(json.loads(score)["score"].replace("−", "-")) == pytest.approx(found.matrix.values[1, 2], rel=0.06)
    assert menus[0]["value"] == "clip-mini"


@pytest.mark.parametrize(("row", "column"), [(2, 0), (0, 3), (-1, 0), ("0", 0), (None, None), (True, 0)])
def test_a_cell_that_is_not_there_is_answered_with_a_sentence(pictures, row, column):
    found = compare("a red cat\ntwo dogs", pictures(3))[-1][0]
    for given in (found, None):
        with pytest.raises(gr.Error, match="not in the matrix any more"):
            matrix.open_cell(row, column, given, "en", "cpu")


@pytest.mark.parametrize(("format_", "begins"), [("csv", b"\xef\xbb\xbfsoftmax-row,"), ("json", b"{")])
def test_the_matrix_is_written_out_on_the_scale_it_is_shown_on(pictures, format_, begins):
    found = compare("a red cat\ntwo dogs", pictures(3))[-1][0]
    event = SimpleNamespace(format=format_, scale="softmax-row", at=1)
    said = json.loads(matrix.export_matrix(found, "en", event))
    assert base64.b64decode(said["content"]).startswith(begins)
    assert said["name"] == "mmviz-clip-mini-softmax-row"


def test_another_language_does_not_run_the_model_again(pictures, monkeypatch):
    found, cells, _ = compare("a cat", pictures(2))[-1]
    monkeypatch.setattr(pipeline, "matrix", lambda *_, **__: pytest.fail("the model ran"))
    labels = matrix.labels("zh", found, CHOSEN)
    assert json.loads(labels[-2])["words"]["scale"] == "标度"
    assert json.loads(labels[-2])["matrix"] == json.loads(cells)["matrix"]


def test_what_visitors_type_stays_text_in_the_payloads(pictures):
    _, cells, beside = compare("<script>cat</script> ${cat}\n" + "x" * 3000, pictures(1))[-1]
    assert "<" not in cells + beside
    assert "up to 2,000" in json.loads(beside)["skipped"][0]


def test_a_matrix_of_200_by_200_stays_under_two_megabytes(pictures):
    found, cells, _ = compare("\n".join(f"cat {i}" for i in range(200)), pictures(200))[-1]
    assert found.matrix.values.shape == (200, 200)
    assert len(cells) < 2 * 2**20


def test_two_visitors_with_200_by_200_at_once_get_each_their_own(pictures):
    paths = pictures(200)
    asked = ["\n".join(f"{word} {i}" for i in range(200)) for word in ("cat", "dog")]
    with ThreadPoolExecutor(2) as visitors:
        first, second = (found[-1][0] for found in visitors.map(lambda texts: compare(texts, paths), asked))
    for texts, found in zip(asked, (first, second), strict=True):
        assert found.matrix.texts.names == tuple(texts.split("\n"))
        alone = pipeline.matrix(texts.split("\n")[:3], paths[:4], "clip-mini", "cpu")
        assert np.allclose(found.matrix.values[:3, :4], alone.values, atol=1e-5)


def test_the_api_gives_the_contracts_json(pictures, tmp_path):
    (tmp_path / "texts.txt").write_text("a dog\na tree\n", "utf-8")
    paths = pictures(2)
    found = api.compare_sets(str(tmp_path / "texts.txt"), paths, "clip-mini", {"scale": "sigmoid"}, "cpu")
    expected = pipeline.matrix(["a dog", "a tree"], paths, "clip-mini", "cpu").scaled("sigmoid")
    assert found == {**expected.to_json(), "recall": pipeline.recall(expected)}


def test_the_api_refuses_scales_and_folders_it_does_not_know(pictures, tmp_path):
    (tmp_path / "texts.txt").write_text("a dog\n", "utf-8")
    with pytest.raises(gr.Error, match="have no scale nonsense; use: cosine"):
        api.compare_sets(str(tmp_path / "texts.txt"), pictures(1), "clip-mini", {"scale": "nonsense"}, "cpu")
    with pytest.raises(gr.Error, match="There is no model"):
        api.compare_sets(str(tmp_path / "texts.txt"), pictures(1), "clip:/etc", {"scale": "cosine"}, "cpu")


def test_the_api_says_what_an_objective_does_and_compares_by_matching(pictures, tmp_path, monkeypatch):
    (tmp_path / "texts.txt").write_text("a dog\na tree\n", "utf-8")
    texts, paths = str(tmp_path / "texts.txt"), pictures(2)
    said = {"objective": "infonce", "temperature": "0.2", "margin": "0.3"}
    found = api.compare_sets(texts, paths, "clip-mini", said, "cpu")
    expected = pipeline.objective(pipeline.matrix(["a dog", "a tree"], paths, "clip-mini", "cpu"), "infonce", temperature=0.2)
    assert found["loss"] == expected.loss
    assert found["gradient"] == expected.gradient.tolist()
    give_matching(monkeypatch)
    assert api.compare_sets(texts, paths, "clip-mini", {"by": "matching"}, "cpu")["scale"] == "probability"


def test_a_model_with_both_ways_offers_the_choice_the_cheap_one_first(monkeypatch):
    alone = matrix.way_menu("clip-mini", "en")
    give_matching(monkeypatch)
    both = matrix.way_menu("clip-mini", "en")
    assert (alone["visible"], both["visible"]) == (False, True)
    assert [way for _, way in both["choices"]] == ["contrast", "matching"]
    assert both["value"] == "contrast"


def count(texts, pictures, by=None, language="en") -> dict:
    return json.loads(matrix.count_passes("\n".join(["a cat"] * texts) + "\n\n", None, pictures, "clip-mini", by, language))


def test_the_page_says_beforehand_how_many_passes_it_will_be(monkeypatch):
    assert count(200, ["p"] * 200)["said"] == "200 texts and 200 pictures are 400 passes of the model."
    give_matching(monkeypatch)
    many = count(200, ["p"] * 200, "matching")
    assert many["said"].startswith("200 × 200 = 40,000 passes instead of 400")
    assert "Up to 10,000 are run; give fewer texts or pictures, or compare by contrast." in many["said"]
    assert many["is_too_many"]
    few = count(20, ["p"] * 30, "matching", "zh")
    assert (few["is_too_many"], few["said"]) == (False, "20 × 30 = 600 遍，而不是 50 遍：每句都要和每张图合读一次。")
    assert count(0, ["p"])["said"] == count(1, None)["said"] == ""


def test_matching_shows_what_its_numbers_are_everywhere(pictures, monkeypatch):
    pairs = give_matching(monkeypatch)
    *steps, (found, cells, beside) = compare("a cat\na dog", pictures(3), by="matching")
    drawn = json.loads(cells)["matrix"]
    assert (drawn["kind"], [scale["name"] for scale in drawn["scales"]]) == (
        "match_probability",
        ["probability", "logit", "softmax-row", "softmax-column", "percentile"],
    )
    assert values(cells, "probability") == pytest.approx(1 / (1 + np.exp(-found.matrix.values)))
    assert "by matching" in json.loads(beside)["measured"]
    said = [json.loads(step)["busy"] for _, _, step in steps]
    assert said[0] == "0 of 9 pairs and thumbnails done"
    assert sum(pairs) == 6


def test_a_matched_matrix_is_exported_on_a_scale_it_has(pictures, monkeypatch):
    give_matching(monkeypatch)
    found = compare("a cat\na dog", pictures(2), by="matching")[-1][0]
    said = json.loads(matrix.export_matrix(found, "en", SimpleNamespace(format="csv", scale="cosine", at=7)))
    assert base64.b64decode(said["content"]).decode("utf-8-sig").startswith("probability,")


@pytest.mark.parametrize(("language", "sentence"), [("en", "or compare by contrast"), ("zh", "或改用“对比”")])
def test_too_many_pairs_are_answered_with_a_sentence(pictures, monkeypatch, language, sentence):
    give_matching(monkeypatch)
    with pytest.raises(gr.Error, match=sentence):
        compare("\n".join(f"cat {i}" for i in range(200)), pictures(51), by="matching", language=language)
