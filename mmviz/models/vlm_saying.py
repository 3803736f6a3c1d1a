"""What a LLaVA says when it is asked, and how likely it finds what was said."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmviz.errors import ModelError
from mmviz.models import geometry, passes
from mmviz.models import tokens as tokens_of
from mmviz.models import vlm_stream as stream
from mmviz.results import Spoken
from mmviz.samples import Image

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint

#: Tokens that are said at most, pictures a pass, and other beginnings that are given.
MOST, PICTURES, OTHERS = 64, 16, 8
CHINESE = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"


def asked(checkpoint: "Checkpoint", text: str) -> str:
    """Give the question of a text: all up to its last question mark; where it has none, for a caption in its language."""
    found = re.match(r"(?s).*[?？]", text)
    if found:
        return found[0].strip()
    forms = checkpoint.card.get("questions", {}).get("caption")
    return forms["zh" if re.search(f"[{CHINESE}]", text) else "en"][0] if forms else stream.ASKED


def check_taught(checkpoint: "Checkpoint", question: str) -> None:
    """See that a model which was taught certain questions only was taught this one; others may be asked anything.

    Raises:
        ModelError: it was not, or the question has a word that it does not know.
    """
    forms = checkpoint.card.get("questions")
    if not forms:
        return
    every = [form for kind in forms.values() for both in kind.values() for form in both]
    if not any(re.fullmatch(re.escape(_plain(form)).replace(re.escape("{}"), ".+"), _plain(question)) for form in every):
        language = "zh" if re.search(f"[{CHINESE}]", question) else "en"
        known = "; ".join(kind[language][0].replace("{}", "…") for kind in forms.values())
        raise ModelError(f'{checkpoint.name} was never taught to answer "{question}"; ask: {known}.')
    tokens = tokens_of.tokenize(checkpoint, question, ((), (0,)))
    if tokens.unknown.any():
        start, end = tokens.spans[int(np.argmax(tokens.unknown))]
        raise ModelError(f'{checkpoint.name} does not know "{question[start:end]}"; ask about something else.')


def say(checkpoint: "Checkpoint", question: str, images: Sequence[Image | None]) -> list[Spoken]:
    """Ask one question about pictures; the likeliest token is said each time.

    Args:
        checkpoint: leased.
        question: what is asked.
        images: N pictures; None is a blank one.
    """
    import torch

    found = []
    for start in range(0, len(images), PICTURES):
        with torch.no_grad():
            part = _seen(checkpoint, images[start : start + PICTURES])
            made = _prompt(checkpoint, question, part)
            out = checkpoint.model.generate(
                inputs_embeds=made,
                attention_mask=torch.ones(made.shape[:2], dtype=torch.long, device=made.device),
                max_new_tokens=_room(checkpoint, made.shape[1]),
                do_sample=False,
                eos_token_id=_end(checkpoint),
                pad_token_id=_end(checkpoint),
                return_dict_in_generate=True,
                output_logits=True,
            )
            chances = torch.stack(out.logits, 1).float().softmax(-1)  # (B, T, vocabulary)
        found += [_spoken(checkpoint, question, ids, own) for ids, own in zip(out.sequences, chances, strict=True)]
    return found


def likelihood(checkpoint: "Checkpoint", question: str, ids: Sequence[int], images: Sequence[Image | None]) -> np.ndarray:
    """Say how likely an answer is of pictures.

    Args:
        checkpoint: leased.
        question: what is asked.
        ids: T tokens of the answer, T at least 1.
        images: N pictures; None is a blank one.

    Returns:
        log p of every token, given the question, the picture and the tokens before, shape (N, T), float32.
    """
    import torch

    rows, wanted = [np.zeros((0, len(ids)), np.float32)], torch.tensor(list(ids), device=checkpoint.device)
    for start in range(0, len(images), PICTURES):
        with torch.no_grad():
            made = _prompt(checkpoint, question, _seen(checkpoint, images[start : start + PICTURES]))
            answer = checkpoint.model.model.get_input_embeddings()(wanted).expand(len(made), -1, -1)
            language = checkpoint.model.model.language_model
            states = language(inputs_embeds=torch.cat([made, answer], 1), use_cache=False).last_hidden_state
            logits = checkpoint.model.lm_head(states[:, made.shape[1] - 1 : -1]).float().log_softmax(-1)  # (B, T, vocabulary)
            rows.append(passes.to_numpy(logits.gather(-1, wanted.expand(len(made), -1)[..., None])[..., 0]))
    return np.concatenate(rows)


def _seen(checkpoint: "Checkpoint", images: Sequence[Image | None]) -> "torch.Tensor":
    side = checkpoint.config.vision_config.image_size
    empty = np.zeros((3, side, side), np.float32)
    values = [empty if image is None else geometry.prepare(checkpoint, image)[0] for image in images]
    return stream.features(checkpoint, geometry.stack(checkpoint, values))


def _prompt(checkpoint: "Checkpoint", question: str, seen: "torch.Tensor") -> "torch.Tensor":
    """Embed what stands before an answer, with B pictures: (B, S, width)."""
    import torch

    before, _ = stream.frame(checkpoint, question)
    if checkpoint.tokenizer.cls_token_id is not None:  # a question is part of the text
        before = [*before, *tokens_of.tokenize(checkpoint, question, ((), (0,))).ids.tolist()]
    return stream.embeds(checkpoint, torch.tensor([before] * len(seen), device=checkpoint.device), seen)


def _room(checkpoint: "Checkpoint", used: int) -> int:
    room = checkpoint.config.text_config.max_position_embeddings - used
    if room < 1:
        raise ModelError(f"A question of {used} positions leaves {checkpoint.name} no room for an answer; ask a shorter one.")
    return min(MOST, room)


def _end(checkpoint: "Checkpoint") -> int:
    return stream.frame(checkpoint)[1][0]


def _spoken(checkpoint: "Checkpoint", question: str, ids: "torch.Tensor", chances: "torch.Tensor") -> Spoken:
    """Cut off what stands behind the end, and read what was said."""
    import torch

    own, end = ids[: len(chances)].tolist(), _end(checkpoint)
    count = own.index(end) if end in own else len(own)
    first = chances[0].topk(min(OTHERS, chances.shape[-1]))
    decode = checkpoint.tokenizer.decode
    return Spoken(
        question=question,
        text=_read(decode(own[:count], skip_special_tokens=True)),
        ids=tuple(own[:count]),
        tokens=tuple(decode([token]).strip() for token in own[:count]),
        probabilities=passes.to_numpy(chances[torch.arange(count), ids[:count]]),
        first=tuple(
            (decode([token]).strip(), float(chance)) for token, chance in zip(first.indices.tolist(), first.values, strict=True)
        ),
        ended=count < len(own),
    )


def _read(text: str) -> str:
    """Write Chinese without the spaces that stand between its tokens, and signs behind their word."""
    close = re.sub(rf"(?<=[{CHINESE}])\s+(?=[{CHINESE}])", "", text)
    return re.sub(r"\s+([,.?!])", r"\1", close).strip()


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text.lower().replace("？", "?"))
