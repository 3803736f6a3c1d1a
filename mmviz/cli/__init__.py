"""The commands: thin doors that parse arguments, call one function and print what it gives.

A command returns a value that JSON can hold; `--json` prints it, otherwise its `show` function makes text of it. Every group of
commands is a file whose `add` is told how to make one.
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence

from mmviz.cli import films, matches, material, page, pairs, registries, sets, space, speech
from mmviz.cli.parsing import DEVICES, Parser
from mmviz.errors import MmvizError

GROUPS = (registries, pairs, sets, space, speech, films, matches, material, page)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: what follows the program's name; None takes it from the process.

    Returns:
        0 done, 2 the user's input is at fault (one sentence on stderr). A bug raises, and Python exits with 1.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a terminal that has no Chinese still shows the rest
    given = _parser().parse_args(arguments)
    if given.store:
        os.environ["MMVIZ_HOME"] = given.store
    try:
        with contextlib.redirect_stdout(sys.stderr):  # whatever a library says is progress, not the answer
            value = given.run(given)
    except MmvizError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    print(json.dumps(value, allow_nan=False) if given.json else given.show(value))
    return 0


def _parser() -> Parser:
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--json", action="store_true", help="print one JSON value and nothing else")
    every.add_argument("--store", metavar="DIR", help="where results are kept (default: $MMVIZ_HOME or the user's data folder)")
    every.add_argument("--seed", type=int, default=0, help="the same seed gives the same result (default: 0)")
    parser = Parser(prog="mmviz", description="See how models align pictures, text, speech and film.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable, show: Callable, about: str, device: bool = False) -> Parser:
        added = commands.add_parser(name, parents=[every], help=about, description=about, allow_abbrev=False)
        added.set_defaults(run=run, show=show)
        if device:
            added.add_argument("--device", choices=DEVICES, default="auto", help="where models run (default: auto)")
        return added

    for group in GROUPS:
        group.add(command)
    return parser
