"""The door /film for programs: arguments in the order of the command line's."""

from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.ui import film_words, films, guard, menus, words
from mmviz.ui.api import Answer
from mmviz.ui.boundary import shows_errors


def build(device: str) -> None:
    """Add the endpoint /film."""
    with gr.Group(visible=False):
        video, text = guard.Files(label="video"), guard.Files(label="text", file_types=["text", ".srt", ".vtt"])
        model, matcher = gr.Textbox(pipeline.DEFAULT_MODEL, label="model"), gr.Textbox(pipeline.DEFAULT_MATCHER, label="matcher")
        level, gradual = gr.Textbox("normal", label="level"), gr.Checkbox(False, label="gradual")
        answer = Answer(label="matching")

        def film(video, text, model, matcher, level, gradual):
            return match_film(video, text, (model, matcher), (level, gradual), device)

        gr.Button().click(film, [video, text, model, matcher, level, gradual], answer, api_name="film")


@shows_errors
def match_film(video: str | None, text: str | None, by: tuple[str, str], cut: tuple[str, bool], device: str) -> dict[str, Any]:
    """Match an uploaded film with an uploaded text and give the contract's answer of `mmviz film`.

    Args:
        video, text: paths of uploads.
        by: model, one on offer, and matcher.
        cut: level of clauses, and whether slow transitions are looked for.
        device: as of `pipeline.film`.
    """
    for given, missing in ((video, "no_film"), (text, "no_text")):
        if not given:
            raise gr.Error(film_words.say(missing, words.DEFAULT), print_exception=False)
    model, (level, gradual) = menus.known_model(by[0]).name, cut
    options = {"level": level, "gradual": gradual, "device": device}
    return pipeline.film(films.proven(video), pipeline.read_script(text), model, by[1], **options).to_json()
