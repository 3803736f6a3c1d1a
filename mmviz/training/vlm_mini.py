"""Train vlm-mini: Hugging Face's LLaVA on drawn scenes: it captions a scene and answers questions about it, in English and Chinese.

    python -m mmviz train vlm-mini --minutes 88

LLaVA (Liu et al., 2023, arXiv:2304.08485) puts a trained picture encoder before a trained language model, by a small projector. Here the
picture encoder is `models/backbone` without its last layer, unchanged, as LLaVA's stops one layer before CLIP's last; projector and
language model (a Llama of 4 layers) begin at random and are trained together.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import CLIPVisionModel, LlavaConfig, LlavaForConditionalGeneration

from mmviz.training import backbone, clip_mini, export, loop, matching, vlm_texts, wordpiece
from mmviz.training.patches import COLOUR_NAMES, GRID, IGNORE, vocabulary
from mmviz.training.vlm_texts import MANY
from mmviz.worlds import questions

#: What the figures should reach.
GOALS = {
    "answers.en.colour": 0.95,
    "answers.zh.colour": 0.95,
    "answers.en.thing": 0.92,
    "answers.zh.thing": 0.92,
    "answers.en.count": 0.85,
    "answers.zh.count": 0.85,
    "answers.en.where": 0.70,
    "answers.zh.where": 0.70,
    "said.en.pointing_attention": 0.85,
    "said.en.pointing_similarity": 0.85,
    "said.zh.pointing_attention": 0.85,
    "said.zh.pointing_similarity": 0.85,
    "said.en.things": None,
    "said.zh.things": None,
    "matching.auroc_easy": None,
}
#: The layer whose attention is shown where to look, by half of its heads.
SHOWN = 1


@dataclass(frozen=True)
class Options:
    """What a run may be told."""

    name: str = "vlm-mini"
    minutes: float = 88.0  # of processor time, evaluation not counted
    seed: int = 0
    chinese: float = 0.5  # share of texts
    scenes: int = 12  # a batch, with eight or nine texts each
    lr: float = 1.5e-3
    answers: float = 1.0  # weight of answers, beside captions and statements
    local: float = 0.5  # weight of the local contrast of what is to be said and patches
    places: float = 0.5  # weight of where and how many
    hint: float = 0.3  # weight of showing attention where to look
    kept: float = 0.05  # what is left of that weight at the end


# model


def config(tokenizer: Any) -> LlavaConfig:
    """The backbone's layers below the last, and a Llama of 4 layers x 192."""
    vision = backbone.vision_config().to_dict() | {"num_hidden_layers": backbone.vision_config().num_hidden_layers - 1}
    text = {"model_type": "llama", "hidden_size": 192, "intermediate_size": 256, "num_hidden_layers": 4, "num_attention_heads": 6}
    text |= {"num_key_value_heads": 6, "vocab_size": len(tokenizer), "max_position_embeddings": vlm_texts.PATCHES + 112}
    text |= {"tie_word_embeddings": True, "initializer_range": 0.05, "pad_token_id": tokenizer.pad_token_id}
    text |= {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id}
    return LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=tokenizer.convert_tokens_to_ids(vlm_texts.IMAGE),
        image_seq_length=vlm_texts.PATCHES,
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        tie_word_embeddings=True,
    )


def from_backbone(tokenizer: Any) -> LlavaForConditionalGeneration:
    """Make the model, the backbone's layers in its vision tower; these are not trained."""
    model = LlavaForConditionalGeneration(config(tokenizer))
    model.set_attn_implementation("eager")
    tower = CLIPVisionModel.from_pretrained(backbone.FOLDER, dtype=torch.float32).state_dict()
    last = f"encoder.layers.{backbone.vision_config().num_hidden_layers - 1}."
    model.model.vision_tower.load_state_dict({name: value for name, value in tower.items() if not name.startswith(last)})
    model.model.vision_tower.requires_grad_(False)
    for module in model.model.multi_modal_projector.children():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
    return model


