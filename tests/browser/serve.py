"""Serve the page as `mmviz serve` does, in a process whose sockets reach this machine only."""

import socket
import sys

from mmviz import cli
from mmviz.ui import films, material, quietly
from tests.conftest import _check, _guarded

OUTSIDE = "a test tried to reach"


def main() -> int:
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    real = socket.getaddrinfo

    def getaddrinfo(host, *rest, **named):
        try:
            _check(host)
        except AssertionError as error:
            print(error, file=sys.stderr, flush=True)  # whoever catches it, the log keeps it
            raise
        return real(host, *rest, **named)

    socket.getaddrinfo = getaddrinfo
    material.COUNT = 120  # scenes of the map's examples
    films.FILMS["flashback"] = (163, False)  # half as long as the page's own, which tests/ui looks at
    quietly.AFTER = 3600.0  # what is made before anybody asks would take the tests' time
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
