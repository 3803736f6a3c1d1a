"""Models by name: which there are, and the lease on one."""

import logging
import shutil
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from mmviz.errors import ModelError, UnknownName
from mmviz.models import checkpoints
from tests.models.tiny import make_clip


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty folder of bundled models."""
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def no_cache(tmp_path, monkeypatch):
    """An empty cache of the hub."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def put_in_cache(cache, repository: str, source, commit: str = "0123456789abcdef0123456789abcdef01234567"):
    """Lay a folder out as the hub's cache does."""
    home = cache / ("models--" + repository.replace("/", "--"))
    shutil.copytree(source, home / "snapshots" / commit)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(commit)
    return home / "snapshots" / commit


def bundle(folder):
    """Make a random bundled model: a CLIP with a card."""
    make_clip(folder)
    (folder / "mmviz_card.json").write_text('{"title": "Tiny", "things": ["cat"]}')


def made(size: int):
    return lambda: SimpleNamespace(memory=size)


def test_a_bundled_model_is_found_by_its_name(root):
    bundle(root / "tiny-mini")
    with checkpoints.lease("tiny-mini", "cpu") as checkpoint:
        assert checkpoint.bundled
        assert checkpoint.card["things"] == ["cat"]
        assert checkpoint.id.startswith("tiny-mini@")
        assert not checkpoint.model.training
        assert not any(p.requires_grad for p in checkpoint.model.parameters())


def test_a_folder_is_not_bundled_and_its_card_is_not_believed(tiny_clip, tmp_path):
    folder = shutil.copytree(tiny_clip, tmp_path / "copy")
    (folder / "mmviz_card.json").write_text('{"things": ["everything"]}')
    with checkpoints.lease(f"clip:{folder}", "cpu") as checkpoint:
        assert not checkpoint.bundled
        assert checkpoint.card == {}


def test_a_model_is_loaded_once_for_many_leases(tiny_clip):
    with checkpoints.lease(f"clip:{tiny_clip}", "cpu") as first:
        pass
    with checkpoints.lease(f"clip:{tiny_clip}", "cpu") as second, checkpoints.lease(f"clip:{tiny_clip}", "cpu") as nested:
        assert first.model is second.model is nested.model


def test_new_weights_in_the_folder_are_seen(tmp_path):
    folder = make_clip(tmp_path / "tiny", seed=1)
    with checkpoints.lease(f"clip:{folder}", "cpu") as old:
        pass
    make_clip(folder, seed=2)
    with checkpoints.lease(f"clip:{folder}", "cpu") as new:
        assert new.id != old.id


def test_the_same_files_have_the_same_id_wherever_they_lie(tiny_clip, tmp_path):
    folder = shutil.copytree(tiny_clip, tmp_path / "copy")
    with checkpoints.lease(f"clip:{folder}", "cpu") as copied, checkpoints.lease(f"clip:{tiny_clip}", "cpu") as original:
        assert copied.id.partition("@")[2] == original.id.partition("@")[2]


def test_a_model_in_the_hubs_cache_is_found_and_named_by_its_revision(no_cache, tiny_clip):
    put_in_cache(no_cache, "someone/tiny", tiny_clip)
    with checkpoints.lease("clip:someone/tiny", "cpu") as checkpoint:
        assert checkpoint.id == "clip:someone/tiny@0123456789ab"


def test_an_id_that_is_not_cached_says_what_to_do(no_cache):
    with pytest.raises(ModelError, match=r"not on this machine; run hf download someone/else --include .* or give a folder"):
        next(iter([checkpoints.lease("clip:someone/else").__enter__()]))


def test_a_name_nobody_has_lists_those_there_are(root):
    bundle(root / "tiny-mini")
    with pytest.raises(UnknownName, match=r'no model "clip-maxi"; there are: tiny-mini, .*clip:openai/clip-vit-base-patch32'):
        checkpoints.lease("clip-maxi").__enter__()


@pytest.mark.parametrize("name", ["", "..", "../models", "clip:", "blob:x/y", "clip:~nobody/x", "clip:" + "x" * 5000, "a.b"])
def test_odd_names_are_refused_with_a_sentence(root, name):
    with pytest.raises((ModelError, UnknownName)):
        checkpoints.lease(name).__enter__()


