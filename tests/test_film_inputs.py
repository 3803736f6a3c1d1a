"""Films and texts that are hard to use: each is matched all the same, or refused in one sentence before much is done."""

from itertools import chain

import av
import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import ShotAxis
from mmviz.errors import MediaError, MethodError
from mmviz.methods import deciding
from mmviz.trusts import Remark
from tests.media import clips
from tests.models import tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("inputs")


@pytest.fixture(scope="module")
def model(folder) -> str:
    return f"clip:{tiny.make_clip(folder / 'clip', 3, text_length=77)}"


@pytest.fixture(scope="module")
def parts() -> list[list[np.ndarray]]:
    rng = np.random.default_rng(5)
    return [clips.scenery(rng, 20) for _ in range(3)]


@pytest.fixture(scope="module")
def film(folder, parts):
    return clips.write(folder / "three.mp4", chain(*parts))


@pytest.mark.parametrize(
    ("text", "n_clauses"),
    [
        ("cat", 1),
        ("猫", 1),
        ("Кошка спит, а собака бежит. Потом идёт дождь.", 2),  # a language the rules do not know: sentences at least
        ("ネコが走る。", 1),
        ("A cat sat. A dog ran. It rained. We left. They came. She sang. He slept. The sun rose.", 8),
    ],
)
def test_a_word_another_language_and_more_clauses_than_shots_are_matched(film, model, text, n_clauses):
    found = pipeline.film(film, text, model, level="sentence", device="cpu")
    assert found.p.shape == (3, n_clauses)
    assert "".join(found.clauses.labels) == text
    assert found.p.sum(1) + found.null == pytest.approx(1, abs=1e-4)
    assert len(found.unmatched_clauses) >= n_clauses - 3


def test_a_film_of_one_shot_and_a_still_picture_are_matched(folder, parts, model):
    one = clips.write(folder / "one.mp4", parts[0])
    assert len(pipeline.film(one, "A cat. A dog.", model, device="cpu").shots) == 1
    still = clips.write(folder / "still.mp4", [parts[0][0]] * 30)
    assert len(pipeline.film(still, "A cat. A dog.", model, device="cpu").shots) == 1


def test_a_film_with_sound_is_matched_as_one_without(folder, parts, film, model):
    sounding = clips.write(folder / "sound.mp4", chain(*parts), sound=True)
    with_sound, without = (pipeline.film(path, "A cat. A dog.", model, "hmm", device="cpu") for path in (sounding, film))
    assert with_sound.shots.starts == pytest.approx(without.shots.starts, abs=0.05)
    assert with_sound.shots.ends == pytest.approx(without.shots.ends, abs=0.05)


@pytest.mark.parametrize(
    ("side", "frames", "said"),
    [
        ((64, 64), 0, "is no film that can be read, or is damaged or cut short"),
        ((7680, 4320), 1, "7680 x 4320 pixels; up to 4096 x 2304 can be read. Scale it down"),
    ],
)
def test_films_of_no_frame_and_of_8k_are_refused_before_they_are_decoded(folder, side, frames, said):
    path = folder / f"{side[0]}.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = *side, "yuv420p"
        container.start_encoding()
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame(*side, "yuv420p")))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match=said):
        pipeline.read_video(path)


def test_three_thousand_shots_are_matched(rng):
    truth = np.sort(rng.integers(0, 4, 3000))
    similarity = rng.normal(0, 0.1, (3000, 4)) + np.eye(4)[truth]
    found = pipeline.match(similarity, "hmm")
    assert len(found.edges) > 2900
    assert np.mean([truth[shot] == clause for shot, clause, _ in found.edges]) > 0.95


@pytest.mark.parametrize(("n_shots", "said"), [(39, []), (40, [Remark("few_clauses", {"shots": 4})])])
def test_that_the_network_learned_shorter_runs_is_said(rng, n_shots, said):
    similarity = rng.normal(0, 0.1, (n_shots, 10)) + np.eye(10)[np.arange(n_shots) // 4]
    found, other = pipeline.match(similarity), pipeline.match(similarity, "hmm")
    assert [remark for remark in found.remarks if remark.key == "few_clauses"] == said
    assert "few_clauses" not in [remark.key for remark in other.remarks]


@pytest.mark.parametrize(("matcher", "said"), [("gnn", "3 shots and 2 clauses; 2 of each"), ("rrwm", "takes 60 of each")])
def test_too_many_shots_are_refused_before_a_picture_is_read(film, model, matcher, said, monkeypatch):
    monkeypatch.setattr(deciding, "LONGEST", 2 if matcher == "gnn" else deciding.LONGEST)
    bounds = np.linspace(0, 2.4, 62 if matcher == "rrwm" else 4)
    axis, stages = ShotAxis(bounds[:-1], bounds[1:], bounds[:-1]), []
    with pytest.raises(MethodError, match=said):
        pipeline.film(film, "A cat. A dog.", model, matcher, shots=axis, progress=lambda *told: stages.append(told[0]))
    assert "frames" not in stages


def test_too_many_clauses_are_refused_before_the_film_is_read(film, model):
    stages = []
    with pytest.raises(MethodError, match="61 clauses; this matcher takes 60 of each. Choose gnn or hmm"):
        pipeline.film(film, "A cat. " * 61, model, "rrwm", progress=lambda *told: stages.append(told[0]))
    assert stages == []
