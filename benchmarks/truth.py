"""How true each method is: pointing, insertion and deletion over phrases of fresh drawn scenes, for every bundled model.

Without options a few phrases are measured, enough to see that it works. `--phrases 300 --write` measures what the page orders
its menu of methods by, and writes it to assets/method_truth.json.
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmviz import pipeline  # noqa: E402
from mmviz.axes import RegionAxis  # noqa: E402
from mmviz.errors import ModelError  # noqa: E402
from mmviz.models import checkpoints  # noqa: E402
from mmviz.models.checkpoints import Checkpoint  # noqa: E402
from mmviz.pipeline.judging import PER_UNIT, REMOVED, alone  # noqa: E402
from mmviz.registry import Entry, scores  # noqa: E402
from mmviz.results import Alignment, Encoding  # noqa: E402
from mmviz.samples import Image, Text  # noqa: E402
from mmviz.storage.truth import PATH  # noqa: E402
from mmviz.trust import curves  # noqa: E402
from mmviz.trust.evidence import Evidence, Masked, strengths  # noqa: E402
from mmviz.trust.pointing import inside_boxes  # noqa: E402
from mmviz.worlds import scenes  # noqa: E402
from mmviz.worlds.captions import random_list, tell  # noqa: E402
from mmviz.worlds.render import render  # noqa: E402

#: Scenes of a split of their own: no training and no evaluation has seen them.
SPLIT, FEW = "truth", 8
#: Random orders a phrase, and what hidden patches are filled with: over hundreds of phrases the first of the fills is enough.
ORDERS, FILL = curves.FEW_ORDERS, pipeline.FILLS[0]
FIGURES = ("pointing", "insertion", "deletion")
#: Fields whose passes grow with the number of units.
GRADIENTS = PER_UNIT | {"attention_grad"}


def main() -> None:
    given = _arguments()
    names = given.models or [info.name for info in pipeline.models() if info.source == "bundled" and info.ready]
    for name in names:
        found = measure(name, given.phrases, given.device, given.minutes)
        for method, figures in found["methods"].items():
            row = {"figure": f"{name} by {method}: pointing", "value": figures["pointing"], "chance": found["chance"]}
            beside = {f"{kind} beats random": figures[kind] for kind in FIGURES[1:]}
            print(json.dumps(row | beside | {"phrases": found["phrases"]}), flush=True)
        if given.write:
            kept = json.loads(PATH.read_text("utf-8")) if PATH.exists() else {}
            PATH.write_text(json.dumps(kept | {name: found}, indent=1) + "\n", "utf-8")


def measure(name: str, count: int, device: str = "cpu", minutes: float = float("inf")) -> dict[str, Any]:
    """Measure all methods a model can serve under its default target.

    Args:
        name: of the model.
        count: how many phrases.
        device: where it runs.
        minutes: after so many no further phrase is begun; those that were measured count.

    Returns:
        `checkpoint`, `target`, `phrases`, `chance` (of pointing), and by method `pointing` (share of phrases whose strongest
        patch or region lies in a true box; none does where the model reads no region there) and `insertion`, `deletion` (mean share
        of random maps that do worse, hidden patches blurred, regions left out). A picture in which a model finds no region at
        all is passed over for the next.

    Raises:
        ModelError: that was so of more than `count` pictures.
    """
    rows: dict[str, list[dict[str, float]]] = {}
    chances: list[float] = []
    until, missed = time.monotonic() + 60 * minutes, 0
    with checkpoints.lease(name, device) as checkpoint:
        able = _able(checkpoint)
        for text, image, boxes in phrases():
            if len(chances) == count or (chances and time.monotonic() > until):
                break
            try:
                found, chance = _measured(checkpoint, able, text, image, boxes)
            except ModelError:  # it finds no region there
                missed += 1
                if missed > count:
                    raise
                continue
            chances.append(chance)
            for method, figures in found.items():
                rows.setdefault(method, []).append(figures)
        facts = {"checkpoint": checkpoint.id, "target": checkpoint.family.targets[0], "phrases": len(chances)}
    means = {method: {name: _mean([one[name] for one in found]) for name in FIGURES} for method, found in rows.items()}
    return facts | {"chance": _mean(chances), "methods": means}


def _able(checkpoint: Checkpoint) -> list[Entry]:
    offers, target = checkpoint.family.functions["offers"](checkpoint.config), checkpoint.family.targets[0]
    return [entry for entry in pipeline.methods_of(checkpoint.name) if entry.needs <= offers and target in entry.targets]


def _measured(
    checkpoint: Checkpoint, able: list[Entry], text: Text, image: Image, boxes: np.ndarray
) -> tuple[dict[str, dict[str, float]], float]:
    """Measure every method's map of the one phrase of a text, by its name, and give the chance of pointing at it.

    Where each unit is read as a text of its own, gradients are taken of the phrase as a text, which spares those of all words.
    """
    encode, target = checkpoint.family.functions["encode"], checkpoint.family.targets[0]
    keep = frozenset({"score_masked"}).union(*(entry.needs for entry in able))
    is_own = target == "prompt"
    encoding = encode(checkpoint, text, image, target=target, unit="phrase", keep=keep - GRADIENTS if is_own else keep)
    row = encoding.query.spans.tolist().index(list(text.phrases[0]))
    if is_own:
        lone = encode(checkpoint, Text(encoding.query.labels[row]), image, target=target, unit="text", keep=keep)
    else:
        lone = alone(replace(encoding, attention=None, attention_grad=None), row)
    fill = REMOVED if isinstance(encoding.key, RegionAxis) else FILL
    random = _scores(encoding, row, curves.random_orders(len(encoding.key), ORDERS), fill)
    found = {}
    for entry in able:
        is_alone = bool(entry.needs & (GRADIENTS if is_own else PER_UNIT))
        alignment = entry.run(lone if is_alone else encoding).made_by(entry.name, {})
        place = 0 if is_alone else row
        order = curves.strongest_first(strengths(alignment)[place])
        own = _scores(encoding, row, np.stack([order, order[::-1]]), fill)
        found[entry.name] = _figures(alignment, place, Masked(curves.sizes(len(order)), *own, random), boxes)
    return found, float(inside_boxes(encoding.key.boxes, boxes).mean())


def phrases() -> Iterator[tuple[Text, Image, np.ndarray]]:
    """Draw scenes without end, and give one phrase of each that names something: the text with that phrase, the picture, the boxes."""
    for index in itertools.count():
        scene, rng = scenes.compose_scene(SPLIT, 0, index)
        drawn, caption = render(scene, scenes.SIDE), tell(scene, random_list(rng, scene, full=True), "en")
        phrase = rng.choice([p for p in caption.phrases if p.objects])
        boxes = [box for i in phrase.objects if (box := drawn.box(i, phrase.part))]
        if boxes:
            yield Text(caption.text, (phrase.span,)), Image(drawn.pixels), np.array(boxes)


def _scores(encoding: Encoding, row: int, orders: np.ndarray, fill: str) -> np.ndarray:
    """Score a unit with the first patches of some orders (N, K) kept, at the steps of `curves.sizes`: (N, S + 1)."""
    kept = curves.kept_first(orders, curves.sizes(orders.shape[1]))  # (N, S + 1, K), alike at both ends
    ends, between = kept[0, [0, -1]], kept[:, 1:-1].reshape(-1, orders.shape[1])
    found = encoding.score_masked(row, np.concatenate([ends, between]), fill)
    first, last = np.repeat(found[:2, None, None], len(orders), axis=1)
    return np.concatenate([first, found[2:].reshape(len(orders), -1), last], axis=1)


def _figures(alignment: Alignment, place: int, masked: Masked, boxes: np.ndarray) -> dict[str, float]:
    """Judge the map at `place`; a flat one is as good as chance by its curves, and no region in the boxes is a miss."""
    evidence = Evidence(alignment, place, masked={"": masked}, boxes=boxes)
    areas = {name: scores[name].run(evidence).get("") for name in FIGURES[1:]}
    pointing = scores["pointing"].run(evidence) or 0.0
    return {"pointing": pointing} | {name: 0.5 if area is None else area.better for name, area in areas.items()}


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 4)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phrases", type=int, default=FEW, help=f"phrases a model (default: {FEW})")
    parser.add_argument("--models", nargs="*", help="default: all bundled ones that are ready")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="a model: after so many no phrase is begun any more")
    parser.add_argument("--write", action="store_true", help=f"keep what is found in {PATH.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
