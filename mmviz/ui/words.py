"""Every text of the page, written in English and in Chinese."""

from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
DEFAULT: Language = "en"

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "tagline": ("which patch answers which word", "这个词看哪里？"),
    "device": ("runs on {device}", "运行于 {device}"),
    "light_dark": ("light or dark", "浅色或深色"),
    "tabs": ("Views", "页面"),
    "tab_pair": ("Pair", "一图一句"),
    "tab_matrix": ("Matrix", "多图多句"),
    "inputs_pair": ("Picture, text, model, examples", "图片、文字、模型、例子"),
    "inputs_matrix": ("Texts, pictures, model, example sets", "文字、图片、模型、例组"),
    "picture": ("Picture", "图片"),
    "text": ("Text", "文字"),
    "text_hint": ("a sentence in English or Chinese; Enter shows it", "写一句中文或英文，按回车"),
    "model": ("Model", "模型"),
    "method": ("Method", "方法"),
    "layers": ("Layers", "层"),
    "heads": ("Heads", "注意力头"),
    "layers_hint": ("all, or numbers counted from 0, such as 2,3", "all，或从 0 数起的编号，例如 2,3"),
    "target": ("A word's map is of", "一个词的图指的是"),
    "target_prompt": ("the word alone", "单独的这个词"),
    "target_context": ("the word inside the text", "句子里的这个词"),
    "target_pair": ("the whole text", "整段文字"),
    "show": ("Show", "看"),
    "stop": ("Stop", "停"),
    "examples": ("Examples", "例子"),
    "examples_hint": ("drawn scenes; choosing one runs it", "画出来的场景，点一下就看"),
    "said_false": ("not true of it", "说的不对"),
    "model_bundled": (
        "{title} knows {things} drawn things; for photographs use {public}.",
        "{title} 只认识 {things} 种画出来的东西；看照片请用 {public}。",
    ),
    "model_bundled_plain": (
        "{title} knows drawn scenes only; for photographs use {public}.",
        "{title} 只认识画出来的场景；看照片请用 {public}。",
    ),
    "model_public": (
        "{title} ({size} MB) was trained on photographs and English texts from the web.",
        "{title}（{size} MB）用网上的照片和英文训练。",
    ),
    "public_size": ("{title} ({size} MB)", "{title}（{size} MB）"),
    "or": (" or ", " 或 "),
    "absent": ("{title}, not on this machine", "{title}（本机没有）"),
    "method_relevance": (
        "Relevance follows attention back from a word's score to the patches it rests on.",
        "“相关性”沿注意力往回走，看一个词的得分靠的是哪些图块。",
    ),
    "method_similarity": (
        "Similarity is the cosine of a word's vector and a patch's. Patches were never trained for it, so read it with care.",
        "“相似度”是词向量与图块向量的余弦。图块没有为此训练过，看的时候要小心。",
    ),
    "method_attention": (
        "Attention is where the model mixes in information from. It is not why it decides, and part of it rests on positions that are no patch.",
        "“注意力”是模型从哪里取信息，不等于它为什么这样判断；其中一部分落在不是图块的位置上。",
    ),
    "method_rollout": (
        "Rollout multiplies attention through all layers; it does not depend on the word where the picture is read alone.",
        "“滚动”把各层注意力乘在一起；图像单独读入时，它与词无关。",
    ),
    "method_gradcam": (
        "Grad-CAM weighs attention by how much it raises a word's score.",
        "“Grad-CAM”按注意力使词的得分升高多少来加权。",
    ),
    "method_occlusion": (
        "Occlusion hides each patch in turn and sees how far a word's score falls.",
        "“遮挡”轮流盖住每个图块，看一个词的得分降多少。",
    ),
    "method_integrated-gradients": (
        "Integrated gradients add up how the score changes while the picture is faded in.",
        "“积分梯度”把图片从无到有逐步显出，累加得分的变化。",
    ),
    "method_transport": (
        "Transport shares each word's weight out over patches at least total cost.",
        "“传输”以最小总代价把每个词的分量分给图块。",
    ),
    "title_relevance": ("Relevance", "相关性"),
    "title_similarity": ("Similarity", "相似度"),
    "title_attention": ("Attention", "注意力"),
    "title_rollout": ("Rollout", "注意力滚动"),
    "title_occlusion": ("Occlusion", "遮挡"),
    "title_integrated-gradients": ("Integrated gradients", "积分梯度"),
    "title_transport": ("Transport", "最优传输"),
    "score_cosine": ("cosine of whole text and picture, from −1 to 1", "整段文字与图片的余弦，从 −1 到 1"),
    "score_match_probability": ("probability that text and picture belong together", "文字与图片相配的概率"),
    "score_logit": ("logit of whole text and picture", "整段文字与图片的 logit"),
    "score_note": (
        "It ranks texts for one picture, or pictures for one text; it is not a percentage of being right.",
        "它用来给同一张图的几句话、或同一句话的几张图排次序，不是“对了百分之几”。",
    ),
    "others": ("Other captions, one a line", "别的说法，每行一句"),
    "others_hint": ("how likely the text is among them", "在这些说法里，这句有多可信"),
    "against": ("Compare the score with …", "把得分和别的句子比"),
    "bank_auto": ("the one that suits the model", "随模型而定"),
    "bank": ("Bank of other texts", "对照句库"),
    "bank_hint": ("the score is set among theirs", "得分放在它们中间看"),
    "bank_file": (
        "A bank of your own: a text file, one sentence a line, 20 or more",
        "自己的句库：文本文件，每行一句，至少 20 句",
    ),
    "bank_drawn-world": ("drawn-world captions", "画中世界的句子"),
    "bank_everyday": ("everyday-photograph sentences", "日常照片的句子"),
    "bank_own": ("sentences of {name}", "{name} 里的句子"),
    "bank_busy": (
        "Reading the bank, once for this model: {done} of {total} sentences",
        "正在读句库（每个模型只读一次）：{total} 句中的第 {done} 句",
    ),
    "bank_lower": ("of {count} {bank} score lower", "的{bank}得分更低（共 {count} 句）"),
    "bank_above": ("Above distractors: higher than at least 95 % of them.", "高于干扰句：比其中至少 95 % 的得分高。"),
    "bank_not_above": (
        "Not above distractors: 95 % of them would have to score lower.",
        "没有高于干扰句：要有 95 % 的得分比它低才算。",
    ),
    "bank_best": ("Its strongest distractors", "得分最高的干扰句"),
    "chances": ("If one of these captions had to be true", "假如这些说法中必有一句为真"),
    "chance_first": ("The text is the likeliest of them: {share}.", "这句最可信：{share}。"),
    "chance_other": ("Another caption is likelier; the text gets {share}.", "另有一句更可信；这句只有 {share}。"),
    "stored": ("Answered from the store: the same was asked before.", "同样的问题问过，答案取自存档。"),
    "reading_target": ("What a word's map shows", "一个词的图是什么"),
    "reading_prompt": (
        "Each word and phrase is read as a text of its own: {model} has one vector for a text, none for a word inside it.",
        "每个词、每个短语都单独当成一段文字来读：{model} 给整段文字一个向量，句中的词没有自己的向量。",
    ),
    "reading_context": (
        "Each word is taken out of the whole text, with what stands before it.",
        "每个词取自整段文字，带着它前面的内容。",
    ),
    "reading_pair": ("Every map is of the whole text.", "每张图都属于整段文字。"),
    "reading_method": ("How it was found", "怎么得来的"),
    "rival": ("The same picture, one edit apart", "同一张图，只改一处"),
    "rival_true": ("true", "对"),
    "rival_false": ("false", "错"),
    "rival_right": (
        "{model} prefers the true sentence, by {margin}.",
        "{model} 更看好对的那句，高出 {margin}。",
    ),
    "rival_wrong": (
        "{model} prefers the false sentence, by {margin}: it is wrong here.",
        "{model} 更看好错的那句，高出 {margin}：它在这里错了。",
    ),
    "badges": ("Mind", "留意"),
    "badge_photo": (
        "This picture is not one of our drawings, and {model} knows nothing else: do not trust this map. For photographs use {public}.",
        "这张图不是我们画的，而 {model} 只认识这些画：这张图不可信。看照片请用 {public}。",
    ),
    "badge_cut": (
        "The text is longer than {model} reads; {count} words at the end were not read: “{words}”.",
        "文字比 {model} 能读的长；末尾有 {count} 个词没有读到：“{words}”。",
    ),
    "badge_unknown": ("{model} does not know: “{words}”.", "{model} 不认识：“{words}”。"),
    "badge_crop": (
        "{model} sees a square out of the middle; {share} % of the picture was cropped away and is hatched.",
        "{model} 只看中间的正方形；图片有 {share} % 被裁掉，画了斜线。",
    ),
    "note_first_frame": ("The file has several frames; this is the first.", "文件有多帧，这是第一帧。"),
    "note_alpha": ("Transparent parts were laid on white.", "透明的部分垫了白底。"),
    "note_cmyk": ("The picture was in printing colours (CMYK) and was turned into RGB.", "图片是印刷色（CMYK），已转为 RGB。"),
    "note_sixteen_bit": ("The picture had 16 bits a channel; it was reduced to 8.", "图片每通道 16 位，已减为 8 位。"),
    "no_picture": ("There is no picture; upload one or choose an example.", "还没有图片；请上传一张，或选一个例子。"),
    "no_model": (
        "No bundled model is here. Make one with “make train-clip-mini”, or choose a public model and put it on this machine.",
        "这里还没有自带的模型。请运行“make train-clip-mini”，或选一个公开模型并下载到本机。",
    ),
    "not_here": ("That was not uploaded to this page; upload the picture itself.", "这不是上传到本页的文件；请上传图片本身。"),
    "no_answer": ("There is nothing to write out yet; show a pair first.", "还没有可导出的结果；请先看一对图文。"),
    "phrase_outside": ("That phrase does not lie in the text on the page.", "这个短语不在页面上的文字里。"),
    "no_texts": ("There are no texts; write some, one a line, or choose a set.", "还没有文字；请每行写一句，或选一个例组。"),
    "no_pictures": ("There are no pictures; add some, or choose a set.", "还没有图片；请添加几张，或选一个例组。"),
    "no_cell": ("That pair is not in the matrix any more; compare again.", "矩阵里已没有这一对；请重新比较。"),
    "broke": ("Something broke here; what you entered is kept.", "这里出了故障；您填的内容都还在。"),
    "error_title": ("Not done", "没有做成"),
    "texts": ("Texts, one a line, up to 200", "文字，每行一句，最多 200 句"),
    "texts_hint": ("text 1 belongs to picture 1, text 2 to picture 2, …", "第 1 句配第 1 张图，第 2 句配第 2 张，依此类推"),
    "texts_file": ("… or a text file", "……或一个文本文件"),
    "pictures": ("Pictures, up to 200 at once", "图片，一次最多 200 张"),
    "compare": ("Compare", "比较"),
    "sets": ("Example sets", "例组"),
    "sets_hint": ("drawn scenes; choosing a set runs it", "画出来的场景，点一下就比"),
    "set_captions": ("Scenes and their captions", "场景和各自的句子"),
    "set_captions_hint": (
        "{texts} texts, {pictures} pictures: is each told from the others?",
        "{texts} 句，{pictures} 图：分得清彼此吗？",
    ),
    "set_edits": ("The same with one word changed", "只改一处的句子"),
    "set_edits_hint": (
        "{pictures} pictures, each with a true and a false sentence: does one word count?",
        "{pictures} 图，各有一句对的、一句错的：差一个词看得出吗？",
    ),
    "set_languages": ("Two languages, the same pictures", "两种语言，同样的图"),
    "set_languages_hint": ("{pictures} pictures, each told in English and Chinese", "{pictures} 图，各用中文和英文说一遍"),
    "comparing": ("{done} of {total} texts, pictures and thumbnails done", "文字、图片和缩略图共 {total}，已完成 {done}"),
    "matrix_size": ("{texts} texts × {pictures} pictures", "{texts} 句 × {pictures} 图"),
    "skipped_text": ("Line {place} was left out: {why}", "第 {place} 行未用：{why}"),
    "skipped_picture": ("{name} was left out: {why}", "{name} 未用：{why}"),
    "recall_none": (
        "Texts and pictures are not equally many, so none is taken for a pair, and there is no recall.",
        "文字与图片数目不同，不当作成对，所以不算召回率。",
    ),
    "recall_note": (
        "of {pairs} pairs that belong together (outlined cells)",
        "共 {pairs} 对相配的图文（描边的格子）",
    ),
    "recall_text_to_image": ("text finds its picture", "以文找图"),
    "recall_image_to_text": ("picture finds its text", "以图找文"),
    "recall_first": ("first", "第一"),
    "recall_five": ("among 5", "前五"),
    "measured_by": ("{model}; logit = {factor} × cosine", "{model}；logit = {factor} × 余弦"),
    "matrix_first": ("Choose an example set, or add texts and pictures.", "请选一个例组，或添加文字和图片。"),
    "first": ("The model is being loaded; the first map is on its way.", "正在载入模型，第一张图马上就好。"),
}

