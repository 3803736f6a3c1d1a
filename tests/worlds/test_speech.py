"""Spoken sentences: what is planted is in the sound, when the truth says it is."""

import json

import numpy as np
import pytest

from mmviz import cli
from mmviz.media import audio, spoken
from mmviz.worlds import speech

pytest.importorskip("espeakng_loader")
SEED = 5


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> list[tuple[np.ndarray, dict]]:
    """Four sounds at 16 kHz with their truth, every other one in Chinese."""
    folder = tmp_path_factory.mktemp("spoken")
    assert cli.main(["draw", "--kind", "speech", "--count", "4", "--seed", str(SEED), "--out", str(folder)]) == 0
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    assert [truth[name] for name in ("version", "kind", "split", "seed")] == [1, "speech", "draw", SEED]
    return [(audio.parse(folder / item["file"]).samples / 32768, item) for item in truth["items"]]


def loudness(samples: np.ndarray, start: float, end: float) -> float:
    return float(np.sqrt(np.square(samples[round(start * 16000) : round(end * 16000)]).mean()))


def test_truth_is_the_contracts(written):
    for samples, item in written:
        words = item["words"]
        assert all(item["text"][slice(*word["span"])] == word["text"] for word in words)
        starts, ends = ([word[name] for word in words] for name in ("start", "end"))
        assert starts == sorted(starts)
        assert all(0 <= start < end for start, end in zip(starts, ends, strict=True))
        assert max([*ends, *(end for _, end in item["gaps"])]) < len(samples) / 16000
        spans = sorted([word["span"] for word in words] + item["not_spoken"])
        assert spans == [list(span) for span in spoken.units(item["text"], "word", item["language"])]
    assert [item["language"] for _, item in written] == ["en", "zh", "en", "zh"]


def test_pauses_are_where_the_truth_says_and_words_are_not_in_them(written):
    for samples, item in written:
        said = [(word["start"], word["end"]) for word in item["words"]] + [tuple(gap) for gap in item["gaps"]]
        loud = np.median([loudness(samples, *span) for span in said])
        inner = [pause for pause in item["pauses"] if pause[1] - pause[0] > 0.1]
        assert len(inner) >= 2
        for start, end in inner:
            assert loudness(samples, start + 0.03, end - 0.03) < 0.4 * loud
        for word in item["words"]:
            assert all(word["end"] <= start + 0.08 or word["start"] >= end - 0.08 for start, end in item["pauses"])


def test_what_is_planted_comes_from_the_seed_alone(written):
    first = speech.script(SEED, 1)
    assert first == speech.script(SEED, 1)
    assert first != speech.script(SEED + 1, 1)
    assert first.text not in {speech.script(SEED, 1, "evaluation").text, speech.script(SEED, 3).text}
    samples, rate, item = speech.speak(first)
    kept = written[1][1]
    assert [word["text"] for word in item["words"]] == [word["text"] for word in kept["words"]]
    for word, again in zip(item["words"], kept["words"], strict=True):
        assert word["start"] == pytest.approx(again["start"], abs=0.01)
    assert len(samples) / rate == pytest.approx(len(written[1][0]) / 16000, abs=0.02)


@pytest.mark.parametrize("kind", list(speech.KINDS))
def test_each_kind_of_wrong_text_is_planted_as_it_is_called(kind):
    found = [drawn for drawn in (speech.script(seed, index) for seed in range(12) for index in range(4)) if drawn.kind == kind]
    assert {drawn.language for drawn in found} == {"en", "zh"}
    for drawn in found:
        both = [sentence for sentence, in_text, in_sound in drawn.sentences if in_text and in_sound]
        told, said = ([sentence[0] for sentence in drawn.sentences if sentence[which]] for which in (1, 2))
        expected = {
            "right": told == said == both,
            "skipped": len(told) == len(said) + 1 == len(both) + 1,
            "inserted": len(told) == len(said) - 1 == len(both),
            "half": len(both) == len(told) // 2 and len(said) == len(told),
            "other": not both and len(told) == len(said),
        }
        assert expected[kind]


def test_noise_is_as_loud_as_planted():
    sound = np.zeros(20000, np.float32)
    sound[5000:10000] = 0.5
    rng = np.random.default_rng(1)
    assert np.array_equal(speech._with_noise(sound, None, rng), sound)
    for decibel in (30, 10):
        added = (speech._with_noise(sound, decibel, rng) - sound)[12000:]
        assert 20 * np.log10(0.5 / added.std()) == pytest.approx(decibel, abs=0.5)


def test_times_move_by_the_pauses_before_them():
    cuts = np.array([[0.0, 1], [0.5, 2], [2, 9]])
    moved = speech._moved(np.array([[0.1, 0.5], [0.5, 0.9], [1, 2]]), cuts)
    assert moved.tolist() == [[1.1, 1.5], [3.5, 3.9], [4, 5]]
