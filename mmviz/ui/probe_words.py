"""What the panel "Inside the model" says, and what findings' keys mean, in English and in Chinese."""

from typing import Any

from mmviz.registry import Entry
from mmviz.ui.probe_labels import LABELS
from mmviz.ui.words import column

#: Name -> (English, Chinese). Curly brackets stand for what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Inside the model", "模型内部"),
    "hint": (
        "What the model keeps to itself: a look that is no map on the picture, for the pair on the page.",
        "模型自己知道、却画不成图的东西：就页面上这一对来看。",
    ),
    "probe": ("look at", "看什么"),
    "look": ("Look", "看"),
    "begun": ("looking", "正在看"),
    "busy": ("looking: {done} of {total}", "正在看：{done} / {total}"),
    "stop": ("Stop", "停"),
    "item": ("what", "内容"),
    "as_list": ("As a list: {title}", "列成表：{title}"),
    "export": ("Export as JSON", "导出 JSON"),
    "take": ("Take as the text", "用作文字"),
    "no_probe": ("That is not on this page any more; show a pair first.", "页面上已没有它；请先看一对图文。"),
}
#: Probe -> what it is for, in two sentences.
TITLES: dict[str, tuple[str, str]] = {
    "boxes": ("Boxes", "检测框"),
    "hardest-negatives": ("Hardest negatives", "最难的负例"),
    "reading-along": ("Reading along", "边读边看"),
    "ways-to-say-it": ("Ways to say it", "换种说法"),
    "made-anew": ("Made anew", "重新画，重新说"),
    "latent-walk": ("Latent walk", "在隐空间里走"),
    "hidden-words": ("Hidden words", "遮住的词"),
    "teacher-beliefs": ("Beliefs of the teacher", "老师的看法"),
    "what-it-says": ("What it says", "它怎么说"),
    "covered-evidence": ("Covered evidence", "遮住依据"),
    "neighbourhood": ("Neighbourhood", "邻域"),
}
ABOUT: dict[str, tuple[str, str]] = {
    "boxes": (
        "Which things the model's detector finds in the picture, whatever the text says: these are the regions its words are compared with. "
        "A box's score is the probability of its name times the overlap with the thing that the detector expects.",
        "不管文字说什么，模型的检测器在图里找到哪些东西：词就是与这些区域比较的。框的分数是名称的概率乘以检测器预计的重叠。",
    ),
    "hardest-negatives": (
        "Which wrong texts and pictures come nearest to this pair, and what they would cost it: a loss on the hardest negative (Faghri et al., 2018) "
        "charges margin − (cosine of the pair − cosine of the wrong one), where that is above 0. Other models were trained by other "
        "losses; for them it is only a measure.",
        "哪些错的文字和图片离这一对最近，要付多少：按最难负例的损失（Faghri 等，2018）收“边界 −（本对余弦 − 错配余弦）”，大于 0 时才收。"
        "别的模型用别的损失训练，对它们这只是一把尺。",
    ),
    "reading-along": (
        "The cosine of picture and text while the text is read word by word, each beginning as a text of its own. A recurrent network "
        "knows just that on its way; a Transformer would say it of the shorter text.",
        "一个词一个词地读，每次把读到的开头当作一句话，看它与图片的余弦。循环网络一路上知道的就是这些；Transformer 则是对短句这样说。",
    ),
    "ways-to-say-it": (
        "“A picture of a cat”, “a cat” and “cat” mean one thing: how near do they come to each other, to the picture, and to other things said so? "
        "A model that reads text and picture together also has a vector for each way with the picture.",
        "“一只猫的图片”“一只猫”和“猫”说的是一回事：它们彼此多近，离图片多近，离同样说法的别的东西多近？"
        "能把图文放在一起读的模型，每种说法与图片合起来还有一个向量。",
    ),
    "made-anew": (
        "What the model draws and tells of the pair from its text alone, its picture alone, both and neither. The error of the pixels is "
        "beside what was kept: a picture may come near and have lost the thing, or be far off only because the thing stands elsewhere.",
        "只看文字、只看图片、两者都看、什么都不看，模型各画出、说出什么。像素误差旁边写着哪些词保住了：画得近，东西可能已经丢了；差得远，也许只是位置不同。",
    ),
    "latent-walk": (
        "The straight way from the text’s place in the latent to the picture’s, and what the model draws on it. An even way says that what "
        "lies between is made of both; a jump says that it changes over from one thing to another.",
        "从文字在隐空间里的位置直走到图片的位置，一路上模型画出什么。变化均匀，说明中间是两者的混合；突然一跳，说明从一种东西换成了另一种。",
    ),
    "hidden-words": (
        "Every word of the text is hidden once, and the model guesses it with the picture and with a blank one: what it cannot know from the other words it "
        "must have seen. In training a share of the target was what a momentum teacher guessed, not the word alone.",
        "把文中的词逐个遮住，让模型分别看着图片和空白图猜：别的词里推不出来的，必是看来的。训练时目标有一部分是动量老师的猜测，不只是原词。",
    ),
    "teacher-beliefs": (
        "The label says that this text belongs to this picture and no other. The momentum teacher, a running mean of the model, also believes in others: "
        "the target is a mixture of both, so that a text that happens to be true too costs less.",
        "标签说这句话只属于这张图。动量老师（模型权重的滑动平均）也相信别的：训练目标是两者的混合，碰巧也说得对的句子就少罚一些。",
    ),
    "what-it-says": (
        "The text’s question is asked, or a caption where it asks nothing. Each word said has the chance it had with the picture, and with a blank one in its "
        "place: where the two are alike, the word came from the language, not from the picture.",
        "问文中的问题；没有问题就请它描述图片。说出的每个词都有看着图片时和换成空白图时的概率：两者差不多的，来自语言，不来自图片。",
    ),
    "covered-evidence": (
        "What the answer rests on is covered first, and ever more of it, until the model answers something else. The same share is covered where nothing tells, to "
        "compare: an answer that falls then too was a guess.",
        "先遮住答案最依赖的地方，越遮越多，直到模型改口。再在最无关的地方遮同样多来比较：那样也变的答案，本来就是猜的。",
    ),
    "neighbourhood": (
        "Large-margin nearest neighbours (Weinberger and Saul, 2009) pull a picture’s own text near it, its target neighbour, and push every other one, an "
        "impostor, out of a margin around it. Here is who lay near before that was learned, with the weights training begins with, and who does after.",
        "大间隔最近邻（Weinberger 与 Saul，2009）把图片自己的文字（目标近邻）拉近，把闯进间隔的别的文字（冒充者）推出去。"
        "这里并排列出学习之前（训练开始时的权重）和学习之后，谁离得近。",
    ),
}
#: What a probe can be told.
OPTIONS: dict[str, tuple[str, str]] = {
    "phrase": ("words of the text (empty: a known thing)", "文中的词（空：认识的东西）"),
    "margin": ("margin", "边界"),
    "threshold": ("from score", "分数不低于"),
    "steps": ("pictures", "画几张"),
    "word": ("word (empty: the one the picture tells most about)", "词（空：图片最能说明的那个）"),
    "trust": ("weight of the teacher", "老师的权重"),
    "around": ("neighbours covered", "连带遮住几格"),
}
#: Remark -> what it says.
REMARKS: dict[str, tuple[str, str]] = {
    "boxes_found": ("Boxes of a score of at least {threshold}: {count}.", "分数不低于 {threshold} 的框：{count} 个。"),
    "no_box_found": (
        "No box has a score of {threshold} or more: for this model there is nothing in the picture.",
        "没有一个框的分数达到 {threshold}：对这个模型来说，图里什么也没有。",
    ),
    "next_box": (
        "{rest} fainter ones are not shown; the surest of them is “{name}” at {score}.",
        "另有 {rest} 个更弱的没有画出；其中最有把握的是“{name}”，{score}。",
    ),
    "texts_clear": (
        "Of {n} texts none comes within the margin of {margin}: the nearest, “{best}”, lies {lead} below and costs nothing.",
        "{n} 句话里没有一句进入边界 {margin}：最近的“{best}”低 {lead}，不收费。",
    ),
    "texts_within": (
        "The right text is ahead of all {n} others, but “{best}” lies only {lead} below: within the margin of {margin}, it costs {loss}.",
        "这句话领先其余 {n} 句，但“{best}”只低 {lead}：在边界 {margin} 以内，收 {loss}。",
    ),
    "texts_ahead": (
        "Of {n} texts {ahead} score higher than this one, first of all “{best}”: the lead is {lead}, the cost {loss}.",
        "{n} 句话里有 {ahead} 句得分更高，最高的是“{best}”：领先 {lead}，收 {loss}。",
    ),
    "texts_sum": (
        "{count} texts come within the margin. A loss over all of them would add up to {sum}, of which the hardest is {share}; "
        "on the hardest alone it counts for all.",
        "有 {count} 句进入边界。若全都算，损失为 {sum}，最难的一句占 {share}；只算最难的，它就是全部。",
    ),
    "pictures_clear": (
        "Of {n} other pictures none comes within the margin: the nearest lies {lead} below and costs nothing.",
        "其余 {n} 张图没有一张进入边界：最近的低 {lead}，不收费。",
    ),
    "pictures_within": (
        "The right picture is ahead of all {n} others, but the nearest lies only {lead} below: it costs {loss}.",
        "这张图领先其余 {n} 张，但最近的只低 {lead}：收 {loss}。",
    ),
    "pictures_ahead": (
        "Of {n} other pictures {ahead} score higher for this text: the lead is {lead}, the cost {loss}.",
        "其余 {n} 张图里有 {ahead} 张对这句话得分更高：领先 {lead}，收 {loss}。",
    ),
    "pictures_sum": (
        "{count} pictures come within the margin; all their hinges add up to {sum}, of which the hardest is {share}.",
        "有 {count} 张图进入边界；合计 {sum}，最难的一张占 {share}。",
    ),
    "true_too": (
        "Nobody checked whether one of these is true of the picture too; such a one is not wrong, and its cost means nothing.",
        "没有核对过其中有没有也符合图片的；那样的不算错，它的收费没有意义。",
    ),
    "read_from_to": (
        "Cosine {first} behind the first word, {last} behind the last of {count}.",
        "读完第一个词余弦 {first}，读完 {count} 个词 {last}。",
    ),
    "most_added": ("“{word}” adds most: +{added}.", "加得最多的是“{word}”：+{added}。"),
    "most_lost": ("“{word}” takes most away: {added}.", "减得最多的是“{word}”：{added}。"),
    "ways_apart": (
        "The three ways to say “{thing}” lie at cosines of {least} and more; of {n} other things none comes as near, the nearest, “{other}”, "
        "{greatest}: the model hears the thing, not how it is said.",
        "“{thing}”的三种说法彼此余弦不低于 {least}；{n} 样别的东西没有一样这么近，最近的“{other}”为 {greatest}：模型听的是东西，不是说法。",
    ),
    "ways_mixed": (
        "Two ways to say “{thing}” have a cosine of only {least}, and {count} of {n} other things come as near to one of them, first of all "
        "“{other}” with {greatest}: how it is said counts as much as what.",
        "“{thing}”有两种说法余弦只有 {least}，而 {n} 样别的东西里有 {count} 样离其中一种同样近，最近的是“{other}”，{greatest}：怎么说和说什么一样要紧。",
    ),
    "ways_alone": (
        "The three ways to say “{thing}” lie at cosines of {least} and more; there is no other thing to set beside.",
        "“{thing}”的三种说法彼此余弦不低于 {least}；没有别的东西可比。",
    ),
    "ways_joint_apart": (
        "Read together with the picture the ways lie at {least} and more; of the {n} things nearest before none comes as near (“{other}” {greatest}).",
        "与图片一起读时，几种说法不低于 {least}；前面最近的 {n} 样东西没有一样这么近（“{other}”{greatest}）。",
    ),
    "ways_joint_mixed": (
        "Read together with the picture the ways lie at {least} and more, and {count} of the {n} things nearest before come as near "
        "(“{other}” {greatest}): the picture they share draws all of them together.",
        "与图片一起读时，几种说法不低于 {least}，而前面最近的 {n} 样东西有 {count} 样同样近（“{other}”{greatest}）：同一张图把它们都拉到一起。",
    ),
    "ways_joint_alone": (
        "Read together with the picture the ways lie at cosines of {least} and more.",
        "与图片一起读时，几种说法余弦不低于 {least}。",
    ),
    "joint_space": (
        "Joint vectors lie in a space of their own: their cosines say nothing beside those of texts and picture read apart.",
        "合读的向量自成一个空间：它们的余弦不能与分开读的相比。",
    ),
    "none_lost": (
        "Decoded from both, all {count} words the model can tell are kept.",
        "由两者解码，模型能说的 {count} 个词都保住了。",
    ),
    "some_lost": (
        "Decoded from both, {kept} of {count} words are kept; lost: {lost}.",
        "由两者解码，{count} 个词保住了 {kept} 个；丢了：{lost}。",
    ),
    "redrawn": (
        "Error of the drawn picture’s pixels, between 0 and 1: {from_text} from the text, {from_picture} from the picture, {from_both} from "
        "both; {from_nothing} from neither.",
        "所画图片的像素误差（0 到 1）：只看文字 {from_text}，只看图片 {from_picture}，两者都看 {from_both}；什么都不看 {from_nothing}。",
    ),
    "sure_of": (
        "Mean variance of the latent, 1 where nothing is known: {from_text_variance} by the text, {from_picture_variance} by the picture, "
        "{from_both_variance} by both. The surer one has more say.",
        "隐变量的平均方差，一无所知时为 1：凭文字 {from_text_variance}，凭图片 {from_picture_variance}，凭两者 {from_both_variance}。更有把握的一方说了算。",
    ),
    "walked": (
        "The text’s place and the picture’s lie {distance} apart, where the prior’s deviation is 1; their cosine is {cosine}. {steps} "
        "places are drawn.",
        "文字与图片的位置相距 {distance}（先验的标准差为 1）；余弦 {cosine}。画了 {steps} 处。",
    ),
    "longest_step": (
        "The longest step ends at {place} of the way: the picture moves by {moved}, on average by {even}.",
        "最大的一步止于全程的 {place}：图片变化 {moved}，平均 {even}。",
    ),
    "guessed_on_average": (
        "On average over {count} words the right one has a chance of {with} with the picture and {without} without.",
        "{count} 个词平均：看着图片猜中原词的概率为 {with}，不看为 {without}。",
    ),
    "picture_tells_most": (
        "The picture tells most about “{word}”: {with} with it, {without} without.",
        "图片最能说明“{word}”：看图 {with}，不看 {without}。",
    ),
    "teacher_said": (
        "For “{word}” the teacher has {right} for the right one; of the others it believes most in “{other}”, {chance}.",
        "对“{word}”，老师给原词 {right}；别的词里它最相信“{other}”，{chance}。",
    ),
    "teacher_left_away": (
        "The teacher is not in this checkpoint: at the end of training it lay {distance} of the weights’ length from the model, so the model’s own "
        "guesses stand for it. For “{word}” it has {right} for the right one, and of the others most for “{other}”, {chance}.",
        "这个检查点没有带老师：训练结束时它与模型相距权重长度的 {distance}，所以用模型自己的猜测代替。对“{word}”，原词 {right}，别的词里最多是“{other}”，{chance}。",
    ),
    "teacher_of_texts": (
        "Of this text and {n} others the teacher believes {own} in this one and {others} in the others, most in “{best}” ({belief}); the target for this one is {target}.",
        "在这句话和另外 {n} 句里，老师给这句 {own}，其余共 {others}，其中最多的是“{best}”（{belief}）；这句的训练目标是 {target}。",
    ),
    "teacher_of_pictures": (
        "Of this picture and {n} others the teacher believes {own} in this one and {others} in the others, most in “{best}” ({belief}); the target is {target}.",
        "在这张图和另外 {n} 张里，老师给这张 {own}，其余共 {others}，其中最多的是“{best}”（{belief}）；训练目标是 {target}。",
    ),
    "teacher_is_model": (
        "The teacher is not in this checkpoint; at the end of training it lay {distance} of the weights’ length from the model, whose own beliefs are shown.",
        "这个检查点没有带老师；训练结束时它与模型相距权重长度的 {distance}，这里用的是模型自己的看法。",
    ),
    "it_says": (
        "“{question}” The model says “{answer}”, with a chance of {with}; behind a blank picture the same words have {without}. There it would say “{blank}”.",
        "“{question}”模型答“{answer}”，概率 {with}；换成空白图，同样的话概率 {without}，它会改说“{blank}”。",
    ),
    "it_says_nothing": (
        "“{question}” The model says nothing of this picture; of a blank one “{blank}”.",
        "“{question}”对这张图模型什么也没说；对空白图它说“{blank}”。",
    ),
    "to_take": (
        "To see where it looked at each word, take as the text: {text}",
        "想看它说每个词时看了哪里，请把这句用作文字：{text}",
    ),
    "cut_off": ("It did not come to an end and was cut off after {count} tokens.", "它没有说完，在 {count} 个词元后被截断。"),
    "answer_falls": (
        "“{question}” “{answer}” ({chance}) holds until {count} of {patches} patches are covered; then the model says “{other}”.",
        "“{question}”“{answer}”（{chance}）一直保持到 {patches} 格中遮住 {count} 格；之后模型改说“{other}”。",
    ),
    "pulled": (
        "Squared distance of picture and text: {own_before} before, {own_after} after learning; of the picture and all other texts on average "
        "{others_before} before, {others_after} after.",
        "图片与文字的平方距离：学习前 {own_before}，学习后 {own_after}；图片与其余文字平均：学习前 {others_before}，学习后 {others_after}。",
    ),
    "neighbours_texts": (
        "Of {n} other texts {nearer_before} lay nearer to the picture than its own before learning, {nearer_after} after. Impostors, nearer than "
        "its own and the margin of {margin}: {impostors_before} before, charged {push_before} together; {impostors_after} after, charged {push_after}. The nearest after is “{best}”.",
        "其余 {n} 句话里，比自己那句离图片更近的：学习前 {nearer_before} 句，学习后 {nearer_after} 句。冒充者（在自己那句加间隔 {margin} 以内）："
        "学习前 {impostors_before} 句，共收 {push_before}；学习后 {impostors_after} 句，共收 {push_after}。学习后最近的是“{best}”。",
    ),
    "neighbours_pictures": (
        "Of {n} other pictures {nearer_before} lay nearer to the text than its own before learning, {nearer_after} after. Impostors within the margin of {margin}: "
        "{impostors_before} before, charged {push_before} together; {impostors_after} after, charged {push_after}. The nearest after is “{best}”.",
        "其余 {n} 张图里，比自己那张离文字更近的：学习前 {nearer_before} 张，学习后 {nearer_after} 张。间隔 {margin} 以内的冒充者："
        "学习前 {impostors_before} 张，共收 {push_before}；学习后 {impostors_after} 张，共收 {push_after}。学习后最近的是“{best}”。",
    ),
    "begun_flat": (
        "Before learning the distances of all texts differ by {apart} in all, less than the margin of {margin}: so every text is an impostor then, and the order "
        "says little. The margin sets the scale that learning stretches them to.",
        "学习前全部文字的距离总共只差 {apart}，小于间隔 {margin}：那时每句都是冒充者，先后次序说明不了什么。间隔定下了学习要把距离拉开到的尺度。",
    ),
    "answer_stays": (
        "“{question}” “{answer}” ({chance}) stays with {share} of the picture covered, most telling patches first: it does not rest on what is seen there.",
        "“{question}”从最有关的地方遮起，遮住图片的 {share}，仍答“{answer}”（{chance}）：它并不依赖那里所见。",
    ),
}
PANELS = {"text": TEXTS, "title": TITLES, "about": ABOUT, "option": OPTIONS, "remark": REMARKS, "label": LABELS}


def say(panel: str, name: str, /, language: str, **values: Any) -> str:
    """Give one text of a panel of `PANELS` in a language; a key without words stands for itself."""
    return PANELS[panel][name][column(language)].format(**values) if name in PANELS[panel] else name.replace("_", " ")


def raw(panel: str, name: str, language: str) -> str:
    """Give one text of a panel in a language, curly brackets as they are: the browser fills it in."""
    return PANELS[panel][name][column(language)]


def title_of(entry: Entry, language: str) -> str:
    """Give a probe's title, its own where it has no words here."""
    return say("title", entry.name, language) if entry.name in TITLES else entry.title


def about(entry: Entry, language: str) -> str:
    """Say what a probe is for, in its own words where it has none here."""
    return say("about", entry.name, language) if entry.name in ABOUT else entry.summary


def all_of(language: str) -> dict[str, str]:
    """Give all texts of the panel in one language, curly brackets as they are."""
    return {name: both[column(language)] for name, both in TEXTS.items()}
