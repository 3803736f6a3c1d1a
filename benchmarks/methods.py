"""What each method costs beside the bare eager forward pass of the same pair, and what all eight cost together."""

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
from mmviz.models.checkpoints import Checkpoint  # noqa: E402
from mmviz.samples import Image, Text  # noqa: E402
from mmviz.worlds import scenes  # noqa: E402
from mmviz.worlds.captions import random_list, tell  # noqa: E402
from mmviz.worlds.render import render  # noqa: E402
from tests.models.tiny import make_clip  # noqa: E402

TEXT = "a small red cat with a blue tail under the tree and two dogs"
#: A picture tower of ViT-S/16's size, of 196 patches.
VIT_S_16 = {
    "image_size": 224,
    "patch_size": 16,
    "vision_width": 384,
    "vision_heads": 6,
    "vision_layers": 12,
    "text_width": 384,
    "text_heads": 6,
    "text_layers": 12,
    "text_length": 77,
    "projection": 384,
}
ASKED = {"attention": 1.25, "rollout": 1.25, "relevance": 4, "gradcam": 4}


def main() -> None:
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        large = make_clip(Path(folder) / "vit-s-16", **VIT_S_16)
        for name, title in (("clip-mini", "clip-mini"), (f"clip:{large}", "a random CLIP of ViT-S/16's size")):
            measure(name, title)
        measure_occlusion(f"clip:{large}", "a random CLIP of ViT-S/16's size")
    measure_all("clip-mini")


def measure(name: str, title: str) -> None:
    """Time the methods that look into one pass, for the whole text alone and for all its words."""
    image, text = noise(), Text(TEXT)
    with checkpoints.lease(name, "cpu") as checkpoint:
        for unit in ("text", "word"):
            words = [TEXT] if unit == "text" else [*TEXT.split(), TEXT]
            base = median(bare(checkpoint, image, words))
            said = "the text" if unit == "text" else "14 words and the text"
            print(json.dumps({"figure": f"{title}: bare pass of {said}", "value": round(1000 * base, 1), "unit": "ms"}))
            for method, limit in ASKED.items():
                cost = median(lambda m=method, u=unit: pipeline.align(text, image, name, m, unit=u, store=False, device="cpu"))
                row = {"figure": f"{title}: {method} of {said}", "value": round(1000 * cost, 1), "unit": "ms"}
                asked = {"asked_times_bare": f"<= {limit}"} if unit == "text" else {}
                print(json.dumps(row | {"times_bare": round(cost / base, 2)} | asked))


def measure_occlusion(name: str, title: str) -> None:
    """Time hiding 196 patches beside seven bare batches of 32 pictures."""
    image = noise()
    with checkpoints.lease(name, "cpu") as checkpoint:
        pixels = torch.from_numpy(geometry.prepare(checkpoint, image)[0])[None].expand(32, -1, -1, -1)

        def seven() -> None:
            with torch.no_grad():
                for _ in range(7):
                    checkpoint.model.vision_model(pixel_values=pixels)

        base = median(seven, times=1)
        cost = median(lambda: pipeline.align(TEXT, image, name, "occlusion", store=False, device="cpu"), times=1)
    print(json.dumps({"figure": f"{title}: seven bare batches of 32 pictures", "value": round(base, 2), "unit": "s"}))
    row = {"figure": f"{title}: occlusion of 196 patches, 14 words", "value": round(cost, 2), "unit": "s"}
    print(json.dumps(row | {"times_bare": round(cost / base, 2), "asked_times_bare": "<= 1.25"}))


def measure_all(name: str) -> None:
    """Time every method the model serves on one drawn scene and its caption, with one encoding for all."""
    scene, rng = scenes.compose_scene("evaluate", 0, 0)
    caption = tell(scene, random_list(rng, scene, full=True), "en").text
    image, requests = Image(render(scene, scenes.SIDE).pixels), [(entry.name, {}) for entry in pipeline.methods_of(name)]
    cost = median(lambda: pipeline.align_many(caption, image, requests, model=name, store=False, device="cpu"), times=3)
    figure = {"figure": f"{name}: all {len(requests)} methods on one drawn scene", "value": round(cost, 2), "unit": "s"}
    print(json.dumps(figure | {"asked": "<= 2 s on 2 cores", "words": len(caption.split())}))


def bare(checkpoint: Checkpoint, image: Image, texts: list[str]) -> Callable[[], None]:
    """Make the model's own pass over one picture and some texts, prepared before."""
    pixels = torch.from_numpy(geometry.prepare(checkpoint, image)[0])[None]
    words = tokens.batch(checkpoint, [tokens.tokenize(checkpoint, text) for text in texts])

    def run() -> None:
        with torch.no_grad():
            checkpoint.model(pixel_values=pixels, **words)

    return run


def noise() -> Image:
    return Image(np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8))


def median(run: Callable[[], object], times: int = 5) -> float:
    run()
    found = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


if __name__ == "__main__":
    main()
