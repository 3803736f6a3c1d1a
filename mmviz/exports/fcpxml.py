"""FCPXML: a project for Final Cut Pro, and for what reads its projects."""

from urllib.parse import quote

from mmviz.exports.shot_lists import about, shown, title, written
from mmviz.matchings import Matching
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image


@exports.add("fcpxml", title="Final Cut Pro project", suffix=".fcpxml", media_type="application/xml", takes=("Matching",))
def write(result: Matching, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write a film's shots as a project of clips named by the clauses they show.

    Args:
        result: a matching of a film; every shot is a clip, in the film's order.
        image, palette: not needed.

    Returns:
        FCPXML 1.9 by PySceneDetect, UTF-8; the film is looked for under its name beside the project.
    """
    from xml.etree import ElementTree

    from scenedetect.output import write_scene_list_fcpx

    shots, film = shown(result, "fcpxml"), about(result)
    places = (film["name"], film["rate"], film["size"], film["name"])
    root = ElementTree.fromstring(written(lambda file, scenes: write_scene_list_fcpx(file, scenes, *places), shots, film["rate"]))
    for source in root.iter("media-rep"):
        source.set("src", quote(film["name"]))
    for piece, shot in zip(root.iter("asset-clip"), shots, strict=True):
        piece.set("name", title(shot))
        if shot.clause is not None:
            ElementTree.SubElement(piece, "note").text = f"clause {shot.clause + 1}, probability {shot.p:.2f}"
    ElementTree.indent(root)
    for element in root.iter():
        element.tail = element.tail or "\n"
    return b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n' + ElementTree.tostring(root, encoding="utf-8")
