"""What the speech tab does when it is asked; the aligner's answers are made by hand here."""

import json
import re
import threading
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import MethodError, Stopped
from mmviz.ui import chinese, speech_menus, speech_sound, speech_words, speech_work, spoken
from mmviz.ui.spoken import Asked, Spoken
from tests import spoken as made

ASKED = Asked("/a/sound.wav", "the grey cat sat on the mat", "en", "word", "dtw")
HOLES = re.compile(r"\{\w+\}")


@pytest.fixture
def asked_of(monkeypatch):
    """What the pipeline was asked; it answers with words of equal length, begun where they are pinned."""
    asked = []

    def speech(audio, text, language="en", unit="word", aligner="dtw", *, fixed=(), progress=None):
        asked.append({"aligner": aligner, "fixed": dict(fixed)})
        if progress:
            progress("read", 0, 1)
            progress("align", 1, 2)
        found = made.timing(text, aligner=aligner)
        starts = found.starts + (0.02 if aligner == "hybrid" else 0)
        for unit_, start in fixed:
            starts[unit_] = start
        return replace(found, starts=starts, ends=np.maximum(found.ends, starts))

    monkeypatch.setattr(pipeline, "speech", speech)
    monkeypatch.setattr(
        speech_sound, "looks", lambda path: spoken.looks(np.full((4, 2), 128, np.uint8), np.zeros((2, 3), np.uint8))
    )
    monkeypatch.setattr(speech_sound, "served", lambda path: path)
    return asked


@pytest.fixture
def found(asked_of) -> Spoken:
    *_, (found, _, _) = speech_work.align_sound(ASKED, None)
    asked_of.clear()
    return found


def test_progress_is_told_first_and_the_answer_comes_last(asked_of):
    steps = list(speech_work.align_sound(ASKED, None))
    said = [json.loads(progress)["said"] for _, _, progress in steps]
    assert said == ["Reading the sound", "Reading the sound", "Finding the path, 1 of 2", ""]
    drawn = json.loads(steps[-1][1])
    assert drawn["speech"]["names"] == ASKED.text.split()
    assert (drawn["file"], drawn["sound"]["bands"], drawn["can_undo"]) == (ASKED.sound, 2, False)


def test_a_text_of_signs_does_not_take_the_place_of_the_sound(asked_of):
    *_, (_, written, _) = speech_work.align_sound(replace(ASKED, text='@ "@" the mat'), None)
    drawn = json.loads(written)
    assert drawn["speech"]["names"][:2] == ["@", '"@"']
    assert drawn["sound"]["columns"] == 3


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("changed", "missing"), [({"sound": None}, "no_sound"), ({"text": " \n"}, "no_text")])
def test_what_is_missing_is_said(language, changed, missing):
    with pytest.raises(gr.Error, match=re.escape(speech_words.say(missing, language))):
        next(speech_work.align_sound(replace(ASKED, language=language, **changed), None))


@pytest.mark.parametrize("aligner", ["/etc", "ctc:/etc", "whisper:some/other", "x"])
def test_no_folder_of_the_server_is_an_aligner(asked_of, aligner):
    with pytest.raises(gr.Error, match="There is no aligner"):
        list(speech_work.align_sound(replace(ASKED, aligner=aligner), None))
    assert asked_of == []


def test_stopping_stops_the_aligner_itself(asked_of, monkeypatch):
    ended, begun = threading.Event(), threading.Event()

    def speech(*_, progress, **__):
        try:
            for step in range(100_000):
                begun.set()
                progress(f"step {step}", 0, 1)
        except Stopped:
            ended.set()
            raise

    monkeypatch.setattr(pipeline, "speech", speech)
    work = speech_work.align_sound(ASKED, None)
    next(work), next(work)
    assert begun.is_set()
    work.close()
    assert ended.is_set()


def test_a_beginning_set_by_hand_is_kept_while_the_next_one_is_set_and_can_be_taken_back(found, asked_of):
    ((first, _),) = speech_work.pin_unit(found, 2, 1.3, "en")
    ((second, written),) = speech_work.pin_unit(first, 4, 2.2, "en")
    assert asked_of[-1]["fixed"] == {2: 1.3, 4: 2.2}
    assert second.timing.starts[[2, 4]].tolist() == [1.3, 2.2]
    assert json.loads(written)["fixed"] == [[2, 1.3], [4, 2.2]]
    assert json.loads(written)["can_undo"]
    ((back, _),) = speech_work.undo(second, "en")
    assert back.pins == ((2, 1.3),)
    assert json.loads(written)["sound"] == "same"
    ((again, written),) = speech_work.undo(back, "en")
    assert again.pins == () == again.earlier
    assert np.array_equal(again.timing.starts, found.timing.starts)
    assert not json.loads(written)["can_undo"]
    with pytest.raises(gr.Error):
        list(speech_work.undo(again, "en"))


