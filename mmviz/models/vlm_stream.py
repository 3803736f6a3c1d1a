"""LLaVA's one stream: the picture's patches as tokens, a frame, and the text, each token said by the position before it."""

import copy
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import PatchAxis
from mmviz.models import geometry, hooks, passes
from mmviz.models import tokens as tokens_of
from mmviz.models.passes import Kept, Look
from mmviz.models.tokens import Tokens
from mmviz.samples import Image

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint

#: What a checkpoint with a language model of its own is asked, in the words of the paper's first chats (Vicuna's).
BEFORE, BEHIND = "USER: ", "\n{} ASSISTANT:"
ASKED = "What is in the picture?"
#: Pictures and pairs a pass.
PICTURES, PAIRS = 8, 64


@dataclass(frozen=True)
class Ran:
    """What a pair's pass gave.

    Attributes:
        pixel_values: what was seen, shape (3, H, W).
        axis: the K patches.
        features: of the picture as the language model gets them, shape (N, width).
        states: after the last norm, shape (S, width).
        said: log p of every token that is read, shape (T,), float32, in the graph where one is built.
        kept: attention of the kept layers.
    """

    pixel_values: np.ndarray
    axis: PatchAxis
    features: "torch.Tensor"
    states: "torch.Tensor"
    said: "torch.Tensor"
    kept: Kept


def image_tokens(config: Any) -> int:
    """Count the positions of a picture: its patches, and the tower's CLS where that is kept."""
    side = config.vision_config.image_size // config.vision_config.patch_size
    return side * side + int(config.vision_feature_select_strategy == "full")


def frame(checkpoint: "Checkpoint", question: str = "") -> tuple[list[int], list[int]]:
    """Give the ids before a text, the picture's places among them, and behind it.

    A small model of ours has the picture, then its tokenizer's beginning, then the text as it is; a question is part of that. A
    language model that was trained to chat is asked for it in the paper's form.

    Args:
        checkpoint: leased.
        question: what a chat asks for; "" asks for a caption.
    """
    tokenizer, image = checkpoint.tokenizer, [checkpoint.config.image_token_id] * image_tokens(checkpoint.config)
    if tokenizer.cls_token_id is not None:
        return [*image, tokenizer.cls_token_id], [tokenizer.sep_token_id]
    start = [tokenizer.bos_token_id] if tokenizer.bos_token_id is not None else []
    around = [tokenizer(part, add_special_tokens=False)["input_ids"] for part in (BEFORE, BEHIND.format(question or ASKED))]
    return [*start, *around[0], *image, *around[1]], [tokenizer.eos_token_id]


def tokenize(checkpoint: "Checkpoint", text: str) -> Tokens:
    """Cut a text, framed as the model reads it."""
    return tokens_of.tokenize(checkpoint, text, frame(checkpoint))


def rows(positions: np.ndarray) -> np.ndarray:
    """Say which positions tell a unit's tokens: each the one before, shape (Q, 2); equal where none is read."""
    return positions - (positions[:, 1:] > positions[:, :1])


def features(checkpoint: "Checkpoint", pixel_values: "torch.Tensor") -> "torch.Tensor":
    """See pictures that are prepared, (B, 3, H, W), as the language model gets them: (B, N, width)."""
    import torch

    config = checkpoint.config
    chosen = {name: getattr(config, name) for name in ("vision_feature_layer", "vision_feature_select_strategy")}
    found = checkpoint.model.model.get_image_features(pixel_values=pixel_values, **chosen, return_dict=True)
    return torch.stack(list(found.pooler_output))


def blank(checkpoint: "Checkpoint") -> "torch.Tensor":
    """See no picture: the mean colour of all the processor knows, (1, N, width)."""
    import torch

    side = checkpoint.config.vision_config.image_size
    empty = np.zeros((3, side, side), np.float32)
    with torch.no_grad():
        return features(checkpoint, geometry.stack(checkpoint, [empty]))


def embeds(checkpoint: "Checkpoint", input_ids: "torch.Tensor", seen: "torch.Tensor") -> "torch.Tensor":
    """Embed B framed texts, (B, S), with the features of their pictures, (B, N, width), in their places: (B, S, width)."""
    import torch

    model = checkpoint.model.model
    first = int((input_ids[0] == checkpoint.config.image_token_id).int().argmax())
    words = model.get_input_embeddings()(input_ids)
    return torch.cat([words[:, :first], seen.to(words.dtype), words[:, first + seen.shape[1] :]], dim=1)


def run(checkpoint: "Checkpoint", texts: Sequence[Tokens], seen: "torch.Tensor") -> "torch.Tensor":
    """Read B texts, each behind its picture's features, (B, N, width): states after the last norm, (B, S, width)."""
    inputs = tokens_of.batch(checkpoint, list(texts))
    made = embeds(checkpoint, inputs["input_ids"], seen)
    language = checkpoint.model.model.language_model
    return language(inputs_embeds=made, attention_mask=inputs["attention_mask"], use_cache=False).last_hidden_state


