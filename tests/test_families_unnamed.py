"""No code outside `models` and `training` names a model family: what a family can do is asked of the registry."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmviz.registry import families

PACKAGE = Path(__file__).parents[1] / "mmviz"
#: Where families and their checkpoints are written and trained.
AT_HOME = ("models", "training")
#: The one default, the examples' data: place -> names of models that may stand there.
ALLOWED = {
    "pipeline/doors.py": {"clip-mini"},
    "ui/examples.py": {"clip-plain-mini", "blip-mini", "vilt-mini"},
    **dict.fromkeys(("media/speech.py", "media/spoken.py"), {"cmn"}),  # the tag of Mandarin
    "exports/edl.py": {"* FROM CLIP NAME: "},  # words of these formats
    "exports/fcpxml.py": {"asset-clip"},
}
#: Words of SVG and CSS, and of the browser (a canvas cuts by `.clip()`), that only look like a family.
OTHERS = re.compile(r"clip-path|clipPath|clipboard|\.clip\(")


def named(word: str) -> bool:
    """Tell whether a text or an identifier has a family's name as one of its words."""
    words = re.split(r"[^a-z]+", OTHERS.sub(" ", word).lower())
    return bool({entry.name for entry in families} & set(words))


def found(source: str, allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    """Name every family in a Python source: in strings (docstrings apart) and identifiers."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value) for node in ast.walk(tree) if getattr(node, "body", None) and _is_text(node.body) is not None
    }
    for node in ast.walk(tree):
        for word in _words(node):
            if named(word) and id(node) not in docstrings and word not in allowed:
                yield f"line {getattr(node, 'lineno', '?')}: {word[:60]}"


def _is_text(body: object) -> str | None:
    first = body[0] if isinstance(body, list) else None
    value = getattr(first, "value", None)
    return (
        value.value if isinstance(first, ast.Expr) and isinstance(value, ast.Constant) and isinstance(value.value, str) else None
    )


def _words(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Attribute):
        return [] if node.attr == "clip" else [node.attr]  # NumPy's own word for keeping values between two ends
    if isinstance(node, ast.ImportFrom):
        return [node.module or "", *(alias.name for alias in node.names)]
    names = (getattr(node, name, None) for name in ("id", "name", "arg", "asname"))
    return [name for name in names if isinstance(name, str)]


def _files(pattern: str) -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob(pattern)) if path.relative_to(PACKAGE).parts[0] not in AT_HOME]


def test_no_python_outside_names_a_family_the_one_default_apart():
    for path in _files("*.py"):
        place = path.relative_to(PACKAGE).as_posix()
        assert list(found(path.read_text("utf-8"), frozenset(ALLOWED.get(place, ())))) == [], place


def test_no_script_or_style_of_the_page_names_a_family():
    for path in [*_files("*.js"), *_files("*.css")]:
        assert [line for line in path.read_text("utf-8").splitlines() if named(line)] == [], path.name


@pytest.mark.parametrize(
    "source",
    [
        "FIRST = 'clip-mini'",
        "if family == 'clip': pass",
        "from mmviz.models import clip",
        "def clip_only(): pass",
        "info.is_clip",
        "f'choose {x}, such as clip-mini'",
        "run(clip=1)",
        "CLIP = 3",
    ],
)
def test_a_family_that_is_named_is_found(source):
    assert list(found(source))


@pytest.mark.parametrize(
    "source",
    ["np.clip(x, 0, 1)", "'<g clip-path=\"url(#frame)\">'", "'<clipPath>'", "sources = ['clipboard']", "'''As clip.'''\nx = 1"],
)
def test_what_only_looks_like_a_family_is_left_alone(source):
    assert list(found(source)) == []


def test_the_default_stands_in_one_place():
    places = [path.name for path in _files("*.py") if re.search(r"^DEFAULT_MODEL = ", path.read_text("utf-8"), re.MULTILINE)]
    assert places == ["doors.py"]
