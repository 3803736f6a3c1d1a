"""Models fetched from a hub: size and licence first, progress, going on after a stop, nothing without being asked."""

import os
import subprocess
import sys
from pathlib import Path

import huggingface_hub.constants as constants
import pytest

from mmviz.errors import ModelError, Stopped
from mmviz.models import checkpoints, downloads, folders
from tests.models import hub as local_hub
from tests.models.hub import COMMIT, REPOSITORY

MODEL = f"clip:{REPOSITORY}"


@pytest.fixture
def hub(tiny_clip, tmp_path, monkeypatch):
    """A hub that has the tiny CLIP, and an empty cache."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(downloads, "CHUNK", 2**13)
    with local_hub.serve(tiny_clip) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.address + "/{repo_id}/resolve/{revision}/{filename}")
        yield hub


def weights(hub) -> int:
    return len(hub.files[folders.WEIGHTS])


def stopping_at(share: float):
    """Give progress and cancelled, the latter true once a share is done."""
    seen = []
    return seen, {
        "progress": lambda done, total: seen.append((done, total)),
        "cancelled": lambda: seen[-1][0] > share * seen[-1][1],
    }


def test_size_and_licence_are_said_before_anything_is_fetched(hub, tmp_path):
    offered = downloads.offer(MODEL)
    assert offered.licence == "mit"
    assert offered.size == offered.missing == sum(map(len, hub.files.values()))
    assert offered.commit == COMMIT
    assert [path for _, path, _ in hub.asked if "/resolve/" in path] == []
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ({}, ""),
        ({"license": ["mit", "apache-2.0"]}, "mit, apache-2.0"),
        ({"license": "other", "license_name": "own", "license_link": "https://x/l"}, "other, own, https://x/l"),
    ],
    ids=["none", "two", "its own"],
)
def test_licences_are_said_as_the_card_has_them(hub, card, said):
    hub.licence = card
    assert downloads.offer(MODEL).licence == said


def test_what_was_fetched_runs_and_has_its_commit_as_id(hub):
    folder = downloads.fetch(downloads.offer(MODEL))
    assert folder == folders.cached(REPOSITORY)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == hub.files
    with checkpoints.lease(MODEL, "cpu") as checkpoint:
        assert checkpoint.id == f"{MODEL}@{COMMIT[:12]}"


def test_progress_runs_from_nothing_to_all(hub):
    seen = []
    offered = downloads.offer(MODEL)
    downloads.fetch(offered, lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (offered.size, offered.size)
    assert len(seen) > weights(hub) // downloads.CHUNK


def test_a_stop_is_heard_within_a_chunk_and_leaves_no_model(hub):
    seen, watched = stopping_at(0.6)
    offered = downloads.offer(MODEL)
    with pytest.raises(Stopped, match=r"Stopped after .* bytes, as was asked; start again"):
        downloads.fetch(offered, **watched)
    assert seen[-1][0] <= 0.6 * offered.size + downloads.CHUNK
    assert folders.cached(REPOSITORY) is None


def test_after_a_stop_only_the_rest_is_fetched(hub):
    seen, watched = stopping_at(0.7)
    with pytest.raises(Stopped):
        downloads.fetch(downloads.offer(MODEL), **watched)
    again = downloads.offer(MODEL)
    assert again.missing == again.size - seen[-1][0]
    hub.asked.clear()
    told = []
    downloads.fetch(again, lambda done, total: told.append(done))
    gets = [(path.rpartition("/")[2], part) for method, path, part in hub.asked if method == "GET"]
    already = weights(hub) - again.missing
    assert gets == [(folders.WEIGHTS, f"bytes={already}-")]
    assert told[-1] == again.size
    assert folders.cached(REPOSITORY) is not None


def test_a_connection_that_breaks_off_is_said_and_taken_up_again(hub):
    hub.break_off = 50_000
    with pytest.raises(ModelError, match=r"cannot be reached for someone/tiny .* try again"):
        downloads.fetch(downloads.offer(MODEL))
    offered = downloads.offer(MODEL)
    assert 0 < offered.missing < weights(hub)
    folder = downloads.fetch(offered)
    assert (folder / folders.WEIGHTS).read_bytes() == hub.files[folders.WEIGHTS]


def test_a_server_that_gives_no_parts_gives_the_whole_again(hub):
    hub.break_off = 50_000
    with pytest.raises(ModelError):
        downloads.fetch(downloads.offer(MODEL))
    hub.knows_ranges = False
    told = []
    folder = downloads.fetch(downloads.offer(MODEL), lambda done, total: told.append((done, total)))
    assert (folder / folders.WEIGHTS).read_bytes() == hub.files[folders.WEIGHTS]
    assert told[-1][0] == told[-1][1]


def test_a_file_that_came_damaged_is_thrown_away(hub):
    hub.damage = True
    with pytest.raises(ModelError, match="model.safetensors of clip:someone/tiny came damaged"):
        downloads.fetch(downloads.offer(MODEL))
    assert folders.cached(REPOSITORY) is None
    hub.damage = False
    downloads.fetch(downloads.offer(MODEL))
    assert folders.cached(REPOSITORY) is not None


def test_what_is_there_is_not_fetched_again(hub):
    downloads.fetch(downloads.offer(MODEL))
    sent = hub.sent
    offered = downloads.offer(MODEL)
    assert offered.missing == 0
    downloads.fetch(offered)
    assert hub.sent - sent < 5_000  # the answer about the model alone


def test_only_safetensors_and_small_files_are_fetched(hub):
    hub.files |= {"pytorch_model.bin": b"x" * 9, "tf_model.h5": b"y", "onnx/config.json": b"{}", "model.fp16.safetensors": b"z"}
    names = {part.name for part in downloads.offer(MODEL).parts}
    assert folders.WEIGHTS in names
    assert "config.json" in names
    assert names.isdisjoint({"pytorch_model.bin", "tf_model.h5", "onnx/config.json", "model.fp16.safetensors"})


def test_shards_are_fetched_with_their_index(hub):
    del hub.files[folders.WEIGHTS]
    shards = {f"model-0000{i}-of-00002.safetensors": b"s" * i for i in (1, 2)}
    hub.files |= {folders.INDEX: b"{}", **shards}
    assert {folders.INDEX, *shards} <= {part.name for part in downloads.offer(MODEL).parts}


def test_a_model_with_pickled_weights_alone_is_refused_before_it_is_fetched(hub):
    hub.files["pytorch_model.bin"] = hub.files.pop(folders.WEIGHTS)
    with pytest.raises(ModelError, match="can run code when they are read"):
        downloads.offer(MODEL)


def test_a_model_of_another_family_is_refused_before_it_is_fetched(hub):
    hub.model_type = "bert"
    with pytest.raises(ModelError, match='clip:someone/tiny is of model_type "bert"; clip reads clip'):
        downloads.offer(MODEL)


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        ((404, "RepoNotFound"), "no model someone/tiny"),
        ((401, "RepoNotFound"), "no model someone/tiny"),
        ((403, "GatedRepo"), "accepted its terms"),
        ((400, "Odd"), "cannot be reached"),
        ((200, "the page of a hotel"), "cannot be reached"),
    ],
    ids=str,
)
def test_a_refusal_of_the_hub_is_one_sentence(hub, refusal, sentence):
    hub.refusal = refusal
    with pytest.raises(ModelError, match=sentence) as caught:
        downloads.offer(MODEL)
    assert "\n" not in str(caught.value)


def test_a_hub_that_is_not_there_is_said(hub, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="cannot be reached for someone/tiny"):
        downloads.offer(MODEL)


@pytest.mark.parametrize("name", ["clip:", "clip:../../etc", "clip:a/b/c", "clip:a b/c"])
def test_a_name_that_is_none_is_refused(hub, name):
    with pytest.raises(ModelError, match="no model"):
        downloads.offer(name)


def test_a_hash_that_would_leave_the_cache_is_refused(hub, monkeypatch):
    monkeypatch.setattr(local_hub, "git_hash", lambda content: "../../../outside")
    with pytest.raises(ModelError, match="does not say what"):
        downloads.offer(MODEL)


def test_a_full_disk_is_said_before_the_weights_are_fetched(hub, monkeypatch):
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda path: Disk())
    with pytest.raises(ModelError, match=r"needs 0 MB more in .* 0 MB are free; make room"):
        downloads.fetch(downloads.offer(MODEL))


class Disk:
    free = 0


def test_nothing_is_asked_of_the_hub_unless_a_user_asks(hub):
    checkpoints.listing()
    with pytest.raises(ModelError, match="not on this machine"):
        checkpoints.lease(MODEL).__enter__()
    with pytest.raises(ModelError, match="not on this machine"):
        checkpoints.identity(MODEL)
    assert hub.asked == []


def test_neither_import_nor_the_list_of_models_asks_the_hub(hub, tmp_path):
    script = "import mmviz, mmviz.pipeline, mmviz.models.downloads; mmviz.pipeline.models()"
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], env=environment, check=True)
    assert hub.asked == []
