"""Train flava-mini: Hugging Face's FLAVA on drawn scenes: pictures alone, texts alone, pairs, and masked parts of each.

    python -m mmviz train flava-mini --minutes 31

FLAVA (Singh et al., 2022, arXiv:2112.04482) begins its two encoders with ones that were trained alone and trains the multimodal
encoder with them. Here both begin with `models/clip-mini`, whose picture tower is `models/backbone` gone on with: its layers are of
the same form, up to names, the normed embeddings and the causal mask of the text. Masked patches are to be told by discrete codes, which the
paper takes from a dVAE; here they are the drawn world's own labels: which thing a patch shows.
"""

import math
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from transformers import FlavaConfig, FlavaForPreTraining

from mmviz.training import backbone, clip_mini, contrast, export, loop, matching, material, vilt_mini, wordpiece
from mmviz.training.patches import vocabulary
from mmviz.worlds.captions import Caption, Phrase
from mmviz.worlds.spec import rng_of
from mmviz.worlds.ways import FRAMES

#: Easy pairs alone first; edits from then on.
COURSE = (
    (0.1, material.Mix(26, 4, 0, 0, 0, 0)),
    (1.0, material.Mix(alone=8, bits=2, siblings=1, quads=1, relations=2, pairs=4)),
)
#: What the figures should reach.
GOALS = {
    "retrieval.en.text_to_image.r1": 0.95,
    "retrieval.zh.text_to_image.r1": 0.95,
    "ways.en": 0.90,
    "ways.zh": 0.90,
    "zero_shot.concept": 0.90,
    "matching.auroc_easy": 0.95,
    "matching.auroc_easy_zh": 0.95,
    "pairs.noun": 0.90,
    "pairs.colour_swap": 0.70,
    "pointing.similarity": 0.85,
}
#: Folder of the model whose towers this one begins with.
START = backbone.FOLDER.with_name("clip-mini")
#: Hidden units of each text layer that are kept of clip-mini's 768: those that reach furthest.
KEPT = 256


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "flava-mini"
    minutes: float = 31.0  # of processor time, evaluation not counted
    seed: int = 0
    chinese: float = 0.45  # share of captions
    lr: float = 6e-4
    vision_lr: float = 0.25  # share of lr for the picture tower
    frozen: float = 0.4  # share of the run in which the picture tower stays as it is
    easy: float = 0.55  # until which share of the run hard pairs count nothing; they count fully at twice that
    framed: float = 0.3  # share of captions that are said as "a picture of ..."
    hidden: float = 0.3  # share of patches that are hidden where they are to be guessed
    group: float = 1.0  # weight of the contrast within a group of edits
    hint: float = 0.5  # weight of showing the multimodal encoder's first layer where to look, less and less
    free: float = 0.7  # from which share of the run nothing is shown
    course: tuple[tuple[float, material.Mix], ...] = COURSE  # until which share of the run, what a batch is made of


# data


class Batches(torch.utils.data.IterableDataset):
    """Endless batches as of `matching.collate`; `part` tells runs and processes apart, `done` how far the run is."""

    def __init__(self, options: Options, part: tuple[int, ...], done: Any, tokenizer: Any):
        self.options, self.part, self.done, self.tokenizer = options, part, done, tokenizer

    def __iter__(self):
        rng, options = rng_of("train", 5, *self.part), self.options
        while True:
            mix = next(mix for until, mix in options.course if self.done.value < until or until >= 1)
            items = [framed(item, rng, options.framed) for item in material.batch(rng, mix, options.chinese)]
            yield matching.collate(items, self.tokenizer, rng)


def framed(item: material.Item, rng: random.Random, share: float) -> material.Item:
    """Say of a caption, with the chance `share`, that it is of a picture: "a picture of a cat", with its phrases moved along.

    Only a list of things reads well so; what denies something or speaks of a place or a bit of a thing stays as it is.
    """
    plan, caption = item.plan, item.caption
    if plan.kind != "list" or plan.absent or plan.background or rng.random() >= share:
        return item
    before, after = FRAMES[caption.language]
    phrases = tuple(Phrase(tuple(end + len(before) for end in p.span), p.objects, p.part) for p in caption.phrases)
    return replace(item, caption=Caption(before + caption.text + after, phrases, caption.language))


# model


