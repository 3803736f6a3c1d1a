"""One map on the page: laid out once, written out again whenever the language changes or points are chosen."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mmviz import pipeline
from mmviz.registry import views
from mmviz.spaces import Neighbours, Retrieval, Space
from mmviz.ui import menus, reading, space_words
from mmviz.ui.material import ACROSS, THUMB, Material
from mmviz.ui.work import Cancelled, Progress, Step, steps
from mmviz.views.space import ORDERED

#: Items whose names are sent, pairs that are ranked, and rows of the table of queries.
MOST_NAMES, MOST_RANKED, MOST_QUERIES = 20_000, 20_000, 200
#: Of more items principal components are shown before neighbours are looked for.
AT_ONCE = 5_000
#: Bounds of the ranks that one label stands for.
BOUNDS = (1, 5, 10, 100)


@dataclass(frozen=True)
class Wanted:
    """How to lay out: method, seed, whether a second seed stands beside, whether modalities are centred."""

    method: str = "umap"
    seed: int = 0
    twice: bool = False
    centred: bool = False


@dataclass(frozen=True)
class Mapped:
    """What is on the page; immutable, one a visitor.

    Attributes:
        material: what it is made of.
        wanted: how it was to be laid out.
        spaces: the map, and another by the next seed where two were wanted.
        before, after: retrieval as the vectors are, and centred; None where there are no pairs or too many.
        is_first: principal components that are shown until the map that was asked for is done.
    """

    material: Material
    wanted: Wanted
    spaces: tuple[Space, ...]
    before: Retrieval | None
    after: Retrieval | None
    is_first: bool = False

    @property
    def space(self) -> Space:
        """The map that counts."""
        return self.spaces[0]


def lay_out(
    make: Callable[[Progress, Cancelled], Material] | Material, wanted: Wanted, device: str = "cpu"
) -> Iterator[Step | Mapped]:
    """Make a material and lay it out.

    Args:
        make: makes the material, or is it.
        wanted: how.
        device: where neighbours are looked for; as of `pipeline.space`.

    Yields:
        A `Step` each time a batch or an epoch is done; principal components as soon as there are vectors; then the map.

    Raises:
        MmvizError: something of it cannot be used.
    """
    begun: Mapped | None = None
    for found in steps(lambda progress, cancelled: _begin(make, wanted, device, (progress, cancelled))):
        yield found
        begun = found if isinstance(found, Mapped) else begun
    if begun.is_first:
        yield from steps(lambda progress, cancelled: _finish(begun, device, progress, cancelled))


def _begin(make: Any, wanted: Wanted, device: str, watch: tuple[Progress, Cancelled]) -> Mapped:
    material = make if isinstance(make, Material) else make(*watch)
    before, after = _retrieved(material)
    ranking, count = after if wanted.centred else before, sum(len(part.items) for part in material.parts)
    later = Neighbours.none(count) if count > AT_ONCE else None
    facts = {**_facts(material, wanted, watch[1]), "found": later, "device": device}
    shown = _tagged(pipeline.space(material.parts, "pca", wanted.seed, **facts), material, ranking)
    return Mapped(material, wanted, (shown,), before, after, wanted.method != "pca" or later is not None)


def _finish(begun: Mapped, device: str, progress: Progress, cancelled: Cancelled) -> Mapped:
    material, wanted, count = begun.material, begun.wanted, 1 + (begun.wanted.twice and begun.wanted.method != "pca")
    made, near = [], begun.space.neighbours if begun.space.neighbours.k else None
    for turn in range(count):

        def told(done: int, total: int, turn: int = turn) -> None:
            progress(turn * total + done, count * total)

        found = made[0].neighbours if made else near
        facts = {**_facts(material, wanted, cancelled), "found": found, "device": device, "progress": told}
        made.append(pipeline.space(material.parts, wanted.method, wanted.seed + turn, **facts))
    return replace(begun, spaces=tuple(replace(space, tags=begun.space.tags) for space in made), is_first=False)


def _facts(material: Material, wanted: Wanted, cancelled: Cancelled) -> dict[str, Any]:
    return {"pairs": material.pairs, "centred": wanted.centred, "left_out": material.left_out, "cancelled": cancelled}


def _retrieved(material: Material) -> tuple[Retrieval | None, Retrieval | None]:
    """Rank pictures for texts and texts for pictures, as they are and centred."""
    parts = material.parts[:2]
    if not 0 < len(material.pairs) <= MOST_RANKED or max(len(part.items) for part in parts) > MOST_RANKED:
        return None, None
    truth = pipeline.truth_of(parts, material.pairs)
    return tuple(pipeline.retrieval(*parts, truth, centred=centred) for centred in (False, True))


def _tagged(space: Space, material: Material, ranking: Retrieval | None) -> Space:
    """Add what was said of the items, and at which rank each finds what belongs to it."""
    tags = dict(material.tags)
    if ranking is not None:
        ranks = np.zeros(len(space), np.int64)
        ranks[ranking.text_to_image.queries] = ranking.text_to_image.ranks
        ranks[ranking.image_to_text.queries + len(material.parts[0].items)] = ranking.image_to_text.ranks
        tags["rank"] = tuple(_label(rank) for rank in ranks.tolist())
        tags["error"] = tuple("" if rank == 0 else "right" if rank == 1 else "wrong" for rank in ranks.tolist())
    return replace(space, tags=tags, model=material.model)


def _label(rank: int) -> str:
    return "" if rank == 0 else ORDERED["rank"][int(np.searchsorted(BOUNDS, rank))]


def with_pair(shown: Mapped, text: str, picture: str, device: str) -> Mapped:
    """Place a pair of the visitor's own on the map, marked as added; nothing else moves.

    Raises:
        MmvizError: text or picture cannot be used, or the map cannot take them.
    """
    parts, _ = pipeline.embedded([text], [picture], shown.material.model, device, names=[Path(picture).name])
    return replace(shown, spaces=tuple(pipeline.placed(space, parts) for space in shown.spaces))


def payload(shown: Mapped, language: str) -> str:
    """Write what the map's widget draws."""
    return reading.written({**_drawn(shown), "words": space_words.widget(language)})


