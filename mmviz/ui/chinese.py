"""What errors say, in Chinese: the sentences a visitor of the page can meet."""

import re

#: Pattern of an error's sentence -> Chinese sentence; what the pattern finds goes in by number.
SENTENCES: tuple[tuple[str, str], ...] = (
    (r"The text is empty.*", "还没有文字；请至少写一个词。"),
    (r"This text has ([\d,]+) characters; up to ([\d,]+) .*", "这段文字有 {0} 个字符，最多能读 {1} 个；请缩短一些。"),
    (r"Character (\d+) of the text is half a character.*", "第 {0} 个字符不完整，请重新输入。"),
    (r"(.+) is not a picture that can be read.*", "{0} 不是能读取的图片；请用 PNG、JPEG、WebP 或 GIF 文件。"),
    (r"(.+) is damaged or cut short.*", "{0} 已损坏或不完整，读不到结尾；请重新保存或下载。"),
    (r"(.+) has ([\d,.]+) megapixels; up to (\d+) .*", "{0} 有 {1} 百万像素，最多能显示 {2} 百万；请缩小后再试。"),
    (r"(.+) is (\d+) x (\d+) pixels; it needs at least 2 .*", "{0} 只有 {1} × {2} 像素，每边至少要 2；请换一张大些的图片。"),
    (
        r"(.+) is (\d+) x (\d+) pixels; one side may be up to (\d+) .*",
        "{0} 是 {1} × {2} 像素，长边最多为短边的 {3} 倍；请裁剪一下。",
    ),
    (r"(.+) is empty \(0 bytes\).*", "{0} 是空文件；请重新保存或上传。"),
    (r"(.+) has (\d+) MB; up to (\d+) MB .*", "{0} 有 {1} MB，最多 {2} MB；请缩小后再试。"),
    (r"(\S+) knows no part of \"(.+)\"; .*", "{0} 不认识“{1}”里的任何部分；请换些词，或换一个模型。"),
    (r"(\S+) finds no keypoint in the picture, .*", "{0} 在图上找不到关键点，图太平了；请换一张有边缘和斑点的图。"),
    (r"No (?:keypoint|object) lies in the box, .*", "框里没有区域，模型在图上不看别处；请挪一挪。"),
    (r"(.+) is not on this machine; run (.+) once with a network.*", "这台机器上没有 {0}；联网后运行一次：{1}。"),
    (r"There is no model \"(.*)\" on this page; there are: (.+)\.", "页面上没有模型“{0}”；可选：{1}。"),
    (
        r"(.+) cannot be written \((.+)\), so results are not kept; .*",
        "{0} 不能写入（{1}），结果没有存下；可用 MMVIZ_HOME 换个地方。",
    ),
    (r"There is no bank \"(.*)\"; there are: (.+)\.", "没有句库“{0}”；可选：{1}。"),
    (
        r"The bank (.+) has (\d+) different texts; it needs at least (\d+).*",
        "句库 {0} 里只有 {1} 句不同的话，至少要 {2} 句，每行一句。",
    ),
    (r"\"(.+)\" does not stand in \"(.+)\"; .*", "“{1}”里没有“{0}”；请给文中的一段，或者留空。"),
    (r"threshold=(.+) is no score of a box; .*", "{0} 不是框的分数；请给 0 到 1 之间的数。"),
    (r"margin=(.+) is no difference of cosines; .*", "边界 {0} 不是余弦之差；请给 0 到 2 之间的数。"),
    (r"(\S+) cannot use (\S+)=\"(.*)\"; give a number\.", "{0} 的 {1} 不能是“{2}”；请给一个数。"),
    (r"\"(.+)\" is too short to be read along; .*", "“{0}”太短，没法边读边看；请给至少两个词。"),
    (r"There are ([\d,]+) texts; a matrix takes 1 to (\d+).*", "有 {0} 句文字，矩阵最多 {1} 句；请只给一部分。"),
    (r"There are ([\d,]+) pictures; a matrix takes 1 to (\d+).*", "有 {0} 张图，矩阵最多 {1} 张；请只给一部分。"),
    (r"There are no texts(?: that can be used \((.+)\))?; a matrix takes.*", "没有可用的文字；请至少给一句。"),
    (r"There are no pictures(?: that can be used \((.+)\))?; a matrix takes.*", "没有可用的图片；请至少给一张。"),
    (
        r"(.+) has ([\d.]+) MB; up to (\d+) MB can be read\. Give fewer or shorter lines\.",
        "{0} 有 {1} MB，最多 {2} MB；请减少行数或缩短句子。",
    ),
    (r"(.+) is not UTF-8 from byte ([\d,]+) on; .*", "{0} 从第 {1} 个字节起不是 UTF-8；请存成 UTF-8，每行一句。"),
    (r"(\S+) has no vectors of whole texts and pictures; .*such as (\S+)\.", "{0} 没有整句和整图的向量；请选双塔模型，如 {1}。"),
    (
        r"(\S+) has neither vectors of .*such as (\S+)\.",
        "{0} 既没有整句和整图的向量，也不能判断图文是否相配；请选双塔模型，如 {1}。",
    ),
    (
        r"([\d,]+) texts and ([\d,]+) pictures are ([\d,]+) pairs, .*instead of ([\d,]+) .*up to ([\d,]+) are run\. .*compare by contrast\.",
        "{0} 句和 {1} 图是 {2} 对；图文合读时每对要算一遍（分开读只需 {3} 遍），一次最多 {4} 对。请减少一些，比如各 100，或改用“对比”。",
    ),
    (
        r"([\d,]+) texts and ([\d,]+) pictures are ([\d,]+) pairs, .*instead of ([\d,]+) .*up to ([\d,]+) are run\. .*",
        "{0} 句和 {1} 图是 {2} 对；图文合读时每对要算一遍（分开读只需 {3} 遍），一次最多 {4} 对。请减少一些，比如各 100。",
    ),
    (r"(\S+) does not compare by (\S+); it compares by: (.+)\.", "{0} 不能用 {1} 来比；可用：{2}。"),
    (
        r"(\S+) does not fit into the GPU's memory .*",
        "{0} 放不进显存，改在 CPU 上运行，会慢一些；请关掉别的占用显存的程序后重启 mmviz，或换小一些的模型。",
    ),
    (r"(.+) is not in (.+); make it with: (.+)\.", "还没有 {0}；可这样训练：{2}。"),
    (r"(\S+) has no layer (\S+) in its picture tower; there are (.+)\.", "{0} 的图像塔没有第 {1} 层；层号为 {2}。"),
    (r"(\S+) has no layer (\S+) in its (.+); there are (.+)\.", "{0} 没有第 {1} 层；层号为 {3}。"),
    (r"(\S+) answers questions and does not match texts; .*", "{0} 只回答问题，不判断图文是否相配；请选用于检索的模型。"),
    (r"(.+) is (.+), too narrow for a patch of (\S+); crop it\.", "{0} 是 {1}，太窄，放不下 {2} 的一个图块；请裁剪一下。"),
    (r"(.+) with (\S+) cannot have the target \"(\w+)\"; use: (.+)\.", "{1} 的 {0} 不能以 {2} 为对象；可用：{3}。"),
    (r"(\S+) needs (.+), which (\S+) does not offer; with \S+ use: (.+)\.", "{2} 不提供 {0} 所需的 {1}；可用的方法：{3}。"),
    (r"(.+), and such numbers have no scale (\S+); use: (.+)\.", "这样的数没有标度 {1}；可用：{2}。"),
    (r"The hub cannot be reached for (\S+) \((.+)\); .*", "连不上模型库，问不到 {0}（{1}）；有网络时再试。"),
    (
        r"HF_HUB_OFFLINE is set, so the hub is not asked for (\S+); .*",
        "设了 HF_HUB_OFFLINE，所以不问模型库要 {0}；请去掉它再重新启动。",
    ),
    (r"The hub has no model (\S*) for you; .*", "模型库里没有可给你的 {0}；请查一查它的名字。"),
    (r"(\S+) is given only to who accepted its terms .*", "{0} 只给在模型库接受了条款的人；请先接受，再运行 hf auth login。"),
    (
        r"(\S+) needs ([\d,]+) MB more in (.+), where ([\d,]+) MB are free; .*",
        "{0} 还要在 {2} 占 {1} MB，那里只剩 {3} MB；请腾出空间，或用 HF_HOME 换个文件夹。",
    ),
    (r"(\S+) of (\S+) came damaged and was thrown away; .*", "{1} 的 {0} 下载后是坏的，已丢弃；请重新下载。"),
    (r"(\S+) cannot be kept \((.+)\); .*", "{0} 存不下（{1}）；请腾出空间，或用 HF_HOME 换个文件夹。"),
    (r"(\S+) was changed on the hub while it was fetched; .*", "{0} 在下载期间被改动了；请重新下载。"),
    (r"(\S+) has (\w+)=(.*); choose (?:from )?(.+)\.", "{0} 的 {1} 不能是 {2}；应为：{3}。"),
    (r"(\S+) cannot use (\S+)=\"(.*)\"; give .*", "{0} 不能用 {1}=“{2}”；请填用逗号隔开的整数，或 all。"),
)


def said(sentence: str) -> str:
    """Say an error's sentence in Chinese where it is known, else leave it as it is with a word before it."""
    for pattern, chinese in SENTENCES:
        found = re.fullmatch(pattern, sentence, re.DOTALL)
        if found:
            return chinese.format(*found.groups())
    return f"没有做成：{sentence}"
