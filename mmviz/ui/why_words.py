"""What the panels "Why?", "Change words" and "A region" say, in English and in Chinese."""

from typing import Any

from mmviz.axes import KeyKind
from mmviz.ui import nouns
from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
WHY: dict[str, tuple[str, str]] = {
    "ask": ("Why?", "为什么？"),
    "about": ("the usual questions about this answer, one after the other", "把关于这个结果的常见疑问逐个查一遍"),
    "title": ("Why? “{text}”", "为什么？“{text}”"),
    "stop": ("Stop", "停"),
    "export": ("Save as JSON", "存为 JSON"),
    "go_to": ("show", "去看"),
    "ok": ("fine", "没问题"),
    "warn": ("mind", "留意"),
    "bad": ("wrong", "有问题"),
    "none": ("not asked", "没有查"),
    "step_cut": ("Was all of the text read?", "文字都读到了吗？"),
    "step_known": ("Does the model know words and picture?", "模型认识这些词和这张图吗？"),
    "step_distractors": ("Does the score stand out?", "得分突出吗？"),
    "step_edits": ("Would the model rather have other words?", "改几个字，得分会更高吗？"),
    "step_box": ("Does the map lie where the thing is?", "图落在东西所在的位置吗？"),
    "step_methods": ("Do other methods say the same?", "别的方法也这样看吗？"),
    "step_model": ("Does another model say the same?", "别的模型也这样看吗？"),
    "step_trust": ("How far can the map be trusted?", "这张图有多可信？"),
    "busy": ("asking: {step}", "正在查：{step}"),
    "busy_of": ("asking: {step} {done} of {total}", "正在查：{step} {done} / {total}"),
}
#: Reply -> what it says.
FINDINGS: dict[str, tuple[str, str]] = {
    "read": ("Yes, to the end.", "读到了末尾。"),
    "cut": ("No: {count} words at the end were not read: {words}.", "没有：末尾有 {count} 个词没读到：{words}。"),
    "known": ("No word is new to it, and it was made for such pictures.", "没有生词，这类图也是它学过的。"),
    "unknown": ("It has no piece for {count} of the words: {words}.", "有 {count} 个词它不认识：{words}。"),
    "foreign": (
        "{model} knows drawn scenes only, and this picture is none of ours. Use a public model.",
        "{model} 只认识我们画的场景，而这张图不是。请换公开模型。",
    ),
    "above": ("{percentile} of {n} other texts score lower.", "{n} 句别的话里，{percentile} 的得分更低。"),
    "below": (
        "Only {percentile} of {n} other texts score lower, not 95 %; the strongest of them: “{best}”.",
        "{n} 句别的话里，只有 {percentile} 的得分更低，不到 95 %；其中最高的是：“{best}”。",
    ),
    "answer": ("The score is of the answer “{label}”, and no other text has one.", "得分属于回答“{label}”，别的话没有这种得分。"),
    "none_higher": (
        "No: of {tried} small edits none that says something else scores higher.",
        "不会：试了 {tried} 处小改，凡是换了意思的，没有一句得分更高。",
    ),
    "some_higher": (
        "Yes: of {tried} small edits {otherwise} that say something else score higher, first of all “{best}”.",
        "会：试了 {tried} 处小改，有 {otherwise} 句换了意思而得分更高，最高的是“{best}”。",
    ),
    "prefers_false": (
        "It is wrong here: “{false}” is not true of the picture and scores higher than “{true}”.",
        "它在这里错了：“{false}”不符合图片，得分却高于“{true}”。",
    ),
    "no_edits": ("There is nothing to edit, or no score for another text.", "没有可改的词，或别的话没有得分。"),
    "hit": (
        "Yes: for {hits} of {units} words and phrases the strongest {key} lies where the thing is.",
        "是：{units} 个词和短语里，{hits} 个的最强{key}在东西所在之处。",
    ),
    "missed": (
        "For {hits} of {units} only; it lies elsewhere for: {missed}.",
        "{units} 个里只有 {hits} 个；落在别处的有：{missed}。",
    ),
    "no_box": (
        "Not known: mark where the thing is, below “A region of the picture”.",
        "不知道东西在哪；可在“图上的一块”里框出来。",
    ),
    "agree": ("Yes, mean rank correlation {correlation} with {methods}.", "是，与{methods}的平均秩相关为 {correlation}。"),
    "agree_in_part": (
        "In part: mean rank correlation {correlation} with {methods}.",
        "部分一样：与{methods}的平均秩相关为 {correlation}。",
    ),
    "disagree": (
        "No, mean rank correlation {correlation} with {methods}: what you see depends on the method.",
        "不是，与{methods}的平均秩相关只有 {correlation}：看到的取决于方法。",
    ),
    "no_methods": ("No other cheap method serves this model and target.", "这个模型和对象没有别的便宜方法。"),
    "both_above": (
        "Yes: with {other} {percentile} of other texts score lower.",
        "是：用 {other}，{percentile} 的别的话得分更低。",
    ),
    "neither_above": (
        "Yes: with {other} the text does not stand out either ({percentile} lower).",
        "是：用 {other}，这句也不突出（{percentile} 更低）。",
    ),
    "other_above": (
        "No: with {other} it does stand out, {percentile} lower instead of {own}.",
        "不是：用 {other} 时这句很突出，{percentile} 更低，而不是 {own}。",
    ),
    "only_own_above": (
        "No: with {other} only {percentile} of other texts score lower instead of {own}.",
        "不是：用 {other}，只有 {percentile} 的别的话得分更低，而不是 {own}。",
    ),
    "rival_too": ("It too prefers “{rival}”.", "它也更看好“{rival}”。"),
    "rival_not": ("It does not prefer “{rival}”.", "它并不更看好“{rival}”。"),
    "no_model": ("There is no other model here to ask.", "这里没有别的模型可问。"),
    "trusted": (
        "Better than {better} of random maps, and nothing else asks for care.",
        "好过 {better} 的随机图，别的数字也没有问题。",
    ),
    "doubted": ("With care: {doubts}.", "要小心：{doubts}。"),
}
#: Remark of trust -> what asks for care, in a few words.
DOUBTS: dict[str, tuple[str, str]] = {
    "flat": ("it points at nothing", "它什么也没有指出"),
    "better": ("better than {better} of random maps only", "只好过 {better} 的随机图"),
    "miss": ("its strongest {key} lies outside the true box", "最强的{key}不在真实位置内"),
    "sinks": ("much of it sits on a few {keys}, whatever the word", "不论哪个词，大半落在几个{keys}上"),
    "alike": ("different words have nearly the same map", "不同的词，图几乎一样"),
    "shuffled": ("a model of random weights gives a like map", "随机权重的模型也给出相似的图"),
    "disagree": ("other methods draw another map", "别的方法画出的图不同"),
    "other": ("see its numbers", "看它的数字"),
}
#: Why it is so, by the step of the gravest finding; what the page ends in.
VERDICTS: dict[str, tuple[str, str]] = {
    "ok": ("In short: nothing found here speaks against this answer.", "总之：没有查出对这个结果不利的地方。"),
    "none": ("In short: nothing could be asked.", "总之：什么也没能查。"),
    "cut": (
        "In short: the model did not read all of the text. Shorten it.",
        "总之：模型没有读完这段文字。请缩短。",
    ),
    "known": (
        "In short: the model does not know what is shown or said here. Another model may.",
        "总之：模型不认识这里的图或词。可换一个模型。",
    ),
    "distractors": (
        "In short: the model does not tell this text from others, so its map means little.",
        "总之：模型分不清这句和别的话，所以它的图说明不了什么。",
    ),
    "edits": (
        "In short: the model would rather have other words. Either the text is not true of the picture, or the model is wrong here.",
        "总之：模型更看好别的说法。不是这句话不符合图片，就是模型在这里错了。",
    ),
    "prefers_false": (
        "In short: the model is wrong here. It prefers a sentence that is not true of the picture.",
        "总之：模型在这里错了，它更看好不符合图片的那句话。",
    ),
    "edits_warn": (
        "In short: nothing grave, but a few texts that say something else score higher.",
        "总之：没有大问题，但有几句意思不同的话得分更高。",
    ),
    "known_warn": ("In short: it does not know every word.", "总之：有的词它不认识。"),
    "distractors_warn": ("In short: the score stands out a little, not much.", "总之：得分略高一些，不算突出。"),
    "trust_warn": ("In short: the score stands; read the map with care.", "总之：得分站得住，图要小心看。"),
    "box": ("In short: the map does not lie where the things are.", "总之：图没有落在东西所在的位置。"),
    "methods": ("In short: the score stands, but methods draw different maps.", "总之：得分站得住，但各方法画的图不一样。"),
    "model": ("In short: it depends on the model.", "总之：这取决于用哪个模型。"),
    "trust": ("In short: the score stands, but do not lean on this map.", "总之：得分站得住，但不要太信这张图。"),
}
CHANGES: dict[str, tuple[str, str]] = {
    "title": ("Change words", "改几个字"),
    "word": ("word", "词"),
    "new": ("put in its place", "换成"),
    "replace": ("Replace", "换"),
    "drop": ("Leave out", "去掉"),
    "other": ("swap with", "对调"),
    "swap": ("Swap", "对调"),
    "leave": ("Leave out each word in turn", "逐个去掉每个词"),
    "try": ("Try small edits: which score higher?", "试试小改：哪些得分更高？"),
    "take": ("take it", "用这句"),
    "back": ("Back to the first text", "回到原句"),
    "stop": ("Stop", "停"),
    "busy": ("{done} of {total} texts", "{total} 句中的第 {done} 句"),
    "was": ("before", "原来"),
    "now": ("now", "现在"),
    "lower": ("{share} of {n} other texts lower", "{n} 句别的话中 {share} 更低"),
    "left": (
        "Score {score}. What leaving a word out does to it, the word that helps most first:",
        "得分 {score}。去掉一个词后得分的变化，最有用的词在前：",
    ),
    "tried_none": ("Of {tried} edits none scores higher than {score}.", "试了 {tried} 处，没有一句高于 {score}。"),
    "tried": ("Of {tried} edits {higher} score higher than {score}:", "试了 {tried} 处，有 {higher} 句高于 {score}："),
    "no_text": ("Write something to put in its place.", "请填要换上的词。"),
    "no_words": ("That word is not in the text on the page any more; choose again.", "页面上的文字里已没有这个词；请重选。"),
    "overlap": ("Those two overlap; choose two words that do not.", "这两个有重叠；请选不重叠的两个词。"),
    "no_edits": (
        "Edits cannot be scored here: the score is of an answer, not of the text.",
        "这里不能比改句：得分属于回答，不属于文字。",
    ),
}
REGION: dict[str, tuple[str, str]] = {
    "title": ("A region of the picture", "图上的一块"),
    "hint": (
        "Press “Draw a box” and drag on the picture, drag with Alt held, or type its edges.",
        "按“画框”后在图上拖，或按住 Alt 拖，也可直接填四边。",
    ),
    "draw": ("Draw a box", "画框"),
    "x0": ("left, %", "左 %"),
    "y0": ("top, %", "上 %"),
    "x1": ("right, %", "右 %"),
    "y1": ("bottom, %", "下 %"),
    "look": ("Which words look here?", "哪些词看这里？"),
    "hide": ("Hide it: what changes?", "遮住它：有什么变化？"),
    "area": ("The box is {area} of what the model sees.", "这个框占模型所见的 {area}。"),
    "unit": ("word", "词"),
    "share": ("of its map", "图在框内"),
    "times": ("against its size", "与面积之比"),
    "change": ("score when hidden", "遮住后得分"),
    "whole": ("whole text", "整段文字"),
    "hidden": (
        "{count} of the {keys} hidden by the mean colour: the score of the pair changes by {change}.",
        "用平均色遮住 {count} 个{keys}：整对的得分变化 {change}。",
    ),
    "removed": (
        "{count} of the {keys} left out: the score of the pair changes by {change}.",
        "去掉 {count} 个{keys}：整对的得分变化 {change}。",
    ),
    "add": ("The detector missed this: add it", "检测器漏了：加上它"),
    "move": ("Move the nearest {key} here", "把最近的{key}移到这里"),
    "added": (
        "Read as one more {key}: the score of the pair changes by {change}.",
        "多读这一个{key}：整对的得分变化 {change}。",
    ),
    "moved": (
        "With the nearest {key} moved here the score of the pair changes by {change}.",
        "把最近的{key}移到这里，整对的得分变化 {change}。",
    ),
    "no_own": ("Words have no scores of their own here.", "这里的词没有自己的得分。"),
    "no_box": ("Draw a box first, or type its edges.", "请先画一个框，或填它的四边。"),
}
PANELS = {"why": WHY, "finding": FINDINGS, "doubt": DOUBTS, "verdict": VERDICTS, "changes": CHANGES, "region": REGION}


def say(panel: str, name: str, /, language: str, columns: KeyKind = "patch", **values: Any) -> str:
    """Give one text of a panel of `PANELS` in a language, for a map of such columns."""
    return nouns.filled(PANELS[panel][name], columns, column(language)).format(**values)


def all_of(panel: str, language: str, columns: KeyKind = "patch") -> dict[str, str]:
    """Give all texts of a panel in one language, for a map of such columns; other curly brackets stay as they are."""
    return {name: nouns.filled(both, columns, column(language)) for name, both in PANELS[panel].items()}