def _drawn(shown: Mapped) -> dict[str, Any]:
    spaces, material = [views["space"].run(space) for space in shown.spaces], shown.material
    sheet = {"picture": material.sheet, "side": THUMB, "across": ACROSS} if material.sheet else None
    names = list(shown.space.items.names) if len(shown.space) <= MOST_NAMES else []
    return {
        "space": spaces[0],
        "again": spaces[1] if len(spaces) > 1 else None,
        "names": names,
        "thumbs": sheet,
        "queries": _queries(shown),
        "can_open": material.path_of is not None,
        "is_first": shown.is_first and ("first" if shown.wanted.method == "umap" else "first_near"),
    }


def _queries(shown: Mapped) -> list[list[int]]:
    """List texts by the rank of their picture, the worst first: text, right picture, what stood first, rank; as items."""
    ranking = shown.after if shown.wanted.centred else shown.before
    if ranking is None:
        return []
    texts, found = len(shown.material.parts[0].items), ranking.text_to_image
    right = dict(reversed(shown.material.pairs.tolist()))
    worst = np.argsort(-found.ranks, kind="stable")[:MOST_QUERIES]
    rows = zip(found.queries[worst].tolist(), (found.first[worst] + texts).tolist(), found.ranks[worst].tolist())
    return [[text, right[text], first, rank] for text, first, rank in rows]


def facts_payload(shown: Mapped, language: str) -> str:
    """Write what stands beside the map: how far to believe it, the gap, retrieval before and after centring."""
    space, say = shown.space, lambda name, **facts: space_words.say(name, language, **facts)
    counts = {name: int((space.modality == i).sum()) for i, name in enumerate(space.modalities)}
    size = say("joiner").join(f"{count:,} {space_words.modality(name, language)}" for name, count in counts.items())
    title = menus.known_model(shown.material.model).title if shown.material.model else say("given")
    return reading.written(
        {
            "title": title,
            "size": size,
            "gap": None
            if space.gap is None
            else {"value": reading.number(space.gap), "name": say("gap"), "about": say("gap_about")},
            "centred": say("centred_now") if space.centred else "",
            "belief": [_belief(one, language) for one in shown.spaces],
            "belief_title": say("belief"),
            "retrieval": _retrieval(shown, language),
            "notes": _notes(shown, language),
        }
    )