class Extra(nn.Module):
    """What only training has: what tokens to be said and patches must tell, by linear layers.

    Places and numbers are read where they have to be known: off positions that speak of something, where it is and how many there
    are; off patches as the projector gives them, where they are and whether they are the middle of an object, by which to count.
    """

    def __init__(self, width: int):
        super().__init__()
        self.things = nn.Linear(width, len(vocabulary()[0]) + 1)
        self.colours = nn.Linear(width, len(COLOUR_NAMES))
        self.spoken = nn.ModuleDict(
            {"row": nn.Linear(width, GRID), "column": nn.Linear(width, GRID), "many": nn.Linear(width, MANY + 1)}
        )
        self.shown = nn.ModuleDict(
            {"row": nn.Linear(width, GRID), "column": nn.Linear(width, GRID), "middle": nn.Linear(width, 1)}
        )

    def loss(self, states: torch.Tensor, patches: torch.Tensor, batch: dict) -> torch.Tensor:
        """Cross entropy of the thing, off positions that are to name one and patches that show one, and of the patches' colour.

        Args:
            states, patches: shape (B, S, width) and (B, 144, width), unit norm.
            batch: as of `vlm_texts.collate`.
        """
        spoken, (shown, colours) = batch["named"], batch["patches"][:, :2].unbind(1)
        sides = ((states[spoken > 0], spoken[spoken > 0]), (patches[shown > 0], shown[shown > 0]))
        loss = sum(F.cross_entropy(self.things(14 * vectors), truth) for vectors, truth in sides) / 2
        return loss + 0.5 * F.cross_entropy(self.colours(14 * patches).flatten(0, 1), colours.flatten(), ignore_index=IGNORE)

    def places(self, states: torch.Tensor, embedded: torch.Tensor, batch: dict) -> torch.Tensor:
        """Cross entropy of where a thing spoken of is (its mean patch) and how many there are; of a patch's own place and middles.

        Args:
            states: shape (B, S, width), unit norm.
            embedded: patches as the language model is given them, (B, 144, width).
            batch: as of `vlm_texts.collate`.
        """
        told, patch = batch["many"] > 0, torch.arange(vlm_texts.PATCHES)
        grid = torch.stack([patch // GRID, patch % GRID], 1).float()  # (144, 2)
        regions = batch["regions"][told]
        mean = (regions @ grid / regions.sum(-1, keepdim=True).clamp(min=1e-6)).round().long()  # (N, 2)
        truths = {"row": mean[:, 0], "column": mean[:, 1], "many": batch["many"][told]}
        loss = sum(F.cross_entropy(layer(14 * states[told]), truths[name]) for name, layer in self.spoken.items())
        own = {name: self.shown[name](embedded).flatten(0, 1) for name in self.shown}
        for axis, name in enumerate(("row", "column")):
            loss = loss + 0.5 * F.cross_entropy(own[name], grid[:, axis].long().repeat(len(embedded)))
        middle = F.binary_cross_entropy_with_logits(
            own["middle"].flatten(), batch["centres"].flatten(), pos_weight=torch.tensor(10.0)
        )
        return loss + middle


# loss


def forward(model: LlavaForConditionalGeneration, extra: Extra, batch: dict, options: Options, done: float):
    """Give the loss of a batch, and figures to print."""
    states, embedded, looking = run(model, batch)
    said = batch["labels"] != vlm_texts.SILENT
    logits, truth, short = model.lm_head(states[said]), batch["labels"][said], batch["short"][said]
    losses = F.cross_entropy(logits, truth, reduction="none")
    answers, captions = losses[short].mean(), losses[~short].mean()
    figures = {"answers": answers.item(), "captions": captions.item()}
    figures["right"] = (logits.argmax(1) == truth)[short].float().mean().item()
    unit = clip_mini.unit(states)
    patches = unit[:, : vlm_texts.PATCHES]
    local = matching.local_contrast(unit, patches, batch["regions"], 0.07)
    hint = matching.hint(looking[..., : vlm_texts.PATCHES], batch["regions"])
    things = extra.loss(unit, patches, batch)
    places = extra.places(unit, embedded, batch)
    figures |= {"local": local.item(), "things": things.item(), "places": places.item(), "hint": hint.item()}
    shown = options.hint + (options.kept - options.hint) * min(1.0, done / 0.7)
    loss = options.answers * answers + captions + options.local * (local + things) + options.places * places + shown * hint
    return loss, figures


def run(model: LlavaForConditionalGeneration, batch: dict) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Read pictures with their texts: last states (B, S, width), patches given (B, 144, width), attention of `SHOWN`, (B, H, S, S)."""
    inner, kept = model.model, []
    with torch.no_grad():
        seen = inner.vision_tower(pixel_values=backbone.pixel_values(batch["pictures"]), output_hidden_states=True).hidden_states[
            -1
        ]
    embedded = inner.multi_modal_projector(seen[:, 1:])
    embeds = torch.cat([embedded, inner.language_model.embed_tokens(batch["input_ids"][:, vlm_texts.PATCHES :])], 1)
    closed = torch.finfo(torch.float32).min * (~may_see(batch["texts"]))[:, None].float()  # (B, 1, S, S)
    handle = inner.language_model.layers[SHOWN].self_attn.register_forward_hook(
        lambda module, args, output: kept.append(output[1])
    )
    try:
        read = inner.language_model(inputs_embeds=embeds, attention_mask=closed, position_ids=batch["places"], use_cache=False)
    finally:
        handle.remove()
    return read.last_hidden_state, embedded, kept[0]


def may_see(texts: torch.Tensor) -> torch.Tensor:
    """Say which positions see which: those before them of the picture and of their own text, (B, S, S), bool."""
    before = torch.ones(texts.shape[1], texts.shape[1], dtype=torch.bool).tril()
    return before & ((texts[:, None] == 0) | (texts[:, None] == texts[:, :, None]))


# loop


def main(minutes: float = Options.minutes, seed: int = Options.seed) -> dict[str, Any]:
    """Train, evaluate, write `models/vlm-mini/`; returns the figures."""
    options = Options(minutes=minutes, seed=seed)
    rank, _ = loop.join_processes()
    torch.manual_seed(seed)
    tokenizer = wordpiece.tokenizer(vlm_texts.new_words())
    model = from_backbone(tokenizer)
    extra = Extra(model.config.text_config.hidden_size)
    opt = loop.optimizer([([*model.parameters(), *extra.parameters()], options.lr)], decay=0.05)

    def batches(taken_up: int):
        data = vlm_texts.Batches(options.scenes, options.chinese, (seed, taken_up, rank), tokenizer)
        return iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))

    def loss_of(batch: dict, done: float):
        return forward(model, extra, batch, options, done)

    loop.run(options.name, options.minutes, {"model": model, "extra": extra}, opt, batches, loss_of)
    return write(model, tokenizer, options) if rank == 0 else {}


# export


def write(model: LlavaForConditionalGeneration, tokenizer: Any, options: Options) -> dict[str, Any]:
    """Write the checkpoint with tokenizer, processor, card and figures."""
    return export.write(
        model,
        Path(backbone.FOLDER).with_name(options.name),
        title="VLM mini",
        about="LLaVA trained on drawn scenes: captions, and answers to questions after colour, thing, number and place",
        command=f"python -m mmviz train {options.name}",
        seed=options.seed,
        goals=GOALS,
        facts={"questions": questions.FORMS},
        tokenizer=tokenizer,
        count=100,
        others=100,
        shares=[(f"vision_tower.{part}", "backbone", part) for part in (*backbone.below_last(), "post_layernorm.")],
    )


if __name__ == "__main__":
    main()
