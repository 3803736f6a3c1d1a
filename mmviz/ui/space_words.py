"""What the tab of the map says, in English and in Chinese."""

from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "inputs": ("What is mapped", "画什么"),
    "model": ("Model", "模型"),
    "scenes": ("Examples: 1,000 drawn scenes", "例：1,000 个画出来的场景"),
    "scenes_hint": (
        "Each told in English and Chinese: 3,000 items in one space.",
        "每个场景各有一句英文、一句中文：同一个空间里的 3,000 项。",
    ),
    "example": ("{title}", "{title}"),
    "example_hint": ("texts and pictures", "文字和图片"),
    "example_joint": ("{title}, pairs read together too", "{title}，加上合读的图文对"),
    "example_joint_hint": ("text, image and joint vectors", "文字、图片、合读三种向量"),
    "own": ("Of your own", "自己的"),
    "pictures": ("Pictures", "图片"),
    "captions": ("Captions: CSV or JSONL with file and caption", "说明文字：CSV 或 JSONL，含 file 和 caption"),
    "vectors": ("… or vectors: one or two .npy, or .parquet", "……或向量：一两个 .npy，或 .parquet"),
    "method": ("Layout", "布局"),
    "umap": ("UMAP: neighbours together", "UMAP：近邻相聚"),
    "pca": ("PCA: the two main directions, at once", "PCA：两个主方向，立刻就有"),
    "seed": ("Seed", "种子"),
    "twice": ("the next seed beside it", "旁边放下一个种子的图"),
    "centred": ("close the gap: take each modality's mean off", "合上间隙：减去各模态的均值"),
    "map": ("Map", "画图"),
    "stop": ("Stop", "停止"),
    "first": ("Choose an example, or add pictures with captions, or vectors.", "请选一个例子，或添加带说明的图片，或向量。"),
    "nothing": (
        "There is nothing to map; add pictures and their captions, or vectors, or choose an example.",
        "还没有可画的；请添加图片和说明文字，或向量，或选一个例子。",
    ),
    "no_map": ("There is no map any more; make one again.", "图已经不在了；请重新画。"),
    "no_model": ("No model with vectors is ready here.", "这里没有可用的双塔模型。"),
    "no_item": ("That point is not on the map any more; make the map again.", "图上已没有这个点；请重新画图。"),
    "no_pictures_here": (
        "Given vectors have no texts and pictures to open; map pictures with captions instead.",
        "给定的向量没有文字和图片可打开；请改画带说明的图片。",
    ),
    "no_side": (
        "A matrix needs texts and pictures; choose a part of the map that has both.",
        "矩阵要有文字也有图片；请选一块两者都有的区域。",
    ),
    "no_own": (
        "There is no pair to place; fill in picture and text on the tab Pair.",
        "没有可放的图文；请先在“一图一句”里填好。",
    ),
    "busy_vectors": ("Vectors: {done} of {total}", "向量：{done} / {total}"),
    "busy_layout": ("Laying out: {share} %", "布局：{share} %"),
    "given": ("Given vectors", "给定的向量"),
    "text": ("texts", "句文字"),
    "image": ("pictures", "张图片"),
    "joint": ("pairs read together", "对合读的图文"),
    "gap": ("modality gap", "模态间隙"),
    "gap_about": (
        "Distance between the means of the two modalities' unit vectors, 0 to 2: the arrow on the map.",
        "两个模态单位向量均值之间的距离，0 到 2：图上的箭头。",
    ),
    "centred_now": ("Centred: the means are taken off.", "已居中：均值已减去。"),
    "belief": ("How far to believe the map", "这图可信几分"),
    "laid_out": ("{method}, seed {seed}", "{method}，种子 {seed}"),
    "by_umap": ("UMAP", "UMAP"),
    "by_pca": ("PCA", "PCA"),
    "trustworthiness": ("trustworthiness", "可信度"),
    "trustworthiness_about": (
        "1: whoever are among {k} nearest on the map are so in the space; .5 is about chance.",
        "1 表示图上最近的 {k} 个在空间里也最近；随机约为 0.5。",
    ),
    "kept": ("neighbours kept", "保留的近邻"),
    "kept_about": ("of each item's {k} nearest in the space", "每项在空间里最近的 {k} 个中"),
    "recall": ("neighbours found", "找到的近邻"),
    "recall_about": ("approximate; measured on {n} items", "近似搜索；在 {n} 项上测得"),
    "measured_on": ("Measured on {n} items drawn at random.", "在随机抽取的 {n} 项上测得。"),
    "too_few": ("Too few items to say how far the map can be believed.", "项数太少，说不出这图可信几分。"),
    "not_yet": (
        "Neighbours in the space are still being looked for; how far to believe the map is said with them.",
        "还在找空间里的近邻；找到后才能说这图可信几分。",
    ),
    "retrieval": ("Retrieval", "检索"),
    "before": ("as it is", "原样"),
    "after": ("centred", "居中"),
    "text_to_image": ("text → picture", "以文搜图"),
    "image_to_text": ("picture → text", "以图搜文"),
    "r1": ("first", "第 1"),
    "r5": ("in 5", "前 5"),
    "r10": ("in 10", "前 10"),
    "median_rank": ("median rank", "中位名次"),
    "precision": ("mean average precision", "平均精度均值"),
    "left_sampled": (
        "{n} items are not shown; those shown were drawn at random by seed {seed}.",
        "有 {n} 项没有画出；画出的是按种子 {seed} 随机抽取的。",
    ),
    "left_zero": (
        "{n} items are not shown: their vectors are all zeros and have no direction.",
        "有 {n} 项没有画出：向量全是零，没有方向。",
    ),
    "left_skipped": ("{n} texts or pictures could not be read and are not shown.", "有 {n} 句或图读不了，没有画出。"),
    "left_unnamed": ("{n} captions are of pictures that were not added.", "有 {n} 句说的图片没有添加。"),
    "joint_note": (
        "Vectors of pairs read together have a space of their own; beside the others they only show how they lie among themselves.",
        "合读的图文对有自己的空间；和别的画在一起，只能看它们彼此之间的远近。",
    ),
    "bundled_note": (
        "This model was trained on drawn scenes such as these, though not on these.",
        "这个模型是用这一类画出来的场景训练的，但不是这些。",
    ),
    "chosen": ("{n} chosen: {parts}", "选中 {n} 项：{parts}"),
    "chosen_alike": ("mean cosine among them {cosine}", "彼此余弦平均 {cosine}"),
    "chosen_pairs": ("{n} pairs lie whole among them", "其中成对的有 {n} 对"),
    "joiner": (", ", "，"),
}

