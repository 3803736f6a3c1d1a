"""The door of speech: every unit timed and in order, what is wrong noticed, whatever comes in."""

import json
import os
import signal
import wave
from pathlib import Path

import numpy as np
import pytest

import mmviz
from mmviz import pipeline
from mmviz.errors import MediaError, MethodError, MmvizError, Stopped, UnknownName
from mmviz.media import speech as espeak
from mmviz.media import spoken as transcripts
from mmviz.samples import Audio
from mmviz.timings import Timing
from tests import utterances

pytestmark = pytest.mark.skipif(not espeak.is_there(), reason="espeak-ng is an extra: requirements-speech.txt")


@pytest.fixture(scope="module")
def english():
    return utterances.say(utterances.ENGLISH)


@pytest.fixture(scope="module")
def found(english) -> Timing:
    return pipeline.speech(english[0], utterances.ENGLISH)


def written(path: Path, samples: np.ndarray, rate: int = 16000, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes((samples if width == 2 else (samples // 256 + 128).astype(np.uint8)).tobytes())
    return path


def sound_of(timing: Timing) -> None:
    """See that a Timing keeps what it promises."""
    assert (np.diff(timing.starts) >= 0).all()
    assert (timing.ends >= timing.starts).all()
    assert timing.starts.min() >= 0
    assert timing.ends.max() <= timing.seconds
    assert ((timing.confidence >= 0) & (timing.confidence <= 1)).all()
    assert 0 <= timing.matches <= 1


def test_words_start_where_they_were_planted(english, found):
    sound_of(found)
    assert list(found.names) == utterances.ENGLISH.split()
    off = np.abs(found.starts - english[1])
    assert off.mean() < 0.02
    assert off.max() < 0.06
    assert found.starts[4] - found.ends[3] > 0.3  # the pause belongs to no word


def test_chinese_characters_start_where_they_were_planted():
    audio, starts = utterances.say(utterances.CHINESE, "zh")
    timing = pipeline.speech(audio, utterances.CHINESE, "zh", "char")
    sound_of(timing)
    assert list(timing.names) == list(utterances.CHINESE)
    assert np.abs(timing.starts[:-1] - starts).mean() < 0.04  # the last is a full stop
    words = pipeline.speech(audio, utterances.CHINESE, "zh")
    assert "".join(words.names) == utterances.CHINESE
    assert words.starts.tolist() == [timing.starts[utterances.CHINESE.index(word)] for word in words.names]


def test_phones_lie_within_their_words(english, found):
    phones = pipeline.speech(english[0], utterances.ENGLISH, unit="phone")
    sound_of(phones)
    spans = found.query.spans.tolist()
    for span, start in zip(phones.query.spans.tolist(), phones.starts):
        word = spans.index(span)
        assert found.starts[word] - 1e-9 <= start <= found.ends[word] + 1e-9
    assert len(phones.names) > 2 * len(found.names)


def test_a_right_text_matches_and_another_does_not(english, found):
    other = pipeline.speech(english[0], utterances.OTHER)
    assert found.matches > 0.8 > 0.3 > other.matches
    assert found.spoken.mean() > 0.9
    assert other.spoken.mean() < 0.4
    assert found.confidence.mean() > 0.7 > 0.4 > other.confidence.mean()


def test_words_that_were_not_spoken_are_marked(english):
    words = utterances.ENGLISH.split()
    text = " ".join([*words[:6], *utterances.OTHER.split()[:7], *words[6:]])
    timing = pipeline.speech(english[0], text)
    sound_of(timing)
    assert timing.matches < 0.5
    assert timing.spoken[:5].mean() > 0.7
    assert timing.spoken[7:12].mean() < 0.4


def test_speech_without_text_is_a_gap(english):
    words, starts = utterances.ENGLISH.split(), english[1]
    timing = pipeline.speech(english[0], " ".join(words[:5]))
    covered = sum(max(0, min(end, english[0].seconds) - max(start, starts[6])) for start, end in timing.gaps)
    assert covered > 0.5 * (english[0].seconds - 0.5 - starts[6])
    assert not len(pipeline.speech(english[0], utterances.ENGLISH).gaps)


def test_every_unit_has_a_time_whatever_it_is(english):
    text = "42 — 😀 The مرحبا old 好 lighthouse, Dr. $5.50 … xyzzy'd <b> 3:30"
    for unit in ("word", "char"):
        timing = pipeline.speech(english[0], text, unit=unit)
        sound_of(timing)
        assert "".join(timing.names) == "".join(text.split())
    silent = [name for name, is_spoken in zip(timing.names, timing.spoken) if not is_spoken]
    assert {"—", "😀", "…"} <= set(silent)


def test_pins_hold_and_the_rest_goes_along(english, found):
    pinned = pipeline.speech(english[0], utterances.ENGLISH, fixed=[(5, found.starts[5] + 0.15), (8, float(found.starts[8]))])
    sound_of(pinned)
    assert pinned.starts[5] == pytest.approx(found.starts[5] + 0.15, abs=0.015)
    assert pinned.starts[8] == pytest.approx(found.starts[8], abs=0.015)
    assert np.abs(pinned.starts - found.starts)[[0, 1, 2, 9, 10]].max() < 0.02


@pytest.mark.parametrize("aligner", ["pocketsphinx", "hybrid"])
def test_pins_hold_whatever_aligns(english, found, aligner):
    free = pipeline.speech(english[0], utterances.ENGLISH, aligner=aligner)
    pin = float(found.starts[5]) + 0.12
    pinned = pipeline.speech(english[0], utterances.ENGLISH, aligner=aligner, fixed=[(5, pin)])
    sound_of(pinned)
    assert pinned.starts[5] == pytest.approx(pin, abs=1e-9)
    assert pinned.ends[4] <= pin <= pinned.starts[6]
    assert np.abs(pinned.starts - free.starts)[[0, 1, 2, 8, 9, 10]].max() < 0.06


def test_without_espeak_pocketsphinx_keeps_no_pins(english, monkeypatch):
    monkeypatch.setattr(espeak, "is_there", lambda: False)
    with pytest.raises(MethodError, match="pins with espeak-ng alone"):
        pipeline.speech(english[0], utterances.ENGLISH, aligner="pocketsphinx", fixed=[(2, 1.0)])


@pytest.mark.parametrize(
    ("fixed", "says"),
    [
        ([(99, 1.0)], "no unit 99"),
        ([(2, 77.0)], "outside the sound"),
        ([(2, 2.0), (5, 1.0)], "follow"),
        ([(2, 1.0), (5, 1.005)], "no room"),
    ],
)
def test_pins_that_cannot_be_are_refused(english, fixed, says):
    with pytest.raises(MethodError, match=says):
        pipeline.speech(english[0], utterances.ENGLISH, fixed=fixed)


@pytest.mark.parametrize("options", [{"silences": False}, {"mfcc": True}, {"steps": "symmetric2"}, {"band": 0.2}], ids=str)
def test_options_warp_otherwise_by_the_exact_method(english, found, options):
    timing = pipeline.speech(english[0], utterances.ENGLISH, **options)
    sound_of(timing)
    assert not np.array_equal(timing.warp.path, found.warp.path)
    assert np.median(np.abs(timing.starts - english[1])) < 0.25


@pytest.mark.parametrize("aligner", ["pocketsphinx", "hybrid"])
def test_the_other_aligners_find_what_the_anchor_finds(english, found, aligner):
    timing = pipeline.speech(english[0], utterances.ENGLISH, aligner=aligner)
    sound_of(timing)
    assert list(timing.names) == list(found.names)
    assert np.median(np.abs(timing.starts - english[1])) < 0.05
    assert timing.aligner == aligner
    assert (timing.starts != found.starts).any()


def test_without_espeak_pocketsphinx_answers_and_dtw_says_what_is_missing(english, monkeypatch):
    monkeypatch.setattr(espeak, "is_there", lambda: False)
    assert pipeline.default_aligner("en") == "pocketsphinx"
    assert [bool(aligner.why_not) for aligner in pipeline.aligners()] == [True, False, True, False, False]
    timing = pipeline.speech(english[0], "The old lighthouse xqzt climbed 42", aligner="pocketsphinx")
    sound_of(timing)
    with pytest.raises(MediaError, match="pip install espeakng-loader"):
        pipeline.speech(english[0], "something that was not asked before")


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"aligner": "gentle"}, UnknownName, "no aligner"),
        ({"aligner": "ctc"}, UnknownName, "ctc:ID"),
        ({"language": "fr"}, UnknownName, "en, zh"),
        ({"unit": "token"}, UnknownName, "word, char, phone"),
        ({"aligner": "pocketsphinx", "language": "zh"}, MethodError, "dtw"),
        ({"aligner": "hybrid", "mfcc": True}, MethodError, "dtw"),
        ({"text": " \n"}, MediaError, "empty"),
        ({"text": "… — 😀"}, MethodError, "can be spoken"),
        ({"text": "word " * 20_000}, MethodError, "20,000 words"),
    ],
)
def test_what_does_not_fit_is_one_sentence(english, given, error, says):
    with pytest.raises(error, match=says):
        pipeline.speech(english[0], **{"text": utterances.ENGLISH, **given})


