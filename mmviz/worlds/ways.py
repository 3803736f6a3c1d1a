"""Three ways to say a thing: as a picture of it, with its article, and the bare noun.

`python -m mmviz.worlds.ways` writes those of all drawn things to `assets/ways/`, one thing a line, the ways between tabs.
"""

from pathlib import Path

from mmviz.worlds import atlas
from mmviz.worlds.lexicon import LANGUAGES, NUMBERS, Language

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "ways"
#: What is written around a thing with its article to speak of a picture of it.
FRAMES: dict[Language, tuple[str, str]] = {"en": ("a picture of ", ""), "zh": ("", "的图片")}


def main() -> None:
    """Write the ways of all things, a file a language."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        (FOLDER / f"{language}.txt").write_text("".join("\t".join(row) + "\n" for row in ways(language)), "utf-8")


def ways(language: Language) -> list[tuple[str, str, str]]:
    """Say every drawn thing in three ways: ("a picture of a cat", "a cat", "cat"), or 一只猫的图片, 一只猫, 猫."""
    rows, (before, after) = [], FRAMES[language]
    for thing in atlas.load().things.values():
        noun, measure = thing.words[language][0], thing.words["zh"][1]
        one = f"{NUMBERS['zh'][1]}{measure}{noun}" if language == "zh" else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
        rows.append((f"{before}{one}{after}", one, noun))
    return rows


if __name__ == "__main__":
    main()
