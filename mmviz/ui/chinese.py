"""What errors say, in Chinese: the sentences a visitor of the page can meet."""

import re

from mmviz.ui import speech_chinese

#: Pattern of an error's sentence -> Chinese sentence; what the pattern finds goes in by number.
SENTENCES: tuple[tuple[str, str], ...] = (
    (r"(.+) is no film that can be read, or is damaged .*", "{0} 不是能读取的影片，或已损坏、不完整；请用 MP4 或 WebM 文件。"),
    (r"(.+) has sound and no pictures; .*", "{0} 只有声音，没有画面；需要影片，如 MP4 或 WebM 文件。"),
    (r"(.+) has no pictures; a film is needed.*", "{0} 没有画面；需要影片，如 MP4 或 WebM 文件。"),
    (r"(.+) is a picture, not a film; .*", "{0} 是图片，不是影片；请用 MP4 或 WebM 文件。"),
    (
        r"(.+) has (\d+) x (\d+) pixels; up to (\d+) x (\d+) can be read.*",
        "{0} 的画面是 {1} × {2} 像素，最多 {3} × {4}；请缩小，如 1920 × 1080。",
    ),
    (r"(.+) has pictures of (\d+) x (\d+) pixels; .*", "{0} 的画面只有 {1} × {2} 像素，每边至少要 2；请换一部影片。"),
    (r"(.+) is ([\d.]+) hours long; up to (\d+) can be read.*", "{0} 长 {1} 小时，最多 {2} 小时；请剪成几段。"),
    (r"(.+) has ([\d.]+) GB; up to (\d+) GB can be read.*", "{0} 有 {1} GB，最多 {2} GB；请剪短或压缩。"),
    (r"Not one frame of (.+) \((.+)\) can be decoded; .*", "{0}（{1}）一帧也解不开；请转成 H.264 或 VP9 再试。"),
    (r"No frame of (.+) can be decoded at ([\d.]+) s; .*", "{0} 在 {1} 秒处解不开；请转成 H.264 或 VP9。"),
    (
        r"This text has ([\d,]+) characters; clauses are found in up to ([\d,]+)\..*",
        "这段文字有 {0} 个字符，分句最多能分 {1} 个；请缩短一些。",
    ),
    (
        r"There are ([\d,]+) shots and ([\d,]+) clauses; ([\d,]+) of each and ([\d,]+) pairs .*",
        "有 {0} 个镜头、{1} 个分句，最多各匹配 {2} 个，共 {3} 对；请合并相邻的，或只给一部分。",
    ),
    (
        r"There are ([\d,]+) shots and ([\d,]+) clauses; this matcher takes (\d+) of each\..*",
        "有 {0} 个镜头、{1} 个分句，这种匹配方法最多各取 {2} 个；请选 gnn 或 hmm，或只给一部分。",
    ),
    (r"shot-net is not in (.+); `(.+)` makes it, .*", "{0} 里没有 shot-net；可用 {1} 来做，或只找硬切。"),
    (r"The fixed pairs go back in the text, .*", "固定的配对在文中往回走，而文字被说成是按时间顺序的；请取消其中一个。"),
    (r"Shot (\d+) is ([\d.]+) s long and cannot be split; .*", "第 {0} 个镜头只有 {1} 秒，拆不开；至少要 0.2 秒。"),
    (r"(Shot|Clause) (\d+) has no next one to be merged with; there are (\d+)\.", "第 {1} 个后面没有可合并的；一共 {2} 个。"),
    (r"Clause (\d+) cannot be split at character (\d+); .*", "第 {0} 个分句不能在第 {1} 个字符处拆开；两边都要留下至少一个词。"),
    (r"(\S+) is not in (.+); make it with: (.+)\.", "{1} 里没有 {0}；可用 {2} 来做。"),
    (r"UMAP needs at least (\d+) items, and here are (\d+).*", "UMAP 至少要 {0} 项，这里只有 {1} 项；请改用 PCA。"),
    (r"All ([\d,]+) vectors are equal, .*", "这 {0} 个向量全都相同，UMAP 没有可布局的；请改用 PCA。"),
    (r"A map needs at least 2 items with a direction; .*", "画图至少要有两个不全为零的向量；请多给一些。"),
    (r"A map's seed is a whole number from 0 to ([\d,]+), got (.+); .*", "种子是 0 到 {0} 的整数，不能是 {1}；请换一个。"),
    (r"A centred map has no place for a pair of your own, .*", "居中的图没有你这对图文的位置：它没有均值可减；请先关掉居中。"),
    (
        r"The pair has vectors of (\d+) numbers and the map of (\d+); .*",
        "这对图文的向量有 {0} 个数，图上的有 {1} 个；请用同一个模型。",
    ),
    (r"The vectors have (.+); one space has one width, .*", "向量长短不一（{0}）；同一空间只有一种长度，请给同一模型的向量。"),
    (r"(\d+) files are more than the two modalities a map has; .*", "{0} 个文件太多，一张图最多两个模态；请给一个或两个。"),
    (r"(.+) has a value that is no finite number in row (\d+), column (\d+); .*", "{0} 第 {1} 行第 {2} 列不是有限的数；请改掉。"),
    (r"(.+) is not a \.npy file of numbers; .*", "{0} 不是数字的 .npy 文件；请用 numpy.save 保存。"),
    (r"(.+) has no column of vectors \(columns: (.+)\); .*", "{0} 里没有向量列（有：{1}）；要有一列叫 vector，每格一串数。"),
    (r"(.+) is not a Parquet file; .*", "{0} 不是 Parquet 文件；请用 `mmviz space --out` 写出，或给 .npy 文件。"),
    (r"The vectors of (.+) are not all of one width, .*", "{0} 里的向量长短不一，或不是数；请让每项一样长。"),
    (r"The captions name (.+), which is not among the pictures; .*", "说明文字提到 {0}，但没有添加这张图；请添加它提到的图片。"),
    (
        r"(.+) has no column for the (?:picture|caption) in line (\d+); call it (\w+) .*",
        "{0} 第 {1} 行缺一列；请加上名为 {2} 的列。",
    ),
    (r"(.+) has no captions; .*", "{0} 里没有说明文字；请每行一句，列名为 file 和 caption。"),
    (
        r"(.+) has ([\d,]+) captions; a map of pictures takes ([\d,]+)\. .*",
        "{0} 有 {1} 句说明，一张图最多 {2} 句；请只给一部分。",
    ),
    (r"(.+) has no (?:JSON|object) in line (\d+); .*", "{0} 第 {1} 行不是 JSON 对象；请每行写一个。"),
    (r"There are no (?:texts|pictures) that can be used \((.+)\); give others\.", "没有能用的文字或图片（{0}）；请换一些。"),
    (r"Stopped .*as was asked.*", "已停止。"),
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
    for pattern, chinese in (*speech_chinese.SENTENCES, *SENTENCES):
        found = re.fullmatch(pattern, sentence, re.DOTALL)
        if found:
            return chinese.format(*found.groups())
    return f"没有做成：{sentence}"
