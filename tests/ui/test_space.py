import base64
import csv
import io
import json
from types import SimpleNamespace

import gradio as gr
import numpy as np
import PIL.Image
import pytest

from mmviz.errors import MediaError
from mmviz.media import vectors
from mmviz.space import neighbours
from mmviz.ui import api, mapped, material, space, space_words
from mmviz.ui.mapped import Mapped, Wanted

PCA = Wanted("pca")


@pytest.fixture(autouse=True)
def few_scenes(monkeypatch):
    monkeypatch.setattr(material, "COUNT", 12)
    monkeypatch.setattr(material, "_made", type(material._made)())
    for kept in (material._told, material._sheet_of_scenes):
        kept.cache_clear()


@pytest.fixture
def shown() -> Mapped:
    return last(space.choose_example("clip-mini", PCA, "en", "cpu"))[0]


@pytest.fixture
def own(tmp_path, rng) -> tuple[list[str], str]:
    """Three pictures, of which the third has no caption, and captions, of which the last is of no picture."""
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        PIL.Image.fromarray(rng.integers(0, 256, (30, 40, 3), np.uint8)).save(path)
    rows = ["a.png,a cat,home", "b.png,two dogs,street", "a.png,one <b>cat</b>,home", "z.png,a tree,"]
    (tmp_path / "c.csv").write_text("\n".join(["file,caption,place", *rows]))
    return [str(path) for path in paths], str(tmp_path / "c.csv")


def last(steps) -> tuple:
    return list(steps)[-1]


def event(**facts):
    return SimpleNamespace(**facts)


def sent(rows) -> str:
    return base64.b64encode(np.array(rows, "<u4").tobytes()).decode()


def test_drawn_scenes_are_told_in_both_languages_and_belong_together(shown):
    drawn = shown.space
    assert [int((drawn.modality == i).sum()) for i in range(2)] == [24, 12]
    assert drawn.pairs.tolist() == [[i, 24 + i % 12] for i in range(24)]
    assert drawn.tags["language"] == ("en",) * 12 + ("zh",) * 12 + ("",) * 12
    assert set(drawn.tags) >= {"concept", "background", "objects", "rank", "error"}
    assert drawn.tags["concept"][:12] == drawn.tags["concept"][24:]


def test_the_map_of_umap_begins_with_components_and_tells_its_steps():
    *_, components, steps, done = _stages(list(space.choose_example("clip-mini", Wanted("umap"), "en", "cpu")))
    assert components[0].is_first
    assert components[0].space.method == "pca"
    assert not done[0].is_first
    assert done[0].space.method == "umap"
    shares = [json.loads(facts)["share"] for _, _, facts, _ in steps]
    assert shares == sorted(shares)
    assert len(shares) > 500
    assert all(kept == gr.skip() for found, plane, _, _ in steps for kept in (found, plane))


@pytest.mark.parametrize(("method", "says"), [("pca", "first_near"), ("umap", "first")])
def test_of_many_items_components_are_seen_before_neighbours_are_looked_for(monkeypatch, method, says):
    looked, look = [], neighbours.neighbours
    monkeypatch.setattr(mapped, "AT_ONCE", 30)
    monkeypatch.setattr(neighbours, "neighbours", lambda *given, **how: looked.append(how["device"]) or look(*given, **how))
    work = space.choose_example("clip-mini", Wanted(method), "zh", "cpu")
    found, plane, facts, _ = next(step for step in work if isinstance(step[0], Mapped))
    assert looked == []
    assert (json.loads(plane)["is_first"], json.loads(plane)["space"]["near"]) == (says, 0)
    assert json.loads(facts)["belief"][0]["note"] == space_words.say("not_yet", "zh")
    done = last(work)
    assert looked == ["cpu"]
    assert (done[0].space.method, done[0].space.neighbours.k, done[0].is_first) == (method, 15, False)
    assert np.ptp(found.space.points, axis=0).all()


