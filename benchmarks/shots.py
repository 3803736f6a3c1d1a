"""Shots found in composed films whose transitions are known, false ones in single shots, and how fast a 720p film is read.

Material are drawn films and strong drawn motion, and, where it is at hand, real clips (`--clips DIR`, by default what tests/real uses).
"""

import argparse
import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mmviz.media import shots, video
from mmviz.worlds import films, motion, webm

CLIPS = Path(__file__).parents[2] / "shared" / "data" / "film"
SINGLE = (
    "bigbuckbunny.mp4",
    "toy_crystal.webm",
    "toy_elf.webm",
    "toy_frog.webm",
    "toy_monster.webm",
    "toy_pig.webm",
    "toy_rabbit.webm",
)
#: Pixels across and down of composed films.
SIZE = (256, 144)
#: Kinds of transition and their share, and how many frames those that take time have.
SHARES, SPANS = (0.4, 0.32, 0.14, 0.14), (8, 40)
#: A cut found this far from the true one, in seconds, or outside a slow transition by as much, is right.
NEAR = 0.1


@dataclass
class Count:
    """Transitions that are there, were found, and are right."""

    asked: int = 0
    found: int = 0
    right: int = 0

    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / max(1, self.asked + self.found)

    def recall(self) -> float:
        """Share of what is there that was found."""
        return self.right / max(1, self.asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=40, help="composed films of 12 transitions each; 0 leaves them out")
    parser.add_argument("--clips", type=Path, default=CLIPS, help="folder of real clips")
    parser.add_argument("--workers", type=int, default=2, help="processes that compose films")
    parser.add_argument("--composed-only", action="store_true", help="leave out single shots and speed")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.films:
        composed(given)
    if not given.composed_only:
        for name, reels in (("real", pool(given.clips)[: len(SINGLE)]), ("drawn motion", moving(60))):
            singles(name, reels)
        speed(given.clips)


@lru_cache(maxsize=1)  # once in every process
def pool(folder: Path) -> list[np.ndarray]:
    """Read single real shots, small: those of one shot each, then the parts of those that are cut."""
    if not folder.is_dir():
        return []
    reels = [decoded(folder / name) for name in SINGLE]
    cut = decoded(folder / "scene_cuts.mp4")
    return [*reels, *(cut[a + 2 : b - 2] for a, b in zip((0, 30, 76, 137, 187), (30, 76, 137, 187, 242), strict=True))]


def decoded(path: Path) -> np.ndarray:
    import av

    with av.open(str(path)) as container:
        frames = [f.reformat(*SIZE, format="rgb24", interpolation="AREA").to_ndarray() for f in container.decode(video=0)]
    return np.stack(frames)


def composed(given: argparse.Namespace) -> None:
    """Compose films, and count what is found with and without the switch."""
    counts = {gradual: ({kind: Count() for kind in motion.KINDS}, Count(), Count()) for gradual in (False, True)}
    with ProcessPoolExecutor(given.workers) as workers:
        rows = workers.map(found_in, [given.seed] * given.films, range(given.films), [given.clips] * given.films)
        for truth, *both in rows:
            for found, own in zip(both, counts.values(), strict=True):
                judge(found, truth, *own)
    for gradual, (kinds, every, hard) in counts.items():
        switch = "with the switch on" if gradual else "hard cuts alone"
        say(
            f"{every.asked} transitions, {switch}: F1 of hard cuts ({hard.asked})", hard.f1(), None if gradual else ">= .99", hard
        )
        say(f"{every.asked} transitions, {switch}: F1 of all", every.f1(), ">= .93" if gradual else None, every)
        for kind, count in kinds.items():
            asked = ">= .85" if gradual and kind == "dissolve" else None
            say(f"{every.asked} transitions, {switch}: recall of {kind} ({count.asked})", count.recall(), asked)


def found_in(seed: int, index: int, clips: Path) -> tuple[list, np.ndarray, np.ndarray]:
    """Compose and write a film; give its transitions, and the cuts found without and with the switch."""
    frames, truth = compose(np.random.default_rng([seed, index]), pool(clips))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.webm"
        webm.encode(path, frames, motion.RATE, "")
        shown = list(video.thumbnails(video.parse(path)))
    return truth, *(shots.divide(shown, gradual=gradual).axis.starts[1:] for gradual in (False, True))


