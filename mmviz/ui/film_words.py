"""What the film tab says, in English and in Chinese."""

from mmviz.registry import Entry
from mmviz.trusts import Remark
from mmviz.ui.words import column

#: What the widget of graph, player and matrix says; its script fills the curly brackets in.
WIDGET: dict[str, tuple[str, str]] = {
    "graph": (
        "Shots and clauses: left and right walk a row, down goes from a shot to its clauses, up goes back, Enter plays, C connects,"
        " F fixes, X forbids, S splits, M merges",
        "镜头与分句：左右键在一行里走，向下从镜头走到它的分句，向上返回，回车播放，C 连接，F 固定，X 禁止，S 拆分，M 合并",
    ),
    "hint": (
        "Point at a shot, a clause or an edge; a click plays it. Drag from a shot to a clause, or take an edge by its end, to correct.",
        "指向镜头、分句或连线，点一下就播放。从镜头拖到分句，或拖动连线的一端，即可更正。",
    ),
    "band_shots": ("no clause tells these", "没有分句讲到的镜头"),
    "band_clauses": ("no shot shows these", "没有镜头拍到的分句"),
    "player": ("The film", "影片"),
    "unplayable": (
        "This browser cannot play the film; shots and clauses are shown all the same. An MP4 (H.264) or WebM file plays.",
        "浏览器放不了这部影片，但镜头与分句照样可看。MP4（H.264）或 WebM 可以播放。",
    ),
    "selected": ("What is selected", "选中的内容"),
    "shot": ("Shot {n}, {from} – {to}", "第 {n} 个镜头，{from} – {to}"),
    "shot_short": ("shot {n}, {from}", "镜头 {n}，{from}"),
    "clause": ("Clause {n}", "第 {n} 个分句"),
    "pair": ("Shot {s} and clause {c}", "镜头 {s} 与分句 {c}"),
    "none_shot": ("no clause", "不属于任何分句"),
    "none_clause": ("no shot", "没有镜头"),
    "alike": ("looks like shot {shots}: they are told apart by order alone", "与镜头 {shots} 很像：只能靠次序分辨"),
    "comma": (", ", "、"),
    "fact_p": ("probability that they belong together", "属于彼此的概率"),
    "fact_similarity": ("similarity, before the matcher", "相似度（匹配之前）"),
    "fact_change": ("what the matcher changed, against similarity alone", "匹配器比只看相似度改动了多少"),
    "play": ("play", "播放"),
    "connect_shot": ("connect with a clause", "连到一个分句"),
    "connect_clause": ("connect with a shot", "连到一个镜头"),
    "none": ("belongs to no clause", "不属于任何分句"),
    "split_shot": ("split at the player’s time", "在播放处拆开"),
    "split_clause": ("split", "拆开"),
    "merge_shot": ("merge with the next", "与下一个合并"),
    "merge_clause": ("merge with the next", "与下一个合并"),
    "split_where": ("A new clause begins at:", "新的分句从哪里开始："),
    "split_here": ("begin a new clause at “{word}”", "从“{word}”开始新的分句"),
    "fix": ("belongs together", "属于彼此"),
    "forbid": ("does not belong", "不属于彼此"),
    "connecting": (
        "Choose the partner with the arrow keys; Enter connects, Escape lets go.",
        "用方向键选对方，回车连接，Esc 取消。",
    ),
    "let_go": ("Nothing was connected.", "没有连接。"),
    "threshold": ("edges from", "连线的概率至少"),
    "step": ("message passing", "消息传递"),
    "step_of": ("after round {n} of {of}", "第 {n} 轮之后（共 {of} 轮）"),
    "step_last": ("the answer", "最后结果"),
    "chronological": ("the text is chronological", "文字按时间顺序"),
    "undo": ("undo", "撤销"),
    "export": ("Export", "导出"),
    "corrections": ("Corrections", "更正"),
    "chip_fixed": ("shot {s} – clause {c}", "镜头 {s} – 分句 {c}"),
    "chip_none": ("shot {s}: no clause", "镜头 {s}：不属于任何分句"),
    "chip_forbidden": ("shot {s} not clause {c}", "镜头 {s} 不是分句 {c}"),
    "take_back": ("take back the correction of shot {s}", "取消对镜头 {s} 的更正"),
    "versus": ("compare with another matcher", "与另一种匹配方法比"),
    "nobody": ("no other", "不比"),
    "nothing": ("none", "无"),
    "no_shot": ("no shot", "没有镜头"),
    "head_shot": ("shot", "镜头"),
    "head_time": ("time", "时间"),
    "head_clause": ("clause", "分句"),
    "head_p": ("probability", "概率"),
    "table": ("As a table: every shot with its clause", "列成表：每个镜头和它的分句"),
    "told_shot": ("Shot {n}, {from} to {to}:", "第 {n} 个镜头，{from} 到 {to}："),
    "told_clause": ("Clause {n}, “{text}”:", "第 {n} 个分句“{text}”："),
    "told_pair": (
        "Shot {s} and clause {c}, “{text}”: probability {p}.",
        "镜头 {s} 与分句 {c}“{text}”：概率 {p}。",
    ),
    "partner_clause": ("clause {n}, “{text}”, {p}", "分句 {n}“{text}”，{p}"),
    "partner_shot": ("shot {n}, {p}", "镜头 {n}，{p}"),
    "alone_shot": ("no clause tells it.", "没有分句讲到它。"),
    "alone_clause": ("no shot shows it.", "没有镜头拍到它。"),
    "joiner": ("; ", "；"),
    "matrix": ("What the matrix shows", "矩阵显示什么"),
    "matrix_similarity": ("similarity of the encoder", "编码器给的相似度"),
    "matrix_p": ("probability after matching", "匹配后的概率"),
    "matrix_change": ("what the matcher changed", "匹配器改动了什么"),
    "matrix_about": ("A row a shot, a column a clause.", "一行一个镜头，一列一个分句。"),
    "cell": ("shot {s}, clause {c}: {value}", "镜头 {s}，分句 {c}：{value}"),
    "too_large": (
        "The matrix is too large to be drawn here; CSV and JSON have all of it.",
        "矩阵太大，这里画不下；CSV 和 JSON 里有全部数据。",
    ),
    "strip": ("the whole film: pale where no clause tells a shot", "整部影片：颜色浅处没有分句讲到"),
}