def config() -> FlavaConfig:
    """The backbone's picture tower, a text tower of 4 layers x 192, and a multimodal encoder of 3 layers x 192.

    The multimodal states have the text's width, so that Hugging Face's head for masked words fits them; its head for masked patches
    has the picture's, does not fit, and is switched off by its weight.
    """
    tokenizer, vision = wordpiece.tokenizer(), backbone.vision_config()
    names = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "hidden_act", "layer_norm_eps")
    picture = {name: getattr(vision, name) for name in (*names, "image_size", "patch_size")}
    text = {"hidden_size": 192, "intermediate_size": KEPT, "num_hidden_layers": 4, "num_attention_heads": 6}
    text |= {"max_position_embeddings": wordpiece.MAX_TOKENS, "vocab_size": len(tokenizer), "type_vocab_size": 1}
    both = {"hidden_size": 192, "intermediate_size": 256, "num_hidden_layers": 3, "num_attention_heads": 6}
    return FlavaConfig(
        image_config={**picture, "vocab_size": len(vocabulary()[0]) + 1},
        text_config={**text, "pad_token_id": tokenizer.pad_token_id, "layer_norm_eps": 1e-5},
        multimodal_config={**both, "layer_norm_eps": 1e-5},
        hidden_size=192,
        projection_dim=192,
        init_codebook=False,
        mmm_image_weight=0.0,
    )


def from_clip(folder: Path = START) -> tuple[FlavaForPreTraining, backbone.Heads]:
    """Make the model with the towers of a trained CLIP in its own, and the backbone's heads for the patches' labels."""
    model, heads = FlavaForPreTraining(config()), backbone.Heads()
    _initialise(model)
    given = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    parts = {
        "image_model": picture_weights(_of(given, "vision_model.")),
        "text_model": text_weights(_of(given, "text_model."), wordpiece.tokenizer(), KEPT),
        "image_projection": {"weight": given["visual_projection.weight"], "bias": torch.zeros(192)},
        "text_projection": {"weight": given["text_projection.weight"], "bias": torch.zeros(192)},
    }
    for name, weights in parts.items():
        found = getattr(model.flava, name).load_state_dict(weights, strict=False)
        if found.unexpected_keys:
            raise ValueError(f"{folder.name} has {found.unexpected_keys}, FLAVA does not")
    model.flava.logit_scale.data.copy_(given["logit_scale"])
    for ours, theirs in (("image", "visual"), ("text", "text")):  # what both know of a thing lies in one direction from the start
        projection = getattr(model.flava, f"{ours}_to_mm_projection")
        projection.weight.data.copy_(given[f"{theirs}_projection.weight"])
    heads.load_state_dict({name: tensor.float() for name, tensor in load_file(backbone.FOLDER / "heads.safetensors").items()})
    return model, heads


def picture_weights(tower: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Rename a CLIP picture tower's weights to those of FLAVA's ViT, which is ViLT's up to one name."""
    return vilt_mini.layer_weights(tower)


def text_weights(tower: dict[str, torch.Tensor], tokenizer: Any, kept: int) -> dict[str, torch.Tensor]:
    """Turn a CLIP text tower's weights into those of FLAVA's, which has the same layers.

    FLAVA reads both ways, and its vector is the first token's: CLS takes the embedding of the end token, which gathered the text in
    CLIP, and the end token that of CLS. Embeddings are normed here, to the size they had. Of each layer's hidden units those are
    kept whose weights are largest.

    Args:
        tower: of `CLIPTextModel`.
        tokenizer: of both.
        kept: hidden units a layer.
    """
    words, places = tower["embeddings.token_embedding.weight"].clone(), tower["embeddings.position_embedding.weight"]
    first, last = tokenizer.cls_token_id, tokenizer.sep_token_id
    words[[first, last]] = words[[last, first]]
    made = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": places,
        "embeddings.token_type_embeddings.weight": torch.zeros(1, words.shape[1]),
        "embeddings.LayerNorm.weight": torch.full((words.shape[1],), float((words[5:, None] + places[None, 1:9]).std(-1).mean())),
        "embeddings.LayerNorm.bias": torch.zeros(words.shape[1]),
    }
    cut = {}
    for number in {name.split(".")[2] for name in tower if name.startswith("encoder.layers.")}:
        into, out = (tower[f"encoder.layers.{number}.mlp.{name}.weight"] for name in ("fc1", "fc2"))
        cut[number] = (into.norm(dim=1) * out.norm(dim=0)).topk(kept).indices.sort().values
    for name, value in tower.items():
        if name.startswith("encoder.layers."):
            number, rest = name.removeprefix("encoder.layers.").split(".", 1)
            stem, kind = rest.rsplit(".", 1)
            if stem == "mlp.fc1":
                value = value[cut[number]]
            if (stem, kind) == ("mlp.fc2", "weight"):
                value = value[:, cut[number]]
            made[f"encoder.layer.{number}.{vilt_mini.INSIDE[stem]}.{kind}"] = value
        elif name.startswith("final_layer_norm"):
            made[name.replace("final_layer_norm", "layernorm")] = value
    return made


