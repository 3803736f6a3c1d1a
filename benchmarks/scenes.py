"""Drawn scenes a second on one core, at the size models train on and at the size people look at."""

import json
import time

from mmviz.training.patches import label
from mmviz.worlds import backgrounds
from mmviz.worlds.lexicon import BACKGROUNDS
from mmviz.worlds.render import render
from mmviz.worlds.spec import compose, rng_of

COUNT = {96: 3000, 384: 300}


def main() -> None:
    for side, count in COUNT.items():
        rng = rng_of("benchmark", side)
        for name in BACKGROUNDS:
            for variant in range(48):
                backgrounds.paint(name, variant, side)  # painted once a process
        render(compose(rng, "benchmark"), side)
        started = time.process_time()
        scenes = [compose(rng, "benchmark") for _ in range(count)]
        drawn = [render(scene, side) for scene in scenes]
        figure = {"figure": f"scenes a second and core, {side} px", "value": round(count / (time.process_time() - started))}
        print(json.dumps(figure | ({"asked": ">= 1500"} if side == 96 else {})))
    started = time.process_time()
    rng = rng_of("benchmark", 1)
    scenes = [compose(rng, "benchmark") for _ in range(500)]
    drawn = [render(scene) for scene in scenes]
    for scene, picture in zip(scenes, drawn, strict=True):
        label(scene, picture)
    print(
        json.dumps(
            {"figure": "the same with labels of every patch, 96 px", "value": round(500 / (time.process_time() - started))}
        )
    )


if __name__ == "__main__":
    main()