def test_sounds_of_any_kind_are_taken_or_refused_in_a_sentence(english, tmp_path):
    samples = english[0].samples
    noise = (np.random.default_rng(0).normal(size=32000) * 4000).astype(np.int16)
    music = (8000 * np.sin(np.arange(48000) / 16000 * 2 * np.pi * 440) * (1 + np.sin(np.arange(48000) / 3000))).astype(np.int16)
    rough = written(tmp_path / "rough.wav", samples[::2], 8000, 1)
    clipped = written(tmp_path / "clipped.wav", np.clip(samples.astype(int) * 20, -32768, 32767).astype("<i2"))
    truth = english[1]
    for path, limit in ((rough, 0.05), (clipped, 0.06)):
        assert np.abs(pipeline.speech(path, utterances.ENGLISH).starts - truth).mean() < limit
    for sound in (noise, music):
        timing = pipeline.speech(Audio(sound), utterances.ENGLISH)
        sound_of(timing)
        assert timing.matches < 0.5
    cut = tmp_path / "cut.wav"
    cut.write_bytes(rough.read_bytes()[:9000])
    sound_of(pipeline.speech(cut, utterances.ENGLISH))
    for silent in (np.zeros(16000, "<i2"), samples[:640]):
        with pytest.raises(MediaError):
            pipeline.speech(written(tmp_path / "no.wav", silent), utterances.ENGLISH)
    with pytest.raises(MmvizError):
        pipeline.speech(tmp_path / "none.wav", utterances.ENGLISH)


