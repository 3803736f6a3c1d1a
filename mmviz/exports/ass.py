"""ASS: karaoke subtitles, in which each word lights up when it is spoken."""

from mmviz.exports.cues import Cue, between, cues
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image
from mmviz.timings import Timing

HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: 1280
PlayResY: 720
WrapStyle: 2
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, \
ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,44,&H0000D7FF,&H00FFFFFF,&H00101010,&H80000000,0,0,0,0,100,100,0,0,1,2,1,2,60,60,50,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
#: Joins words without being seen.
JOINER = "\u2060"


@exports.add("ass", title="Karaoke (ASS)", suffix=".ass", media_type="text/x-ssa", takes=("Timing",))
def write(result: Timing, image: Image | None = None, palette: Palette | None = None) -> bytes:
    r"""Write what was spoken as karaoke.

    Args:
        result: times of a text's units; those not spoken are left out.
        image, palette: not needed.

    Returns:
        UTF-8 with its mark; a line an event, words timed by `\k` in hundredths of a second counted such that rounding never adds up.
        Braces of the text are escaped as libass reads them, and an invisible word joiner (U+2060) keeps backslashes from being marks.
    """
    lines = []
    end_before = 0
    for cue in cues(result):
        start = max(round(100 * cue.start), end_before)
        end_before = end = max(round(100 * cue.end), start + 1)
        lines.append(f"Dialogue: 0,{_clock(start)},{_clock(end)},Default,,0,0,0,,{_sung(cue, start, end)}\n")
    return (HEAD + "".join(lines)).encode("utf-8-sig")


def _sung(cue: Cue, start: int, end: int) -> str:
    """Write words, each with how long it lasts; pauses before words are syllables without signs."""
    at, lines = start, []
    for line in cue.lines:
        said = ""
        for place, word in enumerate(line):
            begin, stop = (min(max(round(100 * second), at), end) for second in (word.start, word.end))
            pause = f"{{\\k{begin - at}}}" if begin > at else ""
            said += pause + _plain(between(word, place)) + f"{{\\k{stop - begin}}}" + _plain(word.text)
            at = stop
        lines.append(said)
    return "\\N".join(lines)


def _plain(text: str) -> str:
    return text.replace("\\", "\\" + JOINER).replace("{", "\\{").replace("}", "\\}")


def _clock(hundredths: int) -> str:
    seconds, rest = divmod(hundredths, 100)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}.{rest:02d}"
