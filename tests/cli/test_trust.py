"""`mmviz align --trust`: the contract's trust beside the map."""

import json

from mmviz import cli
from mmviz.worlds import scenes


def test_trust_stands_in_the_json_of_the_alignment(align, capsys):
    assert cli.main([*align, "--trust", "--json"]) == 0
    printed = capsys.readouterr()
    trust = json.loads(printed.out)["trust"]
    assert trust["unit"] == 3
    assert set(trust["insertion"]) >= {"value", "random", "fill"}
    assert trust["pointing"] is None
    assert trust["sentence"].endswith("not measured: pointing (no box in view).")
    assert " of " in printed.err


def test_a_unit_can_be_named_by_its_number_and_its_sentence_is_printed(align, capsys):
    assert cli.main([*align, "--trust", "1"]) == 0
    assert "\nred: " in capsys.readouterr().out


def test_a_unit_that_is_not_there_is_the_users_fault(align, capsys):
    assert cli.main([*align, "--trust", "7"]) == 2
    assert "There is no unit 7 to judge" in capsys.readouterr().err


def test_the_boxes_of_a_drawn_scene_are_known(tiny_clip, tmp_path, capsys):
    scenes.write(0, 1, tmp_path)
    caption = scenes.draw(0)[1]["captions"]["en"]
    phrase = next(phrase for phrase in caption["phrases"] if phrase["boxes"])
    said = ["--text", caption["text"], "--image", str(tmp_path / "scene-0-0000.png"), "--unit", "phrase", "--json"]
    assert cli.main(["align", "--model", f"clip:{tiny_clip}", *said]) == 0
    spans = [unit["span"] for unit in json.loads(capsys.readouterr().out)["query"]]
    assert cli.main(["align", "--model", f"clip:{tiny_clip}", *said, "--trust", str(spans.index(phrase["span"]))]) == 0
    trust = json.loads(capsys.readouterr().out)["trust"]
    assert 0 <= trust["pointing"] <= 1
    assert 0 <= trust["iou"] <= 1


def test_an_exported_alignment_carries_its_trust(align, tmp_path, capsys):
    assert cli.main([*align, "--trust", "--out", str(tmp_path / "out")]) == 0
    assert json.loads((tmp_path / "out" / "alignment.json").read_text("utf-8"))["trust"]["unit"] == 3