def compose(rng: np.random.Generator, real: list[np.ndarray]) -> tuple[list[np.ndarray], list[tuple[str, float, float]]]:
    """Make a film of thirteen shots, real and drawn ones in turn as they come; no shot follows itself."""
    kinds = rng.choice(motion.KINDS, 12, p=SHARES)
    spans = [0 if kind == "cut" else int(rng.integers(*SPANS)) for kind in kinds]
    frames, truth, tail, before = [], [], None, -1
    for number in range(13):
        ahead, behind = spans[number - 1] if number else 0, spans[number] if number < 12 else 0
        part, before = take(rng, real, before, ahead + behind + int(rng.integers(20, 75)))
        if number:
            start = len(frames)
            frames += list(motion.blend(rng, kinds[number - 1], tail, part[:ahead]))
            truth.append((str(kinds[number - 1]), start / motion.RATE, len(frames) / motion.RATE))
        frames += list(part[ahead : len(part) - behind])
        tail = part[len(part) - behind :]
    return frames, truth


def take(rng: np.random.Generator, real: list[np.ndarray], before: int, count: int) -> tuple[np.ndarray, int]:
    """Choose a stretch of a real shot, or draw one; shots that are too short go to and fro."""
    import cv2

    if real and rng.random() < 0.5:
        row = int(rng.choice([n for n in range(len(real)) if n != before]))
        start = int(rng.integers(0, max(1, len(real[row]) - count)))
        places = np.abs((np.arange(start, start + count) + len(real[row]) - 1) % (2 * len(real[row]) - 2) - len(real[row]) + 1)
        return real[row][places], row
    film = films.script(int(rng.integers(10**6)), 0, "benchmark", events=1)
    shown = films.Take(film.takes[0].scene, film.takes[0].action, count, 0)
    return np.stack([cv2.resize(films._frame(shown, n, count), SIZE, interpolation=cv2.INTER_AREA) for n in range(count)]), -1


def judge(found: np.ndarray, truth, kinds: dict[str, Count], every: Count, hard: Count) -> None:
    """Count what is right: each cut found belongs to at most one transition, and the other way round."""
    left = list(found)
    for kind, start, end in truth:
        near = [cut for cut in left if start - NEAR <= cut <= end + NEAR]
        for count in (kinds[kind], every, *([hard] if kind == "cut" else [])):
            count.asked, count.right = count.asked + 1, count.right + bool(near)
        if near:
            left.remove(near[0])
        hard.found += kind == "cut" and bool(near)
    inside = [cut for cut in left if any(s - NEAR <= cut <= e + NEAR for kind, s, e in truth if kind != "cut")]
    every.found += len(found)
    hard.found += len(left) - len(inside)


def moving(count: int) -> list[np.ndarray]:
    """Draw single shots of strong motion that no training has seen."""
    return [motion.shot(np.random.default_rng([7, index]), 200) for index in range(count)]


def singles(name: str, reels: list[np.ndarray]) -> None:
    import cv2

    wrong, minutes = {False: 0, True: 0}, sum(map(len, reels)) / motion.RATE / 60
    for reel in reels:
        small = [cv2.resize(frame, video.THUMBNAIL, interpolation=cv2.INTER_AREA) for frame in reel]
        for gradual in wrong:
            frames = ((n / motion.RATE, 1 / motion.RATE, frame) for n, frame in enumerate(small))
            wrong[gradual] += len(shots.divide(frames, gradual=gradual).axis) - 1
    for gradual, count in wrong.items() if minutes else ():
        switch = "with the switch on" if gradual else "hard cuts alone"
        say(
            f"false cuts a minute in {minutes:.1f} minutes of single shots ({name}), {switch}",
            count / minutes,
            "<= .5" if gradual else None,
        )


def speed(folder: Path) -> None:
    """Time a 720p film against its own length, on the processor's clock."""
    path = folder / "bigbuckbunny.mp4"
    for gradual in (False, True) if path.exists() else ():
        film, started = video.parse(path), time.process_time()
        seconds = shots.find(film, gradual=gradual).seconds
        spent = time.process_time() - started
        switch = "with the switch on" if gradual else "hard cuts alone"
        say(f"times real time at 720p (H.264), {switch}", seconds / spent, ">= 10")


def say(figure: str, value: float, asked: str | None = None, count: Count | None = None) -> None:
    row = {"figure": figure, "value": round(value, 3)} | ({"asked": asked} if asked else {})
    print(json.dumps(row | ({"right": count.right, "there": count.asked, "found": count.found} if count else {})), flush=True)


if __name__ == "__main__":
    main()