#: What the widget says.
WIDGET: dict[str, tuple[str, str]] = {
    "stage": (
        "Map of the shared space: arrow keys walk to neighbours in the space, Enter opens the pair, Escape lets go",
        "共享空间的图：方向键走到空间里的近邻，回车打开这一对，Esc 放开",
    ),
    "point": (
        "Point at a dot, or walk with the arrow keys: what it is stands here.",
        "指向一个点，或用方向键走：它是什么，写在这里。",
    ),
    "hint": (
        "Point at a dot to see what it is; its neighbours in the space are joined to it. Drag to move, wheel to zoom, Shift and drag to choose.",
        "指向一个点看它是什么，空间里的近邻会连到它。拖动平移，滚轮缩放，按住 Shift 拖动可圈选。",
    ),
    "colour": ("colour", "颜色"),
    "colour_modality": ("modality", "模态"),
    "colour_concept": ("first thing", "第一样东西"),
    "colour_colour": ("its colour", "它的颜色"),
    "colour_background": ("background", "背景"),
    "colour_objects": ("how many objects", "物体个数"),
    "colour_language": ("language", "语言"),
    "colour_rank": ("rank of what belongs to it", "相配者的名次"),
    "colour_error": ("right or wrong", "对错"),
    "value_text": ("texts", "文字"),
    "value_image": ("pictures", "图片"),
    "value_joint": ("read together", "合读"),
    "value_right": ("found first", "排第一"),
    "value_wrong": ("not found first", "没排第一"),
    "value_en": ("English", "英文"),
    "value_zh": ("Chinese", "中文"),
    "value_": ("others", "其他"),
    "search": ("find", "查找"),
    "found": ("{n} found", "找到 {n} 项"),
    "faint": ("unreliable points fainter", "不可靠的点淡一些"),
    "lines": ("lines between pairs", "成对连线"),
    "arrow": ("gap", "间隙"),
    "lasso": ("choose by drawing", "圈选"),
    "reset": ("whole map", "全图"),
    "place": ("place the pair of the tab Pair", "放上“一图一句”里的图文"),
    "export": ("Export", "导出"),
    "export_png": ("PNG, picture", "PNG 图片"),
    "export_svg": ("SVG, drawing", "SVG 图形"),
    "export_csv": ("CSV, table", "CSV 表格"),
    "export_parquet": ("Parquet, with vectors", "Parquet，含向量"),
    "export_json": ("JSON, everything but vectors", "JSON，不含向量"),
    "kept": ("keeps {share} % of its neighbours", "保留了 {share} % 的近邻"),
    "pair_of": ("belongs to: {name}", "相配：{name}"),
    "near": ("nearest in the space: {name}", "空间里最近：{name}"),
    "row": ("item {n}", "第 {n} 项"),
    "added": ("added by you", "你放上的"),
    "open": ("open the pair", "打开这一对"),
    "gallery": ("Chosen", "选中的"),
    "more": ("and {n} more", "还有 {n} 项"),
    "to_matrix": ("compare them in the matrix", "在矩阵里比较"),
    "to_csv": ("as CSV", "存为 CSV"),
    "let_go": ("let go", "取消选择"),
    "queries": ("As a list: texts whose picture comes last", "列成表：配图排得最靠后的文字"),
    "query": ("text", "文字"),
    "rank": ("rank", "名次"),
    "own_picture": ("its picture", "它的图"),
    "instead": ("stands first", "排第一的"),
    "first": ("Principal components, until UMAP is done …", "先看主成分，UMAP 还在算……"),
    "first_near": (
        "Principal components; neighbours in the space are still being looked for …",
        "已画出主成分，空间里的近邻还在找……",
    ),
    "seed": ("seed {n}", "种子 {n}"),
    "coarse": (
        "While it moves, {n} of {all} points are drawn, chosen at random; all of them once it stands.",
        "移动时只画随机抽取的 {n} 个点（共 {all} 个），停下后全部画出。",
    ),
    "flat": ("drawn without WebGL", "没有 WebGL，用普通画布"),
}


def say(name: str, language: str, **values: object) -> str:
    """Give one text, with its values filled in."""
    return TEXTS[name][column(language)].format(**values)


def modality(name: str, language: str) -> str:
    """Name a modality: a file's own name as it is."""
    return TEXTS[name][column(language)] if name in ("text", "image", "joint") else name


def widget(language: str) -> dict[str, str]:
    """Give all texts of the widget in one language."""
    return {name: both[column(language)] for name, both in WIDGET.items()}
