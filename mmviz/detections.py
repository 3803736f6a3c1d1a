"""Truth figures of regions: whether a detector finds things, and which region a word means where the true ones are given."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import RegionAxis
from mmviz.registry import methods
from mmviz.samples import Image, Text
from mmviz.space import precision
from mmviz.space.figures import figure
from mmviz.space.precision import Boxes
from mmviz.worlds import scenes
from mmviz.worlds.captions import random_list, tell
from mmviz.worlds.render import render
from mmviz.worlds.spec import compose, rng_of

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

SPLIT = "evaluate"
#: Score from which a detector's boxes are ranked: far below what is shown.
FAINT = 0.02
#: Objects a scene has at least.
OBJECTS = 3


def measure_detection(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Find the things in scenes: average precision over all points of recall, and what a visitor is shown.

    `ap50`, `ap75`: of all boxes in one ranking, right from an overlap of .5 or .75; `ap50_mean_of_things` is the mean of every thing's own.
    `found` is the share of true boxes that are found at the detector's own threshold, `right` that of given boxes that are right.
    """
    rng, detect = rng_of(SPLIT, seed, 8), checkpoint.family.functions["detect"]
    told = [compose(rng, SPLIT, parts=0.3) for _ in range(count)]
    true, every, given = [], [], []
    for scene in told:
        drawn = render(scene, scenes.SIDE)
        seen = [(drawn.box(i), group.thing) for i, group in enumerate(g for g in scene.groups for _ in g.placed)]
        own = [(box, thing) for box, thing in seen if box is not None]
        true.append(Boxes(np.array([box for box, _ in own]), tuple(thing for _, thing in own), np.ones(len(own))))
        image = Image(drawn.pixels)
        for kept, said in ((every, {"threshold": FAINT}), (given, {})):
            axis = detect(checkpoint, [image], **said)[0]
            kept.append(Boxes(axis.boxes, axis.names, axis.scores))
    figures = precision.figures(every, given, true)
    return {"detection": {name: {"value": round(value, 4), "n": n, "chance": 0.0} for name, (value, n) in figures.items()}}


def measure_true_boxes(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Give a model that reads regions the true boxes of a scene's objects, and ask which of them each phrase means.

    Right is a phrase whose strongest region is one of the objects it speaks of; chance is the mean share of those among all objects.
    The detector has no part in which regions there are, so what is wrong is the model's own.
    """
    if "encode_regions" not in checkpoint.family.functions or checkpoint.model.detector is None:
        return {}
    offers = checkpoint.family.functions["offers"](checkpoint.config)
    able = [m for m in methods if m.needs <= offers - {"score_masked"} and checkpoint.family.targets[0] in m.targets]
    keep, rng = frozenset().union(*(method.needs for method in able)), rng_of(SPLIT, seed, 10)
    hits: dict[str, list[bool]] = {method.name: [] for method in able}
    chances: list[float] = []
    for _ in range(count):
        text, image, axis, meant = _told(rng)
        encoding = checkpoint.family.functions["encode_regions"](checkpoint, text, image, axis, unit="phrase", keep=keep)
        rows = [encoding.query.spans.tolist().index(list(span)) for span in meant]
        chances += [len(objects) / len(axis) for objects in meant.values()]
        for method in able:
            strongest = method.run(encoding).scores[rows].argmax(1).tolist()
            hits[method.name] += [place in objects for place, objects in zip(strongest, meant.values(), strict=True)]
    chance = float(np.mean(chances))
    return {"pointing_true_boxes": {name: figure(np.array(found), chance) for name, found in hits.items()}}


def _told(rng: Any) -> tuple[Text, Image, RegionAxis, dict[tuple[int, int], set[int]]]:
    """Draw a scene of at least three objects: its caption, picture and true boxes, and by phrase which boxes are meant."""
    scene = compose(rng, SPLIT, parts=0.2)
    while sum(len(group.placed) for group in scene.groups) < OBJECTS:
        scene = compose(rng, SPLIT, parts=0.2)
    drawn, caption = render(scene, scenes.SIDE), tell(scene, random_list(rng, scene, full=True), "en")
    every = [drawn.box(i) for i in range(sum(len(group.placed) for group in scene.groups))]
    places = {i: place for place, i in enumerate(i for i, box in enumerate(every) if box is not None)}
    meant = {p.span: {places[i] for i in p.objects if i in places} for p in caption.phrases if p.objects and not p.part}
    meant = {span: objects for span, objects in meant.items() if objects}
    boxes = np.array([every[i] for i in places], np.float64).reshape(-1, 4)
    size = drawn.pixels.shape[1], drawn.pixels.shape[0]
    axis = RegionAxis(boxes, ("",) * len(boxes), np.ones(len(boxes), np.float32), "object", (0.0, 0.0, 1.0, 1.0), size)
    return Text(caption.text, tuple(meant)), Image(drawn.pixels), axis, meant
