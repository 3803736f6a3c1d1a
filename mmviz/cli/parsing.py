"""What every command is made with: the parser, kinds of arguments, and files written where asked."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from mmviz import pipeline
from mmviz.errors import StorageError

DEVICES = ("auto", "cpu", "cuda", "mps")
#: What a group's `add` is given: name, run, show and what the command is about give its parser.
Command = Callable[..., "Parser"]


class Parser(argparse.ArgumentParser):
    """A parser that answers a wrong argument with one sentence and exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the rules are."""
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` has the rules.\n")


def add_model(parser: Parser) -> None:
    """Add `--model`."""
    name = pipeline.DEFAULT_MODEL
    parser.add_argument("--model", default=name, help=f"a name of `mmviz list models` (default: {name})")


def positive(text: str) -> int:
    """Read a whole number of 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not 1 or more')
    return number


def folder_of(name: str) -> Path:
    """Make the folder of `--out`; one that cannot be made is a StorageError."""
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f'--out "{name}" cannot be made a folder ({error.strerror}); name another.') from error
    return folder


def write(out: str | None, stem: str, result: Any, formats: Sequence[str]) -> None:
    """Write a result into a folder, where one is asked for."""
    if not out:
        return
    folder = folder_of(out)
    try:
        for name in formats:
            (folder / f"{stem}.{name}").write_bytes(pipeline.export(result, name))
    except OSError as error:
        raise StorageError(f"{folder} cannot be written ({error.strerror}); make room or name another by --out.") from error


def tell(done: int, total: int) -> None:
    """Say on stderr how far the work is."""
    print(f"{done:,} of {total:,}", file=sys.stderr, flush=True)


def show_tree(value: dict[str, Any]) -> str:
    """Print a tree of figures."""
    return json.dumps(value, indent=2, allow_nan=False)
