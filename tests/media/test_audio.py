"""Any file with sound in it becomes one channel at 16 kHz; what is none, or of no use, is refused in a sentence."""

import tracemalloc

import av
import numpy as np
import pytest
import soundfile

from mmviz.errors import MediaError
from mmviz.media import audio, features, mel
from mmviz.samples import Audio

SECONDS = 1.5


def tone(rate: int, hertz: float = 440, seconds: float = SECONDS, loud: float = 0.5) -> np.ndarray:
    """A tone from .5 to 1 s, so that time and pitch can be looked up again."""
    t = np.arange(round(rate * seconds)) / rate
    return (loud * np.sin(2 * np.pi * hertz * t) * ((t >= 0.5) & (t < 1))).astype(np.float32)


def is_the_tone(found: Audio, hertz: float = 440, seconds: float = SECONDS, within: float = 0.03) -> None:
    assert found.seconds == pytest.approx(seconds, abs=within)
    loud = np.flatnonzero(np.abs(found.samples) > 4000) / 16000
    assert (loud[0], loud[-1]) == pytest.approx((0.5, 1), abs=within)
    piece = found.samples[9600:14400].astype(float)
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece))))
    assert spectrum.argmax() * 16000 / len(piece) == pytest.approx(hertz, abs=6)


def encode(path, codec: str, rate: int = 48000, film: bool = False) -> None:
    """Write the tone with FFmpeg."""
    with av.open(str(path), "w") as container:
        track = container.add_stream(codec, rate=rate, layout="mono")
        if film:
            pictures = container.add_stream("mpeg4", rate=10)
            pictures.width, pictures.height, pictures.pix_fmt = 32, 16, "yuv420p"
            for _ in range(15):
                container.mux(pictures.encode(av.VideoFrame.from_ndarray(np.zeros((16, 32, 3), np.uint8))))
            container.mux(pictures.encode())
        samples = tone(rate)
        for at in range(0, len(samples), 960):
            frame = av.AudioFrame.from_ndarray(samples[None, at : at + 960], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, at
            container.mux(track.encode(frame))
        container.mux(track.encode())


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_files_of_any_rate_are_read(tmp_path, rate, kind):
    soundfile.write(tmp_path / f"tone.{kind}", tone(rate), rate)
    found = audio.parse(tmp_path / f"tone.{kind}")
    assert (found.name, found.rate, found.notes) == (f"tone.{kind}", rate, ())
    is_the_tone(found, within=0.08 if kind == "mp3" else 0.03)


@pytest.mark.parametrize(("name", "codec"), [("tone.m4a", "aac"), ("tone.webm", "libopus"), ("tone.mka", "flac")])
def test_files_only_ffmpeg_knows_are_read(tmp_path, name, codec):
    encode(tmp_path / name, codec)
    is_the_tone(audio.parse(tmp_path / name), within=0.05)


def test_the_sound_of_a_film_is_taken(tmp_path):
    encode(tmp_path / "film.mp4", "aac", film=True)
    found = audio.parse(tmp_path / "film.mp4")
    is_the_tone(found, within=0.05)
    assert found.notes == ("video",)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW"])
def test_samples_of_any_width_are_read(tmp_path, subtype):
    soundfile.write(tmp_path / "a.wav", tone(8000), 8000, subtype)
    is_the_tone(audio.parse(tmp_path / "a.wav"))


def test_channels_are_mixed(tmp_path):
    both = np.stack([tone(16000, loud=0.8), np.zeros(24000, np.float32)], 1)
    soundfile.write(tmp_path / "a.wav", both, 16000)
    for found in (audio.parse(tmp_path / "a.wav"), audio.parse(both)):
        is_the_tone(found)
        assert found.notes == ("mixed",)
        assert np.abs(found.samples).max() == pytest.approx(0.4 * 32767, rel=0.01)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float64])
def test_arrays_of_a_microphone_are_read(dtype):
    samples = tone(44100).astype(float)
    if dtype != np.float64:
        half = 2.0 ** (8 * np.dtype(dtype).itemsize - 1)
        samples = np.rint(samples * (half - 1) + (half if dtype == np.uint8 else 0))
    is_the_tone(audio.parse(samples.astype(dtype), rate=44100))


def test_an_audio_is_given_back_as_it_is():
    given = Audio(np.ones(16000, np.int16))
    assert audio.parse(given) is given


