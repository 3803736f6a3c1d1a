"""Drawn films with a text that tells them: things act in places, and which shot shows which clause is known.

A film is a row of takes. An event is one thing (or two, or three alike) that does something somewhere; it is shown in one to three takes
and told in one clause. Some takes show what nobody tells, some clauses tell what nobody sees, and in a flashback text and film differ in
their order.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mmviz.errors import StorageError
from mmviz.media import video as media
from mmviz.samples import Video
from mmviz.worlds import captions, motion, webm
from mmviz.worlds.lexicon import BACKGROUNDS, LANGUAGES, Language
from mmviz.worlds.render import render
from mmviz.worlds.spec import Placed, Scene, compose, rng_of

#: Frames a second, pixels across and down (a render is a square, of which the middle rows are shown).
RATE, WIDTH, HEIGHT = 25, 320, 240
SPLIT, VERSION = "draw", 1
#: Mean difference, 0 to 255, that a frame may have from the one it claims to be: packing loses no more.
LOSS = 6.0
#: What things do: how that is told of one and of several, and in Chinese; and how x, y, size and angle change from start to end.
ACTIONS: dict[str, tuple[str, str, str, tuple[float, float, float, float]]] = {
    "left": ("moves to the left", "move to the left", "向左移动", (-0.3, 0.0, 0.0, 0.0)),
    "right": ("moves to the right", "move to the right", "向右移动", (0.3, 0.0, 0.0, 0.0)),
    "up": ("rises", "rise", "向上升起", (0.0, -0.22, 0.0, 0.0)),
    "down": ("sinks", "sink", "往下降落", (0.0, 0.22, 0.0, 0.0)),
    "nearer": ("comes closer", "come closer", "慢慢靠近", (0.0, 0.0, 0.5, 0.0)),
    "away": ("goes away", "go away", "慢慢远去", (0.0, 0.0, -0.4, 0.0)),
    "sway": ("sways", "sway", "来回摇晃", (0.0, 0.0, 0.0, 12.0)),
}
#: What leads from the clause before to the next, in time order; to something earlier; and back from there.
_JOINTS: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {"next": (". ", ". ", ", then ", ", and ", ". After that, "), "earlier": (". Before that, ",), "back": (". Later, ",)},
    "zh": {"next": ("。", "。", "，然后", "，", "。接着，"), "earlier": ("。在此之前，",), "back": ("。后来，",)},
}


@dataclass(frozen=True)
class Event:
    """What is shown and told: a scene whose first group acts.

    Attributes:
        scene: with one group.
        action: a key of ACTIONS.
        mention: how the group is spoken of.
    """

    scene: Scene
    action: str
    mention: captions.Mention


@dataclass(frozen=True)
class Take:
    """One shot of a film.

    Attributes:
        scene: at its beginning.
        action: of the first group.
        frames: how many show it alone.
        event: which event it shows, by its number, or None where nobody tells it.
    """

    scene: Scene
    action: str
    frames: int
    event: int | None


@dataclass(frozen=True)
class Clause:
    """One clause of the text: an event, by its number in `Script.events`, and how it is joined to the clause before."""

    event: int
    joint: str
    wording: int


@dataclass(frozen=True)
class Script:
    """A whole film.

    Attributes:
        events: all that is shown or told.
        takes: in the order of the film.
        transitions: kind and number of frames of what stands between two takes.
        clauses: in the order of the text.
        flashback: "film" (it shows something again out of order), "text" (it tells "before that") or None.
    """

    events: tuple[Event, ...]
    takes: tuple[Take, ...]
    transitions: tuple[tuple[str, int], ...]
    clauses: tuple[Clause, ...]
    flashback: str | None


def script(seed: int, index: int = 0, split: str = SPLIT, events: int | None = None) -> Script:
    """Make up a film.

    Args:
        seed, index, split: of a set of films, and which of it; other splits never have the same.
        events: how many are shown; None for 4 to 8.
    """
    rng = rng_of(split, 77, seed, index)
    count = events or rng.randint(4, 8)
    actors = [compose(rng, split, counts=(rng.choice((1, 1, 1, 2, 3)),)) for _ in range(max(2, count - count // 3))]
    # every actor is seen at least once, and some again, somewhere else
    cast = [*range(len(actors)), *(rng.randrange(len(actors)) for _ in range(count - len(actors)))]
    rng.shuffle(cast)
    made = [_event(rng, actors[actor]) for actor in cast]
    flashback = rng.choice((None, "film", "text")) if count > 2 else None
    order = list(range(count))
    moved = _moved(rng, order) if flashback else order
    told = [event for event in (moved if flashback == "text" else order) if rng.random() < 0.85] or [0]
    extra = [_event(rng, compose(rng, split, counts=(1,))) for _ in range(count) if rng.random() < 0.15]
    takes = _takes(rng, made, moved if flashback == "film" else order, split)
    clauses = _clauses(rng, told, len(made), len(extra))
    transitions = tuple(_transition(rng) for _ in takes[1:])
    return Script((*made, *extra), tuple(takes), transitions, tuple(clauses), flashback)


def frames(film: Script) -> Iterator[np.ndarray]:
    """Draw a film, frame by frame: shape (240, 320, 3), uint8, RGB."""
    rng = np.random.default_rng(len(film.takes))
    tail = np.zeros((0, HEIGHT, WIDTH, 3), np.uint8)
    for number, take in enumerate(film.takes):
        kind, ahead = film.transitions[number - 1] if number else ("cut", 0)
        behind = film.transitions[number][1] if number < len(film.transitions) else 0
        total = ahead + take.frames + behind
        head = np.stack([_frame(take, n, total) for n in range(ahead)]) if ahead else tail[:0]
        yield from motion.blend(rng, kind, tail, head)
        yield from (_frame(take, n, total) for n in range(ahead, ahead + take.frames))
        tail = np.stack([_frame(take, n, total) for n in range(total - behind, total)]) if behind else tail[:0]


def bounds(film: Script) -> tuple[list[tuple[float, float]], list[tuple[str, float, float]]]:
    """Give where shots begin and end, in seconds (in the middle of what leads from one to the next), and the transitions."""
    starts, transitions, at = [0.0], [], 0
    for take, (kind, span) in zip(film.takes, film.transitions, strict=False):
        at += take.frames
        transitions.append((kind, at / RATE, (at + span) / RATE))
        starts.append((at + span / 2) / RATE)
        at += span
    end = (at + film.takes[-1].frames) / RATE
    return list(zip(starts, [*starts[1:], end], strict=True)), transitions


def tell(film: Script, language: Language) -> tuple[str, list[tuple[int, int]]]:
    """Tell a film.

    Returns:
        The text, and each clause's start and end in code points; together they are the text.
    """
    text, starts = "", []
    for clause in film.clauses:
        joint = _JOINTS[language][clause.joint][clause.wording] if starts else ""
        pause = len(joint) - len(joint.lstrip(". ,。，"))
        said = _said(film.events[clause.event], language)
        capital = joint[pause:] == "" and language == "en" and joint[:1] != ","
        text += joint[:pause]
        starts.append(len(text))
        text += joint[pause:] + (said[0].upper() + said[1:] if capital else said)
    text += "." if language == "en" else "。"
    return text, list(zip(starts, [*starts[1:], len(text)], strict=True))


def pairs(film: Script) -> list[tuple[int, int]]:
    """Give which take is told by which clause, both by their numbers from 0."""
    return [
        (shot, number)
        for shot, take in enumerate(film.takes)
        for number, clause in enumerate(film.clauses)
        if take.event == clause.event
    ]


def truth(film: Script, file: str) -> dict[str, Any]:
    """Give a film's item of truth.json, as the contract has it, with its transitions and flashback beside."""
    shots, transitions = bounds(film)
    texts = {}
    for language in LANGUAGES:
        text, clauses = tell(film, language)
        texts[language] = {"text": text, "clauses": [{"start": start, "end": end} for start, end in clauses]}
    return {
        "file": file,
        "shots": [{"start": start, "end": end} for start, end in shots],
        "texts": texts,
        "pairs": {language: [list(pair) for pair in pairs(film)] for language in LANGUAGES},
        "transitions": [{"kind": kind, "start": start, "end": end} for kind, start, end in transitions],
        "flashback": film.flashback,
    }