#: Everything else of the tab.
TEXTS: dict[str, tuple[str, str]] = {
    "inputs": ("Film, text, model, example", "影片、文字、模型、例子"),
    "video": ("Film", "影片"),
    "text": ("Text, or subtitles (SRT)", "文字，或字幕（SRT）"),
    "text_hint": (
        "what happens, in English or Chinese; its parts are matched with shots",
        "用中文或英文写发生了什么，各部分与镜头相配",
    ),
    "file": ("… or a text or SRT file", "……或一个文本、SRT 文件"),
    "model": ("Model", "模型"),
    "matcher": ("Matcher", "匹配方法"),
    "level": ("A clause is", "分句的粗细"),
    "level_fine": ("fine", "细"),
    "level_normal": ("normal", "一般"),
    "level_sentence": ("a sentence", "整句"),
    "gradual": ("find dissolves and fades too", "也找叠化和淡入淡出"),
    "go": ("Match", "匹配"),
    "stop": ("Stop", "停"),
    "example": ("Examples", "例子"),
    "example_hint": (
        "drawn films whose pairs are known; choosing one plays and matches it",
        "画出来的影片，配对是已知的；点一下就播放并匹配",
    ),
    "film_flashback": ("A flashback in the text", "倒叙的文字"),
    "film_flashback_hint": (
        "“before that”: the text leaves the film’s order, and a matcher that only goes forward loses it. Chosen because the graph network"
        " finds what is told there and the monotone path does not: so it is in {right} of {films} drawn films with such a text, the other"
        " way round in {opposite}; mean F1 over all of them {gnn} and {monotone}.",
        "“在此之前”：文字离开了影片的次序，只会往前走的方法就跟丢了。选它是因为图网络找得到倒叙的部分，单调路径找不到：{films} 部这样的影片里有"
        " {right} 部如此，反过来的有 {opposite} 部；全部影片的平均 F1 为 {gnn} 和 {monotone}。",
    ),
    "film_goes_back": ("A film that goes back", "往回跳的影片"),
    "film_goes_back_hint": ("it shows out of order what the text tells in order", "文字顺着讲，影片却打乱了次序"),
    "film_dissolves": ("Dissolves and shots nobody tells", "叠化，以及没讲到的镜头"),
    "film_dissolves_hint": (
        "slow transitions are found because their box is ticked; some shots stand apart",
        "勾选了才会找慢转场；有些镜头不属于任何分句",
    ),
    "first": (
        "Upload a film, write what happens in it, and press Match; or choose an example.",
        "请上传一部影片，写下里面发生了什么，然后按“匹配”；也可以选一个例子。",
    ),
    "no_film": ("There is no film; upload one or choose an example.", "还没有影片；请上传一部，或选一个例子。"),
    "no_text": (
        "There is no text; write what happens in the film, or choose an example.",
        "还没有文字；请写下影片里发生了什么，或选一个例子。",
    ),
    "no_matching": ("There is nothing matched yet; press Match first.", "还没有匹配结果；请先按“匹配”。"),
    "no_place": ("That shot or clause is not there any more; select it again.", "那个镜头或分句已经不在了；请重新选择。"),
    "no_undo": ("There is nothing to undo.", "没有可撤销的更正。"),
    "left_out": (
        "Above {side} shots or clauses the decided edges alone are drawn; {count} weaker ones are left out.",
        "超过 {side} 个镜头或分句时只画选定的连线，较弱的 {count} 条没有画。",
    ),
    "versus_said": (
        "They differ in {count} of {shots} shots (dashed). {mine} goes back in the text {back_mine} times from shot to shot, {theirs}"
        " {back_theirs} times: {verdict}",
        "{shots} 个镜头中有 {count} 个不同（虚线）。从镜头到镜头，{mine}在文中往回跳 {back_mine} 次，{theirs}{back_theirs} 次：{verdict}",
    ),
    "versus_same": ("They agree on every shot.", "两者对每个镜头都一致。"),
    "matcher_gnn": ("Graph network", "图神经网络"),
    "matcher_hmm": ("Hidden Markov model", "隐马尔可夫模型"),
    "matcher_hungarian": ("Hungarian with capacity", "带容量的匈牙利算法"),
    "matcher_monotone": ("Monotone with gaps", "单调，可跳过"),
    "matcher_rrwm": ("Reweighted random walks", "重加权随机游走"),
    "matcher_transport": ("Transport with a dustbin", "带垃圾箱的最优传输"),
    "export_chapters.txt": ("Chapters (YouTube)", "章节（YouTube）"),
    "export_chapters.vtt": ("Chapters (WebVTT)", "章节（WebVTT）"),
    "export_csv": ("Table (CSV)", "表格（CSV）"),
    "export_edl": ("Edit list (EDL)", "剪辑表（EDL）"),
    "export_fcpxml": ("Final Cut Pro project", "Final Cut Pro 工程"),
    "export_json": ("JSON", "JSON 数据"),
    "export_otio": ("Timeline (OpenTimelineIO)", "时间线（OpenTimelineIO）"),
    "export_png": ("Contact sheet (PNG)", "镜头一览图（PNG）"),
    "export_srt": ("Subtitles (SRT)", "字幕（SRT）"),
    "export_vtt": ("Subtitles (WebVTT)", "字幕（WebVTT）"),
    "likelier_mine": ("the order of {mine} is the likelier one.", "{mine}的次序更可能。"),
    "likelier_theirs": ("the order of {theirs} is the likelier one.", "{theirs}的次序更可能。"),
    "likelier_none": ("neither order is likelier.", "两种次序同样可能。"),
}


