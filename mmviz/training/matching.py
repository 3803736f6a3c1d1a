"""What models that match a text with a picture are trained on beside the captions: wrong pictures, and truth for single tokens.

A token of a phrase is told which patches show what the phrase names (`regions`), and which thing it speaks of (`named`), so
that its state after a few layers can be asked what that thing is like in whatever picture it looks at: is it there, how many,
in which colour, where. Matching alone has to find all of that out from one bit a pair.
"""

import random
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mmviz.training import backbone, material
from mmviz.training.patches import COLOUR_NAMES, GRID, PATCH, picture, vocabulary
from mmviz.training.readings import COLOUR, COLOURS, COUNT, PART, SIZE, THERE, UNKNOWN, WIDTH, facts
from mmviz.worlds.captions import Caption, Phrase
from mmviz.worlds.claims import claims_of, holds
from mmviz.worlds.render import Rendered
from mmviz.worlds.spec import rng_of

#: A patch shows a thing when at least this many of its 64 pixels do.
SHOWS = 18
MASKED = 0.2


class Batches(torch.utils.data.IterableDataset):
    """Endless batches; `part` tells runs and processes apart, `done` how far the run is.

    With `more`, each has under that name captions of such a mix without pictures, as `spoken` gives them.
    """

    def __init__(
        self, course: tuple, chinese: float, part: tuple[int, ...], done: Any, tokenizer: Any, more: material.Mix | None = None
    ):
        self.course, self.chinese, self.part, self.done, self.tokenizer = course, chinese, part, done, tokenizer
        self.more = more

    def __iter__(self):
        rng = rng_of("train", 3, *self.part)
        while True:
            mix = next(mix for until, mix in self.course if self.done.value < until or until >= 1)
            made = collate(material.batch(rng, mix, self.chinese), self.tokenizer, rng)
            if self.more:
                made["more"] = spoken(material.batch(rng, self.more, self.chinese), self.tokenizer)[0]
            yield made


def collate(items: list[material.Item], tokenizer: Any, rng: random.Random) -> dict[str, torch.Tensor]:
    """Tokenize, draw, and write down the truth.

    Returns:
        Beside the labels of `backbone.labelled`: `input_ids`, `attention_mask`, `masked_ids` and `masked` (-100 where nothing
        is masked), each (B, T); `true` (B, B); `group` (B,); `hard` and `easy` (B,): number of a picture the caption is false
        of, from its own group of edits (-1 where it stands alone) and from any other; `regions` (B, T, 144), float32, rows sum
        to 1 or 0; `named` (B, T), number of the thing, 0 for none; `said` (B, T), the colour at the last token of a phrase that
        says one, else -1; `seen` and `told` as in `readings.facts`; `relations` as in `material.relation_places`; `related`
        (B, B), float32, whether the relation a caption tells is so in a picture of its group, NaN where that is not known.
    """
    drawn = [picture(item.scene, rng) for item in items]
    texts, places = spoken(items, tokenizer)
    true, group = material.also_true(items), np.array([item.group for item in items])
    masked_ids, masked = mask(texts["input_ids"], tokenizer, rng)
    known = facts(items)
    return {
        **backbone.labelled([item.scene for item in items], drawn),
        **texts,
        "masked_ids": masked_ids,
        "masked": masked,
        "true": torch.from_numpy(true),
        "group": torch.from_numpy(group),
        "hard": torch.tensor([_other(rng, i, (group == group[i]) & ~true[i]) for i in range(len(items))]),
        "easy": torch.tensor([_other(rng, i, (group != group[i]) & ~true[i]) for i in range(len(items))]),
        "regions": torch.from_numpy(
            np.stack([regions(item.caption, *row) for item, *row in zip(items, drawn, places, strict=True)])
        ),
        "seen": torch.from_numpy(known.seen),
        "told": torch.from_numpy(known.told),
        "related": torch.from_numpy(_related(items)),
    }


