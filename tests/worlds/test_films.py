"""Drawn films: what is written of them, whether text and pictures are what the truth says, and the proof that a film is one."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mmviz import cli
from mmviz.media import clauses, shots
from mmviz.media import video as media
from mmviz.worlds import films, webm


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> list[tuple[Path, dict]]:
    """Two films with their truth."""
    folder = tmp_path_factory.mktemp("drawn")
    assert cli.main(["draw", "--kind", "films", "--count", "2", "--seed", "3", "--out", str(folder)]) == 0
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    assert {name: truth[name] for name in ("version", "kind", "split", "seed")} == {
        "version": 1, "kind": "films", "split": "draw", "seed": 3,
    }  # fmt: skip
    return [(folder / item["file"], item) for item in truth["items"]]


def test_truth_is_the_contracts(written):
    for path, item in written:
        starts, ends = ([shot[name] for shot in item["shots"]] for name in ("start", "end"))
        assert starts == [0.0, *ends[:-1]]
        for language in ("en", "zh"):
            text, told = item["texts"][language]["text"], item["texts"][language]["clauses"]
            assert "".join(text[clause["start"] : clause["end"]] for clause in told) == text
            assert all(0 <= shot < len(starts) and 0 <= clause < len(told) for shot, clause in item["pairs"][language])
            assert len({shot for shot, _ in item["pairs"][language]}) == len(item["pairs"][language])
        assert media.parse(path).seconds == pytest.approx(ends[-1], abs=0.05)


def test_hard_cuts_lie_where_the_truth_says(written):
    for path, item in written:
        found = shots.find(media.parse(path)).axis.starts
        cuts = [one["start"] for one in item["transitions"] if one["kind"] == "cut"]
        assert cuts
        assert max(np.abs(found - cut).min() for cut in cuts) < 0.045


def test_the_same_film_gives_the_same_bytes_and_another_seed_another_film(tmp_path):
    film = films.script(3, 0)
    for name in "ab":
        frames = (frame for _, frame in zip(range(40), films.frames(film), strict=False))
        webm.encode(tmp_path / name, frames, films.RATE, "a film")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert len({films.script(seed, index, split) for seed in (3, 4) for index in (0, 1) for split in ("draw", "train")}) == 8


def test_a_drawn_film_is_proven_and_another_that_claims_to_be_it_is_not(written):
    one, other = (media.parse(path) for path, _ in written)
    assert films.prove(one).source == "drawn"
    assert films.truth_of(one) == written[0][1]
    assert films.prove(replace(one, claim=other.claim)).source == "upload"
    assert films.prove(replace(one, claim=None)).source == "upload"


def test_each_clause_tells_its_event_once_and_our_rules_find_them():
    right = count = 0
    for index in range(8):
        film = films.script(8, index)
        for language in ("en", "zh"):
            text, spans = films.tell(film, language)
            found = clauses.find(text, language=language).spans.tolist()
            right, count = right + sum(list(span) in found for span in spans), count + len(spans)
    assert right >= 0.95 * count


def test_a_flashback_changes_the_order_of_what_is_shown_or_told():
    kinds = {None: 0, "film": 0, "text": 0}
    for index in range(30):
        film = films.script(9, index)
        shown = [take.event for take in film.takes if take.event is not None]
        told = [clause.event for clause in film.clauses if clause.event < len(set(shown))]
        kinds[film.flashback] += 1
        assert (shown == sorted(shown)) == (film.flashback != "film")
        assert told == sorted(told) or film.flashback == "text"
        assert ("earlier" in {clause.joint for clause in film.clauses}) == (told != sorted(told))
    assert min(kinds.values()) > 3


def test_every_action_is_seen_as_it_is_told():
    film = films.script(3, 0)
    for action, (_, _, _, (dx, dy, grows, _)) in films.ACTIONS.items():
        event = replace(film.events[0], action=action)
        take = films.Take(films._framed(films.rng_of("test", 1), event), action, 50, 0)
        first, last = (_middle_of(take, n) for n in (0, 49))
        moved = (last[0] - first[0], last[1] - first[1], last[2] / first[2] - 1)
        for change, told in zip(moved, (dx, dy, grows), strict=True):
            assert change == pytest.approx(told, abs=0.12)


def _middle_of(take, number) -> tuple[float, float, float]:
    """Measure centre and size of what differs from the empty place, as shares of the width."""
    empty = replace(take.scene, groups=())
    place = films.render(empty, films.WIDTH).pixels[40:280].astype(int)
    seen = np.abs(films._frame(take, number, 50) - place).sum(-1) > 60
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    centre = (columns.min() + columns.max()) / 2 / films.WIDTH, (rows.min() + rows.max()) / 2 / films.WIDTH
    return *centre, float(np.sqrt(seen.sum()))
