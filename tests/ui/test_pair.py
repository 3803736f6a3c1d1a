import json
import shutil

import gradio as gr
import numpy as np
import PIL.Image
import pytest

from mmviz import pipeline
from mmviz.ui import api, examples, guard, pair
from mmviz.ui.reading import Asked


def show(picture, text="a red cat", model="clip-mini", method="relevance", layers=(), target=None, language="en"):
    return pair.show_pair(Asked(picture, text, model, method, layers, (), target, language), "cpu")


def align(picture, text="a red cat", model="clip-mini", method="relevance"):
    return api.align_pair(Asked(picture, text, model, method, (), (), None, "en"), "word", "cpu")


def test_a_picture_and_a_text_give_a_map_and_a_reading(photo):
    seen, overlay, _, score, _ = show(photo)
    drawn = json.loads(overlay)
    assert [u["text"] for u in drawn["overlay"]["units"]] == ["a", "red", "cat", "a red cat"]
    assert drawn["overlay"]["grid"] == [5, 5]
    assert drawn["picture"].startswith("data:image/")
    assert json.loads(score)["score"].lstrip("−").startswith("0.")
    assert seen.alignment.method == "relevance"


def test_a_method_that_stood_in_the_menu_a_moment_ago_gives_way_to_the_models_own(photo):
    menu = guard.Menu([("Relevance", "relevance")], value="relevance")
    assert menu.preprocess("contributions") == "contributions"  # of the model before; Gradio's own menu would refuse it
    assert menu.get_block_name() == "dropdown"
    seen = show(photo, method="contributions")[0]
    assert seen.alignment.method == "relevance"


def test_so_do_a_target_layers_and_a_way_to_compare(photo):
    menu = guard.Menu([("alone", "prompt")], value="prompt")
    assert menu.preprocess("pair") == "pair"
    layers = guard.Menu([("0", "0"), ("1", "1")], multiselect=True)
    assert layers.preprocess(["1", "7"]) == ["1"]
    assert guard.Choice([("contrast", "contrast")], value="contrast").preprocess("matching") == "matching"
    assert show(photo, target="pair")[0].alignment.target == "prompt"


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("en", "", "The text is empty"),
        ("zh", " \n", "还没有文字"),
        ("en", "a" * 10_000, "10,000 characters; up to 2,000"),
        ("zh", "a" * 10_000, "10,000 个字符"),
        ("en", "😀🎈", "knows no part of"),
        ("zh", "😀🎈", "不认识“😀🎈”里的任何部分"),
    ],
)
def test_a_text_that_cannot_be_used_is_answered_with_a_sentence(photo, language, text, sentence):
    with pytest.raises(gr.Error, match=sentence):
        show(photo, text, language=language)


@pytest.mark.parametrize(("language", "sentence"), [("en", "There is no picture"), ("zh", "还没有图片")])
def test_no_picture_is_said(language, sentence):
    with pytest.raises(gr.Error, match=sentence):
        show(None, language=language)


def _text_file(path):
    path.write_text("this is no picture")


def _truncated(path):
    PIL.Image.effect_noise((90, 50), 80).convert("RGB").save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:-600])


def _huge(path):
    PIL.Image.new("1", (10_000, 10_000)).save(path)


def _dot(path):
    PIL.Image.new("RGB", (1, 1)).save(path)


@pytest.mark.parametrize(
    ("name", "write", "english", "chinese"),
    [
        ("text.png", _text_file, "not a picture that can be read", "不是能读取的图片"),
        ("cut.jpg", _truncated, "damaged or cut short", "已损坏或不完整"),
        ("huge.png", _huge, "100 megapixels; up to 40", "100 百万像素，最多能显示 40 百万"),
        ("dot.png", _dot, "1 x 1 pixels; it needs at least 2", "只有 1 × 1 像素"),
    ],
)
def test_a_picture_that_cannot_be_used_is_answered_with_a_sentence(tmp_path, name, write, english, chinese):
    write(tmp_path / name)
    for language, sentence in (("en", english), ("zh", chinese)):
        with pytest.raises(gr.Error, match=sentence):
            show(str(tmp_path / name), language=language)


