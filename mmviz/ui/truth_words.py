"""What the page "how true is each method" says, and what the menu of methods takes from it, in English and in Chinese."""

from typing import Any

from mmviz.trusts import whole_percent
from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("How true is each method?", "哪种方法说得准？"),
    "lead": (
        "A map can look convincing and be wrong. Here every method was put to the test where the answer is known: on drawn scenes"
        " that no model was trained on, one phrase a scene, its true boxes at hand.",
        "图看上去有道理，未必就对。这里让每种方法在知道答案的地方受检验：画出来的新场景，没有一个模型拿它训练过；每个场景取一个短语，它的真实位置是已知的。",
    ),
    "glance": ("All methods and models, by one figure", "所有方法与模型，按一个数看"),
    "glance_how": (
        "Underlined: best with this model. In italics: of other weights than those here. –: no figure. A model's name opens all of its figures below.",
        "带下划线的：用这个模型时最好的。斜体：是别的权重的数字，不是这里的。–：没有数字。点模型的名字，在下面展开它的全部数字。",
    ),
    "figure": ("figure", "看哪个数"),
    "open": ("{model}: all figures", "{model}：全部数字"),
    "impossible": (
        "No figure: the model does not allow this method, or it was not measured.",
        "没有数字：这个模型用不了这种方法，或者没有测。",
    ),
    "unfold": ("Unfold or fold all", "全部展开或收起"),
    "method": ("method", "方法"),
    "pointing": ("points right", "指对"),
    "insertion": ("insertion", "插入"),
    "deletion": ("deletion", "删除"),
    "about_pointing": (
        "Share of phrases whose strongest patch, region or keypoint lies in a true box, 0 to 100 %; higher is better. Chance (│) is what"
        " one taken blindly reaches: the share of all of them that lies there.",
        "最强的图块、区域或关键点落在真实位置内的短语所占的比例，0 到 100 %，越高越好。“随机”（│）是闭着眼睛挑一个能达到的：落在真实位置内的占全部的比例。",
    ),
    "about_insertion": (
        "Patches, regions or keypoints are shown one after the other, the map's strongest first: share of random orders that raise the model's score less."
        " 0 to 100 %; higher is better; a map that knows nothing has 50 %.",
        "按图由强到弱逐步露出图块、区域或关键点：有多少种随机次序使模型的得分升得不如它。0 到 100 %，越高越好；一无所知的图是 50 %。",
    ),
    "about_deletion": (
        "Patches, regions or keypoints are hidden one after the other, the map's strongest first: share of random orders that lower the model's score less."
        " 0 to 100 %; higher is better; a map that knows nothing has 50 %.",
        "按图由强到弱逐步遮住图块、区域或关键点：有多少种随机次序使模型的得分降得不如它。0 到 100 %，越高越好；一无所知的图是 50 %。",
    ),
    "rule": (
        "The menu of methods goes by this: whoever points right most often comes first; where whole percents are equal, deletion"
        " decides, then insertion. A model begins with the first of those that need no passes of their own.",
        "方法菜单就按这个排：指对得最多的在前；整数百分比相同时看删除，再看插入。每个模型从其中不必另跑模型的第一种方法开始。",
    ),
    "best": ("best", "最好"),
    "chance": ("chance {share}", "随机 {share}"),
    "begins": ("default", "默认"),
    "slow": ("many passes", "要跑多遍"),
    "measured": (
        "n = {phrases} phrases; a share may be off by up to {margin} percentage points (95 %). {target} Weights: {checkpoint}.",
        "n = {phrases} 个短语；比例的误差至多 {margin} 个百分点（95 %）。{target}权重：{checkpoint}。",
    ),
    "target_prompt": ("Each phrase is read as a text of its own.", "每个短语单独当成一段文字来读。"),
    "target_context": ("Each phrase is read inside its sentence.", "每个短语放在句子里读。"),
    "target_pair": ("Sentence and picture are read together.", "句子与图片合读。"),
    "old": (
        "Out of date: these figures are of other weights ({checkpoint}) than those that are here ({present}), and nothing goes by them.",
        "已过时：这些数字是别的权重（{checkpoint}）的，不是这里的（{present}）；页面不按它们来排。",
    ),
    "none": ("Not measured yet.", "还没有测过。"),
    "make": ("To measure: {command}", "要测就运行：{command}"),
    "make_one": ("for this model alone: {command}", "只测这个模型：{command}"),
    "no_models": ("No bundled model is here, so there is nothing to measure.", "这里没有自带的模型，所以没有可测的。"),
    "sort": ("sort by “{column}”", "按“{column}”排序"),
    "sorted_down": ("Sorted by “{column}”, highest first, within each model.", "已按“{column}”排序，高的在前，各模型内部排。"),
    "sorted_up": ("Sorted by “{column}”, lowest first, within each model.", "已按“{column}”排序，低的在前，各模型内部排。"),
    "table": ("Methods of each model, and how true they are", "各模型的方法，以及说得准不准"),
    "export": ("Export", "导出"),
    "export_csv": ("CSV, table", "CSV 表格"),
    "export_json": ("JSON, everything", "JSON 全部数据"),
    "hits": ("{title} · right in {share}", "{title} · 指对 {share}"),
    "menu_best": ("It points best with {model}, and the menu goes by that:", "用 {model} 时它指得最准；菜单按准不准排："),
    "menu_quick": (
        "Of the methods without passes of their own it points best with {model}; {slower} points better and takes many"
        " passes. The menu goes by that:",
        "用 {model} 时，在不必另跑模型的方法里它指得最准；{slower}更准，但要跑多遍。菜单按准不准排：",
    ),
    "menu_order": ("The menu has the truest first:", "菜单按准不准排："),
    "menu_none": ("Nothing was measured with {model}; the order means nothing:", "没有测过 {model}；次序没有含义："),
    "menu_old": (
        "The figures of {model} are of other weights and are not used:",
        "{model} 的数字是别的权重的，没有采用：",
    ),
    "menu_link": ("how true is each method?", "哪种方法说得准？"),
}


def percent(share: float) -> str:
    """Write a share from 0 to 1 as a whole number of percents, as methods are ranked by it."""
    return f"{whole_percent(share)} %"


def say(name: str, language: str, **values: Any) -> str:
    """Give one text of the page in a language."""
    return TEXTS[name][column(language)].format(**values)
