import re

import pytest

from mmviz.registry import methods
from mmviz.ui import chinese, film_words, menus, widget_words, words

WIDGETS = {"overlay": widget_words.OVERLAY, "table": widget_words.TABLE, "matrix": widget_words.MATRIX}
WIDGETS |= {"film": film_words.WIDGET, "film tab": film_words.TEXTS, "film remarks": film_words.REMARKS}
WIDGETS |= {"film stages": {f"{name} {n}": both for name, pair in film_words.STAGES.items() for n, both in enumerate(pair)}}
ALL = words.TEXTS | {f"{widget} {name}": texts for widget, found in WIDGETS.items() for name, texts in found.items()}
HOLES = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("name", ALL)
def test_both_languages_say_it_and_fill_in_the_same(name):
    english, chinese_text = ALL[name]
    assert english.strip()
    assert re.search(r"[\u4e00-\u9fff，。；、“]", chinese_text) or HOLES.search(chinese_text)
    assert sorted(HOLES.findall(english)) == sorted(HOLES.findall(chinese_text))


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", [entry.name for entry in methods])
def test_every_method_is_named_and_explained_those_not_yet_translated_in_their_own_words(name, language):
    assert menus.method_title(name, language)
    assert menus.method_note(name, language)


@pytest.mark.parametrize(
    ("chosen", "header", "language"),
    [
        ("", "", "en"),
        ("", "zh-CN,zh;q=0.9", "zh"),
        ("", "de,zh;q=0.5", "en"),
        ("en", "zh-CN", "en"),
        ("zh", "en", "zh"),
        ("xx", "", "en"),
        (None, "", "en"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_browsers(chosen, header, language):
    assert words.known(chosen, header) == language


def test_a_sentence_not_known_in_chinese_is_left_as_it_is():
    assert chinese.said("Something new.") == "没有做成：Something new."


def test_braces_in_what_a_visitor_typed_are_no_placeholders():
    assert "“{0}”" in chinese.said('clip-mini knows no part of "{0}"; use other words or another model.')


@pytest.mark.parametrize(
    "sentence",
    [
        "m has neither vectors of whole texts and pictures nor a matching head; choose a dual encoder, such as n.",
        "m has no vectors of whole texts and pictures; choose a dual encoder, such as n.",
        "m does not compare by matching; it compares by: contrast.",
        "m has no layer 9 in its cross-attention; there are 0 to 3.",
        "m answers questions and does not match texts; use a ViLT for retrieval.",
        'gradcam with m cannot have the target "pair"; use: prompt.',
        "hungry needs score_masked, which m does not offer; with m use: attention.",
        "m compares by matching, and such numbers have no scale cosine; use: probability.",
        "a.mp4 has sound and no pictures; a film is needed, such as an MP4 or WebM file.",
        "a.mp4 is a picture, not a film; use an MP4 or WebM file, or open it as a picture.",
        "a.mp4 has 7680 x 4320 pixels; up to 4096 x 2304 can be read. Scale it down, for example to 1920 x 1080.",
        "Not one frame of a.mp4 (h264) can be decoded; convert it to H.264 or VP9 and try again.",
        "There are 6,000 shots and 20 clauses; 5,000 of each and 4,000,000 pairs are matched at most. Merge neighbours, or give a part.",
        "There are 90 shots and 20 clauses; this matcher takes 60 of each. Choose gnn or hmm, or give a part.",
        "shot-net is not in models; `mmviz train shot-net` makes it, or find hard cuts alone.",
        "Shot 4 has no next one to be merged with; there are 4.",
    ],
)
def test_what_models_that_match_refuse_is_said_in_chinese(sentence):
    assert not chinese.said(sentence).startswith("没有做成")


def test_a_file_that_is_no_film_is_not_said_to_be_a_picture():
    said = chinese.said("a.mp4 is no film that can be read, or is damaged or cut short; use an MP4 or WebM file.")
    assert "影片" in said
    assert "a.mp4 " in said
