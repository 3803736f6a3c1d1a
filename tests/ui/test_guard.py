import gc
from collections.abc import Coroutine

import gradio as gr
import pytest
from gradio.data_classes import FileData, ImageData, ListFiles

from mmviz.ui import app, guard


def finish(coroutine: Coroutine) -> None:
    """Run what waits for nothing, without a loop."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "uploaded.png").write_bytes(b"x")
    (tmp_path / "server.png").write_bytes(b"x")
    return folder


def test_an_upload_is_handed_over(cache):
    path = cache / "uploaded.png"
    assert guard.uploaded(ImageData(path=str(path)), str(cache)) == str(path)


def test_nothing_uploaded_is_nothing(cache):
    assert guard.uploaded(None, str(cache)) is None


@pytest.mark.parametrize(
    "name", ["{0}/server.png", "{0}/cache/../server.png", "/etc/passwd", "{0}/cache/none.png", "{0}/cache/\0"]
)
def test_a_file_of_the_server_is_refused(cache, name):
    with pytest.raises(gr.Error, match="not uploaded"):
        guard.uploaded(ImageData(path=name.format(cache.parent)), str(cache))


def test_a_link_that_leads_out_of_the_cache_is_refused(cache):
    (cache / "link.png").symlink_to(cache.parent / "server.png")
    with pytest.raises(gr.Error, match="not uploaded"):
        guard.uploaded(ImageData(path=str(cache / "link.png")), str(cache))


def test_an_address_or_pasted_data_is_refused(cache):
    with pytest.raises(gr.Error, match="not uploaded"):
        guard.uploaded(ImageData(url="data:image/png;base64,AAAA"), str(cache))


@pytest.mark.parametrize("address", ["http://192.0.2.7/a.png", "HTTPS://192.0.2.7/a.png", " http://192.0.2.7/a.png", "ftp:x"])
def test_no_address_is_fetched_for_a_visitor(address):
    picture = guard.Upload(type="filepath")
    with pytest.raises(gr.Error, match="not uploaded"):
        finish(picture.async_move_resource_to_block_cache(address))


def test_one_file_of_the_server_among_many_uploads_refuses_them_all(cache):
    files = guard.Files(file_count="multiple")
    files.GRADIO_CACHE = str(cache)
    good, bad = FileData(path=str(cache / "uploaded.png")), FileData(path=str(cache.parent / "server.png"))
    assert files.preprocess(ListFiles([good, good])) == [good.path, good.path]
    with pytest.raises(gr.Error, match="not uploaded"):
        files.preprocess(ListFiles([good, bad]))


def test_no_files_are_none(cache):
    assert guard.Files(file_count="multiple").preprocess(None) == []
    assert guard.Files().preprocess(None) is None


@pytest.mark.parametrize("path", ["/gradio_api/info", "/gradio_api/info/", "/gradio_api/openapi.json", "/docs", "/openapi.json"])
@pytest.mark.parametrize(("public", "status"), [(True, 404), (False, 200)])
def test_a_public_page_describes_no_api(path, public, status):
    assert _status(guard.NoAddresses(_hello, public), path) == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/gradio_api/file=http://192.0.2.7/a.png", 403),
        ("/gradio_api/file=HTTPS://192.0.2.7/a.png", 403),
        ("/gradio_api/proxy=http://192.0.2.7/a.png", 403),
        ("/gradio_api/file=/tmp/gradio/a.png", 200),
        ("/gradio_api/file=C:/gradio/a.png", 200),
        ("/", 200),
    ],
)
def test_the_server_fetches_no_address(path, status):
    assert _status(guard.NoAddresses(_hello), path) == status


async def _hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})


def _status(app, path: str) -> int:
    sent = []

    async def send(message):
        sent.append(message)

    finish(app({"type": "http", "path": path}, None, send))
    return sent[0]["status"]


@pytest.mark.usefixtures("loops_are_closed")
def test_every_picture_file_and_sound_the_page_takes_in_is_guarded_and_stays_so_when_it_is_updated():
    kinds = gr.Image | gr.Gallery | gr.File | gr.ImageEditor | gr.Audio | gr.Video
    pictures = [block for block in app.build("cpu").blocks.values() if isinstance(block, kinds)]
    assert len(pictures) >= 18  # those of every tab and door: none may be forgotten here
    for picture in pictures:
        updated = type(picture)(**picture.constructor_args)
        data = ImageData if isinstance(picture, gr.Image) else FileData
        with pytest.raises(gr.Error, match="not uploaded"):
            updated.preprocess(data(path="/etc/passwd"))
    del pictures, picture, updated
    gc.collect()


@pytest.mark.parametrize(("given", "public", "limit"), [("", False, "1gb"), ("", True, "100mb"), ("25mb", True, "25mb")])
def test_an_upload_may_be_as_large_as_a_film_and_less_among_strangers(monkeypatch, given, public, limit):
    monkeypatch.setenv("MMVIZ_MAX_UPLOAD", given)
    assert guard.max_upload(public) == limit
