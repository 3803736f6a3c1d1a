"""The page's doors for programs: arguments in the order of the command line's, nothing of it is seen on the page."""

from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.errors import MediaError, MethodError, UnknownName
from mmviz.matchings import Constraints
from mmviz.ui import guard, material, menus, rooms, space_words, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.pair import refusal
from mmviz.ui.reading import Asked
from mmviz.worlds import films


class Answer(gr.JSON):
    """JSON for programs. It is never drawn, so it goes by a name whose front end the page has already and fetches none of its own."""

    def get_block_name(self) -> str:
        """Name a part of the front end that is there anyway."""
        return "textbox"


def build(device: str) -> None:
    """Add the endpoints /align, /matrix, /speech, /film and /space."""
    with gr.Group() as doors:
        doors.allow_expected_parents = False  # forms around them, which are visible whatever is said
        _build_align(device)
        _build_matrix(device)
        _build_speech(device)
        _build_film(device)
        _build_space(device)
    _leave_out(doors)


def _leave_out(block: gr.Group) -> None:
    """Take a block out of what browsers lay out; they wait for whatever is visible, so that nothing of it may be."""
    for one in (block, *rooms.inside(block)):
        one.visible = False
    block.parent.children.remove(block)


def _build_align(device: str) -> None:
    text = gr.Textbox(label="text")
    image = guard.Upload(label="image", type="filepath", image_mode=None)
    model = gr.Textbox(pipeline.DEFAULT_MODEL, label="model")
    method = gr.Textbox(pipeline.DEFAULT_METHOD, label="method")
    unit = gr.Textbox("word", label="unit")
    target = gr.Textbox(None, label="target")
    alignment = Answer(label="alignment")

    def align(text, image, model, method, unit, target):
        return align_pair(Asked(image, text, model, method, (), (), target, words.DEFAULT), unit, device)

    gr.Button().click(align, [text, image, model, method, unit, target], alignment, api_name="align")


def _build_matrix(device: str) -> None:
    texts = guard.Files(label="texts", file_types=["text"])
    images = guard.Files(label="images", file_count="multiple", file_types=["image"])
    model = gr.Textbox(pipeline.DEFAULT_MODEL, label="model")
    said = [gr.Textbox("", label=name) for name in ("scale", "objective", "temperature", "margin", "by")]
    matrix = Answer(label="matrix")

    def compare(texts, images, model, scale, objective, temperature, margin, by):  # Gradio takes the door's names from here
        said = {"scale": scale, "objective": objective, "temperature": temperature, "margin": margin, "by": by}
        return compare_sets(texts, images, model, said, device)

    gr.Button().click(compare, [texts, images, model, *said], matrix, api_name="matrix")


def _build_space(device: str) -> None:
    vectors = guard.Files(label="vectors", file_count="multiple")
    method, seed, centred = gr.Textbox("umap", label="method"), gr.Number(0, label="seed"), gr.Checkbox(False, label="centred")
    made = Answer(label="space")

    def map_(vectors, method, seed, centred):
        return map_vectors(vectors, method, seed, centred, device)

    gr.Button().click(map_, [vectors, method, seed, centred], made, api_name="space")


def _build_speech(device: str) -> None:
    audio = guard.Files(label="audio", file_types=["audio", "video"])
    text = gr.Textbox(label="text")
    said = [gr.Textbox(value, label=name) for name, value in (("language", "en"), ("unit", "word"), ("aligner", ""))]
    timing = Answer(label="timing")

    def speech(audio, text, language, unit, aligner):
        return time_units(audio, text, language, unit, aligner, device=device)

    gr.Button().click(speech, [audio, text, *said], timing, api_name="speech")


def _build_film(device: str) -> None:
    video, text = guard.Files(label="video", file_types=["video"]), gr.Textbox(label="text")
    model, matcher = gr.Textbox(pipeline.DEFAULT_MODEL, label="model"), gr.Textbox(pipeline.DEFAULT_MATCHER, label="matcher")
    gradual, level = gr.Checkbox(False, label="gradual"), gr.Textbox("normal", label="level")
    chronological, matching = gr.Checkbox(False, label="chronological"), Answer(label="matching")

    def film(video, text, model, matcher, gradual, level, chronological):
        said = {
            "gradual": bool(gradual),
            "level": level or "normal",
            "constraints": Constraints(chronological=bool(chronological)),
        }
        return match_film(video, text, model, matcher, device=device, **said)

    gr.Button().click(film, [video, text, model, matcher, gradual, level, chronological], matching, api_name="film")


