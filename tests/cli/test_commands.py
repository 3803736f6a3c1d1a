"""What all commands share, and `align`, `list`, `doctor`, `draw`, `train`, `evaluate`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mmviz
from mmviz import cli, doctor
from mmviz.cli import registries
from mmviz.errors import ModelError
from tests.cli.reading import read

ROOT = Path(__file__).parents[2]


def test_align_prints_the_contracts_alignment_and_nothing_else(run, align):
    code, out, err = run(*align, "--method", "relevance", "--json")
    value = read(out)
    assert (code, err) == (0, "")
    assert set(value) >= {
        "version",
        "model",
        "checkpoint",
        "method",
        "target",
        "options",
        "scale",
        "score",
        "query",
        "key",
        "scores",
    }
    assert set(value) >= {"left_out", "path", "trust"}
    assert [unit["text"] for unit in value["query"]] == ["a", "red", "cat", "a red cat"]
    assert [unit["span"] for unit in value["query"]] == [[0, 1], [2, 5], [6, 9], [0, 9]]
    assert np.array(value["scores"]).shape == (len(value["query"]), len(value["key"]))
    assert set(value["key"][0]) >= {"box", "label"}
    assert value["score"]["kind"] == "cosine"
    assert (value["scale"], value["target"], value["path"], value["trust"]) == ("relevance", "prompt", None, None)


def test_the_same_command_gives_the_same_bytes(run, align):
    assert run(*align, "--json") == run(*align, "--json", "--seed", "0")


def test_align_without_json_names_the_strongest_patches(run, align):
    code, out, _ = run(*align)
    assert code == 0
    assert out.count("\n") == 5
    assert "row" in out


def test_align_writes_its_files_where_asked(run, align, tmp_path):
    code, out, _ = run(*align, "--out", str(tmp_path / "new" / "folder"), "--json")
    written = json.loads((tmp_path / "new" / "folder" / "alignment.json").read_text("utf-8"))
    with np.load(tmp_path / "new" / "folder" / "alignment.npz", allow_pickle=False) as arrays:
        assert arrays["scores"] == pytest.approx(np.array(written["scores"]), abs=1e-7)
    assert code == 0
    assert written == read(out)


def test_align_without_out_writes_nothing_into_the_current_folder(run, align, tmp_path, monkeypatch):
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    run(*align)
    assert list(empty.iterdir()) == []


def test_options_units_and_targets_reach_the_method(run, align):
    similar = read(run(*align, "--method", "similarity", "--target", "context", "--unit", "token", "--json")[1])
    layered = read(run(*align, "--option", "layers=1", "--json")[1])
    assert (similar["target"], similar["query"][0]["unit"]) == ("context", "token")
    assert layered["options"] == {"layers": [1]}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--method", "osmosis"], 'There is no method "osmosis"; there are: '),
        (["--model", "clap-mini"], 'There is no model "clap-mini"; there are: '),
        (["--model", "clip:/no/such/folder"], "no/such/folder"),
        (["--text", " "], "The text is empty"),
        (["--text", "x" * 2001], "2,001 characters; up to 2,000"),
        (["--image", "absent.png"], "There is no file absent.png"),
        (["--image", "."], "There is no file"),
        (["--unit", "line"], "--unit: invalid choice: 'line'"),
        (["--target", "context"], 'cannot have the target "context"; use: prompt'),
        (["--target", "dream"], "--target: invalid choice: 'dream'"),
        (["--option", "layers"], '"layers" is not NAME=VALUE'),
        (["--option", "layers=top"], 'cannot use layers="top"'),
        (["--option", "layers=99"], "no layer 99"),
        (["--option", "depth=1"], 'no option "depth"; its options are: layers'),
        (["--device", "abacus"], "--device: invalid choice: 'abacus'"),
        (["--seed", "x"], "--seed: invalid int value: 'x'"),
        (["--surprise"], "unrecognized arguments: --surprise"),
        (["--mod", "clip-mini"], "unrecognized arguments: --mod"),
    ],
)
def test_a_fault_of_the_user_is_one_sentence_and_exit_code_2(run, align, more, sentence):
    code, out, err = run(*align, *more, "--json")
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_picture_that_is_none_is_refused(run, align, tmp_path):
    path = tmp_path / "words.png"
    path.write_text("not a picture")
    code, out, err = run(*align, "--image", str(path), "--json")
    assert (code, out) == (2, "")
    assert "words.png is not a picture" in err


def test_a_folder_that_cannot_be_made_is_refused(run, align, picture):
    code, _, err = run(*align, "--out", picture + "/inside")
    assert code == 2
    assert "cannot be made a folder" in err


@pytest.mark.parametrize(
    "arguments", [[], ["nope"], ["list"], ["list", "nope"], ["draw"], ["draw", "--out", "d", "--count", "0"]]
)
def test_a_command_that_lacks_something_is_one_sentence_and_exit_code_2(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["nope", "loop", "__init__", "../cli"])
def test_training_what_has_no_script_names_the_scripts(run, name):
    code, _, err = run("train", name)
    assert code == 2
    assert f'There is no training script "{name}"; there are: albef-mini, backbone' in err


def test_a_script_that_begins_with_the_backbone_goes_on_from_nothing(run, tmp_path):
    code, _, err = run("train", "backbone", "--start", str(tmp_path))
    assert code == 2
    assert f'Training backbone cannot go on from "{tmp_path}"' in err


def test_a_bug_is_exit_code_1_with_its_traceback():
    script = "from mmviz import cli, pipeline; pipeline.models = lambda: 1 / 0; cli.main(['list', 'models', '--json'])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ZeroDivisionError" in done.stderr


def test_a_number_that_is_none_is_a_bug_and_never_printed(run, monkeypatch):
    monkeypatch.setattr("mmviz.doctor.check_all", lambda device: [{"check": float("nan")}])
    with pytest.raises(ValueError, match="not JSON compliant"):
        cli.main(["doctor", "--json"])


def test_what_libraries_print_goes_to_stderr(run, monkeypatch):
    def chatty(device):
        print("loading 3 of 4")
        return []

    monkeypatch.setattr("mmviz.doctor.check_all", chatty)
    assert run("doctor", "--json") == (0, "[]\n", "loading 3 of 4\n")


def test_a_sentence_of_several_lines_becomes_one(run, monkeypatch):
    def fail():
        raise ModelError("The file is damaged:\n  offset 3;\n fetch it again.")

    monkeypatch.setattr("mmviz.pipeline.models", fail)
    assert run("list", "models") == (2, "", "The file is damaged: offset 3; fetch it again.\n")


@pytest.mark.parametrize("kind", registries.KINDS)
def test_every_kind_is_listed_by_name_and_title(run, kind):
    code, out, err = run("list", kind, "--json")
    rows = read(out)
    assert (code, err) == (0, "")
    assert all({"name", "title", "paper", "ready", "why_not"} <= set(row) for row in rows)
    assert run("list", kind)[1].count("\n") == max(1, len(rows))


@pytest.mark.parametrize("kind", ["lessons"])
def test_a_kind_without_entries_is_an_empty_list(run, kind):
    assert run("list", kind, "--json")[1] == "[]\n"


def test_models_say_what_they_offer_and_methods_what_they_need(run):
    models, methods = (read(run("list", kind, "--json")[1]) for kind in ("models", "methods"))
    public = next(row for row in models if row["name"] == "clip:openai/clip-vit-base-patch32")
    relevance = next(row for row in methods if row["name"] == "relevance")
    assert set(relevance["needs"]) <= set(public["offers"])
    assert (public["source"], public["verified"]) == ("public", "layout")
    assert next(row for row in methods if row["name"] == "dtw")["needs"] == ["features"]


def test_doctor_checks_everything_and_gives_a_hint_where_something_is_amiss(run, tmp_path):
    code, out, _ = run("doctor", "--json", "--store", str(tmp_path / "home"))
    rows = {row["check"]: row for row in read(out)}
    assert code == 0
    assert {"python", "package torch", "package gradio", "device", "atlas of drawings", "data folder", "port 7860"} <= set(rows)
    assert rows["data folder"] == {"check": "data folder", "ok": True, "found": str(tmp_path / "home"), "hint": ""}
    assert all(bool(row["hint"]) != row["ok"] for row in rows.values())
    assert list((tmp_path / "home").iterdir()) == []


def test_doctor_says_how_to_mend_what_is_broken(run, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    (tmp_path / "models" / "clip-mini").mkdir(parents=True)
    (tmp_path / "models" / "clip-mini" / "config.json").write_text('{"model_type": "clip"}')
    (tmp_path / "models" / "clip-mini" / "mmviz_card.json").write_text("{}")
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("mmviz.doctor._pinned", lambda: {"numpy": "0.0.1", "no-such-package": "1.0"})
    rows = {row["check"]: row for row in read(run("doctor", "--json", "--store", str(tmp_path / "file" / "inside"))[1])}
    assert "export MMVIZ_HOME" in rows["data folder"]["hint"]
    assert "make train-clip-mini" in rows["model clip-mini"]["hint"]
    assert rows["package numpy"]["hint"] == "pip install numpy==0.0.1"
    assert rows["package no-such-package"]["found"] == "absent"


@pytest.mark.parametrize(("is_there", "hint"), [(True, ""), (False, "pip install espeakng-loader")])
def test_doctor_says_whether_there_is_a_voice_for_speech(monkeypatch, is_there, hint):
    monkeypatch.setattr("mmviz.media.speech.is_there", lambda: is_there)
    name, ok, _, said = doctor._voice()
    assert (name, ok) == ("voice for speech", is_there)
    assert hint in said


def test_doctor_says_that_a_device_is_absent(run):
    import torch

    if torch.backends.mps.is_available():
        pytest.skip("this machine has what the test wants absent")
    rows = {row["check"]: row for row in read(run("doctor", "--json", "--device", "mps")[1])}
    assert not rows["device"]["ok"]
    assert "mps" in rows["device"]["hint"]


def test_drawn_matchings_are_written_with_their_truth(run, tmp_path):
    code, out, err = run("draw", "--kind", "matches", "--count", "2", "--seed", "3", "--out", str(tmp_path), "--json")
    assert (code, err) == (0, "")
    assert read(out)["files"] == ["match-3-0000.npy", "match-3-0001.npy"]
    assert json.loads((tmp_path / "truth.json").read_text("utf-8"))["kind"] == "matches"


def test_drawn_scenes_are_written_with_their_truth_and_again_the_same(run, tmp_path):
    first, second = (read(run("draw", "--seed", "5", "--count", "3", "--out", str(tmp_path / d), "--json")[1]) for d in "ab")
    truth = json.loads((tmp_path / "a" / "truth.json").read_text("utf-8"))
    assert len(first["files"]) == len(second["files"]) == len(truth["items"]) == 3
    assert (truth["kind"], truth["seed"]) == ("scenes", 5)
    for item in truth["items"]:
        assert (tmp_path / "a" / item["file"]).read_bytes() == (tmp_path / "b" / item["file"]).read_bytes()


def test_the_door_for_notebooks_draws_a_scene_with_its_truth():
    image, truth = mmviz.draw_scene(5)
    again, _ = mmviz.draw_scene(5)
    assert image.source == "drawn"
    assert np.array_equal(image.pixels, again.pixels)
    assert {"en", "zh"} <= set(truth["captions"])


@pytest.mark.parametrize("command", ["list", "align", "matrix", "draw", "evaluate", "train", "serve", "doctor"])
def test_every_command_explains_itself_without_loading_anything_heavy(command):
    script = (
        "import sys; from mmviz import cli\n"
        f"try: cli.main(['{command}', '--help'])\n"
        "except SystemExit as done: assert done.code == 0\n"
        "assert not {'torch', 'transformers', 'gradio', 'plotly'} & set(sys.modules)"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--json" in done.stdout


def test_a_terminal_without_chinese_still_gets_its_answer(align):
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "OMP_NUM_THREADS": "1"}
    arguments = [sys.executable, "-m", "mmviz", *align, "--text", "红 cat"]
    for more in ([], ["--json"]):
        done = subprocess.run([*arguments, *more], cwd=ROOT, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    assert read(done.stdout.decode("ascii"))["query"][0]["text"] == "红"


def test_what_is_stored_goes_where_the_command_says(run, align, tmp_path, home):
    first, second = (run(*align, "--store", str(tmp_path / "kept"), "--json") for _ in range(2))
    assert first == second
    assert len([path for path in (tmp_path / "kept").rglob("*") if path.is_file()]) == 1
    assert not home.exists()


def test_drawn_scenes_are_written_with_their_truth_and_can_be_aligned(run, tiny_clip, tmp_path):
    code, out, err = run("draw", "--seed", "5", "--count", "3", "--out", str(tmp_path / "drawn"), "--json")
    said = read(out)
    truth = json.loads(Path(said["truth"]).read_text("utf-8"))
    assert (code, err, len(said["files"])) == (0, "", 3)
    caption = truth["items"][1]["captions"]["zh"]["text"]
    code, out, _ = run("align", "--model", f"clip:{tiny_clip}", "--image", said["files"][1], "--text", caption, "--json")
    assert code == 0
    assert "".join(unit["text"] for unit in read(out)["query"]).endswith(caption)


def test_evaluate_prints_its_figures_and_says_on_stderr_what_it_measures(run, tiny_clip):
    code, out, err = run("evaluate", f"clip:{tiny_clip}", "--count", "2", "--seed", "4", "--json")
    figures = read(out)
    assert code == 0
    assert (figures["seed"], figures["count"]) == (4, 2)
    assert "measuring pointing" in err


def test_the_answer_to_a_question_is_named(run, picture, tmp_path):
    from tests.models.tiny import make_vilt

    asked = ["align", "--model", f"vilt:{make_vilt(tmp_path / 'asks', head='vqa')}", "--image", picture, "--text", "red cat"]
    label = read(run(*asked, "--method", "attention", "--json")[1])["score"]["label"]
    assert f"target pair: logit of the answer {label} " in run(*asked, "--method", "attention")[1]
