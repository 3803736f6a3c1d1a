"""Train vilt-mini: Hugging Face's ViLT for image-text retrieval on drawn scenes, one stream for words and patches.

    python -m mmviz train vilt-mini --minutes 85
    python -m mmviz train vilt-mini --minutes 60 --start models/vilt-mini

The first layers come from `models/backbone`, which knows patches; words learn to live in the same layers. What a patch shows is
known after those, so that tokens find their things in the first layer beyond, compare in the next, and CLS sums up in the last.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from transformers import CLIPVisionModel, ViltConfig, ViltForImageAndTextRetrieval

from mmviz.training import backbone, clip_mini, export, loop, matching, material, wordpiece

#: Easy pairs alone first, then edits, relations half of them until nine tenths.
COURSE = (
    (0.3, material.Mix(22, 2, 0, 0, 0, 0)),
    (0.55, material.Mix(alone=4, bits=1, siblings=0, quads=1, relations=3, pairs=4)),
    (0.9, material.Mix(alone=3, bits=1, siblings=0, quads=2, relations=3, pairs=4)),
    (1.0, material.Mix(alone=4, bits=1, siblings=1, quads=0, relations=2, pairs=6)),
)
#: Of a run that goes on from a trained checkpoint: all from the first step, relations and sizes most.
GO_ON = (
    (0.75, material.Mix(alone=4, bits=1, siblings=0, quads=2, relations=4, pairs=5)),
    (1.0, material.Mix(alone=5, bits=1, siblings=1, quads=1, relations=3, pairs=6)),
)
#: Captions read without a picture beside every batch: what a word speaks of is learnt from those for a tenth of the cost.
ALONE = material.Mix(alone=40, bits=8, siblings=0, quads=2, relations=4, pairs=16)
#: Names inside a layer: CLIP's, and those of Hugging Face's other pre-norm encoders.
INSIDE = {
    "self_attn.q_proj": "attention.attention.query",
    "self_attn.k_proj": "attention.attention.key",
    "self_attn.v_proj": "attention.attention.value",
    "self_attn.out_proj": "attention.output.dense",
    "layer_norm1": "layernorm_before",
    "layer_norm2": "layernorm_after",
    "mlp.fc1": "intermediate.dense",
    "mlp.fc2": "output.dense",
}
LAYERS, KNOWN = 8, backbone.vision_config().num_hidden_layers
#: What the figures should reach.
GOALS = {
    "matching.auroc_easy": 0.98,
    "pairs.colour_swap": 0.90,
    "pairs.size": 0.92,
    "pairs.count": 0.80,
    "pairs.negation": 0.75,
    "pairs.relation": 0.85,
    "pairs_zh.colour_swap": 0.85,
    "pairs_zh.relation": 0.80,
    "retrieval.en.text_to_image.r1": 0.90,
    "pointing.similarity": 0.90,
    "pointing.attention": 0.75,
}


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "vilt-mini"
    minutes: float = 85.0  # of processor time, evaluation not counted
    seed: int = 0
    chinese: float = 0.5  # share of captions
    lr: float = 8e-4
    layers_lr: float = 0.7  # share of lr for what comes from the backbone
    easy: float = 0.3  # until which share of the run hard pairs count nothing; they count fully at twice that
    local: float = 1.0  # weight of the contrast of tokens and regions
    local_temperature: float = 0.07
    hint: float = 0.3  # weight of showing the first layer after the backbone's where to look, less and less
    free: float = 0.55  # from which share of the run nothing is shown
    course: tuple[tuple[float, material.Mix], ...] = COURSE  # until which share of the run, what a batch is made of
    start: Path | None = None  # folder of a trained checkpoint to go on from


# model


def config() -> ViltConfig:
    """One stream of 8 layers x 128 over words and 12 x 12 patches."""
    tokenizer, vision = wordpiece.tokenizer(), backbone.vision_config()
    return ViltConfig(
        vocab_size=len(tokenizer),
        hidden_size=vision.hidden_size,
        intermediate_size=vision.intermediate_size,
        num_hidden_layers=LAYERS,
        num_attention_heads=vision.num_attention_heads,
        image_size=vision.image_size,
        patch_size=vision.patch_size,
        hidden_act=vision.hidden_act,
        layer_norm_eps=vision.layer_norm_eps,
        max_position_embeddings=wordpiece.MAX_TOKENS,
        pad_token_id=tokenizer.pad_token_id,
        max_image_length=-1,
        initializer_range=0.06,
    )


def from_backbone() -> tuple[ViltForImageAndTextRetrieval, backbone.Heads]:
    """Make the model with the backbone in its first layers, and the backbone's own heads for the patches' labels."""
    model, heads = ViltForImageAndTextRetrieval(config()), backbone.Heads()
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.7 * module.in_features**-0.5)
            nn.init.zeros_(module.bias)
    for layer in model.vilt.encoder.layer:
        layer.attention.attention.key.weight.data.copy_(layer.attention.attention.query.weight)  # like looks at like
        layer.attention.output.dense.weight.data.mul_(0.35)
        layer.output.dense.weight.data.mul_(0.35)
    nn.init.normal_(model.vilt.embeddings.text_embeddings.word_embeddings.weight, std=0.3)
    nn.init.zeros_(model.vilt.embeddings.token_type_embeddings.weight)
    tower = CLIPVisionModel.from_pretrained(backbone.FOLDER, dtype=torch.float32)
    missing = model.vilt.load_state_dict(layer_weights(tower.state_dict()), strict=False)
    if missing.unexpected_keys:
        raise ValueError(f"the backbone has {missing.unexpected_keys}, ViLT does not")
    heads.load_state_dict({name: tensor.float() for name, tensor in load_file(backbone.FOLDER / "heads.safetensors").items()})
    return model, heads


def layer_weights(tower: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Rename a CLIP vision tower's weights to ViLT's."""
    embeddings = {
        "embeddings.class_embedding": ("embeddings.cls_token", (1, 1, -1)),
        "embeddings.patch_embedding.weight": ("embeddings.patch_embeddings.projection.weight", None),
        "embeddings.position_embedding.weight": (
            "embeddings.position_embeddings",
            (1, -1, tower["embeddings.class_embedding"].numel()),
        ),
    }
    made = {"embeddings.patch_embeddings.projection.bias": torch.zeros_like(tower["embeddings.class_embedding"])}
    for name, value in tower.items():
        if name in embeddings:
            new, shape = embeddings[name]
            made[new] = value if shape is None else value.view(shape)
        elif name.startswith("encoder.layers."):
            number, rest = name.removeprefix("encoder.layers.").split(".", 1)
            stem, kind = rest.rsplit(".", 1)
            made[f"encoder.layer.{number}.{INSIDE[stem]}.{kind}"] = value
        elif name.startswith("post_layernorm"):
            made[name.replace("post_layernorm", "layernorm")] = value
    return made