@shows_errors
def match_film(video: str | None, text: str, model: str, matcher: str, **said: Any) -> dict[str, Any]:
    """Match the shots of a film with the clauses of a text, as `mmviz film --json` does.

    Args:
        video: path of an upload.
        text: the text, or what is in a file of subtitles.
        model: one on offer.
        matcher: a name of `mmviz list methods`; none is the default.
        **said: as of `pipeline.film`.
    """
    menus.known_model(model)
    if not video:
        raise MediaError("There is no film; upload one, such as an MP4 or WebM file.")
    found = films.prove(pipeline.take_in(video))
    return pipeline.film(found, text, model, matcher or pipeline.DEFAULT_MATCHER, **said).to_json()


@shows_errors
def align_pair(asked: Asked, unit: str, device: str) -> dict[str, Any]:
    """Align one pair and give the contract's alignment.json."""
    menus.known_model(asked.model)
    if not asked.picture:
        raise refusal("no_picture", words.DEFAULT)
    places = {"model": asked.model, "unit": unit, "target": asked.target or None, "device": device}
    return pipeline.align_many(asked.text, asked.picture, [(asked.method, {})], **places)[0].to_json()


@shows_errors
def compare_sets(texts: str | None, images: list[str], model: str, said: dict[str, str], device: str) -> dict[str, Any]:
    """Compare the lines of a text file with pictures and give the contract's matrix.

    Args:
        texts, images: paths of uploads.
        model: one on offer.
        said: `scale`, `objective`, `temperature`, `margin` and `by`, as typed; what is empty is left to its default.
        device: as of `pipeline.matrix`.

    Returns:
        As `mmviz matrix --json`: with recall where pairs are known, and with loss and gradient where an objective is named.
    """
    menus.known_model(model)
    if not texts:
        raise refusal("no_texts", words.DEFAULT)
    scale, by, objective = said.get("scale") or "", said.get("by") or None, said.get("objective")
    pipeline.check_scale(scale, by, model, device)
    made = pipeline.on_scale(pipeline.matrix(pipeline.read_texts(texts), images or [], model, device, by=by), scale)
    value = made.to_json()
    if objective:
        options = pipeline.options_of(objective, temperature=said.get("temperature"), margin=said.get("margin"))
        value |= pipeline.objective(made, objective, **options).to_json()
    return value | ({"recall": pipeline.recall(made)} if made.matched.any() else {})


@shows_errors
def map_vectors(vectors: list[str] | None, method: str, seed: float, centred: bool, device: str = "cpu") -> dict[str, Any]:
    """Map vectors of one or two files and give the contract's map, as `mmviz space --json`.

    Args:
        vectors: paths of uploads, .npy or .parquet.
        method, seed, centred, device: as of `pipeline.space`; a seed is a whole number.
    """
    if not vectors:
        raise gr.Error(space_words.say("nothing", words.DEFAULT), print_exception=False)
    if seed is None or seed != int(seed):
        raise MethodError(f"A map's seed is a whole number from 0 to {2**32 - 1:,}, got {seed}; name another.")
    made = material.given(vectors, max(int(seed), 0))
    facts = {"pairs": made.pairs, "centred": bool(centred), "left_out": made.left_out, "device": device}
    return pipeline.space(made.parts, method or "umap", int(seed), **facts).to_json()


@shows_errors
def time_units(audio: str | None, text: str, language: str, unit: str, aligner: str, *, device: str) -> dict[str, Any]:
    """Say when each unit of a text was spoken, as `mmviz speech --json` does.

    Args:
        audio: path of an upload: a sound, or a film.
        text: what was said.
        language, unit, aligner: as of `pipeline.speech`; no aligner is the default.
        device: where models run.
    """
    if not audio:
        raise MediaError("There is no sound; upload one in which somebody speaks.")
    if aligner not in ("", *pipeline.offered_aligners()):
        raise UnknownName("aligner", aligner, pipeline.offered_aligners())
    return pipeline.speech(
        audio, text, language or "en", unit or "word", aligner or pipeline.default_aligner(language), device=device
    ).to_json()
