"""OTIO: a timeline of OpenTimelineIO, which editing programs exchange."""

import json

from mmviz.exports.shot_lists import about, shown, title, written
from mmviz.matchings import Matching
from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image


@exports.add("otio", title="Timeline (OpenTimelineIO)", suffix=".otio", media_type="application/json", takes=("Matching",))
def write(result: Matching, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write a film's shots as a timeline of clips named by the clauses they show.

    Args:
        result: a matching of a film; every shot is a clip, in the film's order.
        image, palette: not needed.

    Returns:
        OTIO's JSON by PySceneDetect, UTF-8; number and probability of the clause are in each clip's metadata, under "mmviz". The film is
        looked for under its name beside the timeline.
    """
    from scenedetect.output import write_scene_list_otio

    shots, film = shown(result, "otio"), about(result)

    def into(file, scenes: list) -> None:
        write_scene_list_otio(file, scenes, film["name"], film["rate"], film["name"], audio=False)

    timeline = json.loads(written(into, shots, film["rate"]))
    for track in timeline["tracks"]["children"]:
        for piece, shot in zip(track["children"], shots, strict=True):
            piece["name"] = title(shot)
            piece["metadata"] = {
                "mmviz": {"shot": shot.first + 1, "clause": (shot.clause or 0) + 1 if shot.text else None, "p": shot.p}
            }
            media = piece["media_references"]["DEFAULT_MEDIA"]
            media["target_url"] = film["name"]
            media["available_range"]["duration"]["value"] = round(shots[-1].end * float(film["rate"]), 6)
    return json.dumps(timeline, ensure_ascii=False, indent=1).encode("utf-8")
