"""Every text of the page, written in English and in Chinese."""

from typing import Literal

from mmviz.axes import KeyKind
from mmviz.pipeline import DEFAULT_MODEL
from mmviz.ui import nouns

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
DEFAULT: Language = "en"

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "tagline": ("which part answers which", "哪一部分对应哪一部分"),
    "device": ("runs on {device}", "运行于 {device}"),
    "light_dark": ("light or dark", "浅色或深色"),
    "tabs": ("Views", "页面"),
    "tab_pair": ("Pair", "一图一句"),
    "tab_map": ("Map", "地图"),
    "inputs_map": ("What is mapped, model, examples", "画什么、模型、例子"),
    "tab_matrix": ("Matrix", "多图多句"),
    "tab_speech": ("Speech", "语音"),
    "tab_film": ("Film", "影片"),
    "tab_methods": ("Methods", "方法"),
    "inputs_pair": ("Picture, text, model, examples", "图片、文字、模型、例子"),
    "inputs_matrix": ("Texts, pictures, model, example sets", "文字、图片、模型、例组"),
    "picture": ("Picture", "图片"),
    "text": ("Text", "文字"),
    "text_hint": ("a sentence in English or Chinese; Enter shows it", "写一句中文或英文，按回车"),
    "model": ("Model", "模型"),
    "method": ("Method", "方法"),
    "layers": ("Layers", "层"),
    "heads": ("Heads", "注意力头"),
    "layers_hint": ("counted from 0; with none chosen the method decides", "从 0 数起；不选则由方法决定"),
    "target": ("A word's map is of", "一个词的图指的是"),
    "target_prompt": ("the word alone", "单独的这个词"),
    "target_context": ("the word inside the text", "句子里的这个词"),
    "target_pair": ("the pair, read together", "图文合读"),
    "show": ("Show", "看"),
    "stop": ("Stop", "停"),
    "examples": ("Examples", "例子"),
    "examples_hint": ("drawn scenes; choosing one runs it", "画出来的场景，点一下就看"),
    "examples_untrue": ("Sentences that are not true: does the model notice?", "说得不对的句子：模型看得出来吗？"),
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
        "Relevance follows attention back from a word's score to the {keys} it rests on.",
        "“相关性”沿注意力往回走，看一个词的得分靠的是哪些{keys}。",
    ),
    "method_similarity": (
        "Similarity is the cosine of a word's vector and a {key}'s. Where training compared whole texts and pictures alone, no {key} learned it: read it with care.",
        "“相似度”是词向量与{key}向量的余弦。若训练只比过整句和整图，{key}就没有学过它：要小心看。",
    ),
    "method_attention": (
        "Attention is where the model mixes in information from. It is not why it decides, and part of it rests on positions that are no {key}.",
        "“注意力”是模型从哪里取信息，不等于它为什么这样判断；其中一部分落在不是{key}的位置上。",
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
        "Occlusion hides each {key} in turn and sees how far a word's score falls.",
        "“遮挡”轮流盖住每个{key}，看一个词的得分降多少。",
    ),
    "method_decoded-change": (
        "Decoded change drops a word and sees where the picture the model draws of the rest changes. It has no sign: a change need not fit the word.",
        "“解码变化”去掉一个词，看模型按其余内容画出的图哪里变了。它没有正负：变了的地方不一定符合这个词。",
    ),
    "method_integrated-gradients": (
        "Integrated gradients add up how the score changes while the picture is faded in.",
        "“积分梯度”把图片从无到有逐步显出，累加得分的变化。",
    ),
    "method_transport": (
        "Transport shares each word's weight out over {keys} at least total cost.",
        "“传输”以最小总代价把每个词的分量分给{keys}。",
    ),
    "method_contributions": (
        "What every pair of a word and a place adds to the score, as the model adds it up; what falls to no pair is said beside.",
        "每对“词与位置”给得分添了多少，按模型自己的加法；不属于任何一对的部分另外写出。",
    ),
    "title_contributions": ("Contributions", "贡献"),
    "title_relevance": ("Relevance", "相关性"),
    "title_similarity": ("Similarity", "相似度"),
    "title_attention": ("Attention", "注意力"),
    "title_rollout": ("Rollout", "注意力滚动"),
    "title_occlusion": ("Occlusion", "遮挡"),
    "title_decoded-change": ("Decoded change", "解码变化"),
    "title_integrated-gradients": ("Integrated gradients", "积分梯度"),
    "title_transport": ("Transport", "最优传输"),
    "score_cosine": ("cosine of whole text and picture, from −1 to 1", "整段文字与图片的余弦，从 −1 到 1"),
    "score_match_probability": (
        "match probability: text and picture, read together, belong to each other",
        "相配的概率：图文合读",
    ),
    "score_logit": ("logit of whole text and picture, read together", "整段文字与图片合读的 logit"),
    "score_logit_of": ("logit of the answer “{label}”, the strongest", "最强的回答“{label}”的 logit"),
    "score_sum": ("a sum over words and places: the nearer to each other, the higher", "按词与位置相加：越相近越高"),
    "score_ratio": (
        "log p(text | picture) − log p(text | blank picture), over all its words",
        "log p(文字 | 图片) − log p(文字 | 空白图)，对所有词求和",
    ),
    "score_note_ratio": (
        "Above 0 the picture makes this text likelier than a blank one does, e to the power of it times. Each word has a part of its own; they add up to it.",
        "大于 0 时，这张图让这句话比空白图更可能说出，是 e 的这么多次方倍。每个词各有一份，加起来就是它。",
    ),
    "score_note_match_probability": (
        "It is the model's own estimate of this pair, not a measured share of being right.",
        "这是模型自己对这一对的估计，不是实测的正确率。",
    ),
    "score_note_logit": (
        "It ranks candidates for one picture or one text; it is no probability.",
        "它用来给同一张图或同一句话的候选排次序，不是概率。",
    ),
    "score_note_cosine": (
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
    "bank_busy_contrast": (
        "Reading the bank, once for this model: {done} of {total} sentences",
        "正在读句库（每个模型只读一次）：{total} 句中的第 {done} 句",
    ),
    "bank_busy_matching": (
        "Matching sentences with the picture: {done} of {total}",
        "正在让句子和图片相配：{total} 句中的第 {done} 句",
    ),
    "bank_match": ("Match {count} other sentences with this picture", "再拿 {count} 句别的话和这张图相配"),
    "bank_lower_of": ("of {count} {bank}, drawn from {drawn}, score lower", "的{bank}得分更低（从 {drawn} 句中抽 {count} 句）"),
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
    "reading_pair": (
        "{model} reads text and picture together and gives one score, of both. A word's map is the part of its own position in that.",
        "{model} 把图文合在一起读，只给整对一个得分。一个词的图，是它所在位置在其中的那一份。",
    ),
    "reading_zero_title": ("Exactly zero in the last layer", "最后一层恰好为零"),
    "reading_zero": (
        "The score is read off the first position alone. In the last layer nothing that a word's own position takes in reaches it any"
        " more, so a word's gradient there is exactly zero; lower layers have more to say.",
        "得分只从第一个位置读出。到最后一层，词自己的位置取来的东西已到不了那里，所以词在那一层的梯度恰好为零；要看就看较低的层。",
    ),
    "reading_method": ("How it was found", "怎么得来的"),
    "remainder": ("beside its cells", "格子之外"),
    "parts_title": ("What the score is the sum of", "得分由哪些部分相加"),
    "parts_bilinear": (
        "{value}: words with places, all cells of the whole text’s map",
        "{value}：词与位置，即整段文字那张图的全部格子",
    ),
    "parts_query": ("{value}: the text by itself", "{value}：文字自身"),
    "parts_key": ("{value}: the picture by itself", "{value}：图片自身"),
    "completeness": ("error of completeness", "完备性误差"),
    "completeness_title": ("Error of completeness", "完备性误差"),
    "completeness_about": (
        "The {keys}' shares should add up to what the score gains from {baseline} to this picture; the error is what they lack of it. ",
        "各{keys}的份额加起来，应等于得分从{baseline}到这张图的增量；差多少，误差就是多少。",
    ),
    "completeness_unit": (
        "It is largest for “{unit}”: the shares add up to {total}, the gain is {gain}, the error {error}.",
        "最大的是“{unit}”：份额合计 {total}，增量 {gain}，误差 {error}。",
    ),
    "completeness_pair": (
        "Here they add up to {total}, the gain of the pair is {gain}, the error {error}.",
        "这里份额合计 {total}，整对的增量 {gain}，误差 {error}。",
    ),
    "baseline_black": ("a black one", "全黑的图"),
    "baseline_mean": ("one of its mean colour", "只有平均色的图"),
    "baseline_blur": ("its blurred self", "模糊了的它"),
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
    "badge_silent": (
        "The map is zero everywhere for “{words}”: nothing there reaches the score by this method in these layers.",
        "“{words}”的图处处为零：在这些层里，用这个方法看，那里没有什么能影响得分。",
    ),
    "badge_unknown": ("{model} does not know: “{words}”.", "{model} 不认识：“{words}”。"),
    "badge_crop": (
        "{model} sees a square out of the middle; {share} % of the picture was cropped away and is hatched.",
        "{model} 只看中间的正方形；图片有 {share} % 被裁掉，画了斜线。",
    ),
    "regions_keypoint": (
        "{model} reads {count} keypoints and nothing else of the picture. A box is as large as its keypoint; what it looks like is read off"
        " six times as far.",
        "{model} 只看图上的 {count} 个关键点。方框是关键点自身的大小，它的样子取自六倍大的范围。",
    ),
    "regions_object": (
        "{model} reads {count} boxes of a detector and nothing else of the picture.",
        "{model} 只看检测器给出的 {count} 个框。",
    ),
    "note_first_frame": ("The file has several frames; this is the first.", "文件有多帧，这是第一帧。"),
    "note_alpha": ("Transparent parts were laid on white.", "透明的部分垫了白底。"),
    "note_cmyk": ("The picture was in printing colours (CMYK) and was turned into RGB.", "图片是印刷色（CMYK），已转为 RGB。"),
    "note_sixteen_bit": ("The picture had 16 bits a channel; it was reduced to 8.", "图片每通道 16 位，已减为 8 位。"),
    "no_picture": ("There is no picture; upload one or choose an example.", "还没有图片；请上传一张，或选一个例子。"),
    "no_model": (
        f"No bundled model is here. Make one with “make train-{DEFAULT_MODEL}”, or choose a public model and put it on this machine.",
        f"这里还没有自带的模型。请运行“make train-{DEFAULT_MODEL}”，或选一个公开模型并下载到本机。",
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
    "comparing_contrast": (
        "{done} of {total} texts, pictures and thumbnails done",
        "文字、图片和缩略图共 {total}，已完成 {done}",
    ),
    "comparing_matching": ("{done} of {total} pairs and thumbnails done", "图文对和缩略图共 {total}，已完成 {done}"),
    "by": ("Compare", "怎么比"),
    "by_contrast": ("by contrast (cosine of vectors)", "对比：向量的余弦"),
    "by_matching": ("by matching (each pair read together)", "相配：每对图文合读"),
    "passes_contrast": (
        "{texts} texts and {pictures} pictures are {passes} passes of the model.",
        "{texts} 句和 {pictures} 图，模型要算 {passes} 遍。",
    ),
    "passes_matching": (
        "{texts} × {pictures} = {passes} passes instead of {fewer}: each text is read anew with each picture.",
        "{texts} × {pictures} = {passes} 遍，而不是 {fewer} 遍：每句都要和每张图合读一次。",
    ),
    "passes_fewer": ("Up to {limit} are run; give fewer texts or pictures.", "最多算 {limit} 遍；请减少文字或图片。"),
    "passes_fewer_or": (
        "Up to {limit} are run; give fewer texts or pictures, or compare by contrast.",
        "最多算 {limit} 遍；请减少文字或图片，或改用“对比”。",
    ),
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
    "measured_cosine": ("{model}, by contrast; logit = {factor} × cosine", "{model}，对比；logit = {factor} × 余弦"),
    "measured_match_probability": (
        "{model}, by matching: text and picture read together; probability = sigmoid of the logit",
        "{model}，相配：图文合读；概率 = logit 的 sigmoid",
    ),
    "measured_logit": (
        "{model}, by matching: text and picture read together; its logits rank candidates and are no probability",
        "{model}，相配：图文合读；logit 用来给候选排次序，不是概率",
    ),
    "matrix_first": ("Choose an example set, or add texts and pictures.", "请选一个例组，或添加文字和图片。"),
    "first": ("The model is being loaded; the first map is on its way.", "正在载入模型，第一张图马上就好。"),
}


def say(name: str, /, language: str, columns: KeyKind = "patch", **values: object) -> str:
    """Give one text of the page.

    Args:
        name: a key of `TEXTS`.
        language: "en" or "zh"; anything else counts as English.
        columns: what the map it is about has as columns.
        values: what goes into its other curly brackets.
    """
    return nouns.filled(TEXTS[name], columns, column(language)).format(**values)


def known(language: str | None, header: str = "") -> Language:
    """Settle the language: what was chosen before, else what the browser asks for first."""
    if language in LANGUAGES:
        return language
    return "zh" if header.strip().lower().startswith("zh") else DEFAULT


def column(language: str) -> int:
    """Say where a text in a language stands in its pair."""
    return LANGUAGES.index(known(language))
