import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from mmviz.errors import MediaError, Stopped
from mmviz.media import speech, spoken

needs_espeak = pytest.mark.skipif(not speech.is_there(), reason="espeak-ng is an extra: requirements-speech.txt")
ENGLISH = "Hello of the world! Mr. Smith paid $5.50 in the 42 boxes 你好 😀 ok"


@pytest.fixture(scope="module")
def english():
    atoms = spoken.atoms(ENGLISH, "en")
    return atoms, speech.anchor(atoms)


@needs_espeak
def test_every_atom_has_phones_in_order_within_the_sound(english):
    atoms, made = english
    assert set(made.atoms) == set(range(len(atoms)))
    assert (np.diff(made.atoms) >= 0).all()
    assert (np.diff(made.starts) >= 0).all()
    assert (made.ends > made.starts).all()
    assert (made.ends[:-1] <= made.starts[1:] + 1e-9).all()
    assert made.ends[-1] <= len(made.samples) / made.sample_rate
    assert np.abs(made.samples).max() > 0.1


@needs_espeak
def test_words_spoken_as_one_are_told_apart(english):
    atoms, made = english
    phones = {atom.said: [n for n, owner in zip(made.names, made.atoms) if owner == place] for place, atom in enumerate(atoms)}
    assert phones["of"] == ["ʌ", "v"]
    assert phones["the"] == ["ð", "ə"]
    assert "".join(phones["forty two"]).startswith("f")
    chinese = speech.anchor(spoken.atoms("很好，成为朋友", "zh"))
    assert [chinese.names[np.flatnonzero(chinese.atoms == a)[0]] for a in range(6)] == ["χ", "χ", "ts.h", "w", "ph", "j"]


@needs_espeak
def test_a_stop_starts_with_its_closure(english):
    atoms, made = english
    place = next(i for i, atom in enumerate(atoms) if atom.said == "paid")
    first = int(made.starts[made.atoms == place][0] * made.sample_rate)
    closed, burst = made.samples[first : first + 200], made.samples[first : first + 2500]
    assert np.abs(closed).max() < 0.3 * np.abs(burst).max()


@needs_espeak
def test_the_same_text_sounds_the_same_whatever_was_spoken_before(english):
    atoms, made = english
    speech.anchor(spoken.atoms("something else", "en"))
    again = speech.anchor(atoms)
    assert again.names == made.names
    np.testing.assert_allclose(again.starts, made.starts, atol=23 / 22050)


@needs_espeak
@pytest.mark.parametrize("voice", ["en-us", "en-gb+f2"])
def test_a_text_sounds_the_same_a_second_later_in_another_process(voice):
    atoms = [dataclasses.replace(atom, voice=voice) for atom in spoken.atoms("Seven white boats", "en")]
    made = speech.anchor(atoms)
    time.sleep(1.1)  # the noise of breath was drawn from the clock's seconds
    assert np.array_equal(speech.anchor(atoms).samples, made.samples)


@needs_espeak
def test_two_processes_say_what_one_says():
    atoms = spoken.atoms("One two three. " * 16, "en")
    alone, together = speech.anchor(atoms), speech.anchor(atoms, workers=2)
    assert alone.names == together.names
    np.testing.assert_allclose(alone.starts, together.starts, atol=0.02)


@needs_espeak
def test_a_killed_process_is_one_sentence_and_the_next_one_works():
    atoms = spoken.atoms("A long story about a small dog and a very old tree. " * 60, "en")
    killed = []

    def kill(done: int, of: int) -> None:
        if not killed:
            killed.extend(_children())
            for child in killed:
                os.kill(child, signal.SIGKILL)

    with pytest.raises(MediaError, match="ended before it was done; align again"):
        speech.anchor(atoms, progress=kill)
    assert killed
    assert len(speech.anchor(atoms[:5]).names) > 5


@needs_espeak
def test_work_that_is_not_wanted_any_more_leaves_no_process():
    def stop(done: int, of: int) -> None:
        raise Stopped("enough")

    with pytest.raises(Stopped):
        speech.anchor(spoken.atoms("One. Two. Three. " * 40, "en"), progress=stop)
    for _ in range(50):
        if not _children():
            return
        time.sleep(0.02)
    assert _children() == []


def test_without_the_package_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr(speech, "is_there", lambda: False)
    with pytest.raises(MediaError, match="pip install espeakng-loader.*pocketsphinx"):
        speech.anchor(spoken.atoms("hello", "en"))


@needs_espeak
def test_the_library_is_never_loaded_into_the_process_that_asks():
    script = """
import sys
from pathlib import Path
from mmviz.media import speech, spoken
if __name__ == "__main__":
    assert len(speech.anchor(spoken.atoms("one word", "en")).samples)
    maps = Path("/proc/self/maps")
    print("espeakng_loader" in sys.modules, maps.exists() and "espeak" in maps.read_text())
"""
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert found.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("phones", "sizes", "expected"),
    [("ʌ v ð ə", (2, 3), ["ʌv", "ðə"]), ("χ ə n χ ɑu", (1, 1), ["χən", "χɑu"]), ("tɕ i ŋ ɑ", (1, 1), ["tɕiŋ", "ɑ"]), ("ɡ oʊ ɪ ŋ t ə", (5, 2), ["ɡoʊɪŋ", "tə"])],
)  # fmt: skip
def test_phones_are_shared_out_by_vowels_else_by_letters(phones, sizes, expected):
    shared = speech.share([(0, 0, phone) for phone in phones.split()], list(sizes))
    assert ["".join(phone for *_, phone in word) for word in shared] == expected


def _children() -> list[int]:
    me = threading.get_native_id()
    found = []
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return [child for child in found if child != me and "espeak_worker" in Path(f"/proc/{child}/cmdline").read_text()]
