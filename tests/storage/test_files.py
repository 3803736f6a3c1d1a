import errno
import os
import threading
import time

import pytest

from mmviz.storage import files

NAME = "a" * 64 + ".json.gz"


def kept(home) -> list:
    return sorted(path for path in home.rglob("*") if path.is_file())


def test_what_is_kept_is_found_again(home):
    assert files.find(NAME) is None
    assert files.keep(NAME, b"first")
    assert files.keep(NAME, b"second")
    assert files.find(NAME) == b"second"
    assert len(kept(home)) == 1


def test_the_folder_is_the_one_named_or_the_users_own(monkeypatch, home, tmp_path):
    assert files.data_folder() == home
    monkeypatch.delenv("MMVIZ_HOME")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert files.data_folder() == tmp_path / "mmviz"


def test_a_folder_that_cannot_be_written_keeps_nothing_and_says_why(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MMVIZ_HOME", str(tmp_path / "file" / "inside"))
    assert not files.keep(NAME, b"anything")
    assert files.find(NAME) is None
    assert "cannot be written (Not a directory), so results are not kept; name another by MMVIZ_HOME" in files.trouble()


def test_a_full_disk_keeps_nothing_and_leaves_no_half_file(monkeypatch, home):
    files.keep(NAME, b"before")

    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.replace", full)
    assert not files.keep(NAME, b"after")
    assert files.find(NAME) == b"before"
    assert len(kept(home)) == 1
    assert "No space left on device" in files.trouble()


def test_a_folder_that_can_be_written_has_no_trouble_and_stays_empty(home):
    assert files.trouble() == ""
    assert kept(home) == []


def test_a_store_that_may_only_be_read_still_answers(monkeypatch):
    files.keep(NAME, b"kept")

    def refuse(*arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.utime", refuse)
    assert files.find(NAME) == b"kept"


def test_the_longest_unused_go_first_when_room_is_short(monkeypatch):
    monkeypatch.setenv("MMVIZ_STORE_SIZE", str(16 * 300 / 2**20))
    names = [f"b{i}" for i in range(3)]
    for age, name in enumerate(names):
        files.keep(name, b"x" * 100)
        os.utime(files._path(name), (1000 + age, 1000 + age))
    files.find("b0")
    files.keep("b3", b"x" * 100)
    assert [name for name in (*names, "b3") if files.find(name)] == ["b0", "b2", "b3"]


def test_all_that_is_kept_stays_within_the_budget(monkeypatch, home, rng):
    monkeypatch.setenv("MMVIZ_STORE_SIZE", "0.01")
    for number in range(150):
        files.keep(f"{number % 16:x}{number}", rng.bytes(int(rng.integers(1, 600))))
    taken = sum(path.stat().st_size for path in kept(home))
    assert 0.3 * files.budget() < taken <= files.budget()


def test_a_file_beyond_its_share_of_the_budget_is_not_kept(monkeypatch, home):
    monkeypatch.setenv("MMVIZ_STORE_SIZE", "0.001")
    assert not files.keep(NAME, b"x" * 2000)
    assert kept(home) == []


def test_what_a_killed_process_left_half_written_is_never_read_and_swept_up_later(home):
    files.keep(NAME, b"whole")
    old, new = (files._path(NAME).with_name(f"{NAME}.{who}.part") for who in ("old", "new"))
    old.write_bytes(b"ha")
    new.write_bytes(b"ha")
    os.utime(old, (time.time() - 2 * files.ABANDONED,) * 2)
    files.keep("a1", b"another")
    assert files.find(NAME) == b"whole"
    assert (old.exists(), new.exists()) == (False, True)


def test_two_at_once_never_read_half_of_anything(home):
    contents, seen, stop = [bytes([65 + i]) * 200_000 for i in range(2)], set(), threading.Event()

    def write(content):
        while not stop.is_set():
            files.keep(NAME, content)

    files.keep(NAME, contents[0])
    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    for _ in range(200):
        seen.add(files.find(NAME))
    stop.set()
    for writer in writers:
        writer.join()
    assert seen <= set(contents)
    assert len(kept(home)) == 1


@pytest.mark.parametrize("said", ["", "512"])
def test_the_budget_is_512_mb_unless_said_otherwise(monkeypatch, said):
    monkeypatch.setenv("MMVIZ_STORE_SIZE", said)
    assert files.budget() == 512 * 2**20