def _stages(values: list) -> tuple:
    """Part what came: the components, the steps after them, the map."""
    places = [i for i, value in enumerate(values) if isinstance(value[0], Mapped)]
    return values[places[0]], values[places[0] + 1 : places[1]], values[places[1]]


def test_two_seeds_stand_side_by_side_with_their_own_figures():
    found, plane, facts, _ = last(space.choose_example("clip-mini", Wanted("umap", 3, twice=True), "en", "cpu"))
    drawn = json.loads(plane)
    assert [one.seed for one in found.spaces] == [drawn["space"]["seed"], drawn["again"]["seed"]] == [3, 4]
    assert drawn["space"]["xy"] != drawn["again"]["xy"]
    assert len(json.loads(facts)["belief"]) == 2


def test_centring_is_laid_out_again_without_the_model_and_shows_retrieval_before_and_after(shown, monkeypatch):
    monkeypatch.setattr(material.pipeline, "embedded", lambda *_, **__: pytest.fail("the model was run again"))
    found, _, facts, _ = last(space.lay_out_again(shown, Wanted("pca", centred=True), "en", "cpu"))
    assert found.space.gap < shown.space.gap
    table = json.loads(facts)["retrieval"]
    assert table["now"] == 1
    gaps = table["rows"][0]["values"]
    assert float(gaps[0]) > float(gaps[1])


def test_a_visitors_pictures_are_mapped_with_their_captions_and_tags(own):
    pictures, captions = own
    found, plane, facts, _ = last(space.map_own((pictures, captions, None), "clip-mini", PCA, "en", "cpu"))
    assert found.space.items.names == ("a cat", "two dogs", "one <b>cat</b>", "a.png", "b.png", "c.png")
    assert found.space.pairs.tolist() == [[0, 3], [1, 4], [2, 3]]
    assert found.space.tags["place"] == ("home", "street", "home", "home", "street", "")
    assert found.space.left_out == {"unnamed": 1}
    assert "1 captions are of pictures that were not added." in json.loads(facts)["notes"]
    assert json.loads(plane)["thumbs"]["picture"].startswith("data:image/jpeg")


def test_captions_of_none_of_the_pictures_are_refused(own, tmp_path):
    (tmp_path / "other.csv").write_text("file,caption\nz.png,a tree\n")
    with pytest.raises(gr.Error, match="z.png, which is not among the pictures"):
        last(space.map_own((own[0], str(tmp_path / "other.csv"), None), "clip-mini", PCA, "en", "cpu"))


def test_given_vectors_have_a_map_and_nothing_to_open(tmp_path, rng):
    np.save(tmp_path / "v.npy", rng.normal(size=(40, 5)))
    found, plane, facts, _ = last(space.map_own((None, None, [str(tmp_path / "v.npy")]), None, PCA, "zh", "cpu"))
    drawn = json.loads(plane)
    assert (drawn["can_open"], drawn["thumbs"], drawn["queries"]) == (False, None, [])
    assert json.loads(facts)["gap"] is None
    with pytest.raises(gr.Error, match=space_words.say("no_pictures_here", "zh")):
        space.open_item(0, found, "zh", "cpu")


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "20 items are not shown; those shown were drawn at random by seed 5."), ("zh", "按种子 5 随机抽取")],
)
def test_of_too_many_vectors_it_is_said_how_many_are_not_shown_and_how_the_others_were_drawn(
    tmp_path, rng, monkeypatch, language, says
):
    monkeypatch.setattr(vectors, "MOST", 30)
    np.save(tmp_path / "v.npy", rng.normal(size=(50, 5)))
    found, _, facts, _ = last(space.map_own((None, None, [str(tmp_path / "v.npy")]), None, Wanted("pca", 5), language, "cpu"))
    assert len(found.space) == 30
    assert any(says in note for note in json.loads(facts)["notes"])