def write(seed: int, count: int, folder: Path, split: str = SPLIT) -> dict[str, Any]:
    """Write films as WebM files (VP8, 320 x 240, 25 frames a second) and their truth as truth.json.

    Args:
        seed: the same seed writes the same bytes.
        count: how many.
        folder: there already; files of the same names are replaced.
        split: other splits never have the same films.

    Returns:
        `files`, paths of the films, and `truth`, path of truth.json.

    Raises:
        StorageError: something could not be written, such as a full disk.
    """
    items, files = [], []
    try:
        for index in range(count):
            film, path = script(seed, index, split), folder / f"film-{seed}-{index:04d}.webm"
            webm.encode(path, frames(film), RATE, f"films v{VERSION} {split} {seed} {index}")
            files.append(str(path))
            items.append(truth(film, path.name))
        said = {"version": VERSION, "kind": "films", "split": split, "seed": seed, "items": items}
        (folder / "truth.json").write_text(json.dumps(said, ensure_ascii=False), "utf-8")
    except OSError as error:
        done = f"{len(files)} of {count} were written"
        raise StorageError(f"{folder} cannot take more files ({error.strerror}); {done}. Make room or name another.") from error
    return {"files": files, "truth": str(folder / "truth.json")}


def truth_of(video: Video) -> dict[str, Any] | None:
    """Give the item of truth.json of a drawn film, or None for any other film.

    A film is what it claims to be when frames from four of its shots are those that are drawn anew, but for what packing loses.
    """
    if video.claim is None or (video.width, video.height) != (WIDTH, HEIGHT):
        return None
    split, seed, index = video.claim
    film = script(seed, index, split)
    shots, _ = bounds(film)
    for number in sorted({round(n * (len(shots) - 1) / 3) for n in range(4)}):
        place, drawn = _middle(film, number)
        seen = next(media.frames_at(video, [place / RATE + 0.5 / RATE], media.MAX_SIDE)).pixels
        if np.abs(seen.astype(int) - drawn).mean() > LOSS:
            return None
    return truth(film, video.name)


