import numpy as np
import pytest

from mmviz.media import stretching


@pytest.mark.parametrize("factor", [2.0, 0.6])
def test_a_sound_is_drawn_out_and_keeps_its_pitch(factor):
    times = np.arange(8000) / 16000
    made = stretching.stretched(np.sin(2 * np.pi * 440 * times), factor)
    assert len(made) == round(8000 * factor)
    power = np.abs(np.fft.rfft(made * np.hanning(len(made))))
    assert power.argmax() * 16000 / len(made) == pytest.approx(440, abs=5)
