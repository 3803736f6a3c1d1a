"""`serve`: the page."""

import argparse

from mmviz.cli.parsing import Command, Parser


def add(command: Command) -> None:
    """Add the command of this file."""
    _add_serve(command("serve", serve, _show_nothing, "open the page on this machine", device=True))


def _add_serve(parser: Parser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=7860, help="default: 7860")
    parser.add_argument("--public", action="store_true", help="guard the page for strangers' visits")


def serve(given: argparse.Namespace) -> None:
    """Launch the page and stay until interrupted."""
    from mmviz.ui import app

    app.launch(host=given.host, port=given.port, public=given.public, device=given.device)


def _show_nothing(value: None) -> str:
    return ""