def test_an_mp3_that_is_cut_short_and_the_sound_of_a_film_are_aligned(english, found, tmp_path):
    import soundfile

    whole, cut = tmp_path / "whole.mp3", tmp_path / "cut.mp3"
    soundfile.write(whole, english[0].samples, 16000, format="MP3")
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    timing = pipeline.speech(cut, utterances.ENGLISH)
    sound_of(timing)
    assert timing.seconds < 0.7 * found.seconds
    assert np.abs(timing.starts - english[1])[:3].max() < 0.1
    filmed = utterances.film(tmp_path / "a.mp4", english[0].samples)
    assert np.abs(pipeline.speech(filmed, utterances.ENGLISH).starts - english[1]).mean() < 0.03


def test_a_text_in_another_language_or_from_right_to_left_is_timed_and_no_match(english):
    for text, language in ((utterances.CHINESE, "zh"), ("مرحبا بالعالم هذه جملة طويلة عن البحر", "en")):
        timing = pipeline.speech(english[0], text, language)
        sound_of(timing)
        assert "".join(timing.names) == text.replace(" ", "")
        assert timing.matches < 0.5


def test_a_synthesiser_that_is_killed_is_one_sentence_and_the_next_question_is_answered(english):
    def kill(stage: str, done: int, of: int) -> None:
        if stage == "speak":
            for file in Path("/proc/self/task").glob("*/children"):
                for child in file.read_text().split():
                    if b"espeak_worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                        os.kill(int(child), signal.SIGKILL)

    text = "Somebody tells a story. " * 6
    with pytest.raises(MediaError, match="align again"):
        pipeline.speech(english[0], text, progress=kill)
    sound_of(pipeline.speech(english[0], text))


