import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def writer():
    spec = importlib.util.spec_from_file_location("write_readme", ROOT / "docs" / "write_readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_as_make_readme_writes_them(writer):
    assert writer.updated(README) == README


def test_a_table_that_is_behind_is_brought_up_to_date(writer):
    behind = README.replace("| `relevance` |", "| `irrelevance` |")
    assert behind != README
    assert writer.updated(behind) == README


def test_a_readme_without_its_markers_is_refused(writer):
    with pytest.raises(ValueError, match="0 places for the table of views"):
        writer.updated(README.replace("<!-- end of views -->", ""))


def test_what_the_readme_says_lies_there_does():
    tree = README.split("## What lies where")[1].split("```")[1]
    paths = [line.split()[0] for line in tree.strip().splitlines()]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_local_link_leads_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)(#[^)]*)?\)", README)
    assert links
    for path, anchor in links:
        assert (ROOT / path).exists(), path
        headings = re.findall(r"^#+ (.+)$", (ROOT / path).read_text("utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor[1:] in [heading.lower().replace(" ", "-") for heading in headings], anchor


def test_the_gallery_has_every_picture_and_no_other():
    shown = re.findall(r"\]\(([a-z-]+\.webp)\)", (ROOT / "docs/gallery/README.md").read_text("utf-8"))
    assert sorted(shown) == sorted(path.name for path in (ROOT / "docs/gallery").glob("*.webp"))


def test_every_make_target_is_named_in_the_readme():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split()
    known = set(targets) - {"help", "install", "install-dev", "browser", "run"}
    assert {name for name in known if f"`{name}`" not in README} == set()
