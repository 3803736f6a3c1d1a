"""200 texts against 200 pictures beside the 400 bare tower passes in the same run, and an answer from the store."""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmviz import pipeline  # noqa: E402
from mmviz.models import checkpoints, clip_towers, folders  # noqa: E402
from mmviz.pipeline.vectors import BATCH, PICTURES  # noqa: E402
from mmviz.samples import Image  # noqa: E402
from mmviz.worlds import scenes  # noqa: E402
from tests.models.tiny import make_clip  # noqa: E402

COUNT, RUNS = 200, 3


def main() -> None:
    torch.set_num_threads(2)
    drawn = [scenes.draw(0, index) for index in range(COUNT)]
    images, texts = [image for image, _ in drawn], [truth["captions"]["en"]["text"] for _, truth in drawn]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MMVIZ_HOME"] = f"{folder}/home"
        bundled = "clip-mini" in folders.bundled_names()
        name = "clip-mini" if bundled else f"clip:{make_clip(Path(folder) / 'tiny', text_length=90)}"
        title = name if bundled else "a random tiny CLIP"
        measure_matrix(name, title, texts, images)
        measure_store(name, title, texts[0], images[0])


def measure_matrix(name: str, title: str, texts: list[str], images: list[Image]) -> None:
    with checkpoints.lease(name, "cpu") as checkpoint:

        def bare() -> None:
            with torch.no_grad():
                for i in range(0, COUNT, BATCH):
                    clip_towers.text_embeds(checkpoint, texts[i : i + BATCH])
                for i in range(0, COUNT, PICTURES):
                    clip_towers.image_embeds(checkpoint, images[i : i + PICTURES])

        base = median(bare)
        whole = median(lambda: pipeline.matrix(texts, images, name, "cpu"))
    show(f"{title}: matrix of {COUNT} x {COUNT}", round(whole, 2), "s")
    show(f"{title}: the same over {2 * COUNT} bare tower passes", round(whole / base, 2), "times")


def measure_store(name: str, title: str, text: str, image: Image) -> None:
    first = pipeline.align(text, image, name, device="cpu")
    again = pipeline.align(text, image, name, device="cpu")
    if first.stored or not again.stored:
        raise RuntimeError("the store did not keep the answer, so there is nothing to measure")
    cost = median(lambda: pipeline.align(text, image, name, device="cpu"))
    show(f"{title}: the same pair again, from the store", round(1000 * cost, 1), "ms", asked="<= 100")


def median(run: Callable[[], object]) -> float:
    run()
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def show(figure: str, value: float, unit: str, **more: str) -> None:
    print(json.dumps({"figure": figure, "value": value, "unit": unit, **more}), flush=True)


if __name__ == "__main__":
    main()
