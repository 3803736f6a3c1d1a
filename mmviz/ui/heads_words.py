"""What the overview of layers and heads says, in English and in Chinese."""

from typing import Any

from mmviz.axes import KeyKind
from mmviz.ui import nouns
from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Layers × heads: which ones look at what counts", "层 × 头：哪些看的是关键"),
    "hint": (
        "Every head’s own map is tested: its strongest {keys} are hidden first, and the sooner the score of the word goes, the "
        "more of what counts that head was looking at.",
        "逐个检验每个头自己的图：先遮住它最强的{keys}；这个词的得分掉得越快，说明这个头看到的越是关键。",
    ),
    "unit": ("word", "词"),
    "whole": ("whole text", "整段文字"),
    "weigh": (
        "Test {layers} × {heads} heads: up to {passes} passes of the model",
        "检验 {layers} × {heads} 个头：模型最多跑 {passes} 次",
    ),
    "none": (
        "This model does not say how many layers and heads it has, or no method takes them; choose another model.",
        "这个模型没有写明层数和头数，或没有能按层按头看的方法；请换一个模型。",
    ),
    "begun": ("drawing every head’s map", "正在画每个头的图"),
    "busy": ("testing: {done} of {total} pictures with {keys} hidden", "检验中：已看 {done} / {total} 张遮住{keys}的图"),
    "stop": ("Stop", "停"),
    "title_of": ("{method} of every layer and head, for “{unit}”", "“{unit}”：{method}的每一层、每个头"),
    "said": (
        "The number is the mean score ({kind}) while the head’s strongest {keys} give way to {fill}, from all shown to all hidden: "
        "less is better. Random orders: {mean} on average, 90 % of {n} between {low} and {high}. Outlined: less than that.",
        "数字是遮住该头最强的{keys}（换成{fill}）时的平均得分（{kind}），从全露到全遮：越小越好。"
        "随机顺序平均 {mean}，{n} 个中九成在 {low} 与 {high} 之间。描边的格子比这还小。",
    ),
    "same_map": (
        "Here text and picture are read apart: a head looks the same way whatever the word; what differs is the word’s score.",
        "这里图文分开读：不论哪个词，一个头看的地方都一样；不同的是这个词的得分。",
    ),
    "kind_cosine": ("cosine", "余弦"),
    "kind_match_probability": ("probability of a match", "相配的概率"),
    "kind_logit": ("logit", "logit 值"),
    "grid": (
        "{title}. Arrow keys walk the heads, Enter puts one on the large picture",
        "{title}。方向键走各个头，回车放到大图上",
    ),
    "layers": ("layer", "层"),
    "head": ("head {n}", "头 {n}"),
    "layer": ("layer {n}", "第 {n} 层"),
    "place": ("{rank}.", "第 {rank}"),
    "cell": (
        "layer {layer}, head {head}: {area}, place {rank} of {count}; {better} of random orders are slower",
        "第 {layer} 层第 {head} 头：{area}，第 {rank} 名，共 {count}；{better} 的随机顺序更慢",
    ),
    "cell_flat": (
        "layer {layer}, head {head}: the same everywhere, it has no strongest {key}",
        "第 {layer} 层第 {head} 头：处处一样，没有最强的{key}",
    ),
    "slow": ("slow", "慢"),
    "soon": ("soon", "快"),
    "shown": ("on the large picture: layer {layer}, head {head}", "已放到大图上：第 {layer} 层第 {head} 头"),
    "table": ("As a list: the heads, the soonest first", "列成表：各个头，最快的在前"),
    "column_place": ("place", "名次"),
    "column_layer": ("layer", "层"),
    "column_head": ("head", "头"),
    "column_area": ("mean score", "平均得分"),
    "column_better": ("slower random orders", "更慢的随机顺序"),
    "export": ("Export as JSON", "导出 JSON"),
}


def say(name: str, language: str, columns: KeyKind = "patch", **values: Any) -> str:
    """Give one text of the overview in a language, for a map of such columns."""
    return nouns.filled(TEXTS[name], columns, column(language)).format(**values)


def all_of(language: str, columns: KeyKind = "patch") -> dict[str, str]:
    """Give all texts of the overview in one language, for maps of such columns; other curly brackets stay as they are."""
    return {name: nouns.filled(both, columns, column(language)) for name, both in TEXTS.items()}
