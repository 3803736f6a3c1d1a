"""A film against a text, from the file to the matching, with the bundled model on drawn pictures."""

import time
from dataclasses import replace

import numpy as np
import pytest

import mmviz
from mmviz import pipeline
from mmviz.axes import ShotAxis
from mmviz.errors import MethodError, ModelError, Stopped
from mmviz.matchings import Constraints
from mmviz.media import video
from mmviz.media.shots import Shots
from mmviz.methods import pair_features
from mmviz.pipeline import film_vectors, films
from tests.media import clips

#: Which caption each shot shows: the second is told last, the first shot's not at all.
SEEDS, TOLD = (3, 8, 11, 21), (2, 3, 1)


@pytest.fixture(scope="module")
def captions() -> list[str]:
    return [mmviz.draw_scene(seed)[1]["captions"]["en"]["text"] for seed in SEEDS]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    pictures = [mmviz.draw_scene(seed)[0].pixels[::2, ::2] for seed in SEEDS]
    frames = [pixels for pixels in pictures for _ in range(30)]
    return clips.write(tmp_path_factory.mktemp("film") / "four.mp4", frames)


@pytest.fixture(scope="module")
def text(captions) -> str:
    return " ".join(f"{captions[shot][0].upper()}{captions[shot][1:].rstrip('.')}." for shot in TOLD)


@pytest.fixture(scope="module")
def stages() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture(scope="module")
def found(path, text, stages):
    return pipeline.film(path, text, level="sentence", progress=lambda *said: stages.append(said))


def test_every_shot_is_matched_with_what_tells_of_it(found):
    assert len(found.shots) == 4
    assert found.shots.starts == pytest.approx([0, 1.2, 2.4, 3.6], abs=0.05)
    assert found.p.shape == (4, len(TOLD))
    assert [int(clause) for clause in found.similarity[list(TOLD)].argmax(1)] == [0, 1, 2]
    told = {(shot, clause) for clause, shot in enumerate(TOLD)}
    assert {(shot, clause) for shot, clause, p in found.edges if p >= 0.5} == told
    assigned = pipeline.rematch(found, matcher="hungarian").edges
    assert {(shot, clause) for shot, clause, _ in assigned} <= told
    assert len(assigned) >= 2


def test_it_carries_pictures_vectors_and_what_asks_for_care(found, path):
    assert found.film.path == path
    assert len(found.pictures) == 4
    assert max(found.pictures[0].shape[:2]) <= film_vectors.SHOWN
    assert np.linalg.norm(found.shot_embeds, axis=1) == pytest.approx(1, abs=1e-4)
    assert found.similarity == pytest.approx(found.shot_embeds @ found.clause_embeds.T, abs=1e-5)
    assert "bundled_on_real" in {remark.key for remark in found.remarks}
    assert found.checkpoint.startswith("clip-mini@")


def test_progress_names_every_stage_and_may_end_the_work(stages, path, text):
    assert list(dict.fromkeys(stage for stage, _, _ in stages)) == ["clauses", "shots", "frames", "match"]

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "frames":
            raise Stopped("enough")

    with pytest.raises(Stopped):
        pipeline.film(path, text, progress=stop)


def test_corrected_shots_and_clauses_are_taken_as_they_are(found, path):
    axis = ShotAxis(np.array([0.0, 1.2]), np.array([1.2, 4.8]), np.array([0.6, 3.0]))
    again = pipeline.film(path, found.clauses, matcher="hmm", shots=axis)
    assert again.similarity.shape == (2, len(found.clauses))
    assert again.clauses is found.clauses


def test_matching_again_keeps_what_was_compared(found):
    again = pipeline.rematch(found, constraints=Constraints(fixed=((0, 1),), forbidden=((2, 0),)))
    assert (0, 1) in {(shot, clause) for shot, clause, _ in again.edges}
    assert again.p[2, 0] < 1e-6
    assert again.film is found.film
    assert "bundled_on_real" in {remark.key for remark in again.remarks}
    other = pipeline.rematch(found, matcher="hungarian", capacity=1)
    assert (other.matcher, other.options["capacity"]) == ("hungarian", 1)
    assert pipeline.rematch(other).options["capacity"] == 1


def test_matching_125_shots_with_60_clauses_again_is_quick(rng):
    truth = np.repeat(np.arange(60), 3)[:125]
    similarity = rng.normal(0, 0.2, (125, 60))
    similarity[np.arange(125), truth] += 0.8
    made = pipeline.match(similarity)
    start = time.process_time()
    pipeline.rematch(made, constraints=Constraints(fixed=((5, 7),)))
    assert time.process_time() - start < 0.3


