"""Run every script of benchmarks/ and write docs/benchmarks.md from what they print: `make bench`."""

import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
#: What scripts are told where they would otherwise only show that they work; the page goes by what truth.py writes.
ARGUMENTS = {"truth": ("--phrases", "300", "--write")}
HEAD = """# Benchmarks

Measured by `make bench`, never in timed tests. Ratios are against the bare forward pass or the bare page of the same run.
"""


#: What begins the figures that no script of benchmarks/ prints, or not in a few minutes; they stay as they were written.
APART = "# Figures measured apart"


def main() -> None:
    """Measure, and write docs/benchmarks.md; what stands apart at its end is kept."""
    parts, page = [HEAD, machine()], ROOT / "docs" / "benchmarks.md"
    _, apart, rest = page.read_text("utf-8").partition(APART) if page.exists() else ("", "", "")
    for script in sorted((ROOT / "benchmarks").glob("*.py")):
        print(script.name, file=sys.stderr, flush=True)
        printed = subprocess.run(
            [sys.executable, script, *ARGUMENTS.get(script.stem, ())], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout
        rows = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
        parts += [f"\n## {script.stem}\n\n{summary(script)}\n", table(rows)]
    page.write_text("\n".join(parts) + (f"\n{apart}{rest}" if apart else ""), "utf-8")


def machine() -> str:
    """Say where and when."""
    names = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    today = datetime.datetime.now(tz=datetime.UTC).date()
    return f"{today} · {os.cpu_count()} cores {names[0] if names else platform.processor()} · Python {platform.python_version()} · load before {load}\n"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text("utf-8").splitlines() if path.exists() else []


def summary(script: Path) -> str:
    """Give the first line of a script's docstring."""
    return script.read_text("utf-8").split('"""')[1].splitlines()[0]


def table(rows: list[dict[str, Any]]) -> str:
    """Write one row a figure: its name, its value with its unit, and what else was printed."""
    lines = ["| figure | value | beside it |", "| --- | --- | --- |"]
    for row in rows:
        rest = {name: value for name, value in row.items() if name not in ("figure", "value", "unit")}
        said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in rest.items())
        lines.append(f"| {row['figure']} | {row['value']} {row.get('unit', '')} | {said} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
