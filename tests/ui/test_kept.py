"""The front end's files, from memory."""

import brotli
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from mmviz.ui import kept, preload


@pytest.fixture
def web(tmp_path, monkeypatch):
    (tmp_path / "Index-1.js").write_text("export const text = '中文';\n" * 99, "utf-8")
    (tmp_path / "Index-1.css").write_text(".a { color: red; }\n" * 99, "utf-8")
    (tmp_path / "picture.svg").write_text("<svg/>", "utf-8")
    monkeypatch.setattr(kept, "ASSETS", tmp_path)
    kept.compressed.cache_clear()

    async def gradio(request):
        return Response(f"Gradio's {request.url.path} " + "中" * int(request.query_params.get("long", 0)))

    app = kept.Kept(Starlette(routes=[Route("/{path:path}", gradio)]))
    with TestClient(app, headers={"Accept-Encoding": "gzip, br"}) as web:
        yield web
    kept.compressed.cache_clear()


@pytest.mark.parametrize(("name", "kind"), [("Index-1.js", "text/javascript"), ("Index-1.css", "text/css")])
def test_a_file_of_the_front_end_comes_compressed_and_may_be_kept_for_good(web, tmp_path, name, kind):
    with web.stream("GET", f"/assets/{name}") as answer:
        raw = b"".join(answer.iter_raw())
    assert brotli.decompress(raw) == (tmp_path / name).read_bytes()
    assert len(raw) == int(answer.headers["content-length"]) < (tmp_path / name).stat().st_size / 4
    assert answer.headers["content-type"].startswith(kind)
    assert "immutable" in answer.headers["cache-control"]


def test_a_file_is_read_once(web, tmp_path):
    first = web.get("/assets/Index-1.js").text
    (tmp_path / "Index-1.js").write_text("other", "utf-8")
    assert web.get("/assets/Index-1.js").text == first


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/assets/Index-2.js", {}),
        ("/assets/picture.svg", {}),
        ("/assets/../Index-1.js", {}),
        ("/assets/%2e%2e%2fIndex-1.js", {}),
        ("/static/Index-1.js", {}),
        ("/", {"Accept-Encoding": "gzip"}),
        ("/assets/Index-1.js", {"Accept-Encoding": "gzip"}),
        ("/assets/Index-1.js", {"Range": "bytes=0-9"}),
    ],
)
def test_everything_else_is_gradios(web, path, more):
    assert web.get(path, headers=more).text.startswith("Gradio's /")


def test_another_way_of_asking_is_gradios(web):
    assert web.head("/assets/Index-1.js").headers.get("content-encoding") is None


def test_the_page_itself_comes_compressed_and_is_compressed_once(web, monkeypatch):
    kept.page.cache_clear()
    answers = [web.get("/?long=9000") for _ in range(2)]
    assert all(answer.headers["content-encoding"] == "br" for answer in answers)
    assert int(answers[0].headers["content-length"]) < 200
    assert answers[0].text == answers[1].text == "Gradio's / " + "中" * 9000
    assert kept.page.cache_info().hits == 1
    assert web.get("/?long=10").text == "Gradio's / " + "中" * 10


def test_every_file_that_is_announced_can_be_kept():
    names = preload.files(["textbox", "html", "image", "dropdown", "button", "column"])
    assert 20 < len(names) < kept.MOST
    assert {name.rpartition(".")[2] for name in names} == {"js", "css"}
