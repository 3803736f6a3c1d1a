"""What the panel "how far to trust this map" says, in English and in Chinese."""

from typing import Any

from mmviz.axes import KeyKind
from mmviz.trusts import Remark
from mmviz.ui import nouns
from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("How far to trust this map", "这张图可信吗？"),
    "unit": ("map of", "这张图属于"),
    "whole": ("whole text", "整段文字"),
    "judge": ("Measure it", "测一测"),
    "judge_passes": ("Measure it: about {passes} passes of the model", "测一测：模型约跑 {passes} 次"),
    "busy": ("measuring: {done} of {total} pictures with {keys} hidden", "测量中：已看 {done} / {total} 张遮住{keys}的图"),
    "stop": ("Stop", "停"),
    "average": ("less the average map of all words", "减去所有词的平均图"),
    "export": ("Export as JSON", "导出 JSON"),
    "numbers": ("The numbers", "数字"),
    "insertion": ("insertion, on {fill}", "插入，{fill}"),
    "deletion": ("deletion, to {fill}", "删除，{fill}"),
    "fill_mean": ("the mean colour", "平均色"),
    "fill_blur": ("a blur", "模糊"),
    "fill_background": ("the background", "背景"),
    "fill_removed": ("{keys} left out", "去掉{keys}"),
    "area": (
        "{value}; random maps {low} to {high} (n = {n}), worse than this one {share}",
        "{value}；随机图 {low} 至 {high}（n = {n}），其中 {share} 不如它",
    ),
    "pointing": ("strongest {key} in the true box", "最强的{key}在真实位置内"),
    "iou": ("overlap with the true box (IoU)", "与真实位置的重合（IoU）"),
    "sinks": ("weight on the strongest 1 % of {keys}", "最强 1 % 的{keys}占的权重"),
    "word_similarity": ("likeness of different words' maps", "不同词的图有多像"),
    "shuffled": ("likeness to a model of random weights", "与随机权重模型的图有多像"),
    "agreement": ("Agreement of methods: rank correlation of their maps", "各方法是否一致：图的秩相关"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "rank": ("{value} (rank correlation, −1 to 1)", "{value}（秩相关，−1 至 1）"),
    "note": (
        "Insertion shows {keys} one after the other, the map's strongest first, deletion hides them; the number is the mean "
        "score on the way. A good map is above the random ones by insertion, below them by deletion. What stands where "
        "{keys} are hidden biases both, so two kinds are shown where that is cheap.",
        "“插入”按图中由强到弱逐步露出{keys}，“删除”逐步遮住，数字是途中的平均得分。好的图，插入高于随机图，删除低于随机图。"
        "遮住处填什么会影响结果，所以在便宜时给出两种填法。",
    ),
}
#: Remark -> what it says; numbers of `Remark.numbers` stand in it, shares already written as such.
REMARKS: dict[str, tuple[str, str]] = {
    "flat": ("The map is the same everywhere and points at nothing.", "图处处相同，什么也没有指出。"),
    "better": ("Better than {share} of {n} random maps.", "好过 {n} 张随机图中的 {share}。"),
    "hit": ("The strongest {key} lies in the true box ({iou} overlap).", "最强的{key}在真实位置内（重合 {iou}）。"),
    "miss": ("The strongest {key} lies outside the true box ({iou} overlap).", "最强的{key}不在真实位置内（重合 {iou}）。"),
    "sinks": (
        "{share} of the weight sits on {patches} of the {keys}, whatever the word.",
        "不论哪个词，{share} 的权重都落在 {patches} 个{keys}上。",
    ),
    "alike": (
        "The maps of different words are nearly the same (rank correlation {correlation}).",
        "不同词的图几乎一样（秩相关 {correlation}）。",
    ),
    "shuffled": (
        "A model of random weights gives a like map (rank correlation {correlation}).",
        "随机权重的模型也给出相似的图（秩相关 {correlation}）。",
    ),
    "disagree": (
        "Other methods draw another map (mean rank correlation {correlation}).",
        "其他方法画出的图不同（平均秩相关 {correlation}）。",
    ),
    "care": ("Read it with care.", "请谨慎解读。"),
    "unmeasured": ("Not measured: {names}.", "没有测：{names}。"),
}


def say(name: str, language: str, columns: KeyKind = "patch", **values: Any) -> str:
    """Give one text of the panel in a language, for a map of such columns."""
    return nouns.filled(TEXTS[name], columns, column(language)).format(**values)


def remark(said: Remark, language: str, columns: KeyKind = "patch", **numbers: str) -> str:
    """Say a remark about a map of such columns in a language, its numbers written already."""
    return nouns.filled(REMARKS[said.key], columns, column(language)).format(**numbers)