def test_three_files_of_vectors_are_refused():
    with pytest.raises(MediaError, match="give one or two"):
        material.given(["a.npy", "b.npy", "c.npy"], 0)


def test_pictures_without_captions_are_not_enough(own):
    with pytest.raises(gr.Error, match="nothing to map"):
        last(space.map_own((own[0], None, None), "clip-mini", PCA, "en", "cpu"))


def test_queries_are_listed_the_worst_first_with_what_stood_first(shown):
    rows = mapped._queries(shown)
    ranks = [rank for *_, rank in rows]
    assert ranks == sorted(ranks, reverse=True)
    cosines = shown.space.vectors[:24] @ shown.space.vectors[24:].T
    for text, right, first, rank in rows:
        assert right == 24 + text % 12
        assert first == 24 + cosines[text].argmax()
        assert rank == 1 + (cosines[text] > cosines[text, text % 12]).sum()
    by_rank = dict(zip(range(24), shown.space.tags["error"][:24]))
    assert all((by_rank[text] == "right") == (rank == 1) for text, _, _, rank in rows)


def test_a_point_opens_its_own_pair(shown):
    filled = space.open_item(14, shown, "en", "cpu")
    assert filled[1] == shown.space.items.names[14]
    assert filled[0].endswith(f"scene-{material.SEED}-0002.png")
    again = space.open_item(24 + 2, shown, "en", "cpu")
    assert again[0] == filled[0]
    assert again[1] == shown.space.items.names[2]


@pytest.mark.parametrize("row", [-1, 36, "1", 1.5, None, True])
def test_a_point_that_is_none_is_refused(shown, row):
    with pytest.raises(gr.Error, match="not on the map any more"):
        space.open_item(row, shown, "en", "cpu")


def test_without_a_map_nothing_is_opened_chosen_or_exported():
    for handler in (space.choose_points, space.export_map):
        with pytest.raises(gr.Error, match="no map any more"):
            handler(None, "en", event(rows="", format="csv", at=1))


def test_chosen_points_are_counted_by_hand(shown):
    said = json.loads(space.choose_points(shown, "en", event(rows=sent([0, 24, 1, 5]))))
    rows = shown.space.vectors[[0, 1, 5, 24]]
    cosines = (rows @ rows.T)[np.triu_indices(4, 1)].mean()
    assert said["rows"] == 4
    assert said["said"][0] == "4 chosen: 3 texts, 1 pictures"
    assert float(said["said"][1].split()[-1]) == pytest.approx(cosines, abs=0.006)
    assert said["said"][2].startswith("1 pairs")


@pytest.mark.parametrize(("rows", "found"), [(sent([3, 3, 99]), [3]), ("no base64!", []), (None, []), ("AAA", []), ([1], [])])
def test_rows_that_are_none_are_left_away(rows, found):
    assert mapped.chosen_rows(rows, 10).tolist() == found


def test_chosen_points_fill_the_matrix_with_their_pairs(shown):
    steps = list(space.compare_chosen(sent([0, 1, 2, 24, 25]), shown, None, "en", "cpu"))
    _, texts, _, paths, *_ = steps[0]
    found = steps[-1][4]
    assert texts.split("\n") == list(shown.space.items.names[:3])
    assert [path[-8:-4] for path in paths] == ["0000", "0001"]
    assert np.argwhere(found.matrix.matched).tolist() == [[0, 0], [1, 1]]


def test_a_matrix_of_texts_alone_is_refused(shown):
    with pytest.raises(gr.Error, match="choose a part of the map that has both"):
        list(space.compare_chosen(sent([0, 1]), shown, None, "en", "cpu"))