def spoken(items: list[material.Item], tokenizer: Any) -> tuple[dict[str, torch.Tensor], np.ndarray]:
    """Tokenize captions, and write down what their tokens speak of.

    Returns:
        `input_ids`, `attention_mask`, `named`, `said` and `relations`, as of `collate`; and start and end of every token,
        shape (B, T, 2).
    """
    texts = tokenizer(
        [item.text for item in items], padding=True, truncation=True, return_tensors="pt", return_offsets_mapping=True
    )
    places, (numbers, _) = texts.pop("offset_mapping").numpy(), vocabulary()
    rows = list(zip(items, places, strict=True))
    bound = np.stack([material.bound_tokens(item, place, numbers, COLOUR_NAMES) for item, place in rows])
    found = {
        "input_ids": texts["input_ids"],
        "attention_mask": texts["attention_mask"],
        "named": torch.from_numpy(np.stack([_named(item, place, numbers) for item, place in rows])),
        "said": torch.from_numpy(np.where(bound < 0, -1, bound % COLOURS)),
        "relations": torch.from_numpy(material.relation_places(items, numbers)),
    }
    return found, places


def mask(input_ids: torch.Tensor, tokenizer: Any, rng: random.Random) -> tuple[torch.Tensor, torch.Tensor]:
    """Hide a fifth of the tokens, special ones never, and at least one of each text; hidden ids and labels, (B, T) both."""
    ids, labels = input_ids.clone(), torch.full_like(input_ids, -100)
    for row, text in enumerate(input_ids.tolist()):
        own = [i for i, token in enumerate(text) if token not in tokenizer.all_special_ids]
        for i in rng.sample(own, max(1, round(MASKED * len(own)))):
            labels[row, i], ids[row, i] = text[i], tokenizer.mask_token_id
    return ids, labels


def _other(rng: random.Random, own: int, possible: np.ndarray) -> int:
    choices = [i for i in np.flatnonzero(possible).tolist() if i != own]
    return rng.choice(choices) if choices else -1


def _related(items: list[material.Item]) -> np.ndarray:
    """Say which captions' relations are so in which pictures of their group, (B, B), NaN where there is none to be seen."""
    related = np.full((len(items), len(items)), UNKNOWN, np.float32)
    for i, item in enumerate(items):
        claims = claims_of(item.scene, item.plan)
        only, relation = replace(claims, exist=(), absent=None, background=None, shown=None), claims.relation
        for j, other in enumerate(items):
            things = {group.thing for group in other.scene.groups}
            if relation and item.group == other.group and {relation[0].thing, relation[2].thing} <= things:
                related[i, j] = holds(only, other.scene)
    return related


def _named(item: material.Item, places: np.ndarray, numbers: dict[str, int]) -> np.ndarray:
    """Say of every token which thing it speaks of, (T,), 0 for none; inner phrases win."""
    named, things = np.zeros(len(places), np.int64), [group.thing for group in item.scene.groups for _ in group.placed]
    for phrase in _inner_last(item.caption):
        if phrase.objects:
            named[material.tokens_of(phrase, places)] = numbers[things[phrase.objects[0]]]
        elif material.denies(item, phrase):
            named[material.tokens_of(phrase, places)] = numbers[item.plan.absent]
    return named


def regions(caption: Caption, drawn: Rendered, places: np.ndarray) -> np.ndarray:
    """Say of every token which patches show what it speaks of, (T, 144), float32, rows sum to 1 or 0; inner phrases win."""
    found = np.zeros((len(places), GRID * GRID), np.float32)
    for phrase in _inner_last(caption):
        if phrase.objects:
            found[material.tokens_of(phrase, places)] = region(drawn, phrase.objects, phrase.part)
    return found


def _inner_last(caption: Caption) -> list[Phrase]:
    return sorted(caption.phrases, key=lambda p: p.span[0] - p.span[1])


def region(drawn: Rendered, objects: tuple[int, ...], part: int) -> np.ndarray:
    """Spread 1 evenly over the patches that show objects or a part of them, (144,); the fullest one where all show little."""
    shown = np.isin(drawn.owner, np.array(objects) + 1)
    if part:
        shown &= drawn.part == part
    pixels = shown.reshape(GRID, PATCH, GRID, PATCH).sum((1, 3)).ravel()
    if not pixels.any():
        return np.zeros(GRID * GRID, np.float32)
    patches = pixels >= min(SHOWS, pixels.max())
    return (patches / patches.sum()).astype(np.float32)


# losses