def test_what_is_loud_quiet_or_cut_short_is_noted(tmp_path, rng):
    assert audio.parse(np.clip(tone(16000, loud=3), -1, 1)).notes == ("clipped",)
    assert audio.parse(tone(16000, loud=0.01)).notes == ("quiet",)
    soundfile.write(tmp_path / "a.mp3", rng.uniform(-0.3, 0.3, 8 * 44100), 44100)
    content = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(content[: len(content) // 2])
    found = audio.parse(tmp_path / "a.mp3")
    assert found.notes == ("cut_short",)
    assert found.seconds == pytest.approx(4, abs=0.2)


def test_damage_ends_a_sound_where_it_is(tmp_path, rng):
    encode(tmp_path / "a.m4a", "aac")
    content = bytearray((tmp_path / "a.m4a").read_bytes())
    soundfile.write(tmp_path / "b.flac", rng.uniform(-0.3, 0.3, 12 * 16000), 16000)
    flac = bytearray((tmp_path / "b.flac").read_bytes())
    flac[len(flac) // 2 :] = bytes(len(flac) - len(flac) // 2)
    (tmp_path / "b.flac").write_bytes(flac)
    found = audio.parse(tmp_path / "b.flac")
    assert 4 < found.seconds < 7
    assert "cut_short" in found.notes
    (tmp_path / "c.m4a").write_bytes(content[: len(content) // 3])
    with pytest.raises(MediaError, match=r"c\.m4a (is not a sound|is damaged)"):
        audio.parse(tmp_path / "c.m4a")


def test_what_is_no_sound_is_refused(tmp_path):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "letter.mp3").write_text("Dear Sir or Madam, this is not a sound.", "utf-8")
    (tmp_path / "noise.wav").write_bytes(bytes(range(256)) * 40)
    soundfile.write(tmp_path / "silent.wav", np.zeros(16000), 16000)
    soundfile.write(tmp_path / "short.wav", tone(16000)[8000:8640], 16000)
    for name, said in {
        "empty.wav": "is empty",
        "letter.mp3": "is not a sound",
        "noise.wav": "is not a sound",
        "silent.wav": "is silent from beginning to end",
        "short.wav": "lasts 40 ms; at least 100 ms",
        "missing.wav": "There is no file",
    }.items():
        with pytest.raises(MediaError, match=said) as raised:
            audio.parse(tmp_path / name)
        assert "\n" not in str(raised.value)


def test_a_film_without_sound_says_so(tmp_path):
    with av.open(str(tmp_path / "film.mp4"), "w") as container:
        pictures = container.add_stream("mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 32, 16, "yuv420p"
        container.mux(pictures.encode(av.VideoFrame.from_ndarray(np.zeros((16, 32, 3), np.uint8))))
        container.mux(pictures.encode())
    with pytest.raises(MediaError, match="film without sound"):
        audio.parse(tmp_path / "film.mp4")


@pytest.mark.parametrize(
    ("samples", "rate", "said"),
    [
        (np.ones((2, 2, 2)), 16000, "samples x channels"),
        (np.ones(100, bool), 16000, "samples x channels"),
        (np.zeros(0), 16000, "samples x channels"),
        (np.ones(16000), 10, "10 samples a second"),
        (np.ones((2, 4000)), 16000, "4000 channels"),
    ],
)
def test_arrays_that_are_no_sound_are_refused(samples, rate, said):
    with pytest.raises(MediaError, match=said):
        audio.parse(samples, rate=rate)


def test_five_hours_are_refused_before_they_are_read(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "long.flac", np.broadcast_to(np.zeros(1, np.int16), 5 * 3600 * 1000), 1000)
    monkeypatch.setattr(audio, "_mixed", lambda part: pytest.fail("it was read"))
    with pytest.raises(MediaError, match="lasts 5.0 hours; up to 4"):
        audio.parse(tmp_path / "long.flac")


def test_a_long_sound_takes_its_samples_and_little_more(tmp_path):
    samples = np.tile(tone(16000), 200)
    soundfile.write(tmp_path / "long.wav", samples, 16000)
    audio.parse(tmp_path / "long.wav")
    told = []
    tracemalloc.start()
    found = audio.parse(tmp_path / "long.wav", progress=lambda read, of: told.append((read, of)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * found.samples.nbytes
    assert told[0] == (1, 300)
    assert told[-1] == (300, 300)


def test_progress_may_stop_the_work(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(16000), 16000)

    def stop(read: float, of: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audio.parse(tmp_path / "a.wav", progress=stop)


def test_chunks_are_the_sound_itself(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.tile(tone(44100), 10), 44100)
    pieces = list(audio.chunks(tmp_path / "a.wav"))
    assert len(pieces) > 10
    assert np.rint(np.concatenate(pieces) * 32767).astype(int) == pytest.approx(audio.parse(tmp_path / "a.wav").samples, abs=1)


def spoken(seconds: float = SECONDS) -> Audio:
    return audio.parse(tone(16000, 1000, seconds))


def test_peaks_keep_what_is_loud():
    found = mel.peaks(spoken(), 30)
    assert found.shape == (30, 2)
    assert (found[2] == 128).all()
    assert found[15].tolist() == pytest.approx([64, 191], abs=1)
    assert len(mel.peaks(Audio(np.ones(5, np.int16)), 30)) == 5


def test_a_spectrogram_shows_the_tone_in_its_band():
    found = mel.spectrogram(spoken(), 30)
    assert found.shape == (64, 30)
    assert found.dtype == np.uint8
    assert found[:, 15].argmax() == features.log_mel(spoken().samples, 16000, 64, mel.FLOOR)[75].argmax()
    assert (found.max(), found[:, 2].max()) == (255, 0)


def test_a_spectrogram_of_parts_is_that_of_the_whole(rng, monkeypatch):
    sound = Audio(rng.integers(-9000, 9000, 50000).astype(np.int16))
    whole = mel.spectrogram(sound, 50)
    monkeypatch.setattr(features, "BLOCK", 37)
    assert mel.spectrogram(sound, 50).tolist() == whole.tolist()
    of_frames = features.log_mel(sound.samples, 16000, 64, mel.FLOOR)
    assert whole[:, 3].argmax() == of_frames[18:25].max(0).argmax()  # 313 frames in 50 columns
