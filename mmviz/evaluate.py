"""Truth figures of a checkpoint on fresh drawn material: how often it is right where the truth is known.

Every scene comes from the split "evaluate", which no training has seen. Each figure outside retrieval is
`{value, n, chance}`; what a model cannot do is absent.
"""

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz import pipeline
from mmviz.decodings import measure_decoding
from mmviz.detections import measure_detection, measure_true_boxes
from mmviz.pipeline.vectors import check_vectors
from mmviz.registry import methods
from mmviz.samples import Image, Text
from mmviz.sayings import measure_saying
from mmviz.space.figures import Figure, auroc, figure, mean
from mmviz.space.retrieval import recall
from mmviz.space.ways import nearer
from mmviz.trust.pointing import inside_boxes
from mmviz.worlds import atlas, edits, scenes, ways
from mmviz.worlds.captions import Plan, random_list, tell
from mmviz.worlds.claims import claims_of, holds
from mmviz.worlds.lexicon import COLOUR_WORDS, EDITS, LANGUAGES, Language
from mmviz.worlds.render import render
from mmviz.worlds.spec import Scene, compose, held_out, rng_of

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

SPLIT, POOL, GALLERY = "evaluate", 100, 20
#: Pools of a model that has to match every text with every picture, where each pair is a pass: 10,000 of them a pool.
MATCHED_POOLS = 3
#: Fields of Encoding that take many passes a phrase: methods that need one point on every tenth scene only.
COSTLY = frozenset({"score_masked", "input_grad"})
#: Methods that can be asked for one layer; they are on every fourth scene.
BY_LAYER = ("attention", "gradcam")


def evaluate(
    model: str,
    *,
    seed: int = 0,
    count: int = 1000,
    others: int | None = None,
    only: Collection[str] = (),
    device: str = "auto",
    progress: Callable[[str], None] = lambda what: None,
) -> dict[str, Any]:
    """Measure a model on drawn scenes that no training has seen.

    Args:
        model: a name of `mmviz list models`.
        seed: of the scenes.
        count: how many scenes for retrieval and pointing; the other figures take as many or half as many.
        others: instead of `count` for all figures but retrieval; None for as many.
        only: names of `MEASURES` that are measured; none for all.
        device: "auto", "cpu", "cuda" or "mps".
        progress: told what comes next.

    Returns:
        The contract's figures.

    Raises:
        ModelError: the model cannot be loaded, or has no vectors to compare.
    """
    from mmviz.models import checkpoints

    with checkpoints.lease(model, device) as checkpoint:
        finds = "detect" in checkpoint.family.functions and "encode" not in checkpoint.family.functions
        if not finds and not _matches(checkpoint):
            check_vectors(checkpoint.family, model)
        figures: dict[str, Any] = {"model": checkpoint.id, "seed": seed, "count": count, "concepts": len(atlas.load().things)}
        figures |= {} if others is None else {"others": others}
        for name, measure in ({"boxes": measure_detection} if finds else MEASURES).items():
            if only and name not in only:
                continue
            progress(name)
            figures |= measure(checkpoint, seed, count if name == "retrieval" or others is None else others)
    return figures


