"""How true each method is: pointing, insertion and deletion over phrases of fresh drawn scenes, for every bundled model.

Without options a few phrases are measured, enough to see that it works. `--phrases 300 --write` measures what the page orders
its menu of methods by, and writes it to assets/method_truth.json.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmviz import pipeline  # noqa: E402
from mmviz.models import checkpoints  # noqa: E402
from mmviz.pipeline.judging import PER_UNIT, alone  # noqa: E402
from mmviz.results import Alignment, Encoding  # noqa: E402
from mmviz.samples import Image, Text  # noqa: E402
from mmviz.storage.truth import PATH  # noqa: E402
from mmviz.trust import curves  # noqa: E402
from mmviz.trust.evidence import Masked, strengths  # noqa: E402
from mmviz.trust.judge import judge  # noqa: E402
from mmviz.trust.pointing import inside_boxes  # noqa: E402
from mmviz.trusts import Trust  # noqa: E402
from mmviz.worlds import scenes  # noqa: E402
from mmviz.worlds.captions import random_list, tell  # noqa: E402
from mmviz.worlds.render import render  # noqa: E402

#: Scenes of a split of their own: no training and no evaluation has seen them.
SPLIT, FEW = "truth", 8
#: Random orders a phrase, and what hidden patches are filled with: over hundreds of phrases the first of the fills is enough.
ORDERS, FILLS = curves.FEW_ORDERS, pipeline.FILLS[:1]
FIGURES = ("pointing", "insertion", "deletion")


def main() -> None:
    given = _arguments()
    names = given.models or [info.name for info in pipeline.models() if info.source == "bundled" and info.ready]
    found = {}
    for name in names:
        found[name] = measure(name, given.phrases, given.device)
        for method, figures in found[name]["methods"].items():
            row = {"figure": f"{name} by {method}: pointing", "value": figures["pointing"], "chance": found[name]["chance"]}
            beside = {f"{kind} beats random": figures[kind] for kind in FIGURES[1:]}
            print(json.dumps(row | beside | {"phrases": found[name]["phrases"]}), flush=True)
    if given.write:
        kept = json.loads(PATH.read_text("utf-8")) if PATH.exists() else {}
        PATH.write_text(json.dumps(kept | found, indent=1) + "\n", "utf-8")


def measure(name: str, count: int, device: str = "cpu") -> dict[str, Any]:
    """Measure all methods a model can serve under its default target.

    Args:
        name: of the model.
        count: how many phrases.
        device: where it runs.

    Returns:
        `checkpoint`, `target`, `phrases`, `chance` (of pointing), and by method `pointing` (share of phrases whose strongest
        patch lies in a true box) and `insertion`, `deletion` (mean share of random maps that do worse, hidden patches blurred).
    """
    rows: dict[str, list[Trust]] = {}
    chances: list[float] = []
    with checkpoints.lease(name, device) as checkpoint:
        target = checkpoint.family.targets[0]
        offers = checkpoint.family.functions["offers"](checkpoint.config)
        able = [entry for entry in pipeline.methods_of(name) if entry.needs <= offers and target in entry.targets]
        for text, image, boxes in phrases(count):
            keep = frozenset({"score_masked"}).union(*(entry.needs for entry in able))
            said = {"target": target, "unit": "phrase", "keep": keep}
            encoding = checkpoint.family.functions["encode"](checkpoint, text, image, **said)
            row = encoding.query.spans.tolist().index(list(text.phrases[0]))
            chances.append(float(inside_boxes(encoding.key.boxes, boxes).mean()))
            lone = alone(replace(encoding, attention=None, attention_grad=None), row)
            found = {}
            for entry in able:
                is_alone = bool(entry.needs & PER_UNIT)
                alignment = entry.run(lone if is_alone else encoding).made_by(entry.name, {})
                found[entry.name] = alignment, 0 if is_alone else row
            orders = curves.random_orders(len(encoding.key), ORDERS)
            random = {fill: _scores(encoding, row, orders, fill) for fill in FILLS}
            for method, (alignment, place) in found.items():
                rows.setdefault(method, []).append(_judged(encoding, row, alignment, place, random, boxes))
        facts = {"checkpoint": checkpoint.id, "target": target, "phrases": count, "chance": round(float(np.mean(chances)), 4)}
    return facts | {"methods": {method: _mean(trusts) for method, trusts in rows.items()}}


def phrases(count: int) -> Iterator[tuple[Text, Image, np.ndarray]]:
    """Draw scenes, and give one phrase of each that names something: the text with that phrase, the picture, the boxes."""
    index = given = 0
    while given < count:
        scene, rng = scenes.compose_scene(SPLIT, 0, index)
        index += 1
        drawn, caption = render(scene, scenes.SIDE), tell(scene, random_list(rng, scene, full=True), "en")
        phrase = rng.choice([p for p in caption.phrases if p.objects])
        boxes = [box for i in phrase.objects if (box := drawn.box(i, phrase.part))]
        if boxes:
            given += 1
            yield Text(caption.text, (phrase.span,)), Image(drawn.pixels), np.array(boxes)


def _scores(encoding: Encoding, row: int, orders: np.ndarray, fill: str) -> np.ndarray:
    """Score a unit with the first patches of some orders (N, K) kept, at the steps of `curves.sizes`: (N, S + 1)."""
    kept = curves.kept_first(orders, curves.sizes(orders.shape[1]))  # (N, S + 1, K), alike at both ends
    ends, between = kept[0, [0, -1]], kept[:, 1:-1].reshape(-1, orders.shape[1])
    found = encoding.score_masked(row, np.concatenate([ends, between]), fill)
    first, last = np.repeat(found[:2, None, None], len(orders), axis=1)
    return np.concatenate([first, found[2:].reshape(len(orders), -1), last], axis=1)


def _judged(
    encoding: Encoding, row: int, alignment: Alignment, place: int, random: dict[str, np.ndarray], boxes: np.ndarray
) -> Trust:
    """Judge the map at `place` of an alignment by the scores of the unit at `row` of the encoding."""
    order = curves.strongest_first(strengths(alignment)[place])
    own = {fill: _scores(encoding, row, np.stack([order, order[::-1]]), fill) for fill in random}
    masked = {fill: Masked(curves.sizes(len(order)), *own[fill], table) for fill, table in random.items()}
    return judge(alignment, place, masked=masked, boxes=boxes)


def _mean(trusts: list[Trust]) -> dict[str, float]:
    """Average over phrases; a flat map is as good as chance by its curves."""
    shares = {
        name: [np.mean([area.better for area in getattr(trust, name).values()] or [0.5]) for trust in trusts]
        for name in FIGURES[1:]
    }
    pointing = [trust.pointing for trust in trusts if trust.pointing is not None]
    return {name: round(float(np.mean(values)), 4) for name, values in ({"pointing": pointing} | shares).items()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phrases", type=int, default=FEW, help=f"phrases a model (default: {FEW})")
    parser.add_argument("--models", nargs="*", help="default: all bundled ones that are ready")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--write", action="store_true", help=f"keep what is found in {PATH.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