# loss


def image_embeds(model: ViltForImageAndTextRetrieval, values: torch.Tensor) -> torch.Tensor:
    """Embed CLS and patches in their own order, shape (B, 1 + K, width); ViLT itself would shuffle them."""
    embeddings = model.vilt.embeddings
    patches = embeddings.patch_embeddings(values).flatten(2).transpose(1, 2)
    return torch.cat([embeddings.cls_token.expand(len(patches), -1, -1), patches], 1) + embeddings.position_embeddings


def forward(
    model: ViltForImageAndTextRetrieval, heads: backbone.Heads, extra: matching.Extra, batch: dict, options: Options, done: float
):
    """Give the loss of a batch, and figures to print."""
    hard = min(1.0, max(0.0, done / options.easy - 1))
    texts, pictures, counts = matching.pairs_of(batch, hard > 0)
    masked = torch.arange(len(batch["input_ids"]))[::4]
    seen = image_embeds(model, backbone.pixel_values(batch["pictures"]))
    which = torch.cat([pictures, masked])
    out = model.vilt(
        input_ids=torch.cat([batch["input_ids"][texts], batch["masked_ids"][masked]]),
        attention_mask=torch.cat([batch["attention_mask"][texts], batch["attention_mask"][masked]]),
        image_embeds=seen[which],
        pixel_mask=torch.ones(len(which), seen.shape[1], dtype=torch.long),
        output_hidden_states=True,
        output_attentions=True,
    )
    words, pairs = batch["input_ids"].shape[1], len(texts)
    logits = model.rank_output(out.pooler_output[:pairs])[:, 0].float()
    loss, figures = matching.matching_loss(logits, texts, pictures, counts, hard)
    figures = {"match": loss.item(), **figures}
    after = [model.vilt.layernorm(out.hidden_states[i]) for i in range(LAYERS)]  # of the layer before that number
    told = extra.readings.loss(after[KNOWN + 1][:pairs, :words], texts, pictures, batch)
    fits = extra.readings.agreement(after[KNOWN + 2][:pairs, :words], texts, pictures, batch)
    labels = batch["masked"][masked]
    hidden = F.cross_entropy(extra.words(out.last_hidden_state[pairs:, :words][labels >= 0]).float(), labels[labels >= 0])
    figures |= {"told": told.item(), "fits": fits.item(), "words": hidden.item()}
    dense, more = in_one_space(heads, after, out, batch, options, done)
    alone, also = read_alone(model, heads, extra, batch["more"])
    return loss + told + fits + 0.3 * hidden + dense + alone, {**figures, **more, **also}


