"""What the panel "A against B" says, in English and in Chinese."""

from typing import Any

from mmviz.axes import KeyKind
from mmviz.ui import nouns
from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("A against B: another model, text or picture", "A 对 B：换个模型、换句话或换张图"),
    "differs": ("A is the answer above. B has another …", "A 是上面的结果。B 换一个……"),
    "model": ("model", "模型"),
    "text": ("text", "句子"),
    "picture": ("picture", "图片"),
    "b_model": ("Model of B", "B 用的模型"),
    "b_text": ("Text of B", "B 的句子"),
    "b_text_hint": ("the same with a word changed, or any other", "改一个词，或另写一句"),
    "b_picture": ("Picture of B", "B 的图片"),
    "go": ("Compare A with B", "比较 A 和 B"),
    "stop": ("Stop", "停"),
    "busy": ("computing B: {name}", "正在算 B：{name}"),
    "no_text": ("B has no text; write the one that A is to be compared with.", "B 还没有句子；请写一句来和 A 比。"),
    "same_text": ("That is A's text; change a word of it.", "这就是 A 的句子；请至少改一个词。"),
    "no_picture": ("B has no picture; upload the one that A is to be compared with.", "B 还没有图片；请上传一张来和 A 比。"),
    "no_model": ("B has no model, or A's; choose another one.", "B 没有选模型，或选了 A 的模型；请另选一个。"),
    "score": ("score of the whole", "整体得分"),
    "kinds_apart": (
        "A is a {a}, B a {b}: they have no unit in common and are not subtracted.",
        "A 是{a}，B 是{b}：单位不同，不相减。",
    ),
    "kind_cosine": ("cosine", "余弦"),
    "kind_match_probability": ("probability of a match", "相配的概率"),
    "kind_logit": ("logit", "logit 值"),
    "words": ("Words of A and B: arrow keys walk", "A 和 B 的词：方向键移动"),
    "whole": ("whole text", "整段文字"),
    "in_A": ("only in A", "只在 A"),
    "in_B": ("only in B", "只在 B"),
    "maps": ("Maps of A and B: arrow keys walk the places", "A 和 B 的图：方向键走各处"),
    "nothing": ("B’s text has no such word.", "B 的句子没有这个词。"),
    "nothing_a": ("A’s text has no such word.", "A 的句子没有这个词。"),
    "difference": ("B − A", "B − A"),
    "stronger_b": ("green: stronger in B", "绿：B 更强"),
    "stronger_a": ("purple: stronger in A", "紫：A 更强"),
    "same": ("clear: the same", "透明：一样"),
    "no_change": ("no difference: only one of the texts has this word", "没有差：只有一句里有这个词"),
    "own": ("a scale of its own for each word", "每个词各用一个色标"),
    "own_scale": ("of “{unit}” alone", "只属于“{unit}”"),
    "about_raw": (
        "A and B are in the same unit ({scale}), and all maps of both have one scale.",
        "A 和 B 单位相同（{scale}），两边所有的图共用一个色标。",
    ),
    "about_share": (
        "A and B have no unit in common, or {keys} of another size, so shares are compared: 1 is a map spread evenly over the "
        "picture, 2 twice as much at this place. All maps have one scale; their own values are said where you point.",
        "A 和 B 单位不同，或{keys}大小不同，所以比份额：1 表示像均匀铺满全图那样多，2 表示这里有它的两倍。"
        "所有的图共用一个色标；指到哪里，就写出哪里原来的数值。",
    ),
    "about_rank": (
        "A and B have no unit in common and their numbers have signs, so ranks are compared: 0.9 says that 90 % of the map’s area "
        "is weaker. All maps have one scale; their own values are said where you point.",
        "A 和 B 单位不同，数值又有正负，所以比名次：0.9 表示图中 90 % 的面积比这里弱。"
        "所有的图共用一个色标；指到哪里，就写出哪里原来的数值。",
    ),
    "about_places": (
        "B has another picture: the difference is between the same places of the two, whatever is to be seen there; it is drawn on A’s.",
        "B 换了图片：差是两张图同一位置之差，不管那里画着什么；差画在 A 的图上。",
    ),
    "no_places": (
        "The pictures have different shapes ({a} and {b} pixels), so a place in one is no place in the other: both maps, no difference.",
        "两张图形状不同（{a} 和 {b} 像素），这张的位置对不上那张，所以只给两张图，不算差。",
    ),
    "about_prompt": (
        "Each word is read alone here, so one that both texts have has the same map in both; only changed words, phrases and the "
        "whole text can differ.",
        "这里每个词都单独来读，所以两句共有的词，图也相同；会变的只有改过的词、短语和整段文字。",
    ),
    "lower": (
        "A scores above {a} of {n} other texts, B above {b}.",
        "{n} 句别的话里，{a} 的得分低于 A，{b} 的低于 B。",
    ),
    "unseen": (
        "Hatched: not seen by the model, or, in the difference, by one of the two.",
        "斜线处：模型看不到；在差里，则是其中一方看不到。",
    ),
    "scale_share": ("times an even spread", "均匀铺开的倍数"),
    "scale_rank": ("rank, 0 to 1", "名次，0 到 1"),
    "place": ("{x} % across, {y} % down", "横 {x} %，竖 {y} %"),
    "not_seen": ("not seen", "看不到"),
    "at": ("{value} at {place}", "{value}，{place}"),
    "in_brackets": ("in brackets: {scale}", "括号里：{scale}"),
    "strongest": ("Strongest for “{unit}”", "“{unit}”最强的地方"),
    "table": ("What changed, word by word", "每个词变了多少"),
    "unit": ("word", "词"),
    "a_own": ("A: own score", "A：自己的得分"),
    "b_own": ("B: own score", "B：自己的得分"),
    "a_strongest": ("A: strongest", "A：最强处"),
    "b_strongest": ("B: strongest", "B：最强处"),
    "a_apart": ("A: strongest, its unit", "A：最强处，自己的单位"),
    "b_apart": ("B: strongest, its unit", "B：最强处，自己的单位"),
    "change": ("B − A", "B − A"),
    "moved": ("strongest moved by", "最强处移了"),
    "correlation": ("rank correlation", "秩相关"),
    "overlap": ("weight in the same places", "权重落在同处"),
    "sort": ("sort by: {name}", "按“{name}”排"),
    "moved_by": ("{patches} {keys} ({way})", "{patches} 个{keys}（{way}）"),
    "stays": ("stays", "没动"),
    "note": (
        "Click a heading to sort, by size and not by sign. Ways are counted in A’s {keys}, with the share of the picture’s width (→) "
        "and height (↓) in brackets. The rank correlation runs from −1 to 1; the last column says how much of both maps’ weight, each "
        "summing to 1, lies in the same places. A dash: unknown, for one side has no such word or a map that is the same everywhere.",
        "点表头排序，只看大小、不看正负。移动按 A 的{keys}计，括号里是占图宽（→）和图高（↓）的份额。秩相关从 −1 到 1；"
        "最后一列是两张图的权重（各自加起来为 1）有多少落在同处。横线表示未知：有一边没有这个词，或图处处相同。",
    ),
    "export": ("Export", "导出"),
    "export_csv": ("CSV, this table", "CSV 此表"),
    "export_json": ("JSON, everything", "JSON 全部数据"),
    "export_npz": ("NPZ, arrays", "NPZ 数组"),
}
#: What the widget's script says itself.
SHOWN = (
    "words whole in_A in_B maps nothing nothing_a difference stronger_b stronger_a same no_change own own_scale place at not_seen in_brackets "
    "strongest table sort note export export_csv export_json export_npz"
).split()


def say(name: str, /, language: str, columns: KeyKind = "patch", **values: Any) -> str:
    """Give one text of the panel in a language, for maps of such columns."""
    return nouns.filled(TEXTS[name], columns, column(language)).format(**values)


def shown(language: str, columns: KeyKind = "patch") -> dict[str, str]:
    """Give the texts of the widget's script in one language, for maps of such columns; other curly brackets stay as they are."""
    return {name: nouns.filled(TEXTS[name], columns, column(language)) for name in SHOWN}