def _animated(path):
    frames = [PIL.Image.new("RGB", (90, 50), colour) for colour in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    ("name", "write", "note"),
    [
        ("moving.gif", _animated, "several frames; this is the first"),
        ("print.jpg", lambda path: PIL.Image.new("CMYK", (90, 50), (10, 200, 90, 0)).save(path), "CMYK"),
        ("deep.png", lambda path: PIL.Image.fromarray(np.full((50, 90), 40_000, np.uint16)).save(path), "16 bits"),
        ("palette.png", lambda path: PIL.Image.new("P", (90, 50)).save(path, transparency=0), "laid on white"),
    ],
)
def test_what_had_to_be_done_to_a_picture_is_said(tmp_path, name, write, note):
    write(tmp_path / name)
    badges = json.loads(show(str(tmp_path / name))[-1])["badges"]
    assert any(note in badge["text"] for badge in badges)


def test_a_turned_picture_is_shown_upright(tmp_path):
    path, turned = tmp_path / "turned.jpg", PIL.Image.Exif()
    turned[0x0112] = 6
    PIL.Image.new("RGB", (90, 50), "red").save(path, exif=turned)
    assert json.loads(show(str(path))[1])["overlay"]["size"] == [50, 90]


@pytest.mark.parametrize("model", ["clip:/etc", "clip:~", "clip:someone/else", "clip-mini/../clip-mini", "", "<img src=x>"])
def test_models_from_visitors_are_those_on_offer_and_no_others(photo, bundle, model):
    with pytest.raises(gr.Error, match=r"no model|No bundled model"):
        show(photo, model=model)


def test_a_folder_with_a_good_model_is_refused_too(photo, bundle):
    with pytest.raises(gr.Error, match="There is no model"):
        show(photo, model=f"clip:{bundle / 'clip-mini'}")
    with pytest.raises(gr.Error, match="There is no model"):
        align(photo, model=f"clip:{bundle / 'clip-mini'}")


def test_a_model_with_pickled_weights_is_refused(photo, bundle, tmp_path, monkeypatch):
    folder = shutil.copytree(bundle / "clip-mini", tmp_path / "models" / "clip-mini")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    monkeypatch.setenv("MMVIZ_MODELS", str(folder.parent))
    with pytest.raises(gr.Error, match="pickled weights can run code"):
        show(photo)


def _without(folder):
    (folder / "tokenizer.json").unlink()