def test_work_that_is_not_wanted_any_more_ends(english):
    told = []

    def stop(stage: str, done: int, of: int) -> None:
        told.append(stage)
        if stage == "align":
            raise Stopped("enough")

    with pytest.raises(Stopped):
        pipeline.speech(english[0], "A text nobody asked for before. Another one.", progress=stop)
    assert "speak" in told


def test_an_hour_is_cut_in_pauses():
    from mmviz.pipeline.parts import cuts

    starts = np.arange(0, 100, 0.5)
    ends = starts + np.where(np.arange(200) % 40 == 39, 0.2, 0.5)
    found = cuts(starts, ends, 101.0)
    assert [low for low, *_ in found] == [0, 40, 80, 120, 160]
    assert found[0][3] == found[1][2] == pytest.approx(20 - 0.15)
    assert found[-1][1:4:2] == (200, 101.0)


def test_the_command_keeps_the_contract(english, found, tmp_path, capsys):
    from mmviz import cli

    audio, text = written(tmp_path / "a.wav", english[0].samples), tmp_path / "a.txt"
    text.write_text(utterances.ENGLISH, "utf-8")
    asked = [
        "speech",
        str(audio),
        str(text),
        "--language",
        "en",
        "--to",
        "srt,textgrid,csv",
        "--out",
        str(tmp_path / "out"),
        "--json",
    ]
    assert cli.main(asked) == 0
    value = json.loads(capsys.readouterr().out)
    assert {"aligner", "units", "matches", "seconds"} <= set(value)
    assert [unit["text"] for unit in value["units"]] == utterances.ENGLISH.split()
    np.testing.assert_allclose([unit["start"] for unit in value["units"]], found.starts, atol=0.011)
    assert {"text", "start", "end", "confidence"} <= set(value["units"][0])
    assert sorted(p.suffix for p in (tmp_path / "out").iterdir()) == [".TextGrid", ".csv", ".srt"]
    assert cli.main(asked[:5] + ["--aligner", "none"]) == 2
    assert cli.main([*asked[:3], "--to", "svg"]) == 2
    assert "srt" in capsys.readouterr().err
    assert cli.main(asked[:5]) == 0
    assert "is what was said" in capsys.readouterr().out


def test_the_function_for_notebooks_is_the_same():
    assert mmviz.speech is pipeline.speech


def test_a_text_is_read_as_it_stands(tmp_path):
    (tmp_path / "a.txt").write_text(" a\nb ", "utf-8")
    assert pipeline.read_transcript(tmp_path / "a.txt") == " a\nb "
    assert transcripts.check("ok") == "ok"


def test_a_page_offers_no_folder_of_its_machine():
    offered = pipeline.offered_aligners()
    assert offered[:3] == ["dtw", "pocketsphinx", "hybrid"]
    assert "whisper:openai/whisper-tiny" in offered
    from mmviz.ui import api
    from mmviz.ui.boundary import gr

    with pytest.raises(gr.Error, match="no aligner"):
        api.time_units("a.wav", "a", "en", "word", "ctc:/etc", device="cpu")