def _of(weights: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def _initialise(model: FlavaForPreTraining) -> None:
    """Scale random weights to the width, and begin the multimodal encoder where like looks at like."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.7 * module.in_features**-0.5)
            nn.init.zeros_(module.bias)
    for layer in model.flava.multimodal_model.encoder.layer:
        layer.attention.attention.key.weight.data.copy_(layer.attention.attention.query.weight)
        layer.attention.output.dense.weight.data.mul_(0.35)
        layer.output.dense.weight.data.mul_(0.35)
    for token in (model.flava.multimodal_model.cls_token, model.flava.image_model.embeddings.mask_token):
        nn.init.normal_(token, std=0.5)


class Extra(nn.Module):
    """What only training has: readings of tokens and of vectors, and the head of hidden patches in the multimodal encoder."""

    def __init__(self, width: int = 192):
        super().__init__()
        self.readings = matching.TokenReadings(width)
        self.things = nn.Linear(width, len(vocabulary()[0]) + 1)
        weight = torch.ones(len(vocabulary()[0]) + 1)
        weight[0] = 0.1  # background is most of a picture
        self.register_buffer("weight", weight, persistent=False)


# loss


def forward(model: FlavaForPreTraining, heads: backbone.Heads, extra: Extra, batch: dict, options: Options, done: float):
    """Give the loss of a batch, and figures to print."""
    frozen, flava = done < options.frozen, model.flava
    values = backbone.pixel_values(batch["pictures"])
    with torch.set_grad_enabled(not frozen):
        seen = flava.image_model(pixel_values=values, output_hidden_states=True)
    words = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
    read = flava.text_model(**words, output_hidden_states=True)
    images = clip_mini.unit(flava.image_projection(seen.last_hidden_state[:, 0]))
    texts = clip_mini.unit(flava.text_projection(read.last_hidden_state[:, 0]))
    scale = flava.logit_scale.clamp(max=math.log(100.0)).exp()
    logits = scale * texts @ images.T
    outer, right = contrast.across(logits, batch["true"])
    inner, _, inside = contrast.within(logits, batch["true"], batch["group"])
    loss, figures = outer + options.group * inner, {"contrast": outer.item(), "right": clip_mini.share(right)}
    figures |= {"inside": clip_mini.share(inside)}
    last, before = seen.last_hidden_state, flava.image_model.layernorm(seen.hidden_states[-2])
    dense, more = heads.loss(last, before, batch)
    shown, said = seen.hidden_states[-1], read.hidden_states[-1]  # FLAVA hands on what was not normed
    matched, most = match(model, extra, shown, said, batch, options, done)
    hidden, also = masked(model, extra, values, batch, options, frozen)
    return loss + 0.5 * dense + matched + hidden, {**figures, **more, **most, **also}


def fuse(
    model: FlavaForPreTraining, shown: torch.Tensor, said: torch.Tensor, mask: torch.Tensor, attentions: bool = False
) -> Any:
    """Read pairs by the multimodal encoder: its own CLS, the picture's states, the text's, as `FlavaModel` puts them.

    Args:
        shown, said: last states of the towers before their norm, shape (P, 1 + K, width) and (P, T, width).
        mask: of the text, shape (P, T).
        attentions: give them as well.
    """
    flava = model.flava
    both = torch.cat([flava.image_to_mm_projection(shown), flava.text_to_mm_projection(said)], 1)
    every = torch.cat([torch.ones(len(mask), 1 + shown.shape[1], dtype=mask.dtype), mask], 1)
    return flava.multimodal_model(both, attention_mask=every, output_hidden_states=True, output_attentions=attentions)


def match(
    model: FlavaForPreTraining,
    extra: Extra,
    shown: torch.Tensor,
    said: torch.Tensor,
    batch: dict,
    options: Options,
    done: float,
):
    """Losses of matching by the multimodal encoder, and of what its tokens must tell of their things one layer before."""
    hard = min(1.0, max(0.0, done / options.easy - 1))
    texts, pictures, counts = matching.pairs_of(batch, hard > 0)
    out = fuse(model, shown[pictures], said[texts], batch["attention_mask"][texts], attentions=True)
    logits = model.itm_head(out.last_hidden_state)
    loss, figures = matching.matching_loss(logits[:, 1] - logits[:, 0], texts, pictures, counts, hard)
    norm, own, first = model.flava.multimodal_model.layernorm, len(said), 1 + shown.shape[1]
    second = norm(out.hidden_states[1])[:, first:]
    third = norm(out.hidden_states[2])[:, first:]
    told = extra.readings.loss(second, texts, pictures, batch)
    fits = extra.readings.agreement(third, texts, pictures, batch)
    tokens, patches = (
        clip_mini.unit(part) for part in (out.last_hidden_state[:own, first:], out.last_hidden_state[:own, 2:first])
    )
    local = matching.local_contrast(tokens, patches, batch["regions"], 0.07)
    figures = {"match": loss.item(), **figures, "told": told.item(), "fits": fits.item(), "local": local.item()}
    loss = loss + told + fits + 0.5 * local
    share = options.hint * max(0.0, 1 - done / options.free)
    if share:
        hint = matching.hint(out.attentions[0][:own, :, first:, 2:first], batch["regions"])
        loss, figures = loss + share * hint, {**figures, "hint": hint.item()}
    return loss, figures


def masked(model: FlavaForPreTraining, extra: Extra, values: torch.Tensor, batch: dict, options: Options, frozen: bool):
    """Losses of hidden words without and with a picture, and of hidden patches without and with a text (not while frozen).

    With the other modality both are hidden at once, as in the paper; every fourth pair is read so.
    """
    flava, rows = model.flava, slice(None, None, 4)
    labels, mask = batch["masked"], batch["attention_mask"]
    read = flava.text_model(input_ids=batch["masked_ids"], attention_mask=mask, output_hidden_states=True)
    alone = _guess(model.mlm_head, read.last_hidden_state, labels)
    codes = batch["patches"][rows, 0]  # (b, K), IGNORE where a patch shows little
    away = None if frozen else torch.rand(codes.shape) < options.hidden
    with torch.set_grad_enabled(not frozen):
        seen = flava.image_model(pixel_values=values[rows], bool_masked_pos=away, output_hidden_states=True)
    both = fuse(model, seen.hidden_states[-1], read.hidden_states[-1][rows], mask[rows]).last_hidden_state
    first = 1 + seen.last_hidden_state.shape[1]
    paired = _guess(model.mmm_text_head, both[:, first:], labels[rows])
    loss, figures = 0.3 * alone + 0.3 * paired, {"words": alone.item(), "words_seen": paired.item()}
    if away is not None:
        codes = codes.masked_fill(~away, -100)
        patches = _guess(model.mim_head, seen.last_hidden_state[:, 1:], codes, extra.weight)
        told = _guess(extra.things, both[:, 2:first], codes, extra.weight)
        loss, figures = loss + 0.3 * (patches + told), {**figures, "patches": patches.item(), "patches_told": told.item()}
    return loss, figures


def _guess(head: nn.Module, states: torch.Tensor, labels: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
    """Cross entropy at the positions that have a label."""
    there = labels >= 0
    return F.cross_entropy(head(states[there]), labels[there], weight) if there.any() else torch.zeros(())


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed) -> dict[str, Any]:
    """Train, evaluate, write `models/flava-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    rank, _ = loop.join_processes()
    torch.manual_seed(seed)
    model, heads = from_clip()
    model.set_attn_implementation("eager")
    tokenizer, extra = wordpiece.tokenizer(), Extra()
    vision = [*model.flava.image_model.parameters()]
    known = {id(p) for p in vision}
    others = [p for p in model.parameters() if id(p) not in known]
    rest = [*others, *heads.parameters(), *extra.parameters()]
    opt = loop.optimizer([(vision, options.vision_lr * options.lr), (rest, options.lr)], decay=0.05)
    share_done = torch.multiprocessing.Value("d", 0.0)

    def batches(taken_up: int):
        data = Batches(options, (seed, taken_up, rank), share_done, tokenizer)
        return iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))

    def loss_of(batch: dict, done: float):
        share_done.value = done
        return forward(model, heads, extra, batch, options, done)

    loop.run(options.name, minutes, {"model": model, "heads": heads, "extra": extra}, opt, batches, loss_of)
    return write(model, options) if rank == 0 else {}


# export


def write(model: FlavaForPreTraining, options: Options) -> dict[str, Any]:
    """Write the checkpoint with tokenizer, processor, card and figures."""
    model.flava.logit_scale.data.clamp_(max=math.log(100.0))
    about = "FLAVA trained on drawn scenes: contrast, matching with edited pairs, masked words and patches alone and together"
    return export.write(
        model,
        Path(backbone.FOLDER).with_name(options.name),
        title="FLAVA mini",
        about=f"{about}; its towers begin with those of {START.name}",
        command="python -m mmviz train flava-mini",
        seed=options.seed,
        goals=GOALS,
    )


if __name__ == "__main__":
    main()
