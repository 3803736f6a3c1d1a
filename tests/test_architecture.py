"""Who may import what: the table of docs/architecture.md, read off the sources."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: The vocabulary from the bottom up: each may import those before it.
VOCABULARY = (
    "errors",
    "registry",
    "options",
    "samples",
    "axes",
    "matrices",
    "trusts",
    "results",
    "guesses",
    "whys",
    "versus",
    "findings",
    "timings",
    "matchings",
    "spaces",
)
STAGES = {"media", "models", "methods", "trust", "space", "probes", "objectives", "views", "exports", "storage"}
#: Unit -> units it may import beside the vocabulary and its own folder.
TABLE = {
    **{unit: set() for unit in ("media", "methods", "trust", "space", "probes", "views", "exports", "storage", "objectives")},
    "models": {"media"},
    "worlds": {"media"},
    "pipeline": STAGES,
    "jobs": STAGES,
    "decodings": STAGES | {"worlds", "pipeline"},
    "detections": STAGES | {"worlds", "pipeline"},
    "sayings": STAGES | {"worlds", "pipeline"},
    "matched": STAGES | {"worlds"},
    "evaluate": STAGES | {"worlds", "pipeline", "decodings", "detections", "sayings", "matched"},
    "training": {"media", "models", "methods", "objectives", "worlds", "evaluate", "matched"},
    "ui": {"pipeline", "jobs", "views", "exports", "worlds"},
    "doctor": STAGES | {"worlds", "pipeline"},
    "cli": {"pipeline", "jobs", "views", "exports", "worlds", "evaluate", "matched", "ui", "training", "doctor"},
    "__main__": {"cli"},
    "__init__": {"pipeline", "worlds"},
}
#: Imported by these only inside a function.
INSIDE_FUNCTIONS = {"cli": {"ui", "training", "evaluate", "matched", "worlds", "doctor"}, "__init__": {"worlds"}}
#: Library -> the only units that may import it.
CONFINED = {
    "torch": {"models", "objectives", "probes", "space", "training"},
    "transformers": {"models", "training"},
    "gradio": {"ui"},
    "plotly": {"views", "ui"},
    "ray": {"jobs"},
    "PIL": {"media", "models", "worlds", "exports", "ui", "training"},  # decoding is in media; the others hand arrays over
    "av": {"media", "worlds"},  # films are decoded in media; worlds writes drawn ones
    "librosa": {"media"},
    "jieba": {"media"},
    "lemminflect": {"media"},
    "scenedetect": {"media", "exports"},  # cuts are found in media, edit lists written in exports
    "umap": {"space"},
    "pyarrow": {"media", "exports"},
    "cv2": {"media", "models", "worlds"},  # keypoints are part of a model, areas part of a drawing; files are decoded in media
    "resvg_py": {"worlds"},
}
HEAVY = ("torch", "transformers", "gradio", "plotly", "librosa", "cv2", "numba", "umap", "sklearn", "PIL")


@dataclass(frozen=True)
class Import:
    """One import statement: who imports what, and whether it waits inside a function; `typing` ones never run."""

    module: str
    imported: str
    line: int
    inside_function: bool
    typing: bool = False

    @property
    def unit(self) -> str:
        return unit_of(self.module)


def unit_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def modules(root: Path) -> dict[str, Path]:
    """Name every module of the package under `root`."""
    found = {}
    for path in sorted((root / "mmviz").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(root: Path) -> list[Import]:
    """Read every import of the package off its sources."""
    known = modules(root)
    return [found for module, path in known.items() for found in _imports_of(module, path, known)]


def _imports_of(module: str, path: Path, known: dict[str, Path]) -> Iterator[Import]:
    def walk(node: ast.AST, inside: bool, typing: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in _names(node, known):
                yield Import(module, name, node.lineno, inside, typing)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            typing = True
        inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside, typing)

    yield from walk(ast.parse(path.read_text("utf-8")), False, False)


def _names(node: ast.Import | ast.ImportFrom, known: dict[str, Path]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.level:
        return ["relative import"]
    inner = [f"{node.module}.{alias.name}" for alias in node.names]
    return sorted({name if name in known else node.module for name in inner})


def broken_arrows(root: Path) -> list[str]:
    """Say which imports the table does not allow; what only type checkers read is an arrow too."""
    return [f"{i.module}:{i.line} imports {i.imported}" for i in imports(root) if not _allowed(i)]


def _allowed(found: Import) -> bool:
    library, unit = found.imported.split(".")[0], found.unit
    if library == "relative import":
        return False
    if library != "mmviz":
        return found.typing or library not in CONFINED or unit in CONFINED[library]
    there = unit_of(found.imported)
    if unit in VOCABULARY:
        return there in VOCABULARY[: VOCABULARY.index(unit)]
    if there in INSIDE_FUNCTIONS.get(unit, ()) and not (found.inside_function or found.typing):
        return False
    return there == unit or there in VOCABULARY or there in TABLE[unit]


def cycles(root: Path) -> list[str]:
    """Find circles of imports between modules, those inside functions included."""
    arrows: dict[str, set[str]] = {module: set() for module in modules(root)}
    for found in imports(root):
        if found.imported in arrows and not found.typing and found.imported != "mmviz":
            arrows[found.module].add(found.imported)
    circles, done = [], set()

    def visit(module: str, trail: list[str]) -> None:
        if module in trail:
            circles.append(" > ".join([*trail[trail.index(module) :], module]))
        elif module not in done:
            for other in sorted(arrows[module]):
                visit(other, [*trail, module])
            done.add(module)

    for module in arrows:
        visit(module, [])
    return circles


def test_every_import_is_in_the_table():
    assert broken_arrows(ROOT) == []


def test_no_module_imports_itself_in_a_circle():
    assert cycles(ROOT) == []


def test_every_unit_of_the_package_is_in_the_table():
    units = {unit_of(module) for module in modules(ROOT)}
    assert units - set(VOCABULARY) - set(TABLE) == set()


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("methods/warp.py", "from mmviz.models import clip"),
        ("methods/warp.py", "def f():\n    import torch"),
        ("methods/warp.py", "from mmviz import pipeline"),
        ("models/warp.py", "from mmviz.methods.relevance import relevance"),
        ("views/warp.py", "def f():\n    import gradio.themes"),
        ("ui/warp.py", "from mmviz.models import checkpoints"),
        ("ui/warp.py", "import torch"),
        ("pipeline.py", "from mmviz.ui import app"),
        ("media/warp.py", "from . import text"),
        ("axes.py", "from mmviz.results import Alignment"),
        ("cli.py", "from mmviz.training import backbone"),
        ("training/warp.py", "import plotly.graph_objects as go"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path, module, line):
    _write(tmp_path, {"models/clip.py": "", "ui/app.py": "", "training/backbone.py": "", "media/text.py": "", module: line})
    assert len(broken_arrows(tmp_path)) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("cli.py", "def f():\n    from mmviz.training import backbone"),
        ("models/warp.py", "from mmviz.media import text"),
        ("results.py", "from mmviz.axes import Axis"),
        ("views/warp.py", "def f():\n    import plotly.graph_objects as go"),
    ],
)
def test_an_allowed_import_is_let_through(tmp_path, module, line):
    _write(tmp_path, {"training/backbone.py": "", "media/text.py": "", "axes.py": "", module: line})
    assert broken_arrows(tmp_path) == []


def test_a_circle_is_found_even_through_a_function(tmp_path):
    first, second = "from mmviz.media import image", "def f():\n    from mmviz.media.text import parse"
    _write(tmp_path, {"media/text.py": first, "media/image.py": second})
    assert cycles(tmp_path) == ["mmviz.media.image > mmviz.media.text > mmviz.media.image"]


def test_the_pipeline_is_imported_in_under_a_second_and_without_heavy_libraries():
    script = (
        "import sys, time, json; start = time.process_time(); import mmviz.pipeline;"
        f"print(json.dumps([time.process_time() - start, [m for m in {HEAVY} if m in sys.modules]]))"
    )
    out = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=_environment(), capture_output=True, text=True, check=True)
    seconds, loaded = json.loads(out.stdout)
    assert loaded == []
    assert seconds < 1


def test_reading_the_registries_loads_no_heavy_library():
    script = (
        "import sys; from mmviz.registry import methods, views, families, objectives, exports, scores, probes, warps, matchers; [list(r) for r in (methods, views, families, objectives, exports, scores, probes, warps, matchers)];"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=_environment(), capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def _write(root: Path, sources: dict[str, str]) -> None:
    for name, source in sources.items():
        path = root / "mmviz" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(source + "\n", "utf-8")
