"""What one pair costs each bundled model that compares, in processor time of one core, all in the same run, a detector's part apart.

Pairs are drawn scenes with their captions; models take turns, so that a busy machine is busy for all of them. `--write` keeps what the
page shows beside how often a model is right, in assets/pair_cost.json.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmviz import pipeline  # noqa: E402
from mmviz.models import checkpoints  # noqa: E402
from mmviz.samples import Image, Text  # noqa: E402
from mmviz.storage.costs import PATH  # noqa: E402
from mmviz.worlds import scenes  # noqa: E402
from mmviz.worlds.captions import random_list, tell  # noqa: E402
from mmviz.worlds.render import render  # noqa: E402

#: Whom speeds are held against: one stream as the other's, patches in the place of regions.
BESIDE = "vilt-mini"
#: Rounds in which every model has its turn, and other texts with the same picture.
ROUNDS, TEXTS = 15, 16


def main() -> None:
    given = _arguments()
    torch.set_num_threads(1)
    names = given.models or [i.name for i in pipeline.models() if i.source == "bundled" and i.ready and pipeline.ways_of(i.name)]
    found = measure(names, given.rounds)
    for name, costs in found.items():
        for row in rows(name, costs, found.get(BESIDE, {})):
            print(json.dumps(row), flush=True)
    if given.write:
        kept = json.loads(PATH.read_text("utf-8")) if PATH.exists() else {}
        PATH.write_text(json.dumps(kept | found, indent=1) + "\n", "utf-8")


def measure(names: list[str], rounds: int) -> dict[str, dict[str, Any]]:
    """Measure models in turns.

    Returns:
        Model -> `checkpoint`, `rounds`, and in milliseconds of processor time, the median of rounds: `pair` (one new text with one new
        picture), `regions` (of that, finding regions and what lies in them; absent without a detector), `text` (each more text of the same
        picture).
    """
    material = [_told(n) for n in range(rounds + 1)]
    with ExitStack() as stack:
        leased = {name: stack.enter_context(checkpoints.lease(name, "cpu")) for name in names}
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for image, texts in material:
            for name, checkpoint in leased.items():
                taken[name].append(_once(checkpoint, image, texts))
        return {
            name: {
                "checkpoint": leased[name].id,
                "rounds": rounds,
                **{part: round(statistics.median(turn[part] for turn in turns[1:]), 3) for part in turns[0]},
            }  # the first turn warms up
            for name, turns in taken.items()
        }


def rows(name: str, costs: dict[str, Any], beside: dict[str, Any]) -> list[dict[str, Any]]:
    """Write what is printed of one model, with how many times the other's each is."""
    said = {"pair": "a new pair", "regions": "of that, its detector", "text": "each more text of the same picture"}
    made = []
    for part, title in said.items():
        if part in costs:
            row = {"figure": f"{name}: {title}", "value": costs[part], "unit": "ms of one core"}
            if part in beside and name != BESIDE:
                row[f"times_{BESIDE}"] = round(costs[part] / beside[part], 2)
            made.append(row)
    if "regions" in costs and "pair" in beside:
        rest = costs["pair"] - costs["regions"]
        row = {"figure": f"{name}: a new pair without its detector", "value": round(rest, 3), "unit": "ms of one core"}
        made.append(row | {f"times_{BESIDE}": round(rest / beside["pair"], 2)})
    return made


def _once(checkpoint: Any, image: Image, texts: list[Text]) -> dict[str, float]:
    """Take the time of one pair, of its regions, and of more texts with the same picture."""
    functions = checkpoint.family.functions
    compare = _matched if "score_pairs" in functions else _compared
    found = {"pair": _time(lambda: compare(checkpoint, texts[:1], image))}
    if "detect" in functions:
        found["regions"] = _time(lambda: functions["detect"](checkpoint, [image]))
    many = _time(lambda: compare(checkpoint, texts, image))
    found["text"] = max(0.0, many - found["pair"]) / (len(texts) - 1)
    return found


def _matched(checkpoint: Any, texts: list[Text], image: Image) -> None:
    pairs = np.stack([np.arange(len(texts)), np.zeros(len(texts), int)], axis=1)
    checkpoint.family.functions["score_pairs"](checkpoint, texts, [image], pairs)


def _compared(checkpoint: Any, texts: list[Text], image: Image) -> None:
    embed = checkpoint.family.functions["embed"]
    np.dot(embed(checkpoint, texts).vectors, embed(checkpoint, [image]).vectors.T)


def _time(work: Callable[[], None]) -> float:
    """Give processor time in milliseconds."""
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def _told(index: int) -> tuple[Image, list[Text]]:
    """Draw a scene, and tell it and others: the picture, its caption first."""
    told = [scenes.compose_scene("truth", 1, index * TEXTS + n) for n in range(TEXTS)]
    texts = [Text(tell(scene, random_list(rng, scene, full=True), "en").text) for scene, rng in told]
    return Image(render(told[0][0], scenes.SIDE).pixels), texts


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"pairs a model (default: {ROUNDS})")
    parser.add_argument("--models", nargs="*", help="default: all bundled ones that compare")
    parser.add_argument("--write", action="store_true", help=f"keep what is found in {PATH.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
