"""Write the golden scores of the bundled models anew, after a training: `python -m tests.golden.make [NAME…]`."""

import sys
from pathlib import Path

import numpy as np

from mmviz import pipeline
from mmviz.worlds import scenes
from tests.models.test_bundled import METHODS, NAMES, TEXTS


def main() -> None:
    picture = scenes.draw(5, 1)[0]
    for name in sys.argv[1:] or NAMES:
        found = {
            m: pipeline.align(TEXTS[2], picture, name, m, device="cpu", store=False).scores
            for m in METHODS.get(name, METHODS[""])
        }
        np.savez_compressed(Path(__file__).parent / f"{name}.npz", **found)


if __name__ == "__main__":
    main()
