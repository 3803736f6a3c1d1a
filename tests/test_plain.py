"""A plain path keeps to what was chosen; a sound is drawn, spoken and played as it is."""

import io
import wave

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import MmvizError, Stopped
from mmviz.media import speech
from mmviz.pipeline import plain
from mmviz.samples import Audio

needs_espeak = pytest.mark.skipif(not speech.is_there(), reason="the text is spoken by espeak-ng")
FIRST, SECOND = "Seven old boats are waiting.", "Nobody has called the captain."


@pytest.fixture(scope="module")
def second() -> Audio:
    return pipeline.spoken_aloud(((SECOND, 0.2),))


@needs_espeak
def test_a_path_runs_from_corner_to_corner_whatever_the_text(second):
    found = pipeline.plain_path(second, f"{FIRST} {SECOND}")
    assert found.path[0].tolist() == [0, 0]
    assert found.path[-1].tolist() == [len(found.query) - 1, len(found.key) - 1]
    assert len(found.key) == pytest.approx(second.seconds * 100, abs=2)


@needs_espeak
def test_a_sound_is_found_within_a_text_that_has_more(second):
    both = pipeline.plain_path(second, f"{FIRST} {SECOND}", reach="in-text")
    alone = pipeline.plain_path(second, SECOND)
    skipped = len(both.query) - len(alone.query)
    assert both.path[0, 0] == pytest.approx(skipped, abs=12)
    assert both.path[:, 1].tolist() == sorted(both.path[:, 1])
    assert both.preview.shape == (len(both.preview_query), len(both.preview_key))
    assert both.cost < pipeline.plain_path(second, f"{FIRST} {SECOND}").cost


@needs_espeak
@pytest.mark.parametrize("features", pipeline.FEATURES)
def test_a_path_with_a_band_stays_within_it_whatever_the_features(second, features):
    found = pipeline.plain_path(second, SECOND, features=features, band=0.1, steps="symmetric2")
    line = found.path[:, 0] * (len(found.key) - 1) / (len(found.query) - 1)
    assert np.abs(found.path[:, 1] - line).max() <= 11
    wide = pipeline.plain_path(second, SECOND, features=features, steps="symmetric2")
    assert wide.cost <= found.cost


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"features": "pitch"}, "There is no feature"),
        ({"reach": "nowhere"}, "There is no reach"),
        ({"features": "loudness", "metric": "cosine"}, "one number a frame"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_read(options, rule):
    with pytest.raises(MmvizError, match=rule):
        pipeline.plain_path("/no/such.wav", "text", **options)


@needs_espeak
def test_a_matrix_that_is_too_large_is_refused_and_one_that_is_not_can_be_stopped(second, monkeypatch):
    def stop(stage, done, of):
        if stage == "warp":
            raise Stopped("stop")

    with pytest.raises(Stopped):
        pipeline.plain_path(second, SECOND, progress=stop)
    monkeypatch.setattr(plain, "MOST", 10_000)
    with pytest.raises(MmvizError, match="A plain matrix of"):
        pipeline.plain_path(second, SECOND)


@needs_espeak
def test_what_is_spoken_has_its_pauses_and_the_length_it_is_drawn_out_to():
    plain_sound = pipeline.spoken_aloud((("one", 0.0), ("two", 0.0)))
    paused = pipeline.spoken_aloud((("one", 0.7), ("two", 0.4)))
    assert paused.seconds == pytest.approx(plain_sound.seconds + 1.1, abs=0.02)
    assert np.abs(paused.samples[-int(0.35 * 16000) :]).max() < 10
    assert pipeline.spoken_aloud((("苹果", 0.0),), "zh", seconds=2).seconds == pytest.approx(2, abs=0.02)


@pytest.fixture(scope="module")
def buzz() -> Audio:
    times = np.arange(32000) / 16000
    return Audio((np.sin(2 * np.pi * 300 * times) * (times > 1) * 20000).astype(np.int16))


def test_a_sound_is_drawn_in_as_many_columns_as_are_asked_for(buzz):
    peaks, spectrum = pipeline.sound_pictures(buzz, 100, 40, 50)
    assert (peaks.shape, spectrum.shape) == ((100, 2), (40, 50))
    assert np.abs(peaks[:49].astype(int) - 128).max() <= 1
    assert peaks[60:].max() > 200
    assert spectrum[:, 40].argmax() < 12
    assert spectrum[:, :20].max() == 0


def test_a_sound_is_written_as_every_browser_plays_it(buzz):
    with wave.open(io.BytesIO(pipeline.as_wav(buzz))) as made:
        assert (made.getframerate(), made.getnchannels(), made.getsampwidth()) == (16000, 1, 2)
        assert np.array_equal(np.frombuffer(made.readframes(made.getnframes()), "<i2"), buzz.samples)