@pytest.mark.parametrize(
    ("unit", "start"), [(7, 1.0), (-1, 1.0), (True, 1.0), ("2", 1.0), (2, -0.1), (2, 4.3), (2, float("nan")), (2, "1")]
)
def test_a_unit_or_a_moment_that_is_not_there_is_refused(found, asked_of, unit, start):
    with pytest.raises(gr.Error, match="not on the page"):
        list(speech_work.pin_unit(found, unit, start, "en"))
    assert asked_of == []


def test_where_realigning_is_refused_the_view_is_given_back_as_it_was(found, monkeypatch):
    def speech(*_, **__):
        raise MethodError("Between 1.00 s and 1.01 s is no room for the words there; move one of the two.")

    monkeypatch.setattr(pipeline, "speech", speech)
    steps = speech_work.pin_unit(found, 2, 1.3, "en")
    kept, written = next(steps)
    assert kept is found
    assert json.loads(written)["fixed"] == []
    with pytest.raises(gr.Error, match="no room"):
        next(steps)


def test_another_aligner_stands_beside_until_it_is_taken_away(found, asked_of):
    *_, (both, written, _) = speech_work.compare(found, "hybrid", "en")
    assert asked_of == [{"aligner": "hybrid", "fixed": {}}]
    drawn = json.loads(written)
    assert drawn["compared"] == "hybrid"
    assert "median 20 ms apart" in drawn["comparisons"][0]["said"]
    assert "hybrid" in [one["name"] for one in drawn["aligners"]]
    assert "dtw" not in [one["name"] for one in drawn["aligners"]]
    ((alone, written, _),) = speech_work.compare(both, "", "en")
    assert alone.others == () == tuple(json.loads(written)["others"])


def test_a_plain_path_stands_beside_with_its_own_costs_and_the_times_it_gives(found, monkeypatch):
    ways = {}

    def warped(sound, text, language, *, progress, **options):
        ways.update(options)
        own = made.timing().warp
        later = np.minimum(own.path + [0, 10], [10_000, len(own.key) - 1])
        return replace(own, path=later, metric="cosine", preview=own.preview + 7)

    monkeypatch.setattr(pipeline, "plain_path", warped)
    given = {"plain": "on", "metric": "cosine", "band": "0.5", "steps": "asymmetric", "reach": "nonsense", "evil": "x"}
    *_, (both, written, _) = speech_work.warp_otherwise(found, given, "en")
    assert ways == {"metric": "cosine", "band": 0.5, "steps": "asymmetric"}
    drawn = json.loads(written)
    assert drawn["speech"]["warp"]["metric"] == "cosine"
    assert drawn["speech"]["warp"]["low"] == 8
    assert np.allclose(both.others[0].starts, found.timing.starts + 0.1, atol=0.021)
    assert drawn["others"][0]["path"] != drawn["speech"]["warp"]["path"]
    assert {row["name"]: row["value"] for row in drawn["options"]}["band"] == "0.5"
    ((alone, written, _),) = speech_work.warp_otherwise(both, {"plain": ""}, "en")
    assert alone.others == ()
    assert json.loads(written)["speech"]["warp"]["metric"] == "euclidean"


def marked(path, timing) -> str:
    """Write times as somebody may have marked them."""
    path.write_bytes(pipeline.export(timing, "textgrid"))
    return str(path)


def test_a_textgrid_is_scored_and_stays_when_the_text_is_aligned_anew(found, tmp_path):
    starts = found.timing.starts + np.array([0.01, 0.01, -0.03, 0, 0.02, 0.12, 0])
    names = ("THE", "Grey,", "cat", "sat", "on", "the", "rug")
    by_ear = replace(found.timing, names=names, starts=starts, ends=np.append(starts[1:], 4.0), spoken=np.ones(7, bool))
    reference = marked(tmp_path / "by ear.TextGrid", by_ear)
    scored, written = speech_work.score(found, reference, "en")
    part = json.loads(written)["comparisons"][0]
    assert part["title"] == "Scored against by ear.TextGrid"
    assert "6 units: median 15 ms apart, mean 32 ms" in part["said"]
    assert "83 % within 50 ms" in part["said"]
    assert part["notes"] == ["1 of 7 units have none of that name there and are not counted."]
    assert part["rows"][0] == {"unit": 5, "text": "“the” +120 ms"}
    ((pinned, _),) = speech_work.pin_unit(scored, 5, float(starts[5]), "en")
    assert "mean 12 ms" in spoken.comparison(pinned, pinned.others[0], "en")["said"]
    assert speech_work.score(scored, None, "en")[0].others == ()