def prove(video: Video) -> Video:
    """Give a film back as "drawn" when it is the one it claims to be."""
    return video if truth_of(video) is None else replace(video, source="drawn")


def _middle(film: Script, number: int) -> tuple[int, np.ndarray]:
    """Draw the middle frame of what a take shows alone, and say which frame of the film it is."""
    spans = [0, *(span for _, span in film.transitions), 0]
    before = sum(take.frames for take in film.takes[:number]) + sum(spans[: number + 1])
    take = film.takes[number]
    half = take.frames // 2
    return before + half, _frame(take, spans[number] + half, spans[number] + take.frames + spans[number + 1])


def _event(rng: random.Random, actor: Scene) -> Event:
    group = actor.groups[0]
    scene = Scene(rng.choice(list(BACKGROUNDS)), rng.randrange(48), (group,))
    mention = captions.Mention(0, "a", size=rng.random() < 0.3, colour=True, part=True, wording=int(rng.random() < 0.35))
    return Event(scene, rng.choice(list(ACTIONS)), mention)


def _moved(rng: random.Random, order: list[int]) -> list[int]:
    """Move one or two of the first events to a later place."""
    count = rng.randint(1, 2) if len(order) > 3 else 1
    first = rng.randint(0, max(0, len(order) - count - 2))
    block, rest = order[first : first + count], order[:first] + order[first + count :]
    place = rng.randint(first + 1, len(rest) - (1 if len(rest) > first + 1 else 0))
    return rest[:place] + block + rest[place:]