#: The stages of the work, in order: what each is called, and how far it is.
STAGES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "clauses": (("clauses", "分句"), ("Reading clauses: {done} of {total}", "正在读分句：共 {total} 个，已读 {done} 个")),
    "shots": (
        ("shots", "镜头"),
        ("Finding shots: {done} of {total} s of the film seen", "正在找镜头：影片共 {total} 秒，已看 {done} 秒"),
    ),
    "frames": (("pictures", "画面"), ("Reading pictures: {done} of {total}", "正在读画面：共 {total} 幅，已读 {done} 幅")),
    "match": (("matching", "匹配"), ("Matching shots with clauses", "正在匹配镜头与分句")),
}

#: What is said of a matching, by the key of its remark.
REMARKS: dict[str, tuple[str, str]] = {
    "bundled_on_real": (
        "This film is not one of our drawings, and a bundled model knows nothing else: do not trust this matching. Choose a public"
        " model.",
        "这部影片不是我们画的，而自带的模型只认识我们画的东西：这个匹配不可信。请选公开模型。",
    ),
    "cut_short": (
        "The file ends before the length it names; what is there was used.",
        "文件不完整，没到它标明的长度就结束了；用了现有的部分。",
    ),
    "long_clauses": (
        "Clauses too long to be read at once, and so read in parts: {n}.",
        "有 {n} 个分句太长，一次读不完，分段读了。",
    ),
    "ambiguous_shots": (
        "Shots that look alike and could change places, in groups: {n}. Only order tells them apart; selecting one marks those like it.",
        "有 {n} 组镜头彼此很像，可能互换，只能靠次序分辨。选中一个，就标出像它的。",
    ),
    "no_order": (
        "The text tells things in no order the film follows (likely by {p}): no gain of the graph over the hidden Markov model is to be"
        " expected.",
        "文字没有按影片的次序讲（可能性 {p}）：不必指望图网络胜过隐马尔可夫模型。",
    ),
    "few_clauses": (
        "There are {shots} shots a clause. The graph network learned runs of one to three shots and leaves longer ones out: where many"
        " shots in a row show one clause, compare with the hidden Markov model.",
        "平均每个分句有 {shots} 个镜头。图网络学的是一到三个镜头一段，更长的会漏掉：若一个分句连着拍了很多镜头，请与隐马尔可夫模型比一比。",
    ),
    "nothing_matches": (
        "No shot fits any clause well enough; is it the text of this film?",
        "没有一个镜头与分句足够相配；这段文字说的是这部影片吗？",
    ),
}


def say(name: str, /, language: str, **values: object) -> str:
    """Give one text of the tab in a language."""
    return TEXTS[name][column(language)].format(**values)


def widget(language: str) -> dict[str, str]:
    """Give all texts of the widget in one language."""
    return {name: both[column(language)] for name, both in WIDGET.items()}


def matcher(entry: Entry, language: str) -> str:
    """Give a matcher's title, in Chinese where it has one."""
    key = f"matcher_{entry.name}"
    return say(key, language) if key in TEXTS else entry.title


def export(entry: Entry, language: str) -> str:
    """Give the title of an export format, in Chinese where it has one."""
    key = f"export_{entry.name}"
    return say(key, language) if key in TEXTS else entry.title


def remark(said: Remark, language: str) -> str:
    """Write a remark in a language."""
    numbers = {name: f"{value:.2g}" if isinstance(value, float) else value for name, value in said.numbers.items()}
    return REMARKS[said.key][column(language)].format(**numbers)


def stage(name: str, language: str, **values: object) -> str:
    """Say how far a stage of the work is."""
    return STAGES[name][1][column(language)].format(**values)


def stages(language: str) -> list[str]:
    """Name all stages in order."""
    return [title[column(language)] for title, _ in STAGES.values()]
