"""The atlas: every drawing rendered once, with where its main colour and its parts lie.

`python -m mmviz.worlds.atlas` (or `make drawings`) makes it from `assets/drawings/*.svg`; afterwards only
`assets/atlas.npz` and `assets/atlas.json` are read. A drawing rendered with its main shapes black and once more
with them white differs by exactly the share of each pixel that the main colour covers, so any colour is
one multiplication later on.
"""

import io
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SIDE = 128
#: Texture sides kept ready; the renderer takes the smallest that is not magnified.
LEVELS = (16, 24, 32, 48, 64, 96, 128)
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Part:
    """One named part of a thing.

    Attributes:
        name: the group's id in the drawing.
        words: {"en": (singular, plural), "zh": (word,)}.
        many: whether the thing has several of them ("the wheels of the car").
        recolourable: a colour of its own shows on it and leaves most of the thing as it was.
    """

    name: str
    words: dict[str, tuple[str, ...]]
    many: bool
    recolourable: bool


@dataclass(frozen=True)
class Thing:
    """One drawn thing: its words, its parts and its place in the atlas.

    Attributes:
        name, index: the drawing's file name, and its row in the atlas.
        words: {"en": (singular, plural), "zh": (word, measure word)}.
        colour: name of its natural colour.
        natural: that colour, red, green, blue in 0..255.
        parts: in painting order; part k has the number k + 1 in part maps.
        extent: (width, height) of the drawing with the longer side 1.
    """

    name: str
    index: int
    words: dict[str, tuple[str, ...]]
    colour: str
    natural: tuple[int, int, int]
    parts: tuple[Part, ...]
    extent: tuple[float, float]


@dataclass(frozen=True)
class Atlas:
    """All things with their textures.

    Attributes:
        things: by name, in alphabetical order.
        textures: for each side in LEVELS an array (N, side, side, 5), uint8: premultiplied red, green, blue with
            the main colour black, alpha, and the share covered by the main colour.
        part_maps: for each side an array (N, side, side), uint8: number of the part seen there, 0 outside.
    """

    things: dict[str, Thing]
    textures: dict[int, np.ndarray]
    part_maps: dict[int, np.ndarray]


@lru_cache(maxsize=1)
def load() -> Atlas:
    """Read the atlas and make its smaller textures."""
    import cv2

    things = {row["name"]: _thing(i, row) for i, row in enumerate(json.loads((ASSETS / "atlas.json").read_text("utf-8")))}
    with np.load(ASSETS / "atlas.npz", allow_pickle=False) as arrays:
        full, parts = arrays["textures"], arrays["parts"]
    textures, part_maps = {}, {}
    for side in LEVELS:
        shape = (side, side)
        textures[side] = np.stack(
            [np.dstack([cv2.resize(t[..., c], shape, interpolation=cv2.INTER_AREA) for c in range(5)]) for t in full]
        )
        part_maps[side] = np.stack([cv2.resize(p, shape, interpolation=cv2.INTER_NEAREST_EXACT) for p in parts])
    return Atlas(things, textures, part_maps)


