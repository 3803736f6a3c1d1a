"""What the page "how often is each model right" says, in English and in Chinese."""

from typing import Any

from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("How often is each model right?", "哪个模型答得对？"),
    "lead": (
        "The bundled models themselves, on fresh drawn scenes that none was trained on. A share of right answers, 0 to 100 %; chance"
        " (│) is what guessing reaches. Large: English captions; small: Chinese ones. On photographs none of this holds.",
        "这里考的是自带的模型本身：画出来的新场景，没有一个模型拿它训练过。答对的比例，0 到 100 %；“随机”（│）是瞎猜能达到的。大字是中文文字，小字是英文文字。对照片一概不适用。",
    ),
    "task": ("what is asked", "考什么"),
    "absent": ("not possible", "做不了"),
    "none": ("not measured", "没有测过"),
    "old": ("of other weights", "别的权重的"),
    "scenes": ("{scenes} scenes", "{scenes} 个场景"),
    "cell": ("{model}: {said}; {n} questions, chance {chance}", "{model}：{said}；{n} 题，随机 {chance}"),
    "in_en": ("English {share}", "英文 {share}"),
    "in_zh": ("Chinese {share}", "中文 {share}"),
    "table": ("Tasks, and how often each model is right", "各种考题，以及各模型答对的比例"),
    "export": ("Export", "导出"),
    "export_csv": ("CSV, table", "CSV 表格"),
    "export_json": ("JSON, everything", "JSON 全部数据"),
    "retrieval": ("find the picture of a caption among 100", "从 100 张图里找出文字说的那张"),
    "name": ("name the one thing shown, of all it knows", "从认得的所有东西里说出图上是哪一个"),
    "colour_of": ("say its colour", "说出它的颜色"),
    "matching": ("score a right pair above one of another scene (AUROC)", "给配对的图文打分高于别的场景的（AUROC）"),
    "noun": ("choose between two captions: one noun differs", "两句里选一句：差一个名词"),
    "colour": ("… one colour differs", "……差一种颜色"),
    "colour_swap": ("… two things swap their colours", "……两样东西的颜色对调"),
    "size": ("… one size differs", "……差一个大小"),
    "count": ("… one count differs", "……差一个数目"),
    "part": ("… the colour of a part differs", "……某个部位的颜色不同"),
    "negation": ("… one says “but no …”", "……一句说“没有……”"),
    "relation": ("… left for right, above for below", "……左换成右，上换成下"),
    "cost_pair": ("time for a new pair, of one core (same run for all)", "一对新图文的用时，单核（各模型同一次测）"),
    "cost_regions": ("… of which its detector finds regions", "……其中检测器找区域"),
    "cost_text": ("… for each more text of the same picture", "……同一张图再多一句话"),
    "relation_of_four": ("choose between left, right, above and below", "左、右、上、下里选一个"),
}


def say(name: str, language: str, **values: Any) -> str:
    """Give one text of the page in a language."""
    return TEXTS[name][column(language)].format(**values)
