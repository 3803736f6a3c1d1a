"""Write the tables of README.md from the registries: `make readme`."""

import re
from pathlib import Path

from mmviz.models import checkpoints, folders
from mmviz.registry import detectors, exports, families, matchers, methods, objectives, probes, scores, views, warps

README = Path(__file__).parents[1] / "README.md"


def main() -> None:
    """Bring README.md up to date."""
    README.write_text(updated(README.read_text("utf-8")), "utf-8")


def updated(text: str) -> str:
    """Replace what stands between the marker comments of each table."""
    tables = {"methods": method_rows(), "models": model_rows(), "views": view_rows()}
    tables |= {"scores": score_rows(), "objectives": objective_rows(), "exports": export_rows(), "probes": probe_rows()}
    for name, rows in tables.items():
        marked = re.compile(rf"(<!-- {name}: written by make readme -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        text, count = marked.subn(lambda found, rows=rows: found[1] + table(rows) + found[2], text)
        if count != 1:
            raise ValueError(f"README.md has {count} places for the table of {name}, it needs one")
    return text


def method_rows() -> list[tuple[str, ...]]:
    """One row a method of alignment, those of two runs of frames last."""
    head = ("method", "what it does", "targets", "needs from the model", "source")
    every = (*methods, *warps, *matchers)
    rows = [(f"`{m.name}`", m.summary, ", ".join(m.targets), code(sorted(m.needs)), source(m.paper)) for m in every]
    return [head, *rows]


def view_rows() -> list[tuple[str, ...]]:
    """One row a view."""
    return [("view", "what it shows"), *((f"`{v.name}`", v.summary) for v in views)]


def score_rows() -> list[tuple[str, ...]]:
    """One row a score of how far a map can be trusted."""
    head = ("score", "what it does", "needs beside the map", "source")
    rows = [(f"`{s.name}`", s.summary, code(sorted(s.needs - {"alignment"})), source(s.paper)) for s in scores]
    return [head, *rows]


def probe_rows() -> list[tuple[str, ...]]:
    """One row a look inside a model."""
    head = ("probe", "what it does", "needs from the model", "options", "source")
    return [head, *((f"`{p.name}`", p.summary, code(sorted(p.needs)), code(list(p.options)), source(p.paper)) for p in probes)]


def objective_rows() -> list[tuple[str, ...]]:
    """One row a training objective."""
    head = ("objective", "what it does", "options", "source")
    return [head, *((f"`{o.name}`", o.summary, code(list(o.options)), source(o.paper)) for o in objectives)]


def export_rows() -> list[tuple[str, ...]]:
    """One row a file format."""
    head = ("format", "what it does", "of")
    return [head, *((f"`{e.name}`", e.summary, ", ".join(e.facts["takes"]).lower()) for e in exports)]


def model_rows() -> list[tuple[str, ...]]:
    """One row a model: the bundled ones with what they know, then the public ones and the families."""
    rows = [("model", "title", "what it is", "size", "source")]
    for info in checkpoints.listing():
        if info.source == "bundled":
            size = f"{sum(f.stat().st_size for f in (folders.bundled_root() / info.name).glob('*.safetensors')) / 1e6:.1f} MB"
            rows.append((f"`{info.name}`", info.title, bundled(info.card), size, source(info.paper)))
    for family in (kind[entry.name] for kind in (families, detectors) for entry in kind):
        for repository, title, megabytes in family.public:
            what = "public, from the hub's cache"
            rows.append((f"`{family.name}:{repository}`", title, what, f"{megabytes:,} MB", source(family.paper)))
        own = f"any {family.title} folder in Hugging Face layout"
        rows.append((f"`{family.name}:/folder`", f"your own {family.title}", own, "", f"family `{family.name}`"))
    return rows


def bundled(card: dict) -> str:
    """Say what a bundled model knows."""
    languages = {"en": "English", "zh": "Chinese"}
    spoken = " and ".join(languages[name] for name in card.get("languages", []))
    if "knows" in card:
        return f"bundled; {card['knows']}"
    known = f"knows {len(card['things'])} drawn things" if card.get("things") else "knows drawn scenes"
    return f"bundled; {known}" + (f", in {spoken}" if spoken else "")


def source(paper: str) -> str:
    """Link a paper's arXiv number."""
    return re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", paper)


def code(names: list[str]) -> str:
    """Set names as code."""
    return ", ".join(f"`{name}`" for name in names)


def table(rows: list[tuple[str, ...]]) -> str:
    """Lay rows out as a Markdown table, the first as its head."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:], ""])


if __name__ == "__main__":
    main()
