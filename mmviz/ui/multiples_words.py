"""What the panel "Side by side" says, in English and in Chinese."""

from typing import Any

from mmviz.axes import KeyKind
from mmviz.ui import nouns
from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Side by side: every method, every word, every layer", "并排看：所有方法、所有词、每一层"),
    "hint": (
        "Small maps of the answer above. A click or Enter puts one on the large picture.",
        "上面结果的小图。点一下或按回车，就放到大图上。",
    ),
    "unit": ("word", "词"),
    "whole": ("whole text", "整段文字"),
    "methods": ("All methods for this word", "这个词，用所有方法看"),
    "words": ("All words", "所有的词"),
    "layers": ("This word, layer by layer, by", "这个词，逐层看，方法："),
    "no_layers": (
        "No method goes layer by layer with this model, or its config does not say how many layers it has.",
        "这个模型没有可以逐层看的方法，或它的配置没有写明层数。",
    ),
    "busy": ("drawing: {done} of {total} methods", "正在画：{done} / {total} 种方法"),
    "begun": ("drawing", "正在画"),
    "stop": ("Stop", "停"),
    "grid": ("{title}. Arrow keys walk the maps, Enter puts one on the large picture", "{title}。方向键走小图，回车放到大图上"),
    "title_methods": ("“{unit}” by every method", "用所有方法看“{unit}”"),
    "title_words": ("Every word by {method}", "用{method}看每个词"),
    "title_layers": ("“{unit}” by {method}, layer by layer", "用{method}逐层看“{unit}”"),
    "said_methods": (
        "All maps answer the same question ({target}). The methods measure in different units, so colours are shares or ranks, not "
        "values; the number under a map is its strongest raw value, and where you point, the raw value is said below.",
        "所有小图回答同一个问题（{target}）。各方法单位不同，所以颜色是份额或名次，不是数值；小图下面是它最强处的原值，指到哪里，下面就写出那里的原值。",
    ),
    "said_words": (
        "All words have one scale, the large map's. The number is a map's strongest value.",
        "所有的词共用一个色标，和大图一样。数字是各图最强处的值。",
    ),
    "said_layers": (
        "All layers have one scale. Layer 0 is the first the picture goes through; the number is a map's strongest value.",
        "所有的层共用一个色标。第 0 层最先处理图片；数字是各图最强处的值。",
    ),
    "less_average": ("The average map of all words is taken away from each.", "每张图都减去了所有词的平均图。"),
    "colour": ("colour", "颜色"),
    "scale_ranks": ("rank: 0 weakest, 1 strongest {key}", "名次：0 最弱，1 最强的{key}"),
    "scale_shares": ("share of the map’s weight", "在各图总量中的份额"),
    "layer": ("layer {n}", "第 {n} 层"),
    "patch": ("row {r}, column {c}", "第 {r} 行第 {c} 列"),
    "region_keypoint": ("keypoint {n}", "第 {n} 个关键点"),
    "region_object": ("{name} ({n})", "{name}（{n}）"),
    "raw": ("{title} · {place}: {value} ({scale})", "{title}，{place}：{value}（{scale}）"),
    "rank": ("rank {rank}", "名次 {rank}"),
    "strongest": ("{title}: strongest at {places}", "{title}：最强处在{places}"),
    "flat": ("the same everywhere", "处处一样"),
    "shown": ("on the large picture: {title}", "已放到大图上：{title}"),
    "table": ("As a list: the strongest {keys} of every map", "列成表：每张图最强的{keys}"),
    "map": ("map", "图"),
    "measure": ("unit of the number", "数字的单位"),
    "patches": ("strongest {keys}", "最强的{keys}"),
    "export": ("Export as JSON", "导出 JSON"),
    "joiner": ("; ", "；"),
    "no_choice": ("That is not on this page any more; show a pair first.", "页面上已没有它；请先看一对图文。"),
}


def say(name: str, language: str, columns: KeyKind = "patch", **values: Any) -> str:
    """Give one text of the panel in a language, for a map of such columns."""
    return nouns.filled(TEXTS[name], columns, column(language)).format(**values)


def all_of(language: str, columns: KeyKind = "patch") -> dict[str, str]:
    """Give all texts of the panel in one language, for maps of such columns; other curly brackets stay as they are."""
    return {name: nouns.filled(both, columns, column(language)) for name, both in TEXTS.items()}
