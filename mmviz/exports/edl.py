"""EDL: the cut list that every editing program reads."""

from mmviz.exports.shot_lists import about, shown, title, written
from mmviz.matchings import Matching
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image


@exports.add("edl", title="Edit list (EDL)", suffix=".edl", media_type="text/plain", takes=("Matching",))
def write(result: Matching, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write a film's shots as an edit list, each with the clause it shows as a comment.

    Args:
        result: a matching of a film; every shot is an event, in the film's order.
        image, palette: not needed.

    Returns:
        CMX 3600 by PySceneDetect, UTF-8, non-drop timecodes at the film's rate.
    """
    from scenedetect.output import write_scene_list_edl

    shots, film = shown(result, "edl"), about(result)
    text = written(lambda file, scenes: write_scene_list_edl(file, scenes, title=film["name"]), shots, film["rate"])
    lines, told = [], iter(shots)
    for line in text.splitlines():
        lines.append(line)
        if line[:3].isdigit():
            shot = next(told)
            lines += [f"* FROM CLIP NAME: {film['name']}", f"* COMMENT: {title(shot)}"]
    return ("\n".join(lines) + "\n").encode("utf-8")
