"""The page's doors for programs: arguments in the order of the command line's, nothing of it is seen on the page."""

from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.errors import UnknownName
from mmviz.matrices import MATRIX_SCALES
from mmviz.ui import guard, menus, words
from mmviz.ui.boundary import shows_errors
from mmviz.ui.pair import METHOD, refusal
from mmviz.ui.reading import ALL, Asked


class Answer(gr.JSON):
    """JSON for programs. It is never drawn, so it goes by a name whose front end the page has already and fetches none of its own."""

    def get_block_name(self) -> str:
        """Name a part of the front end that is there anyway."""
        return "textbox"


def build(device: str) -> None:
    """Add the endpoints /align and /matrix."""
    with gr.Group(visible=False):
        _build_align(device)
        _build_matrix(device)


def _build_align(device: str) -> None:
    text = gr.Textbox(label="text")
    image = guard.Upload(label="image", type="filepath", image_mode=None)
    model = gr.Textbox(menus.FIRST, label="model")
    method = gr.Textbox(METHOD, label="method")
    unit = gr.Textbox("word", label="unit")
    target = gr.Textbox(None, label="target")
    alignment = Answer(label="alignment")

    def align(text, image, model, method, unit, target):
        return align_pair(Asked(image, text, model, method, ALL, ALL, target, words.DEFAULT), unit, device)

    gr.Button().click(align, [text, image, model, method, unit, target], alignment, api_name="align")


def _build_matrix(device: str) -> None:
    texts = guard.Files(label="texts", file_types=["text"])
    images = guard.Files(label="images", file_count="multiple", file_types=["image"])
    model = gr.Textbox(menus.FIRST, label="model")
    scale = gr.Textbox("cosine", label="scale")
    matrix = Answer(label="matrix")

    def compare(texts, images, model, scale):
        return compare_sets(texts, images, model, scale, device)

    gr.Button().click(compare, [texts, images, model, scale], matrix, api_name="matrix")


@shows_errors
def align_pair(asked: Asked, unit: str, device: str) -> dict[str, Any]:
    """Align one pair and give the contract's alignment.json."""
    menus.known_model(asked.model)
    if not asked.picture:
        raise refusal("no_picture", words.DEFAULT)
    places = {"model": asked.model, "unit": unit, "target": asked.target or None, "device": device}
    return pipeline.align_many(asked.text, asked.picture, [(asked.method, {})], **places)[0].to_json()


@shows_errors
def compare_sets(texts: str | None, images: list[str], model: str, scale: str, device: str) -> dict[str, Any]:
    """Compare the lines of a text file with pictures and give the contract's matrix, with recall where pairs are known."""
    menus.known_model(model)
    if not texts:
        raise refusal("no_texts", words.DEFAULT)
    if scale not in MATRIX_SCALES:
        raise UnknownName("scale", scale, list(MATRIX_SCALES))
    made = pipeline.matrix(pipeline.read_texts(texts), images or [], model, device).scaled(scale)
    return made.to_json() | ({"recall": pipeline.recall(made)} if made.matched.any() else {})