def said(checkpoint: "Checkpoint", states: "torch.Tensor", tokens: Tokens) -> "torch.Tensor":
    """Give log p of a text's tokens as the states (..., S, width) before them tell: (..., T), float32."""
    import torch

    start = tokens.before
    logits = checkpoint.model.lm_head(states[..., start - 1 : start - 1 + tokens.limit, :]).float()  # (..., T, vocabulary)
    wanted = torch.from_numpy(tokens.ids[: tokens.limit]).to(logits.device).expand(logits.shape[:-1])
    return logits.log_softmax(-1).gather(-1, wanted[..., None])[..., 0]


def run_one(checkpoint: "Checkpoint", tokens: Tokens, key: Image, positions: np.ndarray, look: Look) -> Ran:
    """Run one pair, with what is to be kept of it.

    Args:
        checkpoint: leased.
        tokens: of the text, framed.
        key: the picture.
        positions: of the units' tokens, shape (Q, 2), the whole text's last.
        look: what to keep.
    """
    import torch

    pixel_values, patches = geometry.prepare(checkpoint, key)
    with torch.no_grad():
        seen = features(checkpoint, geometry.stack(checkpoint, [pixel_values]))
    kept = look.picks(checkpoint.model.model.language_model.layers)
    modules = {i: layer.self_attn for i, layer in kept.items()}
    with ExitStack() as stack:
        stack.enter_context(hooks.graph_from(next(iter(kept.values()), None) if look.grad else None))
        weights = stack.enter_context(hooks.attention_of(modules, checkpoint.name))
        states = run(checkpoint, [tokens], seen)[0]  # (S, width)
        spoken = said(checkpoint, states, tokens)  # (T,)
    return Ran(pixel_values, patches, seen[0], states, spoken, _kept(checkpoint, weights, tokens, positions, len(patches)))


def _kept(
    checkpoint: "Checkpoint", weights: dict[int, "torch.Tensor"], tokens: Tokens, positions: np.ndarray, patches: int
) -> Kept:
    """Say where units and patches stand: a unit where it is told; the last token has read everything and is read out."""
    places = np.arange(len(tokens.input_ids))
    last = int(np.flatnonzero(tokens.input_ids[: tokens.before] == checkpoint.config.image_token_id)[-1]) + 1
    own = rows(positions)
    is_unit = ((places >= last - patches) & (places < last)) | ((places >= own[-1, 0]) & (places < own[-1, 1]))
    return Kept("joint", weights, own, places[last - patches : last], int(positions[-1, 1]) - 1, ~is_unit)


def ratios(
    checkpoint: "Checkpoint", texts: Sequence[Tokens], seen: Callable[[int], "torch.Tensor"], pairs: np.ndarray
) -> np.ndarray:
    """Give log p(text given picture) of pairs; what stands before a text is read once a picture.

    Args:
        checkpoint: leased.
        texts: N texts, all in the same frame.
        seen: number of a picture -> its features, (1, N, width).
        pairs: which text with which picture, shape (P, 2), int.

    Returns:
        Shape (P,), float32.
    """
    import torch

    found = np.zeros(len(pairs), np.float32)
    with torch.no_grad():
        for image in np.unique(pairs[:, 1]).tolist():
            own = np.flatnonzero(pairs[:, 1] == image)
            sizes = [len(texts[text].input_ids) for text in pairs[own, 0]]
            read = _Prefix(checkpoint, texts[pairs[own[0], 0]], seen(image))
            for part in passes.batches_of_like(sizes, PAIRS):
                found[own[part]] = read.log_p([texts[text] for text in pairs[own[part], 0]])
    return found


class _Prefix:
    """What stands before a text, read once, so that many texts can be read behind it."""

    def __init__(self, checkpoint: "Checkpoint", tokens: Tokens, seen: "torch.Tensor"):
        import torch

        self.checkpoint, self.length = checkpoint, tokens.before
        ids = torch.from_numpy(tokens.input_ids[: tokens.before])[None].to(checkpoint.device)
        language = checkpoint.model.model.language_model
        out = language(inputs_embeds=embeds(checkpoint, ids, seen), use_cache=True)
        self.cache, self.last = out.past_key_values, out.last_hidden_state[:, -1:]  # (1, 1, width)

    def log_p(self, texts: Sequence[Tokens]) -> np.ndarray:
        """Read B texts: the sum of the log p of each one's tokens, (B,)."""
        import torch

        inputs = tokens_of.batch(self.checkpoint, list(texts))
        mask, ids = inputs["attention_mask"], inputs["input_ids"][:, self.length :]
        cache = copy.deepcopy(self.cache)
        cache.batch_repeat_interleave(len(texts))
        embedded = self.checkpoint.model.model.get_input_embeddings()(ids)
        language = self.checkpoint.model.model.language_model
        states = language(inputs_embeds=embedded, attention_mask=mask, past_key_values=cache, use_cache=True).last_hidden_state
        states = torch.cat([self.last.expand(len(texts), -1, -1), states[:, :-1]], dim=1)  # before every token, (B, T + 1, width)
        logits = self.checkpoint.model.lm_head(states).float().log_softmax(-1)
        spoken = logits.gather(-1, ids[..., None])[..., 0]  # (B, T + 1): what stands behind the text among them
        sizes = torch.tensor([text.limit for text in texts], device=ids.device)
        counted = torch.arange(ids.shape[1], device=ids.device) < sizes[:, None]
        return passes.to_numpy((spoken * counted).sum(1))
