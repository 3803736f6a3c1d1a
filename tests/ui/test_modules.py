"""Scripts that are fetched when they are needed, and nothing else of the server."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from mmviz.ui import modules


@pytest.fixture(scope="module")
def web():
    with TestClient(Starlette(routes=modules.routes())) as web:
        yield web


@pytest.mark.parametrize("name", modules.MODULES)
def test_a_module_is_given_as_javascript_and_asked_for_again_only_when_it_changed(web, name):
    answer = web.get(f"/mmviz/{name}")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "export" in answer.text
    again = web.get(f"/mmviz/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_kit_gives_all_its_functions(web):
    exported = re.search(r"export \{ (.*) \};", web.get("/mmviz/kit.js").text).group(1).split(", ")
    assert {"node", "bytes", "onPayload", "menu", "listing"} <= set(exported)


@pytest.mark.parametrize("name", modules.MODULES)
def test_what_a_module_imports_is_there_and_exported(name):
    code = modules.module(name).decode()
    for names, source in re.findall(r"import \{ ([^}]*) \} from \"\./([^\"]+)\"", code):
        there = modules.module(source).decode()
        exported = set(re.findall(r"^export (?:function|const) (\w+)", there, re.MULTILINE))
        exported |= {one for found in re.findall(r"^export \{ (.*) \};", there, re.MULTILINE) for one in found.split(", ")}
        assert set(names.split(", ")) <= exported


@pytest.mark.parametrize("name", ["bar.js", "page.css", "..%2fmodules.py", "../modules.py", "speech.css", ""])
def test_nothing_else_is_given(web, name):
    assert web.get(f"/mmviz/{name}").status_code == 404
