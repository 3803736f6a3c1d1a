"""What the columns of a map are called on the page: the one place where its texts get "patch", "region" or "keypoint" from.

Texts have `{key}` for one of them, `{keys}` for several, `{order}` for how a table puts them beside one another.
"""

from mmviz.axes import NOUNS, KeyKind

#: Kind of columns -> what one and several are called in Chinese.
CHINESE: dict[KeyKind, str] = {"patch": "图块", "keypoint": "关键点", "object": "区域", "cell": "格子", "time": "时间"}
#: Kind of columns -> in which order they stand in a table, in English and in Chinese.
ORDER: dict[KeyKind, tuple[str, str]] = {
    "patch": (", the picture's rows one after the other", "，图片的各行依次排开"),
    "keypoint": (", by its number", "，按编号排"),
    "object": (", by its number", "，按编号排"),
    "cell": (", the picture's rows one after the other", "，图片的各行依次排开"),
    "time": (", one after the other", "，依次排开"),
}


def of(kind: KeyKind, column: int) -> dict[str, str]:
    """Give what stands in the holes of texts, by their names.

    Args:
        kind: of columns, as `key.kind` has it.
        column: 0 for English, 1 for Chinese, as `words.column` says.
    """
    key, keys = (CHINESE[kind],) * 2 if column else NOUNS[kind]
    return {"key": key, "keys": keys, "order": ORDER[kind][column]}


def filled(both: tuple[str, str], kind: KeyKind, column: int) -> str:
    """Take a text in English or Chinese and put the nouns into it; other holes stay as they are."""
    text = both[column]
    for name, noun in of(kind, column).items():
        text = text.replace("{" + name + "}", noun)
    return text