def test_the_chains_are_asked_once_for_a_matrix_and_what_is_known_of_it(rng, monkeypatch):
    asked = []
    beliefs = pair_features.beliefs
    monkeypatch.setattr(pair_features, "beliefs", lambda *given: asked.append(given) or beliefs(*given))
    made = pipeline.match(rng.normal(size=(9, 7)))
    assert len(asked) == 1  # by the matcher, and by whoever says whether the text has an order
    again = pipeline.rematch(made, constraints=Constraints(fixed=((5, 2),)))
    assert len(asked) == 2
    assert again.p[5, 2] == pytest.approx(1, abs=1e-3)
    assert pipeline.rematch(again, constraints=Constraints()).p == pytest.approx(made.p)
    assert len(asked) == 2


def test_a_film_is_decoded_once_for_its_shots_and_what_the_model_sees(found, path, text, monkeypatch):
    exact, _, _ = film_vectors.of_shots(found.film, found.shots, "clip-mini", "cpu")
    assert (found.shot_embeds * exact).sum(1) == pytest.approx(1, abs=0.01)
    monkeypatch.setattr(video, "frames_at", lambda film, seconds, side: iter(()) if not seconds else pytest.fail(f"{seconds}"))
    assert pipeline.film(path, text, matcher="hmm", level="sentence").shot_embeds == pytest.approx(found.shot_embeds, abs=1e-4)


def test_markers_and_slow_transitions_loosen_the_order():
    clauses = pipeline.clauses("The cat sleeps. Meanwhile the dog runs. Years earlier it was small.", level="sentence")
    axis = ShotAxis(np.array([0.0, 1, 4]), np.array([1.0, 2, 5]), np.array([0.5, 1.5, 4.5]))
    order = films.order_of(Shots(axis, np.array([[0.8, 1.2]]), 5.0, 100), clauses)
    assert order.clauses.tolist() == [0.5, 0.0]
    assert order.shots.tolist() == [0.0, 0.5]


def test_a_long_clause_is_read_in_parts():
    parts = film_vectors._parts(" ".join(["word"] * 70))
    assert [len(part.split()) for part in parts] == [24, 24, 22]
    assert [len(part) for part in film_vectors._parts("猫" * 31)] == [16, 15]
    assert film_vectors._parts("one word") == ["one word"]


def test_subtitles_are_read_without_their_times(path):
    script = "1\n00:00:00,000 --> 00:00:01,000\nA cat.\n\n2\n00:00:01,000 --> 00:00:02,000\nA car.\n"
    axis = ShotAxis(np.array([0.0]), np.array([1.2]), np.array([0.6]))
    found = pipeline.film(path, script, matcher="hmm", shots=axis)
    assert "-->" not in found.clauses.text
    assert len(found.clauses) == 2


def test_text_without_order_and_shots_alike_are_said(rng):
    places = np.array([4, 0, 7, 2, 9, 5, 1, 8, 3, 6])
    similarity = rng.normal(0, 0.1, (20, 10))
    similarity[np.arange(20), places.repeat(2)] += 1
    assert "no_order" in {remark.key for remark in pipeline.match(similarity).remarks}
    similarity = rng.normal(0, 0.1, (6, 6)) + np.eye(6)
    similarity[4, 1] = 1.2
    similarity[1], similarity[4] = similarity[1] + 0.5 * np.eye(6)[4], similarity[1] + 0.7 * np.eye(6)[4]
    alike = [remark for remark in pipeline.match(similarity, "hungarian", capacity=1).remarks if remark.key == "ambiguous_shots"]
    assert alike[0].numbers["groups"] == [[1, 4]]


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY broken"])
def test_a_file_that_is_no_array_is_said(tmp_path, content):
    (tmp_path / "s.npy").write_bytes(content)
    with pytest.raises(MethodError, match="s.npy"):
        pipeline.read_similarity(tmp_path / "s.npy")


def test_arrays_that_would_run_code_are_refused(tmp_path):
    np.save(tmp_path / "s.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(MethodError, match="plain array"):
        pipeline.read_similarity(tmp_path / "s.npy")


def test_a_model_without_vectors_is_refused_before_the_film_is_read(path):
    with pytest.raises(ModelError, match="no vectors"):
        pipeline.film(path, "A cat.", model="vilt-mini")


def test_the_door_for_notebooks_gives_the_same(found, path, text):
    again = mmviz.film(path, text, level="sentence")
    assert np.array_equal(again.p, found.p)
    assert again.remarks == found.remarks


def test_a_drawn_film_asks_for_no_care(found, path):
    drawing = replace(pipeline.read_video(path), source="drawn")
    axis = ShotAxis(np.array([0.0]), np.array([1.2]), np.array([0.6]))
    drawn = pipeline.film(drawing, "A cat.", matcher="hmm", shots=axis)
    assert "bundled_on_real" not in {remark.key for remark in drawn.remarks}
