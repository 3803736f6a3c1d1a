"""Times of a text open in the tools they are written for, word for word and to the millisecond."""

import csv
import html
import io
import json
from dataclasses import replace

import numpy as np
import pysubs2
import pytest
import webvtt
from praatio import textgrid as praat

from mmviz import pipeline
from mmviz.axes import TextAxis
from mmviz.exports import cues as grouping
from mmviz.timings import Timing


def timing(text: str, starts=None, ends=None, spoken=None, unit: str = "word", spans=None) -> Timing:
    """Times of words that stand between white space, half a second each with a tenth between unless said otherwise."""
    if spans is None:
        spans, at = [], 0
        for word in text.split():
            at = text.index(word, at)
            spans.append((at, at + len(word)))
            at += len(word)
    n = len(spans)
    starts = np.arange(n) * 0.6 + 0.2 if starts is None else np.array(starts, float)
    ends = starts + 0.5 if ends is None else np.array(ends, float)
    spoken = np.ones(n, bool) if spoken is None else np.array(spoken, bool)
    axis = TextAxis(text, np.array(spans).reshape(n, 2), (unit,) * n, np.zeros(n, bool), np.zeros(n, bool))
    about = {"aligner": "dtw", "language": "en", "unit": unit, "seconds": float(max(ends, default=0) + 1), "matches": 0.9}
    return Timing(axis, tuple(axis.labels), starts, ends, np.full(n, 0.5), spoken, np.zeros((0, 2)), **about)


SPEECH = "It was late. The old man, who had not slept, looked out of the window and saw nothing at all but snow and more snow."
TRICKY = [
    "a <i>tag</i> & more",
    "{\\an8}top {x}",
    "C:\\Nice \\N",
    "1 --> 2",
    "שלום עולם",
    "👩‍👩‍👧 go",
    "first\n\nsecond",
    "苹果，很好。再见！",
    '"quoted"',
]


def words_of(text: str) -> str:
    return "".join(text.replace("\u2060", "").split())


@pytest.mark.parametrize("text", [SPEECH, *TRICKY])
def test_srt_gives_every_word_back(text):
    found = pysubs2.SSAFile.from_string(pipeline.export(timing(text), "srt").decode(), format_="srt", keep_unknown_html_tags=True)
    said = " ".join(event.text.replace("\\N", "\n") for event in found)
    assert words_of(said) == words_of(text)


@pytest.mark.parametrize("text", [SPEECH, *TRICKY])
def test_vtt_gives_every_word_back_with_its_second(text):
    given = timing(text)
    content = pipeline.export(given, "vtt").decode()
    found = webvtt.from_string(content)
    assert words_of(html.unescape("".join(caption.text for caption in found))) == words_of(text)
    stamps = content.count("<00:")
    assert stamps == len(given.names) - len(found)  # the first word of a cue begins with it


@pytest.mark.parametrize("text", [SPEECH, *TRICKY])
def test_karaoke_lights_each_word_when_it_is_spoken(text):
    given = timing(text)
    found = pysubs2.SSAFile.from_string(pipeline.export(given, "ass").decode("utf-8-sig"))
    lit = []
    for event in found:
        at = event.start
        pieces = event.text.replace("\\{", "\ue000").replace("\\}", "\ue001").split("{\\k")[1:]
        for piece in pieces:
            length, said = piece.split("}", 1)
            if said.replace("\\N", " ").strip():
                lit.append((at, said))
            at += int(length) * 10
        assert at <= event.end
    assert words_of(
        "".join(said for _, said in lit).replace("\\N", " ").replace("\ue000", "{").replace("\ue001", "}")
    ) == words_of(text)
    assert [at for at, _ in lit] == pytest.approx((given.starts * 1000).tolist(), abs=10)


def test_cues_are_what_people_can_read():
    text = (SPEECH + " ") * 12
    found = grouping.cues(timing(text.strip()))
    for cue, after in zip(found, [*found[1:], None], strict=True):
        assert len(cue.lines) <= 2
        assert all(grouping.width(line) <= 42 for line in cue.text.split("\n"))
        assert 1 <= cue.end - cue.start <= 7.1 or after.start - cue.start < 1
        assert after is None or cue.end <= after.start
    assert sum(cue.text.rstrip().endswith((".", ",")) for cue in found) > len(found) / 2


def test_a_sentence_a_pause_and_a_line_end_a_cue():
    starts = [0, 0.5, 1, 1.5, 5, 5.5]
    found = grouping.cues(timing("He left. She stayed\nalone there", starts, np.array(starts) + 0.4))
    assert [cue.text for cue in found] == ["He left.", "She stayed", "alone there"]
    found = grouping.cues(timing("one two three four", [0, 0.5, 3, 3.5], [0.4, 0.9, 3.4, 3.9]))
    assert [(cue.text, cue.start, cue.end) for cue in found] == [("one two", 0, 1), ("three four", 3, 4)]


def test_chinese_lines_count_two_columns_a_sign_and_keep_no_spaces():
    text = "今天天气很好我们一起去公园散步然后回家吃饭看电视再早早睡觉明天还要上班" * 2
    found = grouping.cues(
        timing(
            text,
            spans=[(i, i + 1) for i in range(len(text))],
            starts=np.arange(len(text)) * 0.2,
            ends=np.arange(len(text)) * 0.2 + 0.2,
        )
    )
    assert "".join(cue.text.replace("\n", "") for cue in found) == text
    assert max(grouping.width(line) for cue in found for line in cue.text.split("\n")) <= 42