def test_models_of_the_menus_are_listed_with_what_keeps_them_from_running(root, no_cache):
    bundle(root / "tiny-mini")
    bundle(root / "half-mini")
    (root / "half-mini" / "model.safetensors").unlink()
    make_clip(root / "no-card")
    listed = {info.name: info for info in checkpoints.listing()}
    assert [name for name, info in listed.items() if info.source == "bundled"] == ["half-mini", "tiny-mini"]
    assert (listed["tiny-mini"].ready, listed["tiny-mini"].why_not, listed["tiny-mini"].verified) == (True, "", "weights")
    assert "lacks model.safetensors" in listed["half-mini"].why_not
    public = listed["clip:openai/clip-vit-base-patch32"]
    assert (public.ready, public.verified, public.source, public.family) == (False, "layout", "public", "clip")
    assert "605 MB" in public.why_not
    assert "hf download openai/clip-vit-base-patch32" in public.why_not


def test_a_public_model_in_the_cache_is_ready(root, no_cache, tiny_clip):
    put_in_cache(no_cache, "openai/clip-vit-base-patch32", tiny_clip)
    listed = {info.name: info for info in checkpoints.listing()}
    assert listed["clip:openai/clip-vit-base-patch32"].ready
    assert not listed["clip:openai/clip-vit-base-patch16"].ready


def test_a_broken_bundled_model_does_not_hide_the_others(root, no_cache):
    bundle(root / "tiny-mini")
    (root / "torn-mini").mkdir()
    (root / "torn-mini" / "mmviz_card.json").write_text("{}")
    (root / "torn-mini" / "config.json").write_text("{")
    listed = {info.name: info for info in checkpoints.listing()}
    assert listed["tiny-mini"].ready
    assert "config.json of torn-mini is damaged" in listed["torn-mini"].why_not


def test_the_device_is_settled():
    import torch

    assert checkpoints.resolve_device("cpu") == "cpu"
    assert checkpoints.resolve_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_absent_is_said(monkeypatch, device):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ModelError, match=f'no "{device}"; it has: cpu'):
        checkpoints.resolve_device(device)


def test_a_device_nobody_has_is_refused():
    with pytest.raises(ModelError, match='no device "tpu"; there are: auto, cpu, cuda, mps'):
        checkpoints.resolve_device("tpu")


def test_the_longest_unused_model_goes_when_memory_runs_short():
    pool = checkpoints.Pool(budget=100)
    for key in ("a", "b", "a", "c"):
        with pool.lease(key, made(40)):
            pass
    assert [key for key in ("a", "b", "c") if key in pool] == ["a", "c"]
    assert pool.memory == 80


def test_the_weights_of_a_model_are_counted_once():
    counted = []

    class Made:
        @property
        def memory(self) -> int:
            counted.append(1)
            return 40

    pool = checkpoints.Pool(budget=100)
    for _ in range(3):
        with pool.lease("a", Made):
            assert pool.memory == 40
    assert len(counted) == 1


def test_a_model_in_use_stays_however_large():
    pool = checkpoints.Pool(budget=100)
    with pool.lease("a", made(90)):
        with pool.lease("b", made(90)):
            assert "a" in pool
        assert "b" not in pool
    assert "a" in pool


def test_a_model_larger_than_the_budget_runs_and_goes():
    pool = checkpoints.Pool(budget=100)
    with pool.lease("a", made(300)) as model:
        assert model.memory == 300
    assert pool.memory == 0


def test_a_model_that_cannot_be_made_leaves_nothing_behind():
    pool = checkpoints.Pool(budget=100)

    def fail():
        raise ModelError("damaged")

    with pytest.raises(ModelError), pool.lease("a", fail):
        pass
    assert "a" not in pool
    with pool.lease("a", made(5)) as model:
        assert model.memory == 5


def test_threads_that_want_the_same_model_wait_and_load_it_once():
    pool, inside, most, loads = checkpoints.Pool(budget=100), [], [], []

    def make():
        loads.append(1)
        return SimpleNamespace(memory=5)

    def work():
        for _ in range(200):
            with pool.lease("a", make):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(loads) == 1