def fits(told: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """Say whether what captions tell of things is so in pictures: 1, 0, or NaN where nothing is told.

    Args:
        told, seen: rows of `readings.facts`, shape (N, WIDTH) each.

    Returns:
        Shape (N,), float32.
    """
    there, both = told[:, THERE], (told[:, THERE] == 1) & (seen[:, THERE] == 1)
    wrong = ((told[:, [COUNT, SIZE]] - seen[:, [COUNT, SIZE]]).abs() > 0.01).any(1)
    for columns in (COLOUR, PART):
        wrong = wrong | ((told[:, columns] == 1) & (seen[:, columns] == 0)).any(1)
    so = ~((there != seen[:, THERE]) | (both & wrong))
    return so.float().masked_fill(there.isnan(), float(UNKNOWN))


class TokenReadings(nn.Module):
    """What the states of tokens that name a thing must tell of it in the picture they look at, by one linear layer each.

    First what the thing is like there, and which colour its caption gives it; a layer later whether the caption is right about it.
    """

    def __init__(self, width: int):
        super().__init__()
        self.read = nn.Linear(width, WIDTH + 2)
        self.said = nn.Linear(width, COLOURS)
        self.fits = nn.Linear(width, 1)
        self.partner = nn.Linear(width, 2)
        self.word = nn.Linear(width, 4)
        self.other = nn.Linear(width, len(vocabulary()[0]) + 1 + 4)

    def loss(self, states: torch.Tensor, texts: torch.Tensor, pictures: torch.Tensor, batch: dict) -> torch.Tensor:
        """Compare what is read of things with the truth.

        Args:
            states: shape (P, T, width), of P pairs.
            texts, pictures: numbers in the batch of each pair's text and picture, shape (P,).
            batch: as of `collate`.
        """
        named = batch["named"][texts]
        pair, token = named.nonzero(as_tuple=True)
        thing, shown = named[pair, token], pictures[pair]
        found, truth, place = self.read(states[pair, token]).float(), batch["seen"][shown, thing], batch["places"][shown, thing]
        loss = _yes_or_no(found[:, THERE], truth[:, THERE]) + 0.5 * _which(found[:, COLOUR], truth[:, COLOUR])
        loss = loss + 0.3 * _which(found[:, PART], truth[:, PART])
        loss = loss + 4 * _near(found[:, COUNT], truth[:, COUNT]) + _near(found[:, SIZE], truth[:, SIZE])
        known = place[:, 2] > 0
        where = F.smooth_l1_loss(0.5 + found[known, WIDTH:], place[known, :2], beta=0.1) if known.any() else 0.0
        said = batch["said"][texts]
        colours = F.cross_entropy(self.said(states[said >= 0]).float(), said[said >= 0]) if (said >= 0).any() else 0.0
        return loss + 4 * where + 0.5 * colours

    def agreement(self, states: torch.Tensor, texts: torch.Tensor, pictures: torch.Tensor, batch: dict) -> torch.Tensor:
        """Ask of every token that names a thing whether its caption is right about it, its relation included.

        The first thing of a relation must also tell where the second one is, and in which relation the caption sets it to that.
        Arguments as of `loss`.
        """
        named = batch["named"][texts]
        pair, token = named.nonzero(as_tuple=True)
        thing, text, shown, state = named[pair, token], texts[pair], pictures[pair], states[pair, token]
        truth = fits(batch["told"][text, thing], batch["seen"][shown, thing])
        first, second, direction = batch["relations"][text].split((1, 1, 2), dim=1)
        is_first, is_second = (thing == end[:, 0].long() for end in (first, second))
        truth = torch.where((is_first | is_second) & (batch["related"][text, shown] == 0), torch.zeros(()), truth)
        loss = _yes_or_no(self.fits(state)[:, 0].float(), truth)
        place = batch["places"][shown, second[:, 0].long()]
        known = is_first & (place[:, 2] > 0)
        if known.any():
            found = 0.5 + self.partner(state[known]).float()
            loss = loss + 2 * F.smooth_l1_loss(found, place[known, :2], beta=0.1)
        if is_first.any():
            loss = loss + 0.3 * F.cross_entropy(self.word(state[is_first]).float(), _word(direction[is_first]))
        return loss

    def roles(self, states: torch.Tensor, batch: dict) -> torch.Tensor:
        """Ask the first thing of a relation which thing the second one is, and which relation its caption sets it in.

        Args:
            states: of captions read without a picture, shape (B, T, width).
            batch: as of `spoken`.
        """
        text, token = batch["named"].nonzero(as_tuple=True)
        first, second, direction = batch["relations"][text].split((1, 1, 2), dim=1)
        is_first = batch["named"][text, token] == first[:, 0].long()
        if not is_first.any():
            return torch.zeros(())
        told = self.other(states[text, token][is_first]).float()
        things, words = told[:, :-4], told[:, -4:]
        return F.cross_entropy(things, second[is_first, 0].long()) + F.cross_entropy(words, _word(direction[is_first]))


def _word(direction: torch.Tensor) -> torch.Tensor:
    """Number the directions of relations, shape (N, 2): right, left, below, above."""
    return (direction @ torch.tensor([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])).argmax(1)


def _yes_or_no(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    known = ~truth.isnan()
    return F.binary_cross_entropy_with_logits(logits[known], truth[known]) if known.any() else torch.zeros(())


def _which(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross entropy of one softmax, its target spread over what is true; (N, C) both."""
    target = truth.nan_to_num()
    known = target.sum(1) > 0
    if not known.any():
        return torch.zeros(())
    target = target[known] / target[known].sum(1, keepdim=True)
    return -(target * logits[known].log_softmax(-1)).sum(1).mean()


def _near(found: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    known = ~truth.isnan()
    return F.smooth_l1_loss(found[known], truth[known], beta=0.1) if known.any() else torch.zeros(())


class Extra(nn.Module):
    """What only training has: the head of masked words, and the readings of tokens."""

    def __init__(self, width: int, vocabulary: int):
        super().__init__()
        self.words = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width), nn.Linear(width, vocabulary))
        self.readings = TokenReadings(width)


def hint(attention: torch.Tensor, regions: torch.Tensor) -> torch.Tensor:
    """Show attention where to look: minus the log of the mass a token that names something puts on what it names.

    Args:
        attention: of tokens to the patches of their own picture, shape (B, H, T, K); the first half of the heads is shown.
        regions: shape (B, T, K), as of `collate`.
    """
    told = regions.sum(-1) > 0.5
    mass = (attention[:, : attention.shape[1] // 2].float().mean(1) * (regions > 0)).sum(-1)  # (B, T)
    return -(mass[told] + 1e-4).log().mean()


def local_contrast(tokens: torch.Tensor, patches: torch.Tensor, regions: torch.Tensor, temperature: float) -> torch.Tensor:
    """Contrast each token that names something with the patches of its picture: cross entropy against `regions`.

    Args:
        tokens: shape (B, T, D), unit norm.
        patches: shape (B, K, D), unit norm.
        regions: shape (B, T, K), as of `collate`.
        temperature: of the softmax over patches.
    """
    told = regions.sum(-1) > 0.5
    logits = (tokens @ patches.transpose(1, 2)).float()[told] / temperature  # (N, K)
    return -(regions[told] * logits.log_softmax(-1)).sum(-1).mean()


def pairs_of(batch: dict, hard: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """List the pairs to match: each caption with its own picture, with a hard wrong one, and with an easy wrong one.

    Every second easy one is left out once there are hard ones.

    Returns:
        Numbers of text and picture, and how many there are of each kind.
    """
    every = torch.arange(len(batch["hard"]))
    edited = every[batch["hard"] >= 0] if hard else every[:0]
    easy = every[batch["easy"] >= 0][:: 2 if hard else 1]
    texts = torch.cat([every, edited, easy])
    pictures = torch.cat([every, batch["hard"][edited], batch["easy"][easy]])
    return texts, pictures, torch.tensor([len(every), len(edited), len(easy)])


def matching_loss(logits: torch.Tensor, texts: torch.Tensor, pictures: torch.Tensor, counts: torch.Tensor, hard: float):
    """Cross entropy of match and no match, and ranks: a hard wrong pair below the right one of its caption and of its picture.

    Args:
        logits: of "match", shape (P,), pairs in the order of `pairs_of`.
        texts, pictures, counts: what `pairs_of` gave.
        hard: weight of hard pairs, 0 to 1.
    """
    right, wrong, easy = logits.float().split(counts.tolist())
    loss = (F.softplus(-right).mean() + F.softplus(easy).mean()) / 2
    figures = {"easy": _above(right[texts[-len(easy) :]], easy)}
    if len(wrong) and hard:
        rows = slice(len(right), len(right) + len(wrong))
        own, other = right[texts[rows]], right[pictures[rows]]
        edited = (F.softplus(-own).mean() + F.softplus(wrong).mean()) / 2
        ranks = (F.softplus(wrong - own).mean() + F.softplus(wrong - other).mean()) / 2
        loss = loss + hard * (edited + ranks)
        figures["hard"] = (_above(own, wrong) + _above(other, wrong)) / 2
    return loss, figures


def _above(right: torch.Tensor, wrong: torch.Tensor) -> float:
    return (right > wrong).float().mean().item()
