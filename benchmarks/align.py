"""What an alignment costs beside the bare eager forward pass of the same model on the same pair, in the same run."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmviz import pipeline  # noqa: E402
from mmviz.models import checkpoints, geometry, tokens  # noqa: E402
from mmviz.samples import Image, Text  # noqa: E402
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


def main() -> None:
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        large = make_clip(Path(folder) / "vit-b-32", **VIT_B_32)
        for name in ("clip-mini", f"clip:{large}"):
            title = "clip-mini" if name == "clip-mini" else "a random CLIP of ViT-B/32's size"
            measure(name, title)


def measure(name: str, title: str) -> None:
    rng = np.random.default_rng(0)
    image, text = Image(rng.integers(0, 256, (300, 400, 3)).astype(np.uint8)), Text(TEXT)
    with checkpoints.lease(name, "cpu") as checkpoint:
        pixels = torch.from_numpy(geometry.prepare(checkpoint, image)[0])[None]
        words = tokens.batch(checkpoint, [tokens.tokenize(checkpoint, TEXT)])

        def bare() -> None:
            with torch.no_grad():
                checkpoint.model(pixel_values=pixels, **words)

        base = median(bare)
        print(json.dumps({"figure": f"{title}: bare forward pass", "value": round(1000 * base, 1), "unit": "ms"}))
        for method in ("similarity", "relevance"):
            cost = median(lambda method=method: pipeline.align(text, image, name, method, store=False))
            row = {"figure": f"{title}: {method} of 14 words", "value": round(1000 * cost, 1), "unit": "ms"}
            print(json.dumps(row | {"times_bare": round(cost / base, 2)}))


def median(run: Callable[[], None], times: int = 7) -> float:
    run()
    found = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


if __name__ == "__main__":
    main()