def test_what_was_not_spoken_is_in_no_subtitle_but_in_every_table():
    given = timing("one two three", spoken=[True, False, True])
    srt = pipeline.export(given, "srt").decode()
    assert "two" not in srt
    table = list(csv.reader(io.StringIO(pipeline.export(given, "csv").decode("utf-8-sig"))))
    assert [row[0] for row in table[1:]] == ["one", "two", "three"]
    assert [row[4] for row in table[1:]] == ["1", "0", "1"]
    lines = pipeline.export(given, "tsv").decode().splitlines()
    assert lines[2].split("\t") == ["0.800", "1.300", "two", "0.500", "0", "4", "7"]
    labels = [line.split("\t") for line in pipeline.export(given, "audacity").decode().splitlines()]
    assert [(float(a), float(b), c) for a, b, c in labels] == [(0.2, 0.7, "one"), (0.8, 0.8, "[two]"), (1.4, 1.9, "three")]


@pytest.mark.parametrize("format_", ["srt", "vtt", "ass", "textgrid", "csv", "tsv", "json", "audacity"])
@pytest.mark.parametrize("text", ["", "one"])
def test_a_text_none_of_which_was_spoken_is_still_a_file(format_, text):
    given = timing(text, spoken=[False] * len(text.split()))
    assert pipeline.export(given, format_).strip() or format_ in ("srt", "audacity")


@pytest.mark.parametrize("text", [SPEECH, *TRICKY])
def test_praat_reads_every_unit_with_its_seconds(text, tmp_path):
    given = timing(text)
    (tmp_path / "a.TextGrid").write_bytes(pipeline.export(given, "textgrid"))
    grid = praat.openTextgrid(str(tmp_path / "a.TextGrid"), includeEmptyIntervals=False)
    entries = grid.getTier("words").entries
    assert [entry.label for entry in entries] == list(given.names)
    assert np.array([(entry.start, entry.end) for entry in entries]) == pytest.approx(np.stack([given.starts, given.ends], 1))
    assert grid.maxTimestamp == given.seconds


def test_phones_have_their_words_above_them_and_points_what_was_not_spoken(tmp_path):
    spans = [(0, 3), (0, 3), (4, 7), (4, 7), (8, 9)]
    given = timing("cat sat x", [0.1, 0.3, 0.6, 0.7, 0.9], [0.3, 0.5, 0.7, 0.9, 0.9], [1, 1, 1, 1, 0], "phone", spans)
    given = replace(given, names=("k", "æ", "s", "a", "x"))
    (tmp_path / "a.TextGrid").write_bytes(pipeline.export(given, "textgrid"))
    grid = praat.openTextgrid(str(tmp_path / "a.TextGrid"), includeEmptyIntervals=False)
    assert [(e.start, e.end, e.label) for e in grid.getTier("words").entries] == [(0.1, 0.5, "cat"), (0.6, 0.9, "sat")]
    assert [e.label for e in grid.getTier("phones").entries] == ["k", "æ", "s", "a"]
    assert [(e.time, e.label) for e in grid.getTier("not spoken").entries] == [(0.9, "x")]
    assert len(grouping.cues(given)[0].lines[0]) == 2


def test_units_that_overlap_or_last_no_time_make_a_grid_praat_accepts(tmp_path):
    given = timing("a b c d", [0, 0.5, 0.5, 0.5], [0.6, 0.5, 0.5, 1])
    (tmp_path / "a.TextGrid").write_bytes(pipeline.export(given, "textgrid"))
    grid = praat.openTextgrid(str(tmp_path / "a.TextGrid"), includeEmptyIntervals=True)
    assert [(e.start, e.end, e.label) for e in grid.getTier("words").entries] == [(0, 0.5, "a"), (0.5, 1, "d"), (1, 2, "")]
    assert [(e.time, e.label) for e in grid.getTier("not spoken").entries] == [(0.5, "b c")]


def test_cues_that_begin_together_stay_in_order():
    given = timing("One. Two. Three.", [0.5, 0.5, 0.5001], [0.5, 0.5, 0.5004])
    found = webvtt.from_string(pipeline.export(given, "vtt").decode())
    times = [(caption.start_in_seconds, caption.end_in_seconds) for caption in found]
    srt = pysubs2.SSAFile.from_string(pipeline.export(given, "srt").decode())
    assert len(times) == len(srt) == 3
    assert all(a.start < a.end <= b.start for a, b in zip(srt[:-1], srt[1:], strict=True))


def test_json_is_the_contracts():
    given = timing("one two")
    assert json.loads(pipeline.export(given, "json")) == given.to_json()


def test_a_word_of_which_some_phones_were_not_spoken_stays_itself():
    spans = [(0, 3), (4, 7), (4, 7)]
    given = timing("cat sat", [0.1, 0.6, 0.7], [0.5, 0.6, 0.9], [1, 0, 1], "phone", spans)
    assert [(word.text, word.start, word.end) for word in grouping.cues(given)[0].lines[0]] == [
        ("cat", 0.1, 0.5),
        ("sat", 0.7, 0.9),
    ]
