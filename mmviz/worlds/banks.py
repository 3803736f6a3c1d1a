"""Banks of texts to measure a score against: `python -m mmviz.worlds.banks` writes `assets/banks/`."""

from pathlib import Path

from mmviz.worlds import edits, everyday, scenes
from mmviz.worlds.captions import random_list, tell
from mmviz.worlds.lexicon import LANGUAGES

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "banks"
SPLIT = "bank"
SIZE = 1_100


def main() -> None:
    """Write every bank, one sentence a line."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, sentences in made().items():
        (FOLDER / f"{name}.txt").write_text("\n".join(sentences) + "\n", "utf-8")


def made() -> dict[str, list[str]]:
    """Make up the banks by name; no sentence stands twice in one."""
    english, chinese = drawn()
    return {
        "drawn-world": english,
        "drawn-world-zh": chinese,
        "everyday": everyday.english(),
        "everyday-zh": everyday.chinese(),
    }


def drawn(size: int = SIZE) -> tuple[list[str], list[str]]:
    """Tell scenes of a split of their own, half of them whole, the others in part or by a relation.

    Returns:
        Captions in English, and the same in Chinese; line by line of the same scene.
    """
    told: dict[tuple[str, str], None] = {}
    seen: set[str] = set()
    index = 0
    while len(told) < size:
        scene, rng = scenes.compose_scene(SPLIT, 0, index)
        plan = edits.plan_for(rng, "relation", scene) if index % 4 == 3 else None
        plan = plan or random_list(rng, scene, full=index % 2 == 0)
        pair = tuple(tell(scene, plan, language).text for language in LANGUAGES)
        if not seen & set(pair):
            told[pair] = None
            seen |= set(pair)
        index += 1
    return [english for english, _ in told], [chinese for _, chinese in told]


if __name__ == "__main__":
    main()
