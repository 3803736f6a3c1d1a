"""Does the panel tell right from wrong? Planted maps on drawn scenes: `python -m tests.trust.panel` measures 200."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mmviz.axes import TextAxis
from mmviz.models import checkpoints
from mmviz.results import Encoding
from mmviz.samples import Image, Text
from mmviz.trust import curves
from mmviz.trust.evidence import Evidence, Masked
from mmviz.trust.judge import judge
from mmviz.trust.sinks import is_sink
from mmviz.trusts import Trust
from mmviz.worlds import scenes
from mmviz.worlds.captions import Caption, random_list, tell
from mmviz.worlds.render import Rendered, render
from tests.trust import planted

SPLIT = "panel"
FILLS = ("blur", "mean")


@dataclass(frozen=True)
class Told:
    """A drawn scene, with its caption."""

    drawn: Rendered
    caption: Caption

    def covered(self, grid: tuple[int, int], span: tuple[int, int]) -> np.ndarray:
        """Give the share of every patch that shows what the innermost phrase around a span names, (K,); 0 without one."""
        around = [p for p in self.caption.phrases if p.span[0] <= span[0] and span[1] <= p.span[1] and p.objects]
        if not around:
            return np.zeros(grid[0] * grid[1])
        phrase = min(around, key=lambda p: p.span[1] - p.span[0])
        shown = np.any([self.drawn.mask(index, phrase.part) for index in phrase.objects], axis=0)
        return by_patch(shown, grid)


def by_patch(shown: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """Average a mask of pixels over the patches of a grid, (K,)."""
    rows, columns = (np.minimum(np.arange(n) * cells // n, cells - 1) for n, cells in zip(shown.shape, grid, strict=True))
    where = (rows[:, None] * grid[1] + columns).ravel()
    return np.bincount(where, shown.ravel(), grid[0] * grid[1]) / np.bincount(where, minlength=grid[0] * grid[1])


def told(count: int, side: int = scenes.SIDE) -> Iterator[Told]:
    """Draw scenes with full captions."""
    for index in range(count):
        scene, rng = scenes.compose_scene(SPLIT, 0, index)
        yield Told(render(scene, side), tell(scene, random_list(rng, scene, full=True), "en"))


# Right maps against random ones


def prefers_right(encoding: Encoding, right: np.ndarray, row: int, rng: np.random.Generator, fills=FILLS) -> bool:
    """Tell whether the panel gives a planted right map the better numbers than a random one."""
    random = {fill: _random(encoding, row, fill) for fill in fills}
    one, other = (_judged(encoding, strengths, row, random).better for strengths in (right, rng.uniform(size=len(right))))
    return one > other


def _random(encoding: Encoding, row: int, fill: str) -> np.ndarray:
    n_patches = len(encoding.key)
    kept = curves.kept_first(curves.random_orders(n_patches, curves.ORDERS), curves.sizes(n_patches))
    return encoding.score_masked(row, kept.reshape(-1, n_patches), fill).reshape(kept.shape[:2])


def _judged(encoding: Encoding, strengths: np.ndarray, row: int, random: dict[str, np.ndarray]) -> Trust:
    order, sizes = curves.strongest_first(strengths), curves.sizes(len(strengths))
    kept = curves.kept_first(np.stack([order, order[::-1]]), sizes)
    masked = {}
    for fill, table in random.items():
        own = encoding.score_masked(row, kept.reshape(-1, len(order)), fill).reshape(2, -1)
        masked[fill] = Masked(sizes, *own, table)
    maps = np.broadcast_to(strengths, (len(encoding.query), len(order)))
    return judge(encoding.alignment(maps, scale="relevance"), row, masked=masked)


def preferences(model: str, count: int, fills=FILLS) -> list[bool]:
    """Judge a right and a random map of one phrase of every scene."""
    rng, found = np.random.default_rng(1), []
    with checkpoints.lease(model, "cpu") as checkpoint:
        for scene in told(count):
            phrase = next(p for p in scene.caption.phrases if p.objects and not p.part)
            said = Text(scene.caption.text, (phrase.span,))
            keep = frozenset({"score_masked"})
            encode = checkpoint.family.functions["encode"]
            encoding = encode(checkpoint, said, Image(scene.drawn.pixels), target="prompt", unit="phrase", keep=keep)
            row = [tuple(span) for span in encoding.query.spans.tolist()].index(phrase.span)
            found.append(prefers_right(encoding, scene.covered(encoding.key.grid, phrase.span), row, rng, fills))
    return found


# Sinks against clean maps


def clean(scene: Told, grid: tuple[int, int], rng: np.random.Generator) -> Evidence:
    """Plant what every word of a caption names, with some noise; words that name nothing have smooth noise alone."""
    axis = _words(scene.caption)
    maps = [scene.covered(grid, tuple(span)) + 0.15 * _smooth(grid, rng) for span in axis.spans]
    made = planted.alignment(np.stack(maps), grid=grid, query=axis)
    named = [row for row in range(len(axis) - 1) if scene.covered(grid, tuple(axis.spans[row])).any()]
    return Evidence(made, int(rng.choice(named)))


def with_sinks(evidence: Evidence, scene: Told, rng: np.random.Generator) -> Evidence:
    """Put 30 to 70 % of every map's weight on one or two patches of the background, about the same ones of it each."""
    grid, maps = evidence.alignment.key.grid, evidence.alignment.scores.copy()
    empty = np.flatnonzero(by_patch(scene.drawn.owner > 0, grid) == 0)
    places = rng.choice(empty, rng.integers(1, 3), replace=False)
    share = np.clip(rng.uniform(0.3, 0.7) * rng.uniform(0.8, 1.2, (len(maps), 1)), 0, 0.8)
    maps[:, places] += share / (1 - share) * maps.sum(1, keepdims=True) * rng.dirichlet(np.full(len(places), 8.0))
    return replace(evidence, alignment=replace(evidence.alignment, scores=maps.astype(np.float32)))


