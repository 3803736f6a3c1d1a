import numpy as np
import pytest

from mmviz.media import features


def tone(rate, frequency=1000.0, seconds=0.5):
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def test_frames_are_ten_milliseconds_apart_and_centred_at_their_time():
    sound = np.zeros(16000, np.float32)
    sound[8000:8160] = 0.5  # from .5 to .51 s
    found = features.log_mel(sound, 16000)
    assert found.shape == (100, 40)
    assert found.dtype == np.float32
    loud = np.flatnonzero(found.mean(1) > found.mean(1).min() + 0.5)
    assert loud.tolist() == [49, 50, 51, 52]


def test_a_tone_is_loudest_in_the_band_of_its_pitch():
    low, high = (features.log_mel(tone(16000, f), 16000)[20].argmax() for f in (300.0, 3000.0))
    assert low < 10 < high


@pytest.mark.parametrize("rate", [22050, 48000])
def test_the_rate_of_a_recording_does_not_matter(rate, rng):
    at_16k, other = (features.log_mel(tone(r), r)[5:-5] for r in (16000, rate))
    # mel bands fall on other bins of the transform, the worst on the flanks of the tone
    np.testing.assert_allclose(other.max(1), at_16k.max(1), atol=0.3)
    assert np.abs(other - at_16k).mean() < 0.6


def test_integers_are_floats_of_full_scale():
    sound = tone(16000)
    np.testing.assert_allclose(
        features.log_mel((sound * 32768).astype(np.int16), 16000), features.log_mel(sound, 16000), atol=0.02
    )


def test_the_shortest_sound_has_a_frame_and_silence_the_floor():
    found = features.log_mel(np.zeros(1, np.float32), 16000)
    assert found.shape == (1, 40)
    np.testing.assert_allclose(found, np.log(features.FLOOR), atol=1e-5)


def test_frames_of_parts_are_those_of_the_whole(rng, monkeypatch):
    sound = rng.integers(-9000, 9000, 50000).astype(np.int16)
    whole = features.log_mel(sound, 16000)
    monkeypatch.setattr(features, "BLOCK", 37)
    assert len(whole) == 313
    assert features.log_mel(sound, 16000) == pytest.approx(whole, abs=1e-4)


def test_a_frame_is_what_the_formula_says(rng):
    import librosa

    samples = rng.integers(-9000, 9000, 4000).astype(np.int16)
    piece = samples[7 * 160 - 200 : 7 * 160 + 200] / 32768
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    power = np.abs(np.fft.fft(piece * window, 512)[:257]) ** 2
    bands = librosa.filters.mel(sr=16000, n_fft=512, n_mels=24, fmin=60, fmax=7600)
    expected = np.log(bands @ power + 1e-3)
    assert features.log_mel(samples, 16000, 24, 1e-3)[7] == pytest.approx(expected, abs=1e-4)
