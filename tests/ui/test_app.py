"""Launching: what is said when the page cannot come up."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TAKEN = """
import runpy, sys
from mmviz.ui import app
launch = app.launch
app.launch = lambda: launch(port={port})
sys.argv = ["app.py"]
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.fixture
def taken():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


def test_a_port_that_is_taken_is_one_sentence_and_no_traceback(taken, bundle):
    environment = {**os.environ, "MMVIZ_MODELS": str(bundle), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", TAKEN.format(port=taken)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {taken}" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
