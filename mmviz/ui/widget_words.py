"""What our own widgets say, handed to them in the chosen language; curly brackets are filled in by their scripts."""

from mmviz.axes import KeyKind
from mmviz.ui import nouns
from mmviz.ui.words import column

#: What the picture's widget says, handed to it in the chosen language.
OVERLAY: dict[str, tuple[str, str]] = {
    "words": ("Words: arrow keys walk, Enter pins, Escape lets go", "词：方向键移动，回车固定，Esc 放开"),
    "phrases": ("phrases", "短语"),
    "whole": ("whole text", "整段文字"),
    "stage": (
        "Picture: arrow keys walk the {keys}, Enter selects one, Escape clears",
        "图片：方向键走{keys}，回车选中，Esc 清除",
    ),
    "opacity": ("opacity", "浓淡"),
    "grid": ("{key} grid", "{key}网格"),
    "boxes": ("true boxes", "真实位置"),
    "all_boxes": ("all of them", "全部"),
    "smooth": ("smooth", "平滑"),
    "patch": ("row {r}, column {c}", "第 {r} 行第 {c} 列"),
    "region_keypoint": ("keypoint {n}", "第 {n} 个关键点"),
    "region_object": ("{name} ({n})", "{name}（{n}）"),
    "strongest": ("Strongest for “{unit}”", "“{unit}”最强的地方"),
    "table": ("As a list: the strongest {keys} of every word", "列成表：每个词最强的{keys}"),
    "unit": ("unit", "单位"),
    "own_score": ("own cosine", "自己的余弦"),
    "patches": ("strongest {keys}", "最强的{keys}"),
    "selected": (
        "Bars: how strong each word is here ({keys}: {n}). Escape clears a selection.",
        "柱高：每个词在这里多强（{keys}数：{n}）。Esc 清除选择。",
    ),
    "hint": (
        "Point at a word, or at the picture; drag over words for a phrase. Bars: each word at its strongest {key}.",
        "指向一个词，或指向图片；拖过几个词可选短语。柱高：每个词最强的{key}。",
    ),
    "own": ("each on its own scale", "各用各的色标"),
    "own_scale": ("of “{unit}” alone", "只属于“{unit}”"),
    "zoom": ("zoom", "缩放"),
    "zoom_in": ("zoom in (+)", "放大（+）"),
    "zoom_out": ("zoom out (−)", "缩小（−）"),
    "zoom_fit": ("whole picture (0)", "整张图（0）"),
    "compare": ("Side by side, pinned", "并排比较已固定的词"),
    "unpin": ("let go of “{unit}”", "放开“{unit}”"),
    "pin_hint": ("Enter or a click pins words here, to compare their maps.", "按回车或点一下，把词固定在这里并排比较。"),
    "phrase_new": ("phrase “{unit}”: Enter or let go to read it", "短语“{unit}”：按回车或松开即读"),
    "export": ("Export", "导出"),
    "export_png": ("PNG, picture", "PNG 图片"),
    "export_svg": ("SVG, drawing", "SVG 矢量图"),
    "export_json": ("JSON, everything", "JSON 全部数据"),
    "export_npz": ("NPZ, arrays", "NPZ 数组"),
    "export_csv": ("CSV, table", "CSV 表格"),
    "cut": ("not read: beyond the model's length", "没有读到：超过模型能读的长度"),
    "unknown": ("the model has no piece for it", "模型不认识"),
    "cropped": ("cropped away, the model does not see it", "被裁掉，模型看不到"),
    "pinned": ("pinned", "已固定"),
    "scale_cosine": ("cosine", "余弦"),
    "scale_relevance": ("relevance, no unit", "相关性，无单位"),
    "scale_mass": ("share of the whole", "在整体中的份额"),
    "scale_effect": ("change of the score", "得分的变化"),
    "scale_probability": ("probability", "概率"),
    "scale_cost": ("cost, lower is nearer", "代价，低者近"),
    "scale_change": ("change of the drawn picture’s pixels", "所画图片像素的变化"),
    "map_of": ("Map of “{unit}”", "“{unit}”的图"),
    "joiner": ("; ", "；"),
}

