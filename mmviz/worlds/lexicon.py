"""The drawn world's words: colours, sizes, places, relations and numbers, in English and Chinese."""

from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

#: name -> (red, green, blue) and Chinese adjective.
COLOURS: dict[str, tuple[tuple[int, int, int], str]] = {
    "red": ((214, 40, 40), "红色"),
    "orange": ((245, 132, 22), "橙色"),
    "yellow": ((250, 214, 40), "黄色"),
    "green": ((52, 150, 62), "绿色"),
    "blue": ((42, 98, 214), "蓝色"),
    "purple": ((136, 62, 172), "紫色"),
    "pink": ((248, 146, 186), "粉色"),
    "brown": ((132, 84, 46), "棕色"),
    "grey": ((148, 150, 154), "灰色"),
    "white": ((248, 248, 246), "白色"),
}
#: A natural colour only: outlines would drown in it.
NATURAL_ONLY = {"black": "黑色"}
COLOUR_WORDS: dict[str, dict[str, str]] = {
    **{name: {"en": name, "zh": zh} for name, (_, zh) in COLOURS.items()},
    **{name: {"en": name, "zh": zh} for name, zh in NATURAL_ONLY.items()},
}

#: Longer side of a thing's box as a share of the picture's side; two words each, equal in meaning.
SIZES: dict[str, float] = {"small": 0.146, "medium": 0.224, "large": 0.325}
SIZE_WORDS = {
    "small": {"en": ("small", "little"), "zh": ("小", "小")},
    "large": {"en": ("large", "big"), "zh": ("大", "大")},
}

BACKGROUNDS = {
    "meadow": {"en": "in a meadow", "zh": "草地上"},
    "beach": {"en": "on the beach", "zh": "沙滩上"},
    "snow": {"en": "in the snow", "zh": "雪地里"},
    "night": {"en": "at night", "zh": "夜空下"},
    "water": {"en": "under water", "zh": "水下"},
    "room": {"en": "in a room", "zh": "房间里"},
    "road": {"en": "on a road", "zh": "马路上"},
    "paper": {"en": "on paper", "zh": "白纸上"},
}

#: Two wordings each; the first thing stands there as seen from the second.
RELATIONS = {
    "left": {"en": ("to the left of", "left of"), "zh": ("左边", "左侧")},
    "right": {"en": ("to the right of", "right of"), "zh": ("右边", "右侧")},
    "above": {"en": ("above", "above"), "zh": ("上面", "上方")},
    "below": {"en": ("below", "below"), "zh": ("下面", "下方")},
}
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}

NUMBERS = {"en": ("", "one", "two", "three", "four"), "zh": ("", "一", "两", "三", "四")}
EDITS = ("noun", "colour", "colour_swap", "size", "count", "relation", "negation", "part")