def _belief(space: Space, language: str) -> dict[str, Any]:
    def say(name: str, **facts: Any) -> str:
        return space_words.say(name, language, **facts)

    if space.belief is None:
        note = say("too_few" if space.neighbours.k else "not_yet")
        return {"name": say("seed", seed=space.seed), "rows": [], "note": note}
    belief, near = space.belief, space.neighbours
    rows = [
        {
            "name": say("trustworthiness"),
            "value": f"{belief.trustworthiness:.3f}",
            "about": say("trustworthiness_about", k=belief.k),
        },
        {"name": say("kept"), "value": reading.percent(belief.neighbours_kept), "about": say("kept_about", k=belief.k)},
    ]
    if near.measured:
        about = say("recall_about", n=f"{near.measured:,}")
        rows.append({"name": say("recall"), "value": reading.percent(near.recall), "about": about})
    part = say("measured_on", n=f"{belief.measured:,}") if belief.measured < len(space) - int(space.added.sum()) else ""
    method = say(f"by_{space.method}")
    return {"name": say("laid_out", method=method, seed=space.seed), "rows": rows, "note": part}


def _retrieval(shown: Mapped, language: str) -> dict[str, Any] | None:
    if shown.before is None:
        return None

    def say(name: str) -> str:
        return space_words.say(name, language)

    sides = (("before", shown.before), ("after", shown.after))
    rows = []
    for way in ("text_to_image", "image_to_text"):
        figures = [getattr(side, way).figures for _, side in sides]
        for name in ("r1", "r5", "r10"):
            rows.append({"name": f"{say(way)} · {say(name)}", "values": [reading.percent(figure[name]) for figure in figures]})
        for name in ("median_rank", "map"):
            rows.append(
                {
                    "name": f"{say(way)} · {say('precision' if name == 'map' else name)}",
                    "values": [reading.number(figure[name]) for figure in figures],
                }
            )
    heads = [say("before"), say("after")]
    gaps = {"name": say("gap"), "values": [reading.number(side.gap) for _, side in sides]}
    return {"title": say("retrieval"), "heads": heads, "rows": [gaps, *rows], "now": int(shown.wanted.centred)}


def _notes(shown: Mapped, language: str) -> list[str]:
    space, notes = shown.space, []
    for reason, count in space.left_out.items():
        notes.append(space_words.say(f"left_{reason}", language, n=f"{count:,}", seed=space.seed))
    if "joint" in space.modalities:
        notes.append(space_words.say("joint_note", language))
    if shown.material.model and menus.known_model(shown.material.model).source == "bundled":
        notes.append(space_words.say("bundled_note", language))
    return notes


def step_payload(step: Step, stage: str, language: str) -> str:
    """Write how far the work is."""
    said = space_words.say(f"busy_{stage}", language, done=f"{step.done:,}", total=f"{step.total:,}", share=_share(step))
    return reading.written({"busy": said, "share": step.done / max(1, step.total)})


def _share(step: Step) -> int:
    return round(100 * step.done / max(1, step.total))


def chosen_rows(rows: Any, count: int) -> np.ndarray:
    """Read the rows a visitor chose: base64 of uint32; what is no row is left away.

    Args:
        rows: as the browser sent it.
        count: of items there are.
    """
    try:
        raw = base64.b64decode(str(rows or ""), validate=True)
    except ValueError:
        return np.zeros(0, np.int64)
    found = np.frombuffer(raw[: len(raw) // 4 * 4], "<u4").astype(np.int64)
    return np.unique(found[found < count])


def chosen_payload(shown: Mapped, rows: np.ndarray, language: str) -> str:
    """Write what is known of chosen points: how many of each modality, how alike, how many pairs lie whole among them."""
    space, chosen = shown.space, np.zeros(len(shown.space), bool)
    chosen[rows] = True
    whole = int(chosen[space.pairs].all(1).sum()) if len(space.pairs) else 0
    counts = [(name, int((space.modality[rows] == i).sum())) for i, name in enumerate(space.modalities)]
    said = space_words.say("joiner", language).join(f"{n:,} {space_words.modality(name, language)}" for name, n in counts if n)
    middle = space.vectors[rows].mean(0, dtype=np.float64) if len(rows) else np.zeros(1)
    alike = (len(rows) * float(middle @ middle) - 1) / (len(rows) - 1) if len(rows) > 1 else None
    facts = [space_words.say("chosen", language, n=f"{len(rows):,}", parts=said)]
    if alike is not None:
        facts.append(space_words.say("chosen_alike", language, cosine=reading.number(alike)))
    if len(space.pairs):
        facts.append(space_words.say("chosen_pairs", language, n=f"{whole:,}"))
    return reading.written({"said": facts, "rows": len(rows)})
