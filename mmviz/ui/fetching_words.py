"""What the panel that fetches a public model says, in English and in Chinese."""

from typing import Any

from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("{title} is not on this machine", "本机没有 {title}"),
    "repository": ("on the hub", "在模型库中"),
    "size": ("size", "大小"),
    "licence": ("licence", "许可"),
    "folder": ("kept in", "存放在"),
    "about_size": ("about {size}", "约 {size}"),
    "size_left": ("{size}, of which {left} are still missing", "{size}，还差 {left}"),
    "licence_unasked": ("the hub knows; it is said before anything is fetched", "要问模型库；下载之前会写在这里"),
    "licence_none": ("the model's card names none", "模型卡没有写"),
    "ask": ("Ask the hub for size and licence", "向模型库询问大小和许可"),
    "ask_note": (
        "Asking sends the model's name to the hub, and nothing of your pictures or texts.",
        "询问时只把模型的名字发给模型库，不发图片和文字。",
    ),
    "get": ("Download {left}", "下载 {left}"),
    "asking": ("asking the hub …", "正在询问模型库……"),
    "busy": ("{done} of {total}", "{done} / {total}"),
    "stop": ("Stop", "停"),
    "stopped_note": ("What is here already stays, and is not fetched again.", "已下载的会留着，不会重下。"),
    "ready": ("{title} is on this machine now; “{show}” runs it.", "{title} 已在本机；点“{show}”就可以用。"),
    "ways": (
        "Without the hub: run “{command}” where there is a network and copy the folder of the model into {folder}; or give the command"
        " line a folder, as in --model {family}:/folder.",
        "连不上模型库时：在有网络的机器上运行“{command}”，把模型的文件夹拷到 {folder}；或在命令行里指定文件夹，如 --model {family}:/folder。",
    ),
    "closed": (
        "This page is open to strangers, so models are fetched only by who runs it: {command}",
        "本页对外开放，模型只能由运行它的人下载：{command}",
    ),
}


def say(name: str, language: str, **values: Any) -> str:
    """Give one text of the panel in a language."""
    return TEXTS[name][column(language)].format(**values)
