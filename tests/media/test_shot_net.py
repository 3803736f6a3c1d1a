"""Slow transitions by the bundled net, and the features it reads."""

import numpy as np
import pytest

from mmviz.errors import MediaError
from mmviz.media import shot_features, shot_net, shots
from mmviz.worlds import motion


@pytest.fixture(scope="module")
def film() -> tuple[list[tuple[float, float, np.ndarray]], list[tuple[str, float, float]]]:
    """Six shots with a dissolve, a cut, a fade, a wipe and a dissolve between them, as thumbnails, and where these are in seconds."""
    rng, kinds = np.random.default_rng(22), ("dissolve", "cut", "fade", "wipe", "dissolve")
    spans, frames, truth, tail = (20, 0, 24, 18, 12), [], [], None
    for number in range(6):
        ahead, behind = spans[number - 1] if number else 0, spans[number] if number < 5 else 0
        shot = motion.shot(rng, ahead + 50 + behind)
        if number:
            truth.append((kinds[number - 1], len(frames) / 25, (len(frames) + ahead) / 25))
            frames += list(motion.blend(rng, kinds[number - 1], tail, shot[:ahead]))
        frames += list(shot[ahead : ahead + 50])
        tail = shot[ahead + 50 :]
    return [(n / 25, 1 / 25, frame) for n, frame in enumerate(frames)], truth


def still(count: int, value: int, rng) -> list[np.ndarray]:
    return [np.clip(rng.normal(value, 40, (54, 96, 3)), 0, 255).astype(np.uint8)] * count


def timed(frames) -> list[tuple[float, float, np.ndarray]]:
    return [(n / 25, 1 / 25, frame) for n, frame in enumerate(frames)]


def test_every_transition_is_found_once_in_its_span_and_at_most_one_more(film):
    frames, truth = film
    found = shots.divide(frames, gradual=True).axis.starts[1:]
    assert [((start - 0.1 <= found) & (found <= end + 0.1)).sum() for _, start, end in truth] == [1] * len(truth)
    assert len(found) <= len(truth) + 1


def test_without_the_switch_the_cut_is_found(film):
    frames, truth = film
    found = shots.divide(frames)
    assert truth[1][1] in found.axis.starts
    assert found.gradual.shape == (0, 2)


def test_a_moving_shot_has_no_transition():
    reels = [motion.shot(np.random.default_rng([3, n]), 150) for n in range(6)]
    assert sum(len(shots.divide(timed(frames), gradual=True).gradual) for frames in reels) == 0


def test_fades_at_both_ends_are_no_transitions(rng):
    frames = still(75, 120, rng)
    share = np.clip(np.minimum(np.arange(75), 74 - np.arange(75)) / 15, 0, 1)
    faded = [(frame * light).astype(np.uint8) for frame, light in zip(frames, share, strict=True)]
    assert len(shots.divide(timed(faded), gradual=True).axis) == 1


@pytest.mark.parametrize(("span", "leads"), [((1.5, 1.9), True), ((0.4, 0.6), False), ((4.2, 4.4), False), ((4.6, 5.0), False)])
def test_part_of_a_fade_at_an_end_leads_nowhere(span, leads):
    times = np.arange(0, 5, 0.04)
    contrast = np.stack([times, 30 * np.clip(np.minimum(times / 1.0, (5 - times) / 1.0), 0, 1)], 1)
    assert shots._leads(contrast, *span) == leads


def test_a_fade_is_cut_where_nothing_is_seen(rng):
    down, up = np.linspace(1, 0, 20), np.linspace(0, 1, 8)
    light = np.concatenate([np.ones(40), down, np.zeros(6), up, np.ones(40)])
    frames = [
        (frame * share).astype(np.uint8) for frame, share in zip(still(63, 150, rng) + still(51, 90, rng), light, strict=True)
    ]
    (cut,) = shots.divide(timed(frames), gradual=True).axis.starts[1:]
    assert 58 / 25 <= cut <= 68 / 25


def test_pieces_of_a_film_are_described_as_the_whole(film, monkeypatch):
    frames, _ = film
    whole = shot_features.features(np.stack(list(shot_features.moments(frames))))
    monkeypatch.setattr(shot_features, "CHUNK", 70)
    pieces = [found[low:high] for found, low, high in shot_features.chunks(frames, 31)]
    assert len(pieces) > 2
    assert whole.shape == (len(frames), shot_features.COUNT)
    assert np.allclose(np.concatenate(pieces), whole, atol=1e-5)


def test_pieces_of_a_film_are_answered_as_the_whole(film, monkeypatch):
    whole = shot_net.probabilities(film[0])
    monkeypatch.setattr(shot_features, "CHUNK", 70)
    assert np.allclose(shot_net.probabilities(film[0]), whole, atol=1e-5)


@pytest.mark.parametrize("rate", [10, 24, 60])
def test_moments_are_twenty_five_a_second_at_every_rate(rate):
    frames = ((n / rate, 1 / rate, np.full((54, 96, 3), n, np.uint8)) for n in range(rate * 2))
    values = [round(255 * float(small.mean())) for small in shot_features.moments(frames)]
    assert len(values) == 50
    assert values == [int((n + 0.1) / 25 * rate) for n in range(50)]


def test_a_mixture_is_told_from_what_lies_beside_the_way():
    rng = np.random.default_rng(2)
    before, after = rng.random((2, 1, 18, 32, 3)).astype(np.float32)
    _, _, share, rest, *_ = shot_features._mixture(before, 0.7 * before + 0.3 * after, after)
    assert (share[0], rest[0]) == (pytest.approx(0.3, abs=0.01), pytest.approx(0, abs=0.02))
    assert shot_features._mixture(before, rng.random((1, 18, 32, 3)).astype(np.float32), after)[3][0] > 0.5


def test_a_shift_explains_a_pan():
    rng = np.random.default_rng(2)
    wide = rng.random((1, 18, 40)).astype(np.float32)
    best, ratio = shot_features._shifted(wide[..., :32], wide[..., 4:36])
    assert best[0] < 0.01
    assert ratio[0] < 0.05


@pytest.mark.parametrize(
    ("likely", "spans"),
    [
        ([0, 0, 0], []),
        ([0] * 5 + [1] * 10 + [0] * 5, [[0.2, 0.6]]),
        ([1] * 10, [[0.0, 0.4]]),
        ([1] * 10 + [0] * 3 + [1] * 10, [[0.0, 0.92]]),
        ([1] * 10 + [0] * 4 + [1] * 10, [[0.0, 0.4], [0.56, 0.96]]),
        ([1, 0] * 3 + [0] * 10 + [1], [[0.0, 0.2]]),
        ([0.4] * 30, []),
    ],
)
def test_spans_are_read_off_probabilities(likely, spans):
    net = shot_net.ShotNet({}, (), threshold=0.9, extent=0.3, shortest=0.2)
    assert shot_net.spans(np.array(likely, float), net).tolist() == [pytest.approx(span) for span in spans]


def test_without_its_net_the_switch_says_what_to_do(film, tmp_path, monkeypatch):
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path))
    shot_net.load.cache_clear()
    with pytest.raises(MediaError, match="`mmviz train shot-net` makes it"):
        shots.divide(film[0], gradual=True)
    shot_net.load.cache_clear()
