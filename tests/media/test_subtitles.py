import pytest

from mmviz.media.subtitles import plain

SRT = "\ufeff1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>A cat</i> sees\r\na duck.\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n{\\an8}它跑了。\r\n"


def test_srt_gives_its_cues_one_a_line_without_numbers_times_and_marks():
    assert plain(SRT) == "A cat sees a duck.\n它跑了。"


def test_webvtt_loses_its_head_notes_styles_names_and_positions():
    vtt = (
        "WEBVTT - mine\n\nNOTE\nnot said\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n01:02.000 --> 01:03.500 align:start\n<v Anna>Wait &amp; see,\n- 3 < 4\n\n00:01:04.000 --> 00:01:05.000\ncome."
    )
    assert plain(vtt) == "Wait & see, - 3 < 4\ncome."


@pytest.mark.parametrize("text", ["", "A cat --> a dog.\n\n2\nit runs", "12:30 --> 13:00 lunch, <b>then</b> home"])
def test_what_is_no_subtitles_stays_as_it_is(text):
    assert plain(text) == text


def test_cues_without_a_blank_line_between_are_told_apart_and_repeats_are_said_once():
    joined = (
        "1\n00:00:01,000 --> 00:00:02,000\none\n2\n00:00:02,000 --> 00:00:03,000\none\n3\n00:00:03,000 --> 00:00:04,000\n2 three"
    )
    assert plain(joined) == "one\n2 three"


def test_a_number_that_is_said_is_kept():
    assert plain("1\n00:00:01,000 --> 00:00:02,000\n2024\n") == "2024"