def test_a_textgrid_of_other_words_is_refused(found, tmp_path):
    others = replace(found.timing, names=tuple("abcdefg"), spoken=np.ones(7, bool))
    with pytest.raises(gr.Error, match=r"No unit of x\.TextGrid"):
        speech_work.score(found, marked(tmp_path / "x.TextGrid", others), "en")


@pytest.mark.parametrize(("matches", "grade"), [(0.93, "well"), (0.6, "partly"), (0.2, "not")])
def test_whether_the_text_is_what_was_said_is_said_in_words(found, matches, grade):
    said = spoken.verdict(replace(found.timing, matches=matches), "zh")
    assert said["grade"] == grade
    assert f"{round(100 * matches)} %" in said["said"]


def test_words_that_were_not_spoken_are_named_by_the_run_and_a_dash_is_not_missing(found):
    silent = np.array([False, True, True, False, True, True, False])
    names = ("the", "grey", "cat", "sat", "on", "the", "—")
    timing = replace(found.timing, spoken=~silent, names=names)
    assert spoken._missing(timing) == [{"unit": 1, "text": "grey cat"}, {"unit": 4, "text": "on the"}]
    alone = replace(timing, spoken=np.array([True] * 6 + [False]))
    assert spoken._missing(alone) == []


def test_texts_of_all_labelled_parts_are_given_in_order(found, loops_are_closed):
    from mmviz.ui import speech

    with gr.Blocks():
        tab = speech.build()
    given = speech_work.labels("zh", found, "en", "word", "dtw")
    assert len(given) == len(tab.labelled)
    for part, update in zip(tab.labelled, given, strict=True):
        if isinstance(update, dict) and "choices" in update and update.get("value"):
            assert update["value"] in [name for _, name in update["choices"]]
        assert isinstance(update, str) == isinstance(part, gr.HTML)
    assert json.loads(given[-1])["words"]["play"] == "播放"


@pytest.mark.parametrize("name", speech_words.TEXTS)
def test_both_languages_say_it_and_fill_in_the_same(name):
    english, chinese = speech_words.TEXTS[name]
    assert english.strip()
    assert re.search(r"[\u4e00-\u9fff，。；“]", chinese) or HOLES.search(chinese) or not re.search("[a-z]{4}", chinese)
    assert sorted(HOLES.findall(english)) == sorted(HOLES.findall(chinese))


@pytest.mark.parametrize(
    "sentence",
    [
        "a.wav lasts 40 ms; at least 100 ms of sound are needed.",
        "a.wav is silent from beginning to end; check the microphone or the file.",
        "a.mp3 lasts 5.0 hours; up to 4 can be aligned at once. Cut it into parts.",
        "a.txt is not a sound that can be read; use a WAV, MP3, FLAC, OGG, M4A or WebM file.",
        "x.TextGrid is damaged or cut short; save it again from Praat as a text file.",
        "Speech is aligned by the espeak-ng synthesiser, which is not installed; install it with: pip install espeakng-loader.",
        "dtw needs the espeak-ng synthesiser, which is not installed; install it with: pip install espeakng-loader.",
        "pocketsphinx does not find this text in this sound; check the text, or choose the aligner dtw.",
        "Between 1.00 s and 1.01 s is no room for the words there; move one of the two.",
        'The pin at 1.20 s lies inside "cat"; pin where it begins, or use the aligner dtw.',
        'There is no aligner "ctc:/etc"; there are: dtw, hybrid.',
        "No path keeps to the band, windows and steps given; widen the band or allow more steps.",
    ],
)
def test_what_sounds_and_paths_refuse_is_said_in_chinese(sentence):
    assert re.search("[\u4e00-\u9fff]", chinese.said(sentence))
    assert not chinese.said(sentence).startswith("没有做成")


def test_every_text_the_widget_fills_in_is_there():
    assert set(spoken.SAID) <= set(speech_words.TEXTS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_way_to_warp_is_named(language):
    for row in speech_menus.ways({"plain": "on"}, language):
        assert row["value"] in [value for value, _ in row["choices"]]
        assert all(title for _, title in row["choices"])
