"""Files of the front end that are announced with the page."""

from types import SimpleNamespace

import pytest

from mmviz.ui import preload


@pytest.mark.parametrize("kind", ["textbox", "html", "image", "dropdown", "button", "column"])
def test_every_kind_of_component_has_its_script_among_gradios_files(kind):
    found = preload.files([kind])
    assert any(name.startswith("Index-") and name.endswith(".js") for name in found)
    assert all((preload.ASSETS / name).is_file() for name in found)


def test_files_are_announced_once_in_order():
    both = preload.files(["textbox", "button"])
    assert len(set(both)) == len(both)
    assert both[: len(preload.files(["textbox"]))] == preload.files(["textbox"])


def test_a_front_end_that_looks_otherwise_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(preload, "ASSETS", tmp_path)
    assert preload.files(["textbox"]) == []
    (tmp_path / "core-1.js").write_text("const other = {textbox: 1}", "utf-8")
    assert preload.files(["textbox"]) == []
    assert preload.header([]) == b""


def test_only_what_is_seen_at_first_counts():
    def block(kind, *children, visible=True):
        return SimpleNamespace(get_block_name=lambda: kind, children=children, visible=visible)

    page = block("page", block("row", block("textbox"), block("column", block("radio"), visible=False)), block("textbox"))
    assert preload.seen(page) == ["row", "textbox"]


@pytest.mark.parametrize(("path", "has"), [("/", True), ("/config", False)])
def test_the_page_alone_carries_the_header(path, has):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    sent = []

    async def send(message):
        sent.append(message)

    with pytest.raises(StopIteration):  # nothing in it waits
        preload.Preload(app, ["textbox"], lambda: ["mmviz/page.js?1", "theme.css?v=2"])(
            {"type": "http", "path": path}, None, send
        ).send(None)
    headers = dict(sent[0]["headers"])
    assert headers[b"a"] == b"b"
    assert (b"link" in headers) == has
    if has:
        assert b"rel=modulepreload" in headers[b"link"]
        assert headers[b"link"].startswith(
            b"<mmviz/page.js?1>; rel=modulepreload, <theme.css?v=2>; rel=preload; as=style, <assets/"
        )