def _garbled(folder):
    (folder / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{broken}")


def _cut(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def _no_config(folder):
    (folder / "config.json").write_text("{")


@pytest.mark.parametrize("break_it", [_without, _garbled, _cut, _no_config])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_model_with_a_missing_or_corrupt_file_is_answered_with_a_sentence(
    photo, bundle, tmp_path, monkeypatch, caplog, break_it, language
):
    folder = shutil.copytree(bundle / "clip-mini", tmp_path / "models" / "clip-mini")
    break_it(folder)
    monkeypatch.setenv("MMVIZ_MODELS", str(folder.parent))
    with pytest.raises(gr.Error) as shown:
        show(photo, language=language)
    assert "clip-mini" in shown.value.message
    assert caplog.text == ""


def test_a_public_model_that_is_not_here_says_how_it_comes(photo):
    with pytest.raises(gr.Error, match="hf download openai/clip-vit-base-patch32"):
        show(photo, model="clip:openai/clip-vit-base-patch32")


@pytest.mark.parametrize("layers", [["7"], ["x"], ["-1"]])
def test_layers_that_are_not_there_are_answered_with_a_sentence(photo, layers):
    with pytest.raises(gr.Error, match="layer"):
        show(photo, layers=layers)


def test_layers_are_ignored_where_the_method_has_none(photo):
    assert show(photo, method="similarity", layers=["nonsense"])[0].alignment.options == {"centred": False}


def test_a_picture_that_is_not_ours_is_marked_under_a_bundled_model_in_every_language(photo):
    for language, words in (("en", "CLIP ViT-B/32 (605 MB)"), ("zh", "不是我们画的")):
        badges = json.loads(show(photo, language=language)[-1])["badges"]
        assert badges[0]["kind"] == "warning"
        assert words in badges[0]["text"]


def test_our_own_drawing_is_not_marked_and_its_true_boxes_are_there():
    example = examples.examples()[0]
    seen, overlay, _, _, side = show(example.path, example.text)
    assert seen.is_drawn
    assert json.loads(side)["badges"] == []
    boxes = dict(zip([u["text"] for u in json.loads(overlay)["overlay"]["units"]], json.loads(overlay)["boxes"], strict=True))
    assert boxes["a purple crown"]
    assert len(boxes[example.text]) == 3


def test_a_drawing_with_one_pixel_changed_is_no_longer_ours(tmp_path):
    with PIL.Image.open(examples.examples()[0].path) as picture:
        claim, pixels = picture.info["mmviz"], np.array(picture)
    pixels[5, 7] = 255 - pixels[5, 7]
    info = PIL.PngImagePlugin.PngInfo()
    info.add_text("mmviz", claim)
    PIL.Image.fromarray(pixels).save(tmp_path / "changed.png", pnginfo=info)
    assert not show(str(tmp_path / "changed.png"))[0].is_drawn


def test_a_cut_text_names_the_words_that_were_not_read(photo):
    text = " ".join(["cat"] * 90) + " dog"
    badges = json.loads(show(photo, text)[-1])["badges"]
    assert any("longer than clip-mini reads" in badge["text"] for badge in badges)


def test_unknown_words_are_named(photo):
    badges = json.loads(show(photo, "a cat 龘")[-1])["badges"]
    assert any("does not know: “龘”" in badge["text"] for badge in badges)


def test_what_the_crop_cut_away_is_said_with_its_share(photo):
    badges = json.loads(show(photo)[-1])["badges"]
    assert any("44 % of the picture" in badge["text"] for badge in badges)


def test_a_false_sentence_of_a_drawing_is_set_against_the_true_one():
    example = next(e for e in examples.examples() if e.is_false)
    rival = json.loads(show(example.path, example.text, model=example.model)[-1])["rival"]
    assert [row["mark"] for row in rival["rows"]] == ["true", "false"]
    assert rival["rows"][1]["text"] == example.text


def test_another_language_does_not_run_the_model_again(photo, monkeypatch):
    seen, overlay, *_ = show(photo)
    monkeypatch.setattr(pipeline, "align_many", lambda *_, **__: pytest.fail("the model ran"))
    _, known, *labels, again, _, score, _ = pair.relabel_page("zh", seen, ("clip-mini", "relevance", "prompt"), "cpu")
    assert json.loads(again)["words"]["opacity"] == "浓淡"
    assert json.loads(again)["overlay"] == json.loads(overlay)["overlay"]
    assert "余弦" in json.loads(score)["kind"]
    assert known == "zh"
    assert labels[2]["label"] == "图片"


def test_the_page_begins_with_a_finished_example():
    *labels, seen, overlay, _, _, _ = pair.load_page("en", "cpu")
    assert labels[5]["value"] == examples.examples()[0].text == seen.alignment.query.text
    assert json.loads(overlay)["overlay"]["units"]


def test_without_a_bundled_model_the_page_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path))
    *labels, seen, overlay, _, _, _ = pair.load_page("en", "cpu")
    assert "No bundled model is here" in json.loads(overlay)["message"]
    assert "make train-clip-mini" in labels[6]["info"]
    assert seen is None


def test_an_example_that_does_not_exist_gives_the_first():
    assert pair.choose_example(10**9, "en", "cpu")[1] == examples.examples()[0].text
    assert pair.choose_example("../../etc", "en", "cpu")[1] == examples.examples()[0].text


def test_a_method_that_knows_two_targets_offers_them():
    method, layers, heads, target = pair.method_menus("clip-mini", "similarity", "en")
    assert (layers["visible"], heads["visible"], target["visible"]) == (False, False, True)
    assert [name for _, name in target["choices"]] == ["prompt", "context"]
    assert pair.method_menus("clip-mini", "relevance", "en")[-1]["visible"] is False


def test_the_api_gives_the_contracts_json(photo):
    found = align(photo)
    assert found == pipeline.align("a red cat", photo).to_json()


def test_what_visitors_type_stays_text_in_the_payload(photo):
    _, overlay, table, _, side = show(photo, "<script>cat</script> ${cat} {{cat}}")
    assert "<" not in overlay + table + side
    assert json.loads(overlay)["overlay"]["text"] == "<script>cat</script> ${cat} {{cat}}"
