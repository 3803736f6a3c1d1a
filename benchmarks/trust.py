"""How long a map's numbers of trust take for a checkpoint of CLIP ViT-B/32's size: the first word, another, another method."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmviz import pipeline  # noqa: E402
from mmviz.samples import Image, Text  # noqa: E402
from mmviz.worlds import scenes  # noqa: E402
from tests.models.tiny import make_clip  # noqa: E402

TEXT = "a small red cat with a blue tail under the tree and two dogs"
VIT_B_32 = {
    "image_size": 224,
    "patch_size": 32,
    "vision_width": 768,
    "vision_heads": 12,
    "vision_layers": 12,
    "text_width": 512,
    "text_heads": 8,
    "text_layers": 12,
    "text_length": 77,
    "projection": 512,
}
FIRST, SECOND = "<= 20 s", "<= 5 s"


def main() -> None:
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MMVIZ_HOME"] = f"{folder}/home"
        large = make_clip(Path(folder) / "vit-b-32", **VIT_B_32)
        image, text = scenes.draw(0)[0], Text(TEXT)
        names = {f"clip:{large}": "a random CLIP of ViT-B/32's size", pipeline.DEFAULT_MODEL: pipeline.DEFAULT_MODEL}
        for model, title in names.items():
            measure(model, title, text, image)


def measure(model: str, title: str, text: Text, image: Image) -> None:
    told: list[tuple[int, int]] = []
    maps = {method: pipeline.align(text, image, model, method, device="cpu") for method in ("relevance", "gradcam", "occlusion")}

    def judge(method: str, row: int) -> Callable[[], None]:
        return lambda: pipeline.judge(maps[method], text, image, row=row, device="cpu", progress=lambda *at: told.append(at))

    show(f"{title}: the first word", judge("relevance", 3), FIRST)
    steps = len(told)
    show(f"{title}: a second word", judge("relevance", 7), SECOND, told=f"in {steps} steps the first time")
    for method in ("gradcam", "occlusion"):
        show(f"{title}: a second method, {method}", judge(method, 3), SECOND)
    show(f"{title}: the same word again", judge("relevance", 3), "from the store")


def show(figure: str, run: Callable[[], None], asked: str, **more: str) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    run()
    value, busy = time.perf_counter() - wall, time.process_time() - processor
    row = {"figure": figure, "value": round(value, 2), "unit": "s", "asked": asked, "processor_seconds": round(busy, 2)}
    print(json.dumps(row | more), flush=True)


if __name__ == "__main__":
    main()
