"""Commands run in the process of the tests."""

import numpy as np
import pytest

from mmviz import cli


@pytest.fixture
def picture(tmp_path, rng) -> str:
    from PIL import Image

    path = tmp_path / "a picture.png"
    Image.fromarray(rng.integers(0, 256, (50, 90, 3), np.uint8)).save(path)
    return str(path)


@pytest.fixture
def align(tiny_clip, picture) -> list[str]:
    return ["align", "--model", f"clip:{tiny_clip}", "--image", picture, "--text", "a red cat"]


@pytest.fixture
def run(capsys):
    """Run a command in this process: exit code, stdout, stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            code = exit_.code
        return code, *capsys.readouterr()

    return run