def read_alone(model: ViltForImageAndTextRetrieval, heads: backbone.Heads, extra: matching.Extra, texts: dict):
    """Losses of captions read without a picture: which thing each token speaks of, the colour and the partner it is given."""
    vilt = model.vilt
    kinds = torch.zeros_like(texts["input_ids"])
    states = vilt.embeddings.text_embeddings(input_ids=texts["input_ids"]) + vilt.embeddings.token_type_embeddings(kinds)
    closed = (1.0 - texts["attention_mask"].float())[:, None, None] * -1e4
    after = []
    for layer in vilt.encoder.layer[: KNOWN + 1]:
        states = layer(states, closed)[0]
        after.append(vilt.layernorm(states))
    named, said = texts["named"], texts["said"]
    things = F.cross_entropy(heads.patch["thing"](after[KNOWN - 1][named > 0]).float(), named[named > 0])
    colours = F.cross_entropy(extra.readings.said(after[KNOWN][said >= 0]).float(), said[said >= 0])
    roles = extra.readings.roles(after[KNOWN], texts)
    return things + 0.5 * (colours + roles), {"alone": things.item(), "colours": colours.item(), "roles": roles.item()}


def in_one_space(heads: backbone.Heads, after: list[torch.Tensor], out: Any, batch: dict, options: Options, done: float):
    """Losses that hold words and patches together, on the captions' own pictures.

    The backbone's heads go on reading patches in the layers they came with, and read the thing off tokens as well; at the end
    tokens are contrasted with patches; and attention is shown where to look, as long as that lasts.
    """
    own, words = batch["input_ids"].shape
    dense, figures = heads.patch_loss(after[KNOWN][:own, words + 1 :], batch)
    early, _ = heads.patch_loss(after[KNOWN - 1][:own, words + 1 :], batch)
    named = batch["named"]
    things = F.cross_entropy(heads.patch["thing"](after[KNOWN][:own, :words][named > 0]).float(), named[named > 0])
    last = out.last_hidden_state[:own]
    tokens, patches = clip_mini.unit(last[:, :words]), clip_mini.unit(last[:, words + 1 :])
    with torch.autocast("cpu", enabled=False):
        local = matching.local_contrast(tokens, patches, batch["regions"], options.local_temperature)
    loss = 0.5 * dense + 0.5 * early + 0.5 * things + options.local * local
    figures |= {"things": things.item(), "local": local.item()}
    shown = options.hint * max(0.0, 1 - done / options.free)
    if shown:
        hint = matching.hint(out.attentions[KNOWN][:own, :, :words, words + 1 :], batch["regions"])
        loss, figures = loss + shown * hint, {**figures, "hint": hint.item()}
    return loss, figures


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed, start: Path | None = None) -> dict[str, Any]:
    """Train, from the backbone or on from a checkpoint, evaluate, write `models/vilt-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    if start:
        options = replace(options, start=start, course=GO_ON, easy=0.01, hint=0.0)
    rank, _ = loop.join_processes()
    torch.manual_seed(options.seed)
    model, heads = from_backbone()
    tokenizer = wordpiece.tokenizer()
    extra = matching.Extra(model.config.hidden_size, len(tokenizer))
    own = set(layer_weights(CLIPVisionModel.from_pretrained(backbone.FOLDER).state_dict()))
    kept = [p for name, p in model.vilt.named_parameters() if name in own]
    new = [p for name, p in model.named_parameters() if name.removeprefix("vilt.") not in own]
    groups = [([*kept, *heads.parameters()], options.layers_lr * options.lr), ([*new, *extra.parameters()], options.lr)]
    opt = loop.optimizer(groups, decay=0.05)
    share_done = torch.multiprocessing.Value("d", 0.0)

    def batches(taken_up: int):
        data = matching.Batches(options.course, options.chinese, (1, options.seed, taken_up, rank), share_done, tokenizer, ALONE)
        return iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))

    def loss_of(batch: dict, done: float):
        share_done.value = done
        with torch.autocast("cpu", torch.bfloat16):
            return forward(model, heads, extra, batch, options, done)

    modules = {"model": model, "heads": heads, "extra": extra}
    loop.run(options.name, options.minutes, modules, opt, batches, loss_of, options.start)
    return write(model, options) if rank == 0 else {}


# export


def write(model: ViltForImageAndTextRetrieval, options: Options) -> dict[str, Any]:
    """Write the checkpoint with tokenizer, processor, card and figures."""
    return export.write(
        model,
        Path(backbone.FOLDER).with_name(options.name),
        title="ViLT mini",
        about="ViLT trained on drawn scenes: matching with edited pairs, masked words, contrast of tokens and regions",
        command="python -m mmviz train vilt-mini",
        seed=options.seed,
        goals=GOALS,
        processor=export.vilt_processor(),
    )


if __name__ == "__main__":
    main()
