"""Many sounds with their texts: found by name, aligned one by one, a failure does not end the rest."""

import io
import json
import threading
import zipfile

import gradio as gr
import pytest

from mmviz import pipeline
from mmviz.errors import MediaError, Stopped
from mmviz.ui import speech_batch
from tests import spoken as made

CHOSEN = ("en", "word", "dtw")


@pytest.fixture
def pairs(tmp_path, monkeypatch):
    for name in ("b.mp3", "a.wav", "broken.ogg", "alone.wav"):
        (tmp_path / name).write_bytes(b"sound")
    for name in ("a.txt", "b.txt", "broken.txt", "lost.txt"):
        (tmp_path / name).write_text("the grey cat sat on the mat", "utf-8")

    def speech(audio, text, *chosen, progress):
        progress("align", 0, 1)
        if "broken" in audio:
            raise MediaError("broken.ogg is not a sound that can be read; use a WAV, MP3, FLAC, OGG, M4A or WebM file.")
        return made.timing(text, aligner=chosen[2], warp=None)

    monkeypatch.setattr(pipeline, "speech", speech)
    return sorted(str(path) for path in tmp_path.iterdir())


def test_a_sound_belongs_to_the_text_of_its_name_and_others_are_named(pairs):
    found, alone = speech_batch.paired(pairs)
    assert [(sound.name, text.name) for sound, text in found] == [
        ("a.wav", "a.txt"),
        ("b.mp3", "b.txt"),
        ("broken.ogg", "broken.txt"),
    ]
    assert alone == ["alone.wav", "lost.txt"]


def test_each_file_has_its_row_and_one_that_fails_says_why(pairs):
    steps = list(speech_batch.align_all(pairs, CHOSEN, "en"))
    assert [json.loads(progress)["said"] for _, _, progress in steps] == [
        "File 1 of 3: a.wav",
        "File 2 of 3: b.mp3",
        "File 3 of 3: broken.ogg",
        "",
    ]
    drawn = json.loads(steps[-1][1])
    assert [row["name"] for row in drawn["rows"]] == ["a.wav", "b.mp3", "broken.ogg"]
    assert drawn["rows"][0]["cells"] == ["7", "4.2", "80 %", "1", "71 %"]
    assert drawn["rows"][2]["why"].startswith("not aligned: broken.ogg is not a sound")
    assert drawn["left"][0] == "alone.wav has no partner of its name and was left out."
    assert len(drawn["heads"]) == len(drawn["rows"][0]["cells"]) + 1


@pytest.mark.parametrize("paths", [None, [], ["/a/b.wav"], ["/a/b.txt"]])
def test_without_a_pair_it_says_what_is_needed(paths):
    with pytest.raises(gr.Error, match="no pair"):
        next(speech_batch.align_all(paths, CHOSEN, "en"))


def test_stopping_stops_within_a_file(pairs, monkeypatch):
    ended = threading.Event()

    def speech(*_, progress):
        try:
            while True:
                progress("align", 0, 1)
        except Stopped:
            ended.set()
            raise

    monkeypatch.setattr(pipeline, "speech", speech)
    work = speech_batch.align_all(pairs, CHOSEN, "en")
    next(work)
    work.close()
    assert ended.is_set()


def test_the_zip_has_every_file_in_every_format_and_tells_like_names_apart(pairs):
    *_, (rows, _, _) = speech_batch.align_all(pairs, CHOSEN, "en")
    names = [name for _, name in speech_batch.formats()]
    file = zipfile.ZipFile(io.BytesIO(speech_batch.zipped((*rows, rows[0]), names)))
    assert len(file.namelist()) == 3 * len(names)
    assert {"a.json", "b.json", "a-2.json"} <= set(file.namelist())
    assert json.loads(file.read("b.json"))["units"][0]["text"] == "the"
