"""Scripts that are fetched when they are needed, and nothing else of the server."""

import re

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from mmviz.ui import app, modules, widgets
from tests.ui.conftest import closing_loops

LOADER = re.compile(r'import\(new URL\("mmviz/([\w.]+)\?(\w+)", document\.baseURI\)\.href\)\.then\(\(made\) => made\.(\w+)\(')


@pytest.fixture(scope="module")
def web():
    with TestClient(Starlette(routes=modules.routes())) as web:
        yield web


@pytest.fixture(scope="module")
def drawn(bundle):
    """Every widget of the page, by its name."""
    with closing_loops(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMVIZ_MODELS", str(bundle))
        return {one.elem_id: one for one in app.build("cpu").blocks.values() if isinstance(one, gr.HTML)}


@pytest.mark.parametrize("name", modules.MODULES)
def test_a_module_is_given_as_javascript_and_asked_for_again_only_when_it_changed(web, name):
    answer = web.get(f"/mmviz/{name}")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "export" in answer.text
    again = web.get(f"/mmviz/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", modules.MODULES)
def test_under_the_address_of_what_it_says_now_a_module_is_kept_for_good(web, name):
    assert "immutable" in web.get(f"/{modules.address(name)}").headers["cache-control"]
    assert web.get(f"/mmviz/{name}?0123456789abcdef").headers["cache-control"] == "no-cache"


def test_the_sheet_has_every_rule_as_it_is_and_once_more_inside_the_page(web):
    answer = web.get(f"/{modules.address(modules.SHEET)}")
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    outside, inside = answer.text.split(f"\n{modules.INSIDE} {{\n")
    for path in modules.STATIC.glob("*.css"):
        rules = path.read_text("utf-8")
        assert rules.count("{") == rules.count("}"), path.name
        assert rules in outside, path.name
        assert rules in inside, path.name


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


@pytest.mark.parametrize("name", modules.BUNDLES)
def test_no_script_of_a_bundle_says_again_what_the_bundle_shares(name):
    bundle = modules.BUNDLES[name]
    shared = [one for file in (modules.KIT, *bundle.shared) for one in modules._functions(modules.script(file))]
    assert len(set(shared)) == len(shared)
    for files in bundle.widgets.values():
        assert not set(shared) & {one for file in files for one in modules._functions(modules.script(file))}


def test_every_widget_is_mounted_by_a_function_of_a_module_that_is_there(drawn):
    assert len(drawn) > 30
    for name, one in drawn.items():
        module, tag, mount = LOADER.search(one.js_on_load).groups()
        assert re.search(rf"^export function {mount}\(", modules.module(module).decode(), re.MULTILINE), name
        assert modules.address(module).endswith(tag)


def test_what_a_widget_tells_of_stands_in_the_scripts_it_is_made_of(drawn):
    for name, one in drawn.items():
        module, _, mount = LOADER.search(one.js_on_load).groups()
        files = modules.BUNDLES[module].widgets[mount] if module in modules.BUNDLES else [module, "speech_panels.js"]
        code = "\n".join(map(modules.script, files))
        told = re.findall(r'"(\w+)"', one.js_on_load.partition("\n")[0])
        assert [event for event in told if not event.startswith("open_") and f'"{event}"' not in code] == [], name
        assert bool(told) == ("trigger(" in code), name


def test_the_bar_tells_of_every_tab_but_the_first(drawn):
    told = re.findall(r'"(\w+)"', drawn["mm-bar"].js_on_load.partition("\n")[0])
    assert set(told) == {"language", *widgets.TABS[1:], *(f"open_{name}" for name in widgets.TABS[1:])}


@pytest.mark.parametrize("name", ["bar.js", "page.css", "..%2fmodules.py", "../modules.py", "speech.css", ""])
def test_nothing_else_is_given(web, name):
    assert web.get(f"/mmviz/{name}").status_code == 404