#: What the table of units and patches or regions says.
TABLE: dict[str, tuple[str, str]] = {
    "title": ("As a table: words × {keys}", "列成表：词 × {keys}"),
    "about": (
        "A row a word, a column a {key}{order}. All cells have one scale.",
        "一行一个词，一列一个{key}{order}。所有格子用同一个标度。",
    ),
    "about_two": (
        "A row a word, a column a {key}{order}. All cells of both models have one scale.",
        "一行一个词，一列一个{key}{order}。两个模型的所有格子用同一个标度。",
    ),
    "about_own": (
        "A row a word, a column a {key}{order}. Each model has a scale of its own.",
        "一行一个词，一列一个{key}{order}。两个模型各用各的标度。",
    ),
    "beside": ("compare with another model", "与另一个模型比"),
    "nobody": ("no other", "不比"),
    "own": ("a scale of its own for each", "各用各的标度"),
    "cells": ("{model}: table of words and {keys}, arrow keys walk", "{model}：词与{keys}的表，方向键移动"),
    "whole": ("whole text", "整段文字"),
    "patch": ("row {r}, column {c}", "第 {r} 行第 {c} 列"),
    "row": ("row {r}", "第 {r} 行"),
    **{name: texts for name, texts in OVERLAY.items() if name.startswith(("scale_", "region_"))},
}

#: What the matrix' widget says.
MATRIX: dict[str, tuple[str, str]] = {
    "cells": (
        "Matrix of texts and pictures: arrow keys walk the cells, Enter opens the pair",
        "文字与图片的矩阵：方向键走格子，回车打开这一对",
    ),
    "hint": (
        "Point at a cell to see its text and picture; click it to see which word looks where.",
        "指向一格看文字和图片；点一下看哪个词看哪里。",
    ),
    "scale": ("scale", "标度"),
    "scale_cosine": ("cosine", "余弦"),
    "scale_probability": ("probability: each pair by itself", "概率：每对单独看"),
    "scale_logit": ("logit", "logit 值"),
    "scale_softmax-row": ("softmax by row: each text's pictures", "按行 softmax：每句在各图中的份额"),
    "scale_softmax-column": ("softmax by column: each picture's texts", "按列 softmax：每图在各句中的份额"),
    "scale_sigmoid": ("sigmoid: each pair by itself", "sigmoid：每对单独看"),
    "scale_percentile": ("percentile among all cells", "在所有格子中的百分位"),
    "sort": ("order", "顺序"),
    "sort_given": ("as given", "原来的顺序"),
    "sort_strongest": ("strongest pairs first", "最相配的在前"),
    "sort_text": ("pictures by this text", "图按此句排"),
    "sort_picture": ("texts by this picture", "句按此图排"),
    "large": ("large cells", "大格子"),
    "marks": ("row ─ and column │ maxima", "行 ─、列 │ 最大值"),
    "pairs": ("matched pairs", "相配的图文"),
    "kind_cosine": ("by contrast", "对比"),
    "kind_match_probability": ("by matching", "相配"),
    "kind_logit": ("by matching", "相配"),
    "cell": ("text {r}, picture {c}", "第 {r} 句，第 {c} 图"),
    "match": ("belong together", "本来相配"),
    "row_top": ("this text's best picture", "此句最配的图"),
    "column_top": ("this picture's best text", "此图最配的句"),
    "table": ("As a list: the best pictures of every text", "列成表：每句最配的图"),
    "text": ("text", "文字"),
    "best": ("best pictures", "最配的图"),
    "open": ("open the pair", "打开这一对"),
    "export": ("Export", "导出"),
    "export_png": ("PNG, picture", "PNG 图片"),
    "export_json": ("JSON, everything", "JSON 全部数据"),
    "export_csv": ("CSV, table", "CSV 表格"),
    "joiner": ("; ", "；"),
}


def overlay(language: str, columns: KeyKind = "patch") -> dict[str, str]:
    """Give all texts of the picture's widget in one language, for a map of such columns."""
    return _in(OVERLAY, language, columns)


def table(language: str, columns: KeyKind = "patch") -> dict[str, str]:
    """Give all texts of the table of units and patches or regions in one language, for such columns."""
    return _in(TABLE, language, columns)


def matrix(language: str) -> dict[str, str]:
    """Give all texts of the matrix' widget in one language."""
    return _in(MATRIX, language)


def _in(texts: dict[str, tuple[str, str]], language: str, columns: KeyKind = "patch") -> dict[str, str]:
    return {name: nouns.filled(both, columns, column(language)) for name, both in texts.items()}