def warned(count: int, grid: tuple[int, int], alone: bool = False) -> tuple[list[bool], list[bool]]:
    """Say of every scene whether it is warned of a planted sink, and of a clean map, beside other words' maps or alone."""
    rng, sinks, cleans = np.random.default_rng(2), [], []
    for scene in told(count, side=96):
        evidence = clean(scene, grid, rng)
        pair = (evidence, with_sinks(evidence, scene, rng))
        for found, planted_one in zip((cleans, sinks), pair, strict=True):
            found.append(is_sink(_alone(planted_one) if alone else planted_one))
    return sinks, cleans


def _alone(evidence: Evidence) -> Evidence:
    """Leave the judged map without the others."""
    only, query = slice(evidence.row, evidence.row + 1), evidence.alignment.query
    axis = TextAxis(query.text, query.spans[only], ("text",), query.cut[only], query.unknown[only])
    return Evidence(planted.alignment(evidence.alignment.scores[only], grid=evidence.alignment.key.grid, query=axis), 0)


def _words(caption: Caption) -> TextAxis:
    from mmviz.media.words import find_words

    spans = [*find_words(caption.text), (0, len(caption.text))]
    no = np.zeros(len(spans), bool)
    return TextAxis(caption.text, np.array(spans), ("word",) * (len(spans) - 1) + ("text",), no, no)


def _smooth(grid: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(rng.uniform(size=grid), 1, mode="nearest")
    return ((noise - noise.min()) / np.ptp(noise)).ravel()


def main() -> None:
    """Print the figures of 200 scenes."""
    for grid in ((12, 12), (7, 7), (16, 24)):
        for alone in (False, True):
            sinks, cleans = warned(200, grid, alone)
            figures = {"sinks warned": np.mean(sinks), "clean warned": np.mean(cleans), "n": len(sinks)}
            print(json.dumps({"grid": grid, "alone": alone, **figures}), flush=True)
    found = preferences("clip-mini", 200)
    print(json.dumps({"right preferred": np.mean(found), "n": len(found)}))


if __name__ == "__main__":
    main()