@pytest.fixture
def small_gpu(monkeypatch):
    """A machine whose GPU takes models and then has no memory left; what was loaded, device by device."""
    real, loaded = checkpoints.load, []

    def load(place, device):
        loaded.append(device)
        return replace(real(place, "cpu"), device=device)

    monkeypatch.setattr(checkpoints, "resolve_device", lambda device: "cuda" if device == "auto" else device)
    monkeypatch.setattr(checkpoints, "load", load)
    monkeypatch.setattr(checkpoints, "_moved", {})
    monkeypatch.setattr(checkpoints, "_pool", checkpoints.Pool(checkpoints.BUDGET))
    return loaded


def full_gpu(checkpoint) -> str:
    """Stand for a pass that only the CPU has room for."""
    import torch

    if checkpoint.device == "cuda":
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    return checkpoint.device


def test_a_model_too_large_for_the_gpu_is_lent_on_the_cpu_with_a_word(small_gpu, tiny_clip, monkeypatch, caplog):
    import torch

    real = checkpoints.load

    def load(place, device):
        made = real(place, device)
        if device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return made

    monkeypatch.setattr(checkpoints, "load", load)
    name = f"clip:{tiny_clip}"
    with caplog.at_level(logging.WARNING, "mmviz"), checkpoints.lease(name) as checkpoint:
        assert checkpoint.device == "cpu"
    assert f"{name} does not fit into the GPU's memory and runs on the CPU" in caplog.text
    assert checkpoints.moved(name) in caplog.text


def test_the_gpu_is_not_tried_again_for_a_model_that_did_not_fit(small_gpu, tiny_clip):
    name = f"clip:{tiny_clip}"
    for _ in range(2):
        assert checkpoints.run(name, "auto", full_gpu) == "cpu"
    assert small_gpu == ["cuda", "cpu"]


def test_work_that_fills_the_gpu_is_done_again_on_the_cpu(small_gpu, tiny_clip, caplog):
    name = f"clip:{tiny_clip}"
    with caplog.at_level(logging.WARNING, "mmviz"):
        assert checkpoints.run(name, "cuda", full_gpu) == "cpu"
    assert caplog.text.count("runs on the CPU") == 1
    with checkpoints.lease(name, "cpu") as left:
        assert checkpoints._pool.memory == left.memory  # nothing is on the GPU any more


def test_a_lease_that_fills_the_gpu_says_that_the_next_one_will_not(small_gpu, tiny_clip):
    name = f"clip:{tiny_clip}"
    with pytest.raises(checkpoints.DeviceFull, match="runs on the CPU"), checkpoints.lease(name) as checkpoint:
        full_gpu(checkpoint)
    with checkpoints.lease(name) as checkpoint:
        assert full_gpu(checkpoint) == "cpu"


def test_other_models_keep_their_place_on_the_gpu(small_gpu, tiny_clip, tmp_path):
    other = make_clip(tmp_path / "other", seed=3)
    checkpoints.run(f"clip:{tiny_clip}", "auto", full_gpu)
    assert checkpoints.run(f"clip:{other}", "auto", lambda checkpoint: checkpoint.device) == "cuda"
    assert checkpoints.moved(f"clip:{other}") == ""


def test_memory_that_runs_out_on_the_cpu_is_no_reason_to_move(small_gpu, tiny_clip):
    import torch

    def fail(checkpoint):
        raise torch.OutOfMemoryError("no memory at all")

    with pytest.raises(torch.OutOfMemoryError):
        checkpoints.run(f"clip:{tiny_clip}", "cpu", fail)
    assert checkpoints.moved(f"clip:{tiny_clip}") == ""


def test_a_folder_that_fills_the_gpu_while_it_is_loaded_is_not_called_broken(tiny_clip, monkeypatch):
    import torch

    from mmviz.models import folders, loading

    def fail(self, *args, **named):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(torch.nn.Module, "to", fail)
    with pytest.raises(torch.OutOfMemoryError):
        loading.load(folders.find(f"clip:{tiny_clip}"), "cpu")
