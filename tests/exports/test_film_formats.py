"""A matching of a film in every format, opened again by a reader of that format."""

import csv
import io
import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import opentimelineio
import PIL.Image
import pysubs2
import pytest
import webvtt

from mmviz import pipeline
from mmviz.axes import ShotAxis
from mmviz.errors import MethodError
from mmviz.exports.shot_lists import one_line, rate_of, runs
from mmviz.matchings import Matching
from mmviz.samples import Video
from tests import films

LABELS = ("She opens the door, ", "然后她走进厨房。", "<i>x</i> & y --> z\n\n", "It rains.")
#: Clause of each shot; the first is shown by two shots in a row, and comes back.
TOLD = (0, 0, None, 1, 2, 0)
FORMATS = ("srt", "vtt", "chapters.txt", "chapters.vtt", "edl", "fcpxml", "otio", "png")


@pytest.fixture
def matching(rng) -> Matching:
    starts = np.array([0.0, 12.0, 14.5, 20.0, 31.2, 45.0])
    ends = np.append(starts[1:], 60.0)
    p = np.full((6, 4), 0.05, np.float32)
    for shot, clause in enumerate(TOLD):
        p[shot, clause if clause is not None else 3] = 0.6 if clause is not None else 0.05
    edges = tuple((shot, clause, float(p[shot, clause])) for shot, clause in enumerate(TOLD) if clause is not None)
    video = Video(Path("/secret/folder/my film.mp4"), "my film.mp4", 1280, 720, 60.0, 29.97, "h264")
    pictures = tuple(rng.integers(0, 256, (54, 96, 3), np.uint8) for _ in TOLD)
    axes = {"shots": ShotAxis(starts, ends, (starts + ends) / 2), "clauses": films.clauses(list(LABELS)), "film": video}
    return Matching(p, p, 1 - p.sum(1), (1 - p).prod(0), edges, "planted", pictures=pictures, **axes)


def test_shots_in_a_row_that_show_one_clause_are_one_run(matching):
    assert [(run.first, run.start, run.end, run.clause) for run in runs(matching, "srt")] == [
        (0, 0.0, 14.5, 0),
        (3, 20.0, 31.2, 1),
        (4, 31.2, 45.0, 2),
        (5, 45.0, 60.0, 0),
    ]


def test_srt_is_read_by_pysubs2(matching):
    found = pysubs2.SSAFile.from_string(pipeline.export(matching, "srt").decode("utf-8"), format_="srt")
    assert [(line.start, line.end) for line in found] == [(0, 14500), (20000, 31200), (31200, 45000), (45000, 60000)]
    assert found[1].plaintext == "然后她走进厨房。"


def test_vtt_is_read_by_webvtt(matching):
    for name in ("vtt", "chapters.vtt"):
        found = webvtt.from_buffer(io.StringIO(pipeline.export(matching, name).decode("utf-8")))
        assert [cue.text for cue in found][:2] == ["She opens the door,", "然后她走进厨房。"]
        assert found[1].start == "00:00:20.000"
    assert found[0].end == "00:00:20.000"
    assert found[-1].end == "00:01:00.000"


def test_chapters_keep_to_youtubes_rules(matching):
    lines = pipeline.export(matching, "chapters.txt").decode("utf-8").splitlines()
    times = [re.match(r"(?:(\d+):)?(\d+):(\d\d) \S", line) for line in lines]
    assert all(times)
    seconds = [int(t[1] or 0) * 3600 + int(t[2]) * 60 + int(t[3]) for t in times]
    assert seconds == [0, 20, 31, 45]
    short = replace(matching, shots=ShotAxis(matching.shots.starts / 4, matching.shots.ends / 4, matching.shots.keys / 4))
    assert pipeline.export(short, "chapters.txt").decode("utf-8").splitlines() == ["0:00 She opens the door,"]