def _takes(rng: random.Random, events: list[Event], order: list[int], split: str) -> list[Take]:
    takes = []
    for number in order:
        event = events[number]
        for _ in range(rng.choices((1, 2, 3), (0.5, 0.3, 0.2))[0]):
            takes.append(Take(_framed(rng, event), event.action, rng.randint(30, 75), number))
        while rng.random() < 0.2:
            other = _event(rng, compose(rng, split, counts=(1,)))
            takes.append(Take(_framed(rng, other), other.action, rng.randint(30, 60), None))
    return takes


def _framed(rng: random.Random, event: Event) -> Scene:
    """Put the actors where their action has room, each take somewhere else and from another variant of the place."""
    group = event.scene.groups[0]
    dx, dy, grows, _ = ACTIONS[event.action][3]
    x, y = 0.5 - dx / 2 + rng.uniform(-0.06, 0.06), 0.52 - dy / 2 + rng.uniform(-0.05, 0.05)
    gap, near = 0.26, rng.uniform(1.0, 1.3) * (0.75 if grows > 0 else 1.0)
    offsets = [(n - (len(group.placed) - 1) / 2) * gap for n in range(len(group.placed))]
    placed = tuple(
        Placed(x + gone, y + rng.uniform(-0.04, 0.04), near, p.angle, p.flip)
        for gone, p in zip(offsets, group.placed, strict=True)
    )
    return replace(event.scene, variant=rng.randrange(48), groups=(replace(group, placed=placed),))


def _clauses(rng: random.Random, told: list[int], shown: int, extra: int) -> list[Clause]:
    """Tell events in the given order, and in between what is not shown; "before that" stands where the order goes back."""
    clauses, before, furthest = [], -1, -1
    for event in told:
        joint = "earlier" if event < before else "back" if before < furthest < event else "next"
        clauses.append(Clause(event, joint, rng.randrange(5) if joint == "next" else 0))
        before, furthest = event, max(furthest, event)
    for number in range(extra):
        place = rng.randint(0, len(clauses))
        clauses.insert(place, Clause(shown + number, "next", rng.randrange(5)))
    return clauses


def _transition(rng: random.Random) -> tuple[str, int]:
    kind = rng.choices(motion.KINDS, (0.6, 0.25, 0.1, 0.05))[0]
    return kind, 0 if kind == "cut" else rng.randint(10, 25)


def _frame(take: Take, number: int, total: int) -> np.ndarray:
    share = number / max(1, total - 1)
    dx, dy, grows, swing = ACTIONS[take.action][3]
    group = take.scene.groups[0]
    angle = swing * np.sin(6.3 * share * total / RATE)
    placed = tuple(_at(p, (share * dx, share * dy, 1 + grows * share, float(angle))) for p in group.placed)
    top = (WIDTH - HEIGHT) // 2
    return render(replace(take.scene, groups=(replace(group, placed=placed),)), WIDTH).pixels[top : top + HEIGHT]


def _at(placed: Placed, change: tuple[float, float, float, float]) -> Placed:
    x, y, size, angle = change
    return Placed(placed.x + x, placed.y + y, placed.jitter * size, placed.angle + angle, placed.flip)


def _said(event: Event, language: Language) -> str:
    """Say an event as one clause: "a red cat moves to the left in a meadow", 一只红色的猫在草地上向左移动."""
    plan = captions.Plan("list", (event.mention,))
    who = captions.tell(event.scene, plan, language).text
    one, several, chinese, _ = ACTIONS[event.action]
    where = BACKGROUNDS[event.scene.background][language]
    if language == "zh":
        return f"{who}在{where}{chinese}"
    return f"{who} {one if len(_members(event)) == 1 else several} {where}"


def _members(event: Event) -> tuple[Placed, ...]:
    return event.scene.groups[0].placed