def build() -> dict[str, int]:
    """Render every drawing into the atlas; needs resvg-py.

    Returns:
        Number of things and bytes of the two files.

    Raises:
        ValueError: a drawing breaks a rule of `assets/drawings/README.md`.
    """
    rows, textures, parts = [], [], []
    for path in sorted((ASSETS / "drawings").glob("*.svg")):
        row, texture, part_map = _render_drawing(path)
        rows.append(row)
        textures.append(texture)
        parts.append(part_map)
    np.savez_compressed(ASSETS / "atlas.npz", textures=np.stack(textures), parts=np.stack(parts))
    (ASSETS / "atlas.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return {"things": len(rows), "bytes": sum((ASSETS / f).stat().st_size for f in ("atlas.npz", "atlas.json"))}


def _render_drawing(path: Path) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    svg = path.read_text("utf-8")
    root = ElementTree.fromstring(svg)
    fills = {e.get("fill") for e in root.iter() if e.get("class") == "main"}
    groups = root.findall(f"{SVG}g")
    if len(fills) != 1 or len(groups) != len(list(root)) or not 2 <= len(groups) <= 6:
        raise ValueError(f"{path.name}: one main fill and 2 to 6 top-level parts are asked for, got {fills} and {len(groups)}")
    window, extent = _window(_png(svg, 512)[..., 3])
    black = _cut(_png(svg, 512, ".main{fill:#000}"), window)
    white = _cut(_png(svg, 512, ".main{fill:#fff}"), window)
    coverage = (white[..., :3].astype(int) - black[..., :3]).mean(-1).clip(0, 255)
    texture = np.dstack([black, coverage.round()]).astype(np.uint8)
    part_map = np.zeros((SIDE, SIDE), np.uint8)
    for number, group in enumerate(groups, 1):
        alone = _cut(_png(svg, 512, f"svg > *{{display:none}} #{group.get('id')}{{display:inline}}"), window)
        part_map[alone[..., 3] > 127] = number
    return _row(path.stem, root, groups, fills.pop(), extent, texture, part_map), texture, part_map


def _row(
    name: str, root, groups, fill: str, extent: tuple[float, float], texture: np.ndarray, part_map: np.ndarray
) -> dict[str, Any]:
    main = texture[..., 4].astype(float) / 255
    parts = []
    for number, group in enumerate(groups, 1):
        own = main[part_map == number].sum()
        share = own / max(main.sum(), 1)
        shows = own > 0.03 * (part_map > 0).sum() and own > 0.4 * (part_map == number).sum() and share < 0.6
        words = {"en": [group.get("data-en"), group.get("data-en-plural")], "zh": [group.get("data-zh")]}
        parts.append(
            {"name": group.get("id"), "words": words, "many": group.get("data-count") == "many", "recolourable": bool(shows)}
        )
    return {
        "name": name,
        "words": {
            "en": [root.get("data-en"), root.get("data-en-plural")],
            "zh": [root.get("data-zh"), root.get("data-zh-measure")],
        },
        "colour": root.get("data-colour"),
        "natural": [int(h, 16) for h in re.findall("..", fill.lstrip("#"))],
        "parts": parts,
        "extent": [round(v, 4) for v in extent],
    }


def _png(svg: str, side: int, style: str | None = None) -> np.ndarray:
    """Render to premultiplied RGBA, shape (side, side, 4), uint8."""
    import resvg_py
    from PIL import Image

    options = {"style_sheet": style} if style else {}
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side, **options))
    rgba = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(np.uint16)
    return np.dstack([rgba[..., :3] * rgba[..., 3:] // 255, rgba[..., 3]]).astype(np.uint8)


def _window(alpha: np.ndarray) -> tuple[tuple[int, int, int, int], tuple[float, float]]:
    """Find the smallest square around the drawing, and the drawing's extent in it."""
    rows, columns = np.flatnonzero(alpha.max(1) > 8), np.flatnonzero(alpha.max(0) > 8)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    side = max(bottom - top, right - left)
    y, x = (top + bottom - side) // 2, (left + right - side) // 2
    return (y, x, side, side), ((right - left) / side, (bottom - top) / side)


def _cut(rgba: np.ndarray, window: tuple[int, int, int, int]) -> np.ndarray:
    import cv2

    y, x, side, _ = window
    padded = np.pad(rgba, ((side, side), (side, side), (0, 0)))
    return cv2.resize(padded[y + side : y + 2 * side, x + side : x + 2 * side], (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _thing(index: int, row: dict[str, Any]) -> Thing:
    words = {language: tuple(forms) for language, forms in row["words"].items()}
    parts = tuple(
        Part(p["name"], {k: tuple(v) for k, v in p["words"].items()}, p["many"], p["recolourable"]) for p in row["parts"]
    )
    return Thing(row["name"], index, words, row["colour"], tuple(row["natural"]), parts, tuple(row["extent"]))


if __name__ == "__main__":
    print(build())