def measure_retrieval(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Find each full caption's picture, and each picture's caption, among 100; with vectors also among all of up to 1,000."""
    told = _unique(seed, count)
    pools = [slice(start, start + POOL) for start in range(0, max(len(told) - POOL, 0) + 1, POOL)]
    texts = {language: [tell(scene, plan, language).text for scene, plan in told] for language in LANGUAGES}
    if not _has_vectors(checkpoint):
        few = pools if _pairs_cost_nothing(checkpoint) else pools[:MATCHED_POOLS]
        found: dict[str, list] = {language: [] for language in LANGUAGES}
        for pool in few:
            tables = _matched(checkpoint, [text for own in texts.values() for text in own[pool]], [s for s, _ in told[pool]])
            for language, table in zip(LANGUAGES, np.split(tables, len(LANGUAGES)), strict=True):
                found[language].append(recall(table))
        return {"retrieval": {language: mean(recalls) for language, recalls in found.items()}}
    images = _see(checkpoint, (scene for scene, _ in told))
    tables = {language: _read(checkpoint, own) @ images.T for language, own in texts.items()}
    return {
        "retrieval": {language: mean([recall(table[pool, pool]) for pool in pools]) for language, table in tables.items()},
        "retrieval_1000": {language: recall(table[:1000, :1000]) for language, table in tables.items()},
    }


def measure_matching(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Tell right pairs from wrong ones by the matching head: AUROC against other scenes' captions, and against minimal edits."""
    if not _matches(checkpoint):
        return {}
    told, easy = _unique(seed, count), {}
    claims, n = [claims_of(scene, plan) for scene, plan in told], len(told)
    wrong = [(i, (i + 1) % n) for i in range(n) if not holds(claims[i], told[(i + 1) % n][0])]
    pairs = np.array([(i, i) for i in range(n)] + wrong)
    texts = [text for language in LANGUAGES for text in _captions(told, language)]
    every = np.concatenate([pairs + [k * n, 0] for k in range(len(LANGUAGES))])
    logits = _score(checkpoint, texts, _draw(scene for scene, _ in told), every)
    for language, own in zip(LANGUAGES, np.split(logits, len(LANGUAGES)), strict=True):
        easy[language] = auroc(own[:n], own[n:])
    made = [edits.pair(rng_of(SPLIT, seed, 7, i, n), kind, SPLIT) for i, kind in enumerate(EDITS) for n in range(count // 8)]
    table = _groups(checkpoint, [side for pair in made for side in pair], 2, ("en",))["en"]["pairs"]
    hard = auroc(table[:, [0, 1], [0, 1]].ravel(), table[:, [1, 0], [0, 1]].ravel())
    return {"matching": {"auroc_easy": easy["en"], "auroc_easy_zh": easy["zh"], "auroc_hard": hard}}


def measure_zero_shot(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Name the one thing in a picture among all things, its colour, and the thing when its colour is told."""
    if not _has_vectors(checkpoint):
        return {}
    rng = rng_of(SPLIT, seed, 2)
    shown = [compose(rng, SPLIT, counts=(1,), parts=0.0) for _ in range(count)]
    images = _see(checkpoint, shown)
    names, colours = list(atlas.load().things), list(COLOUR_WORDS)
    english = {name: atlas.load().things[name].words["en"][0] for name in names}
    plain = _read(checkpoint, [_a(english[name]) for name in names])
    coloured = {c: _read(checkpoint, [_a(f"{COLOUR_WORDS[c]['en']} {english[name]}") for name in names]) for c in colours}
    things = np.array([names.index(scene.groups[0].thing) for scene in shown])
    seen = np.array([colours.index(scene.groups[0].seen_colour) for scene in shown])
    tinted = np.array([scene.groups[0].colour is not None for scene in shown])
    unseen = np.array([tinted[i] and held_out(s.groups[0].thing, s.groups[0].seen_colour) for i, s in enumerate(shown)])
    table = np.stack([coloured[c] for c in colours])  # (colours, things, D)
    concept = (images @ plain.T).argmax(1) == things
    colour = (np.einsum("ncd,nd->nc", table[:, things].transpose(1, 0, 2), images)).argmax(1) == seen
    given = (np.einsum("ntd,nd->nt", table[seen], images)).argmax(1) == things
    zero_shot = {
        "concept": figure(concept, 1 / len(names)),
        "colour": figure(colour[tinted], 1 / len(colours)),
        "concept_given_colour": figure(given[tinted], 1 / len(names)),
    }
    if unseen.any():
        zero_shot["concept_given_unseen_colour"] = figure(given[unseen], 1 / len(names))
    return {"zero_shot": zero_shot}


def measure_ways(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Hold three ways to say a thing ("a picture of a cat", "a cat", "cat") against those of every other thing.

    Right is a thing beside another one when the least likeness among its own three ways is above the greatest of one of them and
    one of the other's; `ways_of_all` asks the same beside all others at once.
    """
    if not _has_vectors(checkpoint):
        return {}
    found: dict[str, Any] = {"ways": {}, "ways_of_all": {}}
    for language in LANGUAGES:
        said = ways.ways(language)
        above = nearer(_read(checkpoint, [way for row in said for way in row]).reshape(len(said), 3, -1))  # (things, things)
        others = ~np.eye(len(said), dtype=bool)
        found["ways"][language] = figure(above[others], 1 / comb(3 + 9, 3))  # its own three the first of so many cosines
        found["ways_of_all"][language] = figure((above | ~others).all(1), 1 / comb(3 + 9 * (len(said) - 1), 3))
    return found


def measure_shape_gallery(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Find a thing's picture among 20 that differ in nothing but the thing."""
    rng = rng_of(SPLIT, seed, 3)
    hits = []
    for _ in range(max(1, count // GALLERY)):
        told = edits.siblings(rng, SPLIT, GALLERY)
        table = _compared(checkpoint, _captions(told, "en"), [scene for scene, _ in told])
        hits.append(table.argmax(1) == np.arange(GALLERY))
    return {"shape_gallery": figure(np.concatenate(hits), 1 / GALLERY)}


def measure_pairs(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Choose a picture's caption out of two that differ by one edit, both pictures drawn; and relations out of four.

    By the matching head where there is one; what its vectors choose is then in `pairs_contrast`.
    """
    figures: dict[str, Any] = {"pairs": {}, "pairs_zh": {}, "pairs_picture": {}}
    if _matches(checkpoint) and _has_vectors(checkpoint):
        figures |= {"pairs_contrast": {}, "pairs_contrast_zh": {}}
    for i, kind in enumerate(EDITS):
        pairs = [edits.pair(rng_of(SPLIT, seed, 4, i, n), kind, SPLIT) for n in range(count // 2)]
        told = [side for pair in pairs for side in pair]
        for language, tables in _groups(checkpoint, told, 2).items():
            for way, table in tables.items():  # (pairs, captions, pictures)
                own, other = table[:, [0, 1], [0, 1]], table[:, [1, 0], [0, 1]]  # by picture: its caption, the other
                figures[way if language == "en" else f"{way}_zh"][kind] = figure(own > other, 0.5)
                if language == "en" and way == "pairs":
                    figures["pairs_picture"][kind] = figure(own > table[:, [0, 1], [1, 0]], 0.5)
    figures["relation_of_four"] = _relation_of_four(checkpoint, seed, count // 4)
    return figures


def _groups(
    checkpoint: "Checkpoint", told: list[tuple[Scene, Plan]], size: int, languages: Sequence[Language] = LANGUAGES
) -> dict[Language, dict[str, np.ndarray]]:
    """Compare captions and pictures within groups of `size`, by the matching head ("pairs") or by vectors; pictures are seen once.

    Returns:
        Language -> way -> shape (groups, size captions, size pictures); the second way, where a model has both, is "pairs_contrast".
    """
    captions = {language: _captions(told, language) for language in languages}
    found: dict[Language, dict[str, np.ndarray]] = {language: {} for language in languages}
    images = _draw(scene for scene, _ in told)
    if _matches(checkpoint):
        within = [(g + c, g + p) for g in range(0, len(told), size) for c in range(size) for p in range(size)]
        pairs = np.concatenate([np.array(within) + [n * len(told), 0] for n in range(len(languages))])
        logits = _score(checkpoint, [text for own in captions.values() for text in own], images, pairs)
        for language, own in zip(languages, np.split(logits, len(languages)), strict=True):
            found[language]["pairs"] = own.reshape(-1, size, size)
    if _has_vectors(checkpoint):
        seen = checkpoint.family.functions["embed"](checkpoint, images).vectors.reshape(len(told) // size, size, -1)
        for language, own in captions.items():
            way = "pairs_contrast" if found[language] else "pairs"
            found[language][way] = np.einsum("ncd,npd->ncp", _read(checkpoint, own).reshape(seen.shape), seen)
    return found


def _relation_of_four(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Figure]:
    quads = [edits.quad(rng_of(SPLIT, seed, 5, n), SPLIT) for n in range(max(count, 1))]
    tables = _groups(checkpoint, [side for quad in quads for side in quad], 4)  # each (quads, captions, pictures)
    return {language: figure(own["pairs"].argmax(1) == np.arange(4), 0.25) for language, own in tables.items()}


def measure_pointing(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Ask of every phrase that has boxes whether its strongest patch lies in one of them."""
    rng = rng_of(SPLIT, seed, 6)
    mixed = [_of_three(rng, same_look=False) for _ in range(count)]
    alike = [_of_three(rng, same_look=True) for _ in range(max(1, count // 2))]
    offers = checkpoint.family.functions["offers"](checkpoint.config)
    able = [entry for entry in methods if entry.needs <= offers and checkpoint.family.targets[0] in entry.targets]
    every = {entry.name: (entry.name, {}) for entry in able if not entry.needs & COSTLY}
    costly = {entry.name: (entry.name, {}) for entry in able if entry.needs & COSTLY}
    with_parts = [t for t in mixed if any(g.part for g in t[0].groups)]
    return {
        "pointing": _point(checkpoint, mixed, every) | _point(checkpoint, mixed[::10], costly),
        "pointing_parts": _point(checkpoint, with_parts, every, only_parts=True),
        "pointing_same_look": _point(checkpoint, alike, every) | _point(checkpoint, alike[::10], costly),
        "pointing_layers": _point_by_layer(checkpoint, mixed[::4], set(every)),
    }


def _point_by_layer(checkpoint: "Checkpoint", told: list[tuple[Scene, Plan]], able: set[str]) -> dict[str, dict[str, Figure]]:
    """Ask the same of attention and Grad-CAM on one layer alone, for every layer."""
    depth = checkpoint.family.functions["looking"](checkpoint.config)[0]
    asked = {f"{name} {i}": (name, {"layers": str(i)}) for name in BY_LAYER if name in able for i in range(depth)}
    found = _point(checkpoint, told, asked)
    return {name: {key.split()[1]: found[key] for key in found if key.split()[0] == name} for name in BY_LAYER if name in able}


def _of_three(rng: random.Random, same_look: bool) -> tuple[Scene, Plan]:
    """Make up a scene of at least three objects, and its full caption."""
    while True:
        scene = compose(
            rng,
            SPLIT,
            counts=(1,) * rng.randint(3, 5) if same_look else None,
            same_look=same_look,
            parts=0.0 if same_look else 0.2,
        )
        if sum(len(group.placed) for group in scene.groups) >= 3:
            return scene, random_list(rng, scene, full=True)


def _point(
    checkpoint: "Checkpoint",
    told: list[tuple[Scene, Plan]],
    asked: dict[str, tuple[str, dict[str, str]]],
    only_parts: bool = False,
) -> dict[str, Figure]:
    """Score methods, each with its options, under the model's first target."""
    if not asked:
        return {}
    hits: dict[str, list[bool]] = {name: [] for name in asked}
    chances: list[float] = []
    for scene, plan in told:
        drawn, caption = render(scene, scenes.SIDE), tell(scene, plan, "en")
        phrases = [p for p in caption.phrases if p.objects and (p.part > 0 or not only_parts)]
        boxes = [[b for b in (drawn.box(i, p.part) for i in p.objects) if b] for p in phrases]
        text = Text(caption.text, tuple(p.span for p in phrases))
        found = pipeline.align_many(
            text, Image(drawn.pixels), list(asked.values()), model=checkpoint.name, unit="phrase", store=False
        )
        rows = _rows(found[0].query.spans, phrases)
        inside = [inside_boxes(found[0].key.boxes, np.array(own).reshape(-1, 4)) for own in boxes]
        chances += [float(mask.mean()) for mask in inside]
        for name, alignment in zip(asked, found, strict=True):
            hits[name] += [bool(mask[alignment.scores[row].argmax()]) for row, mask in zip(rows, inside, strict=True)]
    return {name: figure(np.array(found), float(np.mean(chances))) for name, found in hits.items() if found}


def _rows(spans: np.ndarray, phrases: Sequence[Any]) -> list[int]:
    """Find each phrase's row on the text axis; a phrase of one word is that word's row."""
    places = {tuple(span): row for row, span in enumerate(spans.tolist())}
    return [places[p.span] for p in phrases]


MEASURES = {
    "retrieval": measure_retrieval,
    "matching": measure_matching,
    "zero-shot": measure_zero_shot,
    "ways to say it": measure_ways,
    "shape gallery": measure_shape_gallery,
    "minimal edits": measure_pairs,
    "pointing": measure_pointing,
    "true boxes": measure_true_boxes,
    "decoding": measure_decoding,
    "saying": measure_saying,
}


def _unique(seed: int, count: int) -> list[tuple[Scene, Plan]]:
    """Make up scenes with full captions, no caption twice."""
    told: dict[str, tuple[Scene, Plan]] = {}
    index = 0
    while len(told) < count:
        scene, rng = scenes.compose_scene(SPLIT, seed, index)
        plan = random_list(rng, scene, full=True)
        told.setdefault(tell(scene, plan, "en").text, (scene, plan))
        index += 1
    return list(told.values())


def _captions(told: list[tuple[Scene, Plan]], language: Language) -> list[str]:
    return [tell(scene, plan, language).text for scene, plan in told]


def _see(checkpoint: "Checkpoint", shown: Iterable[Scene]) -> np.ndarray:
    """Draw scenes at the size people get, and give their vectors, shape (N, D)."""
    return checkpoint.family.functions["embed"](checkpoint, _draw(shown)).vectors


def _read(checkpoint: "Checkpoint", texts: list[str]) -> np.ndarray:
    return checkpoint.family.functions["embed"](checkpoint, [Text(text) for text in texts]).vectors


def _has_vectors(checkpoint: "Checkpoint") -> bool:
    return "embed" in checkpoint.family.functions


def _matches(checkpoint: "Checkpoint") -> bool:
    return "score_pairs" in checkpoint.family.functions


def _pairs_cost_nothing(checkpoint: "Checkpoint") -> bool:
    """Tell whether a pair more is a product of vectors that are there, not a pass."""
    return checkpoint.family.functions.get("pair_cost", lambda _: "pass")(checkpoint.config) == "product"


def _draw(shown: Iterable[Scene]) -> list[Image]:
    return [Image(render(scene, scenes.SIDE).pixels) for scene in shown]


def _score(checkpoint: "Checkpoint", texts: list[str], images: list[Image], pairs: np.ndarray) -> np.ndarray:
    return checkpoint.family.functions["score_pairs"](checkpoint, [Text(text) for text in texts], images, pairs)


def _matched(checkpoint: "Checkpoint", texts: list[str], shown: Sequence[Scene]) -> np.ndarray:
    """Score every text with every scene by the matching head, shape (N, M)."""
    every = np.stack(np.meshgrid(np.arange(len(texts)), np.arange(len(shown)), indexing="ij"), -1).reshape(-1, 2)
    return _score(checkpoint, texts, _draw(shown), every).reshape(len(texts), len(shown))


def _compared(checkpoint: "Checkpoint", texts: list[str], shown: Sequence[Scene]) -> np.ndarray:
    """Compare every text with every scene, by vectors where the model has them, else by the matching head; (N, M)."""
    return (
        _read(checkpoint, texts) @ _see(checkpoint, shown).T if _has_vectors(checkpoint) else _matched(checkpoint, texts, shown)
    )


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