#: What the picture's widget says, handed to it in the chosen language.
WIDGET: dict[str, tuple[str, str]] = {
    "words": ("Words: arrow keys walk, Enter pins, Escape lets go", "词：方向键移动，回车固定，Esc 放开"),
    "phrases": ("phrases", "短语"),
    "whole": ("whole text", "整段文字"),
    "stage": (
        "Picture: arrow keys walk the patches, Enter selects one, Escape clears",
        "图片：方向键走图块，回车选中，Esc 清除",
    ),
    "opacity": ("opacity", "浓淡"),
    "grid": ("patch grid", "网格"),
    "boxes": ("true boxes", "真实位置"),
    "all_boxes": ("all of them", "全部"),
    "smooth": ("smooth", "平滑"),
    "patch": ("row {r}, column {c}", "第 {r} 行第 {c} 列"),
    "strongest": ("Strongest for “{unit}”", "“{unit}”最强的地方"),
    "table": ("As a list: the strongest patches of every word", "列成表：每个词最强的图块"),
    "unit": ("unit", "单位"),
    "own_score": ("own cosine", "自己的余弦"),
    "patches": ("strongest patches", "最强的图块"),
    "selected": (
        "Bars: how strong each word is here (patches: {n}). Escape clears a selection.",
        "柱高：每个词在这里多强（图块数：{n}）。Esc 清除选择。",
    ),
    "hint": (
        "Point at a word, or at the picture; drag over words for a phrase. Bars: each word at its strongest patch.",
        "指向一个词，或指向图片；拖过几个词可选短语。柱高：每个词最强的图块。",
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
    "scale_mass": ("share of attention", "注意力份额"),
    "scale_effect": ("change of the score", "得分的变化"),
    "scale_probability": ("probability", "概率"),
    "scale_cost": ("cost, lower is nearer", "代价，低者近"),
    "map_of": ("Map of “{unit}”", "“{unit}”的图"),
    "joiner": ("; ", "；"),
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


def say(name: str, /, language: str, **values: object) -> str:
    """Give one text of the page.

    Args:
        name: a key of `TEXTS`.
        language: "en" or "zh"; anything else counts as English.
        values: what goes into its curly brackets.
    """
    return TEXTS[name][_column(language)].format(**values)


def widget(language: str) -> dict[str, str]:
    """Give all texts of the picture's widget in one language."""
    return {name: texts[_column(language)] for name, texts in WIDGET.items()}


def matrix(language: str) -> dict[str, str]:
    """Give all texts of the matrix' widget in one language."""
    return {name: texts[_column(language)] for name, texts in MATRIX.items()}


def known(language: str | None, header: str = "") -> Language:
    """Settle the language: what was chosen before, else what the browser asks for first."""
    if language in LANGUAGES:
        return language
    return "zh" if header.strip().lower().startswith("zh") else DEFAULT


def _column(language: str) -> int:
    return LANGUAGES.index(known(language))