def test_a_pair_of_ones_own_is_placed_and_can_be_taken_along(shown, own):
    more, plane = space.place_pair(shown, own[0][0], "a green cat", "en", "cpu")
    assert json.loads(plane)["space"]["added"] == [36, 37]
    assert more.space.items.names[36] == "a green cat"
    assert np.array_equal(more.space.points[:36], shown.space.points)
    saved = json.loads(space.export_map(more, "en", event(format="parquet", at=1)))
    assert saved["name"] == "mmviz-clip-mini-pca"


def test_nothing_is_placed_without_text_and_picture(shown, own):
    for picture, text in ((None, "a cat"), (own[0][0], " ")):
        with pytest.raises(gr.Error, match="fill in picture and text"):
            space.place_pair(shown, picture, text, "en", "cpu")


def test_a_table_of_chosen_points_has_their_lines_alone(shown):
    made = json.loads(space.export_map(shown, "en", event(format="csv", rows=sent([5, 30]), at=2)))
    lines = list(csv.reader(io.StringIO(base64.b64decode(made["content"]).decode("utf-8-sig"), newline="")))
    assert lines[0][:3] == ["row", "name", "modality"]
    assert [line[0] for line in lines[1:]] == ["5", "30"]


def test_what_a_visitor_wrote_is_text_and_never_a_tag(own):
    _, plane, _, _ = last(space.map_own((own[0], own[1], None), "clip-mini", PCA, "en", "cpu"))
    assert "one <b>cat</b>" in json.loads(plane)["names"]
    for name in ("space.js", "planes.js", "points.js", "chosen.js", "spacefacts.js"):
        source = space.widgets.script(name)
        assert "innerHTML" not in source
        assert "insertAdjacentHTML" not in source


def test_every_text_is_there_in_both_languages_with_the_same_blanks():
    import re

    for texts in (space_words.TEXTS, space_words.WIDGET):
        for name, (english, chinese) in texts.items():
            assert english
            assert chinese, name
            assert set(re.findall(r"\{(\w+)\}", english)) == set(re.findall(r"\{(\w+)\}", chinese)), name


def test_labels_speak_the_language_and_keep_the_map(shown):
    updates = space.labels("zh", shown)
    assert updates[1]["label"] == "模型"
    assert json.loads(updates[12])["words"]["export"] == "导出"
    assert len(updates) == 15


def test_examples_are_every_model_with_vectors(shown):
    items = json.loads(space.examples_payload("en"))["items"]
    assert [item["name"] for item in items] == ["blip-mini", "blip-plain-mini", "clip-mini", "clip-plain-mini"]


def test_a_model_that_is_not_on_offer_is_refused():
    with pytest.raises(gr.Error, match="no model"):
        last(space.choose_example("clip:/etc", PCA, "en", "cpu"))


def test_the_door_for_programs_gives_the_contracts_map(tmp_path, rng):
    for name in "ab":
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(12, 4)))
    value = api.map_vectors([str(tmp_path / "a.npy"), str(tmp_path / "b.npy")], "pca", 3, False)
    assert set(value) >= {"points", "trustworthiness", "gap", "neighbours_kept", "seed"}
    assert len(value["points"]) == 24
    with pytest.raises(gr.Error, match="whole number"):
        api.map_vectors([str(tmp_path / "a.npy")], "pca", 0.5, False)
    with pytest.raises(gr.Error, match="nothing to map"):
        api.map_vectors(None, "pca", 0, False)


def test_what_a_map_refuses_is_said_in_chinese(own, tmp_path, rng):
    np.save(tmp_path / "same.npy", np.ones((9, 4)))
    np.save(tmp_path / "nan.npy", np.full((3, 4), np.nan))
    np.save(tmp_path / "wide.npy", rng.normal(size=(3, 7)))
    for names in (["same"], ["nan"], ["same", "wide"]):
        paths = [str(tmp_path / f"{name}.npy") for name in names]
        with pytest.raises(gr.Error) as raised:
            last(space.map_own((None, None, paths), None, Wanted("umap"), "zh", "cpu"))
        assert not raised.value.message.startswith("没有做成"), raised.value.message