def test_every_shot_is_an_event_of_the_edit_list(matching):
    text = pipeline.export(matching, "edl").decode("utf-8")
    code = r"(\d\d:\d\d:\d\d:\d\d)"
    events = re.findall(rf"^(\d{{3}})  \S+ +V +C +{code} {code} {code} {code}$", text, re.MULTILINE)
    assert [int(event[0]) for event in events] == [1, 2, 3, 4, 5, 6]
    assert events[1][1:3] == ("00:00:12:00", "00:00:14:15")
    assert re.findall(r"^\* COMMENT: (.*)$", text, re.MULTILINE)[:3] == [
        "She opens the door,",
        "She opens the door,",
        "shot 3, no clause",
    ]
    assert "TITLE: my film.mp4" in text


def test_fcpxml_is_read_as_xml_with_every_clip_in_its_place(matching):
    root = ElementTree.fromstring(pipeline.export(matching, "fcpxml"))
    clips = list(root.iter("asset-clip"))
    starts = [float(Fraction(clip.get("start").rstrip("s"))) for clip in clips]
    assert (root.tag, len(clips)) == ("fcpxml", 6)
    assert starts == pytest.approx(matching.shots.starts, abs=0.02)
    assert [clip.get("name") for clip in clips][3:5] == ["然后她走进厨房。", "<i>x</i> & y --> z"]
    assert root.find(".//format").get("frameDuration") == "1001/30000s"
    assert root.find(".//media-rep").get("src") == "my%20film.mp4"
    assert "secret" not in pipeline.export(matching, "fcpxml").decode("utf-8")


def test_otio_is_read_by_opentimelineio(matching):
    text = pipeline.export(matching, "otio").decode("utf-8")
    timeline = opentimelineio.adapters.read_from_string(text, "otio_json")
    clips = list(timeline.find_clips())
    assert [clip.source_range.start_time.to_seconds() for clip in clips] == pytest.approx(matching.shots.starts, abs=0.02)
    assert clips[3].name == "然后她走进厨房。"
    assert clips[3].metadata["mmviz"]["clause"] == 2
    assert clips[2].metadata["mmviz"]["clause"] is None
    assert timeline.duration().to_seconds() == pytest.approx(60, abs=0.1)
    assert "secret" not in text


def test_csv_and_json_say_every_shot(matching):
    rows = list(csv.reader(io.StringIO(pipeline.export(matching, "csv").decode("utf-8-sig"))))
    assert rows[0] == ["shot", "start", "end", "clause", "text", "p", "none"]
    assert rows[4][:5] == ["4", "20.0", "31.2", "2", "然后她走进厨房。"]
    assert rows[3][3:6] == ["", "", ""]
    said = json.loads(pipeline.export(matching, "json"))
    assert said["edges"][2] == {"shot": 3, "clause": 1, "p": pytest.approx(0.6)}
    assert "secret" not in json.dumps(said)


def test_the_sheet_is_a_picture_of_every_shot(matching):
    sheet = PIL.Image.open(io.BytesIO(pipeline.export(matching, "png")))
    pixels = np.asarray(sheet.convert("RGB"))
    assert sheet.format == "PNG"
    assert sheet.width == 8 + 6 * 184
    assert (pixels[20, 20] == matching.pictures[0][12, 12]).all()
    with pytest.raises(MethodError, match="picture of every shot"):
        pipeline.export(replace(matching, pictures=()), "png")


@pytest.mark.parametrize("name", FORMATS)
def test_similarities_alone_make_no_film(matching, name):
    bare = replace(matching, shots=None, clauses=None, film=None)
    with pytest.raises(MethodError, match="similarities alone"):
        pipeline.export(bare, name)
    assert b"shot" in pipeline.export(bare, "csv")


@pytest.mark.parametrize("name", FORMATS)
def test_a_film_without_pairs_is_written_too(matching, name):
    assert pipeline.export(replace(matching, edges=()), name)


def test_rates_are_the_usual_fractions():
    assert [rate_of(rate) for rate in (25.0, 29.97, 23.976, 24.0)] == [25, Fraction(30000, 1001), Fraction(24000, 1001), 24]
    assert rate_of(12.5) == Fraction(25, 2)
    assert one_line("a\x00\x1b b\n\u200bc") == "a b c"
