"""UNITER against the paper's equations in plain PyTorch, on random checkpoints; regions from a detector and from files; the original layout."""

import math
import os
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer

from mmviz import pipeline
from mmviz.axes import RegionAxis
from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.models import checkpoints, uniter, uniter_layout, uniter_regions
from mmviz.models.nets.uniter import UniterModel
from tests.models.tiny import make_uniter, make_wordpiece_tokenizer

TEXT = "two red cats under a tree 一只猫"
HEADS = 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_uniter(tmp_path_factory.mktemp("uniter") / "tiny", seed=5)


@pytest.fixture(scope="module")
def by_files(tmp_path_factory):
    return make_uniter(tmp_path_factory.mktemp("uniter") / "files", seed=6, regions="files")


@pytest.fixture
def leased(folder) -> Iterator[checkpoints.Checkpoint]:
    with checkpoints.lease(f"uniter:{folder}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture
def image(rng):
    return image_media.parse(rng.integers(0, 256, (43, 63, 3), dtype=np.uint8), "own.png")


def write_regions(folder, count: int, rng, name: str = "own", width: int = 9, **changed):
    """Write features in UNITER's own layout; sides are at least a hundredth."""
    low = rng.uniform(0, 0.5, (count, 2))
    high = low + rng.uniform(0.01, 0.5, (count, 2))
    boxes = np.concatenate([low, high, high - low], 1)
    arrays = {"features": rng.normal(size=(count, width)).astype(np.float16), "norm_bb": boxes.astype(np.float32)}
    (folder / "regions").mkdir(exist_ok=True)
    np.savez(folder / "regions" / f"{name}.npz", **arrays | {"conf": rng.uniform(0.2, 1, (count, 1))} | changed)
    return arrays["features"].astype(np.float64), arrays["norm_bb"].astype(np.float64)[:, :4]


def scaled(x: torch.Tensor, weights: dict, name: str) -> torch.Tensor:
    centred = x - x.mean(-1, keepdim=True)
    normed = centred / (centred.square().mean(-1, keepdim=True) + 1e-12).sqrt()
    return normed * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def linear(x: torch.Tensor, weights: dict, name: str) -> torch.Tensor:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def by_equations(folder, text: str, features: np.ndarray, boxes: np.ndarray):
    """Read a pair by the paper's equations (section 3.1) and BERT's: states, attention by layer, and the two logits of matching."""
    w = {name: tensor.double() for name, tensor in load_file(folder / "model.safetensors").items()}
    ids = AutoTokenizer.from_pretrained(folder)(text).input_ids
    kinds = w["bert.embeddings.token_type_embeddings.weight"]
    words = (
        w["bert.embeddings.word_embeddings.weight"][ids] + w["bert.embeddings.position_embeddings.weight"][: len(ids)] + kinds[0]
    )
    seen, box = torch.tensor(features, dtype=torch.float64), torch.tensor(boxes, dtype=torch.float64)
    sides = box[:, 2:] - box[:, :2]
    places = torch.cat([box, sides, sides.prod(1, keepdim=True)], 1)
    looks = scaled(linear(seen, w, "region_embeddings.img_linear"), w, "region_embeddings.img_layer_norm")
    lies = scaled(linear(places, w, "region_embeddings.pos_linear"), w, "region_embeddings.pos_layer_norm")
    regions = scaled(looks + lies + kinds[1], w, "region_embeddings.LayerNorm")
    states = torch.cat([scaled(words, w, "bert.embeddings.LayerNorm"), regions])
    kept = []
    for layer in range(3):
        name = f"bert.encoder.layer.{layer}"
        query, key, value = (
            linear(states, w, f"{name}.attention.self.{part}").view(len(states), HEADS, -1).transpose(0, 1)
            for part in ("query", "key", "value")
        )
        kept.append((query @ key.transpose(1, 2) / math.sqrt(query.shape[-1])).softmax(-1))
        read = (kept[-1] @ value).transpose(0, 1).flatten(1)
        states = scaled(states + linear(read, w, f"{name}.attention.output.dense"), w, f"{name}.attention.output.LayerNorm")
        wide = linear(states, w, f"{name}.intermediate.dense")
        wide = 0.5 * wide * (1 + torch.erf(wide / math.sqrt(2)))
        states = scaled(states + linear(wide, w, f"{name}.output.dense"), w, f"{name}.output.LayerNorm")
    pooled = torch.tanh(linear(states[0], w, "bert.pooler.dense"))
    return states.numpy(), torch.stack(kept).numpy(), linear(pooled, w, "match_head").numpy()


def encode(checkpoint, image, text: str = TEXT):
    return uniter.encode(checkpoint, text_media.parse(text), image, keep=uniter.offers(checkpoint.config))


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def probability(logits: np.ndarray) -> float:
    return float(np.exp(logits[1]) / np.exp(logits).sum())


def test_a_pair_is_read_as_the_papers_equations_say(by_files, image, rng):
    features, boxes = write_regions(by_files, 5, rng)
    states, attention, logits = by_equations(by_files, TEXT, features, boxes)
    with checkpoints.lease(f"uniter:{by_files}", "cpu") as checkpoint:
        found = encode(checkpoint, image)
        pair = uniter.score_pairs(checkpoint, [text_media.parse(TEXT)], [image], np.array([[0, 0]]))
    assert found.score.value == pytest.approx(probability(logits), abs=1e-5)
    assert pair[0] == pytest.approx(logits[1] - logits[0], abs=1e-5)
    assert found.key_embeds == pytest.approx(unit(states[-5:]), abs=1e-5)
    assert found.query_embeds[1] == pytest.approx(unit(states[2]), abs=1e-5)  # [CLS] two red
    assert found.query_embeds[-1] == pytest.approx(unit(states[0]), abs=1e-5)
    assert found.attention[0].weights == pytest.approx(attention, abs=1e-5)
    assert found.key.boxes == pytest.approx(boxes)


def test_a_detectors_regions_are_read_by_the_same_equations(leased, folder, image):
    regions = uniter_regions.find(leased, [image])[0]
    boxes = regions.places[:, :4].numpy()
    states, _, logits = by_equations(folder, TEXT, regions.features.numpy(), boxes)
    found = encode(leased, image)
    assert found.score.value == pytest.approx(probability(logits), abs=1e-5)
    assert found.key_embeds == pytest.approx(unit(states[-len(regions) :]), abs=1e-5)
    assert found.key.names == uniter.detect(leased, [image], threshold=0.0)[0].names


def test_regions_that_are_left_out_are_as_if_the_detector_had_missed_them(leased, folder, image):
    regions, found = uniter_regions.find(leased, [image])[0], encode(leased, image)
    kept = np.arange(len(regions)) % 3 == 1
    features, boxes = regions.features.numpy()[kept], regions.places[:, :4].numpy()[kept]
    expected = probability(by_equations(folder, TEXT, features, boxes)[2])
    assert found.score_masked(None, kept[None], "removed")[0] == pytest.approx(expected, abs=1e-5)
    alone = probability(by_equations(folder, TEXT, features[:0], boxes[:0])[2])
    assert found.score_masked(0, np.zeros_like(kept)[None], "removed")[0] == pytest.approx(alone, abs=1e-5)


def test_a_box_that_is_given_has_the_features_of_what_it_covers(leased, image):
    found = uniter_regions.find(leased, [image])[0]
    again = uniter_regions.at(leased, image, found.axis)
    assert torch.allclose(again.features, found.features, atol=1e-5)
    moved = RegionAxis(
        found.axis.boxes[:1] * 0.5 + 0.25, ("",), np.ones(1, np.float32), "object", found.axis.seen, found.axis.size
    )
    assert not torch.allclose(uniter_regions.at(leased, image, moved).features, found.features[:1], atol=1e-2)


def test_a_picture_without_a_region_is_refused_alone_and_scored_by_its_text_among_others(tmp_path, image):
    folder = make_uniter(tmp_path / "blind", seed=5, threshold=1.0)
    with checkpoints.lease(f"uniter:{folder}", "cpu") as checkpoint:
        with pytest.raises(ModelError, match=r"finds no region in own\.png"):
            encode(checkpoint, image)
        texts = [text_media.parse(text) for text in (TEXT, "a cat")]
        logits = uniter.score_pairs(checkpoint, texts, [image], np.array([[0, 0], [1, 0]]))
    nothing = (np.zeros((0, 48)), np.zeros((0, 4)))
    expected = [np.diff(by_equations(folder, text.text, *nothing)[2])[0] for text in texts]
    assert logits == pytest.approx(expected, abs=1e-5)


def test_sixty_regions_and_more_than_are_read(by_files, image, rng, tmp_path):
    write_regions(by_files, 60, rng, "sixty")
    write_regions(by_files, 130, rng, "many")
    named = {name: image_media.parse(image.pixels, f"{name}.jpg") for name in ("sixty", "many")}
    with checkpoints.lease(f"uniter:{by_files}", "cpu") as checkpoint:
        assert len(encode(checkpoint, named["sixty"]).key) == 60
        most = encode(checkpoint, named["many"]).key
    scores = np.load(by_files / "regions" / "many.npz")["conf"].ravel()
    assert len(most) == 100
    assert sorted(most.scores) == pytest.approx(sorted(scores)[-100:])
    plan = pipeline.align(TEXT, named["sixty"], f"uniter:{by_files}", "transport", store=False, device="cpu")
    assert plan.scores.shape[1] == 60
    assert plan.scores[:-1].sum() == pytest.approx(1, abs=1e-3)


def test_other_regions_and_another_picture_of_the_same_pixels_give_no_old_answer(by_files, image, rng):
    write_regions(by_files, 5, rng, "old")
    write_regions(by_files, 7, rng, "twin")
    named = {name: image_media.parse(image.pixels, f"{name}.jpg") for name in ("old", "twin")}

    def ask(name):
        return pipeline.align(TEXT, named[name], f"uniter:{by_files}", "similarity", device="cpu")

    assert (ask("old").scores.shape[1], ask("twin").scores.shape[1]) == (5, 7)
    assert ask("old").stored
    write_regions(by_files, 6, rng, "old")
    assert ask("old").scores.shape[1] == 6


def test_a_one_word_text_and_one_without_a_known_word(leased, image):
    assert encode(leased, image, "cat").score.value > 0
    with pytest.raises(ModelError, match="knows no part"):
        encode(leased, image, "ЖЩ")


def test_both_layouts_of_bottom_up_attention_give_the_same_regions(by_files, image, rng):
    features, boxes = write_regions(by_files, 4, rng, "first")
    pixels = boxes * np.array([640, 480, 640, 480])
    scores = np.load(by_files / "regions" / "first.npz")["conf"].ravel()
    other = {"x": features, "bbox": pixels, "image_w": 640, "image_h": 480, "num_bbox": 4, "conf": scores}
    np.savez(by_files / "regions" / "second.npz", **other)
    with checkpoints.lease(f"uniter:{by_files}", "cpu") as checkpoint:
        first, second = (
            uniter_regions.read(checkpoint, image_media.parse(image.pixels, name)) for name in ("first.png", "second")
        )
    assert torch.allclose(first.features, second.features)
    assert torch.allclose(first.places, second.places, atol=1e-5)
    assert first.axis.boxes == pytest.approx(second.axis.boxes, abs=1e-6)


def bad_file(folder, rng, kind: str) -> None:
    path = folder / "regions" / "own.npz"
    if kind == "absent":
        path.unlink(missing_ok=True)
    elif kind == "torn":
        write_regions(folder, 4, rng)
        path.write_bytes(path.read_bytes()[:200])
    elif kind == "pickled":
        write_regions(folder, 4, rng, norm_bb=np.array([{"a": 1}] * 4, dtype=object))
    elif kind == "width":
        write_regions(folder, 4, rng, width=11)
    elif kind == "unfit":
        write_regions(folder, 4, rng, norm_bb=np.zeros((3, 6)))
    elif kind == "infinite":
        write_regions(folder, 4, rng, norm_bb=np.full((4, 6), np.nan))
    elif kind == "flat":
        write_regions(folder, 4, rng, norm_bb=np.zeros(4))
    elif kind == "unsure":
        write_regions(folder, 4, rng, conf=np.array([0.5, np.nan, 0.5, 0.5]))
    elif kind == "lone array":
        with path.open("wb") as file:
            np.save(file, rng.normal(size=(4, 9)))


@pytest.mark.parametrize(
    ("kind", "said"),
    [("absent", r"none of own\.png"), ("width", "has 11 numbers a region, the model reads 9")]
    + [(kind, "is no file of regions") for kind in ("torn", "pickled", "unfit", "infinite", "flat", "unsure", "lone array")],
)
def test_a_bad_file_of_regions_is_refused_with_a_sentence(by_files, image, rng, kind, said):
    bad_file(by_files, rng, kind)
    with checkpoints.lease(f"uniter:{by_files}", "cpu") as checkpoint, pytest.raises(ModelError, match=said):
        encode(checkpoint, image)


# The original layout


def original(
    rng, width: int = 28, layers: int = 2, vocabulary: int = 80, features: int = 9, classes: int = 6
) -> dict[str, torch.Tensor]:
    """Random tensors by the names and sizes of uniter-base.pt (ChenRocks/UNITER, model/pretrain.py), small."""
    sizes = {
        "uniter.embeddings.word_embeddings.weight": (vocabulary, width),
        "uniter.embeddings.position_embeddings.weight": (18, width),
        "uniter.embeddings.token_type_embeddings.weight": (2, width),
        "uniter.img_embeddings.img_linear.weight": (width, features),
        "uniter.img_embeddings.img_linear.bias": (width,),
        "uniter.img_embeddings.pos_linear.weight": (width, 7),
        "uniter.img_embeddings.pos_linear.bias": (width,),
        "uniter.img_embeddings.mask_embedding.weight": (2, features),
        "cls.predictions.bias": (vocabulary,),
        "feat_regress.bias": (features,),
        "region_classifier.net.3.weight": (classes, width),
        "region_classifier.net.3.bias": (classes,),
        "itm_output.weight": (2, width),
        "itm_output.bias": (2,),
    }
    square = ["uniter.pooler.dense", "cls.predictions.transform.dense", "feat_regress.net.0", "region_classifier.net.0"]
    norms = [
        "uniter.embeddings.LayerNorm",
        "cls.predictions.transform.LayerNorm",
        "feat_regress.net.2",
        "region_classifier.net.2",
    ]
    norms += [f"uniter.img_embeddings.{name}" for name in ("img_layer_norm", "pos_layer_norm", "LayerNorm")]
    for layer in range(layers):
        name = f"uniter.encoder.layer.{layer}"
        square += [f"{name}.attention.self.{part}" for part in ("query", "key", "value")] + [f"{name}.attention.output.dense"]
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
        sizes |= {f"{name}.intermediate.dense.weight": (50, width), f"{name}.intermediate.dense.bias": (50,)}
        sizes |= {f"{name}.output.dense.weight": (width, 50), f"{name}.output.dense.bias": (width,)}
    for name in square:
        sizes |= {f"{name}.weight": (width, width), f"{name}.bias": (width,)}
    for name in norms:
        sizes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    state = {name: torch.from_numpy(rng.normal(size=shape).astype(np.float32)) for name, shape in sizes.items()}
    state["cls.predictions.decoder.weight"] = state["uniter.embeddings.word_embeddings.weight"]
    state["feat_regress.weight"] = state["uniter.img_embeddings.img_linear.weight"]
    return state


def write_original(path, state):
    torch.save(state, path)
    return path


def test_the_original_layout_becomes_a_folder_that_reads_pairs(tmp_path, image, rng):
    state = original(rng)
    tokenizer = make_wordpiece_tokenizer()
    state["uniter.embeddings.word_embeddings.weight"] = torch.randn(len(tokenizer), 28)
    state["cls.predictions.decoder.weight"] = state["uniter.embeddings.word_embeddings.weight"]
    state["cls.predictions.bias"] = torch.randn(len(tokenizer))
    folder = uniter_layout.convert(write_original(tmp_path / "uniter.pt", state), tmp_path / "made", tokenizer, heads=HEADS)
    write_regions(folder, 3, rng)
    with checkpoints.lease(f"uniter:{folder}", "cpu") as checkpoint:
        found = encode(checkpoint, image, "a cat")
        model = checkpoint.model
        assert torch.equal(model.match_head.weight, state["itm_output.weight"])
        assert torch.equal(model.bert.encoder.layer[1].output.dense.bias, state["uniter.encoder.layer.1.output.dense.bias"])
        states = torch.randn(4, 28)
        expected = model.word_head(states) @ state["cls.predictions.decoder.weight"].T + state["cls.predictions.bias"]
        assert torch.allclose(model.words(states), expected)
        expected = model.feature_head(states) @ state["feat_regress.weight"] + state["feat_regress.bias"]
        assert torch.allclose(model.features(states), expected)
        assert model.class_head(states).shape == (4, 6)
    assert len(found.key) == 3
    assert 0 < found.score.value < 1


def test_names_are_all_mapped_and_sizes_read_off(tmp_path, rng):
    config, state = uniter_layout.read(write_original(tmp_path / "uniter.pt", original(rng)), heads=HEADS)
    assert set(state) == set(UniterModel(config).state_dict())
    assert (config.text_config.num_hidden_layers, config.text_config.intermediate_size, config.region_dim) == (2, 50, 9)
    assert config.region_classes == 6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("itm_output.bias"), "lacks match_head.bias"),
        (lambda s: s.pop("uniter.img_embeddings.img_linear.weight"), "lacks region_embeddings.img_linear.weight"),
        (lambda s: s.update({"uniter.pooler.dense.weight": torch.zeros(28, 27)}), r"bert.pooler.dense.weight of \(28, 27\)"),
        (lambda s: s.update({"vqa_output.0.weight": torch.zeros(3)}), "vqa_output.0.weight, which is no part"),
        (lambda s: s.update({"uniter.encoder.more": torch.zeros(3)}), r"bert\.encoder\.more"),
        (lambda s: s.update({"feat_regress.weight": torch.zeros(28, 9)}), "another feat_regress.weight"),
    ],
)
def test_a_file_that_is_no_uniter_is_refused_with_a_sentence(tmp_path, rng, change, said):
    state = original(rng, vocabulary=200)
    change(state)
    with pytest.raises(ModelError, match=said):
        uniter_layout.convert(
            write_original(tmp_path / "odd.pt", state), tmp_path / "made", make_wordpiece_tokenizer(), heads=HEADS
        )


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("make", [Evil, lambda _: {"a": 1}, lambda _: [torch.zeros(2)]])
def test_nothing_in_a_file_is_run(tmp_path, make):
    torch.save(make(tmp_path / "made"), tmp_path / "evil.pt")
    with pytest.raises(ModelError, match=r"cannot be read as tensors|is no table of tensors"):
        uniter_layout.read(tmp_path / "evil.pt")
    assert not (tmp_path / "made").exists()


def test_the_command_converts_or_says_why_not(tmp_path, rng, capsys):
    vocabulary = tmp_path / "vocab.txt"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "dog", "a"]
    vocabulary.write_text("\n".join(pieces) + "\n", "utf-8")
    weights = write_original(tmp_path / "uniter.pt", original(rng, width=64, vocabulary=len(pieces)))
    assert uniter_layout.main([str(weights), str(vocabulary), str(tmp_path / "made")]) == 0
    assert (tmp_path / "made" / "regions").is_dir()
    assert uniter_layout.main([str(tmp_path / "absent.pt"), str(vocabulary), str(tmp_path / "other")]) == 2
    assert "absent.pt" in capsys.readouterr().err
